"""The minutes that the course states are those that its material takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from benchmarks.minutes import Content, built, content, exercise_minutes, honest
from fanout.authoring.syllabus import Lesson, read_syllabus
from fanout.checks import exercises

ROOT = Path(__file__).parents[1]
LESSONS = read_syllabus(ROOT).lessons
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEACHING = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_a_lesson_states_minutes_that_it_takes(lesson: Lesson) -> None:
    """Stated and estimated minutes of a lesson differ by a quarter of the stated ones at most."""
    estimate = content(built(lesson)).minutes()
    assert honest(lesson.minutes, estimate), (
        f"fanout/lessons/syllabus.toml says that `{lesson.slug}` takes {lesson.minutes} minutes; "
        f"benchmarks/minutes.py estimates {estimate:.0f}. Correct the number, or shorten the lesson."
    )


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_the_readme_states_the_same_minutes(lesson: Lesson) -> None:
    """The table in README has each lesson's minutes, and those that its exercises state in all."""
    row = next((r for r in README.splitlines() if r.startswith(f"| {lesson.number} |")), "")
    assert f"| {lesson.minutes} | {exercise_minutes(lesson)} |" in row


def test_the_readme_adds_up_for_teachers() -> None:
    """The sums that a teacher plans with are those of the lessons and exercises they name."""
    pattern = r"00 to (\d\d)\s+take (\d+)(?: minutes)? and\s+the(?:ir exercises|irs) (\d+)"
    sums = re.findall(pattern, README)
    assert [last for last, *_ in sums] == ["03", "05"]
    for last, minutes, homework in sums:
        counted = [lesson for lesson in LESSONS if lesson.number <= last]
        assert int(minutes) == sum(lesson.minutes for lesson in counted)
        assert int(homework) == sum(map(exercise_minutes, counted))


PLANS = re.findall(r"^## (\d+) minutes(.*?)(?=^## )", TEACHING, re.MULTILINE | re.DOTALL)
ROWS = re.findall(r"^\| (\d+) \| (.+?) \|", TEACHING, re.MULTILINE)


def section(lesson: Lesson, title: str) -> Any:
    """The part of a lesson's notebook that stands under a heading of the second level."""
    notebook = built(lesson)
    heads = [n for n, cell in enumerate(notebook.cells) if cell.source.startswith("## ")]
    (first,) = (n for n in heads if notebook.cells[n].source.splitlines()[0] == f"## {title}")
    last = next((n for n in heads if n > first), len(notebook.cells))
    notebook.cells = notebook.cells[first:last]
    return notebook


@pytest.mark.parametrize(("minutes", "what"), ROWS)
def test_a_teacher_s_plan_states_minutes_that_things_take(minutes: str, what: str) -> None:
    """A lesson and an exercise take what they state; a section what it is estimated to, rounded."""
    by_number = {lesson.number: lesson for lesson in LESSONS}
    if named := re.fullmatch(r"(\d\d), \*(.+)\*", what):
        took = content(section(by_number[named[1]], named[2])).minutes(seconds=0)
        assert abs(int(minutes) - took) < 0.75, f"{what}: about {took:.1f} minutes"
    elif what in by_number:
        assert int(minutes) == by_number[what].minutes
    elif what.startswith("`"):
        assert int(minutes) == exercises()[what.strip("`")].minutes
    else:
        assert what in ("questions", "a break")


@pytest.mark.parametrize(("whole", "plan"), PLANS, ids=[whole for whole, _ in PLANS])
def test_a_teacher_s_plan_adds_up(whole: str, plan: str) -> None:
    """The rows of a plan take the time that its heading promises."""
    assert int(whole) == sum(int(one) for one in re.findall(r"^\| (\d+) \|", plan, re.MULTILINE))


def test_a_teacher_knows_what_goes_home() -> None:
    """The homework of the 90 minutes takes what the exercises of its lessons say."""
    (first, last, said) = re.findall(r"Exercises (\d\d) to (\d\d) go home: (\d+) min", TEACHING)[0]
    homework = [lesson for lesson in LESSONS if first <= lesson.number <= last]
    assert int(said) == sum(map(exercise_minutes, homework))


def test_what_stands_in_a_notebook_is_counted() -> None:
    """Words, lines, outputs, pictures, predictions, questions and changes are each counted once."""
    picture = {"text/html": '<img src="data:image/png;base64,x">', "text/plain": "Bar chart."}
    shown = [
        nbformat.v4.new_output("stream", text="two words"),
        nbformat.v4.new_output("display_data", picture),
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("## Predict, then run\n\n### Predict\n\nOne two three."),
            nbformat.v4.new_code_cell("a = 1\n\nb = 2", outputs=shown),
            nbformat.v4.new_markdown_cell(
                "<details>\n<summary>Why?</summary>\n\nSo.\n\n</details>"
            ),
            nbformat.v4.new_markdown_cell("<details>\n<summary>Who?</summary>\n\nI.\n\n</details>"),
            nbformat.v4.new_markdown_cell("### Modify\n\nChange `a`."),
        ]
    )
    assert content(notebook) == Content(
        words=14, lines=2, output=2, pictures=1, predictions=1, questions=1, modifications=1
    )
