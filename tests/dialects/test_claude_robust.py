"""Whatever body is sent to Messages, the answer is a conversation or an ApiError."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanout.conversation import Conversation, Reply
from fanout.dialects import claude
from fanout.dialects.conformance import cases
from fanout.dialects.errors import ApiError
from fanout.dialects.tokens import estimate
from fanout.simulator import claude_models

MODELS = ["claude-sonnet-5", "claude-sonnet-5-5", "claude-opus-4-6", "claude-haiku-4-5"]
GOOD = [case.request for case in cases("claude")]
KEYS = sorted({key for request in GOOD for key in request} | {"stop_sequences", "top_p", "speed"})
BETAS = frozenset({"message-threads-2026-08-12"})

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
WORDS = st.sampled_from(
    [
        "user",
        "assistant",
        "system",
        "text",
        "tool_use",
        "tool_result",
        "type",
        "any",
        "enabled",
        "f",
    ]
)
JSON = st.recursive(
    LEAVES | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5) | WORDS, inner),
    max_leaves=15,
)
QUIET = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


def judge(body: object) -> None:
    """Reads a body in every way; fails on anything but the two answers."""
    for rules in (None, *(claude_models.find(name) for name in MODELS)):
        for version in ("2026-10-21", "2023-06-01"):
            found = answer(body, rules, version)
            if isinstance(found, ApiError):
                assert 400 <= found.status < 500
                assert len(found.message.split()) > 2
                json.dumps(claude.write_error(found, "req_1"))
            else:
                assert estimate(found, Reply(text="yes")).prompt >= 0
                claude.eager(body)


def answer(body: object, rules: claude.ModelRules | None, version: str) -> Conversation | ApiError:
    """What the dialect makes of a body: the one or the other."""
    try:
        return claude.read(claude.Threads().resume(body), rules, version=version, betas=BETAS)
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
    good = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}
    judge(good | fields)


@QUIET
@given(st.lists(JSON | st.fixed_dictionaries({"type": WORDS}, optional={"id": LEAVES}), max_size=4))
def test_any_blocks(blocks: list[Any]) -> None:
    """Any blocks in a message are answered."""
    talk = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": blocks}]
    judge({"model": "m", "max_tokens": 9, "messages": [*talk, {"role": "user", "content": blocks}]})


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) inside a JSON value."""
    if isinstance(value, dict):
        pairs: list[tuple[Any, Any]] = list(value.items())
    else:
        pairs = list(enumerate(value)) if isinstance(value, list) else []
    return [p for key, inner in pairs for p in ((value, key), *places(inner))]


@settings(QUIET, max_examples=400)
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
    good = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}
    judge(good | {"messages": [value]})
    judge(good | {"tools": [{"name": "f", "input_schema": value, "strict": True}]})
    judge(good | {"thread": value})


def test_long() -> None:
    """A conversation of many turns and calls is read in reasonable time."""
    talk: list[dict[str, Any]] = []
    for i in range(300):
        calls = [
            {"type": "tool_use", "id": f"c{i}_{j}", "name": "f", "input": {}} for j in range(10)
        ]
        results = [{"type": "tool_result", "tool_use_id": f"c{i}_{j}"} for j in range(10)]
        talk += [{"role": "assistant", "content": calls}, {"role": "user", "content": results}]
    good = {"role": "user", "content": "Hello"}
    body = {"model": "m", "max_tokens": 9, "messages": [good, *talk]}
    assert len(claude.read(body, claude_models.find("claude-sonnet-5")).turns) == 601
