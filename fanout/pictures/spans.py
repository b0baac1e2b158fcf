"""The numbers of a timeline: lanes of bars, in seconds since the first request.

Nothing here draws. What was in flight when the run was looked at ends, in the picture, at the last
moment the record knows, so that a picture does not depend on when it is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fanout.pictures.relation import Interval
from fanout.recording import Exchange, Run
from fanout.trace import Trace, TracedCall, UnknownAnswer, trace

Kind = Literal["turn", "work", "other", "wait"]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One stretch of time: a turn of the model, service work, or the wait for an answer."""

    kind: Kind
    start: float
    end: float
    failed: int | None = None
    """The HTTP status, if it was an error."""
    in_flight: bool = False
    """Not ended when the run was looked at."""
    left: str = ""
    """When the client left, if it did not wait for the end: `in mid-stream`."""
    broken_off: bool = False
    """The stream ended before the reply did."""
    name: str = ""
    """What the bar is called: `turn 2`, or the service that was asked."""
    faults: tuple[str, ...] = ()
    """The faults that it met because somebody asked for them."""

    @property
    def seconds(self) -> float:
        """Its length, as far as it is known."""
        return self.end - self.start


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One row of the picture: a label, bars, and what is wrong with it, in a word or two."""

    kind: Literal["model", "call", "other", "unknown"]
    label: str
    bars: tuple[Bar, ...] = ()
    asked: float | None = None
    answered: float | None = None
    trouble: str = ""
    at: float | None = None
    """Where the trouble shows."""
    turn: int = 0
    """The turn that asked for the call, counted from 1."""
    pending: bool = False
    """No later request of its conversation could have answered the call: the run ended first."""

    @property
    def work(self) -> Interval | None:
        """From the first service request of this call to its last answer, or None."""
        bars = [bar for bar in self.bars if bar.kind == "work"]
        return (bars[0].start, max(bar.end for bar in bars)) if bars else None


@dataclass(frozen=True, kw_only=True)
class Spans:
    """A whole timeline in numbers. `lanes` stand from top to bottom, the model's first."""

    seconds: float
    turns: tuple[Bar, ...]
    lanes: tuple[Lane, ...]
    axis: float = 0.0
    """Seconds that the time axis shows at least, so that two pictures can have the same one."""

    @property
    def calls(self) -> tuple[Lane, ...]:
        """The lanes of the tool calls, in the order they were asked for."""
        return tuple(lane for lane in self.lanes if lane.kind == "call")


def spans(run: Run) -> Spans:
    """Measure a run. An empty run gives no lanes and 0.0 seconds."""
    exchanges = list(run.exchanges)
    if not exchanges:
        return Spans(seconds=0.0, turns=(), lanes=())
    clock = _Clock(exchanges)
    found = trace(Run(exchanges))
    turns = tuple(clock.bar("turn", e, f"turn {n}") for n, e in enumerate(found.parents, 1))
    model = [Lane(kind="model", label="model", bars=turns)] if turns else []
    calls = [_call_lane(call, found, clock) for call in found.calls]
    unknown = [_unknown_lane(u, clock) for u in found.unknown if not u.replayed]
    other = [_other_lane(found.unclaimed, clock)] if found.unclaimed else []
    lanes = (*model, *calls, *unknown, *other)
    return Spans(seconds=clock.end, turns=turns, lanes=lanes)


class _Clock:
    """Turns the record's times into seconds since the first request."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self.zero = min(e.started for e in exchanges)
        known = [e.started for e in exchanges] + [e.ended for e in exchanges if e.ended is not None]
        self.end = max(known) - self.zero

    def at(self, moment: float | None) -> float:
        return self.end if moment is None else moment - self.zero

    def bar(self, kind: Kind, exchange: Exchange, name: str = "") -> Bar:
        status = exchange.status or 0
        return Bar(
            kind=kind,
            start=self.at(exchange.started),
            end=self.at(exchange.ended),
            failed=status if status >= 400 and not exchange.left else None,
            in_flight=exchange.ended is None,
            left=exchange.leaving,
            broken_off=exchange.kind == "model" and exchange.broken_off,
            name=name,
            faults=exchange.faults,
        )


def _call_lane(call: TracedCall, found: Trace, clock: _Clock) -> Lane:
    asked = clock.at(call.asked_by.ended)
    answering = call.answers[0][0] if call.answers else _left_out_by(call, found)
    until = clock.at(answering.started if answering else None)
    work = tuple(clock.bar("work", e) for e in sorted(call.work, key=lambda e: e.started))
    return Lane(
        kind="call",
        label=cut(call.title, 34),
        bars=work or ((Bar(kind="wait", start=asked, end=until),) if asked < until else ()),
        asked=asked,
        answered=until if call.answers else None,
        trouble=trouble(len(call.answers), bool(answering)),
        at=until,
        turn=list(found.parents).index(call.asked_by) + 1,
        pending=answering is None,
    )


def trouble(answers: int, went_on: bool) -> str:
    """What is wrong with the number of results a call got, in words; nothing if it is one.

    A call without a result is at fault only if its conversation went on without it.
    """
    if answers == 1:
        return ""
    if answers:
        return f"answered {'twice' if answers == 2 else f'{answers} times'}"
    return "not answered" if went_on else "not answered yet"


def _left_out_by(call: TracedCall, found: Trace) -> Exchange | None:
    """The request that went on without an answer to this call, if there was one."""
    return next((e for e, parent in found.parents.items() if parent is call.asked_by), None)


def _unknown_lane(stray: UnknownAnswer, clock: _Clock) -> Lane:
    return Lane(
        kind="unknown",
        label=f"result for {cut(stray.result.call_id, 20)}",
        trouble="unknown id",
        at=clock.at(stray.exchange.started),
    )


def _other_lane(exchanges: Sequence[Exchange], clock: _Clock) -> Lane:
    names = [cut(e.path.rstrip("/").rpartition("/")[2], 24) for e in exchanges]
    bars = [clock.bar("other", e, name) for e, name in zip(exchanges, names, strict=True)]
    return Lane(kind="other", label="other", bars=tuple(bars))


# --- How a number or a name is written -----------------------------------------------------------


def in_seconds(value: float) -> str:
    """A time as it is written everywhere: `0.42 s`, and `0.004 s` where two places would say 0."""
    return f"{value:.3f} s" if 0 < value < 0.02 else f"{value:.2f} s"


def cut(text: str, limit: int) -> str:
    """A name on one line, at most `limit` characters, ending in `…` if it was longer."""
    line = re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
