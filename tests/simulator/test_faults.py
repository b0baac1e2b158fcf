"""Faults on request, met by the real SDKs."""

from __future__ import annotations

import json
import time
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from anthropic import Anthropic
from openai import OpenAI

from fanout.simulator.faults import KINDS, described
from fanout.simulator.server import Server
from fanout.simulator.world import World

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
