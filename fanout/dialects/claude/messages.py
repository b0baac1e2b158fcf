"""The `messages` and `system` of a request: their shape, and the turns they say.

Strategy: `check` and `check_system` are the schema layer and raise at the first wrong shape; `turns`
may then read without asking. Rules about the conversation as a whole stand in flow.py.

A turn is as small as the pairing rules need: one user message with results and then a text is two
turns. Consecutive messages of one role are one message to the API ("Consecutive `user` or
`assistant` turns in your request will be combined into a single turn", API reference), so calls of
two assistant messages in a row are one turn.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any

from fanout.conversation import ToolCall, ToolResult, Turn
from fanout.dialects.claude import blocks, schema
from fanout.dialects.claude.schema import join

SILENT = ("thinking", "redacted_thinking")
"""Kinds that say nothing to the reader and stand between no call and its result.

# inferred: that thinking after a call does not part it from its result; models that think between
calls write such replies themselves, and they must be sent back as they are.
"""


def check(messages: object) -> list[dict[str, Any]]:
    """The messages, when each has a shape that the API takes; raises `ApiError` otherwise."""
    items = schema.need_list(messages, "messages")
    if not items:
        raise schema.fault("messages", "at least one message is required")  # row c3
    for i, message in enumerate(items):
        _check_message(message, f"messages.{i}")
    return items


def check_system(system: object) -> None:
    """Raises where the system prompt is neither a text nor a list of text blocks."""
    if isinstance(system, str):
        return
    for i, value in enumerate(schema.need_list(system, "system")):
        path = f"system.{i}"
        if not isinstance(value, dict):
            raise schema.misshapen(path)
        block = value
        schema.need_choice(schema.need(block, "type", path), join(path, "type"), ("text",))
        text = schema.need_string(schema.need(block, "text", path), join(path, "text"))
        schema.need_cache_control(block, path)
        schema.only(block, ("type", "text", "cache_control", "citations"), path)
        fault = text_fault(text)
        if fault:
            raise schema.fault("system", fault)


def text_fault(text: str) -> str | None:
    """What is wrong with the text of a block, if anything (rows c14, c15)."""
    if not text:
        return "text content blocks must be non-empty"
    return None if text.strip() else "text content blocks must contain non-whitespace text"


def _check_message(value: object, path: str) -> None:
    message = schema.need_object(value, path)
    schema.need_string(schema.need(message, "role", path), join(path, "role"))
    content = schema.need(message, "content", path)
    if not isinstance(content, str):
        for i, block in enumerate(schema.need_list(content, join(path, "content"))):
            blocks.check(block, f"{path}.content.{i}")
    schema.only(message, ("role", "content"), path)


# --- Meaning --------------------------------------------------------------------------------------


def content_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The content of a message as blocks; an empty text is none."""
    content = message["content"]
    if not isinstance(content, str):
        return list(content)
    return [{"type": "text", "text": content}] if content else []


def turns(body: Mapping[str, Any]) -> tuple[Turn, ...]:
    """The system prompt and the messages as turns."""
    system = _text(content_of({"content": body.get("system") or ""}))
    found = [Turn(role="system", text=system)] if system else []
    for at, message in enumerate(body["messages"]):
        for turn in _turns(at, message):
            if found and _goes_on(found[-1], turn):
                found[-1] = replace(found[-1], calls=found[-1].calls + turn.calls)
            else:
                found.append(turn)
    return tuple(found)


def _goes_on(before: Turn, turn: Turn) -> bool:
    """Calls right after calls: one turn, though two messages."""
    return bool(before.calls and turn.calls and not turn.text)


def _turns(at: int, message: Mapping[str, Any]) -> Iterator[Turn]:
    """The turns of one message: a run of results, a run of calls with the text before it, a text."""
    role, said = message["role"], ""
    if role == "user" and message["content"] == "":
        # "a plain-string user message ends the run". # inferred: that an empty one does, too
        yield Turn(role=role, at=at)
    spoken = (block for block in content_of(message) if block["type"] not in SILENT)
    runs = [(kind, list(run)) for kind, run in groupby(spoken, _kind)]
    for (kind, items), (following, _) in zip(runs, [*runs[1:], ("", [])], strict=False):
        if kind == "tool_result":
            yield Turn(role="tool", results=tuple(map(_result, items)), at=at)
        elif kind == "tool_use":
            yield Turn(role=role, text=said, calls=tuple(map(_call, items)), at=at)
            said = ""
        else:
            said = _text(items)
            if not said or following != "tool_use":
                yield Turn(role=role, text=said, at=at)
                said = ""


def _kind(block: Mapping[str, Any]) -> str:
    return block["type"] if block["type"] in ("tool_use", "tool_result") else "said"


def _call(block: Mapping[str, Any]) -> ToolCall:
    return ToolCall(id=block["id"], name=block["name"], arguments=arguments_text(block["input"]))


def arguments_text(arguments: Mapping[str, Any], *, parallel: bool = True) -> str:
    """The arguments of one call as the JSON text that the model writes: `{"a": 2, "b": 3}`.

    With spaces, however many calls there are (verbatim in recordings of claude-sonnet-4 and
    claude-haiku-4-5, 2025 and 2026). Letters beyond ASCII are written as they are: our choice.
    """
    return json.dumps(arguments, ensure_ascii=False)


def _result(block: Mapping[str, Any]) -> ToolResult:
    content = block.get("content") or ""
    text = content if isinstance(content, str) else _text(content)
    is_error = bool(block.get("is_error"))
    return ToolResult(call_id=block["tool_use_id"], content=text, is_error=is_error)


def _text(items: list[dict[str, Any]]) -> str:
    """The texts of several blocks, a line each; what is no text says nothing."""
    return "\n".join(block["text"] for block in items if block["type"] == "text")
