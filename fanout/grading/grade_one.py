"""One notebook: its cells run in a box, its functions tried by the judge outside, a result in words."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from fanout.checks.exercise import Exercise
from fanout.checks.report import Report, Verdict, side_by_side
from fanout.grading.box import Box
from fanout.grading.evidence import evidence
from fanout.grading.pool import Pool
from fanout.grading.results import CriterionResult, ExerciseResult, Work, WorkResult
from fanout.grading.session import BoxFailed, Session
from fanout.grading.sitting import Sitting
from fanout.grading.subject import BoxedFunction

_MOST_NOTES = 20
_MOST_TRIES = 4
"""How often the cells are run anew when some of them end everything there is."""
_MANY = 16
"""So many processes left behind are no helpers of a function."""


_Found = tuple[list["_Graded"], tuple[str, ...]]


@dataclass(frozen=True)
class _Graded:
    """An exercise's result, and whether a busy machine may have had a hand in it."""

    result: ExerciseResult
    doubtful: bool


def grade_work(work: Work, exercises: Sequence[Exercise], *, seed: int, pool: Pool) -> WorkResult:
    """Grade these exercises of one notebook, with the cases that the seed draws.

    Whatever the notebook does, there is a result. Where a busy machine may have cost points, the
    exercise is tried again while nothing else is graded, and that counts. Raises `BoxFailed` when
    the sandbox itself broke twice.
    """
    began = time.perf_counter()
    graded, notes = _twice_if_broken(work, exercises, seed, pool, pool.box)
    doubtful = [e for e, found in zip(exercises, graded, strict=True) if found.doubtful]
    if doubtful:
        again, _ = _twice_if_broken(work, doubtful, seed, pool, pool.alone)
        second = {found.result.exercise: found for found in again}
        graded = [second.get(found.result.exercise, found) for found in graded]
    return WorkResult(
        exercises=tuple(found.result for found in graded),
        layers=pool.layers,
        seconds=time.perf_counter() - began,
        notes=notes,
    )


class _Notebook:
    """A notebook that is being graded: the state after its cells, made again whenever it is spent.

    A function is tried in a copy of that state. A copy has neither the threads nor the child
    processes that the cells started; where there are some, the function is tried in the state itself,
    which is spent with it. It is lost as well when a cell or a function kills whatever it can reach.
    """

    def __init__(self, work: Work, box: Box, pool: Pool) -> None:
        self._work, self._box, self._pool = work, box, pool
        self._sitting: Sitting | None = None
        self._copies = True
        self._spares = False
        self._lost: set[int] = set()
        self._said: dict[int, str] = {}
        self._left = 0
        self._kept_waiting = False

    def judge(self, exercise: Exercise, seed: int) -> _Graded:
        """Put one function through its exercise."""
        report, subject = self._tried(exercise, seed)
        result = _result(report, self._reason(subject, exercise))
        doubtful = self._kept_waiting or _doubtful(report, subject)
        return _Graded(result, not report.passed and doubtful)

    def _tried(self, exercise: Exercise, seed: int) -> tuple[Report, BoxedFunction]:
        """The judge's report on the function, as far as possible undisturbed by the notebook's cells."""
        copy = False
        for last in (*[False] * (_MOST_TRIES - 1), True):
            self._ready()
            direct = not (copy or self._copies)
            report, subject = self._try(exercise, seed, direct=direct)
            if last or not (subject.unstarted or (direct and subject.ended)):
                return report, subject
            # A thread of the cells may have ended it; a copy has none, and shows the function alone.
            copy |= direct and subject.ended
        raise AssertionError("the last try returns")

    def _try(self, exercise: Exercise, seed: int, *, direct: bool) -> tuple[Report, BoxedFunction]:
        sitting = self._ready()
        report, subject = sitting.judge(exercise, seed, direct=direct)
        self._learn_from(sitting.session)
        if direct or not sitting.session.alive:
            self.close()
        return report, subject

    def _learn_from(self, session: Session) -> None:
        """Keep in mind what its cells did, for the next run and for the notes."""
        self._lost |= session.lost
        self._said = {**session.said, **self._said}
        self._kept_waiting |= session.kept_waiting

    def notes(self) -> tuple[str, ...]:
        """What there is to say about the cells, in their order."""
        notes = [f"Code cell {number} {said}." for number, said in sorted(self._said.items())]
        if len(notes) > _MOST_NOTES:
            notes = [*notes[:_MOST_NOTES], f"{len(notes) - _MOST_NOTES} more cells failed."]
        if self._left:
            what = "1 process" if self._left == 1 else f"{self._left} processes"
            notes.append(f"The notebook left {what} running; grading ended them.")
        return tuple(notes)

    def close(self) -> None:
        """Throw the state away."""
        if self._sitting is not None:
            self._sitting.close()
            self._sitting = None

    def _ready(self) -> Sitting:
        """The state after the cells; those that ended it before are left out."""
        for _ in range(_MOST_TRIES):
            if self._sitting is not None and self._sitting.session.alive:
                break
            self.close()
            self._sitting = self._after_cells()
        assert self._sitting is not None
        return self._sitting

    def _after_cells(self) -> Sitting:
        """The cells, run. Most notebooks need no copy of the state before each cell, and a copy costs
        five milliseconds: only one whose process does not survive is run with them, from the start."""
        if not self._spares:
            sitting = self._run()
            if not sitting.session.lost and sitting.session.alive:
                return self._noted(sitting)
            sitting.close()
            self._spares = True
            self._leave_out(sitting.session)
        return self._noted(self._run())

    def _leave_out(self, session: Session) -> None:
        """Cells that hang need not do so twice. Which one ended a process is less certain."""
        self._lost |= session.stuck
        self._said |= {number: session.said[number] for number in session.stuck}
        self._kept_waiting |= session.kept_waiting

    def _run(self) -> Sitting:
        sitting = Sitting(self._work, self._box, self._pool)
        try:
            sitting.run(frozenset(self._lost), spares=self._spares)
        except BaseException:
            sitting.close()
            raise
        return sitting

    def _noted(self, sitting: Sitting) -> Sitting:
        session = sitting.session
        try:
            left = session.left_behind()
            if left > _MANY:
                session.make_room()
        except BaseException:
            sitting.close()
            raise
        self._copies = not session.threads and not 0 < left <= _MANY
        self._left = max(self._left, left)
        self._learn_from(session)
        return sitting

    def _reason(self, subject: BoxedFunction, exercise: Exercise) -> str | None:
        """The subject's reason, with what became of the cell that should define the function."""
        if not subject.missing:
            return subject.reason
        definitions = (f"def {exercise.name}(", f"{exercise.name} =")
        for number, source in enumerate(self._work.cells, 1):
            if number in self._said and any(words in source for words in definitions):
                return f"{subject.reason} Code cell {number} {self._said[number]}."
        return subject.reason


def _twice_if_broken(
    work: Work,
    exercises: Sequence[Exercise],
    seed: int,
    pool: Pool,
    borrow: Callable[[], AbstractContextManager[Box]],
) -> _Found:
    """Grade in a borrowed box, and once more in another one if the box breaks."""
    try:
        with borrow() as box:
            return _grade(work, exercises, seed, pool, box)
    except BoxFailed:
        with borrow() as box:
            return _grade(work, exercises, seed, pool, box)


def _grade(work: Work, exercises: Sequence[Exercise], seed: int, pool: Pool, box: Box) -> _Found:
    notebook = _Notebook(work, box, pool)
    try:
        return [notebook.judge(exercise, seed) for exercise in exercises], notebook.notes()
    finally:
        notebook.close()


def _doubtful(report: Report, subject: BoxedFunction) -> bool:
    """Whether a slow moment of the machine could explain what is missing.

    A call that waited until it was stopped, or a scenario that went by the clock. That calls did not
    meet is certain where the function itself was waiting for their answers.
    """
    missed = [verdict for verdict in report.verdicts if not verdict.met]
    return subject.kept_waiting or any(verdict.by_the_clock for verdict in missed)


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
    yours, expected = side_by_side(finding) if finding else ("", "")
    return CriterionResult(
        criterion=criterion.name,
        points=verdict.points,
        max_points=criterion.points,
        met=verdict.met,
        yours=None if finding is None else _words(yours),
        expected=None if finding is None or finding.expected is None else _words(expected),
        rule=criterion.rule,
        scenario=verdict.scenario,
        evidence_html=evidence(verdict.run),
    )


def _words(text: str) -> str:
    """Words for a person, in characters that every file and page can hold."""
    valid = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in valid)
