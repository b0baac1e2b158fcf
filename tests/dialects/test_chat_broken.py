"""Streams as servers with mistakes send them, and what the real SDK makes of each."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionChunk

from fanout.conversation import Reply, ToolCall
from fanout.dialects.chat.broken import MODES, broken, cut, index_zero, missing_index, whole_call
from fanout.dialects.streaming import Chunk
from tests.dialects.test_chat_streaming import chunks_of, client_of, deltas, final_of, reassembled

CALLS = (
    ToolCall(id="call_a", name="get_weather", arguments='{"city": "Paris"}'),
    ToolCall(id="call_b", name="get_time", arguments='{"zone": "CET"}'),
)
REPLY = Reply(calls=CALLS)
TEXT = Reply(text="The sum is 5.")


def chunks() -> list[Chunk]:
    """The right stream of two calls."""
    return chunks_of(REPLY, include_usage=True, include_obfuscation=False)


def final_calls(given: Any) -> list[tuple[str, str, str]]:
    """Id, name and arguments of each call that the SDK's helper ends with."""
    message = final_of(given).choices[0].message
    return [(c.id, c.function.name, c.function.arguments) for c in message.tool_calls]


def entries(given: Any) -> list[dict[str, Any]]:
    """The entries of `tool_calls` in these chunks."""
    return [entry for delta in deltas(given) for entry in delta.get("tool_calls", ())]


# --- What the SDK makes of it -------------------------------------------------------------------


def test_index_zero() -> None:
    """With index 0 for all, the helper merges the calls, and the arguments are `Extra data`."""
    ((call_id, name, arguments),) = final_calls(MODES["index_zero"](chunks()))
    assert (call_id, name) == ("call_acall_b", "get_weatherget_time")
    assert arguments == CALLS[0].arguments + CALLS[1].arguments
    with pytest.raises(json.JSONDecodeError, match="Extra data"):
        json.loads(arguments)


@pytest.mark.parametrize("reply", [REPLY, Reply(calls=CALLS[:1])])
def test_index_from_one(reply: Reply) -> None:
    """With indexes from 1 the helper raises IndexError."""
    given = list(MODES["index_from_one"](chunks_of(reply)))
    assert {entry["index"] for entry in entries(given)} == set(range(1, len(reply.calls) + 1))
    with pytest.raises(IndexError, match="list index out of range"):
        final_of(given)


@pytest.mark.parametrize("reply", [REPLY, Reply(calls=CALLS[:1])])
def test_missing_index(reply: Reply) -> None:
    """Without an index the helper raises TypeError."""
    text = "^list indices must be integers or slices, not NoneType$"
    with pytest.raises(TypeError, match=text):
        final_of(MODES["missing_index"](chunks_of(reply)))


def test_missing_index_read_by_hand() -> None:
    """Without an index the raw chunks still come through the SDK, with index None."""
    given = missing_index(chunks())
    with client_of(given) as client:
        read = list(client.chat.completions.create(model="m", messages=[], stream=True))
    found = [t for c in read for choice in c.choices for t in choice.delta.tool_calls or ()]
    assert found
    assert all(getattr(entry, "index", None) is None for entry in found)


def test_repeated_header() -> None:
    """With the header in each fragment, the helper joins ids and names; arguments are right."""
    given = list(MODES["repeated_header"](chunks()))
    assert final_calls(given) == [
        (call.id * times, call.name * times, call.arguments)
        for index, call in enumerate(CALLS)
        for times in [sum(entry["index"] == index for entry in entries(given))]
    ]
    assert all(entry["type"] == "function" for entry in entries(given))


def test_repeated_name() -> None:
    """With the name in each fragment, the helper joins the names and keeps the ids."""
    given = list(MODES["repeated_name"](chunks()))
    (first_id, first_name, _), (second_id, second_name, _) = final_calls(given)
    assert (first_id, second_id) == ("call_a", "call_b")
    assert first_name.startswith("get_weatherget_weather")
    assert second_name.startswith("get_timeget_time")


def test_repeated_role() -> None:
    """With the role in each delta, the helper joins the roles, and the calls are right."""
    message = final_of(MODES["repeated_role"](chunks())).choices[0].message
    assert message.role.startswith("assistantassistant")
    assert [call.id for call in message.tool_calls] == ["call_a", "call_b"]


@pytest.mark.parametrize("reply", [REPLY, Reply(calls=CALLS[:1]), TEXT])
def test_whole_call(reply: Reply) -> None:
    """With each call in one chunk the helper is right, and so is joining by index."""
    given = list(whole_call(chunks_of(reply)))
    assert len(entries(given)) == len(reply.calls)
    assert [e["function"]["arguments"] for e in entries(given)] == [
        call.arguments for call in reply.calls
    ]
    right = final_of(chunks_of(reply)).choices[0].message
    assert final_of(given).choices[0].message == right


def test_cut() -> None:
    """A stream cut without [DONE] gives a partial reply in silence: no finish_reason, half JSON."""
    given = list(MODES["cut"](chunks()))
    choice = final_of(given).choices[0]
    assert choice.finish_reason is None
    (call,) = choice.message.tool_calls
    assert call.id == "call_a"
    assert CALLS[0].arguments.startswith(call.function.arguments)
    with pytest.raises(json.JSONDecodeError):
        json.loads(call.function.arguments)


def test_cut_can_be_placed() -> None:
    """A cut after n chunks leaves n, and one after the end still takes [DONE]."""
    whole = chunks()
    for after in range(len(whole) + 3):
        assert list(cut(whole, after)) == whole[: min(after, len(whole) - 1)]


# --- The modes themselves -----------------------------------------------------------------------


@pytest.mark.parametrize("name", MODES)
def test_given_chunks_stay(name: str) -> None:
    """A mode leaves the chunks it was given as they were."""
    right = chunks()
    before = deepcopy(right)
    list(MODES[name](right))
    assert right == before


@pytest.mark.parametrize("name", MODES)
def test_it_is_broken(name: str) -> None:
    """A mode changes a stream of calls: none is without effect."""
    assert list(MODES[name](chunks())) != chunks()


@pytest.mark.parametrize("name", [name for name in MODES if name not in ("cut", "repeated_role")])
def test_a_text_is_not_touched(name: str) -> None:
    """A mode that breaks calls leaves a stream without calls as it is."""
    assert list(MODES[name](chunks_of(TEXT))) == chunks_of(TEXT)


@pytest.mark.parametrize("name", [name for name in MODES if name != "cut"])
def test_nothing_but_the_fault(name: str) -> None:
    """Arguments, order and time are as they were; only what the mode is named after is wrong."""
    right = chunks_of(REPLY, burst=False)
    given = list(MODES[name](right))
    assert given[-1].data == "[DONE]"
    for what in (_arguments, _tokens):
        assert what(given) == what(right)


def _arguments(given: list[Chunk]) -> str:
    return "".join(entry["function"]["arguments"] for entry in entries(given))


def _tokens(given: list[Chunk]) -> int:
    return sum(chunk.tokens for chunk in given)


@pytest.mark.parametrize("name", ["index_zero", "index_from_one", "repeated_header", "whole_call"])
def test_still_chunks(name: str) -> None:
    """What these modes send is still what the SDK's type calls a chunk: types do not catch it."""
    for chunk in list(MODES[name](chunks()))[:-1]:
        ChatCompletionChunk.model_validate(chunk.data, strict=True)


def test_modes_go_together() -> None:
    """Modes put one around another do both, in the order of their names."""
    assert list(broken(chunks(), "whole_call", "index_zero")) == list(
        index_zero(whole_call(chunks()))
    )
    both = entries(broken(chunks(), "whole_call", "index_zero"))
    assert [(e["index"], e["id"], e["function"]["arguments"]) for e in both] == [
        (0, call.id, call.arguments) for call in CALLS
    ]


def test_whole_call_of_repeated_headers() -> None:
    """Fragments with repeated headers still belong to their call, and are put together with it."""
    given = broken(chunks(), "repeated_header", "whole_call")
    assert final_calls(given) == [(c.id, c.name, c.arguments) for c in CALLS]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(list(MODES)), max_size=4))
def test_any_modes_go_together(names: list[str]) -> None:
    """Any modes in any order give chunks that can be sent, and no error of their own."""
    for chunk in broken(chunks_of(Reply(text="I look.", calls=CALLS)), *names):
        assert chunk.encode().endswith(b"\n\n")


def test_no_modes() -> None:
    """Without a mode the stream is right."""
    with client_of(broken(chunks())) as client:
        read = client.chat.completions.create(model="m", messages=[], stream=True)
        assert reassembled(read) == REPLY


def test_unknown_mode() -> None:
    """A mode that does not exist is refused by name, with the names there are."""
    with pytest.raises(ValueError, match=r"called 'index_two'; there are index_zero, .*cut\.$"):
        broken(chunks(), "index_two")
