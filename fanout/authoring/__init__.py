"""From one text file per lesson to its notebooks: lesson, exercises, worked solutions."""

from __future__ import annotations

from fanout.authoring.building import Built, build
from fanout.authoring.form import same_but_for_times
from fanout.authoring.problem import AuthoringError, Problem

__all__ = ["AuthoringError", "Built", "Problem", "build", "same_but_for_times"]
