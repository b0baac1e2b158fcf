"""Whatever body is sent to Chat Completions, the answer is a conversation or an ApiError."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.conversation import Conversation, Reply
from fanout.dialects import chat
from fanout.dialects.conformance import cases
from fanout.dialects.errors import ApiError
from fanout.dialects.tokens import estimate
from fanout.simulator import profiles
from tests.dialects.bodies import QUIET, any_json, mutated, nested

MODELS = ["gpt-5.2", "gpt-4o", "gpt-5", "gpt-5.6-terra", "gpt-6-astra", "o3", "gpt-5-pro"]
GOOD = [case.request for case in cases()]
KEYS = sorted({key for request in GOOD for key in request})

WORDS = st.sampled_from(["user", "assistant", "tool", "text", "function", "custom", "auto", "f"])
JSON = any_json(WORDS)


def judge(body: object) -> None:
    """Reads a body with and without a model's rules; fails on anything but the two answers."""
    for rules in (None, *(profiles.find(name) for name in MODELS)):
        found = answer(body, rules)
        if isinstance(found, ApiError):
            assert 400 <= found.status < 500
            assert len(found.message.split()) > 2
            json.dumps(chat.write_error(found))
        else:
            assert estimate(found, Reply(text="yes")).prompt > 0


def answer(body: object, rules: chat.ModelRules | None) -> Conversation | ApiError:
    """What the dialect makes of a body: the one or the other."""
    try:
        return chat.read(body, rules)
    except ApiError as error:
        return error


@QUIET
@given(JSON)
def test_any_json(body: object) -> None:
    """Any JSON value at all is answered."""
    judge(body)


@QUIET
@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_any_fields(fields: dict[str, Any]) -> None:
    """Any values in the known fields are answered."""
    judge({"model": "gpt-5.2", "messages": [{"role": "user", "content": "Hello"}]} | fields)


@QUIET
@given(mutated(GOOD, JSON))
def test_mutated(body: dict[str, Any]) -> None:
    """A good body with one to three places replaced or cut out is answered."""
    judge(body)


@pytest.mark.parametrize("depth", [100, 5_000, 100_000])
def test_deep(depth: int) -> None:
    """A body nested deeper than Python could walk is refused, not a crash."""
    value = nested(depth)
    judge({"model": "gpt-5.2", "messages": [value]})
    function = {"name": "f", "parameters": value}
    judge(
        {
            "model": "gpt-5.2",
            "messages": [{"role": "user", "content": "Hello"}],
            "tools": [{"type": "function", "function": function}],
        }
    )


@pytest.mark.parametrize(
    "fields",
    [
        {
            "tools": [{"type": "function", "function": {"name": "f"}}],
            "tool_choice": {
                "type": "function",
                "function": {"name": "f"},
                "allowed_tools": "another form's field",
            },
        },
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "image_url", "text": 5}, {"type": "text", "text": "x"}],
                }
            ]
        },
        {
            "messages": [
                {"role": "assistant", "content": [{"type": "refusal", "refusal": "", "text": 1}]}
            ]
        },
    ],
    ids=["a field of another form", "a text that is none", "beside a refusal"],
)
def test_fields_of_another_kind(fields: dict[str, Any]) -> None:
    """A field that belongs to another kind of object is never read, whatever stands in it."""
    judge({"model": "gpt-5.2", "messages": [{"role": "user", "content": "Hello"}]} | fields)
