"""The relay against somebody else's simulator, aimock: its JSON and its streams are not of our making.

Skipped where it is not installed: `npm install @copilotkit/aimock`, and FANOUT_AIMOCK set to the path of
its program `llmock`, or that program on the path.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic
from openai import OpenAI

from fanout.simulator.server import Server
from fanout.trace import trace
from tests.simulator.live_ends import (
    ASKED,
    BODIES,
    CHAT,
    CITIES,
    CLAUDE,
    ENTRANCE,
    KEY,
    PATHS,
    QUESTION,
    free_port,
    live_for,
    relaying,
)

AIMOCK = os.environ.get("FANOUT_AIMOCK") or shutil.which("llmock")
pytestmark = pytest.mark.skipif(
    AIMOCK is None, reason="aimock is not installed here (npm install @copilotkit/aimock)"
)

CALLS = [{"name": "get_weather", "arguments": {"city": city}} for city in CITIES]
FIXTURES = {
    "fixtures": [
        {
            "match": {"userMessage": "weather", "hasToolResult": False},
            "response": {"toolCalls": CALLS},
        },
        {"match": {"hasToolResult": True}, "response": {"content": "18, 19 and 20 degrees."}},
    ]
}
CHAT_TOOLS: Any = BODIES[PATHS[0]]["tools"]
FLAT_TOOLS: Any = BODIES[PATHS[1]]["tools"]
CLAUDE_TOOLS: Any = BODIES[PATHS[2]]["tools"]


@pytest.fixture(scope="module")
def aimock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """aimock in a process of its own; gives its address."""
    fixtures: Path = tmp_path_factory.mktemp("aimock") / "fixtures.json"
    fixtures.write_text(json.dumps(FIXTURES), "utf-8")
    port = free_port()
    command = [str(AIMOCK), "-p", str(port), "-f", str(fixtures), "--log-level", "silent"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            httpx2.get(url)
            return
        except httpx2.TransportError:
            assert time.monotonic() < deadline, "aimock does not answer"
            time.sleep(0.1)


@pytest.fixture
def near(aimock: str) -> Iterator[Server]:
    with relaying(live_for(aimock)) as server:
        yield server


@pytest.fixture
def openai(near: Server) -> OpenAI:
    return OpenAI(base_url=f"{near.url}/v1", api_key=ENTRANCE, max_retries=0)


@pytest.fixture
def anthropic(near: Server) -> Anthropic:
    return Anthropic(base_url=near.url, api_key=ENTRANCE, max_retries=0)


@pytest.mark.parametrize("stream", [False, True])
def test_chat(openai: OpenAI, near: Server, stream: bool) -> None:
    """Three calls and the answer: what the SDK shows is what the record holds."""
    options: Any = {"model": CHAT, "tools": CHAT_TOOLS}

    def ask(messages: Any) -> Any:
        if not stream:
            return openai.chat.completions.create(messages=messages, **options).choices[0].message
        with openai.chat.completions.stream(messages=messages, **options) as events:
            return events.get_final_completion().choices[0].message

    with near.world.recorder.record() as run:
        message = ask(ASKED)
        results = [
            {"role": "tool", "tool_call_id": call.id, "content": "18"}
            for call in message.tool_calls
        ]
        said = {"role": "assistant", "tool_calls": [c.to_dict() for c in message.tool_calls]}
        for call in said["tool_calls"]:
            call["function"].pop("parsed_arguments", None)
            call.pop("index", None)
        final = ask([*ASKED, said, *results])
    first, second = run.exchanges
    assert [json.loads(c.arguments)["city"] for c in first.reply.calls] == CITIES
    assert [c.id for c in first.reply.calls] == [c.id for c in message.tool_calls]
    assert second.reply.text == final.content == "18, 19 and 20 degrees."
    assert all(call.result is not None for call in trace(run).calls)
    assert KEY not in repr([vars(e) for e in run.exchanges])


@pytest.mark.parametrize("stream", [False, True])
def test_responses(openai: OpenAI, near: Server, stream: bool) -> None:
    """The items of the SDK's response are the calls of the record."""
    options: Any = {"model": CHAT, "tools": FLAT_TOOLS, "input": QUESTION}
    with near.world.recorder.record() as run:
        if stream:
            with openai.responses.stream(**options) as events:
                response = events.get_final_response()
        else:
            response = openai.responses.create(**options)
    calls = [item for item in response.output if item.type == "function_call"]
    (exchange,) = run.exchanges
    assert [c.id for c in exchange.reply.calls] == [c.call_id for c in calls]
    assert [json.loads(c.arguments)["city"] for c in exchange.reply.calls] == CITIES


@pytest.mark.parametrize("stream", [False, True])
def test_messages(anthropic: Anthropic, near: Server, stream: bool) -> None:
    """The blocks of the SDK's message are the calls of the record."""
    options: Any = {"model": CLAUDE, "max_tokens": 500, "tools": CLAUDE_TOOLS, "messages": ASKED}
    with near.world.recorder.record() as run:
        if stream:
            with anthropic.messages.stream(**options) as events:
                message = events.get_final_message()
        else:
            message = anthropic.messages.create(**options)
    uses = [block for block in message.content if block.type == "tool_use"]
    (exchange,) = run.exchanges
    assert [c.id for c in exchange.reply.calls] == [use.id for use in uses]
    assert [json.loads(c.arguments)["city"] for c in exchange.reply.calls] == CITIES
    assert exchange.tokens == message.usage.input_tokens + message.usage.output_tokens


def test_a_refusal(openai: OpenAI, near: Server) -> None:
    """What aimock has no fixture for it refuses, and its words stand in the record."""
    with near.world.recorder.record() as run, pytest.raises(Exception, match="fixture"):
        openai.chat.completions.create(model=CHAT, messages=[{"role": "user", "content": "?"}])
    assert "fixture" in str(run.exchanges[0].error)
