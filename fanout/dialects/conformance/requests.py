"""The shorthand in which the cases write their requests, spelled out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SAID = {
    "user": "What is the weather in Paris and Rome?",
    "system": "Answer in one sentence.",
}

Spell = Callable[[str], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Shorthand:
    """How the data file of one API abbreviates."""

    body: Mapping[str, Any]
    """What a request says where the file says nothing."""
    words: Mapping[str, Spell]
    """For a list of that name: what a text in it stands for."""


def build(short: Mapping[str, Any], api: str = "chat") -> dict[str, Any]:
    """The body of a request that is written in the shorthand of the data files."""
    shorthand = SHORTHANDS[api]
    return spell({**shorthand.body, **short}, api)


def spell(short: Mapping[str, Any], api: str) -> dict[str, Any]:
    """An object of the data files with its words spelled out, and nothing added."""
    words = SHORTHANDS[api].words
    return {key: _expand(value, key, words) for key, value in short.items()}


def _expand(value: Any, key: str, words: Mapping[str, Spell]) -> Any:
    if isinstance(value, list):
        return [item for entry in value for item in _entries(entry, key, words)]
    if isinstance(value, dict):
        if "$long" in value:
            return "x" * value["$long"]
        return {k: _expand(v, k, words) for k, v in value.items()}
    return value


def _entries(entry: Any, key: str, words: Mapping[str, Spell]) -> list[Any]:
    if isinstance(entry, str) and key in words:
        return [words[key](entry)]
    if isinstance(entry, dict) and "$many" in entry:
        return [_numbered(entry["of"], i) for i in range(entry["$many"])]
    return [_expand(entry, "", words)]


def _numbered(value: Any, i: int) -> Any:
    if isinstance(value, dict):
        return {k: _numbered(v, i) for k, v in value.items()}
    return value.replace("#", str(i)) if isinstance(value, str) else value


_DESCRIPTION = "Look it up for a city."
_PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}


# --- Chat Completions -----------------------------------------------------------------------------


def _chat_message(text: str) -> dict[str, Any]:
    word, *ids = text.split()
    match word:
        case "calls":
            calls = [_chat_call(name) for name in ids]
            return {"role": "assistant", "content": None, "tool_calls": calls}
        case "result":
            return {"role": "tool", "tool_call_id": f"call_{ids[0]}", "content": "18 degrees"}
    return {"role": word, "content": SAID[word]}


def _chat_call(name: str) -> dict[str, Any]:
    function = {"name": "get_weather", "arguments": f'{{"city": "{name}"}}'}
    return {"id": f"call_{name}", "type": "function", "function": function}


def _chat_tool(name: str) -> dict[str, Any]:
    function = {"name": name, "description": _DESCRIPTION, "parameters": _PARAMETERS}
    return {"type": "function", "function": function}


# --- Responses ------------------------------------------------------------------------------------


def _responses_item(text: str) -> dict[str, Any]:
    word, *names = text.split()
    name = names[0] if names else ""
    match word:
        case "call" | "fc":
            call = {
                "type": "function_call",
                "call_id": f"call_{name}",
                "name": "get_weather",
                "arguments": f'{{"city":"{name}"}}',
            }
            return call | ({"id": f"fc_{name}"} if word == "fc" else {})
        case "result":
            return {
                "type": "function_call_output",
                "call_id": f"call_{name}",
                "output": "18 degrees",
            }
        case "rs":
            return {"type": "reasoning", "id": f"rs_{name}", "summary": []}
        case "msg":
            part = {"type": "output_text", "text": "18 degrees.", "annotations": []}
            head = {"type": "message", "id": f"msg_{name}", "role": "assistant"}
            return head | {"status": "completed", "content": [part]}
        case "ref":
            return {"type": "item_reference", "id": name}
    return {"role": word, "content": SAID[word]}


def _responses_tool(name: str) -> dict[str, Any]:
    return {
        "type": "function",
        "name": name,
        "description": _DESCRIPTION,
        "parameters": _PARAMETERS,
    }


# --- Messages -------------------------------------------------------------------------------------


def _claude_message(text: str) -> dict[str, Any]:
    word, *names = text.split()
    match word:
        case "calls":
            return {"role": "assistant", "content": [_claude_call(name) for name in names]}
        case "results":
            return {"role": "user", "content": [_claude_result(name) for name in names]}
        case "assistant":
            return {"role": "assistant", "content": "18 degrees."}
    return {"role": word, "content": SAID[word]}


def _claude_call(name: str) -> dict[str, Any]:
    call = {"type": "tool_use", "id": f"toolu_{name}", "name": "get_weather"}
    return call | {"input": {"city": name}}


def _claude_result(name: str) -> dict[str, Any]:
    if name == "text":
        return {"type": "text", "text": "Go on."}
    return {"type": "tool_result", "tool_use_id": f"toolu_{name}", "content": "18 degrees"}


def _claude_tool(name: str) -> dict[str, Any]:
    return {"name": name, "description": _DESCRIPTION, "input_schema": _PARAMETERS}


SHORTHANDS: Mapping[str, Shorthand] = {
    "claude": Shorthand(
        body={"model": "claude-sonnet-5", "max_tokens": 1024, "messages": ["user"]},
        words={"messages": _claude_message, "tools": _claude_tool},
    ),
    "chat": Shorthand(
        body={"model": "gpt-5.2", "messages": ["user"]},
        words={"messages": _chat_message, "tools": _chat_tool},
    ),
    "responses": Shorthand(
        body={"model": "gpt-5.2", "input": ["user"]},
        words={
            "input": _responses_item,
            "before": _responses_item,
            "output": _responses_item,
            "tools": _responses_tool,
        },
    ),
}
