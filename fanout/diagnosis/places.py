"""What a path in an error points at, in words."""

from __future__ import annotations

import re

_LISTS = {
    "messages": "message",
    "input": "item",
    "tools": "tool",
    "content": "block",
    "tool_calls": "call",
}
_STEP = re.compile(r"([a-z_]+)(?:\.?\[(\d+)\]|\.(\d+))?")
_IN_TEXT = re.compile(r"\b(?:messages|tools)\.\d+(?:\.\w+)*")


def place(path: str) -> str:
    """A path such as `messages.[2].role` in words: "index 2 of `messages` (the 3rd message), `role`".

    Empty for a name alone, which needs no words.
    """
    steps = [m for m in _STEP.finditer(path) if m.group()]
    if not any(m[2] or m[3] for m in steps):
        return ""
    return ", ".join(_step(m[1], m[2] or m[3]) for m in steps)


def path_in(text: str) -> str:
    """The path that Claude writes into its text, or an empty text."""
    match = _IN_TEXT.search(text)
    return match.group() if match else ""


def _step(name: str, index: str | None) -> str:
    if index is None:
        return f"`{name}`"
    thing = _LISTS.get(name, "entry")
    return f"index {index} of `{name}` (the {ordinal(int(index) + 1)} {thing})"


def ordinal(number: int) -> str:
    """As 1st, 2nd, 3rd and 4th."""
    last = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if 10 <= number % 100 <= 20 else last}"
