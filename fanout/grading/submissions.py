"""A class's submissions: for each learner and each lesson's notebook the one version that counts.

The rule for several versions of the same notebook by one learner: the last one handed in counts,
late or not. Last is the one with the highest number that the platform put behind it (`-1`, `-2`,
Canvas's number of the upload); where numbers do not decide, the newest file; where times do not
either, the last by name. Lateness is reported and never changes points: what it costs is the
instructor's to say.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TypeAlias

from fanout.checks import exercises
from fanout.grading.errors import NoSubmissions
from fanout.grading.files import FoundFile, files_of
from fanout.grading.naming import Handed, Learner, handed, wrapper
from fanout.grading.notebooks import NotebookFile, Unreadable, read_notebook
from fanout.grading.results import Work
from fanout.lessons.syllabus import syllabus


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A lesson whose exercises can be handed in."""

    slug: str
    notebook: str
    """The name of its exercise notebook, as `01_detect`."""
    title: str
    exercises: tuple[str, ...]

    @property
    def points(self) -> int:
        """What full solutions of all its exercises get."""
        return sum(exercises()[name].points for name in self.exercises)


@cache
def lessons() -> tuple[Lesson, ...]:
    """The lessons that have exercises, in the order of the course."""
    return tuple(
        Lesson(
            slug=lesson["slug"],
            notebook=f"{lesson['number']}_{lesson['slug']}",
            title=lesson["title"],
            exercises=tuple(name for name in lesson["exercises"] if name in exercises()),
        )
        for lesson in syllabus()["lesson"]
        if lesson["exercises"]
    )


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What one learner handed in for one lesson, or, without a lesson, a file that fits none."""

    learner: Learner
    path: str
    lesson: str | None
    """The lesson's slug; None when the file could not be told to be any lesson's."""
    work: Work | None
    digest: str
    """The name of `work`; empty when there is none."""
    late: bool
    notes: tuple[str, ...]
    trouble: str | None = None
    """Why nothing in the file can be graded; None when something can."""


Order: TypeAlias = tuple[tuple[int, int], float, tuple[str, ...]]


@dataclass(frozen=True)
class _Version:
    """One file with all that decides between it and others."""

    file: FoundFile
    handed: Handed

    @property
    def order(self) -> Order:
        """Sorts the last version last."""
        return (self.handed.version, self.file.modified, self.file.parts)


def submissions_at(place: Path) -> list[Submission]:
    """All submissions at a place that count, ordered by learner and lesson."""
    found = files_of(place)
    notebooks = [file for file in found if file.is_notebook]
    if not notebooks:
        raise NoSubmissions(
            f"There is no notebook (.ipynb) in `{place}`, only {len(found)} other file(s). Give the "
            "folder that holds the learners' folders or files."
        )
    depth = wrapper([file.parts for file in notebooks])
    versions = [_Version(f, _handed(f, depth)) for f in found]
    chosen = list(_chosen(version for version in versions if version.file.is_notebook))
    seen = {submission.learner for submission in chosen}
    chosen += _without_notebook(v for v in versions if v.handed.learner not in seen)
    return sorted(chosen, key=lambda s: (s.learner, _place_of(s.lesson), s.path))


def _handed(file: FoundFile, depth: int) -> Handed:
    parts = file.parts[depth:] if len(file.parts) > depth else file.parts[-1:]
    return handed(parts, [lesson.notebook for lesson in lessons()])


def _place_of(slug: str | None) -> int:
    slugs = [lesson.slug for lesson in lessons()]
    return slugs.index(slug) if slug in slugs else len(slugs)


def _without_notebook(versions: Iterable[_Version]) -> Iterator[Submission]:
    """A learner who handed in other files only is a row of the gradebook, with the reason."""
    by_learner: dict[Learner, list[str]] = defaultdict(list)
    for version in versions:
        # A stray file beside the learners' folders belongs to nobody.
        if len(version.file.parts) > 1 or version.handed.learner.key != version.handed.stem:
            by_learner[version.handed.learner].append(version.file.parts[-1])
    for learner, names in by_learner.items():
        reason = f"No notebook was handed in, only {', '.join(names[:3])}."
        yield _hopeless(learner, names[0], reason, late=False)


def _hopeless(learner: Learner, path: str, reason: str, *, late: bool) -> Submission:
    return Submission(
        learner=learner, path=path, lesson=None, work=None, digest="", late=late, notes=(),
        trouble=reason,
    )  # fmt: skip


def _chosen(versions: Iterable[_Version]) -> Iterator[Submission]:
    """For each learner and lesson the last version; earlier ones are named in its notes."""
    candidates: dict[tuple[Learner, str | None, str], list[tuple[_Version, Submission]]]
    candidates = defaultdict(list)
    for version in versions:
        for submission in _submissions_in(version):
            # Files of no lesson do not replace one another unless they have the same name.
            name = "" if submission.lesson else version.handed.stem
            key = (submission.learner, submission.lesson, name)
            candidates[key].append((version, submission))
    for several in candidates.values():
        *earlier, (_, last) = sorted(several, key=lambda pair: _preference(*pair))
        yield replace(last, notes=(*last.notes, *_left_out([s for _, s in earlier])))


def _preference(version: _Version, submission: Submission) -> tuple[bool, Order]:
    """Orders versions; one that cannot be read gives way to any that can."""
    return (submission.trouble is None, version.order)


def _left_out(earlier: Sequence[Submission]) -> Iterator[str]:
    if earlier:
        names = ", ".join(f"`{submission.path}`" for submission in earlier[:5])
        yield f"Handed in more than once; this is the last version. Not graded: {names}."


# --- Which lesson a file is ---------------------------------------------------------------------


def _submissions_in(version: _Version) -> Iterator[Submission]:
    file, late = version.file, version.handed.late
    try:
        notebook = read_notebook(file.read())
    except Unreadable as error:
        slug = lesson_named(version.handed.stem) or lesson_named("_".join(file.parts[:-1]))
        hopeless = _hopeless(version.handed.learner, file.path, str(error), late=late)
        yield replace(hopeless, lesson=slug)
        return
    slugs, notes = _lessons_of(version.handed.stem, notebook)
    belongs_to: Sequence[str | None] = slugs or [None]
    for slug in belongs_to:
        yield Submission(
            learner=version.handed.learner,
            path=file.path,
            lesson=slug,
            work=Work(cells=notebook.cells) if slug else None,
            digest=notebook.digest if slug else "",
            late=late,
            notes=(*notebook.notes, *notes),
            trouble=None if slug else "It defines none of the course's functions.",
        )


def _lessons_of(stem: str, notebook: NotebookFile) -> tuple[list[str], list[str]]:
    """The lessons a notebook belongs to: by its name, by its metadata, by what it defines.

    A name that nothing in the file bears out gives way to what the file defines.
    """
    defined = _by_functions(notebook.cells)
    named = lesson_named(stem)
    if named and (named in defined or not defined):
        return [named], []
    if named:
        return defined, [
            f"The file is called `{stem}`, but its functions are those of another lesson."
        ]
    marked = _by_grade_ids(notebook.grade_ids)
    return [s for s in marked if s in defined] or defined or marked, []


def lesson_named(stem: str) -> str | None:
    """The lesson whose notebook's name a text holds, as `My 01_detect (final)`; None without one."""
    for lesson in lessons():
        number, words = lesson.notebook.split("_", 1)
        spelled = words.replace("_", "[ _-]*")
        if re.search(rf"(?<![0-9a-z]){number}[ _-]*{spelled}(?![a-z])|^{spelled}$", stem, re.I):
            return lesson.slug
    return None


def _by_functions(cells: Sequence[str]) -> list[str]:
    text = "\n".join(cells)
    defined = set(re.findall(r"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)", text, re.MULTILINE))
    return [lesson.slug for lesson in lessons() if defined & set(lesson.exercises)]


def _by_grade_ids(names: frozenset[str]) -> list[str]:
    return [lesson.slug for lesson in lessons() if names & set(lesson.exercises)]


def wanted_exercises(names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The exercises to grade, by lesson. Names are those of exercises or of lessons; none means all.

    Raises `NoSubmissions` for a name that is neither.
    """
    wanted: set[str] = set()
    for name in names:
        slug = lesson_named(name)
        lesson = next((one for one in lessons() if one.slug == slug), None)
        if name not in exercises() and lesson is None:
            raise NoSubmissions(
                f"`{name}` is no exercise and no lesson. There are: "
                f"{', '.join([*(one.notebook for one in lessons()), *exercises()])}."
            )
        wanted |= {name} if name in exercises() else set(lesson.exercises if lesson else ())
    chosen = {
        lesson.slug: tuple(n for n in lesson.exercises if n in wanted or not names)
        for lesson in lessons()
    }
    return {slug: names for slug, names in chosen.items() if names}
