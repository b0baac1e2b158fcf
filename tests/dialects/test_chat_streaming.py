"""Replies as Chat Completions streams, read by the real SDK."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import httpx2
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai import AsyncOpenAI, OpenAI
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from fanout.conversation import Reply, ToolCall, ToolChoice
from fanout.dialects import chat
from fanout.dialects.chat import streaming
from fanout.dialects.errors import ApiError
from fanout.dialects.streaming import Chunk
from fanout.dialects.tokens import Usage, count_tokens, written
from fanout.simulator import profiles

FLAT = '{"a": 1, "city": "Z\\u00fcrich \\ud83d\\ude00"}'
CALLS = (
    ToolCall(id="call_a", name="add", arguments=FLAT),
    ToolCall(id="call_b", name="multiply", arguments='{"b": 2}'),
)
REPLIES = [
    Reply(calls=CALLS),
    Reply(calls=CALLS[:1]),
    Reply(text="The sum is 5."),
    Reply(text="I look.", calls=CALLS[:1]),
    Reply(text="I look.", calls=CALLS),
    Reply(text=""),
    Reply(),
]
ASK: Any = {"model": "gpt-5.2", "messages": [{"role": "user", "content": "Go."}]}


def chunks_of(reply: Reply, model: str = "gpt-5.2", **options: Any) -> list[Chunk]:
    """The chunks in which a model's reply is streamed."""
    rules = profiles.find(model)
    assert rules is not None
    usage = Usage(prompt=20, completion=written(reply))
    frame: Any = {"reply_id": "chatcmpl-s", "created": 1_800_000_000, "model": rules.snapshot}
    return list(chat.stream(reply, **frame, usage=usage, rules=rules, **options))


def transport_of(chunks: Iterable[Chunk]) -> httpx2.MockTransport:
    """A server that answers every request with this stream."""
    content = b"".join(chunk.encode() for chunk in chunks)
    headers = {"content-type": "text/event-stream"}
    return httpx2.MockTransport(
        lambda request: httpx2.Response(200, headers=headers, content=content)
    )


def client_of(chunks: Iterable[Chunk]) -> OpenAI:
    """The SDK, with a server that answers every request with this stream."""
    http = httpx2.Client(transport=transport_of(chunks))
    return OpenAI(api_key="k", base_url="http://test/v1", max_retries=0, http_client=http)


def final_of(chunks: Iterable[Chunk]) -> Any:
    """What the SDK's `stream()` helper makes of a stream."""
    with client_of(chunks) as client, client.chat.completions.stream(**ASK) as stream:
        return stream.get_final_completion()


def reassembled(chunks: Iterable[Any]) -> Reply:
    """A reply put together by hand, as a careful client does it: fragments by their index."""
    text: str | None = None
    calls: dict[int, Any] = {}
    for chunk in chunks:
        for delta in (choice.delta for choice in chunk.choices):
            if delta.content is not None:
                text = (text or "") + delta.content
            for part in delta.tool_calls or ():
                call = calls.setdefault(part.index, {"arguments": ""})
                if part.id is not None:
                    call |= {"id": part.id, "name": part.function.name}
                call["arguments"] += part.function.arguments
    return Reply(text=text, calls=tuple(ToolCall(**calls[i]) for i in sorted(calls)))


def calls_in(message: Any) -> list[tuple[str, str, str]]:
    """Id, name and arguments of each call of the SDK's message."""
    return [(c.id, c.function.name, c.function.arguments) for c in message.tool_calls or ()]


def deltas(chunks: Iterable[Chunk]) -> list[dict[str, Any]]:
    """The deltas of the chunks that have one."""
    bodies = [chunk.data for chunk in chunks if chunk.data != "[DONE]"]
    return [choice["delta"] for body in bodies for choice in body["choices"]]


# --- What the SDK reads -------------------------------------------------------------------------


@pytest.mark.parametrize("reply", REPLIES)
def test_raw_chunks_reassemble(reply: Reply) -> None:
    """Chunks read from the SDK one by one and joined by index are the reply."""
    with client_of(chunks_of(reply)) as client:
        assert reassembled(client.chat.completions.create(**ASK, stream=True)) == reply


@pytest.mark.parametrize("reply", REPLIES)
def test_async_chunks_reassemble(reply: Reply) -> None:
    """The asynchronous SDK reads the same reply."""

    async def read() -> list[ChatCompletionChunk]:
        http = httpx2.AsyncClient(transport=transport_of(chunks_of(reply)))
        async with AsyncOpenAI(api_key="k", base_url="http://test/v1", http_client=http) as client:
            return [c async for c in await client.chat.completions.create(**ASK, stream=True)]

    assert reassembled(asyncio.run(read())) == reply


@pytest.mark.parametrize("model", ["gpt-5.2", "gpt-4o-mini"])
@pytest.mark.parametrize("reply", REPLIES)
def test_helper_gives_the_unstreamed_completion(reply: Reply, model: str) -> None:
    """The SDK's `stream()` helper ends with what the same reply is when it is not streamed."""
    rules = profiles.find(model)
    assert rules is not None
    usage = Usage(prompt=20, completion=written(reply))
    frame: Any = {"reply_id": "chatcmpl-s", "created": 1_800_000_000, "model": rules.snapshot}
    body = chat.write(reply, **frame, usage=usage, rules=rules)
    whole = ChatCompletion.model_validate(body)
    final = final_of(chunks_of(reply, model, include_usage=True))
    for key in ("id", "created", "model", "usage", "service_tier", "system_fingerprint"):
        assert getattr(final, key) == getattr(whole, key)
    said, wanted = final.choices[0], whole.choices[0]
    assert said.finish_reason == wanted.finish_reason
    assert said.message.role == "assistant"
    assert said.message.content == wanted.message.content
    assert calls_in(said.message) == calls_in(wanted.message)


def test_helper_tells_when_a_call_is_done() -> None:
    """The helper's `done` event of a call comes when the next call begins, or at the end."""
    with (
        client_of(chunks_of(Reply(calls=CALLS))) as client,
        client.chat.completions.stream(**ASK) as stream,
    ):
        events = [e for e in stream if e.type.startswith("tool_calls.function")]
    done = [(i, e) for i, e in enumerate(events) if e.type.endswith("done")]
    assert [(e.index, e.name, e.arguments) for _, e in done] == [
        (i, c.name, c.arguments) for i, c in enumerate(CALLS)
    ]
    first = done[0][0]
    assert [e.index for e in events[: first + 1]] == [0] * (first - 1) + [1, 0]


@pytest.mark.parametrize("model", ["gpt-5.2", "gpt-4o-mini", "o3"])
@pytest.mark.parametrize("reply", REPLIES)
def test_sdk_types_take_every_chunk(reply: Reply, model: str) -> None:
    """The SDK's type takes each chunk strictly, every field of it, and gives it back."""
    chunks = chunks_of(reply, model, include_usage=True)
    assert chunks.pop().data == "[DONE]"
    for chunk in chunks:
        read = ChatCompletionChunk.model_validate(chunk.data, strict=True)
        assert not read.model_extra
        assert read.model_dump(exclude_unset=True) == chunk.data


JSON_VALUES = st.text() | st.integers() | st.lists(st.text(), max_size=3) | st.none()
ARGUMENTS = st.one_of(
    st.just(""),
    st.text(max_size=60),
    st.builds(
        json.dumps, st.dictionaries(st.text(), JSON_VALUES, max_size=4), ensure_ascii=st.booleans()
    ),
)
ANY_CALLS = st.lists(st.tuples(st.text(min_size=1, max_size=20), ARGUMENTS), max_size=4)


@settings(deadline=None)
@given(st.none() | st.text(max_size=80), ANY_CALLS, st.text(max_size=5), st.booleans())
def test_any_reply_streams(
    text: str | None, given_calls: list[tuple[str, str]], seed: str, burst: bool
) -> None:
    """Any reply comes back whole, by hand and from the helper, and its tokens add up."""
    calls = tuple(
        ToolCall(id=chat.call_id(seed, i), name=n, arguments=a)
        for i, (n, a) in enumerate(given_calls)
    )
    reply = Reply(text=text, calls=calls)
    chunks = chunks_of(reply, burst=burst)
    assert sum(chunk.tokens for chunk in chunks) == written(reply)
    sent = [json.loads(c.encode().removeprefix(b"data: ")) for c in chunks[:-1]]
    read = [ChatCompletionChunk.model_validate(body) for body in sent]
    assert reassembled(read) == reply
    state: ChatCompletionStreamState = ChatCompletionStreamState()
    for chunk in read:
        state.handle_chunk(chunk)
    message = state.get_final_completion().choices[0].message
    assert message.content == text
    assert calls_in(message) == [(c.id, c.name, c.arguments) for c in calls]


# --- Shape, as recorded -------------------------------------------------------------------------


def test_several_calls() -> None:
    """Several calls: the role alone, then header and fragments, one call after another."""
    first, *rest = deltas(chunks_of(Reply(calls=CALLS)))
    assert first == {"role": "assistant", "content": None}
    assert rest.pop() == {}
    assert all(list(delta) == ["tool_calls"] for delta in rest)
    entries = [delta["tool_calls"] for delta in rest]
    assert all(len(entry) == 1 for entry in entries)
    indexes = [entry["index"] for (entry,) in entries]
    assert indexes == sorted(indexes)
    for index, call in enumerate(CALLS):
        header, *fragments = [entry for (entry,) in entries if entry["index"] == index]
        function = {"name": call.name, "arguments": ""}
        assert header == {"index": index, "id": call.id, "type": "function", "function": function}
        assert all(set(entry) == {"index", "function"} for entry in fragments)
        assert all(set(entry["function"]) == {"arguments"} for entry in fragments)
        assert len(fragments) > 1


def test_one_call() -> None:
    """One call: the first chunk has the role, the call's header and `refusal: null`."""
    call = CALLS[0]
    function = {"name": call.name, "arguments": ""}
    first, *rest = deltas(chunks_of(Reply(calls=CALLS[:1])))
    assert first == {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"index": 0, "id": call.id, "type": "function", "function": function}],
        "refusal": None,
    }
    assert list(first) == ["role", "content", "tool_calls", "refusal"]
    assert all("role" not in delta for delta in rest)


def test_text() -> None:
    """A text: the role with content "", then its words, then an empty delta."""
    assert deltas(chunks_of(Reply(text="The sum is 5."))) == [
        {"role": "assistant", "content": "", "refusal": None},
        {"content": "The"},
        {"content": " sum"},
        {"content": " is"},
        {"content": " "},
        {"content": "5"},
        {"content": "."},
        {},
    ]


def test_text_before_calls() -> None:
    """A text comes whole before the first call, and the role stands only in the first chunk."""
    found = deltas(chunks_of(Reply(text="I look.", calls=CALLS)))
    kinds = [next(iter(delta), "end") for delta in found]
    calls = kinds.count("tool_calls")
    assert kinds == ["role", *["content"] * 3, *["tool_calls"] * calls, "end"]


@pytest.mark.parametrize(
    ("model", "choice", "stop", "said"),
    [
        ("gpt-4o", ToolChoice(mode="required", names=("f",), forced=True), None, "stop"),
        ("gpt-5-mini", ToolChoice(mode="required", names=("f",), forced=True), None, "tool_calls"),
        ("gpt-5.2", None, "length", "length"),
        ("gpt-5.2", None, None, "tool_calls"),
    ],
)
def test_finish_reason(model: str, choice: ToolChoice | None, stop: Any, said: str) -> None:
    """The finish_reason is that of the reply unstreamed, and stands in one chunk alone."""
    chunks = chunks_of(Reply(calls=CALLS, stop=stop), model, choice=choice)
    reasons = [c.data["choices"][0]["finish_reason"] for c in chunks[:-1]]
    assert reasons == [None] * (len(reasons) - 1) + [said]


def test_usage_when_asked_for() -> None:
    """Asked for, usage is null in all chunks but the last, which has no choices."""
    *chunks, last, done = chunks_of(Reply(calls=CALLS), include_usage=True)
    assert done.encode() == b"data: [DONE]\n\n"
    assert all(chunk.data["usage"] is None for chunk in chunks)
    assert last.data["choices"] == []
    assert last.data["usage"]["total_tokens"] == 20 + written(Reply(calls=CALLS))


def test_no_usage_unasked() -> None:
    """Not asked for, no chunk has the key, and none comes without a choice."""
    *chunks, _ = chunks_of(Reply(calls=CALLS))
    assert all("usage" not in chunk.data and chunk.data["choices"] for chunk in chunks)


def test_families() -> None:
    """gpt-4o has `logprobs: null` and a fingerprint; gpt-5 has no such key and the value null."""
    for old in chunks_of(Reply(calls=CALLS), "gpt-4o-mini")[:-1]:
        assert list(old.data["choices"][0]) == ["index", "delta", "logprobs", "finish_reason"]
        assert old.data["system_fingerprint"] == "fp_59e007eafa"
    for new in chunks_of(Reply(calls=CALLS), "gpt-5")[:-1]:
        assert list(new.data["choices"][0]) == ["index", "delta", "finish_reason"]
        assert new.data["system_fingerprint"] is None
        assert new.data["service_tier"] == "default"


def test_padding_as_recorded() -> None:
    """Chunks of a recorded stream are padded with as many letters as the API padded them with."""
    pieces = {"-": 11, " Sum": 8, "2": 11, " Product": 4}
    chunks = chat.stream(
        Reply(text="".join(pieces)),
        reply_id="chatcmpl-CRdzkO32Hy3VSWpgWF4X77ZM5KD12",
        created=1760704632,
        model="gpt-5-2025-08-07",
        usage=Usage(prompt=262, completion=26),
        include_usage=True,
    )
    # charmbracelet/fantasy, openai-gpt-5/multi_tool_streaming.yaml: the role has 10 letters, the
    # pieces as above, the end 6 and the usage 9.
    padded = [len(chunk.data["obfuscation"]) for chunk in list(chunks)[:-1]]
    assert padded == [10, *pieces.values(), 6, 9]


def test_padding_evens_out_lengths() -> None:
    """With its padding every chunk is, as compact JSON, one longer than a multiple of 16."""
    for chunk in chunks_of(Reply(text="é ü 1,", calls=CALLS), include_usage=True)[:-1]:
        text = json.dumps(chunk.data, separators=(",", ":"), ensure_ascii=False)
        assert len(text) % 16 == 1


def test_padding_can_be_refused() -> None:
    """Without obfuscation the chunks are the same, less that one key."""
    padded = chunks_of(Reply(calls=CALLS))
    plain = chunks_of(Reply(calls=CALLS), include_obfuscation=False)
    for with_it, without in zip(padded[:-1], plain[:-1], strict=True):
        assert "obfuscation" in with_it.data
        assert without.data == {k: v for k, v in with_it.data.items() if k != "obfuscation"}


def test_same_twice() -> None:
    """The same reply gives the same chunks, padding and cuts included."""
    assert chunks_of(Reply(calls=CALLS)) == chunks_of(Reply(calls=CALLS))


def test_equal_calls_are_cut_differently() -> None:
    """Two calls with the same arguments are not cut at the same places."""
    twins = [ToolCall(id="call_a", name="add", arguments=FLAT) for _ in range(2)]
    entries = [e for d in deltas(chunks_of(Reply(calls=tuple(twins)))) for e in _entries(d)]
    first, second = ([e["function"] for e in entries if e["index"] == i] for i in (0, 1))
    assert first != second


def _entries(delta: dict[str, Any]) -> list[dict[str, Any]]:
    return delta.get("tool_calls", [])


# --- Time ---------------------------------------------------------------------------------------


def test_several_calls_come_in_a_burst() -> None:
    """The first chunk of several calls waits for all of them, and none after it waits."""
    reply = Reply(calls=CALLS)
    assert [c.tokens for c in chunks_of(reply)[:2]] == [written(reply), 0]
    after_text = chunks_of(Reply(text="I look.", calls=CALLS))
    waits = [c.tokens for c in after_text if _has_call(c)]
    assert waits == [written(reply)] + [0] * (len(waits) - 1)


def test_one_call_flows() -> None:
    """One call is sent as it is written: its name first, its arguments bit by bit."""
    reply = Reply(calls=CALLS[:1])
    header, *fragments = [c.tokens for c in chunks_of(reply) if _has_call(c)]
    assert header == 4 + count_tokens("add")
    assert sum(fragments) == count_tokens(FLAT)
    assert max(fragments) <= 2


def test_without_a_burst() -> None:
    """Without the burst each call takes its own time, in the same chunks."""
    burst, flow = (chunks_of(Reply(calls=CALLS), burst=b) for b in (True, False))
    assert [c.data for c in burst] == [c.data for c in flow]
    for index, call in enumerate(CALLS):
        parts = [c.tokens for c in flow if _has_call(c) and _index(c) == index]
        assert sum(parts) == written(Reply(calls=(call,)))


def _has_call(chunk: Chunk) -> bool:
    return any("tool_calls" in delta for delta in deltas([chunk]))


def _index(chunk: Chunk) -> int:
    (delta,) = deltas([chunk])
    return int(delta["tool_calls"][0]["index"])


# --- Failure ------------------------------------------------------------------------------------


def test_failure_in_the_middle() -> None:
    """An error in the stream is raised by the SDK, with its fields, after what came before it."""
    error = ApiError("It broke.", status=500, type="server_error", code="server_error")
    chunks = [*chunks_of(Reply(calls=CALLS))[:3], streaming.failure(error)]
    with client_of(chunks) as client:
        stream = iter(client.chat.completions.create(**ASK, stream=True))
        assert [next(stream).id for _ in range(3)] == ["chatcmpl-s"] * 3
        with pytest.raises(openai.APIError, match=r"^It broke\.$") as caught:
            next(stream)
    assert caught.value.body == chat.write_error(error)["error"]
    assert not isinstance(caught.value, openai.APIStatusError)
