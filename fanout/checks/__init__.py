"""Exercises and how they are judged: scenarios in, verdicts out.

A lesson's `checks.py` describes its exercises with what stands here; `check`, `hint` and `progress`
are the learner's side.
"""

from fanout.checks.desk import check as check
from fanout.checks.desk import hint as hint
from fanout.checks.desk import progress as progress
from fanout.checks.draw import Draw as Draw
from fanout.checks.exercise import Attempt as Attempt
from fanout.checks.exercise import Criterion as Criterion
from fanout.checks.exercise import Exercise as Exercise
from fanout.checks.exercise import Mistake as Mistake
from fanout.checks.exercise import NotYet as NotYet
from fanout.checks.judge import judge as judge
from fanout.checks.registry import exercises as exercises
from fanout.checks.registry import mistakes as mistakes
from fanout.checks.report import Report as Report
from fanout.checks.report import Verdict as Verdict
from fanout.checks.scenario import Scenario as Scenario
from fanout.checks.subject import LocalFunction as LocalFunction
