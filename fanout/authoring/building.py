"""Builds the three editions of each lesson from its two source files."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from fanout.authoring.editions import exercise_edition, solution_edition
from fanout.authoring.execution import TIMEOUT, CellFailed, execute
from fanout.authoring.form import (
    read_notebook,
    same_but_for_times,
    source_digest,
    write_text,
)
from fanout.authoring.problem import AuthoringError
from fanout.authoring.registry import Exercise, Registry, course_registry
from fanout.authoring.source import read_source
from fanout.authoring.syllabus import Lesson, Syllabus, read_syllabus

EDITIONS = ("notebooks", "solutions", "exercises")
"""The folders of built files, in the order in which they are built."""


@dataclass(frozen=True)
class Planned:
    """A file to be built: its cells not yet executed, and where they come from."""

    lesson: Lesson
    folder: str
    notebook: NotebookNode
    digest: str
    source: str

    @property
    def name(self) -> str:
        """The file's path from the root of the repository."""
        return f"{self.folder}/{self.lesson.stem}.ipynb"


@dataclass(frozen=True)
class Built:
    """A file that was built: `kept` says that it was as it should be and stayed untouched."""

    path: Path
    seconds: float
    kept: bool


def build(
    root: Path,
    only: Sequence[str] = (),
    *,
    registry: Registry | None = None,
    fresh: bool = False,
    timeout: float = TIMEOUT,
) -> list[Built]:
    """Build the lessons named (all, for none) below `root`, and remove files of lessons now gone.

    A file that would change in nothing but times and pictures of times is left as it is, unless
    `fresh` asks for new pictures. Raises `AuthoringError` at the first lesson that cannot be built.
    """
    syllabus = read_syllabus(root)
    registry = registry or course_registry()
    chosen = syllabus.choose(tuple(only))
    remove_strays(root, syllabus)
    return [
        _build_one(root, planned, fresh, timeout)
        for lesson in chosen
        for planned in plan(root, lesson, syllabus, registry)
    ]


def plan(root: Path, lesson: Lesson, syllabus: Syllabus, registry: Registry) -> list[Planned]:
    """The files of one lesson as they are before execution, in the order of `EDITIONS`.

    A lesson without exercises has only its notebook.
    """
    source = read_source(root, lesson, "lesson.md", syllabus, registry)
    planned = [_planned(lesson, "notebooks", source.notebook(), source.digest, root, source.path)]
    if lesson.exercises:
        source = read_source(root, lesson, "exercise.md", syllabus, registry)
        file = source.path.relative_to(root).as_posix()
        notebook = source.notebook()
        worked = solution_edition(notebook, file)
        handed_out = exercise_edition(notebook, exercises_of(lesson, registry), file)
        planned += [
            _planned(lesson, "solutions", worked, source.digest, root, source.path),
            _planned(lesson, "exercises", handed_out, source.digest, root, source.path),
        ]
    return planned


def exercises_of(lesson: Lesson, registry: Registry) -> Mapping[str, Exercise]:
    """The lesson's exercises by name, in the order of the syllabus; names without one left out."""
    known = registry.exercises()
    return {name: known[name] for name in lesson.exercises if name in known}


def stray_files(root: Path, syllabus: Syllabus) -> list[Path]:
    """Built files that no lesson in the syllabus has. Notebooks that were not built are not ours."""
    expected = {f"notebooks/{lesson.stem}.ipynb" for lesson in syllabus.lessons}
    for lesson in syllabus.lessons:
        if lesson.exercises:
            expected |= {f"{folder}/{lesson.stem}.ipynb" for folder in EDITIONS}
    found = [path for folder in EDITIONS for path in sorted((root / folder).glob("*.ipynb"))]
    return [
        path
        for path in found
        if path.relative_to(root).as_posix() not in expected
        and source_digest(read_notebook(path)) is not None
    ]


def remove_strays(root: Path, syllabus: Syllabus) -> None:
    """Remove the built files of lessons that no longer exist."""
    for path in stray_files(root, syllabus):
        path.unlink()
        _say(f"{path.relative_to(root).as_posix():<40} removed: no such lesson")


def _planned(
    lesson: Lesson,
    folder: str,
    notebook: NotebookNode,
    digest: str,
    root: Path,
    path: Path,
) -> Planned:
    return Planned(lesson, folder, notebook, digest, path.relative_to(root).as_posix())


def _build_one(root: Path, planned: Planned, fresh: bool, timeout: float) -> Built:
    began = time.perf_counter()
    path = root / planned.name
    path.parent.mkdir(exist_ok=True)
    text = write_text(_executed(planned, path.parent, timeout), planned.digest)
    kept = not fresh and path.exists() and same_but_for_times(path.read_text("utf-8"), text)
    if not kept:
        path.write_text(text, encoding="utf-8", newline="\n")
    seconds = time.perf_counter() - began
    _say(f"{planned.name:<40} {seconds:5.1f} s  {'unchanged' if kept else 'written'}")
    return Built(path, seconds, kept)


def _executed(planned: Planned, folder: Path, timeout: float) -> NotebookNode:
    if planned.folder == "exercises":
        return planned.notebook
    try:
        return execute(planned.notebook, folder, timeout)
    except CellFailed as failure:
        raise AuthoringError(
            f"Lesson `{planned.lesson.slug}` ({planned.source}): code cell {failure.number}, "
            f"which begins with `{failure.source.splitlines()[0]}`, failed:\n{failure.lines}\n"
            "Correct it there, or tag the cell `raises-exception` if the error is the lesson; "
            f"then run `fanout build {planned.lesson.slug}` again."
        ) from failure


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
