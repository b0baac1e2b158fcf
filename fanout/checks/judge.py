"""The judge: puts a function through the scenarios of an exercise and says what is not yet right.

It stands on the far side of the wire: it sees what was returned, as JSON, and what crossed the
wire. All criteria are judged; one that is not met hides no other.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from fanout.checks.causes import NOT_RUN, never_ran
from fanout.checks.draw import Draw
from fanout.checks.driver import Outcome
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.far_end import FarEnd, lent
from fanout.checks.report import Report, Verdict
from fanout.checks.scenario import Scenario
from fanout.checks.stage import Stage, without_announcements
from fanout.checks.subject import Subject
from fanout.recording import Recorder, Run
from fanout.simulator.world import Fill

REQUESTS = 40
"""To the model, in one scenario. No solution of the course sends more than a dozen."""
_LATER = 0.3
"""Seconds after the function's time is up, so that it is stopped while it waits."""


def judge(exercise: Exercise, subject: Subject, seed: int, far_end: FarEnd | None = None) -> Report:
    """Every criterion's verdict on the subject, for the scenarios that the seed draws.

    :param far_end: one that is served already, for a subject that can reach no other.
    """
    if far_end is not None:
        attempts = _attempts(exercise, subject, seed, far_end)
    else:
        with lent() as served:
            attempts = _attempts(exercise, subject, seed, served)
            served.spent = any(attempt.unfinished for attempt in attempts)
    return Report(
        exercise=exercise,
        seed=seed,
        verdicts=tuple(_verdict(criterion, attempts) for criterion in exercise.criteria),
        unwritten=all(attempt.outcome.unwritten for attempt in attempts),
        printed=attempts[0].outcome.printed,
    )


def _attempts(exercise: Exercise, subject: Subject, seed: int, far_end: FarEnd) -> list[Attempt]:
    """The subject's attempt at each scenario, one after another on one far end.

    Once the function had to be stopped, or is not written yet, calling it again would only take
    time.
    """
    attempts: list[Attempt] = []
    for scenario in exercise.scenarios(Draw(seed)):
        last = attempts[-1].outcome if attempts else Outcome()
        if last.unwritten or last.stopped_after or last.not_run:
            attempts.append(_skipped(scenario, last))
        else:
            attempts.append(_attempt(scenario, subject, far_end, exercise.limit))
    return attempts


def _attempt(scenario: Scenario, subject: Subject, far_end: FarEnd, limit: float) -> Attempt:
    world, stage = far_end.world, Stage(scenario.tools)
    world.recorder = Recorder()
    world.mind, world.tools = scenario.mind, stage.tools
    world.fill = Fill(requests=REQUESTS, until=time.monotonic() + limit + _LATER)
    with world.recorder.record() as run:
        outcome = subject.call(scenario.arguments, far_end.url, limit)
    left, unfinished = tuple(stage.left), stage.busy or outcome.stopped_after is not None
    stage.close()
    run.exchanges[:] = without_announcements(run.exchanges)
    return Attempt(
        scenario=scenario,
        outcome=outcome,
        run=run,
        left=left,
        unfinished=unfinished,
        by_the_clock=(scenario.by_the_clock or stage.in_vain) and not outcome.undisturbed,
    )


def _skipped(scenario: Scenario, last: Outcome) -> Attempt:
    outcome = last if last.unwritten else Outcome(not_run=last.not_run or NOT_RUN)
    return Attempt(scenario=scenario, outcome=replace(outcome, printed=""), run=Run())


def _verdict(criterion: Criterion, attempts: Sequence[Attempt]) -> Verdict:
    """Met when it finds nothing wrong; otherwise the first attempt that shows what is wrong."""
    looked_at = [a for a in attempts if criterion.concerns(a.scenario)]
    if not looked_at:
        raise LookupError(
            f"No scenario is about {criterion.about!r}: {criterion.name!r} can never fail."
        )
    for attempt in looked_at:
        finding = _look(criterion, attempt)
        if finding is not None:
            return Verdict(
                criterion=criterion,
                finding=finding,
                scenario=attempt.scenario.title,
                run=attempt.run,
                by_the_clock=attempt.by_the_clock,
            )
    return Verdict(criterion=criterion)


def _look(criterion: Criterion, attempt: Attempt) -> NotYet | None:
    trouble = attempt.outcome.trouble
    looks_anyway = criterion.even_if_raised and attempt.outcome.raised is not None
    if trouble is not None and not looks_anyway:
        return NotYet(yours=trouble, expected=None)
    try:
        finding = criterion.look(attempt)
        if finding is not None and trouble is None and attempt.outcome.forgotten:
            return NotYet(yours=never_ran(attempt.outcome.forgotten), expected=None)
        return finding
    except Exception as error:  # noqa: BLE001 (anything may have been returned, or sent)
        wanted = f"what the exercise asks for; reading this as that raised {type(error).__name__}"
        return NotYet(yours=attempt.returned, expected=wanted)
