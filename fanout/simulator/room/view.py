"""What the page shows of one client: its latest conversations, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fanout.recording import Exchange, Run
from fanout.simulator.room.book import Page
from fanout.simulator.room.room import Picture, Room
from fanout.simulator.room.slim import slim
from fanout.trace import Trace, trace

ROUND_TRIPS = 8
"""Round trips that are looked at; of a longer conversation the page shows its end."""
CONVERSATIONS = 3


@dataclass(frozen=True, kw_only=True)
class Glance:
    """One client as it was at a moment. Nothing changes it, so a card can be drawn in any thread."""

    label: str
    round_trips: int
    calls: int
    exchanges: tuple[Exchange, ...]

    @property
    def half_read(self) -> bool:
        """Whether a request has arrived of which nothing more is known yet."""
        return any(map(_unread, self.exchanges))


def glance(label: str, page: Page, room: Room) -> Glance:
    """What there is to see of a client now."""
    return Glance(
        label=label,
        round_trips=page.requests,
        calls=page.calls,
        exchanges=tuple(_seen(exchange, label, room) for exchange in _latest(page)),
    )


def card(seen: Glance, picture: Picture, zero: float) -> dict[str, Any]:
    """One client: its counts and pictures, the newest first. Times are seconds since `zero`."""
    exchanges = [e for e in seen.exchanges if not _unread(e)]
    moments = [m for e in exchanges for m in (e.started, e.ended) if m is not None]
    return {
        "client": seen.label,
        "round_trips": seen.round_trips,
        "calls": seen.calls,
        "busy": any(e.ended is None for e in seen.exchanges),
        "last": round(max(moments, default=zero) - zero, 3),
        "conversations": [_drawn(run, picture, zero) for run in _conversations(exchanges)],
    }


def _latest(page: Page) -> Iterator[Exchange]:
    """The last round trips, with what services did since the first of them."""
    exchanges = [entry.exchange for entry in page.entries.values()]
    models = [e for e in exchanges if e.kind == "model"][-ROUND_TRIPS:]
    first = models[0].number if models else 0
    recent = [e for e in exchanges if e.kind == "service" and e.number > first][-4 * ROUND_TRIPS :]
    yield from sorted([*models, *recent], key=lambda e: e.number)


def _unread(exchange: Exchange) -> bool:
    """Whether nothing is known yet of what a request says: it has only just arrived."""
    return exchange.kind == "model" and exchange.ended is None and exchange.conversation is None


def _seen(exchange: Exchange, label: str, room: Room) -> Exchange:
    """An exchange as others may see it: one in flight is not in its small form yet."""
    if exchange.ended is not None:
        return exchange
    return slim(exchange, room.clients.hider(label))


def _conversations(exchanges: list[Exchange]) -> list[Run]:
    """One run for each of the latest conversations, the newest first."""
    found = trace(Run(exchanges))
    runs = [Run(_sorted([*group, *_work(found, group)])) for group in found.conversations()]
    runs.sort(key=lambda run: max(e.started for e in run.exchanges), reverse=True)
    if not found.unclaimed:
        return runs[:CONVERSATIONS]
    if not runs:
        return [Run(found.unclaimed)]
    newest = Run(_sorted([*runs[0].exchanges, *_since(found.unclaimed, runs[0])]))
    return [newest, *runs[1:CONVERSATIONS]]


def _work(found: Trace, group: list[Exchange]) -> Iterator[Exchange]:
    for call in found.calls:
        if call.asked_by in group:
            yield from call.work


def _since(services: list[Exchange], run: Run) -> list[Exchange]:
    return [e for e in services if e.started >= run.exchanges[0].started]


def _sorted(exchanges: list[Exchange]) -> list[Exchange]:
    return sorted(exchanges, key=lambda e: e.number)


def _drawn(run: Run, picture: Picture, zero: float) -> Mapping[str, Any]:
    began = {"began": round(min(e.started for e in run.exchanges) - zero, 3)}
    try:
        return {**picture(run), **began}
    except Exception as error:  # noqa: BLE001 (what a stranger sent must not end everybody's page)
        return {"trouble": f"This cannot be drawn ({type(error).__name__}).", **began}
