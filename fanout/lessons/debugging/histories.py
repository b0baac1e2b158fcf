"""Chat conversations drawn for the exercises, and the ways in which published programs broke them."""

from __future__ import annotations

import json
from typing import Any

from fanout.checks.draw import Draw
from fanout.conversation import ToolCall

Message = dict[str, Any]
Messages = list[Message]


def user(text: str) -> Message:
    """A message of the user."""
    return {"role": "user", "content": text}


def asking(*calls: ToolCall) -> Message:
    """An assistant message with these calls."""
    entries = [
        {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
        for c in calls
    ]
    return {"role": "assistant", "content": None, "tool_calls": entries}


def result(draw: Draw, call_id: str) -> Message:
    """A tool message with an unguessable content."""
    content = json.dumps({"answer": draw.text(8)})
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def whole_round(draw: Draw, count: int) -> Messages:
    """A question, `count` calls, their results in random order, and an answer."""
    calls = draw.city_calls(count)
    results = draw.shuffled([result(draw, call.id) for call in calls])
    said = {"role": "assistant", "content": f"Answer {draw.text(6)}."}
    return [user(f"Question {draw.text(6)}?"), asking(*calls), *results, said]


def without_one_result(draw: Draw, messages: Messages) -> Messages:
    """A round that lost one of its results: an early return, an exception, a user who broke off."""
    lost = draw.some(_results(messages), 1)[0]
    return [m for m in messages if m is not lost]


def without_results(messages: Messages) -> Messages:
    """A round that lost all of its results."""
    return [m for m in messages if m["role"] != "tool"]


def slipped_between(draw: Draw, messages: Messages) -> Messages:
    """A round with a message of the user in front of its last result."""
    at = messages.index(_results(messages)[-1])
    return [*messages[:at], user(f"Note {draw.text(6)}."), *messages[at:]]


def trimmed(draw: Draw, messages: Messages) -> Messages:
    """A round whose beginning was cut off: question, calls, and maybe a result."""
    return messages[2 + draw.number(0, 1) :]


def doubled(draw: Draw, messages: Messages) -> Messages:
    """A round with a second, other result for one of its ids."""
    twin = result(draw, draw.some(_results(messages), 1)[0]["tool_call_id"])
    at = messages.index(_results(messages)[-1]) + 1
    return [*messages[:at], twin, *messages[at:]]


def stranger(draw: Draw, messages: Messages) -> Messages:
    """A round with a result that nobody asked for, behind its own."""
    at = messages.index(_results(messages)[-1]) + 1
    return [*messages[:at], result(draw, draw.call_id()), *messages[at:]]


def _results(messages: Messages) -> Messages:
    return [m for m in messages if m["role"] == "tool"]
