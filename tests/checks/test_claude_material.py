"""What scenarios about Claude are made of: arguments as the SDK's own types, and refusals quoted."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest
from anthropic import Anthropic, AsyncAnthropic
from anthropic.types import Message, MessageParam

from fanout.checks.driver import Outcome, call
from fanout.checks.material import (
    chat_refusal,
    city_tool,
    claude_body,
    claude_city_tool,
    claude_refusal,
)
from fanout.checks.scenario import claude_client, claude_message
from fanout.conversation import Reply, ToolCall
from fanout.lessons.syllabus import model
from fanout.simulator.server import Server
from fanout.simulator.world import World

CALL = ToolCall(id="toolu_1", name="get_tide", arguments='{"city": "Galway"}')
QUESTION: MessageParam = {"role": "user", "content": "High tide in Galway?"}


@pytest.fixture
def url() -> Iterator[str]:
    """A far end whose model says one sentence."""
    server = Server(World(pace=0, mind=lambda _: Reply(text="At noon."))).start()
    yield server.url
    server.stop()


def test_a_reply_is_the_sdks_own_message() -> None:
    """The function gets a `Message` with text and tool_use blocks, as the SDK would hand it over."""

    def look(message: Message) -> list[object]:
        block = message.content[1]
        assert block.type == "tool_use"
        return [type(message) is Message, message.content[0].type, block.id, block.input]

    body = claude_body(Reply(text="One moment.", calls=(CALL,)))
    outcome = call(look, {"message": claude_message(body)}, "http://nowhere", 5)
    assert outcome == Outcome(returned=[True, "text", "toolu_1", {"city": "Galway"}])


def test_another_stop_reason() -> None:
    """A reply can be given a stop_reason that does not follow from its blocks."""
    assert claude_body(Reply(calls=(CALL,)))["stop_reason"] == "tool_use"
    assert claude_body(Reply(calls=(CALL,)), "end_turn")["stop_reason"] == "end_turn"


def test_clients_reach_the_far_end(url: str) -> None:
    """Both kinds of client talk to the scenario's far end, with no key of the environment."""
    gc.collect()  # what earlier tests left behind is not told of here

    def ask(client: Anthropic) -> str:
        reply = client.messages.create(max_tokens=9, model=model("claude"), messages=[QUESTION])
        return reply.content[0].text

    async def ask_async(client: AsyncAnthropic) -> str:
        reply = await client.messages.create(
            max_tokens=9, model=model("claude"), messages=[QUESTION]
        )
        return reply.content[0].text

    assert call(ask, {"client": claude_client()}, url, 5).returned == "At noon."
    asynchronous = {"client": claude_client(asynchronous=True)}
    assert asyncio.run(asyncio.to_thread(call, ask_async, asynchronous, url, 5)) == Outcome(
        returned="At noon."
    )


def test_refusals_in_the_apis_words() -> None:
    """Each API takes its own tools, and the other's are refused with what it would say itself."""
    ours, theirs = claude_city_tool("get_tide"), city_tool("get_tide")
    assert claude_refusal([QUESTION], [ours]) is None
    assert chat_refusal([QUESTION], [theirs]) is None
    assert (claude_refusal([QUESTION], [theirs]) or "").startswith("tools.0: Input tag 'function'")
    assert chat_refusal([QUESTION], [ours]) == "Missing required parameter: 'tools[0].type'."


def test_refusal_of_a_conversation() -> None:
    """A turn without its result is refused, naming the id."""
    turn = {"role": "assistant", "content": claude_body(Reply(calls=(CALL,)))["content"]}
    refusal = claude_refusal([QUESTION, turn, QUESTION])
    assert refusal is not None
    assert refusal.startswith("messages.2: `tool_use` ids were found without `tool_result`")
    assert "toolu_1" in refusal
