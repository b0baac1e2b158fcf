"""The items of a Responses request as turns, and a break of the pairing rules in the API's words.

Strategy: the items that the model wrote one after another (messages of the assistant, reasoning and
calls) are one turn; each output is a turn with one result. Chat asks for results right behind the
calls; Responses pairs by `call_id` wherever the output stands behind its call. So an output is put
behind the turn that asked for it, and then the rules of `conversation` hold here as they do there.

That outputs may stand apart from their calls is reported for OpenAI's API beside a provider where
they may not (deepseek-ai/awesome-deepseek-integration#740, 2026-09). Inferred: that an output before
its call is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from fanout.conversation import Role, ToolCall, ToolResult, Turn, Violation, violations
from fanout.dialects.errors import ApiError
from fanout.dialects.responses.items import kind_of
from fanout.dialects.responses.state import Entry, Item, Row

MODEL_ITEMS = ("function_call", "reasoning")


@dataclass
class _Place:
    """A turn and the results that belong behind it."""

    turn: Turn
    results: list[Turn] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)


class _Places:
    """The places in order. A call finds its place by its id: histories are thousands of items long."""

    def __init__(self) -> None:
        self.all: list[_Place] = []
        self._asking: dict[str, list[_Place]] = {}

    def add(self, turn: Turn) -> None:
        """Put a turn at the end."""
        place = _Place(turn)
        self.all.append(place)
        for call_id in {call.id for call in turn.calls}:
            self._asking.setdefault(call_id, []).append(place)

    def add_result(self, turn: Turn, call_id: str) -> None:
        """Put a result behind the last turn that still waits for it, or else that ever asked."""
        asking = self._asking.get(call_id)
        if asking is None:
            self.add(turn)
            return
        waiting = (place for place in reversed(asking) if call_id not in place.answered)
        place = next(waiting, asking[-1])
        place.results.append(turn)
        place.answered.add(call_id)


def turns(entries: Sequence[Entry], instructions: object = None) -> tuple[Turn, ...]:
    """The entries as turns; `instructions` come first, as a turn of the system.

    A turn has the index of its first item; -1 for instructions and for an earlier response.
    """
    places = _Places()
    if instructions:
        places.add(Turn(role="system", text=str(instructions), at=-1))
    for by_model, group in groupby(entries, key=_by_model):
        if by_model:
            for turn in _model_turn(list(group)):
                places.add(turn)
            continue
        for entry in group:
            _add(places, entry)
    return tuple(turn for place in places.all for turn in (place.turn, *place.results))


def _by_model(entry: Entry) -> bool:
    item = entry.item
    return kind_of(item) in MODEL_ITEMS or item.get("role") == "assistant"


def _model_turn(entries: Sequence[Entry]) -> Iterator[Turn]:
    said = [text for _, item in entries if (text := text_of(item.get("content")))]
    calls = tuple(_call(item) for _, item in entries if kind_of(item) == "function_call")
    if any(kind_of(item) != "reasoning" for _, item in entries):
        yield Turn(role="assistant", text="\n".join(said), calls=calls, at=entries[0].at)


def _call(item: Item) -> ToolCall:
    return ToolCall(id=item["call_id"], name=item["name"], arguments=item["arguments"])


def _add(places: _Places, entry: Entry) -> None:
    at, item = entry
    kind = kind_of(item)
    if kind == "message":
        role: Role = "user" if item["role"] == "user" else "system"
        places.add(Turn(role=role, text=text_of(item["content"]), at=at))
    if kind != "function_call_output":
        return  # an item that is not read is refused in offline.py
    call_id = item["call_id"]
    result = ToolResult(call_id=call_id, content=text_of(item["output"]))
    turn = Turn(role="tool", results=(result,), at=at)
    places.add_result(turn, call_id)


def text_of(content: object) -> str:
    """The text of a content or an output; the texts of several parts are joined by a line break."""
    if isinstance(content, list):
        return "\n".join(_part_text(part) for part in content)
    return content if isinstance(content, str) else ""


def _part_text(part: Any) -> str:
    return str(part.get("text") or part.get("refusal") or "") if isinstance(part, dict) else ""


# --- Pairing --------------------------------------------------------------------------------------


def first_fault(row: Row, said: Sequence[Turn]) -> ApiError | None:
    """The error for the first break of the pairing rules, or None."""
    broken = violations(said)
    if not row.known:
        # the call of an output may be in what is not known
        broken = (v for v in broken if v.rule not in ("stray", "unknown"))
    return next(map(word, broken), None)


def word(violation: Violation) -> ApiError:
    """A violation in the API's words (rows 50 and 51). The API names one id, however many it finds."""
    call_id = violation.ids[0]
    if violation.rule == "unanswered":
        return ApiError(f"No tool output found for function call {call_id}.", param="input")
    # inferred for `duplicate` (row 59): the text is not known. The first output uses the call up.
    text = f"No tool call found for function call output with call_id {call_id}."
    return ApiError(text, param="input")
