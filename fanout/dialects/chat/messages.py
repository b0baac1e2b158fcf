"""The `messages` of a Chat Completions request: their shape, and the turns they say.

Strategy: `check` is the schema layer and raises at the first message of a wrong shape; `turns` may
then read without asking. What SDKs send back with a reply (`refusal: null`, `annotations: []`,
`audio: null`, `function_call: null`, `tool_calls: null`, `parsed`, `parsed_arguments`) is neither
checked nor refused.
Fields are looked at in the order role, content, tool_calls; that order is our choice.
"""

from __future__ import annotations

from typing import Any

from fanout.conversation import ToolCall, ToolResult, Turn
from fanout.dialects import openai_schema as schema
from fanout.dialects.openai_functions import need_name

ROLES = ("system", "assistant", "user", "function", "tool", "developer")
PARTS = ("text", "image_url", "input_audio", "refusal", "audio", "file")
CALLS_LIMIT = 128
ID_LIMIT = 64
"""Characters of a call id. # inferred: reports say 40 until 2026-01, then 64, and 51 were accepted
in 2026-07 (row 13); 64 agrees with the two newer ones."""


def check(messages: object) -> list[dict[str, Any]]:
    """The messages, when each has a shape that the API takes; raises `ApiError` otherwise."""
    items = schema.need_objects(messages, "messages")
    for i, message in enumerate(items):
        _check_message(message, f"messages[{i}]")
    return items


def turns(messages: list[dict[str, Any]]) -> tuple[Turn, ...]:
    """The messages as turns, one for one; `developer` is read as `system`."""
    return tuple(_turn(i, message) for i, message in enumerate(messages))


# --- Shape ----------------------------------------------------------------------------------------


def _check_message(value: object, path: str) -> None:
    message = schema.need_object(value, path)
    role = schema.need_choice(schema.need(message, "role", path), f"{path}.role", ROLES)
    _check_content(message, role, path)
    if role == "assistant" and message.get("tool_calls") is not None:
        _check_calls(message["tool_calls"], f"{path}.tool_calls")
    if message.get("tool_call_id") is not None:
        schema.need_string(message["tool_call_id"], f"{path}.tool_call_id")


def _check_content(message: dict[str, Any], role: str, path: str) -> None:
    # A content that is absent or null is judged in the semantic layer (row 10), but for `developer`,
    # which has a schema of its own (row x8).
    content = (
        schema.need(message, "content", path) if role == "developer" else message.get("content")
    )
    path = f"{path}.content"
    if isinstance(content, str) or (content is None and role != "developer"):
        return
    if not isinstance(content, list):
        raise schema.wrong_type(path, "one of a string or array of objects", content)
    for i, part in enumerate(content):
        _check_part(part, f"{path}[{i}]")


def _check_part(value: object, path: str) -> None:
    part = schema.need_object(value, path)
    # -- verbatim: "Missing required parameter: 'messages[3].content[0].type'." langgraphjs#506
    kind = schema.need_choice(schema.need(part, "type", path), f"{path}.type", PARTS)
    if kind in ("text", "refusal"):
        schema.need_string(schema.need(part, kind, path), f"{path}.{kind}")


def _check_calls(value: object, path: str) -> None:
    for i, call in enumerate(schema.need_objects(value, path, CALLS_LIMIT)):
        _check_call(call, f"{path}[{i}]")


def _check_call(value: object, path: str) -> None:
    call = schema.need_object(value, path)
    schema.need_string(schema.need(call, "id", path), f"{path}.id", ID_LIMIT)
    kind = schema.need(call, "type", path)
    schema.need_choice(kind, f"{path}.type", ("function", "custom"))
    inner = schema.need_object(schema.need(call, kind, path), f"{path}.{kind}")
    path = f"{path}.{kind}"
    need_name(schema.need(inner, "name", path), f"{path}.name")
    argument = "arguments" if kind == "function" else "input"
    schema.need_string(schema.need(inner, argument, path), f"{path}.{argument}")


# --- Meaning --------------------------------------------------------------------------------------


def _turn(at: int, message: dict[str, Any]) -> Turn:
    role, text = message["role"], text_of(message.get("content"))
    match role:
        case "tool":
            result = ToolResult(call_id=message.get("tool_call_id") or "", content=text)
            return Turn(role="tool", results=(result,), at=at)
        case "assistant":
            calls = tuple(map(_call, message.get("tool_calls") or ()))
            refusal = message.get("refusal")
            said = text or (refusal if isinstance(refusal, str) else "")
            return Turn(role="assistant", text=said, calls=calls, at=at)
        case "function":  # legacy: closes an open batch, as any turn that is no result
            return Turn(role="tool", text=text, at=at)
    return Turn(role="user" if role == "user" else "system", text=text, at=at)


def _call(call: dict[str, Any]) -> ToolCall:
    inner = call[call["type"]]
    arguments = inner["arguments" if call["type"] == "function" else "input"]
    return ToolCall(id=call["id"], name=inner["name"], arguments=arguments)


def text_of(content: object) -> str:
    """The text of a content; the texts of several parts are joined by a line break."""
    if isinstance(content, list):
        # a part of another kind may have anything there
        return "\n".join(
            part[part["type"]] if part["type"] in ("text", "refusal") else "" for part in content
        )
    return content if isinstance(content, str) else ""
