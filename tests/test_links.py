"""From one lesson to the next: a learner who follows the links comes through the whole course."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from fanout.authoring.source import to_notebook
from fanout.authoring.syllabus import LESSONS, Lesson, read_syllabus

ROOT = Path(__file__).parents[1]
SERIES = read_syllabus(ROOT).lessons


def local_links(folder: str, lesson: Lesson, source: str) -> set[str]:
    """Where a built file's links lead, as paths from the repository's root; other hosts left out."""
    text = (ROOT / LESSONS / lesson.slug / source).read_text(encoding="utf-8")
    prose = [cell.source for cell in to_notebook(text).cells if cell.cell_type == "markdown"]
    targets = re.findall(r"\]\(([^)\s]+)\)", "\n".join(prose))
    local = [target for target in targets if "://" not in target and not target.startswith("#")]
    paths = [(ROOT / folder / target).resolve() for target in local]
    return {path.relative_to(ROOT).as_posix() for path in paths}


@pytest.mark.parametrize("lesson", SERIES, ids=lambda lesson: lesson.slug)
def test_no_link_leads_nowhere(lesson: Lesson) -> None:
    """Every local link of a lesson and of its exercises leads to a file that is there."""
    linked = local_links("notebooks", lesson, "lesson.md")
    linked |= local_links("exercises", lesson, "exercise.md")
    assert {path for path in linked if not (ROOT / path).is_file()} == set()


@pytest.mark.parametrize("lesson", SERIES, ids=lambda lesson: lesson.slug)
def test_a_lesson_leads_to_its_exercises(lesson: Lesson) -> None:
    """At the end of a lesson stands the way to its exercises."""
    assert f"exercises/{lesson.stem}.ipynb" in local_links("notebooks", lesson, "lesson.md")


@pytest.mark.parametrize(
    ("lesson", "following"),
    [*itertools.pairwise(SERIES)],
    ids=[lesson.slug for lesson in SERIES[:-1]],
)
def test_both_lead_to_the_next_lesson(lesson: Lesson, following: Lesson) -> None:
    """The lesson and its exercises name the next lesson and link to it."""
    wanted = f"notebooks/{following.stem}.ipynb"
    assert wanted in local_links("notebooks", lesson, "lesson.md")
    assert wanted in local_links("exercises", lesson, "exercise.md")
