"""Where the conversation stands: what the user asked last, and what was called since then.

Strategy: decisions look at what follows the last user turn, so that a loop always ends: a call that
stands there is never wanted again. A user turn right behind results goes on with the same request
(some programs add a text to the results). Earlier turns stay at hand for "and in Paris?".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fanout.conversation import Conversation, ToolCall, ToolResult, Turn


@dataclass(frozen=True)
class Done:
    """A call that was made, and its result if there is one."""

    name: str
    arguments: dict[str, Any] | None
    """None where the arguments were not a JSON object."""
    result: ToolResult | None
    turn: int

    @property
    def key(self) -> str:
        """Equal for calls of one tool with equal arguments."""
        return call_key(self.name, self.arguments or {})


@dataclass(frozen=True)
class Scene:
    """The last request of the user and everything since; `before` is the scene it followed."""

    text: str
    done: tuple[Done, ...]
    before: Scene | None = None


def call_key(name: str, arguments: dict[str, Any]) -> str:
    """One text for one call: the order of keys, case and 5 or 5.0 make no difference."""
    return name + " " + _ENCODER.encode(_canonical(arguments))


_ENCODER = json.JSONEncoder(sort_keys=True, default=str)


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _canonical(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_canonical(v) for v in value]
    if isinstance(value, str):
        return value.strip().casefold()
    if isinstance(value, float) and value == value and abs(value) < 1e15 and value == int(value):
        return int(value)
    return value


def scene_of(conversation: Conversation) -> Scene:
    """Read the turns into scenes; the last one is what the model has to answer."""
    scene: Scene | None = None
    turns = [t for t in conversation.turns if t.role != "system"]
    texts: list[str] = []
    body: list[Turn] = []
    for i, turn in enumerate(turns):
        goes_on = i > 0 and turns[i - 1].role in ("user", "tool")
        if turn.role == "user" and texts and not goes_on:
            scene = Scene("\n".join(texts), _done(body), scene)
            texts, body = [], []
        if turn.role == "user":
            texts.append(turn.text or "")
        else:
            body.append(turn)
    return Scene("\n".join(texts), _done(body), scene)


def _done(turns: Sequence[Turn]) -> tuple[Done, ...]:
    results: dict[str, ToolResult] = {}
    for turn in turns:
        for result in turn.results:
            results.setdefault(result.call_id, result)
    return tuple(
        Done(call.name, _arguments(call), results.get(call.id), i)
        for i, turn in enumerate(turns)
        for call in turn.calls
    )


def _arguments(call: ToolCall) -> dict[str, Any] | None:
    try:
        value = json.loads(call.arguments or "{}")
    except (ValueError, RecursionError, TypeError):
        return None
    return value if isinstance(value, dict) else None
