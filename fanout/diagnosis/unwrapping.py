"""Finds conversations in whatever a log wraps around them, and says what something else is.

Strategy: a conversation is a dict with a list under `messages` or `input`, however deep it lies; logs
keep it under names of their own, and often as JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_DEEP = 8
"""Levels that are looked into."""
_ITEMS = ("function_call", "function_call_output", "reasoning", "item_reference")
_REPLIES = ("choices", "output")
"""Where a reply of the model stands: what it asks for cannot have been answered in it."""
_WANTED = "diagnose wants the list of messages, as it was sent to the API, or a whole request body; this is "


def conversations_in(data: Any, path: str = "", depth: int = _DEEP) -> Iterator[tuple[str, Any]]:
    """The conversations in some data, outermost first, each with the path to it."""
    if isinstance(data, str):
        data = _parsed(data)
    if is_conversation(data):
        yield path, data
    elif depth > 0 and isinstance(data, Mapping):
        for key, value in data.items():
            if key in _REPLIES:
                continue
            yield from conversations_in(value, f"{path}.{key}".lstrip("."), depth - 1)
    elif depth > 0 and isinstance(data, list):
        for number, value in enumerate(data):
            if isinstance(value, (Mapping, list)):
                yield from conversations_in(value, f"{path}[{number}]", depth - 1)


def is_conversation(data: Any) -> bool:
    """Whether this is a request body, or a list with a message or an item in it."""
    if isinstance(data, Mapping):
        holds = data.get("messages", data.get("input"))
        return isinstance(holds, list) or ("model" in data and isinstance(holds, str))
    return isinstance(data, list) and any(map(is_message, data))


def is_message(data: Any) -> bool:
    """Whether this is one message of a conversation, or one item of Responses."""
    return isinstance(data, Mapping) and ("role" in data or data.get("type") in _ITEMS)


def none_of_it(data: Any) -> str:
    """What to say of data that are no conversation."""
    if isinstance(data, str):
        text = data.strip()
        if not text:
            return f"{_WANTED}an empty text."
        like = " It looks like JSON, but is broken off or no JSON." if text[0] in "[{" else ""
        return f"{_WANTED}a text.{like}"
    if isinstance(data, Mapping):
        return f"{_WANTED}{_one_dict(data)}."
    return f"{_WANTED}a value of type `{type(data).__name__}`."


def _one_dict(data: Mapping[str, Any]) -> str:
    if "choices" in data or "output" in data or data.get("type") == "message":
        return "a reply of the model: hand over what is sent after it, with the results"
    if is_message(data):
        return "one message: hand over the whole list that it stands in"
    keys = ", ".join(map(repr, list(data)[:6])) or "no keys"
    return f"a dict with {keys}, and no list under 'messages' or 'input' in it"


def _parsed(text: str) -> Any:
    if text.lstrip()[:1] not in ("[", "{"):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
