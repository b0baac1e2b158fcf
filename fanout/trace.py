"""Tool calls read off a run: who asked for each, when, what answered it, what it cost.

A reply holds tool calls; a later request of the same conversation holds their results, paired by
id. Ids alone are not enough: the same prompt sent twice gets the same ids, so first each request is
linked to the exchange that it continues, and a result is looked up along that line.

What a tool did in between shows only if it crossed the wire too (a request to a service): then the
call has work to draw, and otherwise only the time between being asked and being answered is known.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fanout.conversation import Reply, ToolCall, ToolResult, Turn
from fanout.recording import Exchange, Run


@dataclass(kw_only=True, eq=False)
class TracedCall:
    """One tool call of the model, with everything the wire knows about it."""

    call: ToolCall
    asked_by: Exchange
    """The exchange whose reply held the call."""
    answers: list[tuple[Exchange, ToolResult]] = field(default_factory=list)
    """The results that reached the model: one is right, more are doubled. A request that only
    repeats an earlier one adds nothing."""
    work: list[Exchange] = field(default_factory=list)
    """What the tool asked of services, as far as it could be told apart."""

    @property
    def result(self) -> ToolResult | None:
        """The result that reached the model first, or None."""
        return self.answers[0][1] if self.answers else None

    @property
    def title(self) -> str:
        """The call as a person would write it: `get_weather(Tokyo)`."""
        return f"{self.call.name}({', '.join(map(str, scalars(self.call.arguments)))})"


@dataclass(frozen=True, kw_only=True)
class UnknownAnswer:
    """A result that answers no call the model is known to have made in this run."""

    exchange: Exchange
    result: ToolResult

    @property
    def replayed(self) -> bool:
        """Whether the request itself holds the call: it was asked before the run, or by hand."""
        turns = exchange_turns(self.exchange)
        return any(call.id == self.result.call_id for turn in turns for call in turn.calls)


@dataclass(frozen=True, kw_only=True)
class Trace:
    """All tool calls of a run, the results that fit none, and the service work of no call."""

    calls: list[TracedCall]
    unknown: list[UnknownAnswer]
    unclaimed: list[Exchange]
    parents: dict[Exchange, Exchange | None] = field(default_factory=dict)
    """For each exchange with the model the one that it continues; None begins a conversation."""

    def line(self, exchange: Exchange) -> Iterator[Exchange]:
        """The exchanges that this one continues, nearest first, without itself."""
        above = self.parents[exchange]
        while above is not None:
            yield above
            above = self.parents[above]

    def conversations(self) -> list[list[Exchange]]:
        """The exchanges with the model by conversation, each in order of arrival."""
        groups: dict[Exchange, list[Exchange]] = {}
        for exchange in self.parents:
            root = [exchange, *self.line(exchange)][-1]
            groups.setdefault(root, []).append(exchange)
        return list(groups.values())

    def added(self, exchange: Exchange) -> list[Turn]:
        """The turns a request adds to what its conversation had said and been answered."""
        return _added(exchange, self.parents[exchange])


def trace(run: Run) -> Trace:
    """Pair the calls, results and service exchanges of a run."""
    exchanges = list(run.exchanges)
    models = [e for e in exchanges if e.kind == "model"]
    found = Trace(calls=[], unknown=[], unclaimed=[], parents=_parents(models))
    for exchange in models:
        for turn in found.added(exchange):
            for result in turn.results:
                _credit(found, exchange, result)
        for call in asked_calls(exchange):
            found.calls.append(TracedCall(call=call, asked_by=exchange))
    _claim(found, [e for e in exchanges if e.kind == "service"])
    return found


def exchange_turns(exchange: Exchange) -> tuple[Turn, ...]:
    """The turns of a request; none if it could not be read."""
    return exchange.conversation.turns if exchange.conversation else ()


def reply_to(exchange: Exchange) -> Reply | None:
    """The reply that went out; None for a refusal, and for one that is still being made."""
    streamed = exchange.conversation is not None and exchange.conversation.stream
    out = (exchange.ended is not None or streamed) and (exchange.status or 200) < 400
    return exchange.reply if out else None


def asked_calls(exchange: Exchange) -> tuple[ToolCall, ...]:
    """The tool calls that the reply to this request holds."""
    reply = reply_to(exchange)
    return reply.calls if reply else ()


def new_results(exchange: Exchange) -> list[ToolResult]:
    """The results a request adds: those after the last assistant turn that has calls.

    A request repeats the whole conversation, so earlier results are old news.
    """
    turns = exchange_turns(exchange)
    asking = [i for i, turn in enumerate(turns) if turn.calls]
    return [r for turn in turns[asking[-1] if asking else 0 :] for r in turn.results]


# --- Which exchange a request continues -----------------------------------------------------------


def _parents(models: list[Exchange]) -> dict[Exchange, Exchange | None]:
    parents: dict[Exchange, Exchange | None] = {}
    for exchange in models:
        before = [
            e
            for e, parent in parents.items()
            if e.ended is not None and e.ended <= exchange.started
            if exchange_turns(e) or parent is None
        ]
        continued = set(parents.values())
        ranks = [(_kinship(e, exchange), e not in continued, i) for i, e in enumerate(before)]
        best = max(ranks, default=(0, False, 0))
        parents[exchange] = before[best[2]] if best[0] else None
    return parents


def _kinship(earlier: Exchange, later: Exchange) -> int:
    """How surely a request continues an earlier exchange: 0 is not at all."""
    before, now = (list(map(_said, exchange_turns(e))) for e in (earlier, later))
    if not before or not now:
        # Nothing to compare: a request that cannot be read belongs to what was just going on, and
        # what was refused as unreadable is most often mended and sent again.
        return int(not now or reply_to(earlier) is None)
    if before == now:
        return 2 * len(before) if reply_to(earlier) is None else 0
    if now[: len(before)] == before:
        return 2 * len(before)
    return int(bool(_asked_ids(earlier) & _mentioned_ids(later)))


def _said(turn: Turn) -> tuple[Any, ...]:
    """A turn without its place: history sent with an offset is still the same history."""
    return turn.role, turn.text, turn.calls, turn.results


def _asked_ids(exchange: Exchange) -> set[str]:
    return {call.id for call in asked_calls(exchange)}


def _mentioned_ids(exchange: Exchange) -> set[str]:
    turns = exchange_turns(exchange)
    return {c.id for t in turns for c in t.calls} | {r.call_id for t in turns for r in t.results}


def _added(exchange: Exchange, parent: Exchange | None) -> list[Turn]:
    turns = list(exchange_turns(exchange))
    if parent is None:
        return turns
    known = [_said(turn) for turn in exchange_turns(parent)]
    if [_said(turn) for turn in turns[: len(known)]] == known:
        rest = turns[len(known) :]
    else:
        rest = [turn for turn in turns if _said(turn) not in known]
    return [turn for turn in rest if not _echoes(turn, parent)]


def _echoes(turn: Turn, parent: Exchange) -> bool:
    """Whether a turn only hands the model its own reply back."""
    reply = reply_to(parent)
    if turn.role != "assistant" or reply is None:
        return False
    texts = ("", (reply.text or "").strip())
    return {c.id for c in turn.calls} <= _asked_ids(parent) and turn.text.strip() in texts


# --- Which call a result or a service exchange belongs to -----------------------------------------


def _credit(found: Trace, exchange: Exchange, result: ToolResult) -> None:
    """Give a new result to the call that it answers, or note that there is none."""
    line = list(found.line(exchange))
    asking = next((e for e in line if result.call_id in _asked_ids(e)), None)
    if asking is None:
        found.unknown.append(UnknownAnswer(exchange=exchange, result=result))
        return
    for call in found.calls:
        if call.asked_by is asking and call.call.id == result.call_id:
            first = call.answers[0][0] if call.answers else exchange
            # A request sent again, after a refusal or for another try, repeats its results.
            if first is exchange or (first in line and reply_to(first) is not None):
                call.answers.append((exchange, result))


def _claim(found: Trace, services: list[Exchange]) -> None:
    """Give each service exchange to the call that it most likely worked for."""
    for exchange in services:
        ranks = [
            (_evidence(call, exchange), -len(call.work), -i) for i, call in enumerate(found.calls)
        ]
        best = max(ranks, default=((0, False), 0, 0))
        if best[0][0]:
            found.calls[-best[2]].work.append(exchange)
        else:
            found.unclaimed.append(exchange)


def _evidence(call: TracedCall, exchange: Exchange) -> tuple[int, bool]:
    """How well a service exchange fits a call: how its values do, then whether the names agree."""
    if not _in_time(call, exchange):
        return 0, False
    named = exchange.request.get("tool")
    if named is not None:
        mine = named == call.call.name and exchange.request.get("call") == canonical(
            call.call.arguments
        )
        return (4 if mine else 0), False
    service = exchange.path.rstrip("/").rpartition("/")[2].rstrip("s").casefold()
    return _fit(call, exchange), bool(service) and service in call.call.name.casefold()


def _in_time(call: TracedCall, exchange: Exchange) -> bool:
    """Whether a service was asked between question and answer.

    A streamed call can be run before the reply has ended, as soon as its arguments are complete.
    """
    asking = call.asked_by
    streamed = asking.conversation is not None and asking.conversation.stream
    asked = asking.started if streamed else asking.ended
    if asked is None or exchange.started < asked:
        return False
    return not call.answers or exchange.started <= call.answers[0][0].started


def _fit(call: TracedCall, exchange: Exchange) -> int:
    """3: asked with values of this call only; 2: with parts of them (`Paris` of `Paris, France`);
    1: with values that an earlier service gave this call; 0: neither."""
    wanted = _plain_values(exchange.request)
    given = _plain_values(call.call.arguments)
    learned = {v for e in call.work for v in _plain_values(e.response)}
    if not wanted:
        return 0
    if wanted <= given:
        return 3
    if all(any(value in whole for whole in given) for value in wanted):
        return 2
    return int(wanted <= given | learned)


def _plain_values(data: Any) -> set[str]:
    return {str(value).casefold() for value in scalars(data)}


def canonical(arguments: str | Mapping[str, Any]) -> str:
    """Arguments in one spelling, so that two that mean the same compare equal."""
    data = arguments
    if isinstance(arguments, str):
        try:
            data = json.loads(arguments or "{}")
        except ValueError:
            return arguments
    return json.dumps(data, sort_keys=True, ensure_ascii=False)


def scalars(data: Any) -> list[Any]:
    """The plain values in arguments (JSON text or data), in order, without their names."""
    if isinstance(data, str) and data.lstrip()[:1] in ("{", "["):
        try:
            data = json.loads(data)
        except ValueError:
            return [data]
    if isinstance(data, Mapping):
        return [v for value in data.values() for v in scalars(value)]
    if isinstance(data, list):
        return [v for value in data for v in scalars(value)]
    return [] if data is None or data == "" else [data]
