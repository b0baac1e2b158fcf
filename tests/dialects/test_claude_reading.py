"""Messages requests as conversations."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanout.conversation import ToolCall, ToolChoice, ToolResult, Turn, violations
from fanout.dialects import claude
from fanout.dialects.claude.messages import turns
from fanout.dialects.errors import ApiError
from fanout.simulator import claude_models

COURSE = claude_models.find("claude-sonnet-5")
OLD = claude_models.find("claude-haiku-4-5")
USER = {"role": "user", "content": "Weather in Paris?"}


def call(name: str, **fields: Any) -> dict[str, Any]:
    """A call as a block."""
    return {"type": "tool_use", "id": name, "name": "f", "input": {"a": 1}} | fields


def text(said: str) -> dict[str, Any]:
    """A text as a block."""
    return {"type": "text", "text": said}


def result(name: str, content: Any = "18", **fields: Any) -> dict[str, Any]:
    """A result as a block."""
    return {"type": "tool_result", "tool_use_id": name, "content": content} | fields


def assistant(*blocks: Any) -> dict[str, Any]:
    """An assistant's message of blocks."""
    return {"role": "assistant", "content": list(blocks)}


def user(*blocks: Any) -> dict[str, Any]:
    """A user's message of blocks."""
    return {"role": "user", "content": list(blocks)}


def tool(name: str, **fields: Any) -> dict[str, Any]:
    """A tool of that name."""
    return {"name": name, "input_schema": {"type": "object", "properties": {}}} | fields


def body(**fields: Any) -> dict[str, Any]:
    """A good request, with these fields added or replaced."""
    return {"model": "claude-sonnet-5", "max_tokens": 99, "messages": [USER]} | fields


def refusal(request: object, rules: Any = COURSE, **how: Any) -> ApiError:
    """The error that a request earns from a model."""
    with pytest.raises(ApiError) as caught:
        claude.read(request, rules, **how)
    return caught.value


def called(*names: str) -> tuple[ToolCall, ...]:
    """The calls of these ids, as they are read."""
    return tuple(ToolCall(id=name, name="f", arguments='{"a": 1}') for name in names)


# --- Turns ----------------------------------------------------------------------------------------


def test_turns() -> None:
    """A text before calls is their turn, results and a text in one message are two, in order."""
    talk = [USER, assistant(text("Look."), call("A"), call("B")), user(result("A"), text("So?"))]
    said = claude.read(body(messages=[*talk[:2], user(result("A"), result("B"), text("So?"))]))
    assert said.turns == (
        Turn(role="user", text="Weather in Paris?", at=0),
        Turn(role="assistant", text="Look.", calls=called("A", "B"), at=1),
        Turn(
            role="tool",
            results=(ToolResult(call_id="A", content="18"), ToolResult(call_id="B", content="18")),
            at=2,
        ),
        Turn(role="user", text="So?", at=2),
    )


def test_system() -> None:
    """The system prompt comes first, as a text or as blocks; without one there is no turn."""
    first = Turn(role="system", text="Be brief.\nBe kind.")
    assert claude.read(body(system="Be brief.\nBe kind."), COURSE).turns[0] == first
    blocks = [text("Be brief."), text("Be kind.")]
    assert claude.read(body(system=blocks), COURSE).turns[0] == first
    assert claude.read(body(system=""), COURSE).turns[0].role == "user"


def test_a_result_in_blocks() -> None:
    """The texts of a result's blocks are read as one text; an error result says that it is one."""
    parts = [text("18"), text("degrees")]
    answered = user(
        result("A", parts), result("B", "no", is_error=True), {**result("C"), "content": []}
    )
    said = claude.read(body(messages=[USER, assistant(call("A"), call("B"), call("C")), answered]))
    first, second, third = said.turns[-1].results
    assert (first.content, first.is_error) == ("18\ndegrees", False)
    assert (second.content, second.is_error) == ("no", True)
    assert third.content == ""


def test_calls_of_two_messages_are_one_turn() -> None:
    """Assistant messages in a row are one message to the API, so their calls are one batch."""
    talk = [USER, assistant(call("A")), assistant(call("B")), user(result("B"), result("A"))]
    said = claude.read(body(messages=talk), COURSE)
    assert said.turns[1] == Turn(role="assistant", calls=called("A", "B"), at=1)


def test_thinking_says_nothing() -> None:
    """Thinking is no turn, and does not part a call from its result."""
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
    secret = {"type": "redacted_thinking", "data": "c2ln"}
    talk = [USER, assistant(thought, call("A"), secret, call("B")), user(result("A"), result("B"))]
    said = claude.read(body(messages=talk), COURSE)
    assert said.turns[1] == Turn(role="assistant", calls=called("A", "B"), at=1)


def test_arguments_keep_their_letters() -> None:
    """The object of a call is read as the text in which the model writes it."""
    asked = assistant(call("A", input={"city": "Zürich", "days": [1, 2]}))
    said = claude.read(body(messages=[USER, asked, user(result("A"))]))
    assert said.turns[1].calls[0].arguments == '{"city": "Zürich", "days": [1, 2]}'


# --- Tools and settings ---------------------------------------------------------------------------


def test_tools() -> None:
    """A tool keeps name, description, schema and strictness."""
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    strict = tool("f", description="Does f.", input_schema=schema, strict=True)
    one, two = claude.read(body(tools=[strict, tool("g")]), COURSE).tools
    assert (one.name, one.description, one.parameters, one.strict) == ("f", "Does f.", schema, True)
    assert (two.name, two.description, two.strict) == ("g", "", False)


@pytest.mark.parametrize(
    ("value", "choice", "offered"),
    [
        ({"type": "auto"}, ToolChoice(mode="auto"), ["f", "g"]),
        ({"type": "none"}, ToolChoice(mode="none"), []),
        ({"type": "any"}, ToolChoice(mode="required"), ["f", "g"]),
        (
            {"type": "tool", "name": "g"},
            ToolChoice(mode="required", names=("g",), forced=True),
            ["g"],
        ),
    ],
)
@pytest.mark.parametrize("alone", [True, False, None])
def test_tool_choice(
    value: dict[str, Any], choice: ToolChoice, offered: list[str], alone: bool | None
) -> None:
    """Each form of tool_choice limits the tools; the switch inside it limits a turn to one call."""
    switch: dict[str, Any] = {}
    if alone is not None and value["type"] != "none":
        switch = {"disable_parallel_tool_use": alone}
    tools = [tool("f"), tool("g")]
    said = claude.read(body(tools=tools, tool_choice={**value, **switch}), COURSE)
    assert said.choice == choice
    assert [t.name for t in said.offered()] == offered
    assert said.parallel is not switch.get("disable_parallel_tool_use", False)


def test_settings() -> None:
    """Model, stream and the token limit are read."""
    said = claude.read(body(stream=True, max_tokens=7), COURSE)
    assert (said.model, said.stream, said.max_tokens) == ("claude-sonnet-5", True, 7)
    assert claude.read(body(), COURSE).stream is False


def test_the_most_tokens() -> None:
    """A model takes as many tokens as its limit says, and not one more."""
    assert OLD is not None
    request = body(model="claude-haiku-4-5", max_tokens=OLD.output_limit)
    assert claude.read(request, OLD).max_tokens == OLD.output_limit
    assert refusal(request | {"max_tokens": OLD.output_limit + 1}, OLD).status == 400


def test_eager_tools() -> None:
    """The tools that want their input eagerly are named."""
    tools = [
        tool("f", eager_input_streaming=True),
        tool("g"),
        tool("h", eager_input_streaming=None),
    ]
    assert claude.eager(body(tools=tools)) == {"f"}
    assert claude.eager(body()) == frozenset()


def test_booleans_are_not_numbers() -> None:
    """`true` is no number of tokens."""
    assert refusal(body(max_tokens=True)).message == "max_tokens: Input should be a valid integer"


def test_name_may_not_end_in_a_line_break() -> None:
    """The whole name must match, up to its last character."""
    assert "should match pattern" in refusal(body(tools=[tool("f\n")])).message


@pytest.mark.parametrize(
    "part",
    [
        {"type": "strin"},
        {"type": []},
        {"type": [3]},
        {"type": "object", "properties": []},
        {"type": "object", "required": "a"},
        {"required": [3]},
        {"enum": "a"},
        {"anyOf": [3]},
        {"type": "array", "items": [{"type": "string"}]},
        {"$defs": {"a": 3}},
    ],
)
def test_unsound_schemas(part: object) -> None:
    """A fault in a parameter's schema is found wherever it hides, and names the tool."""
    nested = {"type": "object", "properties": {"x": {"anyOf": [{"type": "null"}, part]}}}
    error = refusal(body(tools=[tool("f"), tool("g", input_schema=nested)]))
    assert error.message.startswith("tools.1.custom.input_schema: JSON schema is invalid.")


def test_sound_schemas() -> None:
    """Recursive schemas, lists of types, `anyOf` below the top and `true` are taken."""
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}, "any": True}}
    schema = {
        "type": "object",
        "properties": {"n": {"anyOf": [{"type": ["string", "null"]}, {"$ref": "#/$defs/node"}]}},
        "$defs": {"node": node},
    }
    said = claude.read(body(tools=[tool("f", input_schema=schema)]), COURSE)
    assert said.tools[0].parameters == schema


def test_strict_looks_inside() -> None:
    """With strict, every object in the schema must forbid further properties."""
    inner: dict[str, Any] = {"type": "object", "properties": {}}
    schema = {"type": "object", "properties": {"x": inner}, "additionalProperties": False}
    error = refusal(body(tools=[tool("f", input_schema=schema, strict=True)]))
    assert error.message.startswith("tools.0.custom: For 'object' type, 'additionalProperties'")
    inner["additionalProperties"] = False
    assert claude.read(body(tools=[tool("f", input_schema=schema, strict=True)]), COURSE).tools


# --- Which fault, and what it carries -------------------------------------------------------------


def test_first_turn_first() -> None:
    """Of faults in several turns, that of the first assistant turn is told."""
    talk = [USER, assistant(call("A")), user(text("no")), assistant(call("B")), user(result("X"))]
    assert refusal(body(messages=talk)).message.startswith("messages.2: `tool_use` ids")


def test_result_too_late_is_told_as_missing() -> None:
    """A result behind a text does not count: its call is told, not the result."""
    talk = [USER, assistant(call("A")), user(text("Wait."), result("A"))]
    error = refusal(body(messages=talk))
    assert error.message.startswith("messages.2: `tool_use` ids were found without")


def test_second_result_too_late() -> None:
    """A second result behind a text is told as the second one, at its own place."""
    talk = [USER, assistant(call("A")), user(result("A"), text("Again."), result("A"))]
    assert refusal(body(messages=talk)).message.startswith("messages.2.content.2: each tool_use")


def test_text_between_calls() -> None:
    """A text between two calls parts the first from its result."""
    talk = [USER, assistant(call("A"), text("And."), call("B")), user(result("A"), result("B"))]
    error = refusal(body(messages=talk))
    assert error.message.startswith("messages.1: `tool_use` ids")
    assert "after: A. Each" in error.message


@pytest.mark.parametrize("kind", ["thinking", "redacted_thinking"])
def test_thinking_is_the_assistants(kind: str) -> None:
    """Thinking in a user message is refused, as a call there is."""
    block = {"type": kind, "thinking": "Hm.", "signature": "c2ln"}
    if kind == "redacted_thinking":
        block = {"type": kind, "data": "c2ln"}
    error = refusal(body(messages=[USER, assistant(call("A")), user(result("A"), block)]))
    assert error.message == f"messages.2: `{kind}` blocks can only be in `assistant` messages"


def test_empty_messages_are_not_there() -> None:
    """An empty message of the same role neither ends a run of results nor is told."""
    talk = [USER, assistant(call("A")), {"role": "user", "content": []}, user(result("A"))]
    assert claude.read(body(messages=talk), COURSE).turns[-1].results


def test_refusal_has_the_conversation() -> None:
    """A refusal for what does not pair carries the conversation, so that it can be shown."""
    error = refusal(body(messages=[USER, assistant(call("A")), user(text("Well?"))]))
    assert error.conversation is not None
    assert [turn.role for turn in error.conversation.turns] == ["user", "assistant", "user"]


def test_model_rules_need_a_model() -> None:
    """Without a model's rules, what depends on the model passes, and so do unknown fields."""
    assert claude.read(body(messages=[USER, assistant(text("It is "))], num_ctx=1)).turns
    forced = body(model="claude-opus-5-5", tools=[tool("f")], tool_choice={"type": "any"})
    assert claude.read(forced).choice.mode == "required"
    assert refusal(forced, claude_models.find("claude-opus-5-5")).message.startswith("tool_choice:")


def test_sampling_by_version() -> None:
    """The older version takes temperature where the model does; the newer one has no such field."""
    request = body(model="claude-haiku-4-5", temperature=0.5)
    assert claude.read(request, OLD, version="2023-06-01").turns
    assert refusal(request, OLD).message == "temperature: Extra inputs are not permitted"
    assert claude.read(body(temperature=1), COURSE, version="2023-06-01").turns


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"stop_sequences": ["END"]}, "stop_sequences"),
        ({"container": {"id": "c"}}, "container"),
        ({"speed": "fast"}, "speed"),
        ({"diagnostics": {}}, "diagnostics"),
        ({"output_config": {"format": {"type": "json_schema"}}}, "output_config.format"),
        (
            {"tools": [tool("f", allowed_callers=["code_execution_20260120"])]},
            "tools.0.allowed_callers",
        ),
        ({"tools": [tool("f"), tool("g", defer_loading=True)]}, "tools.1.defer_loading"),
        ({"tools": [{"type": "bash_20250124", "name": "bash"}]}, "tools.0"),
        ({"messages": [user({"type": "document", "source": {}})]}, "messages.0.content.0"),
        ({"messages": [user(text("a") | {"citations": [{}]})]}, "messages.0.content.0.citations"),
        (
            {"messages": [USER, assistant(call("A")), user(result("A", [{"type": "image"}]))]},
            "messages.2.content.0.content.0",
        ),
        (
            {
                "messages": [
                    USER,
                    assistant(call("A", caller={"type": "code_execution_20260120"})),
                    user(result("A")),
                ]
            },
            "messages.1.content.0.caller",
        ),
        (
            {"messages": [USER, assistant(call("A", toolset_name="t")), user(result("A"))]},
            "messages.1.content.0.toolset_name",
        ),
    ],
)
def test_offline_limits(fields: dict[str, Any], path: str) -> None:
    """What the offline model does not do is refused by name, never answered as if it were done."""
    error = refusal(body(**fields))
    assert error.message.startswith("The offline model does not ")
    assert (error.status, error.type) == (400, "invalid_request_error")
    assert (error.code, error.param) == ("offline_model", path)
    claude.read(body(**fields))  # meant for a real model, it passes


def test_a_container_by_name() -> None:
    """A container without code execution is refused in the API's words, after the conversation."""
    told = "container: Container identifier can only be provided when using the code execution tool"
    assert refusal(body(container="container_x")).message == told
    unpaired = [USER, assistant(call("A")), USER]
    assert "`tool_use` ids" in refusal(body(container="container_x", messages=unpaired)).message
    code = {"type": "code_execution_20260521", "name": "code_execution"}
    assert refusal(body(container="c", tools=[code])).message.startswith(
        "The offline model does not"
    )


def test_beta_fields_offline() -> None:
    """A field that a beta brings does not exist without one, and is refused by name with one."""
    request = body(context_management={"edits": []})
    assert refusal(request).message == "context_management: Extra inputs are not permitted"
    error = refusal(request, betas={"context-management-2025-06-27"})
    assert error.message.startswith("The offline model does not edit the context")


def test_prefill_offline() -> None:
    """Where the model takes a prefill, the offline model says that it does not go on from one."""
    request = body(model="claude-haiku-4-5", messages=[USER, assistant(text("It is"))])
    assert refusal(request, OLD).message.startswith("The offline model does not go on from")


def test_manual_thinking_offline() -> None:
    """Thinking with a budget is refused by name, after the real rules about it."""
    thinking = {"type": "enabled", "budget_tokens": 2000}
    request = body(model="claude-haiku-4-5", thinking=thinking, max_tokens=3000)
    assert refusal(request, OLD).message.startswith("The offline model does not think aloud")


def test_real_fault_before_offline_limit() -> None:
    """A body that the real API refuses gets its words, though the offline model has limits too."""
    request = body(stop_sequences=["END"], messages=[USER, assistant(call("A")), USER])
    assert refusal(request).message.startswith("messages.2: `tool_use` ids")


# --- One rule, two speakers -----------------------------------------------------------------------

NAMES = st.sampled_from("ABC")
SPOKEN = st.one_of(st.builds(call, NAMES), st.builds(text, st.just("x")))
ANSWERED = st.one_of(st.builds(result, NAMES), st.builds(text, st.just("y")))
TALK = st.lists(
    st.one_of(
        st.lists(SPOKEN, max_size=3).map(lambda blocks: assistant(*blocks)),
        st.lists(ANSWERED, min_size=1, max_size=4).map(lambda blocks: user(*blocks)),
    ),
    max_size=4,
)


@settings(max_examples=200, deadline=None)
@given(TALK)
def test_same_verdict_as_the_neutral_rule(talk: list[dict[str, Any]]) -> None:
    """A conversation pairs for this API exactly when its turns break no neutral rule."""
    request = body(messages=[USER, *talk, user(text("end"))])
    ids = [b["id"] for m in talk for b in m["content"] if b["type"] == "tool_use"]
    try:
        claude.read(request)
        told = None
    except ApiError as error:
        told = error.message
    broken = list(violations(turns(request)))
    if len(ids) != len(set(ids)):
        assert "ids must be unique" in str(told)
    else:
        assert (told is None) == (not broken)
