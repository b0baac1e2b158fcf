"""Whatever comes, Responses reads it or refuses it; it never falls over."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fanout.conversation import Conversation, Reply, ToolCall
from fanout.dialects import responses
from fanout.dialects.conformance import cases
from fanout.dialects.errors import ApiError
from fanout.dialects.responses import Stored
from fanout.dialects.tokens import estimate
from fanout.simulator import profiles
from tests.dialects.bodies import QUIET, any_json, mutated, nested

MODELS = ("gpt-5.2", "gpt-4o", "gpt-5")
GOOD = [case.request for case in cases("responses")]
KEYS = sorted({key for request in GOOD for key in request})
WORDS = st.sampled_from(
    """user assistant message function_call function_call_output reasoning item_reference function
    allowed_tools input_text output_text resp_1 rs_a fc_a msg_a call_a auto required f""".split()
)
JSON = any_json(WORDS)
QUIET = settings(QUIET, max_examples=75)
REPLY = Reply(text="yes", calls=(ToolCall(id="call_z", name="f", arguments="{}"),))


def filled() -> dict[str, Stored]:
    """A memory with one response in it: reasoning, two calls and a message."""
    memory: dict[str, Stored] = {}
    for case in cases("responses"):
        for one in case.stored:
            request = {"model": "gpt-5.2", "input": one["before"]}
            responses.remember(memory, request, {"id": one["id"], "output": one["output"]})
    return memory


def judge(body: object) -> None:
    """Reads a body in every way there is; what is accepted is answered, streamed and remembered."""
    json_before = copy.deepcopy(body)
    for rules in (None, *(profiles.find(name) for name in MODELS)):
        for memory in (None, {}, filled()):
            found = answer(body, rules, memory)
            if isinstance(found, ApiError):
                assert 400 <= found.status < 500
                assert len(found.message.split()) > 2
                json.dumps(responses.write_error(found))
            elif rules is not None and memory is not None:
                go_on(body, found, rules, memory)
    assert json.dumps(body) == json.dumps(json_before)


def answer(
    body: object, rules: responses.ModelRules | None, memory: responses.Memory | None
) -> Conversation | ApiError:
    """What the dialect makes of a body: the one or the other."""
    try:
        return responses.read(body, rules, memory)
    except ApiError as error:
        return error


def go_on(
    body: Any, said: Conversation, rules: responses.ModelRules, memory: dict[str, Stored]
) -> None:
    """Writes a reply both ways and goes on from it, as the next request would."""
    parts: dict[str, Any] = {
        "reply_id": "resp_next",
        "created": 0,
        "model": said.model,
        "usage": estimate(said, REPLY),
        "rules": rules,
        "request": body,
    }
    written = responses.write(REPLY, **parts)
    json.dumps(written)
    assert [*responses.stream(REPLY, **parts)][-1].data["response"] == written
    responses.remember(memory, body, written)
    if body.get("store") is not False:
        output = {"type": "function_call_output", "call_id": "call_z", "output": "1"}
        request = {"model": "m", "previous_response_id": "resp_next", "input": [output]}
        turns = responses.read(request, None, memory).turns
        assert turns[-1].results[0].call_id == "call_z"


@QUIET
@given(JSON)
def test_any_json(body: object) -> None:
    """Any JSON value at all is answered."""
    judge(body)


@QUIET
@example({"conversation": True, "include": None, "input": []})
@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_any_fields(fields: dict[str, Any]) -> None:
    """Any values in the known fields are answered."""
    judge({"model": "gpt-5.2", "input": "Hello"} | fields)


@QUIET
@given(
    st.lists(
        st.sampled_from([i for r in GOOD if isinstance(r.get("input"), list) for i in r["input"]]),
        max_size=7,
    )
)
def test_any_items(items: list[Any]) -> None:
    """Items of the cases in any order and number are answered."""
    judge({"model": "gpt-5", "input": items})
    judge({"model": "gpt-5", "input": items, "previous_response_id": "resp_1"})


@QUIET
@given(mutated(GOOD, JSON))
def test_mutated(body: dict[str, Any]) -> None:
    """A good body with one to three places replaced or cut out is answered."""
    judge(body)


@pytest.mark.parametrize("depth", [100, 5_000, 100_000])
def test_deep(depth: int) -> None:
    """A body nested deeper than Python could walk is refused, not a crash."""
    value = nested(depth)
    for fields in ({"input": [value]}, {"input": "x", "tools": [tool(value)]}):
        for rules in (None, profiles.find("gpt-5")):
            found = answer({"model": "gpt-5.2"} | fields, rules, {})
            assert isinstance(found, ApiError) or depth == 100


def tool(parameters: Any) -> dict[str, Any]:
    """A function with that schema."""
    return {"type": "function", "name": "f", "parameters": parameters}
