"""Conversations over HTTP with the real SDK."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError, OpenAI

from fanout.conversation import Conversation, Reply, ToolCall
from fanout.simulator.server import Server
from fanout.simulator.world import World

MODEL = "gpt-5.2"
QUESTION = "What's the weather in Tokyo and London, and what's the USD to JPY rate?"


def tool(name: str, description: str, *required: str) -> Any:
    properties = {parameter: {"type": "string"} for parameter in required}
    schema = {"type": "object", "properties": properties, "required": list(required)}
    function = {"name": name, "description": description, "parameters": schema}
    return {"type": "function", "function": function}


TOOLS = [
    tool("get_weather", "Get weather for a city.", "city"),
    tool("get_exchange_rate", "Get an exchange rate.", "from_currency", "to_currency"),
]


def asked(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


def wanted(message: Any) -> list[tuple[str, Any]]:
    calls = message.tool_calls or []
    return [(call.function.name, json.loads(call.function.arguments)) for call in calls]


def answered(message: Any, *contents: str) -> list[Any]:
    pairs = zip(message.tool_calls, contents, strict=True)
    return [{"role": "tool", "tool_call_id": call.id, "content": text} for call, text in pairs]


def ask(client: OpenAI, messages: list[Any], **options: Any) -> Any:
    given: Any = {"model": MODEL, "tools": TOOLS} | options
    return client.chat.completions.create(messages=messages, **given).choices[0]


THREE = [
    ("get_weather", {"city": "Tokyo"}),
    ("get_weather", {"city": "London"}),
    ("get_exchange_rate", {"from_currency": "USD", "to_currency": "JPY"}),
]


def test_three_calls_then_an_answer_made_of_the_results(client: OpenAI) -> None:
    """One question gives three tool calls; their results come back in the final text."""
    choice = ask(client, asked(QUESTION))
    assert choice.finish_reason == "tool_calls"
    assert wanted(choice.message) == THREE
    results = answered(choice.message, '{"t": 11}', '{"t": 22}', '{"rate": 33.5}')
    final = ask(client, [*asked(QUESTION), choice.message, *results])
    assert final.finish_reason == "stop"
    assert not final.message.tool_calls
    assert all(number in final.message.content for number in ("11", "22", "33.5"))


def test_one_call_a_turn(client: OpenAI) -> None:
    """With parallel_tool_calls off the same calls come one by one, and then the answer."""
    messages, seen = asked(QUESTION), []
    for _ in range(3):
        message = ask(client, messages, parallel_tool_calls=False).message
        assert len(message.tool_calls) == 1
        seen += wanted(message)
        messages += [message, *answered(message, "{}")]
    assert seen == THREE
    assert not ask(client, messages, parallel_tool_calls=False).message.tool_calls


@pytest.mark.parametrize("choice", ["none", "auto", "required"])
def test_tool_choice_words(client: OpenAI, choice: str) -> None:
    """`none` forbids tool calls, `required` demands one even for small talk."""
    small_talk = ask(client, asked("Good morning!"), tool_choice=choice).message
    question = ask(client, asked(QUESTION), tool_choice=choice).message
    assert bool(small_talk.tool_calls) == (choice == "required")
    assert bool(question.tool_calls) == (choice != "none")


def test_tool_choice_by_name(client: OpenAI) -> None:
    """A forced function is the only one called, and older models report `stop`."""
    forced = {"type": "function", "function": {"name": "get_exchange_rate"}}
    for model, reason in ((MODEL, "tool_calls"), ("gpt-4o-mini", "stop")):
        choice = ask(client, asked(QUESTION), tool_choice=forced, model=model)
        assert {name for name, _ in wanted(choice.message)} == {"get_exchange_rate"}
        assert choice.finish_reason == reason


def test_allowed_tools(client: OpenAI) -> None:
    """allowed_tools keeps the model to the tools it names."""
    only = [{"type": "function", "function": {"name": "get_weather"}}]
    choice = {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": only}}
    message = ask(client, asked(QUESTION), tool_choice=choice).message
    assert {name for name, _ in wanted(message)} == {"get_weather"}


def test_same_requests_same_replies() -> None:
    """A fresh far end gives the same ids, texts and counts to the same requests in a row.

    Within one far end a repeated request gets ids of its own, as at the real API.
    """

    def two() -> list[Any]:
        server = Server(World(pace=0)).start()
        client = OpenAI(base_url=f"{server.url}/v1", api_key="sk-test")
        replies = [
            client.chat.completions.create(model=MODEL, messages=asked(QUESTION), tools=TOOLS)
            for _ in range(2)
        ]
        server.stop()
        return [reply.model_dump(exclude={"created"}) for reply in replies]

    first, second = two()
    assert [first, second] == two()
    calls = [reply["choices"][0]["message"]["tool_calls"] for reply in (first, second)]
    ids = [call["id"] for some in calls for call in some]
    assert len(set(ids)) == 6
    assert all(i.startswith("call_") and len(i) == 29 for i in ids)


def test_a_tight_token_limit_cuts_the_reply(client: OpenAI) -> None:
    """Too few tokens end the reply with `length`, the last arguments broken off."""
    choice = ask(client, asked(QUESTION), max_completion_tokens=20)
    assert choice.finish_reason == "length"
    *whole, cut = choice.message.tool_calls
    assert all(json.loads(call.function.arguments) for call in whole)
    with pytest.raises(ValueError, match=r"(?i)expecting|unterminated"):
        json.loads(cut.function.arguments)
    text = ask(client, asked("Tell me about yourself."), max_completion_tokens=3)
    assert text.finish_reason == "length"
    assert 0 < len(text.message.content) <= 12


def test_an_async_client(server: Server) -> None:
    """AsyncOpenAI holds several conversations at once, and each gets its own answer."""

    async def talk() -> list[Any]:
        url = f"{server.url}/v1"
        async with AsyncOpenAI(base_url=url, api_key="sk-test") as client:
            return await asyncio.gather(
                *(
                    client.chat.completions.create(
                        model=MODEL, messages=asked(f"Weather in {city}?"), tools=TOOLS
                    )
                    for city in ("Oslo", "Rome", "Lima", "Cairo")
                )
            )

    calls = [wanted(reply.choices[0].message) for reply in asyncio.run(talk())]
    assert calls == [[("get_weather", {"city": c})] for c in ("Oslo", "Rome", "Lima", "Cairo")]


def test_a_refused_request_is_recorded_with_what_it_said(client: OpenAI, world: World) -> None:
    """The record of a 400 for missing results still shows the calls of the conversation."""
    message = ask(client, asked(QUESTION)).message
    with world.recorder.record() as run, pytest.raises(BadRequestError):
        ask(client, [*asked(QUESTION), message])
    (exchange,) = run.exchanges
    assert exchange.status == 400
    assert exchange.error is not None
    assert exchange.conversation is not None
    assert len(exchange.conversation.turns[-1].calls) == 3


def test_a_scripted_mind(client: OpenAI, world: World) -> None:
    """A scenario may say itself what the model replies; the rest of the far end stays the same."""
    call = ToolCall(id="call_mine", name="get_weather", arguments='{"city": "Nowhere"}')
    world.mind = lambda _conversation: Reply(text="Wait.", calls=(call,))
    message = ask(client, asked("Anything")).message
    assert (message.content, message.tool_calls[0].id) == ("Wait.", "call_mine")


def test_a_mistake_of_the_simulator_says_so(client: OpenAI, world: World) -> None:
    """If the model itself breaks, the answer says that the learner's code is not to blame."""

    def broken(_conversation: Conversation) -> Reply:
        raise ZeroDivisionError("oops")

    world.mind = broken
    with pytest.raises(Exception, match="not in your code"):
        ask(client, asked("Anything"))


def test_a_key_to_insist_on(client: OpenAI, world: World) -> None:
    """With a key set, another key is refused with 401."""
    world.key = "sk-the-right-one"
    with pytest.raises(Exception, match="Incorrect API key provided") as refused:
        ask(client, asked("Anything"))
    assert refused.value.status_code == 401


def test_a_model_takes_its_time(server: Server, world: World) -> None:
    """At pace 1 a reply takes at least the latency of its model, as the record shows."""
    from fanout.simulator.profiles import find

    world.pace = 1.0
    profile = find(MODEL)
    assert profile is not None
    client = OpenAI(base_url=f"{server.url}/v1", api_key="sk-test")
    with world.recorder.record() as run:
        ask(client, asked("Hello"))
    assert run.exchanges[0].seconds >= profile.latency_s
