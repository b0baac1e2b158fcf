"""The tools of a Messages request, and which of them the model may or must ask for.

Strategy: a tool's `type` decides what it is. Without one, or with `custom`, it is a tool of one's
own, checked here; the others run at Anthropic or follow its own contracts and are only named; see
offline.py. Fields are looked at in the order name, description, input_schema, the rest, then fields
that do not exist; that order is our choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fanout.conversation import Tool, ToolChoice
from fanout.dialects.claude import schema
from fanout.dialects.claude.blocks import CALLERS
from fanout.dialects.claude.schema import fault, join
from fanout.dialects.errors import ApiError
from fanout.dialects.keeping import kept_as_json

NAME_PATTERN = "^[a-zA-Z0-9_-]{1,128}$"
NAME_LIMIT = 128

# The tools of the SDK's ToolUnionParam (anthropic 2.11.0), sorted.
# -- verbatim with a shorter list: reports of 2025 and 2026 (request id req_011CX5FjGExM2D68me1U5ZuL)
TAGS = (
    *("bash_20250124", "browser_toolset_20260801", "code_execution_20250522"),
    *("code_execution_20250825", "code_execution_20260120", "code_execution_20260521"),
    *("computer_toolset_20260801", "custom", "memory_20250818", "text_editor_20250124"),
    *("text_editor_20250429", "text_editor_20250728", "tool_search_tool_bm25_20251119"),
    *("tool_search_tool_regex_20251119", "web_fetch_20250910", "web_fetch_20260209"),
    *("web_fetch_20260309", "web_fetch_20260318", "web_search_20250305"),
    *("web_search_20260209", "web_search_20260318"),
)

_NULLABLE = "eager_input_streaming"
_FLAGS = ("strict", "defer_loading", _NULLABLE)
_LISTS = ("allowed_callers", "input_examples")
_FIELDS = ("type", "name", "description", "input_schema", "cache_control", *_FLAGS, *_LISTS)

TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
COMBINERS = ("oneOf", "allOf", "anyOf")


# --- tools ----------------------------------------------------------------------------------------


def is_custom(tool: dict[str, Any]) -> bool:
    """Whether a tool is one of one's own; null as its type counts as none."""
    return tool.get("type") in (None, "custom")


def check(body: dict[str, Any]) -> tuple[Tool, ...]:
    """The tools of one's own in a body; raises where the API would refuse one."""
    return _tools(body["tools"]) if "tools" in body else ()


@kept_as_json
def _tools(value: object) -> tuple[Tool, ...]:
    items = schema.need_list(value, "tools")
    for i, item in enumerate(items):
        _check_tool(item, f"tools.{i}")
    names = [item.get("name") for item in items]
    if any(name is not None and name in names[:i] for i, name in enumerate(names)):
        raise fault("tools", "Tool names must be unique.")  # row b3
    if items and all(item.get("defer_loading") for item in items):
        raise ApiError("All tools have defer_loading: true")  # row b16
    return tuple(_tool(item) for item in items if is_custom(item))


def _tool(tool: dict[str, Any]) -> Tool:
    return Tool(
        name=tool["name"],
        description=tool.get("description") or "",
        parameters=tool["input_schema"],
        strict=bool(tool.get("strict")),
    )


def _check_tool(value: object, path: str) -> None:
    tool = schema.need_object(value, path)
    if not is_custom(tool):
        schema.need_tag(tool, path, TAGS)
        return
    path = join(path, "custom")
    _check_name(schema.need(tool, "name", path), join(path, "name"))
    if "description" in tool:
        schema.need_string(tool["description"], join(path, "description"))
    parameters = schema.need(tool, "input_schema", path)
    _check_schema(parameters, join(path, "input_schema"))
    _check_rest(tool, path)
    if tool.get("strict") and any(map(_open, _nodes(parameters))):  # row b5
        text = "For 'object' type, 'additionalProperties' must be explicitly set to false"
        raise fault(path, text)


def _check_name(value: object, path: str) -> None:
    schema.need_string(value, path, 1, NAME_LIMIT)  # row b2
    schema.need_match(value, path, NAME_PATTERN)  # row b1


def _check_rest(tool: dict[str, Any], path: str) -> None:
    for flag in _FLAGS:
        if flag in tool and (tool[flag] is not None or flag != _NULLABLE):
            schema.need_boolean(tool[flag], join(path, flag))
    for caller in schema.need_list(tool.get("allowed_callers", []), join(path, "allowed_callers")):
        schema.need_choice(caller, join(path, "allowed_callers"), CALLERS)
    examples = join(path, "input_examples")
    for i, example in enumerate(schema.need_list(tool.get("input_examples", []), examples)):
        schema.need_object(example, join(examples, i))
    schema.need_cache_control(tool, path)
    schema.only(tool, _FIELDS, path)  # row b6


# --- input_schema ---------------------------------------------------------------------------------


def _check_schema(value: object, path: str) -> None:
    root = schema.need_object(value, path)
    kind = schema.need(root, "type", path)  # -- verbatim: reports to 2026, as mem-router and others
    if kind != "object":
        raise fault(join(path, "type"), "Input should be 'object'")
    if any(name in root for name in COMBINERS):
        # -- verbatim: many reports, 2025-06 to 2026-08
        text = "input_schema does not support oneOf, allOf, or anyOf at the top level"
        raise fault(path, text)
    if not all(map(_sound, _nodes(root))):
        # -- verbatim: liuw1535/antigravity2api-nodejs#71 (2025-12). inferred: what is found unsound
        text = (
            "JSON schema is invalid. It must match JSON Schema draft 2020-12 "
            "(https://json-schema.org/draft/2020-12). Learn more about tool use at "
            "https://docs.claude.com/en/docs/tool-use."
        )
        raise fault(path, text)


def _nodes(root: object) -> Iterator[object]:
    """A schema and every schema inside it, without recursion."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, dict):
            stack += _inside(node)


def _inside(node: dict[str, Any]) -> Iterator[object]:
    for keyword in ("properties", "$defs", "definitions"):
        if isinstance(node.get(keyword), dict):
            yield from node[keyword].values()
    for keyword in ("items", "additionalProperties", "not"):
        if keyword in node:
            yield node[keyword]
    for keyword in (*COMBINERS, "prefixItems"):
        if isinstance(node.get(keyword), list):
            yield from node[keyword]


_KEYWORDS: tuple[tuple[str, type], ...] = (
    *(("properties", dict), ("$defs", dict), ("definitions", dict), ("required", list)),
    *(("enum", list), ("anyOf", list), ("oneOf", list), ("allOf", list), ("description", str)),
)


def _sound(node: object) -> bool:
    if isinstance(node, bool):
        return True
    if not isinstance(node, dict):
        return False
    if any(keyword in node and not isinstance(node[keyword], t) for keyword, t in _KEYWORDS):
        return False
    types = node.get("type", "object")
    listed = types if isinstance(types, list) else [types]
    return bool(listed) and all(isinstance(t, str) and t in TYPES for t in listed) and _names(node)


def _names(node: dict[str, Any]) -> bool:
    return all(isinstance(name, str) for name in node.get("required", ()))


def _open(node: object) -> bool:
    """An object schema that does not forbid further properties."""
    if not isinstance(node, dict):
        return False
    is_object = node.get("type") == "object" or "properties" in node
    return is_object and node.get("additionalProperties") is not False


# --- tool_choice ----------------------------------------------------------------------------------

CHOICES: dict[str, tuple[str, ...]] = {
    "auto": ("type", "disable_parallel_tool_use"),
    "any": ("type", "disable_parallel_tool_use"),
    "tool": ("type", "name", "disable_parallel_tool_use"),
    "none": ("type",),
}
"""The forms of `tool_choice`, each with its fields, in the order in which the API lists them."""


def check_choice(body: dict[str, Any]) -> None:
    """Raises where `tool_choice` has not the shape of any of its forms (rows b7 to b9, b13)."""
    if "tool_choice" not in body:
        return
    value = body["tool_choice"]
    kind = schema.need_tag(value, "tool_choice", CHOICES)
    path = join("tool_choice", kind)
    if kind == "tool":
        schema.need_string(schema.need(value, "name", path), join(path, "name"))
    schema.only(value, CHOICES[kind], path)
    if "disable_parallel_tool_use" in value:
        name = "disable_parallel_tool_use"
        schema.need_boolean(value[name], join(path, name))


def choice(body: dict[str, Any]) -> ToolChoice:
    """The `tool_choice` of a body; raises where it asks for a tool that is not there."""
    value = body.get("tool_choice") or {"type": "auto"}
    names = [tool.get("name") for tool in body.get("tools", ())]
    match value["type"]:
        case "any":
            if not names:  # row b11
                raise ApiError("tool_choice.any may only be specified while providing tools")
            return ToolChoice(mode="required")
        case "tool":
            if value["name"] not in names:  # row b10
                raise ApiError(f"Tool '{value['name']}' not found in provided tools")
            return ToolChoice(mode="required", names=(value["name"],), forced=True)
        case "none":
            return ToolChoice(mode="none")
    return ToolChoice(mode="auto")


def parallel(body: dict[str, Any]) -> bool:
    """Whether the request lets a reply hold several calls.

    "Must be set on the request that returns `tool_use`": the switch is about the next reply alone.
    """
    return not (body.get("tool_choice") or {}).get("disable_parallel_tool_use", False)


def eager(body: dict[str, Any]) -> frozenset[str]:
    """The tools whose arguments are streamed as they are written, not value by value."""
    tools = (tool for tool in body.get("tools", ()) if tool.get("eager_input_streaming"))
    return frozenset(tool["name"] for tool in tools if "name" in tool)
