"""The other two APIs and streaming, over HTTP with the real SDKs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic, AsyncAnthropic, BadRequestError, beta_async_tool, beta_tool
from openai import OpenAI

from fanout.simulator.server import Server
from fanout.simulator.world import World

CHAT, CLAUDE = "gpt-5.2", "claude-sonnet-5"
QUESTION = "What's the weather in Tokyo, London and Lima?"
CITIES = ["Tokyo", "London", "Lima"]
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ABOUT = {"name": "get_weather", "description": "Weather in a city."}

CHAT_TOOLS: Any = [{"type": "function", "function": {**ABOUT, "parameters": CITY}}]
FLAT_TOOLS: Any = [{"type": "function", **ABOUT, "parameters": CITY}]
CLAUDE_TOOLS: Any = [{**ABOUT, "input_schema": CITY}]
ASKED: Any = [{"role": "user", "content": QUESTION}]


@pytest.fixture
def anthropic(server: Server) -> Anthropic:
    return Anthropic(base_url=server.url, api_key="sk-ant-test", max_retries=0)


def claude(client: Anthropic, messages: Any = ASKED, **options: Any) -> Any:
    given: Any = {"model": CLAUDE, "max_tokens": 1000, "tools": CLAUDE_TOOLS} | options
    return client.messages.create(messages=messages, **given)


def uses(message: Any) -> list[Any]:
    return [block for block in message.content if block.type == "tool_use"]


def results(message: Any) -> list[Any]:
    return [
        {"type": "tool_result", "tool_use_id": use.id, "content": json.dumps({"degrees": 10 + n})}
        for n, use in enumerate(uses(message))
    ]


# --- Claude ---------------------------------------------------------------------------------------


def test_claude_asks_and_answers(anthropic: Anthropic) -> None:
    """Three tool_use blocks, and a text made of their results."""
    message = claude(anthropic)
    assert message.stop_reason == "tool_use"
    assert [use.input["city"] for use in uses(message)] == CITIES
    turn = [{"role": "assistant", "content": message.content}]
    final = claude(anthropic, [*ASKED, *turn, {"role": "user", "content": results(message)}])
    assert final.stop_reason == "end_turn"
    assert all(str(degrees) in final.content[0].text for degrees in (10, 11, 12))


def test_claude_wants_every_result(anthropic: Anthropic) -> None:
    """A missing result is refused, with the ids and the index of the message."""
    message = claude(anthropic)
    turn = [{"role": "assistant", "content": message.content}]
    partial = [{"role": "user", "content": results(message)[:1]}]
    with pytest.raises(BadRequestError, match=r"messages\.2: `tool_use` ids were found without"):
        claude(anthropic, [*ASKED, *turn, *partial])


def test_claude_one_at_a_time(anthropic: Anthropic) -> None:
    """disable_parallel_tool_use gives one block a turn."""
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    assert len(uses(claude(anthropic, tool_choice=choice))) == 1


def test_claude_streams(anthropic: Anthropic) -> None:
    """The SDK's stream helper puts the same message together."""
    with anthropic.messages.stream(
        model=CLAUDE, max_tokens=1000, tools=CLAUDE_TOOLS, messages=ASKED
    ) as stream:
        message = stream.get_final_message()
    assert [use.input["city"] for use in uses(message)] == CITIES
    assert message.usage.output_tokens > 0


def test_claude_tool_runner(anthropic: Anthropic, world: World) -> None:
    """The SDK's tool runner goes through with its defaults, over a message thread."""

    @beta_tool
    def get_weather(city: str) -> str:
        """Weather in a city."""
        return json.dumps({"city": city})

    runner = anthropic.beta.messages.tool_runner(
        model=CLAUDE, max_tokens=1000, tools=[get_weather], messages=ASKED
    )
    with world.recorder.record() as run:
        reasons = [message.stop_reason for message in runner]
    assert reasons == ["tool_use", "end_turn"]
    assert "thread" in run.exchanges[1].request
    assert len(run.exchanges[1].request["messages"]) == 1


def test_claude_tool_runner_async(server: Server) -> None:
    """So does the asynchronous one."""

    @beta_async_tool
    async def get_weather(city: str) -> str:
        """Weather in a city."""
        return json.dumps({"city": city})

    async def talk() -> list[Any]:
        async with AsyncAnthropic(base_url=server.url, api_key="sk-ant-test") as client:
            runner = client.beta.messages.tool_runner(
                model=CLAUDE, max_tokens=1000, tools=[get_weather], messages=ASKED
            )
            return [message.stop_reason async for message in runner]

    assert asyncio.run(talk()) == ["tool_use", "end_turn"]


def test_claude_keys(server: Server, world: World) -> None:
    """A key may come either way, and another than the one wanted is refused in its own words."""
    world.key = "sk-ant-right"
    body = {"model": CLAUDE, "max_tokens": 10, "messages": ASKED}

    def status(**headers: str) -> tuple[int, str]:
        sent = {"anthropic-version": "2023-06-01"} | {
            k.replace("_", "-"): v for k, v in headers.items()
        }
        reply = httpx2.post(f"{server.url}/v1/messages", json=body, headers=sent)
        return reply.status_code, reply.json().get("error", {}).get("message", "")

    assert status(x_api_key="sk-ant-right")[0] == 200
    assert status(authorization="Bearer sk-ant-right")[0] == 200
    assert status(x_api_key="wrong") == (401, "invalid x-api-key")
    assert status(authorization="Bearer wrong") == (401, "Invalid bearer token")


# --- Responses ------------------------------------------------------------------------------------


def outputs(response: Any) -> list[Any]:
    return [
        {"type": "function_call_output", "call_id": item.call_id, "output": f'{{"degrees": {n}}}'}
        for n, item in enumerate((i for i in response.output if i.type == "function_call"), 20)
    ]


def test_responses_with_state(client: OpenAI) -> None:
    """previous_response_id carries the calls, so the next request sends outputs alone."""
    first = client.responses.create(model=CHAT, input=QUESTION, tools=FLAT_TOOLS)
    assert [item.type for item in first.output] == ["function_call"] * 3
    second = client.responses.create(
        model=CHAT, previous_response_id=first.id, input=outputs(first), tools=FLAT_TOOLS
    )
    assert all(str(n) in second.output_text for n in (20, 21, 22))


def test_responses_without_state(client: OpenAI) -> None:
    """The items sent back by hand do as well; a missing output is refused by its id."""
    first = client.responses.create(model=CHAT, input=QUESTION, tools=FLAT_TOOLS, store=False)
    said: Any = [*ASKED, *first.output]
    whole = client.responses.create(
        model=CHAT, input=[*said, *outputs(first)], tools=FLAT_TOOLS, store=False
    )
    assert "22" in whole.output_text
    with pytest.raises(Exception, match=r"No tool output found for function call call_\w+\."):
        client.responses.create(model=CHAT, input=[*said, *outputs(first)[:2]], tools=FLAT_TOOLS)


def test_responses_stream(client: OpenAI) -> None:
    """The stream helper ends with the whole response, and a stored one can be gone on from."""
    with client.responses.stream(model=CHAT, input=QUESTION, tools=FLAT_TOOLS) as stream:
        response = list(stream) and stream.get_final_response()
    assert len(response.output) == 3
    second = client.responses.create(
        model=CHAT, previous_response_id=response.id, input=outputs(response), tools=FLAT_TOOLS
    )
    assert "21" in second.output_text


# --- Chat, streamed -------------------------------------------------------------------------------


def test_chat_stream(client: OpenAI) -> None:
    """Fragments put together by index are the three calls; usage comes when asked for."""
    arguments: dict[int, str] = {}
    usage = None
    for chunk in client.chat.completions.create(
        model=CHAT,
        messages=ASKED,
        tools=CHAT_TOOLS,
        stream=True,
        stream_options={"include_usage": True},
    ):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            for call in choice.delta.tool_calls or []:
                text = call.function.arguments if call.function else ""
                arguments[call.index] = arguments.get(call.index, "") + (text or "")
    assert [json.loads(text)["city"] for text in arguments.values()] == CITIES
    assert usage is not None


def test_a_stream_takes_its_time(server: Server, world: World) -> None:
    """At pace 1 a streamed text comes in pieces, not at once."""
    world.pace = 1.0
    client = OpenAI(base_url=f"{server.url}/v1", api_key="sk-test")
    with world.recorder.record() as run:
        stream = client.chat.completions.create(
            model=CHAT, messages=[{"role": "user", "content": "Who are you?"}], stream=True
        )
        chunks = list(stream)
    assert len(chunks) > 10
    exchange = run.exchanges[0]
    assert exchange.reply is not None
    assert exchange.seconds > 0.3 + 0.9 * exchange.tokens / 2 / 250


def test_a_stream_is_in_the_record(client: OpenAI, world: World) -> None:
    """A streamed reply stands in the record like any other: status, reply, body, end."""
    with world.recorder.record() as run:
        list(
            client.chat.completions.create(
                model=CHAT, messages=ASKED, tools=CHAT_TOOLS, stream=True
            )
        )
    (exchange,) = run.exchanges
    assert exchange.status == 200
    assert exchange.ended is not None
    assert exchange.reply is not None
    assert len(exchange.reply.calls) == 3
    assert exchange.response["object"] == "chat.completion"


ROUTES: list[tuple[str, Callable[[], Any]]] = [
    ("/v1/messages", lambda: {"model": "claude-0", "max_tokens": 1, "messages": ASKED}),
    ("/v1/responses", lambda: {"model": "gpt-0", "input": "x"}),
    ("/v1/chat/completions", lambda: {"model": "gpt-0", "messages": ASKED}),
]


@pytest.mark.parametrize(("path", "body"), ROUTES, ids=[path for path, _ in ROUTES])
def test_an_unknown_model(server: Server, path: str, body: Callable[[], Any]) -> None:
    """Each API refuses a model nobody knows in its own way, and gives the request an id."""
    headers = {"authorization": "Bearer k", "anthropic-version": "2023-06-01"}
    reply = httpx2.post(server.url + path, json=body(), headers=headers)
    assert reply.status_code == (400 if path == "/v1/responses" else 404)
    assert reply.headers.get("x-request-id") or reply.headers.get("request-id")
