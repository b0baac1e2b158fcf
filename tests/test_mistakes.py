"""Every planted mistake of the course is rejected by the criterion that names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fanout.authoring.gates import Gates
from fanout.authoring.syllabus import Lesson, read_syllabus

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("lesson", read_syllabus(ROOT).lessons, ids=lambda lesson: lesson.stem)
def test_mistakes(lesson: Lesson) -> None:
    """A plausible wrong solution fails, and for its own reason."""
    problems = Gates(ROOT).mistakes(lesson)
    assert not problems, "\n".join(map(str, problems))
