"""Whatever body is sent to Chat Completions, the answer is a conversation or an ApiError."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanout.conversation import Conversation, Reply
from fanout.dialects import chat
from fanout.dialects.conformance import cases
from fanout.dialects.errors import ApiError
from fanout.dialects.tokens import estimate
from fanout.simulator import profiles

MODELS = ["gpt-5.2", "gpt-4o", "gpt-5", "gpt-5.6-terra", "gpt-6-astra", "o3", "gpt-5-pro"]
GOOD = [case.request for case in cases()]
KEYS = sorted({key for request in GOOD for key in request})

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
WORDS = st.sampled_from(["user", "assistant", "tool", "text", "function", "custom", "auto", "f"])
JSON = st.recursive(
    LEAVES | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5) | WORDS, inner),
    max_leaves=15,
)
QUIET = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


def judge(body: object) -> None:
    """Reads a body with and without a model's rules; fails on anything but the two answers."""
    for rules in (None, *(profiles.find(name) for name in MODELS)):
        found = answer(body, rules)
        if isinstance(found, ApiError):
            assert 400 <= found.status < 500
            assert len(found.message.split()) > 3
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


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) inside a JSON value."""
    if isinstance(value, dict):
        pairs: list[tuple[Any, Any]] = list(value.items())
    else:
        pairs = list(enumerate(value)) if isinstance(value, list) else []
    return [p for key, inner in pairs for p in ((value, key), *places(inner))]


@QUIET
@given(st.sampled_from(GOOD), st.data())
def test_mutated(request: dict[str, Any], data: st.DataObject) -> None:
    """A good body with one to three places replaced or cut out is answered."""
    body = copy.deepcopy(request)
    for _ in range(data.draw(st.integers(1, 3))):
        found = places(body)
        if not found:
            break
        owner, key = data.draw(st.sampled_from(found))
        if data.draw(st.booleans()):
            owner[key] = data.draw(JSON)
        else:
            del owner[key]
    judge(body)


@pytest.mark.parametrize("depth", [100, 5_000, 100_000])
def test_deep(depth: int) -> None:
    """A body nested deeper than Python could walk is refused, not a crash."""
    value: Any = {}
    for _ in range(depth):
        value = {"type": "object", "properties": {"x": value}}
    judge({"model": "gpt-5.2", "messages": [value]})
    function = {"name": "f", "parameters": value}
    judge(
        {
            "model": "gpt-5.2",
            "messages": [{"role": "user", "content": "Hello"}],
            "tools": [{"type": "function", "function": function}],
        }
    )
