"""Replies as Responses objects."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from openai.types.responses import Response

from fanout.conversation import Reply, ToolCall
from fanout.dialects import responses
from fanout.dialects.errors import ApiError
from fanout.dialects.tokens import Usage
from fanout.simulator import profiles

CALLS = tuple(ToolCall(id=responses.call_id("s", i), name="f", arguments="{}") for i in range(2))
REPLIES = [
    Reply(text="Hello."),
    Reply(calls=CALLS),
    Reply(calls=CALLS[:1]),
    Reply(text="Look.", calls=CALLS),
    Reply(text="Cut", stop="length"),
    Reply(calls=CALLS, stop="length"),
    Reply(),
]
TOOL = {
    "type": "function",
    "name": "f",
    "parameters": {"type": "object", "properties": {"a": {"type": "string"}}},
}


def written(reply: Reply, model: str = "gpt-5.2", **request: Any) -> Any:
    """The body in which a model's reply to a request is written."""
    rules = profiles.find(model)
    assert rules is not None
    return responses.write(
        reply,
        reply_id=responses.response_id("s"),
        created=1_800_000_000,
        model=rules.snapshot,
        usage=Usage(prompt=20, completion=10),
        rules=rules,
        request={"model": model, "input": "Hello"} | request,
    )


@pytest.mark.parametrize("model", ["gpt-5.2", "gpt-4o-mini", "gpt-5", "gpt-5.6-sol"])
@pytest.mark.parametrize("reply", REPLIES)
def test_sdk_reads_all_of_it(reply: Reply, model: str) -> None:
    """The SDK's types take the body and give it back; three recorded fields they do not know."""
    body = written(reply, model, tools=[TOOL], tool_choice="auto", instructions="Be brief.")
    read = Response.model_validate(body)
    assert set(read.model_extra or ()) == {"store", "frequency_penalty", "presence_penalty"}
    assert all(not item.model_extra for item in read.output)
    assert read.model_dump(exclude_unset=True, mode="json", by_alias=True) == body


def test_order_and_ids() -> None:
    """Reasoning comes first, then the text, then the calls in order, each with its own kind of id."""
    output = written(Reply(text="Look.", calls=CALLS), "gpt-5")["output"]
    assert [item["type"] for item in output] == ["reasoning", "message", *["function_call"] * 2]
    for item, kind in zip(output, ("rs", "msg", "fc", "fc"), strict=True):
        assert re.fullmatch(f"{kind}_[0-9a-f]{{50}}", item["id"])
    assert len({item["id"] for item in output}) == 4
    assert [item["call_id"] for item in output[2:]] == [call.id for call in CALLS]


@pytest.mark.parametrize(
    ("model", "effort", "reasons"),
    [
        ("gpt-5", None, True),
        ("gpt-5.2", None, False),
        ("gpt-5.2", "low", True),
        ("gpt-5.6-sol", "none", False),
        ("gpt-5-pro", None, True),
        ("o3", None, True),
        ("gpt-4o", None, False),
    ],
)
def test_reasoning_item(model: str, effort: str | None, reasons: bool) -> None:
    """A model that reasons at the request's effort writes a reasoning item, encrypted; others none."""
    fields = {"reasoning": {"effort": effort}} if effort else {}
    body = written(Reply(text="Hello."), model, **fields)
    assert (body["output"][0]["type"] == "reasoning") is reasons
    if reasons:
        assert body["output"][0]["encrypted_content"].startswith("gAAAAA")
        assert body["output"][0]["content"] == body["output"][0]["summary"] == []
        assert body["reasoning"]["effort"] == effort or effort is None


def test_phase() -> None:
    """A model that says so marks a text beside calls as commentary, and the last as final."""
    beside = written(Reply(text="Look.", calls=CALLS), "gpt-5.6-sol")["output"][1]
    assert beside["phase"] == "commentary"
    assert written(Reply(text="18."), "gpt-5.6-sol")["output"][1]["phase"] == "final_answer"
    assert "phase" not in written(Reply(text="18."), "gpt-5")["output"][1]


def test_status() -> None:
    """A cut reply is incomplete, says why, and marks the item at which it was cut."""
    whole = written(Reply(calls=CALLS))
    assert (whole["status"], whole["incomplete_details"]) == ("completed", None)
    assert whole["completed_at"] == whole["created_at"]
    cut = written(Reply(calls=CALLS, stop="length"))
    assert cut["status"] == "incomplete"
    assert cut["incomplete_details"] == {"reason": "max_output_tokens"}
    assert [item["status"] for item in cut["output"]] == ["completed", "incomplete"]
    assert cut["completed_at"] is None
    filtered = written(Reply(text="No", stop="content_filter"))
    assert filtered["incomplete_details"] == {"reason": "content_filter"}


def test_echo() -> None:
    """What the request said is repeated; what it left out has the API's default."""
    sent: dict[str, Any] = {
        "instructions": "Be brief.",
        "parallel_tool_calls": False,
        "store": False,
        "temperature": 0,
        "max_output_tokens": 100,
        "previous_response_id": "resp_1",
        "metadata": {"a": "b"},
        "tool_choice": {"type": "function", "name": "f"},
        "tools": [TOOL | {"strict": False}],
        "user": "u",
    }
    body = written(Reply(text="a"), **sent)
    for field, value in sent.items():
        if field != "tools":
            assert body[field] == value
    plain = written(Reply(text="a"))
    assert (plain["parallel_tool_calls"], plain["store"], plain["tools"]) == (True, True, [])
    assert (plain["temperature"], plain["truncation"], plain["metadata"]) == (1.0, "disabled", {})
    assert plain["tool_choice"] == "auto"
    assert plain["text"] == {"format": {"type": "text"}, "verbosity": "medium"}


def test_strict_is_decided() -> None:
    """A schema without `strict` is shown closed and required, or as it was where that cannot be."""
    closed, open_, loose = written(
        Reply(text="a"),
        tools=[
            TOOL,
            TOOL
            | {"parameters": {"type": "object", "properties": {}, "additionalProperties": True}},
            TOOL | {"strict": False},
        ],
    )["tools"]
    assert closed["strict"]
    assert closed["parameters"]["required"] == ["a"]
    assert closed["parameters"]["additionalProperties"] is False
    assert (open_["strict"], open_["parameters"]["additionalProperties"]) == (False, True)
    assert (loose["strict"], loose["parameters"]) == (False, TOOL["parameters"])
    assert "required" not in TOOL["parameters"]


def test_usage() -> None:
    """Usage adds up, and has the details with zeros for what the offline model never does."""
    usage = written(Reply(text="a"))["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] == 30
    assert usage["input_tokens_details"] == {"cache_write_tokens": 0, "cached_tokens": 0}
    assert usage["output_tokens_details"] == {"reasoning_tokens": 0}


def test_arguments_text() -> None:
    """Arguments are compact, several calls or one; letters stay as they are."""
    arguments = {"city": "Zürich", "days": [1, 2]}
    for parallel in (True, False):
        text = responses.arguments_text(arguments, parallel=parallel)
        assert text == '{"city":"Zürich","days":[1,2]}'
    assert json.loads(responses.arguments_text({}, parallel=False)) == {}


def test_error_body() -> None:
    """A refusal is an object `error` with message, type, param and code, null included."""
    assert responses.write_error(ApiError("No.", param="input")) == {
        "error": {
            "message": "No.",
            "type": "invalid_request_error",
            "param": "input",
            "code": None,
        }
    }


def test_ids() -> None:
    """Ids have the API's shape, are the same for a seed, and differ between seeds."""
    assert re.fullmatch("resp_[0-9a-f]{50}", responses.response_id("a"))
    assert responses.response_id("a") == responses.response_id("a") != responses.response_id("b")
    again = written(Reply(calls=CALLS))["output"]
    assert again == written(Reply(calls=CALLS))["output"]
    assert responses.reply_id is responses.response_id


def test_ids_do_not_depend_on_the_process() -> None:
    """An id is a function of its seed alone: this one was computed once and must never change."""
    assert (
        responses.response_id("seed") == "resp_7f04bbfd27169c22bceab3c4a3792f1c951787e650d159d078"
    )
