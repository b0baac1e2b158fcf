"""Plausible wrong ways to carry tool definitions from one provider to the other."""

from __future__ import annotations

from typing import Any

from fanout.checks.exercise import Mistake

Definitions = list[dict[str, Any]]
_EMPTY = {"type": "object", "properties": {}}


def _claude(tool: dict[str, Any], keys: tuple[str, ...] = ("description", "strict")) -> Any:
    """One definition, right except for the keys that are not carried."""
    function = tool["function"]
    carried = {"name": function["name"], "input_schema": function.get("parameters") or _EMPTY}
    return carried | {k: function[k] for k in keys if function.get(k) is not None}


def _openai(tool: dict[str, Any], keys: tuple[str, ...] = ("description", "strict")) -> Any:
    function = {"name": tool["name"], "parameters": tool["input_schema"]}
    return {"type": "function", "function": function | {k: tool[k] for k in keys if k in tool}}


def _own(tools: Definitions) -> Definitions:
    if any(tool.get("type", "custom") != "custom" for tool in tools):
        raise ValueError("One of the tools runs at Anthropic.")
    return tools


# --- to_claude ------------------------------------------------------------------------------------


def sent_as_they_are(tools: Definitions) -> Any:
    """Takes a tool for a tool."""
    return tools


def unwrapped_only(tools: Definitions) -> Any:
    """Takes the envelope off and leaves the old name of the schema."""
    return [{key: v for key, v in tool["function"].items() if v is not None} for tool in tools]


def type_kept(tools: Definitions) -> Any:
    """Carries OpenAI's type along."""
    return [{"type": "function", **_claude(tool)} for tool in tools]


def properties_only(tools: Definitions) -> Any:
    """Takes the properties for the schema."""
    found = [(_claude(tool), tool["function"].get("parameters") or _EMPTY) for tool in tools]
    return [one | {"input_schema": schema["properties"]} for one, schema in found]


def parameters_expected(tools: Definitions) -> Any:
    """Writes an empty dict where a tool has no parameters."""
    given = [(_claude(tool), tool["function"].get("parameters", {})) for tool in tools]
    return [one | {"input_schema": schema} for one, schema in given]


def strict_lost(tools: Definitions) -> Any:
    """Carries the three fields that every tutorial shows."""
    return [_claude(tool, ("description",)) for tool in tools]


def false_dropped(tools: Definitions) -> Any:
    """Takes a False for nothing."""
    return [{k: v for k, v in _claude(tool).items() if v is not False} for tool in tools]


def renamed_in_place(tools: Definitions) -> Any:
    """Renames the schema inside the definitions that it was given."""
    for tool in tools:
        function = tool["function"]
        function["input_schema"] = function.pop("parameters", None) or _EMPTY
    return [{k: v for k, v in tool["function"].items() if v is not None} for tool in tools]


def none_for_a_schema(tools: Definitions) -> Any:
    """Gives `get` a default, which a key with None does not use."""
    return [
        _claude(tool) | {"input_schema": tool["function"].get("parameters", _EMPTY)}
        for tool in tools
    ]


def popped_in_place(tools: Definitions) -> Any:
    """Takes the schema out of the definitions that it was given."""
    for tool in _own(tools):
        tool["parameters"] = tool.pop("input_schema")
    keys = ("name", "description", "parameters", "strict")
    return [
        {"type": "function", "function": {k: tool[k] for k in keys if k in tool}} for tool in tools
    ]


def none_sent(tools: Definitions) -> Any:
    """Sends None for a description that is not there."""
    return [_claude(tool) | {"description": tool["function"].get("description")} for tool in tools]


def first_tool_only(tools: Definitions) -> Any:
    """Carries one tool."""
    return [_claude(tools[0])]


# --- to_openai ------------------------------------------------------------------------------------


def no_envelope(tools: Definitions) -> Any:
    """Writes the flat form, which is that of the Responses API."""
    return [{"type": "function", **_openai(tool)["function"]} for tool in _own(tools)]


def schema_not_renamed(tools: Definitions) -> Any:
    """Puts the definition into the envelope as it is."""
    return [{"type": "function", "function": tool} for tool in _own(tools)]


def everything_dragged_along(tools: Definitions) -> Any:
    """Renames the schema and takes all other fields with it."""
    carried = []
    for tool in _own(tools):
        rest = {key: tool[key] for key in tool if key not in ("input_schema", "type")}
        function = {**rest, "parameters": tool["input_schema"]}
        carried.append({"type": "function", "function": function})
    return carried


def strict_outside(tools: Definitions) -> Any:
    """Puts strict beside the envelope."""
    strict = [{"strict": tool["strict"]} if "strict" in tool else {} for tool in _own(tools)]
    pairs = zip(tools, strict, strict=True)
    return [_openai(tool, ("description",)) | outside for tool, outside in pairs]


def server_tool_dropped(tools: Definitions) -> Any:
    """Leaves out in silence what it cannot carry."""
    return [_openai(tool) for tool in tools if "input_schema" in tool]


def server_tool_made_up(tools: Definitions) -> Any:
    """Invents a schema for a tool that runs elsewhere."""
    return [_openai({"input_schema": _EMPTY} | tool) for tool in tools]


TOOL_MISTAKES = tuple(
    Mistake(exercise=exercise, name=name, fails=fails, function=function)
    for exercise, name, fails, function in (
        ("to_claude", "sent as they are", "gives Claude's API what it takes", sent_as_they_are),
        ("to_claude", "unwrapped only", "carries each schema under its new name", unwrapped_only),
        ("to_claude", "type kept", "gives Claude's API what it takes", type_kept),
        ("to_claude", "properties only", "carries each schema under its new name", properties_only),
        (
            "to_claude",
            "empty dict for no parameters",
            "gives a tool without parameters an empty schema",
            parameters_expected,
        ),
        (
            "to_claude",
            "None for a schema",
            "gives a tool without parameters an empty schema",
            none_for_a_schema,
        ),
        (
            "to_claude",
            "renamed in place",
            "leaves the tools that it was given as they are",
            renamed_in_place,
        ),
        (
            "to_openai",
            "popped in place",
            "leaves the tools that it was given as they are",
            popped_in_place,
        ),
        ("to_claude", "strict lost", "carries strict", strict_lost),
        ("to_claude", "False dropped", "carries strict", false_dropped),
        ("to_claude", "None for nothing", "gives Claude's API what it takes", none_sent),
        (
            "to_claude",
            "first tool only",
            "carries names and descriptions, in order",
            first_tool_only,
        ),
        (
            "to_openai",
            "no envelope",
            "puts name and description into the envelope",
            no_envelope,
        ),
        (
            "to_openai",
            "schema not renamed",
            "carries each schema under its new name",
            schema_not_renamed,
        ),
        (
            "to_openai",
            "everything dragged along",
            "sends along only what OpenAI knows",
            everything_dragged_along,
        ),
        ("to_openai", "strict outside", "carries strict", strict_outside),
        (
            "to_openai",
            "server tool dropped",
            "raises ValueError for a tool that runs at Anthropic",
            server_tool_dropped,
        ),
        (
            "to_openai",
            "server tool made up",
            "raises ValueError for a tool that runs at Anthropic",
            server_tool_made_up,
        ),
    )
)
