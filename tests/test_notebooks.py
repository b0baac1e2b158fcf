"""The gates over the course itself, lesson by lesson.

They look at the sources and at the built files as they are; `fanout build` brings those up to date.
That each notebook gives its stored outputs again is tested by nbval, from tests/run.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from fanout.authoring import Problem
from fanout.authoring.gates import GATES, Gates, sabotage
from fanout.authoring.source import to_notebook, to_text
from fanout.authoring.syllabus import LESSONS, Lesson, read_syllabus
from fanout.grading.layers import probe

ROOT = Path(__file__).parents[1]
SANITIZE = ROOT / "tests" / "nbval_sanitize.cfg"

pytestmark = pytest.mark.skipif(
    not (ROOT / LESSONS / "syllabus.toml").exists(), reason="there is no syllabus yet"
)


def the_lessons() -> list[Lesson]:
    """The lessons of the course; none before there is a syllabus."""
    if not (ROOT / LESSONS / "syllabus.toml").exists():
        return []
    return list(read_syllabus(ROOT).lessons)


def told(problems: list[Problem]) -> str:
    """The problems, one a line."""
    return "\n".join(str(problem) for problem in problems)


@cache
def the_gates() -> Gates:
    """The gates over the course, with its own checks."""
    return Gates(ROOT)


HERE = [(claim, gate) for claim, gate in GATES if gate is not Gates.mistakes]
"""The planted mistakes take the longest; they have a file of their own, to be run beside this one."""
IN_KERNELS = (Gates.unsolved, Gates.solved)
in_boxes = pytest.mark.skipif(
    probe().enough, reason="tests/grading/test_boxes.py judges the same notebooks, in boxes"
)

each_lesson = pytest.mark.parametrize("lesson", the_lessons(), ids=lambda lesson: lesson.stem)


@each_lesson
@pytest.mark.parametrize(
    ("claim", "gate"),
    [
        pytest.param(*each, id=each[1].__name__, marks=[in_boxes] * (each[1] in IN_KERNELS))
        for each in HERE
    ],
)
def test_gate(claim: str, gate: Callable[[Gates, Lesson], list[Problem]], lesson: Lesson) -> None:
    """Each gate finds nothing wrong with each lesson."""
    problems = gate(the_gates(), lesson)
    assert not problems, f"not so: {claim}\n{told(problems)}"


def test_nothing_lies_about() -> None:
    """There is no folder without a lesson and no built file without a source."""
    problems = the_gates().strangers()
    assert not problems, told(problems)


@each_lesson
@pytest.mark.parametrize("file", ["lesson.md", "exercise.md"])
def test_mirror(file: str, lesson: Lesson) -> None:
    """From source to notebook and back no cell, tag or character of a cell is lost."""
    path = ROOT / LESSONS / lesson.slug / file
    if not lesson.exercises and file == "exercise.md":
        pytest.skip("a lesson without exercises")
    notebook = to_notebook(path.read_text(encoding="utf-8"))
    again = to_notebook(to_text(notebook))
    assert [(c.cell_type, c.source, c.metadata) for c in again.cells] == [
        (c.cell_type, c.source, c.metadata) for c in notebook.cells
    ]


def test_nbval_turns_red() -> None:
    """A changed output and a broken cell in a copy of a built notebook turn nbval red."""
    built = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert built, "nothing is built; run `fanout build`"
    problems = sabotage(built[0], SANITIZE)
    assert not problems, told(problems)
