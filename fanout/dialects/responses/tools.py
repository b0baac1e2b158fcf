"""The tools of a Responses request, and which of them the model may or must ask for.

A tool is flat here: `{"type": "function", "name": …, "parameters": …, "strict": …}`. An empty list of
tools is accepted (vllm PR#40399, compared with the API), and so is `tool_choice: "auto"` beside none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fanout.conversation import Tool, ToolChoice
from fanout.dialects import openai_schema as schema
from fanout.dialects.errors import ApiError
from fanout.dialects.keeping import kept_as_json
from fanout.dialects.openai_functions import need_name, need_parameters
from fanout.dialects.responses.items import NAME_LIMIT

TOOLS_LIMIT = 128
# inferred: the lists of types and their order; the members of OpenAI's published document, 2026-08.
TYPES = tuple(
    """
apply_patch code_interpreter computer computer_use_preview custom file_search function
image_generation local_shell mcp namespace programmatic_tool_calling shell tool_search web_search
web_search_2025_08_26 web_search_preview web_search_preview_2025_03_11
""".split()
)
CHOICE_TYPES = tuple(
    """
allowed_tools apply_patch code_interpreter computer computer_use computer_use_preview custom
file_search function image_generation mcp programmatic_tool_calling shell web_search_preview
web_search_preview_2025_03_11
""".split()
)
MODES = ("none", "auto", "required")

_MEMBERS = frozenset(
    "type name description parameters strict async allowed_callers defer_loading output_schema".split()
)
_NOTHING = {"type": "object", "properties": {}}


# --- tools ----------------------------------------------------------------------------------------


def check(value: object, path: str) -> None:
    """Raises where `tools` or one of them has a shape that the API refuses.

    A tool that is no function is checked for its type only; offline.py refuses it.
    """
    _check((value, path))


@kept_as_json
def _check(value_at_path: tuple[object, str]) -> None:
    value, path = value_at_path
    if not isinstance(value, list):
        raise schema.wrong_type(path, "an array of tools", value)
    if len(value) > TOOLS_LIMIT:
        raise schema.array_too_long(path, TOOLS_LIMIT, len(value))
    for i, tool in enumerate(value):
        _check_tool(tool, f"{path}[{i}]")


def _check_tool(value: object, path: str) -> None:
    tool = schema.need_object(value, path)
    kind = schema.need_choice(schema.need(tool, "type", path), f"{path}.type", TYPES)
    if kind != "function":
        return
    name = need_name(schema.need(tool, "name", path), f"{path}.name", NAME_LIMIT)
    for member in tool:
        if member not in _MEMBERS:
            raise schema.unknown(f"{path}.{member}")
    if tool.get("description") is not None:
        schema.need_string(tool["description"], f"{path}.description")
    strict = tool.get("strict")
    if strict is not None:
        schema.need_boolean(strict, f"{path}.strict")
    if tool.get("parameters") is not None:
        # Without `strict` the API falls back where a schema does not fit, so only `true` is strict.
        path = f"{path}.parameters"
        need_parameters(tool["parameters"], path, name=name, strict=strict is True)


def functions(body: Mapping[str, Any]) -> tuple[Tool, ...]:
    """The functions among the tools of a well-formed body.

    A schema stays as it was sent, though the API marks every parameter as required where `strict`
    is left out: what the model is shown is not what was asked for. That is our choice.
    """
    return _functions(listed(body))


@kept_as_json
def _functions(listed: list[dict[str, Any]]) -> tuple[Tool, ...]:
    return tuple(_function(tool) for tool in listed if tool["type"] == "function")


def listed(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tools of a well-formed body; none for null and for no such field."""
    return list(body.get("tools") or ())


def _function(tool: Mapping[str, Any]) -> Tool:
    return Tool(
        name=tool["name"],
        description=tool.get("description") or "",
        parameters=tool.get("parameters") or _NOTHING,
        strict=tool.get("strict") is True,
    )


# --- tool_choice ----------------------------------------------------------------------------------


def check_choice(value: object, path: str) -> None:
    """Raises where `tool_choice` has a form that the API refuses."""
    if isinstance(value, str):
        schema.need_choice(value, path, MODES)
        return
    if not isinstance(value, dict):
        raise schema.wrong_type(path, f"one of an object or {schema.listing(MODES, 'or')}", value)
    kind = schema.need_choice(schema.need(value, "type", path), f"{path}.type", CHOICE_TYPES)
    if kind == "function":
        schema.need_string(schema.need(value, "name", path), f"{path}.name")
    if kind == "allowed_tools":
        mode = schema.need(value, "mode", path)
        schema.need_enum(mode, f"{path}.mode", ("auto", "required"))
        _check_allowed(schema.need(value, "tools", path), f"{path}.tools")


def _check_allowed(value: object, path: str) -> None:
    for i, entry in enumerate(schema.need_objects(value, path)):
        where = f"{path}[{i}]"
        entry = schema.need_object(entry, where)
        if schema.need_string(schema.need(entry, "type", where), f"{where}.type") == "function":
            schema.need_string(schema.need(entry, "name", where), f"{where}.name")


def choice(body: Mapping[str, Any]) -> ToolChoice:
    """The `tool_choice` of a well-formed body; raises where it asks for tools that are not there."""
    value = body.get("tool_choice")
    if value == "required" and not listed(body):
        # Row 21.
        text = "Tool choice 'required' must be specified with 'tools' parameter."
        raise ApiError(text, param="tool_choice")
    if value is None or isinstance(value, str):
        return _mode(value)
    if value["type"] == "allowed_tools":
        names = _declared(body, value["tools"])
        return ToolChoice(mode=_mode(value["mode"]).mode, names=names)
    return ToolChoice(mode="required", names=_declared(body, [value]), forced=True)


def _mode(text: str | None) -> ToolChoice:
    match text:
        case "none":
            return ToolChoice(mode="none")
        case "required":
            return ToolChoice(mode="required")
    return ToolChoice(mode="auto")


def _declared(body: Mapping[str, Any], entries: list[dict[str, Any]]) -> tuple[str, ...]:
    names = {tool.name for tool in functions(body)}
    types = {tool["type"] for tool in listed(body)}
    for entry in entries:
        known = entry["name"] in names if entry["type"] == "function" else entry["type"] in types
        if not known:
            # Row 22. The API names the type, not the function.
            text = f"Tool choice '{entry['type']}' not found in 'tools' parameter."
            raise ApiError(text, param="tool_choice")
    return tuple(entry["name"] for entry in entries if entry["type"] == "function")


# --- What a response says of its tools ------------------------------------------------------------


def echo(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tools as a response repeats them, with `strict` decided.

    "If omitted, Responses attempts to use strict validation when the schema is compatible, and falls
    back to non-strict validation otherwise." -- OpenAI's published document, 2026-08. The guide
    says how: `additionalProperties` becomes false and every property required. Inferred: which
    schemas are compatible; ours are those whose objects do not allow other properties.
    """
    return [_echo(tool) if tool["type"] == "function" else dict(tool) for tool in listed(body)]


def _echo(tool: Mapping[str, Any]) -> dict[str, Any]:
    parameters, strict = tool.get("parameters") or _NOTHING, tool.get("strict")
    if strict is None:
        strict = _compatible(parameters)
        parameters = _required(parameters) if strict else parameters
    return {
        "type": "function",
        "description": tool.get("description"),
        "name": tool["name"],
        "parameters": parameters,
        "strict": strict,
    }


def _compatible(node: Any) -> bool:
    if isinstance(node, list):
        return all(map(_compatible, node))
    if not isinstance(node, dict):
        return True
    is_object = node.get("type") == "object"
    closed = node.get("additionalProperties", False) is False
    return not (is_object and not (closed and "properties" in node)) and all(
        map(_compatible, node.values())
    )


def _required(node: Any) -> Any:
    if isinstance(node, list):
        return [_required(value) for value in node]
    if not isinstance(node, dict):
        return node
    copy = {key: _required(value) for key, value in node.items()}
    if node.get("type") == "object" and isinstance(node.get("properties"), dict):
        copy |= {"additionalProperties": False, "required": list(node["properties"])}
    return copy
