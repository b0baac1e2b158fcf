"""The gates of the course: each returns what is wrong, in words; an empty list means good.

The tests ask them lesson by lesson; `check` asks all of them at once for an author.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from nbformat import NotebookNode

from fanout.authoring.building import EDITIONS, Planned, exercises_of, plan, stray_files
from fanout.authoring.editions import checked_names, solution_lines
from fanout.authoring.form import (
    read_notebook,
    read_text,
    source_digest,
    without_outputs,
    write_text,
)
from fanout.authoring.problem import AuthoringError, Problem
from fanout.authoring.registry import Exercise, Registry, course_registry
from fanout.authoring.rehearsal import rejected, solved, unsolved
from fanout.authoring.sabotage import sabotage as sabotage
from fanout.authoring.shape import accessible, clean_outputs, lesson_shape
from fanout.authoring.source import read_source, to_notebook
from fanout.authoring.syllabus import LESSONS, Lesson, read_syllabus


class Gates:
    """The gates over one course, lesson by lesson; each method is one gate."""

    def __init__(self, root: Path, registry: Registry | None = None) -> None:
        self.root = root
        self.registry = registry or course_registry()
        self.syllabus = read_syllabus(root)

    def current(self, lesson: Lesson) -> list[Problem]:
        """The built files are there, and are what their source gives; nobody edited them by hand."""
        planned = plan(self.root, lesson, self.syllabus, self.registry)
        return [problem for one in planned for problem in self._stale(one)]

    def shape(self, lesson: Lesson) -> list[Problem]:
        """The lesson has the fixed headings, small cells, and nothing that shuts anyone out."""
        found: list[Problem] = []
        for folder in EDITIONS:
            file = f"{folder}/{lesson.stem}.ipynb"
            if not (self.root / file).exists():
                continue  # `current` says so.
            notebook = read_notebook(self.root / file)
            if folder == "notebooks":
                first = lesson == self.syllabus.lessons[0]
                found += lesson_shape(file, notebook, self.root, first_lesson=first)
            elif folder == "solutions":
                found += accessible(file, notebook) + clean_outputs(file, notebook, self.root)
            else:
                found += accessible(file, notebook)
        return found

    def unsolved(self, lesson: Lesson) -> list[Problem]:
        """The exercises as handed out run to their end, and no criterion is met."""
        return self._rehearsed(lesson, "exercises", unsolved)

    def solved(self, lesson: Lesson) -> list[Problem]:
        """Every worked solution gets full points."""
        return self._rehearsed(lesson, "solutions", solved)

    def mistakes(self, lesson: Lesson) -> list[Problem]:
        """Every planted mistake is rejected by the criterion that names it."""
        return rejected(lesson.slug, self.registry, exercises_of(lesson, self.registry))

    def hints(self, lesson: Lesson) -> list[Problem]:
        """Every exercise has three hints, and none gives a line of the solution."""
        exercises = exercises_of(lesson, self.registry)
        lines: dict[str, list[str]] = {}
        if exercises:
            source = read_source(self.root, lesson, "exercise.md", self.syllabus, self.registry)
            lines = solution_lines(source.notebook(), str(source.path))
        file = f"fanout/lessons/{lesson.slug}/checks.py"
        return [
            Problem(file, f"exercise `{name}`: {what}", to_do)
            for name, exercise in exercises.items()
            for what, to_do in _hint_faults(exercise, lines.get(name, []))
        ]

    def agreement(self, lesson: Lesson) -> list[Problem]:
        """The lesson's folder, its entry in the syllabus and its exercises say the same."""
        registered = {e.name for e in self.registry.exercises().values() if e.lesson == lesson.slug}
        listed = set(lesson.exercises)
        where = f"lesson `{lesson.slug}`"
        found = [
            Problem(_SYLLABUS, f"{where} lists `{name}`, but has no such check.", "Define it.")
            for name in sorted(listed - registered)
        ]
        found += [
            Problem(_SYLLABUS, f"{where} has a check of `{name}`, not listed.", "List it.")
            for name in sorted(registered - listed)
        ]
        file = f"{LESSONS.as_posix()}/{lesson.slug}/exercise.md"
        path = self.root / file
        if bool(lesson.exercises) != path.is_file():
            what = "it is missing." if lesson.exercises else "the syllabus lists no exercises."
            found.append(Problem(file, what, "Let the file and syllabus.toml agree."))
        elif lesson.exercises:
            text = path.read_text(encoding="utf-8")
            found += [Problem(file, what, to_do) for what, to_do in _unfinished(file, text, lesson)]
        return found

    def strangers(self) -> list[Problem]:
        """Nothing lies about: no folder without a lesson, no built file without a source."""
        slugs = {lesson.slug for lesson in self.syllabus.lessons}
        sources = sorted((self.root / LESSONS).glob("*/*.md"))
        found = [
            Problem(
                path.relative_to(self.root).as_posix(),
                "no lesson in the syllabus has this folder.",
                "Add the lesson to syllabus.toml, or remove the folder.",
            )
            for path in sources
            if path.parent.name not in slugs
        ]
        return found + [
            Problem(
                path.relative_to(self.root).as_posix(),
                "no lesson in the syllabus gives this file.",
                "Run `fanout build`, which removes it.",
            )
            for path in stray_files(self.root, self.syllabus)
        ]

    def _stale(self, planned: Planned) -> Iterator[Problem]:
        path, again = self.root / planned.name, f"Run `fanout build {planned.lesson.slug}`."
        if not path.exists():
            yield Problem(planned.name, "it has not been built.", again)
            return
        text = path.read_text(encoding="utf-8")
        built, fresh = read_text(text), write_text(planned.notebook, planned.digest)
        if source_digest(built) != planned.digest:
            yield Problem(
                planned.name, f"it does not come from {planned.source} as it is now.", again
            )
        elif write_text(built, planned.digest) != text or _bare(built, planned.digest) != fresh:
            yield Problem(
                planned.name, "it was changed by hand.", f"Edit {planned.source}. {again}"
            )
        elif planned.folder == "exercises" and text != fresh:
            yield Problem(planned.name, "it holds outputs.", again)
        elif planned.folder != "exercises" and not _was_executed(built):
            yield Problem(planned.name, "its cells were not executed in order.", again)

    def _rehearsed(
        self, lesson: Lesson, folder: str, gate: Callable[..., list[Problem]]
    ) -> list[Problem]:
        path = self.root / folder / f"{lesson.stem}.ipynb"
        exercises = exercises_of(lesson, self.registry)
        if not exercises or not path.exists():
            return []  # `agreement` and `current` say so.
        file = path.relative_to(self.root).as_posix()
        return gate(file, read_notebook(path), path.parent, exercises)


# In the order in which an author wants to hear of them.
GATES: tuple[tuple[str, Callable[[Gates, Lesson], list[Problem]]], ...] = (
    ("syllabus, files and exercises agree", Gates.agreement),
    ("built files are current", Gates.current),
    ("shape and accessibility", Gates.shape),
    ("hints", Gates.hints),
    ("planted mistakes are rejected", Gates.mistakes),
    ("unsolved exercises say not yet", Gates.unsolved),
    ("solutions get full points", Gates.solved),
)


def check(
    root: Path, only: Sequence[str] = (), *, registry: Registry | None = None
) -> list[Problem]:
    """Ask all gates about the lessons named (all, for none), and say on stderr how it goes."""
    gates = Gates(root, registry)
    found = gates.strangers()
    for lesson in gates.syllabus.choose(tuple(only)):
        began = time.perf_counter()
        problems = list(check_lesson(gates, lesson))
        seconds = time.perf_counter() - began
        said = f"problems: {len(problems)}" if problems else "good"
        print(f"{lesson.stem:<24} {seconds:5.1f} s  {said}", file=sys.stderr, flush=True)
        found += problems
    return found


def check_lesson(gates: Gates, lesson: Lesson) -> Iterator[Problem]:
    """What all gates have to say about one lesson. A source that cannot be read is a problem too."""
    for _, gate in GATES:
        try:
            yield from gate(gates, lesson)
        except AuthoringError as error:
            yield Problem(f"lesson `{lesson.slug}`", str(error), "Then check again.")
            return


_SYLLABUS = f"{LESSONS.as_posix()}/syllabus.toml"
_WORD = re.compile(r"\w+")


def _bare(notebook: NotebookNode, digest: str) -> str:
    return write_text(without_outputs(notebook), digest)


def _was_executed(notebook: NotebookNode) -> bool:
    counts = [c.execution_count for c in notebook.cells if c.cell_type == "code" and c.source]
    return counts == list(range(1, len(counts) + 1))


def _unfinished(file: str, text: str, lesson: Lesson) -> Iterator[tuple[str, str]]:
    """What each listed exercise lacks in the source of the exercises."""
    notebook = to_notebook(text)
    solved = solution_lines(notebook, file)
    checked = [n for c in notebook.cells if c.cell_type == "code" for n in checked_names(c.source)]
    for name in lesson.exercises:
        header = f"{{{{ exercise {name} }}}}"
        if text.count(header) != 1:
            yield f"`{header}` stands {text.count(header)} times.", "Let it head the exercise once."
        if name not in solved:
            to_do = "Mark its solution with the lines `### BEGIN SOLUTION` and `### END SOLUTION`."
            yield f"no cell defines `{name}` with a marked solution.", to_do
        if checked.count(name) != 1:
            to_do = f"Give it one cell with `fanout.check({name})`."
            yield f"`{name}` is checked {checked.count(name)} times.", to_do


def _hint_faults(exercise: Exercise, solution: Sequence[str]) -> Iterator[tuple[str, str]]:
    hints = list(exercise.hints)
    if len(hints) != 3:
        yield f"it has {len(hints)} hints.", "Write exactly three, from direction to means."
    for number, hint in enumerate(hints, 1):
        if not hint.strip():
            yield f"hint {number} is empty.", "Write where to look next."
        for line in solution:
            if _is_telling(line) and _squeezed(line) in _squeezed(hint):
                yield f"hint {number} gives the line `{line}`.", "Say it in words."


def _is_telling(line: str) -> bool:
    """Whether a line of a solution says more than `else:` or `)`."""
    return not line.startswith("#") and len(_WORD.findall(line)) > 1


def _squeezed(text: str) -> str:
    return " ".join(text.split())
