"""An exchange in the smaller form that a room keeps: what is shown of it, and no more.

Bodies go; texts are cut, all in the same way, so that a cut turn is still the same turn when a
later request repeats it. Keys are taken out of every text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from weakref import ref

from fanout.conversation import Conversation, Reply, ToolCall, ToolResult, Turn
from fanout.recording import Exchange

LONGEST = 2_000
"""Characters of a text that are kept."""
MOST_TURNS = 400
MOST_VALUES = 20
UNAUTHORIZED = 401

Hide = Callable[[str], str]


class Heard:
    """The smaller forms of one client's conversations, for as long as somebody keeps these.

    A far end keeps what is sent again and again (see `heard.Hearing`), and nothing is kept longer here.
    """

    def __init__(self) -> None:
        self._kept: dict[int, tuple[ref[Conversation], Conversation]] = {}

    def smaller(self, heard: Conversation, cut: Hide) -> Conversation:
        """The conversation with its texts cut."""
        mark = id(heard)
        if mark not in self._kept:
            gone = ref(heard, lambda _: self._kept.pop(mark, None))
            self._kept[mark] = gone, _conversation(heard, cut)
        return self._kept[mark][1]


def slim(exchange: Exchange, hide: Hide, before: Heard | None = None) -> Exchange:
    """A smaller copy of a finished exchange.

    :param hide: takes out of a text what nobody may see.
    :param before: what the same client said before, if that is known.
    """

    def cut(text: str) -> str:
        text = hide(text)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"

    service = exchange.kind == "service"
    heard, reply = exchange.conversation, exchange.reply
    error = exchange.error and _error(exchange, cut)
    return replace(
        exchange,
        path=cut(exchange.path),
        request=_flat(exchange.request, cut) if service else {"model": _model(exchange, cut)},
        response=_flat(exchange.response, cut) if service else _ending(exchange, error, cut),
        conversation=heard and (before or Heard()).smaller(heard, cut),
        reply=reply and _reply(reply, cut),
        error=error,
        listeners=(),
    )


def weight(exchange: Exchange) -> int:
    """About how many characters an exchange takes up."""
    said = exchange.conversation.turns if exchange.conversation else ()
    return 2_000 + sum(
        300
        + len(turn.text)
        + sum(len(c.arguments) + 200 for c in turn.calls)
        + sum(len(r.content) + 200 for r in turn.results)
        for turn in said
    )


def _model(exchange: Exchange, cut: Hide) -> str:
    name = exchange.request.get("model")
    return cut(name) if isinstance(name, str) else ""


def _error(exchange: Exchange, cut: Hide) -> str:
    # The API's own text repeats the key, masked, and a short one whole.
    if exchange.kind == "model" and exchange.status == UNAUTHORIZED:
        return "The key was refused."
    return cut(exchange.error or "")


def _ending(exchange: Exchange, error: str | None, cut: Hide) -> Mapping[str, Any]:
    """As much of a body as tells how it ended."""
    body = exchange.response if isinstance(exchange.response, dict) else {}
    if error is not None:
        return {"error": {"message": error}}
    choices = body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    return {
        "choices": [{"finish_reason": first.get("finish_reason")}] if first else [],
        "stop_reason": body.get("stop_reason"),
        "status": body.get("status"),
    }


def _conversation(heard: Conversation, cut: Hide) -> Conversation:
    turns = tuple(_turn(turn, cut) for turn in heard.turns[:MOST_TURNS])
    return replace(heard, model=cut(heard.model), turns=turns, tools=())


# Most texts are short and without a key. What is as it was is kept, not copied.


def _turn(turn: Turn, cut: Hide) -> Turn:
    text, calls, results = cut(turn.text), _calls(turn.calls, cut), _results(turn.results, cut)
    if text is turn.text and calls is turn.calls and results is turn.results:
        return turn
    return replace(turn, text=text, calls=calls, results=results)


def _results(results: tuple[ToolResult, ...], cut: Hide) -> tuple[ToolResult, ...]:
    texts = [cut(r.content) for r in results]
    if all(text is r.content for text, r in zip(texts, results, strict=True)):
        return results
    return tuple(replace(r, content=text) for text, r in zip(texts, results, strict=True))


def _calls(calls: tuple[ToolCall, ...], cut: Hide) -> tuple[ToolCall, ...]:
    texts = [(cut(c.name), cut(c.arguments)) for c in calls]
    pairs = list(zip(texts, calls, strict=True))
    if all(name is c.name and arguments is c.arguments for (name, arguments), c in pairs):
        return calls
    return tuple(replace(c, name=name, arguments=words) for (name, words), c in pairs)


def _reply(reply: Reply, cut: Hide) -> Reply:
    text, calls = reply.text and cut(reply.text), _calls(reply.calls, cut)
    if text is reply.text and calls is reply.calls:
        return reply
    return replace(reply, text=text, calls=calls)


def _flat(data: Any, cut: Hide) -> dict[str, Any]:
    """The first values of an object, none of them deeper than a line of text."""
    if not isinstance(data, Mapping):
        return {}
    return {cut(str(name)): _value(value, cut) for name, value in list(data.items())[:MOST_VALUES]}


def _value(value: Any, cut: Hide) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    try:
        return cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError):
        return "…"
