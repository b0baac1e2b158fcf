"""Replies as Responses event streams, read by the SDK."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from typing import Any

import httpx2
import pytest
from openai import APIError, AsyncOpenAI, OpenAI
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from fanout.conversation import Reply, ToolCall
from fanout.dialects import responses
from fanout.dialects.errors import ApiError
from fanout.dialects.streaming import Chunk
from fanout.dialects.tokens import Usage
from fanout.dialects.tokens import written as tokens_written
from fanout.simulator import profiles

ARGUMENTS = '{"city":"Zürich \\ud83d","days":[1,2]}'
CALLS = tuple(ToolCall(id=f"call_{i}", name="f", arguments=ARGUMENTS) for i in range(3))
REPLIES = [
    Reply(text="The weather in Zürich is 18 degrees."),
    Reply(text=""),
    Reply(calls=CALLS[:1]),
    Reply(calls=CALLS),
    Reply(text="Let me look.", calls=CALLS),
    Reply(text="Cut in the", stop="length"),
    Reply(calls=(ToolCall(id="call_0", name="f", arguments='{"ci'),), stop="length"),
    Reply(calls=(ToolCall(id="call_0", name="f", arguments=""), CALLS[1])),
    Reply(),
]
REQUEST = {"model": "gpt-5", "input": "Hello", "tools": [{"type": "function", "name": "f"}]}


def parts(model: str = "gpt-5") -> dict[str, Any]:
    """What `write` and `stream` need beside the reply."""
    rules = profiles.find(model)
    assert rules is not None
    return {
        "reply_id": responses.response_id("s"),
        "created": 1_800_000_000,
        "model": rules.snapshot,
        "usage": Usage(prompt=20, completion=10),
        "rules": rules,
        "request": REQUEST,
    }


def chunks(reply: Reply, model: str = "gpt-5", **options: Any) -> list[Chunk]:
    """The events of a model's reply."""
    return list(responses.stream(reply, **parts(model), **options))


def kinds(sent: Iterable[Chunk]) -> list[str]:
    """The events' names, without the `response.` before them and without repetitions."""
    names = [str(chunk.event).removeprefix("response.") for chunk in sent]
    return [name for name, _ in itertools.groupby(names)]


def client_for(sent: Iterable[Chunk]) -> OpenAI:
    """The real SDK, whose far end sends these chunks."""
    content = b"".join(chunk.encode() for chunk in sent)
    headers = {"content-type": "text/event-stream; charset=utf-8"}

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=content, headers=headers)

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    return OpenAI(api_key="k", base_url="http://far/v1", http_client=http)


@pytest.mark.parametrize("model", ["gpt-5", "gpt-4o"])
@pytest.mark.parametrize("reply", REPLIES)
def test_last_event_is_the_whole_response(reply: Reply, model: str) -> None:
    """The stream ends with the body that is written without a stream, and with no `[DONE]`."""
    last = chunks(reply, model)[-1]
    assert last.data["response"] == responses.write(reply, **parts(model))
    assert last.event == f"response.{last.data['response']['status']}"


@pytest.mark.parametrize("reply", REPLIES)
def test_every_event_is_the_sdks(reply: Reply) -> None:
    """The SDK's types take each event; beside them stands only the padding of the deltas."""
    adapter: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
    for chunk in chunks(reply):
        assert chunk.data["type"] == chunk.event
        event = adapter.validate_python(chunk.data)
        extra = {"obfuscation"} if "delta" in chunk.data else set()
        assert set(event.model_extra or ()) == extra


@pytest.mark.parametrize("reply", REPLIES)
def test_sequence_and_tokens(reply: Reply) -> None:
    """Events are numbered from 0 without a gap, and weigh together what the reply weighs."""
    for burst in (True, False):
        sent = chunks(reply, burst=burst)
        assert [c.data["sequence_number"] for c in sent] == list(range(len(sent)))
        assert sum(c.tokens for c in sent) == tokens_written(reply)
        assert all(c.tokens >= 0 for c in sent)


def test_order_of_parallel_calls() -> None:
    """Reasoning, then one call after another, each with its arguments in one piece (recorded)."""
    call = ["output_item.added", "function_call_arguments.delta", "function_call_arguments.done"]
    assert kinds(chunks(Reply(calls=CALLS[:2]))) == [
        *("created", "in_progress", "output_item.added", "output_item.done"),
        *(*call, "output_item.done"),
        *(*call, "output_item.done"),
        "completed",
    ]
    deltas = [c.data["delta"] for c in chunks(Reply(calls=CALLS)) if "delta" in c.data]
    assert deltas == [ARGUMENTS] * 3


def test_order_of_a_text() -> None:
    """A message is added, its part is added, filled and done, and the message is done (recorded)."""
    assert kinds(chunks(Reply(text="Hello there."), "gpt-4o")) == [
        *("created", "in_progress", "output_item.added", "content_part.added"),
        *("output_text.delta", "output_text.done", "content_part.done", "output_item.done"),
        "completed",
    ]


def test_one_call_comes_in_pieces() -> None:
    """The arguments of a single call are cut anywhere and join to the whole."""
    deltas = [c.data["delta"] for c in chunks(Reply(calls=CALLS[:1])) if "delta" in c.data]
    assert len(deltas) > 3
    assert "".join(deltas) == ARGUMENTS


def test_burst() -> None:
    """Several calls wait for the last of them; without a burst each is sent when written."""
    weighing = [c for c in chunks(Reply(calls=CALLS)) if c.tokens]
    assert [c.event for c in weighing] == ["response.output_item.added"]
    assert len([c for c in chunks(Reply(calls=CALLS), burst=False) if c.tokens]) == 6


def test_items_begin_empty() -> None:
    """An item is added in progress and empty; deltas name it by its own id, not by the call's."""
    sent = chunks(Reply(text="Look.", calls=CALLS[:1]))
    added = [c.data["item"] for c in sent if c.event == "response.output_item.added"]
    assert [item.get("status") for item in added] == [None, "in_progress", "in_progress"]
    assert (added[1]["content"], added[2]["arguments"]) == ([], "")
    ids = {c.data["item_id"] for c in sent if "item_id" in c.data}
    assert ids == {added[1]["id"], added[2]["id"]}


def test_obfuscation() -> None:
    """A delta and its padding have a multiple of 16 characters, unless padding was refused."""
    reply = Reply(text="A city with a rather long name: Llanfairpwllgwyngyll.")
    padded = [c.data for c in chunks(reply) if "delta" in c.data]
    assert all((len(d["delta"]) + len(d["obfuscation"])) % 16 == 0 for d in padded)
    plain = chunks(reply, include_obfuscation=False)
    assert not any("obfuscation" in c.data for c in plain)


def test_keys_in_the_recorded_order() -> None:
    """An event has its type first, and then its keys in the order of the alphabet."""
    delta = next(c.data for c in chunks(Reply(text="Hello.")) if "delta" in c.data)
    assert list(delta) == [
        *("type", "content_index", "delta", "item_id", "logprobs"),
        *("obfuscation", "output_index", "sequence_number"),
    ]


def test_the_same_for_the_same_reply() -> None:
    """A stream is a function of what it is given."""
    assert chunks(Reply(text="Hello.")) == chunks(Reply(text="Hello."))


@pytest.mark.parametrize("reply", [r for r in REPLIES if r.stop is None])
def test_sdk_helper_puts_it_together(reply: Reply) -> None:
    """The SDK's `stream()` helper ends with the response, its deltas and snapshots in order."""
    written = responses.write(reply, **parts())
    text, arguments = "", ""
    with client_for(chunks(reply)).responses.stream(model="gpt-5", input="Hello") as stream:
        for event in stream:
            if event.type == "response.output_text.delta":
                text += event.delta
                assert event.snapshot == text
            elif event.type == "response.function_call_arguments.delta":
                arguments += event.delta
        final = stream.get_final_response()
    assert text == final.output_text == (reply.text or "")
    assert arguments == "".join(call.arguments for call in reply.calls)
    assert [item.id for item in final.output] == [item["id"] for item in written["output"]]
    assert final.status == "completed"


async def read_async(sent: list[Chunk]) -> list[str]:
    """The events that `AsyncOpenAI` reads from these chunks."""
    content = b"".join(chunk.encode() for chunk in sent)
    headers = {"content-type": "text/event-stream"}
    transport = httpx2.MockTransport(
        lambda _: httpx2.Response(200, content=content, headers=headers)
    )
    http = httpx2.AsyncClient(transport=transport)
    async with AsyncOpenAI(api_key="k", base_url="http://far/v1", http_client=http) as client:
        stream = await client.responses.create(model="gpt-5", input="Hello", stream=True)
        return [event.type async for event in stream]


def test_async_sdk() -> None:
    """The asynchronous client reads the same events."""
    import asyncio

    sent = chunks(Reply(calls=CALLS))
    assert asyncio.run(read_async(sent)) == [c.event for c in sent]


def test_cut_reply() -> None:
    """A reply at its token limit ends with `response.incomplete`, read as such by the SDK."""
    sent = chunks(Reply(calls=CALLS[:1], stop="length"))
    stream = client_for(sent).responses.create(model="gpt-5", input="Hello", stream=True)
    last = list(stream)[-1]
    assert last.type == "response.incomplete"
    assert last.response.incomplete_details.reason == "max_output_tokens"
    assert last.response.output[-1].status == "incomplete"


@pytest.mark.parametrize("cut", [1, 4, 6])
def test_failure(cut: int) -> None:
    """A failure in mid-stream is an error that the SDK raises, then a failed response."""
    error = ApiError("The server had an error.", status=500, type="server_error")
    sent = chunks(Reply(calls=CALLS))[:cut]
    failed = [*sent, *responses.failure(error, sent)]
    assert [c.event for c in failed[cut:]] == ["error", "response.failed"]
    assert [c.data["sequence_number"] for c in failed] == list(range(cut + 2))
    response = failed[-1].data["response"]
    assert response["status"] == "failed"
    assert response["error"] == {"code": "server_error", "message": "The server had an error."}
    assert len(response["output"]) == (1 if cut >= 4 else 0)
    stream = client_for(failed).responses.create(model="gpt-5", input="Hello", stream=True)
    with pytest.raises(APIError, match=r"The server had an error\."):
        list(stream)


def test_failure_before_anything_was_sent() -> None:
    """A failure at once is still two numbered events."""
    error = ApiError("Slow down.", status=429, type="tokens", code="rate_limit_exceeded")
    first, second = responses.failure(error, [])
    assert json.loads(json.dumps(first.data))["error"]["code"] == "rate_limit_exceeded"
    assert second.data["response"]["error"]["code"] == "rate_limit_exceeded"
