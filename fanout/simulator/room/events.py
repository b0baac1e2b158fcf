"""The live page's news as server-sent events: each client, then each that changed.

A page that is slow gets fewer, newer events, never a queue of old ones. A card is drawn once for all
pages, beside the server's loop and with pauses, so that drawing never holds up the requests: in a
room where forty work at once, a card may be a second late.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from fanout.simulator.room.guard import Refused
from fanout.simulator.room.room import Room
from fanout.simulator.room.view import Glance, card, glance

MOST_PAGES = 40
BREATH = 0.15
"""Seconds in which changes are collected into one event."""
PATIENCE = 0.5
"""Seconds after which a page looks whether the server is stopping."""
REST = 2.0
"""How long drawing rests after a card, in times of what the card took."""
SILENCE = 15.0
"""Seconds without news after which a comment keeps the connection open."""


class _Card(NamedTuple):
    """A card as JSON, when it was made, and whether a request had arrived but was not read yet."""

    changed: int
    half_read: bool
    text: str


_NONE = _Card(-1, False, "null")


class Events:
    """The streams of one room.

    :param zero: when the room began, on the record's clock.
    """

    def __init__(self, room: Room, zero: float) -> None:
        self.room = room
        self.zero = zero
        self._cards: dict[str, _Card] = {}
        self._pen = asyncio.Lock()

    async def stream(self, _request: Request) -> Response:
        """`GET /fanout/events`."""
        if self.room.book.watched >= MOST_PAGES:
            raise Refused(f"{MOST_PAGES} pages are watching this room already; close one.", 503)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._news(), media_type="text/event-stream", headers=headers)

    async def _news(self) -> AsyncIterator[str]:
        changed = self.room.book.watch()
        try:
            yield "retry: 1500\n\n"
            seen, shown = 0, set(self.room.book.clients())
            yield self._event("there", json.dumps(list(shown)))
            changed.set()
            quiet = time.monotonic()
            while not self.room.closing:
                if await _within(changed, BREATH if self._half_read(shown) else PATIENCE):
                    await asyncio.sleep(BREATH)
                    changed.clear()
                elif time.monotonic() - quiet > SILENCE:
                    yield ": still here\n\n"
                    quiet = time.monotonic()
                since, seen = seen, self.room.book.changed
                before, shown = shown, set(self.room.book.clients())
                for label in before - shown:
                    yield self._event("gone", json.dumps(label))
                for label in self._changed(since):
                    yield self._event("card", await self._card(label))
                    quiet = time.monotonic()
        finally:
            self.room.book.unwatch(changed)

    def _changed(self, since: int) -> list[str]:
        """The clients that did something since then, or whose last request can be shown by now."""
        return [
            label
            for label, page in self.room.book.clients().items()
            if page.changed > since or self._cards.get(label, _NONE).half_read
        ]

    def _half_read(self, labels: set[str]) -> bool:
        return any(self._cards.get(label, _NONE).half_read for label in labels)

    async def _card(self, label: str) -> str:
        """A client's card as JSON, made again only if something changed."""
        async with self._pen:
            page = self.room.book.clients().get(label)
            if page is None:
                return "null"
            made = self._cards.get(label, _NONE)
            if made.changed != page.changed or made.half_read:
                changed, seen = page.changed, glance(label, page, self.room)
                began = time.perf_counter()
                text = await asyncio.to_thread(self._draw, seen)
                made = self._cards[label] = _Card(changed, seen.half_read, text)
                await asyncio.sleep(REST * (time.perf_counter() - began))
            for gone in self._cards.keys() - self.room.book.clients().keys():
                del self._cards[gone]
            return made.text

    def _draw(self, seen: Glance) -> str:
        return json.dumps(card(seen, self.room.picture, self.zero))

    def _event(self, kind: str, data: str) -> str:
        now = round(time.perf_counter() - self.zero, 3)
        return f'event: {kind}\ndata: {{"now":{now},"data":{data}}}\n\n'


async def _within(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event is set within that time."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
