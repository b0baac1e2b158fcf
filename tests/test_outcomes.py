"""Every outcome that the syllabus promises is taught somewhere and checked somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import fanout
from fanout.checks import exercises
from fanout.lessons.syllabus import syllabus

LESSONS = {lesson["slug"]: lesson for lesson in syllabus()["lesson"]}
TABLE: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
    Path(__file__).with_name("outcomes.toml").read_text(encoding="utf-8")
)
ROWS = [(slug, outcome, row) for slug, rows in TABLE.items() for outcome, row in rows.items()]


def headings(slug: str) -> list[str]:
    path = Path(fanout.__file__).parent / "lessons" / slug / "lesson.md"
    return re.findall(r"^## (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("slug", LESSONS)
def test_every_outcome_has_a_row(slug: str) -> None:
    """The table and the syllabus name the same outcomes, in the same words."""
    assert list(TABLE.get(slug, {})) == LESSONS[slug]["outcomes"]


@pytest.mark.parametrize(("slug", "outcome", "row"), ROWS, ids=[outcome for _, outcome, _ in ROWS])
def test_taught_and_checked(slug: str, outcome: str, row: dict[str, Any]) -> None:
    """The section is a heading of the lesson; the criterion belongs to an exercise of the lesson."""
    assert row["section"] in headings(slug)
    if "settled" in row:
        assert row["settled"] in headings(slug)
        return
    assert row["exercise"] in LESSONS[slug]["exercises"]
    assert row["criterion"] in [c.name for c in exercises()[row["exercise"]].criteria]


@pytest.mark.parametrize("slug", LESSONS)
def test_every_exercise_serves_an_outcome(slug: str) -> None:
    """No more than two outcomes of the course are settled in a lesson alone, without an exercise."""
    alone = [o for rows in TABLE.values() for o, row in rows.items() if "settled" in row]
    assert len(alone) <= 2
    assert any("exercise" in row for row in TABLE[slug].values())
