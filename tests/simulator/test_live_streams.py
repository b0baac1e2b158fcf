"""Streams put together: events out of bytes cut anywhere, and replies out of events of any server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fanout.conversation import Reply, ToolCall
from fanout.dialects import chat, claude, responses
from fanout.dialects.chat.broken import MODES, broken
from fanout.dialects.streaming import Chunk
from fanout.dialects.tokens import Usage
from fanout.simulator.live.assembly import Assembler, assembler
from fanout.simulator.live.events import Event, Events
from fanout.simulator.live.replies import read

CHAT, RESPONSES, CLAUDE = "/v1/chat/completions", "/v1/responses", "/v1/messages"
USAGE = Usage(prompt=11, completion=7)

REPLIES = {
    "text": Reply(text="18 degrees, and é.\nDry."),
    "calls": Reply(
        calls=tuple(
            ToolCall(id=f"call_{n}", name=name, arguments=f'{{"city": "Lima {n}", "é": [1, {{}}]}}')
            for n, name in enumerate(("get_weather", "get_time", "get_weather"))
        )
    ),
    "both": Reply(text="Let me see.", calls=(ToolCall(id="a", name="f", arguments="{}"),)),
    "cut": Reply(text="Let me", stop="length"),
    "filtered": Reply(text="I", stop="content_filter"),
}


def chunks(path: str, reply: Reply) -> list[Chunk]:
    facts: dict[str, Any] = {"reply_id": "r_1", "created": 1, "model": "m", "usage": USAGE}
    if path == CHAT:
        return list(chat.stream(reply, **facts, include_usage=True))
    module: Any = responses if path == RESPONSES else claude
    return list(module.stream(reply, **facts))


def put_together(path: str, pieces: list[bytes]) -> Assembler:
    events, whole = Events(), assembler(path)
    for piece in pieces:
        for event in events.feed(piece):
            whole.take(event)
    return whole


@pytest.mark.parametrize("path", [CHAT, RESPONSES, CLAUDE])
@pytest.mark.parametrize("name", REPLIES)
def test_at_every_cut(path: str, name: str) -> None:
    """A stream cut in two at any byte, and one that comes byte by byte, says the same reply."""
    reply = REPLIES[name]
    raw = b"".join(chunk.encode() for chunk in chunks(path, reply))
    cuts = [[raw[:cut], raw[cut:]] for cut in range(0, len(raw), 23)]
    for pieces in (*cuts, [raw[i : i + 1] for i in range(len(raw))]):
        whole = put_together(path, pieces)
        assert whole.closed
        assert read(path, whole.body()) == (reply, USAGE.total)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_line_ends(end: bytes) -> None:
    """All three line ends of the standard, a comment, a name, and data in two lines are understood."""
    raw = end.join([b"\xef\xbb\xbf: hello", b"event: x", b'data: {"a":', b"data: 1}", b"", b""])
    for cut in range(len(raw)):
        events = Events()
        assert [*events.feed(raw[:cut]), *events.feed(raw[cut:]), *events.feed(b"\n")] == [
            Event("x", {"a": 1})
        ]


def test_a_byte_order_mark() -> None:
    """A mark at the beginning of a stream is no part of its first line."""
    assert list(Events().feed(b"\xef\xbb\xbfdata: 1\n\n")) == [Event(None, 1)]


@pytest.mark.parametrize("mode", [name for name in MODES if name != "cut"])
def test_broken_servers(mode: str) -> None:
    """The streams of servers with mistakes are put together as they were meant."""
    reply = REPLIES["calls"]
    sent = broken(chunks(CHAT, reply), mode)
    whole = put_together(CHAT, [chunk.encode() for chunk in sent])
    assert read(CHAT, whole.body())[0] == reply


@pytest.mark.parametrize("path", [CHAT, RESPONSES, CLAUDE])
def test_a_cut_stream_says_what_came(path: str) -> None:
    """Wherever a stream ends, its beginning is a reply: a beginning of the text, then of the calls."""
    reply = REPLIES["both"]
    sent = chunks(path, reply)
    assert reply.text is not None
    found: Reply | None = None
    for count in range(len(sent)):
        whole = put_together(path, [chunk.encode() for chunk in sent[:count]])
        found, _ = read(path, whole.body())
        assert found is not None
        assert reply.text.startswith(found.text or "")
        assert [call.name for call in found.calls] in ([], ["f"])
    assert found is not None
    assert found.calls == reply.calls


def test_half_the_arguments() -> None:
    """Of a call that was cut the record has the arguments as far as they came."""
    sent = chunks(RESPONSES, Reply(calls=(REPLIES["calls"].calls[0],)))
    first = next(n for n, c in enumerate(sent) if str(c.event).endswith("arguments.delta"))
    whole = put_together(RESPONSES, [chunk.encode() for chunk in sent[: first + 1]])
    found, _ = read(RESPONSES, whole.body())
    assert found is not None
    assert found.calls[0].arguments == sent[first].data["delta"] != ""


def test_garbage_says_nothing() -> None:
    """Events of no API and of wrong shapes are passed over, by all three."""
    odd: list[Any] = [
        *(None, 3, "x", [], {}, {"type": 3}, {"type": "error"}, {"error": "no"}),
        *({"choices": 3}, {"choices": [3, {"delta": 3}, {"delta": {"tool_calls": [3, {}]}}]}),
        *({"type": "content_block_delta", "index": [], "delta": {"partial_json": 3, "text": 3}},),
        *({"type": "message_start", "message": 3}, {"type": "message_delta", "usage": 3}),
        *({"response": 3}, {"item": {}, "output_index": {}}, {"delta": "x", "output_index": []}),
    ]
    for path in (CHAT, RESPONSES, CLAUDE):
        whole = put_together(path, [f"data: {json.dumps(value)}\n\n".encode() for value in odd])
        assert not whole.closed
        assert read(path, whole.body())[1] == 0


def test_other_servers_spellings() -> None:
    """Arguments sent as an object, usage without a total, and a custom tool are read."""
    call = {"id": "a", "function": {"name": "f", "arguments": {"n": 1}}}
    custom = {"id": "b", "type": "custom", "custom": {"name": "g", "input": "x"}}
    body = {
        "choices": [{"message": {"content": "", "tool_calls": [call, custom]}}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 4},
    }
    reply, tokens = read(CHAT, body)
    assert reply is not None
    assert [(c.name, c.arguments) for c in reply.calls] == [("f", '{"n": 1}'), ("g", "x")]
    assert (reply.text, tokens) == (None, 7)
    cached = {"input_tokens": 1, "cache_read_input_tokens": 20, "output_tokens": 2}
    assert read(CLAUDE, {"content": [], "usage": cached})[1] == 23
