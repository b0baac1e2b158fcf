"""The relay, with a second far end of ours in the provider's place: it passes on, and it records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic, beta_tool
from openai import APIConnectionError, NotFoundError, OpenAI, RateLimitError

from fanout.pictures.views import timeline
from fanout.recording import Exchange
from fanout.simulator.server import Server
from fanout.simulator.world import World
from fanout.trace import trace
from tests.simulator.live_ends import (
    ASKED,
    BODIES,
    CHAT,
    CITIES,
    CLAUDE,
    ENTRANCE,
    HEADERS,
    KEY,
    PATHS,
    QUESTION,
    live_for,
    relaying,
)

CHAT_TOOLS: Any = BODIES["/v1/chat/completions"]["tools"]
FLAT_TOOLS: Any = BODIES["/v1/responses"]["tools"]


@pytest.fixture
def provider() -> Iterator[Server]:
    """A far end that insists on the real key, as the provider does."""
    server = Server(World(pace=0, key=KEY)).start()
    yield server
    server.stop()


@pytest.fixture
def near(provider: Server) -> Iterator[Server]:
    """The far end of the notebook, live for everything."""
    with relaying(live_for(provider.url)) as server:
        yield server


@pytest.fixture
def openai(near: Server) -> OpenAI:
    return OpenAI(base_url=f"{near.url}/v1", api_key=ENTRANCE, max_retries=0)


def both(near: Server, provider: Server, path: str, **more: Any) -> tuple[Exchange, Exchange]:
    """One request through the relay: what stands in its record, and in the provider's."""
    with near.world.recorder.record() as here, provider.world.recorder.record() as there:
        answer = httpx2.post(near.url + path, json={**BODIES[path], **more}, headers=HEADERS)
    assert answer.status_code == 200
    return here.exchanges[0], there.exchanges[0]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("stream", [False, True])
def test_the_record_is_the_providers(
    near: Server, provider: Server, path: str, stream: bool
) -> None:
    """Reply, tokens, request and conversation are recorded as the provider itself records them."""
    usage = {"stream_options": {"include_usage": True}} if "chat" in path else {}
    more = {"stream": True, **usage} if stream else {}
    here, there = both(near, provider, path, **more)
    assert here.reply == there.reply
    assert here.reply is not None
    assert [json.loads(call.arguments)["city"] for call in here.reply.calls] == CITIES
    assert here.tokens == there.tokens > 0
    assert here.request == there.request
    assert here.conversation is not None
    assert here.conversation.turns == there.conversation.turns
    assert (here.status, here.error) == (200, None)
    assert here.response["id"] == there.response["id"]


def test_the_body_passes_unchanged(near: Server, provider: Server) -> None:
    """What the client reads is what the provider wrote, to the last field."""
    with provider.world.recorder.record() as there:
        answer = httpx2.post(
            near.url + PATHS[1], json=BODIES[PATHS[1]] | {"stream": True}, headers=HEADERS
        )
    last = answer.text.strip().rpartition("data: ")[2]
    assert json.loads(last)["response"] == there.exchanges[0].response
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_a_conversation_in_chat(openai: OpenAI, near: Server) -> None:
    """Calls, results and the final text go through; every call is answered in the trace."""
    with near.world.recorder.record() as run:
        first = openai.chat.completions.create(model=CHAT, messages=ASKED, tools=CHAT_TOOLS)
        message: Any = first.choices[0].message
        results: Any = [
            {"role": "tool", "tool_call_id": call.id, "content": f'{{"degrees": {n}}}'}
            for n, call in enumerate(message.tool_calls, 31)
        ]
        final = openai.chat.completions.create(
            model=CHAT, messages=[*ASKED, message, *results], tools=CHAT_TOOLS
        )
    assert "33" in str(final.choices[0].message.content)
    assert [call.result.content for call in trace(run).calls] == [r["content"] for r in results]
    assert run.tokens == first.usage.total_tokens + final.usage.total_tokens
    assert "2 model turns and 3 tool calls" in str(timeline(run))


def test_a_conversation_in_responses(openai: OpenAI, near: Server) -> None:
    """With previous_response_id the record knows the whole conversation, though little is sent."""
    with near.world.recorder.record() as run:
        first = openai.responses.create(model=CHAT, input=QUESTION, tools=FLAT_TOOLS)
        outputs: Any = [
            {"type": "function_call_output", "call_id": item.call_id, "output": "18 degrees"}
            for item in first.output
        ]
        openai.responses.create(
            model=CHAT, previous_response_id=first.id, input=outputs, tools=FLAT_TOOLS
        )
    second = run.exchanges[1]
    assert [len(turn.calls) for turn in second.conversation.turns[:2]] == [0, 3]
    assert all(call.result is not None for call in trace(run).calls)


def test_the_tool_runner(near: Server) -> None:
    """Anthropic's tool runner goes through with its thread, and its query string."""

    @beta_tool
    def get_weather(city: str) -> str:
        """Weather in a city."""
        return json.dumps({"city": city})

    client = Anthropic(base_url=near.url, api_key=ENTRANCE, max_retries=0)
    with near.world.recorder.record() as run:
        runner = client.beta.messages.tool_runner(
            model=CLAUDE, max_tokens=1000, tools=[get_weather], messages=ASKED
        )
        assert [message.stop_reason for message in runner] == ["tool_use", "end_turn"]
    assert len(run.exchanges[1].request["messages"]) == 1
    # The request continues the thread with one message; the record knows all of the conversation.
    known = run.exchanges[1].conversation
    assert known is not None
    assert [len(turn.calls) for turn in known.turns] == [0, 3, 0]
    assert all(call.result is not None for call in trace(run).calls)


def test_services_stay_here(near: Server, provider: Server) -> None:
    """A service is asked on this machine, live or not, and stands in the same record."""
    with near.world.recorder.record() as here, provider.world.recorder.record() as there:
        answer = httpx2.get(f"{near.url}/services/weather", params={"city": "Tokyo"})
    assert answer.status_code == 200
    assert [e.kind for e in here.exchanges] == ["service"]
    assert there.exchanges == []


# --- What goes wrong at the provider ----------------------------------------------------------------


def test_a_refusal_is_the_providers(openai: OpenAI, near: Server) -> None:
    """An error has the provider's status, words and request id, and stands in the record."""
    with near.world.recorder.record() as run, pytest.raises(NotFoundError) as refused:
        openai.chat.completions.create(model="gpt-0", messages=ASKED)
    assert refused.value.code == "model_not_found"
    assert refused.value.request_id.startswith("req_")
    (exchange,) = run.exchanges
    assert exchange.status == 404
    assert "`gpt-0` does not exist" in str(exchange.error)
    assert exchange.conversation.turns[0].text == QUESTION


def test_a_rate_limit_passes_with_its_headers(openai: OpenAI, provider: Server) -> None:
    """A 429 keeps its retry-after, so that the SDK waits as it should."""
    provider.world.faults.add("rate_limit", retry_after=7.0)
    with pytest.raises(RateLimitError) as refused:
        openai.chat.completions.create(model=CHAT, messages=ASKED)
    assert float(refused.value.response.headers["retry-after"]) == 7.0
    assert refused.value.response.headers["x-ratelimit-remaining-tokens"]


def test_the_sdk_tries_again_through_the_relay(near: Server, provider: Server) -> None:
    """With retries on, a client gets over a 500 of the provider; the record shows both."""
    provider.world.faults.add("server_error")
    client = OpenAI(base_url=f"{near.url}/v1", api_key=ENTRANCE, max_retries=1)
    with near.world.recorder.record() as run:
        client.chat.completions.create(model=CHAT, messages=ASKED)
    assert [e.status for e in run.exchanges] == [500, 200]


@pytest.mark.parametrize("path", PATHS)
def test_a_cut_stream_is_cut_here_too(near: Server, provider: Server, path: str) -> None:
    """The client's connection breaks where the provider's did, and the record says so."""
    provider.world.faults.add("cut_stream", after=5)
    with (
        near.world.recorder.record() as run,
        pytest.raises(httpx2.RemoteProtocolError),
        httpx2.stream(
            "POST", near.url + path, json=BODIES[path] | {"stream": True}, headers=HEADERS
        ) as answer,
    ):
        list(answer.iter_raw())
    (exchange,) = run.exchanges
    assert exchange.error == "The provider broke the stream off."
    assert exchange.reply is not None


def test_the_sdk_sees_the_cut(openai: OpenAI, provider: Server) -> None:
    """The SDK's stream raises where the provider broke off."""
    provider.world.faults.add("cut_stream", after=3)
    with pytest.raises((APIConnectionError, httpx2.RemoteProtocolError)):
        list(openai.chat.completions.create(model=CHAT, messages=ASKED, stream=True))


@pytest.mark.parametrize("path", PATHS)
def test_an_error_in_mid_stream_is_in_the_record(near: Server, provider: Server, path: str) -> None:
    """A stream that ends with an error passes whole, and the record has the error's words."""
    provider.world.faults.add("stream_error", after=4)
    with near.world.recorder.record() as run:
        answer = httpx2.post(near.url + path, json=BODIES[path] | {"stream": True}, headers=HEADERS)
    assert "error" in answer.text
    assert run.exchanges[0].error
    assert run.exchanges[0].error in answer.text


def test_a_broken_stream_is_put_together_as_meant(near: Server, provider: Server) -> None:
    """With every index at 0 and every name repeated, the record still has three calls."""
    for mode in ("index_zero", "repeated_header"):
        provider.world.faults.add(mode)
    here, there = both(near, provider, PATHS[0], stream=True)
    assert here.reply == there.reply


def test_half_live(provider: Server) -> None:
    """What is not chosen is answered by the offline model, with any key."""
    live = live_for(provider.url)
    live.upstreams = {"anthropic": live.upstreams["anthropic"]}
    with relaying(live) as near, provider.world.recorder.record() as there:
        offline = httpx2.post(
            near.url + PATHS[0], json=BODIES[PATHS[0]], headers={"authorization": "Bearer any"}
        )
        online = httpx2.post(near.url + PATHS[2], json=BODIES[PATHS[2]], headers=HEADERS)
    assert (offline.status_code, online.status_code) == (200, 200)
    assert [e.path for e in there.exchanges] == ["/v1/messages"]
