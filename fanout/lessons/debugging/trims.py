"""Functions that cut a history, right ones and wrong ones, for the learner's test to tell apart.

They work on Chat messages as JSON data, and never change what they are given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Messages = list[dict[str, Any]]
Trim = Callable[[Messages, int], Messages]


def _begins(messages: Messages) -> list[int]:
    """Where a question of the user begins."""
    return [at for at, message in enumerate(messages) if message["role"] == "user"]


# --- Right ones: whole turns, as many as fit, or fewer ---------------------------------------------


def whole_turns(messages: Messages, most: int) -> Messages:
    """As many whole questions with all that belongs to them as fit."""
    fits = [at for at in _begins(messages) if len(messages) - at <= most]
    return messages[fits[0] :]


def last_question(messages: Messages, most: int) -> Messages:
    """Nothing but the last message."""
    return messages[-1:]


def without_tool_turns(messages: Messages, most: int) -> Messages:
    """Texts only: calls and their results are left out together."""
    texts = [m for m in messages if m["role"] != "tool" and not m.get("tool_calls")]
    return texts[-most:]


# --- Wrong ones ------------------------------------------------------------------------------------


def last_ones(messages: Messages, most: int) -> Messages:
    """The last messages, whatever they are: as published (llama_index before pull request 16214)."""
    return messages[-most:]


def first_tool_dropped(messages: Messages, most: int) -> Messages:
    """The published code with a mend that is right where a turn has one call."""
    kept = messages[-most:]
    return kept[1:] if kept[0]["role"] == "tool" else kept


def results_dropped(messages: Messages, most: int) -> Messages:
    """Saves tokens on the results, which are longest, and keeps the calls."""
    return [m for m in messages if m["role"] != "tool"][-most:]


def first_ones(messages: Messages, most: int) -> Messages:
    """Cuts between turns, and at the wrong end: the question of the day is lost."""
    ends = [at for at in _begins(messages)[1:] if at <= most]
    return messages[: ends[-1]] if ends else messages[:1]


def never_cut(messages: Messages, most: int) -> Messages:
    """Keeps all."""
    return messages


def with_a_remark(messages: Messages, most: int) -> Messages:
    """Cuts between turns, and puts a remark of its own in front."""
    remark = {"role": "user", "content": "(Earlier messages were removed.)"}
    return [remark, *whole_turns(messages, most - 1)] if most > 1 else messages[-1:]
