"""What scenarios are made of."""

from __future__ import annotations

import pytest

from fanout.checks.draw import Draw
from fanout.checks.material import city_tool, some_model
from fanout.dialects import chat
from fanout.lessons.syllabus import model
from fanout.simulator import profiles


@pytest.mark.parametrize("seed", range(20))
def test_a_drawn_model_takes_what_the_lessons_model_takes(seed: int) -> None:
    """It is never the lessons' own, and refuses no setting that the lessons' own accepts."""
    name = some_model(Draw(seed))
    assert name != model("chat")
    for one in (name, model("chat")):
        body = {
            "model": one,
            "messages": [{"role": "user", "content": "Hello"}],
            "tools": [city_tool("get_tide")],
            "temperature": 0,
            "parallel_tool_calls": False,
            "max_completion_tokens": 500,
        }
        assert chat.read(body, profiles.find(one)).tools
