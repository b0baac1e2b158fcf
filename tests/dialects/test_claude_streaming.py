"""Replies as Messages event streams, and the SDK that puts them together again."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic, APIStatusError, AsyncAnthropic
from anthropic.types import Message
from anthropic.types.raw_message_stream_event import RawMessageStreamEvent
from pydantic import TypeAdapter

from fanout.conversation import Reply, ToolCall
from fanout.dialects import claude
from fanout.dialects.streaming import Chunk
from fanout.dialects.tokens import Usage, written
from fanout.simulator import claude_models

TEXT = "I'll look both up: Zürich \N{GRINNING FACE} and Rome."
CALLS = tuple(
    ToolCall(id=claude.call_id("s", i), name="f", arguments=f'{{"city": "{city}", "days": {i}}}')
    for i, city in enumerate(["Z\\u00fcrich \\ud83d\\ude00", "Rome"])
)
EMPTY = ToolCall(id=claude.call_id("s", 9), name="now", arguments="{}")
REPLIES = [
    Reply(text=TEXT),
    Reply(calls=CALLS),
    Reply(text=TEXT, calls=(*CALLS, EMPTY)),
    Reply(calls=(EMPTY,)),
    Reply(),
    Reply(text="It is", stop="length"),
    Reply(text="No.", stop="content_filter"),
]
USAGE = Usage(prompt=20, completion=10)
MODEL = "claude-sonnet-5"


def chunks(reply: Reply, seed: str = "s", eager: Collection[str] = ()) -> list[Chunk]:
    """The events of a reply of the course's model."""
    rules = claude_models.find(MODEL)
    said = claude.stream(
        reply, reply_id=claude.message_id(seed), model=MODEL, usage=USAGE, rules=rules, eager=eager
    )
    return list(said)


def body(reply: Reply, seed: str = "s") -> dict[str, Any]:
    """The body of the same reply, not streamed."""
    rules = claude_models.find(MODEL)
    reply_id = claude.message_id(seed)
    return claude.write(reply, reply_id=reply_id, model=MODEL, usage=USAGE, rules=rules)


def client(events: list[Chunk], size: int = 1_000_000) -> Anthropic:
    """The real SDK, whose far end sends these events in pieces of `size` bytes."""
    raw = b"".join(event.encode() for event in events)

    def pieces() -> Iterator[bytes]:
        yield from (raw[i : i + size] for i in range(0, len(raw), size))

    def far_end(request: httpx2.Request) -> httpx2.Response:
        headers = {"content-type": "text/event-stream; charset=utf-8"}
        return httpx2.Response(200, headers=headers, content=pieces())

    transport = httpx2.MockTransport(far_end)
    return Anthropic(
        api_key="k", base_url="http://far", http_client=httpx2.Client(transport=transport)
    )


def put_together(events: list[Chunk], size: int = 1_000_000) -> Message:
    """The message that the SDK makes of the events."""
    with client(events, size).messages.stream(
        model=MODEL, max_tokens=99, messages=[{"role": "user", "content": "Hi"}]
    ) as stream:
        return stream.get_final_message()


def kinds(events: list[Chunk]) -> list[str]:
    """The names of events, a run of deltas as one."""
    names = [event.event or "" for event in events]
    return [n for i, n in enumerate(names) if n != "content_block_delta" or names[i - 1] != n]


# --- Shape ----------------------------------------------------------------------------------------


def test_order_of_events() -> None:
    """Events come in the recorded order: block after block, one ping after the first start."""
    block = ["content_block_start", "content_block_delta", "content_block_stop"]
    assert kinds(chunks(Reply(text=TEXT, calls=CALLS))) == [
        "message_start",
        *("content_block_start", "ping", "content_block_delta", "content_block_stop"),
        *block,
        *block,
        *("message_delta", "message_stop"),
    ]
    assert kinds(chunks(Reply())) == ["message_start", "message_delta", "message_stop"]


@pytest.mark.parametrize("reply", REPLIES)
def test_sdk_knows_every_event(reply: Reply) -> None:
    """The SDK's types take each event but the ping, every field of it, and give it back."""
    for chunk in chunks(reply):
        assert chunk.event == chunk.data["type"]
        if chunk.event == "ping":
            assert chunk.data == {"type": "ping"}
            continue
        read: Any = TypeAdapter(RawMessageStreamEvent).validate_python(chunk.data)
        assert read.model_dump(exclude_unset=True) == chunk.data


def test_start_of_the_message() -> None:
    """The first event has the message with no content, no reason, and one token written."""
    message = chunks(Reply(text=TEXT))[0].data["message"]
    assert message["id"] == claude.message_id("s")
    assert (message["content"], message["stop_reason"], message["stop_details"]) == ([], None, None)
    assert (message["usage"]["input_tokens"], message["usage"]["output_tokens"]) == (20, 1)


def test_index_counts_every_block() -> None:
    """With a text before them, the calls have the indexes 1 and 2; without it 0 and 1."""
    for reply, wanted in ((Reply(text=TEXT, calls=CALLS), [1, 2]), (Reply(calls=CALLS), [0, 1])):
        starts = [c.data for c in chunks(reply) if c.event == "content_block_start"]
        calls = [s["index"] for s in starts if s["content_block"]["type"] == "tool_use"]
        assert calls == wanted


def test_start_of_a_call() -> None:
    """A call starts with an empty input, and its first fragment is empty, as recorded."""
    start, _ping, first = chunks(Reply(calls=CALLS))[1:4]
    assert start.data["content_block"] == {
        "type": "tool_use",
        "id": CALLS[0].id,
        "name": "f",
        "input": {},
        "caller": {"type": "direct"},
    }
    assert first.data["delta"] == {"type": "input_json_delta", "partial_json": ""}


def test_a_call_without_arguments() -> None:
    """A call without arguments has the empty fragment and no other."""
    deltas = [c.data["delta"] for c in chunks(Reply(calls=(EMPTY,))) if "delta" in c.data]
    assert deltas[0] == {"type": "input_json_delta", "partial_json": ""}
    assert "stop_reason" in deltas[1]


def test_end_of_the_message() -> None:
    """The end tells why the model stopped and the usage so far; nothing comes after it."""
    *_, delta, last = chunks(Reply(calls=CALLS))
    assert delta.data == {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use", "stop_sequence": None, "stop_details": None},
        "usage": {
            "input_tokens": 20,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": 10,
            "output_tokens_details": {"thinking_tokens": 0},
        },
    }
    assert last.encode() == b'event: message_stop\ndata: {"type": "message_stop"}\n\n'


@pytest.mark.parametrize("reply", REPLIES)
def test_tokens_add_up(reply: Reply) -> None:
    """The events weigh together what the reply weighs, so that a stream takes as long."""
    events = chunks(reply)
    assert sum(event.tokens for event in events) == written(reply)
    assert all(event.tokens >= 0 for event in events)


def test_fragments_are_cut_in_awkward_places() -> None:
    """Fragments end inside keys, values and escapes, elsewhere for another id, and join again."""
    cuts = set()
    for seed in map(str, range(50)):
        deltas = [
            c.data["delta"] for c in chunks(Reply(calls=CALLS[:1]), seed) if "delta" in c.data
        ]
        pieces = [delta["partial_json"] for delta in deltas[:-1]]
        assert "".join(pieces) == CALLS[0].arguments
        cuts |= {len("".join(pieces[: i + 1])) for i in range(len(pieces))}
    assert cuts == set(range(len(CALLS[0].arguments) + 1))


# --- Put together by the SDK ----------------------------------------------------------------------


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("seed", ["a", "b", "c"])
def test_sdk_puts_it_together(reply: Reply, seed: str) -> None:
    """What the SDK makes of the stream says the same as the reply that is not streamed."""
    message = put_together(chunks(reply, seed)).to_dict()
    wanted = Message.model_validate(body(reply, seed)).to_dict()
    for name in ("id", "model", "role", "content", "stop_reason", "stop_sequence", "stop_details"):
        assert message[name] == wanted[name]
    assert message["usage"]["output_tokens"] == 10


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_every_cut_of_the_wire(size: int) -> None:
    """However the bytes arrive, the message is the same: a cut inside a letter does no harm."""
    events = chunks(Reply(text=TEXT, calls=CALLS))
    assert put_together(events, size) == put_together(events)


CUT = '{"city": "Z\\u00fcrich", "days": [1, 20], "where": {"a": true, "b": 12}, "n": 345}'


@pytest.mark.parametrize("at", range(len(CUT)))
def test_every_cut_by_the_token_limit(at: int) -> None:
    """Wherever the limit cuts the arguments, stream and body show the same, and never half a value."""
    cut = ToolCall(id="toolu_1", name="f", arguments=CUT[:at])
    reply = Reply(text="Look.", calls=(CALLS[1], cut), stop="length")
    message = put_together(chunks(reply))
    shown: Any = message.content[-1].to_dict()["input"]
    assert shown == body(reply)["content"][-1]["input"]
    assert message.stop_reason == "max_tokens"
    whole = {"city": "Zürich", "days": [1, 20], "where": {"a": True, "b": 12}, "n": 345}
    assert shown.items() <= whole.items()


def test_eager_tools_show_the_cut() -> None:
    """A tool that wants its input eagerly is sent the text as it was cut, in the middle of a value."""
    cut = ToolCall(id="toolu_1", name="f", arguments='{"city": "Zür')
    events = chunks(Reply(calls=(cut,), stop="length"), eager={"f"})
    sent = "".join(c.data["delta"].get("partial_json", "") for c in events if "delta" in c.data)
    assert sent == cut.arguments
    assert put_together(events).content[0].to_dict()["input"] == {}


def test_arguments_that_are_no_json() -> None:
    """Arguments that are no JSON, and were not cut, reach the client as they are, and it says so."""
    broken = ToolCall(id="toolu_1", name="f", arguments='{"city": Rome}')
    with pytest.raises(ValueError, match="Unable to parse tool parameter JSON"):
        put_together(chunks(Reply(calls=(broken,))))


def test_failure_in_mid_stream() -> None:
    """A failure in the middle is an event `error`, which the SDK raises with status 200."""
    failed = claude.failure(claude.overloaded())
    assert failed.encode() == (
        b'event: error\ndata: {"type": "error", "error": '
        b'{"type": "overloaded_error", "message": "Overloaded"}}\n\n'
    )
    with pytest.raises(APIStatusError, match="Overloaded") as caught:
        put_together([*chunks(Reply(text=TEXT))[:5], failed])
    assert caught.value.status_code == 200
    assert caught.value.type == "overloaded_error"


def test_raw_events_reach_the_client() -> None:
    """Without the helper the SDK hands out every event but the ping."""
    events = chunks(Reply(text=TEXT, calls=CALLS))
    stream = client(events).messages.create(
        model=MODEL, max_tokens=99, messages=[{"role": "user", "content": "Hi"}], stream=True
    )
    assert [event.type for event in stream] == [e.event for e in events if e.event != "ping"]


async def _asynchronous(events: list[Chunk]) -> Message:
    raw = b"".join(event.encode() for event in events)
    headers = {"content-type": "text/event-stream"}
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, headers=headers, content=raw))
    http = httpx2.AsyncClient(transport=transport)
    async with (
        AsyncAnthropic(api_key="k", base_url="http://far", http_client=http) as far,
        far.messages.stream(
            model=MODEL, max_tokens=99, messages=[{"role": "user", "content": "Hi"}]
        ) as stream,
    ):
        return await stream.get_final_message()


def test_asynchronous_client() -> None:
    """The asynchronous client puts the same message together."""
    events = chunks(Reply(text=TEXT, calls=CALLS))
    assert asyncio.run(_asynchronous(events)) == put_together(events)
