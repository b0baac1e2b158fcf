"""OpenAI's rules for a function on offer: its name, its description and its JSON Schema.

Strategy: one walk over the schema, without recursion, reports the first fault in reading order. In
`strict` mode the API demands more of every object. The words are those of rows 25 and 27 of
conformance/chat.toml; what lies between them (which fault comes first) is our choice.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterator
from typing import Any

from fanout.dialects import openai_schema as schema
from fanout.dialects.errors import ApiError

NAME_PATTERN = "^[a-zA-Z0-9_-]+$"
NAME_LIMIT = 64
DESCRIPTION_LIMIT = 1024
TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")

Context = tuple[str, ...]

_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = 200


def need_name(value: object, path: str, limit: int = NAME_LIMIT) -> str:
    """The value, a name that a function may have (rows 14, 15, 25, 25b)."""
    name = schema.need_string(value, path, limit)
    if not name:
        raise schema.empty_string(path)
    # fullmatch: `$` alone would let a line break at the end pass
    if not re.fullmatch(NAME_PATTERN.strip("^$"), name):
        raise schema.bad_pattern(path, NAME_PATTERN)
    return name


def need_description(value: object, path: str) -> str:
    """The value, a description that a function may have (row 25c); null counts as none."""
    return "" if value is None else schema.need_string(value, path, DESCRIPTION_LIMIT)


def need_parameters(value: object, path: str, *, name: str, strict: bool) -> dict[str, Any]:
    """The value, a JSON Schema that the API takes for the function `name` (rows 27 to 28)."""
    parameters = schema.need_object(value, path)
    fault = _root_fault(parameters) or next(_faults(parameters, strict), None)
    if fault:
        text = f"Invalid schema for function '{name}': {fault}"
        raise ApiError(text, code="invalid_function_parameters", param=path)
    return parameters


def _root_fault(root: dict[str, Any]) -> str | None:
    # inferred: row 27f, whose verbatim reports are of another provider.
    if root.get("type") != "object":
        got = _repr.repr(root.get("type")).strip("'")
        return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{got}\"'."
    if "properties" not in root:
        return "In context=(), object schema missing properties."
    return None


def _faults(root: dict[str, Any], strict: bool) -> Iterator[str]:
    stack: list[tuple[Context, Any]] = [((), root)]
    while stack:
        context, node = stack.pop()
        fault = _node_fault(context, node, strict)
        if fault:
            yield fault
        if isinstance(node, dict):
            stack += reversed(list(_inside(context, node)))


def _node_fault(context: Context, node: object, strict: bool) -> str | None:
    if isinstance(node, bool):
        return None
    if not isinstance(node, dict):
        return f"{_repr.repr(node)} is not of type 'object', 'boolean'."
    fault = _shape_fault(node)
    if fault:
        return fault
    types = node.get("type")
    if _is(types, "array") and "items" not in node and "prefixItems" not in node:
        return f"In context={context!r}, array schema missing items."
    if strict and (_is(types, "object") or "properties" in node):
        return _strict_fault(context, node)
    return None


# inferred: the API validates against the JSON Schema meta-schema and reports in the words of
# Python's `jsonschema` (row 27e); the other keywords below follow that pattern.
_KEYWORDS: tuple[tuple[str, type, str], ...] = (
    ("properties", dict, "object"),
    ("$defs", dict, "object"),
    ("definitions", dict, "object"),
    ("required", list, "array"),
    ("enum", list, "array"),
    ("anyOf", list, "array"),
    ("oneOf", list, "array"),
    ("allOf", list, "array"),
    ("description", str, "string"),
)


def _shape_fault(node: dict[str, Any]) -> str | None:
    for keyword, type_, name in _KEYWORDS:
        if keyword in node and not isinstance(node[keyword], type_):
            return f"{_repr.repr(node[keyword])} is not of type '{name}'."
    for entry in node.get("required", ()):
        if not isinstance(entry, str):
            return f"{_repr.repr(entry)} is not of type 'string'."
    types = node.get("type", "object")
    if not types or any(t not in TYPES for t in _listed(types)):
        return f"{_repr.repr(types)} is not valid under any of the given schemas."
    return None


def _strict_fault(context: Context, node: dict[str, Any]) -> str | None:
    if node.get("additionalProperties") is not False:
        return (
            f"In context={context!r}, 'additionalProperties' is required to be supplied "
            "and to be false."
        )
    required = node.get("required", ())
    absent = next((key for key in node.get("properties", ()) if key not in required), None)
    if absent is None:
        return None
    return (
        f"In context={context!r}, 'required' is required to be supplied and to be an array "
        f"including every key in properties. Missing '{absent}'."
    )


def _inside(context: Context, node: dict[str, Any]) -> Iterator[tuple[Context, Any]]:
    for keyword in ("properties", "$defs", "definitions"):
        if isinstance(node.get(keyword), dict):
            for key, value in node[keyword].items():
                yield (*context, keyword, key), value
    for keyword in ("items", "additionalProperties"):
        if keyword in node:
            yield (*context, keyword), node[keyword]
    for keyword in ("anyOf", "oneOf", "allOf"):
        if isinstance(node.get(keyword), list):
            for i, value in enumerate(node[keyword]):
                yield (*context, keyword, str(i)), value


def _listed(types: object) -> list[Any]:
    return types if isinstance(types, list) else [types]


def _is(types: object, name: str) -> bool:
    return name in _listed(types)
