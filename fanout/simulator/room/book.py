"""The newest of what crossed the wire in a room, by client, and who wants to hear of more.

Bounded in three ways, so that a room can run for days: so many exchanges in all, so many of one
client (one that loops does not push the others out), and so many characters of text.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from fanout.recording import Exchange
from fanout.simulator.room.slim import Heard, slim, weight

KEPT, OF_ONE, CHARACTERS = 4_000, 200, 40_000_000


@dataclass(kw_only=True, eq=False)
class Entry:
    """One exchange and when it last changed, counted over the whole room."""

    exchange: Exchange
    changed: int
    weight: int = 0


@dataclass(kw_only=True, eq=False)
class Page:
    """What is known of one client."""

    entries: OrderedDict[int, Entry] = field(default_factory=OrderedDict)
    """By number, oldest first."""
    heard: Heard = field(default_factory=Heard)
    changed: int = 0
    requests: int = 0
    """Round trips in all, also those that are not kept any more."""
    calls: int = 0
    """Tool calls asked for in all."""


class Book:
    """The record of a room. Belongs to the server's loop.

    :param hider: gives for a client what takes the keys out of its texts.
    """

    def __init__(
        self,
        hider: Callable[[str], Callable[[str], str]],
        *,
        kept: int = KEPT,
        of_one: int = OF_ONE,
        characters: int = CHARACTERS,
    ) -> None:
        self.changed = 0
        """Counts every beginning and every end."""
        self._hider = hider
        self._kept, self._of_one, self._characters = kept, of_one, characters
        self._pages: dict[str, Page] = {}
        self._whose: OrderedDict[int, str] = OrderedDict()
        self._weight = 0
        self._watchers: set[asyncio.Event] = set()

    def note(self, exchange: Exchange) -> None:
        """Take down that an exchange began, or how it ended."""
        if exchange.ended is None:
            self._begin(exchange)
        elif exchange.number in self._whose:
            self._end(exchange)
        self._shrink(exchange.client)
        self._tell()

    def clients(self) -> dict[str, Page]:
        """What is known of each client, in the order in which they came."""
        return self._pages

    def since(self, changed: int, client: str | None = None) -> Iterator[Entry]:
        """The entries that came or changed after that count, in the order in which they did."""
        pages = self._pages.values() if client is None else [self._pages.get(client, Page())]
        late = (e for page in pages for e in page.entries.values() if e.changed > changed)
        yield from sorted(late, key=lambda entry: entry.changed)

    def forget(self, client: str | None = None) -> None:
        """Drop what one client, or everybody, did."""
        for label in [client] if client is not None else list(self._pages):
            for number in list(self._pages.get(label, Page()).entries):
                self._drop(number)
        self.changed += 1
        self._tell()

    def watch(self) -> asyncio.Event:
        """An event that is set at each change from now on, until `unwatch`."""
        event = asyncio.Event()
        self._watchers.add(event)
        return event

    def unwatch(self, event: asyncio.Event) -> None:
        """Stop setting an event."""
        self._watchers.discard(event)

    @property
    def watched(self) -> int:
        """How many are watching."""
        return len(self._watchers)

    def _begin(self, exchange: Exchange) -> None:
        page = self._pages.setdefault(exchange.client, Page())
        page.entries[exchange.number] = Entry(exchange=exchange, changed=self._count(page))
        page.requests += exchange.kind == "model"
        self._whose[exchange.number] = exchange.client

    def _end(self, exchange: Exchange) -> None:
        client = exchange.client
        page = self._pages[client]
        small = slim(exchange, self._hider(client), page.heard)
        page.calls += len(small.reply.calls) if small.reply else 0
        entry = Entry(exchange=small, changed=self._count(page), weight=weight(small))
        page.entries[exchange.number] = entry
        self._weight += entry.weight

    def _count(self, page: Page) -> int:
        self.changed += 1
        page.changed = self.changed
        return self.changed

    def _shrink(self, client: str) -> None:
        page = self._pages.get(client)
        if page is not None and len(page.entries) > self._of_one:
            self._drop(next(iter(page.entries)))
        while self._whose and (len(self._whose) > self._kept or self._weight > self._characters):
            self._drop(next(iter(self._whose)))

    def _drop(self, number: int) -> None:
        client = self._whose.pop(number)
        page = self._pages[client]
        self._weight -= page.entries.pop(number).weight
        if not page.entries:
            del self._pages[client]

    def _tell(self) -> None:
        for event in self._watchers:
            event.set()
