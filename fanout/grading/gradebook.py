"""The gradebook of a class: who handed in what, and what it got; all exports are drawn from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fanout.checks import exercises
from fanout.grading.autograde import Versions
from fanout.grading.naming import Learner
from fanout.grading.results import ExerciseResult
from fanout.grading.store import Key, Store, Verdict
from fanout.grading.submissions import Lesson, Submission, lessons

Status = Literal["graded", "not handed in", "could not be read", "not graded"]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a learner has for one exercise. Without a verdict it is no zero, but an open question."""

    exercise: str
    max_points: int
    verdict: Verdict | None
    current: bool
    """Whether the verdict was reached by the present checks."""
    failure: str | None = None
    """Why the grader failed, where it did."""

    @property
    def points(self) -> int | None:
        """The points, or None where there is no verdict."""
        return self.verdict.result.points if self.verdict else None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a learner has for one lesson's notebook."""

    lesson: Lesson
    submission: Submission | None
    marks: tuple[Mark, ...]

    @property
    def status(self) -> Status:
        """Where this notebook stands."""
        if self.submission is None:
            return "not handed in"
        if self.submission.trouble:
            return "could not be read"
        return "graded" if all(mark.verdict for mark in self.marks) else "not graded"

    @property
    def points(self) -> int | None:
        """The points of all exercises; None unless the notebook was graded or could not be read.

        A file that cannot be read earns nothing, and says why; a grader that failed, or a notebook
        that was not handed in, gives no number at all.
        """
        if self.status == "could not be read":
            return 0
        if self.status != "graded":
            return None
        return sum(mark.points or 0 for mark in self.marks)

    @property
    def max_points(self) -> int:
        """What full solutions get."""
        return sum(mark.max_points for mark in self.marks)

    @property
    def current(self) -> bool:
        """Whether all verdicts were reached by the present checks."""
        return all(mark.current for mark in self.marks if mark.verdict)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One learner of the gradebook."""

    learner: Learner
    entries: tuple[Entry, ...]
    strays: tuple[Submission, ...]
    """Files that could not be told to be any lesson's."""

    @property
    def points(self) -> int:
        """All points there are; what has no number counts as nothing here, and is named beside."""
        return sum(entry.points or 0 for entry in self.entries)

    @property
    def max_points(self) -> int:
        """What full solutions of everything get."""
        return sum(entry.max_points for entry in self.entries)

    @property
    def late(self) -> bool:
        """Whether something came late."""
        return any(entry.submission and entry.submission.late for entry in self.entries)

    @property
    def unsafe(self) -> bool:
        """Whether something was graded without a sandbox."""
        return any(verdict.unsafe for verdict in self.verdicts)

    @property
    def verdicts(self) -> list[Verdict]:
        """All verdicts there are."""
        return [mark.verdict for entry in self.entries for mark in entry.marks if mark.verdict]

    def remarks(self, *, unwritten: bool = True) -> list[str]:
        """What an instructor should know beside the points, in sentences.

        :param unwritten: whether to name the exercises that are as they were handed out.
        """
        said: dict[str, None] = {}
        for entry in self.entries:
            for remark in _remarks(entry, unwritten_too=unwritten):
                said[f"{entry.lesson.notebook}: {remark}"] = None
        for stray in self.strays:
            said[f"{stray.path}: {stray.trouble}"] = None
        return list(said)


def unwritten(result: ExerciseResult) -> bool:
    """Whether a function was handed in as it was handed out."""
    return all((one.yours or "").startswith("nothing yet") for one in result.verdicts)


def untried(result: ExerciseResult) -> bool:
    """Whether there was nothing to judge: a function that is unwritten, or that is not there at all."""
    return all((one.yours or "").startswith(("nothing yet", "not run")) for one in result.verdicts)


def _remarks(entry: Entry, *, unwritten_too: bool) -> Iterator[str]:
    submission = entry.submission
    if submission is None:
        return
    if submission.trouble:
        yield submission.trouble
    yield from submission.notes
    for mark in entry.marks:
        if mark.verdict:
            result = mark.verdict.result
            yield from mark.verdict.notes
            if result.reason and (unwritten_too or not unwritten(result)):
                yield f"{mark.exercise}: {result.reason}"
            if not mark.current:
                yield f"{mark.exercise}: graded by an older version of the checks."
        elif mark.failure:
            yield f"{mark.exercise}: not graded, the grader failed ({mark.failure})."


@dataclass(frozen=True, kw_only=True)
class Gradebook:
    """A class with all its marks."""

    lessons: tuple[Lesson, ...]
    """The lessons that are graded, each with the exercises that are."""
    rows: tuple[Row, ...]
    seed: int
    layers: tuple[str, ...]
    """All layers of isolation that were on for any verdict."""

    @property
    def unsafe(self) -> bool:
        """Whether anything was graded without a sandbox."""
        return "unsafe" in self.layers

    @property
    def results(self) -> list[ExerciseResult]:
        """The results of all verdicts."""
        return [verdict.result for row in self.rows for verdict in row.verdicts]

    @property
    def open_marks(self) -> list[tuple[Learner, Mark]]:
        """Marks that the grader owes: handed in, readable, and without a verdict."""
        return [
            (row.learner, mark)
            for row in self.rows
            for entry in row.entries
            if entry.status == "not graded"
            for mark in entry.marks
            if mark.verdict is None
        ]


def gradebook(
    submissions: Sequence[Submission],
    wanted: Mapping[str, Sequence[str]],
    store: Store,
    seed: int,
    versions: Versions,
) -> Gradebook:
    """Gather the gradebook: lessons that someone handed in, and a row for everyone."""
    handed_in = {submission.lesson for submission in submissions}
    graded = tuple(
        Lesson(slug=one.slug, notebook=one.notebook, title=one.title, exercises=tuple(wanted[one.slug]))
        for one in lessons()
        if one.slug in handed_in and one.slug in wanted
    )  # fmt: skip
    by_learner: dict[Learner, list[Submission]] = {}
    for submission in submissions:
        by_learner.setdefault(submission.learner, []).append(submission)
    rows = []
    for learner, theirs in by_learner.items():
        entries = tuple(_entry(lesson, theirs, store, seed, versions) for lesson in graded)
        strays = tuple(one for one in theirs if one.lesson is None)
        rows.append(Row(learner=learner, entries=entries, strays=strays))
    layers = dict.fromkeys(layer for row in rows for v in row.verdicts for layer in v.layers)
    return Gradebook(lessons=graded, rows=tuple(rows), seed=seed, layers=tuple(layers))


def _entry(
    lesson: Lesson, theirs: Sequence[Submission], store: Store, seed: int, versions: Versions
) -> Entry:
    submission = next((one for one in theirs if one.lesson == lesson.slug), None)
    digest = submission.digest if submission else ""
    marks = tuple(_mark(name, Key(digest, seed), store, versions) for name in lesson.exercises)
    return Entry(lesson=lesson, submission=submission, marks=marks)


def _mark(name: str, key: Key, store: Store, versions: Versions) -> Mark:
    version = versions[name]
    verdict = store.verdict(key, name, version) if key.work else None
    return Mark(
        exercise=name,
        max_points=exercises()[name].points,
        verdict=verdict,
        current=verdict is not None and verdict.version == version,
        failure=store.failure(key, name, version) if verdict is None and key.work else None,
    )
