"""The tools of a Chat Completions request, and which of them the model may or must ask for."""

from __future__ import annotations

from typing import Any

from fanout.conversation import Tool, ToolChoice
from fanout.dialects import openai_schema as schema
from fanout.dialects.errors import ApiError
from fanout.dialects.keeping import kept_as_json
from fanout.dialects.openai_functions import need_description, need_name, need_parameters

TOOLS_LIMIT = 128
MODES = ("none", "auto", "required")
CHOICE_TYPES = ("function", "custom", "allowed_tools")


# --- tools ----------------------------------------------------------------------------------------


def check(body: dict[str, Any]) -> tuple[Tool, ...]:
    """The function tools of a body; raises where the API would refuse one.

    Two functions of one name are not refused (row 25d). A custom tool is checked for its type only
    and left out; see offline.py.
    """
    if "tools" not in body:
        return ()
    return _tools(body["tools"])


@kept_as_json
def _tools(value: object) -> tuple[Tool, ...]:
    items = schema.need_objects(value, "tools", TOOLS_LIMIT)
    read = (_tool(item, f"tools[{i}]") for i, item in enumerate(items))
    return tuple(tool for tool in read if tool is not None)


def _tool(value: object, path: str) -> Tool | None:
    tool = schema.need_object(value, path)
    kind = schema.need(tool, "type", path)
    if schema.need_choice(kind, f"{path}.type", ("function", "custom")) == "custom":
        return None
    path = f"{path}.function"
    function = schema.need_object(schema.need(tool, "function", path[: -len(".function")]), path)
    name = need_name(schema.need(function, "name", path), f"{path}.name")
    description = need_description(function.get("description"), f"{path}.description")
    strict = _strict(function.get("strict"), f"{path}.strict")
    return Tool(
        name=name,
        description=description,
        parameters=_parameters(function, path, name, strict),
        strict=strict,
    )


def _strict(value: object, path: str) -> bool:
    return False if value is None else schema.need_boolean(value, path)


def _parameters(function: dict[str, Any], path: str, name: str, strict: bool) -> dict[str, Any]:
    # "Omitting `parameters` defines a function with an empty parameter list." -- API reference
    if "parameters" not in function:
        return {"type": "object", "properties": {}}
    return need_parameters(function["parameters"], f"{path}.parameters", name=name, strict=strict)


# --- parallel_tool_calls and tool_choice ----------------------------------------------------------


def check_parallel(body: dict[str, Any]) -> None:
    """Raises where `parallel_tool_calls` is no boolean, or stands without tools (row 18)."""
    if "parallel_tool_calls" in body:
        schema.need_boolean(body["parallel_tool_calls"], "parallel_tool_calls")
        _only_with_tools("parallel_tool_calls", body)


def choice(body: dict[str, Any], tools: tuple[Tool, ...]) -> ToolChoice:
    """The `tool_choice` of a body, in any of its forms; raises where the API would refuse it."""
    if "tool_choice" not in body:
        return ToolChoice(mode="auto")
    value = body["tool_choice"]
    _check_form(value)
    _only_with_tools("tool_choice", body)
    if isinstance(value, str):
        return _mode(value)
    if value["type"] == "custom":
        return ToolChoice(mode="required", names=(), forced=True)
    if value["type"] == "function":
        return ToolChoice(mode="required", names=(_forced(value, tools),), forced=True)
    allowed = value["allowed_tools"]
    mode = _mode(allowed["mode"]).mode
    return ToolChoice(mode=mode, names=_declared(allowed["tools"], tools))


def _forced(value: dict[str, Any], tools: tuple[Tool, ...]) -> str:
    name: str = value["function"]["name"]
    if name not in {tool.name for tool in tools}:
        # Row 22b: the API speaks of the older fields.
        text = (
            f"Invalid value for 'function_call': no function named '{name}' was specified in the "
            "'functions' parameter."
        )
        raise ApiError(text, param="function_call")
    return name


def _mode(text: str) -> ToolChoice:
    match text:
        case "none":
            return ToolChoice(mode="none")
        case "required":
            return ToolChoice(mode="required")
    return ToolChoice(mode="auto")


def _check_form(value: object) -> None:
    """Row 23. Of most objects that are none of the forms the API says what `function` lacks."""
    if isinstance(value, str):
        schema.need_choice(value, "tool_choice", MODES)
        return
    if not isinstance(value, dict):
        expected = f"one of one of {schema.listing(MODES, 'or')} or object"
        raise schema.wrong_type("tool_choice", expected, value)
    if value.get("type") == "allowed_tools":
        _check_allowed(value)
    elif value.get("type") == "function" and "function" not in value:
        raise ApiError(_FORM_OF_RESPONSES)
    else:
        _check_named(value, "tool_choice")


_FORM_OF_RESPONSES = (
    "'$.tool_choice' is invalid. Please check the API reference: "
    "https://platform.openai.com/docs/api-reference."
)


def _check_named(value: dict[str, Any], path: str) -> None:
    """An object that names one tool."""
    kind = "custom" if value.get("type") == "custom" else "function"
    inner = schema.need_object(schema.need(value, kind, path), f"{path}.{kind}")
    schema.need_string(schema.need(inner, "name", f"{path}.{kind}"), f"{path}.{kind}.name")
    # inferred: that the type is looked at last
    schema.need_choice(schema.need(value, "type", path), f"{path}.type", CHOICE_TYPES)


def _check_allowed(value: dict[str, Any]) -> None:
    # inferred: the words, after those of the other form
    path = "tool_choice.allowed_tools"
    allowed = schema.need_object(schema.need(value, "allowed_tools", "tool_choice"), path)
    schema.need_choice(schema.need(allowed, "mode", path), f"{path}.mode", ("auto", "required"))
    entries = schema.need(allowed, "tools", path)
    if not isinstance(entries, list):
        raise schema.wrong_type(f"{path}.tools", "an array of objects", entries)
    for i, entry in enumerate(entries):
        where = f"{path}.tools[{i}]"
        _check_named(schema.need_object(entry, where), where)
        schema.need_choice(entry["type"], f"{where}.type", CHOICE_TYPES[:2])


def _declared(entries: list[dict[str, Any]], tools: tuple[Tool, ...]) -> tuple[str, ...]:
    known = {tool.name for tool in tools}
    names = tuple(e["function"]["name"] for e in entries if e["type"] == "function")
    for name in names:
        if name not in known:
            # inferred: Chat's own text was not found; this is that of Responses.
            text = f"Tool choice '{name}' not found in 'tools' parameter."
            raise ApiError(text, param="tool_choice")
    return names


def _only_with_tools(field: str, body: dict[str, Any]) -> None:
    if "tools" not in body:
        text = f"Invalid value for '{field}': '{field}' is only allowed when 'tools' are specified."
        raise ApiError(text, param=field)  # inferred: the code of row 20
