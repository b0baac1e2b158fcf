"""A conversation with tools, in no provider's format, and the rules that pair calls with results.

Strategy: nothing in this file knows JSON, HTTP, a provider's words or a clock. A dialect reads its
request into a `Conversation` and words a `Violation` in its provider's text; `diagnose` words the
same `Violation` for a person. One rule, written once.

The flow is a tuple of `Turn`s in the order they were sent. A turn is as small as the pairing rules
need: where one message of a provider holds a text and then a result, its dialect makes two turns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A tool that the model may ask for. `parameters` is its JSON Schema (an object schema)."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    strict: bool = False


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """One request of the model to run one tool. `arguments` is JSON text, as it crossed the wire."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, kw_only=True)
class ToolResult:
    """What one tool call gave, as the text that the model reads."""

    call_id: str
    content: str
    is_error: bool = False


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What one role said at one place: a text, tool calls (assistant) or results (tool)."""

    role: Role
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()
    at: int = 0
    """Index of the provider's message (or input item) that this turn was read from."""


@dataclass(frozen=True, kw_only=True)
class ToolChoice:
    """Which tools the model may or must ask for.

    `mode` is `auto` (may), `none` (must not) or `required` (at least one call); `names` limits the
    tools to choose from, and `None` means all of them.
    """

    mode: Literal["auto", "none", "required"] = "auto"
    names: tuple[str, ...] | None = None
    forced: bool = False
    """One function was forced by name (OpenAI then reports finish_reason `stop`)."""


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """Everything one request says: the turns so far, the tools on offer and the settings."""

    model: str
    turns: tuple[Turn, ...]
    tools: tuple[Tool, ...] = ()
    choice: ToolChoice = ToolChoice()
    parallel: bool = True
    max_tokens: int | None = None
    stream: bool = False

    def offered(self) -> tuple[Tool, ...]:
        """The tools that this request lets the model choose from."""
        if self.choice.mode == "none":
            return ()
        names = self.choice.names
        return tuple(t for t in self.tools if names is None or t.name in names)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One turn of the model, before a dialect writes it: a text, calls, or both."""

    text: str | None = None
    calls: tuple[ToolCall, ...] = ()
    stop: Literal["stop", "tool_calls", "length", "content_filter"] | None = None
    """Why the model stopped, where it is not what the content says by itself."""


# --- Pairing ------------------------------------------------------------------------------------
#
# An assistant turn with calls opens a batch. Until the batch is closed by any turn that is not a
# result (or by the end), each result must answer a call of the batch that has no result yet; when it
# closes, every call must have been answered. The order of the results inside a batch is free.


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One way in which calls and results do not pair. `at` and `first` are message indexes."""

    rule: Literal["unanswered", "stray", "unknown", "duplicate"]
    ids: tuple[str, ...]
    at: int | None
    """Where it shows: the message that should have been a result, the offending result, or None
    when the conversation simply ends."""
    first: int | None = None
    """`duplicate`: the message that holds the first result for the same id."""


def violations(turns: Iterable[Turn]) -> Iterator[Violation]:
    """Every break of the pairing rules, in the order of the conversation; nothing means none."""
    batch: _Batch | None = None
    for turn in turns:
        if turn.results:
            for result in turn.results:
                if batch is None:
                    yield Violation(rule="stray", ids=(result.call_id,), at=turn.at)
                else:
                    yield from batch.take(result, turn.at)
            continue
        if batch is not None:
            yield from batch.close(turn.at)
        batch = _Batch(turn.calls) if turn.calls else None
    if batch is not None:
        yield from batch.close(None)


class _Batch:
    """The calls of one assistant turn and where each was answered."""

    def __init__(self, calls: Sequence[ToolCall]) -> None:
        self.ids = [call.id for call in calls]
        self.answered: dict[str, int] = {}

    def take(self, result: ToolResult, at: int) -> Iterator[Violation]:
        call_id = result.call_id
        if call_id not in self.ids:
            yield Violation(rule="unknown", ids=(call_id,), at=at)
        elif call_id in self.answered:
            first = self.answered[call_id]
            yield Violation(rule="duplicate", ids=(call_id,), at=at, first=first)
        else:
            self.answered[call_id] = at

    def close(self, at: int | None) -> Iterator[Violation]:
        open_ids = tuple(i for i in self.ids if i not in self.answered)
        if open_ids:
            yield Violation(rule="unanswered", ids=open_ids, at=at)
