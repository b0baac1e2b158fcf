"""Faults on request, met by the real SDKs."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from anthropic import Anthropic
from openai import OpenAI

from fanout.conversation import Reply
from fanout.pictures import timeline, transcript
from fanout.simulator.faults import KINDS, described
from fanout.simulator.scripts import read_script
from fanout.simulator.server import Server
from fanout.simulator.world import World
from tests.simulator.wires import HEADERS

CHAT, CLAUDE = "gpt-5.2", "claude-sonnet-5"
ASKED: Any = [{"role": "user", "content": "What's the weather in Oslo and Rome?"}]
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS: Any = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Weather in a city.",
            "parameters": CITY,
        },
    }
]
CLAUDE_TOOLS: Any = [
    {"name": "get_weather", "description": "Weather in a city.", "input_schema": CITY}
]


FUNCTION = {"name": "f", "description": "Weather.", "parameters": CITY}
BODIES: dict[str, Any] = {
    "/v1/chat/completions": {
        "model": CHAT,
        "messages": ASKED,
        "tools": [{"type": "function", "function": FUNCTION}],
    },
    "/v1/responses": {
        "model": CHAT,
        "input": ASKED,
        "tools": [{"type": "function", **FUNCTION, "strict": False}],
    },
    "/v1/messages": {
        "model": CLAUDE,
        "max_tokens": 999,
        "messages": ASKED,
        "tools": [{"name": "f", "input_schema": CITY}],
    },
}
STORY = "It rained in Oslo on Monday, and in Rome on Friday."


def ask(client: OpenAI, **options: Any) -> Any:
    return client.chat.completions.create(model=CHAT, messages=ASKED, tools=TOOLS, **options)


def calls(reply: Any) -> list[tuple[str, str]]:
    return [(c.function.name, c.function.arguments) for c in reply.choices[0].message.tool_calls]


def test_a_rate_limit_that_the_sdk_recovers_from(server: Server, world: World) -> None:
    """One 429 with retry-after: the SDK waits that long, tries again, and the record has both."""
    client = OpenAI(base_url=f"{server.url}/v1", api_key="sk-test")
    world.faults.add("rate_limit", retry_after=0.2)
    began = time.perf_counter()
    with world.recorder.record() as run:
        ask(client)
    assert time.perf_counter() - began >= 0.2
    assert [e.status for e in run.exchanges] == [429, 200]
    assert run.exchanges[0].faults == ("rate_limit",)
    assert run.exchanges[0].conversation is not None


@pytest.mark.parametrize(
    ("kind", "error", "status"),
    [
        ("unauthorized", openai.AuthenticationError, 401),
        ("rate_limit", openai.RateLimitError, 429),
        ("quota", openai.RateLimitError, 429),
        ("server_error", openai.InternalServerError, 500),
        ("overloaded", openai.InternalServerError, 503),
    ],
)
def test_refusals_of_openai(
    client: OpenAI, world: World, kind: str, error: type[openai.APIStatusError], status: int
) -> None:
    """Each refusal reaches the SDK as its own exception, once, and the next request is fine."""
    world.faults.add(kind)
    with pytest.raises(error) as refused:
        ask(client)
    assert refused.value.status_code == status
    assert ask(client).choices


@pytest.mark.parametrize(
    ("kind", "status"),
    [("unauthorized", 401), ("rate_limit", 429), ("server_error", 500), ("overloaded", 529)],
)
def test_refusals_of_claude(server: Server, world: World, kind: str, status: int) -> None:
    """Claude's refusals have Claude's statuses."""
    client = Anthropic(base_url=server.url, api_key="sk-ant", max_retries=0)
    world.faults.add(kind)
    with pytest.raises(anthropic.APIStatusError) as refused:
        client.messages.create(model=CLAUDE, max_tokens=9, messages=ASKED)
    assert refused.value.status_code == status


def test_what_the_model_says_wrong(client: OpenAI, world: World) -> None:
    """Cut arguments, a strange tool, a doubled call, the wrapper: each changes the reply."""
    good = calls(ask(client))
    world.faults.add("bad_json", call=1, keep=6)
    assert calls(ask(client))[1][1] == good[1][1][:6]
    world.faults.add("unknown_tool", name="get_wether")
    assert [name for name, _ in calls(ask(client))] == ["get_wether", "get_weather"]
    world.faults.add("duplicate_call")
    doubled = ask(client).choices[0].message.tool_calls
    assert [c.function.arguments for c in doubled] == [good[0][1], good[0][1], good[1][1]]
    assert len({c.id for c in doubled}) == 3
    world.faults.add("parallel_wrapper")
    ((name, arguments),) = calls(ask(client))
    assert name == "multi_tool_use.parallel"
    assert len(json.loads(arguments)["tool_uses"]) == 2


def test_out_of_tokens(client: OpenAI, world: World) -> None:
    """A truncated reply ends with `length` although the request set no limit."""
    world.faults.add("truncate", tokens=10)
    assert ask(client).choices[0].finish_reason == "length"


def test_a_cut_stream(client: OpenAI, world: World) -> None:
    """The connection breaks in the middle: the SDK raises, and the record says so."""
    world.faults.add("cut_stream", after=3)
    with world.recorder.record() as run, pytest.raises(Exception) as broken:  # noqa: PT011
        list(ask(client, stream=True))
    assert isinstance(broken.value, (openai.APIConnectionError, httpx2.HTTPError))
    assert run.exchanges[0].error == "The stream was broken off."


@pytest.mark.parametrize("kind", ["cut_stream", "stream_error"])
@pytest.mark.parametrize("path", BODIES)
def test_of_a_broken_stream_the_record_has_what_crossed(
    server: Server, world: World, path: str, kind: str
) -> None:
    """Wherever a stream breaks off, the record and the pictures have what was sent and no more."""
    world.scripts.set(read_script([{"text": STORY, "calls": [("f", {"city": "Oslo"})]}]))
    body = BODIES[path] | {"stream": True}
    whole = httpx2.post(server.url + path, json=body, headers=HEADERS).text
    assert crossed(whole)[0] == STORY
    for after in (0, 6, 12):
        world.faults.add(kind, after=after)
        with world.recorder.record() as run:
            text, arguments = crossed(received(server.url + path, body))
        exchange = run.exchanges[0]
        reply = exchange.reply or Reply()
        assert (reply.text or "") == text
        assert "".join(call.arguments for call in reply.calls) in (arguments, "{}")
        assert exchange.error == "The stream was broken off."
        assert STORY.startswith(text)
        shown = str(transcript(run))
        assert "✕ the stream broke off" in shown
        assert "finish:" not in shown
        assert text.split("\n")[0] in shown
        assert (STORY in shown) == (text == STORY)
        assert "The stream of turn 1 broke off." in timeline(run).alt


def received(url: str, body: Any) -> str:
    """What arrives of a stream, also of one that breaks off."""
    pieces: list[str] = []
    with (
        contextlib.suppress(httpx2.RemoteProtocolError),
        httpx2.stream("POST", url, json=body, headers=HEADERS) as answer,
    ):
        pieces.extend(answer.iter_text())
    return "".join(pieces)


def crossed(stream: str) -> tuple[str, str]:
    """The text and the arguments in the deltas of a stream, put together by hand."""
    text = arguments = ""
    lines = [line[5:].strip() for line in stream.splitlines() if line.startswith("data:")]
    for event in [json.loads(line) for line in lines if line != "[DONE]"]:
        delta = event["choices"][0]["delta"] if event.get("choices") else event.get("delta", {})
        if isinstance(delta, str):
            text += delta if "text" in event["type"] else ""
            arguments += delta if "arguments" in event["type"] else ""
            continue
        text += delta.get("content") or delta.get("text") or ""
        arguments += delta.get("partial_json") or ""
        for call in delta.get("tool_calls") or ():
            arguments += call["function"].get("arguments", "")
    return text, arguments


def test_an_error_in_mid_stream(server: Server, client: OpenAI, world: World) -> None:
    """An error event in a stream becomes the SDK's exception, for each API."""
    world.faults.add("stream_error", after=2, times=3)
    with pytest.raises(openai.APIError):
        list(ask(client, stream=True))
    with pytest.raises(openai.APIError):
        list(client.responses.create(model=CHAT, input="Hello", stream=True))
    claude = Anthropic(base_url=server.url, api_key="sk-ant", max_retries=0)
    with pytest.raises(anthropic.APIStatusError):
        list(claude.messages.create(model=CLAUDE, max_tokens=99, messages=ASKED, stream=True))


def test_a_broken_server(client: OpenAI, world: World) -> None:
    """With index_zero every call claims to be the first, as some servers have it."""
    world.faults.add("index_zero")
    chunks = list(ask(client, stream=True))
    indexes = {
        call.index
        for chunk in chunks
        for choice in chunk.choices
        for call in choice.delta.tool_calls or []
    }
    assert indexes == {0}


def test_slowness(client: OpenAI, world: World) -> None:
    """A slow answer is slow by what was asked for, whatever the pace."""
    world.faults.add("slow", seconds=0.3)
    with world.recorder.record() as run:
        ask(client)
    assert run.exchanges[0].seconds >= 0.3


def test_times_and_keys(server: Server, world: World) -> None:
    """A fault for one key leaves the others alone; `times` counts; None lasts; clear() ends it."""
    mine, theirs = (
        OpenAI(base_url=f"{server.url}/v1", api_key=key, max_retries=0)
        for key in ("sk-mine", "sk-theirs")
    )
    world.faults.add("server_error", times=2, key="sk-mine")
    assert ask(theirs).choices
    for _ in range(2):
        with pytest.raises(openai.InternalServerError):
            ask(mine)
    assert ask(mine).choices
    world.faults.add("server_error", times=None)
    for client in (mine, theirs, mine):
        with pytest.raises(openai.InternalServerError):
            ask(client)
    world.faults.clear()
    assert ask(mine).choices


def test_a_fault_that_there_is_not(world: World) -> None:
    """A wrong kind or option is told with what there is."""
    with pytest.raises(ValueError, match="Did you mean 'rate_limit'"):
        world.faults.add("rate_limits")
    with pytest.raises(ValueError, match="it takes: retry_after"):
        world.faults.add("rate_limit", seconds=3)
    assert len(list(described())) == len(KINDS)
