"""Responses requests as conversations."""

from __future__ import annotations

from typing import Any

import pytest

from fanout.conversation import ToolCall, ToolChoice, ToolResult, Turn
from fanout.dialects import chat, responses
from fanout.dialects.chat import offline as chat_offline
from fanout.dialects.errors import ApiError
from fanout.dialects.responses import Stored, offline
from fanout.simulator import profiles

COURSE = profiles.find("gpt-5.2")
USER = {"role": "user", "content": "Weather in Paris and Rome?"}
RESULTS = [
    {"type": "function_call_output", "call_id": "c1", "output": "18"},
    {"type": "function_call_output", "call_id": "c2", "output": "21"},
]


def call(call_id: str, **fields: Any) -> dict[str, Any]:
    """A function call with that call_id."""
    item = {"type": "function_call", "call_id": call_id, "name": "f", "arguments": "{}"}
    return item | fields


CALLS = [call("c1"), call("c2")]
ASKED = tuple(ToolCall(id=i, name="f", arguments="{}") for i in ("c1", "c2"))


def tool(name: str, **fields: Any) -> dict[str, Any]:
    """A function tool of that name."""
    return {"type": "function", "name": name} | fields


def body(**fields: Any) -> dict[str, Any]:
    """A good request, with these fields added or replaced."""
    return {"model": "gpt-5.2", "input": [USER]} | fields


def refusal(request: object, model: str | None = "gpt-5.2") -> ApiError:
    """The error that a request earns from a model."""
    with pytest.raises(ApiError) as caught:
        responses.read(request, profiles.find(model) if model else None)
    return caught.value


def test_text_as_input() -> None:
    """A text is one message of the user; instructions come before it, with no index."""
    said = responses.read(body(input="Weather?", instructions="Be brief."), COURSE)
    assert said.turns == (
        Turn(role="system", text="Be brief.", at=-1),
        Turn(role="user", text="Weather?", at=0),
    )


def test_turns() -> None:
    """What the model wrote is one turn at its first item; each output is a turn with one result."""
    developer = {"type": "message", "role": "developer", "content": "Be kind."}
    thought = {"type": "reasoning", "summary": [], "encrypted_content": "x"}
    message = {"role": "assistant", "content": [{"type": "output_text", "text": "Let me look."}]}
    items = [developer, USER, thought, message, CALLS[0], thought, CALLS[1], *RESULTS]
    said = responses.read(body(input=items), COURSE)
    assert said.turns == (
        Turn(role="system", text="Be kind.", at=0),
        Turn(role="user", text="Weather in Paris and Rome?", at=1),
        Turn(role="assistant", text="Let me look.", calls=ASKED, at=2),
        Turn(role="tool", results=(ToolResult(call_id="c1", content="18"),), at=7),
        Turn(role="tool", results=(ToolResult(call_id="c2", content="21"),), at=8),
    )


def test_calls_one_after_another() -> None:
    """A call after an output belongs to the model's next turn."""
    items = [USER, CALLS[0], RESULTS[0], CALLS[1], RESULTS[1]]
    said = responses.read(body(input=items), COURSE)
    assert [len(turn.calls) for turn in said.turns] == [0, 1, 0, 1, 0]


def test_outputs_stand_behind_their_calls() -> None:
    """An output is read behind the turn that asked for it, wherever it was sent."""
    thanks = {"role": "user", "content": "Thanks"}
    said = responses.read(body(input=[USER, *CALLS, RESULTS[1], thanks, RESULTS[0]]), COURSE)
    assert [turn.role for turn in said.turns] == ["user", "assistant", "tool", "tool", "user"]
    assert [turn.at for turn in said.turns] == [0, 1, 3, 5, 4]


def test_a_call_id_used_again() -> None:
    """Where two turns ask with one id, each output goes to the turn that still waits for it."""
    items = [USER, CALLS[0], RESULTS[0], USER, CALLS[0], RESULTS[0] | {"output": "19"}]
    said = responses.read(body(input=items), COURSE)
    assert [r.content for turn in said.turns for r in turn.results] == ["18", "19"]


def test_outputs_late_for_one_id_used_twice() -> None:
    """Two outputs behind two turns that ask with one id answer both, the later turn first."""
    late = [RESULTS[0], RESULTS[0] | {"output": "19"}]
    said = responses.read(body(input=[CALLS[0], USER, CALLS[0], *late]), COURSE)
    assert [turn.role for turn in said.turns] == ["assistant", "tool", "user", "assistant", "tool"]
    assert [r.content for turn in said.turns for r in turn.results] == ["19", "18"]


def test_parts_are_joined() -> None:
    """The texts of several parts are read as one text, a line each, in outputs too."""
    parts = [{"type": "input_text", "text": "Paris"}, {"type": "input_text", "text": "Rome"}]
    output = RESULTS[0] | {"output": parts}
    items = [{"role": "user", "content": parts}, CALLS[0], output]
    said = responses.read(body(input=items), COURSE)
    assert said.turns[0].text == said.turns[2].results[0].content == "Paris\nRome"


def test_tools() -> None:
    """A flat tool keeps name, description and schema; only an explicit `strict: true` is strict."""
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    closed = schema | {"required": ["a"], "additionalProperties": False}
    offered = [
        tool("f", description="Does f.", parameters=schema),
        tool("g", parameters=closed, strict=True),
        tool("h", parameters=None, strict=None),
    ]
    one, two, three = responses.read(body(tools=offered), COURSE).tools
    assert (one.description, one.parameters, one.strict) == ("Does f.", schema, False)
    assert two.strict
    assert three.parameters == {"type": "object", "properties": {}}


def test_settings() -> None:
    """Model, stream and the limit on output tokens are read."""
    said = responses.read(body(stream=True, max_output_tokens=50), COURSE)
    assert (said.model, said.stream, said.max_tokens) == ("gpt-5.2", True, 50)


ALLOWED = {"type": "allowed_tools", "mode": "required", "tools": [tool("g")]}


@pytest.mark.parametrize(
    ("value", "choice", "offered"),
    [
        (None, ToolChoice(), ["f", "g"]),
        ("auto", ToolChoice(mode="auto"), ["f", "g"]),
        ("none", ToolChoice(mode="none"), []),
        ("required", ToolChoice(mode="required"), ["f", "g"]),
        (tool("g"), ToolChoice(mode="required", names=("g",), forced=True), ["g"]),
        (ALLOWED, ToolChoice(mode="required", names=("g",)), ["g"]),
    ],
)
def test_tool_choice(value: object, choice: ToolChoice, offered: list[str]) -> None:
    """Each form of tool_choice limits what the model may ask for."""
    said = responses.read(body(tools=[tool("f"), tool("g")], tool_choice=value), COURSE)
    assert said.choice == choice
    assert [t.name for t in said.offered()] == offered


@pytest.mark.parametrize(
    ("model", "fields", "parallel"),
    [
        ("gpt-5.2", {}, True),
        ("gpt-5.2", {"parallel_tool_calls": None}, True),
        ("gpt-5.2", {"parallel_tool_calls": False}, False),
        ("gpt-5", {"reasoning": {"effort": "minimal"}}, False),
        ("gpt-5-pro", {}, False),
        ("o3", {"parallel_tool_calls": True}, False),
    ],
)
def test_parallel(model: str, fields: dict[str, Any], parallel: bool) -> None:
    """Parallel calls are on unless the request, the effort or the model turns them off."""
    request = body(model=model, tools=[tool("f")], **fields)
    assert responses.read(request, profiles.find(model)).parallel is parallel


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"background": True}, "background"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"prompt": {"id": "pmpt_1"}}, "prompt"),
        ({"moderation": {"model": "m"}}, "moderation"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"include": ["message.output_text.logprobs"]}, "include"),
        ({"text": {"format": {"type": "json_schema", "name": "a"}}}, "text.format"),
        ({"tools": [{"type": "web_search"}]}, "tools[0]"),
        ({"tools": [{"type": "custom", "name": "c"}]}, "tools[0]"),
        ({"tools": [{"type": "mcp", "server_label": "s"}]}, "tools[0]"),
        ({"tools": [tool("f", **{"async": True})]}, "tools[0].async"),
        (
            {"input": [{"role": "user", "content": [{"type": "input_image"}]}]},
            "input[0].content[0]",
        ),
        ({"input": [USER, {"type": "web_search_call", "id": "ws_1"}]}, "input[1]"),
        (
            {"input": [USER, CALLS[0], RESULTS[0] | {"output": [{"type": "input_file"}]}]},
            "input[2].output[0]",
        ),
    ],
)
def test_offline_limits(fields: dict[str, Any], param: str) -> None:
    """What the offline model does not do is refused by name, never answered as if it were done."""
    error = refusal(body(**fields))
    assert error.message.startswith("The offline model does not ")
    assert (error.status, error.code, error.param) == (400, "offline_model", param)
    responses.read(body(**fields))  # meant for a real model, it passes


def test_one_code_for_both_apis() -> None:
    """Chat Completions and Responses mark such a refusal with the same code."""
    assert offline.CODE == chat_offline.CODE


@pytest.mark.parametrize(
    "fields",
    [
        {"background": False, "text": {"format": {"type": "text"}, "verbosity": "low"}},
        {"include": ["reasoning.encrypted_content"], "top_logprobs": 0, "max_tool_calls": 3},
        {"metadata": {"a": "b"}, "user": "u", "truncation": "auto", "service_tier": "flex"},
        {"reasoning": {"effort": "low", "summary": "auto"}, "prompt_cache_key": "k"},
        {"stream": True, "stream_options": {"include_obfuscation": False}},
    ],
)
def test_idle_settings(fields: dict[str, Any]) -> None:
    """A setting at its idle value, or without a visible effect, is accepted."""
    assert responses.read(body(**fields), COURSE).turns


def test_real_fault_before_offline_limit() -> None:
    """A body that the real API refuses gets its words, though the offline model has limits too."""
    error = refusal(body(background=True, input=[USER, CALLS[0]]))
    assert error.message == "No tool output found for function call c1."


def test_pairing_fault_keeps_the_conversation() -> None:
    """A refused request still says what it said, so that it can be drawn and judged."""
    error = refusal(body(input=[USER, *CALLS, RESULTS[0]]))
    assert error.conversation is not None
    assert error.conversation.turns[1].calls == ASKED
    assert refusal(body(truncation="x")).conversation is None


def test_schema_layer_before_pairing() -> None:
    """A wrong type in a late item is told before a call that has no output."""
    error = refusal(body(input=[USER, CALLS[0], {"role": "user", "content": 3}]))
    assert (error.param, error.code) == ("input[2].content", "invalid_type")


def test_model_before_pairing() -> None:
    """A setting that the model refuses is told before a call that has no output."""
    error = refusal(body(model="gpt-5", temperature=0.2, input=[USER, CALLS[0]]), "gpt-5")
    assert error.param == "temperature"


def test_chat_body_is_told_where_it_belongs() -> None:
    """A Chat Completions body sent here earns the sentence that names the new field."""
    request = {"model": "gpt-5.2", "messages": [USER], "input": "x"}
    assert "has moved to 'input'" in refusal(request).message
    assert chat.read({"model": "gpt-5.2", "messages": [USER]}, COURSE).turns


def test_spelling() -> None:
    """A field two letters off is suggested, one that is there already or further off is not."""
    assert refusal(body(usr=1)).message == "Unknown parameter: 'usr'. Did you mean 'user'?"
    assert refusal(body(inpu=1)).message == "Unknown parameter: 'inpu'."
    assert refusal(body(st=1)).message == "Unknown parameter: 'st'."
    error = refusal(body(stre=1))
    assert error.message == "Unknown parameter: 'stre'. Did you mean 'store' or 'stream'?"


def test_another_servers_field() -> None:
    """A field that only another server has passes where the model is not ours."""
    assert refusal(body(num_ctx=4096)).code == "unknown_parameter"
    assert responses.read(body(num_ctx=4096)).model == "gpt-5.2"


def test_long_unknown_field() -> None:
    """A field with a very long name is answered at once."""
    assert refusal(body(**{"x" * 1_000_000: 1})).code == "unknown_parameter"


def test_status_of_an_item() -> None:
    """An item says one of three statuses, or none; null is none."""
    for status in ("in_progress", "completed", "incomplete", None):
        responses.read(body(input=[USER, CALLS[0] | {"status": status}, RESULTS[0]]), COURSE)
    error = refusal(body(input=[USER, CALLS[0] | {"status": "done"}, RESULTS[0]]))
    assert (error.code, error.param) == ("invalid_value", "input[1].status")


def test_item_without_a_type() -> None:
    """An object with an id alone is a reference; anything else without a type is a message."""
    assert refusal(body(input=[{"id": "rs_1"}])).message == "Item with id 'rs_1' not found."
    assert "'assistant', 'system'" in refusal(body(input=[{"call_id": "c1"}])).message


def test_without_a_memory_to_look_in() -> None:
    """Without rules and memory, outputs of calls in an earlier response are not called stray."""
    request = body(input=RESULTS, previous_response_id="resp_1")
    assert len(responses.read(request).turns) == 2
    assert refusal(request).code == "previous_response_not_found"
    unanswered = body(input=[*RESULTS, call("c3")], previous_response_id="resp_1")
    assert refusal(unanswered, None).message == "No tool output found for function call c3."


def test_the_id_of_an_item_is_no_response() -> None:
    """An item's id finds its response in the memory, but cannot be gone on from."""
    memory: dict[str, Stored] = {}
    written = {"id": "resp_1", "output": [call("c1", id="fc_1")]}
    responses.remember(memory, body(), written)
    assert set(memory) == {"resp_1", "fc_1"}
    with pytest.raises(ApiError) as caught:
        responses.read(body(previous_response_id="fc_1"), COURSE, memory)
    assert caught.value.code == "previous_response_not_found"


@pytest.mark.parametrize("key", ["", "Bearer", "Basic OnNr", None])
def test_no_key(key: str | None) -> None:
    """Without a bearer key in the header, the request is refused in the words of Responses."""
    with pytest.raises(ApiError) as caught:
        responses.read_key(key)
    assert caught.value.message == "Missing bearer or basic authentication in header"
    assert responses.read_key("Bearer k") == "k"


@pytest.mark.parametrize(
    ("request_body", "message"),
    [
        ({"input": "x"}, "Missing required parameter: 'model'."),
        (
            {"model": 3, "input": "x"},
            "Invalid type for 'model': expected a string, but got an integer instead.",
        ),
        ([], "We could not parse the JSON body"),
    ],
)
def test_no_model(request_body: object, message: str) -> None:
    """A body without a model is refused before its rules are looked up."""
    with pytest.raises(ApiError) as caught:
        responses.model_of(request_body)
    assert caught.value.message.startswith(message)
