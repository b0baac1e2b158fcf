"""Whatever body is sent to Messages, the answer is a conversation or an ApiError."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanout.conversation import Conversation, Reply
from fanout.dialects import claude
from fanout.dialects.conformance import cases
from fanout.dialects.errors import ApiError
from fanout.dialects.tokens import estimate
from fanout.simulator import claude_models
from tests.dialects.bodies import LEAVES, QUIET, any_json, mutated, nested

MODELS = ["claude-sonnet-5", "claude-sonnet-5-5", "claude-opus-4-6", "claude-haiku-4-5"]
GOOD = [case.request for case in cases("claude")]
KEYS = sorted({key for request in GOOD for key in request} | {"stop_sequences", "top_p", "speed"})
BETAS = frozenset({"message-threads-2026-08-12"})

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
JSON = any_json(WORDS)


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


@settings(QUIET, max_examples=150)
@given(mutated(GOOD, JSON))
def test_mutated(body: dict[str, Any]) -> None:
    """A good body with one to three places replaced or cut out is answered."""
    judge(body)


@pytest.mark.parametrize("depth", [100, 5_000, 100_000])
def test_deep(depth: int) -> None:
    """A body nested deeper than Python could walk is refused, not a crash."""
    value = nested(depth)
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
