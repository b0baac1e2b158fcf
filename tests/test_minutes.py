"""The minutes that the course states are those that its material takes."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from benchmarks.minutes import Content, built, content, exercise_minutes, honest
from fanout.authoring.syllabus import Lesson, read_syllabus

ROOT = Path(__file__).parents[1]
LESSONS = read_syllabus(ROOT).lessons
README = (ROOT / "README.md").read_text(encoding="utf-8")


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
