"""The offline model makes exactly the calls that a prompt asks for, in the order of the text."""

from __future__ import annotations

import pytest

from fanout.conversation import Conversation, Turn
from fanout.simulator.model import decide
from tests.model import learners
from tests.model.prompts import PROMPTS
from tests.model.signatures import call, tool

ALL = PROMPTS + learners.PROMPTS


@pytest.mark.parametrize(("tools", "prompt", "calls"), ALL, ids=[p[1][:60] for p in ALL])
def test_a_prompt_gives_exactly_the_calls_it_asks_for(
    tools: list[str], prompt: str, calls: list[str]
) -> None:
    """One call for each combination, no more, with the arguments that the text names."""
    conversation = Conversation(
        model="m",
        turns=(Turn(role="user", text=prompt),),
        tools=tuple(tool(t) for t in tools),
    )
    assert list(decide(conversation).wanted) == [call(c) for c in calls]


def test_ten_prompts_ask_for_six_calls_or_more() -> None:
    """The collection holds wide fan-outs, not only pairs."""
    assert sum(len(calls) >= 6 for _, _, calls in PROMPTS) >= 10
