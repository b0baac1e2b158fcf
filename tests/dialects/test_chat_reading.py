"""Chat Completions requests as conversations."""

from __future__ import annotations

from typing import Any

import pytest

from fanout.conversation import ToolCall, ToolChoice, ToolResult, Turn
from fanout.dialects import chat
from fanout.dialects.errors import ApiError
from fanout.simulator import profiles

COURSE = profiles.find("gpt-5.2")
USER = {"role": "user", "content": "Weather in Paris?"}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
ASSISTANT = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "18"}


def tool(name: str, **function: Any) -> dict[str, Any]:
    """A function tool of that name."""
    return {"type": "function", "function": {"name": name} | function}


def body(**fields: Any) -> dict[str, Any]:
    """A good request, with these fields added or replaced."""
    return {"model": "gpt-5.2", "messages": [USER]} | fields


def refusal(request: object, model: str | None = "gpt-5.2") -> ApiError:
    """The error that a request earns from a model."""
    with pytest.raises(ApiError) as caught:
        chat.read(request, profiles.find(model) if model else None)
    return caught.value


def test_turns() -> None:
    """Each message becomes one turn, at its own index; developer reads as system."""
    system = {"role": "system", "content": "Be brief."}
    developer = {"role": "developer", "content": "Be kind."}
    said = chat.read(body(messages=[system, developer, USER, ASSISTANT, RESULT]), COURSE)
    assert said.turns == (
        Turn(role="system", text="Be brief.", at=0),
        Turn(role="system", text="Be kind.", at=1),
        Turn(role="user", text="Weather in Paris?", at=2),
        Turn(role="assistant", calls=(ToolCall(id="c1", name="f", arguments='{"a": 1}'),), at=3),
        Turn(role="tool", results=(ToolResult(call_id="c1", content="18"),), at=4),
    )


def test_parts_are_joined() -> None:
    """The texts of several content parts are read as one text, a line each."""
    parts = [{"type": "text", "text": "Paris"}, {"type": "text", "text": "Rome"}]
    said = chat.read(body(messages=[{"role": "user", "content": parts}]), COURSE)
    assert said.turns[0].text == "Paris\nRome"


def test_tools() -> None:
    """A tool keeps name, description, schema and strictness; without a schema it takes nothing."""
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    strict = tool("f", description="Does f.", parameters=schema, strict=True)
    one, two = chat.read(body(tools=[strict, tool("g")]), COURSE).tools
    assert (one.name, one.description, one.parameters, one.strict) == ("f", "Does f.", schema, True)
    assert two.parameters == {"type": "object", "properties": {}}
    assert (two.description, two.strict) == ("", False)


def test_settings() -> None:
    """Model, stream and either name of the token limit are read."""
    said = chat.read(body(stream=True, max_completion_tokens=50), COURSE)
    assert (said.model, said.stream, said.max_tokens) == ("gpt-5.2", True, 50)
    old = chat.read(body(model="gpt-4o", max_tokens=7), profiles.find("gpt-4o"))
    assert (old.max_tokens, old.stream) == (7, False)


ALLOWED = {
    "type": "allowed_tools",
    "allowed_tools": {
        "mode": "required",
        "tools": [{"type": "function", "function": {"name": "g"}}],
    },
}


@pytest.mark.parametrize(
    ("value", "choice", "offered"),
    [
        ("auto", ToolChoice(mode="auto"), ["f", "g"]),
        ("none", ToolChoice(mode="none"), []),
        ("required", ToolChoice(mode="required"), ["f", "g"]),
        (
            {"type": "function", "function": {"name": "g"}},
            ToolChoice(mode="required", names=("g",), forced=True),
            ["g"],
        ),
        (ALLOWED, ToolChoice(mode="required", names=("g",)), ["g"]),
    ],
)
def test_tool_choice(value: object, choice: ToolChoice, offered: list[str]) -> None:
    """Each form of tool_choice limits what the model may ask for."""
    said = chat.read(body(tools=[tool("f"), tool("g")], tool_choice=value), COURSE)
    assert said.choice == choice
    assert [t.name for t in said.offered()] == offered


def test_allowed_tool_must_be_declared() -> None:
    """An allowed tool that is not among the tools is named."""
    error = refusal(body(tools=[tool("f")], tool_choice=ALLOWED))
    assert (error.param, error.message) == (
        "tool_choice",
        "Tool choice 'g' not found in 'tools' parameter.",
    )


@pytest.mark.parametrize(
    ("model", "fields", "parallel"),
    [
        ("gpt-5.2", {}, True),
        ("gpt-5.2", {"parallel_tool_calls": False}, False),
        ("gpt-5", {}, True),
        ("gpt-5", {"reasoning_effort": "minimal"}, False),
        ("o3", {}, False),
    ],
)
def test_parallel(model: str, fields: dict[str, Any], parallel: bool) -> None:
    """Parallel calls are on unless the request, the effort or the model turns them off."""
    request = body(model=model, tools=[tool("f")], **fields)
    assert chat.read(request, profiles.find(model)).parallel is parallel


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"function_call": "auto"}, "function_call"),
        ({"n": 2}, "n"),
        ({"stop": "END"}, "stop"),
        ({"logprobs": True}, "logprobs"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"tools": [{"type": "custom", "custom": {"name": "c"}}]}, "tools[0]"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            "messages[0].content[0]",
        ),
        ({"messages": [{"role": "function", "name": "f", "content": "1"}]}, "messages[0].role"),
        (
            {"messages": [USER, {"role": "assistant", "function_call": {"name": "f"}}]},
            "messages[1].function_call",
        ),
    ],
)
def test_offline_limits(fields: dict[str, Any], param: str) -> None:
    """What the offline model does not do is refused by name, never answered as if it were done."""
    error = refusal(body(**fields))
    assert error.message.startswith("The offline model does not ")
    assert (error.status, error.code, error.param) == (400, "offline_model", param)
    chat.read(body(**fields))  # meant for a real model, it passes


@pytest.mark.parametrize(
    "fields",
    [
        {"n": 1, "stop": None, "logprobs": False, "response_format": {"type": "text"}},
        {"functions": None, "function_call": None, "modalities": ["text"], "logit_bias": {}},
        {"temperature": 0, "seed": 7, "store": True, "user": "u", "metadata": {"a": "b"}},
    ],
)
def test_idle_settings(fields: dict[str, Any]) -> None:
    """A setting at its idle value, or without a visible effect, is accepted."""
    assert chat.read(body(**fields), COURSE).turns


def test_real_fault_before_offline_limit() -> None:
    """A body that the real API refuses gets its words, though the offline model has limits too."""
    error = refusal(body(n=2, messages=[USER, ASSISTANT]))
    assert error.param == "messages"
    assert error.message.startswith("An assistant message with")


def test_first_fault_is_the_lowest_message() -> None:
    """Of several pairing faults the one at the lowest message is told."""
    stray = RESULT | {"tool_call_id": "c9"}
    assert refusal(body(messages=[USER, stray, ASSISTANT, USER])).param == "messages.[1].role"
    error = refusal(body(messages=[USER, ASSISTANT, stray]))
    assert error.param == "messages.[2].tool_call_id"


def test_schema_layer_before_pairing() -> None:
    """A wrong type in a late message is told before a pairing fault in an early one."""
    late = {"role": "user", "content": 3}
    error = refusal(body(messages=[USER, ASSISTANT, late]))
    assert (error.param, error.code) == ("messages[2].content", "invalid_type")


def test_unknown_field() -> None:
    """A field that the endpoint does not have is refused, as a misspelt setting would be."""
    error = refusal(body(paralel_tool_calls=False))
    told = "Unknown parameter: 'paralel_tool_calls'. Did you mean 'parallel_tool_calls'?"
    assert (error.message, error.param) == (told, "paralel_tool_calls")
    assert chat.read(body(num_ctx=4096)).model == "gpt-5.2"  # another server's field


def test_name_may_not_end_in_a_line_break() -> None:
    """The whole name must match, up to its last character."""
    assert refusal(body(tools=[tool("f\n")])).code == "invalid_value"


def test_booleans_are_not_numbers() -> None:
    """`true` is neither 1 nor 1.0."""
    assert refusal(body(max_completion_tokens=True)).code == "invalid_type"
    assert refusal(body(temperature=True)).code == "invalid_type"
    assert refusal(body(n=True)).code == "invalid_type"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"type": "strin"}, "'strin' is not valid under any of the given schemas."),
        ({"type": "object", "properties": []}, "[] is not of type 'object'."),
        ({"type": "object", "required": "a"}, "'a' is not of type 'array'."),
        ({"enum": "a"}, "'a' is not of type 'array'."),
        ({"anyOf": [{"type": "array"}]}, "In context=('properties', 'x', 'anyOf', '0'), array"),
        ({"type": ["array", "null"]}, "In context=('properties', 'x'), array schema missing items"),
        ({"type": "array", "items": 3}, "3 is not of type 'object', 'boolean'."),
    ],
)
def test_schema_faults(value: object, said: str) -> None:
    """A fault in a parameter's schema is found wherever it hides, and names its place."""
    parameters = {"type": "object", "properties": {"x": value}}
    error = refusal(body(tools=[tool("f", parameters=parameters)]))
    assert error.message.startswith(f"Invalid schema for function 'f': {said}")
    assert error.param == "tools[0].function.parameters"


def test_recursive_schema_is_accepted() -> None:
    """A schema that refers to itself is read to its end."""
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}
    parameters = {"type": "object", "properties": {"n": {"$ref": "#/$defs/node"}}}
    said = chat.read(body(tools=[tool("f", parameters=parameters | {"$defs": {"node": node}})]))
    assert said.tools[0].parameters["$defs"] == {"node": node}


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer ", "Basic OnNr", None])
def test_no_key(key: str | None) -> None:
    """An Authorization header without a bearer key counts as none."""
    with pytest.raises(ApiError) as caught:
        chat.read_key(key)
    assert caught.value.status == 401
    assert caught.value.code is None


def test_key() -> None:
    """The key is what follows `Bearer`, and a refusal hides its middle."""
    assert chat.read_key("Bearer sk-1") == "sk-1"
    secret = "sk-proj-" + "s" * 100 + "WXYZ"
    text = chat.bad_key(secret).message
    assert "sk-proj-" + "*" * 100 + "WXYZ." in text
    assert "ss" not in text


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"{", b"\xff", b"[" * 100_000, b'{"a": "\\ud800"}', b'{"a": NaN}', b"-Infinity"),
        *('{"a": 1}'.encode("utf-16"), '{"a": 1}'.encode("utf-32-le"), b'\xef\xbb\xbf{"a": 1}'),
    ],
)
def test_body_that_is_no_json(raw: bytes) -> None:
    """Bytes that are no JSON, or hold half a surrogate pair, are refused as unreadable."""
    with pytest.raises(ApiError) as caught:
        chat.parse(raw)
    assert caught.value.message.startswith("We could not parse the JSON body of your request.")


def test_surrogate_pair_is_text() -> None:
    """A whole surrogate pair is one character."""
    assert chat.parse(b'{"a": "\\ud83d\\ude00"}') == {"a": "\N{GRINNING FACE}"}
