"""Whatever the conversation holds, the offline model answers, always the same, and in time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanout.conversation import Conversation, Tool, ToolCall, ToolChoice, ToolResult, Turn
from fanout.simulator.model import Decision, decide
from tests.model.prompts import PROMPTS
from tests.model.signatures import tool

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_TYPES = ("string", "integer", "number", "boolean", "array", "object", "null", "oddity")
_kinds = st.sampled_from(_TYPES) | st.lists(st.sampled_from(_TYPES), max_size=3) | st.none()
_words = st.sampled_from(
    "city from_currency to_currency date amount order_id id names tags unit start end a b 名前".split()
) | st.text(max_size=6)


def _object(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": _kinds,
            "description": st.text(max_size=30) | st.just("The city, e.g. Rome or 'Oslo'"),
            "enum": st.lists(_json, max_size=3),
            "default": _json,
            "examples": st.lists(_json, max_size=2) | _json,
            "format": st.sampled_from(["date", "email", "uri", "odd"]) | _json,
            "minimum": _json,
            "items": inner,
            "properties": st.dictionaries(_words, inner, max_size=3) | _json,
            "required": st.lists(_words, max_size=3) | _json,
            "anyOf": st.lists(inner, max_size=2),
            "$ref": st.sampled_from(["#/$defs/x", "#", "#/properties/city", "http://far"]),
            "const": _json,
        },
    )


_schemas: st.SearchStrategy[Any] = st.recursive(st.booleans() | _json, _object, max_leaves=12)
_tools = st.builds(
    lambda name, text, schema: Tool(name=name, description=text, parameters=schema),
    _words,
    st.text(max_size=30),
    _object(_schemas),
)
_pieces = st.sampled_from(
    """What's the weather in Tokyo and London|, and|convert 5 USD to EUR|between 2 and 7|"quoted"|'|
    "|[1, 2|{"a": 1}|respectively|no, I meant Paris|1,000,000.5e9|$|€7|from A to B|2024-02-31|25:99|
    99999999999999999999999999999999999999999999999|5%|x^2+3x-1|٣|²|İstanbul|and again|\n""".split(
        "|"
    )
)
_texts = st.lists(_pieces | st.text(max_size=10), max_size=10).map(" ".join)
_results = st.builds(
    ToolResult,
    call_id=st.sampled_from(["1", "2", "9"]),
    content=_json.map(lambda v: json.dumps(v)) | _texts | st.just("Error: no such city"),
    is_error=st.booleans(),
)
_calls = st.builds(
    ToolCall,
    id=st.sampled_from(["1", "2"]),
    name=_words,
    arguments=_json.map(lambda v: json.dumps(v)) | st.text(max_size=8),
)
_turns = st.one_of(
    st.builds(Turn, role=st.sampled_from(["user", "system"]), text=_texts),
    st.builds(
        Turn, role=st.just("assistant"), text=_texts, calls=st.lists(_calls, max_size=2).map(tuple)
    ),
    st.builds(Turn, role=st.just("tool"), results=st.lists(_results, max_size=2).map(tuple)),
)
_conversations = st.builds(
    Conversation,
    model=st.just("m"),
    turns=st.lists(_turns, max_size=5).map(tuple),
    tools=st.lists(_tools, max_size=4).map(tuple),
    choice=st.builds(ToolChoice, mode=st.sampled_from(["auto", "none", "required"])),
)


def _checked(conversation: Conversation) -> Decision:
    decision = decide(conversation)
    assert (decision.text is None) != (not decision.wanted)
    for want in decision.wanted:
        assert want.name in {t.name for t in conversation.offered()}
        json.dumps(want.arguments)
    return decision


@settings(max_examples=90, deadline=None)
@given(_conversations)
def test_any_conversation_gets_a_text_or_calls(conversation: Conversation) -> None:
    """Odd schemas, broken arguments and stray results never raise; the same twice is the same."""
    assert _checked(conversation) == _checked(conversation)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    """Text of all sorts is read for tools of all sorts without an error."""
    tools = tuple(tool(t) for t in PROMPTS[-1][0])
    _checked(Conversation(model="m", turns=(Turn(role="user", text=text),), tools=tools))


@settings(max_examples=60, deadline=None)
@given(_texts, st.lists(_tools, min_size=1, max_size=3))
def test_required_always_gives_a_call(text: str, tools: list[Tool]) -> None:
    """With `required` every reply has a call, whatever was asked and whatever the tools are."""
    choice = ToolChoice(mode="required")
    turns = (Turn(role="user", text=text),)
    conversation = Conversation(model="m", turns=turns, tools=tuple(tools), choice=choice)
    assert _checked(conversation).wanted


@pytest.mark.parametrize(
    "piece",
    ["Tokyo, ", "1,", "$1 ", "'", '"', "(", "{", "a@b.", "1x^2+", "Aa ", "and ", "= ", "1/"],
)
def test_a_hundred_kilobytes_come_back_in_time(piece: str) -> None:
    """A long text, however it repeats, costs well under a second of computing."""
    tools = tuple(tool(t) for tools, _, _ in PROMPTS[::6] for t in tools)
    text = "Weather in Oslo? " + piece * (100_000 // len(piece))
    started = time.process_time()
    _checked(Conversation(model="m", turns=(Turn(role="user", text=text),), tools=tools))
    assert time.process_time() - started < 1.0


def test_decisions_do_not_depend_on_the_hash_seed() -> None:
    """Another process with another hash seed decides the same."""
    code = (
        "from fanout.conversation import Conversation, Turn\n"
        "from fanout.simulator.model import decide\n"
        "from tests.model.prompts import PROMPTS\n"
        "from tests.model.signatures import tool\n"
        "for tools, prompt, _ in PROMPTS:\n"
        "    turns = (Turn(role='user', text=prompt),)\n"
        "    print(decide(Conversation(model='m', turns=turns, tools=tuple(map(tool, tools)))))\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert "get_weather" in outputs.pop()
