"""One notebook: its cells run in a box, its functions tried by the judge outside, a result in words."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Exercise
from fanout.checks.judge import judge
from fanout.checks.report import Report, Verdict, shown
from fanout.grading.box import Box, Session
from fanout.grading.evidence import evidence
from fanout.grading.guard import Guard
from fanout.grading.pool import Pool
from fanout.grading.results import CriterionResult, ExerciseResult, Work, WorkResult
from fanout.grading.subject import BoxedFunction
from fanout.grading.zygote import ALSO
from fanout.simulator.app import create_app
from fanout.simulator.world import World

_MOST_NOTES = 20


@dataclass(frozen=True)
class _Graded:
    """An exercise's result, and whether a busy machine may have had a hand in it."""

    result: ExerciseResult
    doubtful: bool


def grade_work(
    work: Work, exercises: Sequence[Exercise], *, seed: int, pool: Pool
) -> WorkResult:
    """Grade these exercises of one notebook, with the cases that the seed draws.

    Whatever the notebook does, there is a result. Where a busy machine may have cost points, the
    exercise is tried again while nothing else is graded, and that counts. Raises `BoxFailed` when
    the sandbox itself broke twice.
    """
    began = time.perf_counter()
    with pool.box() as box:
        graded, notes = _grade(work, exercises, seed, pool, box)
    doubtful = [e for e, found in zip(exercises, graded, strict=True) if found.doubtful]
    if doubtful:
        with pool.alone() as box:
            again, _ = _grade(work, doubtful, seed, pool, box)
        second = {found.result.exercise: found for found in again}
        graded = [second.get(found.result.exercise, found) for found in graded]
    return WorkResult(
        exercises=tuple(found.result for found in graded),
        layers=pool.layers,
        seconds=time.perf_counter() - began,
        notes=notes,
    )


class _Sitting:
    """A session in a box together with the far end that answers in it."""

    def __init__(self, work: Work, box: Box, pool: Pool) -> None:
        self._hall = pool.hall
        self._work = work
        text = "\n".join(work.cells)
        self.session = box.open([name for name in ALSO if name in text])
        self.world = World(pace=0)
        self._guard = Guard(create_app(self.world))
        self._end = self._hall.open(self._guard, self.session.listening)

    @property
    def url(self) -> str:
        """Where the box finds the far end."""
        return self.session.url

    def run(self, leave_out: frozenset[int] = frozenset()) -> None:
        """Run the notebook's cells. The offline model answers them, without its waiting times."""
        self.session.run(self._work.cells, leave_out)

    def judge(self, exercise: Exercise, seed: int, *, direct: bool = False) -> _Graded:
        """Put the notebook's function through the exercise's scenarios."""
        self._guard.refill()
        subject = BoxedFunction(self.session, exercise.name, direct=direct)
        try:
            report = judge(exercise, subject, seed, self)
        finally:
            subject.close()
        result = _result(report, self._reason(subject, exercise))
        return _Graded(result, not report.passed and _doubtful(report, subject, seed))

    def close(self) -> None:
        """End the session; nothing of it is left."""
        try:
            self._hall.close(self._end)
        finally:
            self.session.close()

    def _reason(self, subject: BoxedFunction, exercise: Exercise) -> str | None:
        """The subject's reason, with what became of the cell that should define the function."""
        if not subject.missing:
            return subject.reason
        definitions = (f"def {exercise.name}(", f"{exercise.name} =")
        numbers = [
            number
            for number, source in enumerate(self._work.cells, 1)
            if any(definition in source for definition in definitions)
        ]
        said = [n for n in self.session.notes for i in numbers if n.startswith(f"Code cell {i} ")]
        return " ".join([subject.reason or "", *said[:1]]).strip()


@contextlib.contextmanager
def _sitting(work: Work, box: Box, pool: Pool) -> Iterator[_Sitting]:
    sitting = _Sitting(work, box, pool)
    try:
        yield sitting
    finally:
        sitting.close()


def _grade(
    work: Work, exercises: Sequence[Exercise], seed: int, pool: Pool, box: Box
) -> tuple[list[_Graded], tuple[str, ...]]:
    """Run the cells once, then try each function in a copy of the state they left.

    A copy has none of the threads that the cells started. Where there are some and points are
    missing, the function is tried in a fresh run of the cells instead, in the state itself.
    """
    with _sitting(work, box, pool) as sitting:
        sitting.run()
        graded = [sitting.judge(exercise, seed) for exercise in exercises]
        session = sitting.session
        notes, lost = _notes(session), frozenset(session.lost)
    if session.threads:
        for place, exercise in enumerate(exercises):
            found = graded[place].result
            if found.points < found.max_points:
                with _sitting(work, box, pool) as sitting:
                    sitting.run(lost)
                    graded[place] = sitting.judge(exercise, seed, direct=True)
    return graded, notes


def _notes(session: Session) -> tuple[str, ...]:
    notes = list(session.notes)
    if len(notes) > _MOST_NOTES:
        notes = [*notes[:_MOST_NOTES], f"{len(notes) - _MOST_NOTES} more cells failed."]
    left = session.left_behind()
    if left:
        what = "1 process" if left == 1 else f"{left} processes"
        notes.append(f"The notebook left {what} running; grading ended them.")
    return tuple(notes)


def _doubtful(report: Report, subject: BoxedFunction, seed: int) -> bool:
    """Whether a slow moment of the machine could explain what is missing.

    A call that waited until it was stopped, or a scenario whose tools take time: whether two of
    them overlap may depend on when this machine got round to them.
    """
    if subject.kept_waiting:
        return True
    timed = {
        scenario.title
        for scenario in report.exercise.scenarios(Draw(seed))
        if any(tool.seconds > 0 for tool in scenario.tools.values())
    }
    return any(verdict.scenario in timed for verdict in report.verdicts if not verdict.met)


# --- Words ----------------------------------------------------------------------------------------


def _result(report: Report, reason: str | None) -> ExerciseResult:
    return ExerciseResult(
        exercise=report.exercise.name,
        points=report.points,
        max_points=report.exercise.points,
        verdicts=tuple(_criterion(verdict) for verdict in report.verdicts),
        reason=reason,
    )


def _criterion(verdict: Verdict) -> CriterionResult:
    finding, criterion = verdict.finding, verdict.criterion
    return CriterionResult(
        criterion=criterion.name,
        points=verdict.points,
        max_points=criterion.points,
        met=verdict.met,
        yours=None if finding is None else _words(finding.yours),
        expected=None if finding is None or finding.expected is None else _words(finding.expected),
        rule=criterion.rule,
        scenario=verdict.scenario,
        evidence_html=evidence(verdict.run),
    )


def _words(value: Any) -> str:
    """A value for a person, in characters that every file and page can hold."""
    text = shown(value).encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
