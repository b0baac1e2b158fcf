"""The shorthand in which the cases write their requests, spelled out."""

from __future__ import annotations

from typing import Any

SAID = {
    "user": "What is the weather in Paris and Rome?",
    "system": "Answer in one sentence.",
}


def build(short: dict[str, Any]) -> dict[str, Any]:
    """The body of a request that is written in the shorthand of the data files."""
    body = {"model": "gpt-5.2", "messages": ["user"]} | short
    return {key: _expand(value, key) for key, value in body.items()}


def _expand(value: Any, key: str) -> Any:
    if isinstance(value, list):
        return [item for entry in value for item in _entries(entry, key)]
    if isinstance(value, dict):
        if "$long" in value:
            return "x" * value["$long"]
        return {k: _expand(v, k) for k, v in value.items()}
    return value


def _entries(entry: Any, key: str) -> list[Any]:
    if isinstance(entry, str) and key == "messages":
        return [_message(*entry.split())]
    if isinstance(entry, str) and key == "tools":
        return [_tool(entry)]
    if isinstance(entry, dict) and "$many" in entry:
        return [_numbered(entry["of"], i) for i in range(entry["$many"])]
    return [_expand(entry, "")]


def _message(word: str, *ids: str) -> dict[str, Any]:
    match word:
        case "calls":
            calls = [_call(name) for name in ids]
            return {"role": "assistant", "content": None, "tool_calls": calls}
        case "result":
            return {"role": "tool", "tool_call_id": f"call_{ids[0]}", "content": "18 degrees"}
    return {"role": word, "content": SAID[word]}


def _call(name: str) -> dict[str, Any]:
    function = {"name": "get_weather", "arguments": f'{{"city": "{name}"}}'}
    return {"id": f"call_{name}", "type": "function", "function": function}


def _tool(name: str) -> dict[str, Any]:
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}}
    function = {"name": name, "description": "Look it up for a city.", "parameters": parameters}
    return {"type": "function", "function": function}


def _numbered(value: Any, i: int) -> Any:
    if isinstance(value, dict):
        return {k: _numbered(v, i) for k, v in value.items()}
    return value.replace("#", str(i)) if isinstance(value, str) else value
