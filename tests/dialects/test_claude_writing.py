"""Replies as Messages bodies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from anthropic.types import Message
from anthropic.types.beta import BetaMessage
from hypothesis import given, settings
from hypothesis import strategies as st

from fanout.conversation import Reply, ToolCall
from fanout.dialects import claude
from fanout.dialects.claude.writing import ReplyInBlocks, finished_part, input_of, write
from fanout.dialects.tokens import Usage
from fanout.simulator import claude_models

CALLS = tuple(
    ToolCall(id=claude.call_id("s", i), name="f", arguments=f'{{"city": "{city}", "days": {i}}}')
    for i, city in enumerate(["Zürich", "Rome"])
)
REPLIES = [
    Reply(text="Hello."),
    Reply(calls=CALLS),
    Reply(text="I'll look.", calls=CALLS),
    Reply(),
    Reply(text=""),
    Reply(text="No.", stop="content_filter"),
    Reply(text="It is", stop="length"),
]


def written(reply: Reply, model: str = "claude-sonnet-5") -> Any:
    """The body in which a model's reply is written."""
    rules = claude_models.find(model)
    assert rules is not None
    return claude.write(
        reply,
        reply_id=claude.message_id("s"),
        created=1_800_000_000,
        model=rules.snapshot,
        usage=Usage(prompt=20, completion=10),
        choice=None,
        rules=rules,
    )


@pytest.mark.parametrize("model", ["claude-sonnet-5", "claude-haiku-4-5"])
@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("kind", [Message, BetaMessage])
def test_sdk_reads_all_of_it(reply: Reply, model: str, kind: type[Message]) -> None:
    """The SDK's types take the body, every field of it, and give the same body back."""
    body = written(reply, model)
    read = kind.model_validate(body, strict=True)
    assert not read.model_extra
    assert not any(block.model_extra for block in read.content)
    assert not read.usage.model_extra
    assert read.model_dump(exclude_unset=True) == body


def test_shape() -> None:
    """The fields are those of the recordings, in their order, and no others."""
    body = written(Reply(text="I'll look.", calls=CALLS[:1]), "claude-haiku-4-5")
    assert body == {
        "model": "claude-haiku-4-5-20251001",
        "id": claude.message_id("s"),
        "type": "message",
        "role": "assistant",
        "content": [
            {"type": "text", "text": "I'll look."},
            {
                "type": "tool_use",
                "id": CALLS[0].id,
                "name": "f",
                "input": {"city": "Zürich", "days": 0},
                "caller": {"type": "direct"},
            },
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "stop_details": None,
        "usage": {
            "input_tokens": 20,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens": 10,
            "service_tier": "standard",
            "inference_geo": "not_available",
        },
    }
    assert list(body)[:4] == ["model", "id", "type", "role"]


def test_thinking_is_counted_by_newer_models() -> None:
    """Models from 5 on tell how many tokens were thinking: none of ours."""
    usage = written(Reply(text="a"))["usage"]
    assert usage["output_tokens_details"] == {"thinking_tokens": 0}
    assert "output_tokens_details" not in written(Reply(text="a"), "claude-haiku-4-5")["usage"]


def test_an_empty_text_is_no_block() -> None:
    """No empty text block is written, since sending it back would be refused."""
    assert written(Reply(text=""))["content"] == []
    assert [b["type"] for b in written(Reply(text="", calls=CALLS))["content"]] == ["tool_use"] * 2


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(text="a"), "end_turn"),
        (Reply(), "end_turn"),
        (Reply(calls=CALLS), "tool_use"),
        (Reply(calls=CALLS, stop="tool_calls"), "tool_use"),
        (Reply(text="a", stop="tool_calls"), "end_turn"),
        (Reply(calls=CALLS, stop="stop"), "end_turn"),
        (Reply(calls=CALLS, stop="length"), "max_tokens"),
        (Reply(text="a", stop="content_filter"), "refusal"),
    ],
)
def test_stop_reason(reply: Reply, said: str) -> None:
    """Calls end with `tool_use`; a reply that names its own reason keeps it, in the API's word."""
    assert written(reply)["stop_reason"] == claude.stop_reason(reply) == said


def test_refusal_has_details() -> None:
    """A refusal has `stop_details`; every other reason has none."""
    details = written(Reply(stop="content_filter"))["stop_details"]
    assert details == {"type": "refusal", "category": None, "explanation": None}
    assert written(Reply(text="a"))["stop_details"] is None


@pytest.mark.parametrize("as_dicts", [True, False])
def test_message_returns_as_input(as_dicts: bool) -> None:
    """The SDK's message, given back as it is or as dicts, is accepted as the next request's turn."""
    message = Message.model_validate(written(Reply(text="I'll look.", calls=CALLS)))
    content = [block.model_dump(exclude_unset=True) for block in message.content]
    if not as_dicts:
        content = json.loads(json.dumps([block.to_dict() for block in message.content]))
    results = [{"type": "tool_result", "tool_use_id": c.id, "content": "1"} for c in CALLS]
    request = {
        "model": "claude-sonnet-5",
        "max_tokens": 100,
        "messages": [
            {"role": "user", "content": "Do f twice."},
            {"role": "assistant", "content": content},
            {"role": "user", "content": results},
        ],
    }
    said = claude.read(request, claude_models.find("claude-sonnet-5"))
    assert said.turns[1].calls == CALLS


def test_error_body() -> None:
    """A refusal is an object with its type, the error and the request's id."""
    error = claude.unknown_model("claude-9")
    assert claude.write_error(error, "req_011C") == {
        "type": "error",
        "error": {"type": "not_found_error", "message": "model: claude-9"},
        "request_id": "req_011C",
    }


def test_arguments_text() -> None:
    """Arguments are written with spaces, for one call and for several; letters stay as they are."""
    arguments = {"city": "Zürich", "days": [1, 2]}
    for parallel in (True, False):
        said = claude.arguments_text(arguments, parallel=parallel)
        assert said == '{"city": "Zürich", "days": [1, 2]}'


# --- Arguments that were cut ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "finished"),
    [
        ("", ""),
        ("{", ""),
        ('{"city": "Ro', ""),
        ('{"city": "Rome"', '{"city": "Rome"'),
        ('{"city": "Rome", ', '{"city": "Rome"'),
        ('{"city": "Rome", "days": 1', '{"city": "Rome"'),
        ('{"city": "Rome", "days": 12,', '{"city": "Rome", "days": 12'),
        ('{"city": "Rome", "days": 12 ', '{"city": "Rome", "days": 12'),
        ('{"city": "Rome", "days": 12}', '{"city": "Rome", "days": 12}'),
        ('{"a": [1, 2', ""),
        ('{"a": {"b": 1}', '{"a": {"b": 1}'),
        ('{"a": tru', ""),
        ('{"a": true', '{"a": true'),
        ('{"a" 1, "b": 2}', ""),
        ('{"a": 1; "b": 2}', ""),
        ('{"a": 1e', ""),
        ("[1]", "[1]"),
        ("nonsense", ""),
    ],
)
def test_finished_part(text: str, finished: str) -> None:
    """Of a text that was cut, what stays ends with a finished argument."""
    assert finished_part(text) == finished


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=4))
def test_every_cut_keeps_what_was_finished(arguments: dict[str, Any]) -> None:
    """Wherever arguments are cut, the object holds the first of them, each as it was, and no other."""
    text = claude.arguments_text(arguments)
    for at in range(len(text) + 1):
        kept = input_of(text[:at])
        assert list(kept.items()) == list(arguments.items())[: len(kept)]
    assert input_of(text) == arguments


def test_arguments_that_are_no_object() -> None:
    """Arguments that are JSON and no object, as a fault may make them, give an empty input."""
    assert [input_of(text) for text in ("[1]", '"a"', "3", "null")] == [{}] * 4
    assert input_of('{"a": ' * 100_000) == {}


def test_a_reply_in_blocks_is_written_as_it_is() -> None:
    """Thinking, several texts and a reason of Claude's own stand in the body, the calls behind them."""
    spoken = (
        {"type": "thinking", "thinking": "Hm.", "signature": "sig"},
        {"type": "text", "text": "One "},
        {"type": "text", "text": "moment."},
    )
    call = ToolCall(id="toolu_01A", name="get_tide", arguments='{"city": "Lima"}')
    reply = ReplyInBlocks(calls=(call,), spoken=spoken, reason="model_context_window_exceeded")
    body = write(reply, reply_id="msg_1", model="claude", usage=Usage(prompt=1, completion=1))
    kinds = [block["type"] for block in body["content"]]
    assert kinds == ["thinking", "text", "text", "tool_use"]
    assert body["stop_reason"] == "model_context_window_exceeded"
    message = Message.model_validate(body)
    assert [b.text for b in message.content if b.type == "text"] == ["One ", "moment."]
