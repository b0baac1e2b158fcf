"""One room: its clients, its book, and the page's tickets."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from fanout.recording import Run
from fanout.simulator.room.book import Book
from fanout.simulator.room.clients import Clients
from fanout.simulator.services import Service, practice

MOST_CABINETS = 500

Picture = Callable[[Run], Mapping[str, Any]]
"""A run's timeline and transcript as plain data."""


class Room:
    """What a far end needs to be shared by a whole room.

    :param key: the room's key, the same as its world's; None for a room on this machine alone.
    :param picture: draws a run; see `fanout.pictures.data`.
    """

    def __init__(self, picture: Picture, key: str | None = None) -> None:
        self.key = key
        self.picture = picture
        self.clients = Clients(key)
        self.book = Book(self.clients.hider)
        self.ticket = _ticket(key)
        """What the page's cookie holds once its visitor has shown the key."""
        self.closing = False
        self._cabinets: OrderedDict[str, Mapping[str, Service]] = OrderedDict()

    def services(self, client: str) -> Mapping[str, Service]:
        """The practice services of one client: its own seats and accounts."""
        if client not in self._cabinets:
            self._cabinets[client] = practice()
            if len(self._cabinets) > MOST_CABINETS:
                self._cabinets.popitem(last=False)
        self._cabinets.move_to_end(client)
        return self._cabinets[client]

    def empty(self, client: str | None = None) -> None:
        """Forget what one client, or everybody, did: exchanges, seats, accounts."""
        self.book.forget(client)
        if client is None:
            self._cabinets.clear()
        else:
            self._cabinets.pop(client, None)

    def close(self) -> None:
        """End the pages that are watching, so that the server can stop."""
        self.closing = True


def _ticket(key: str | None) -> str:
    """The same for the same key, so that the page on the wall outlives a restart of the room."""
    if key is None:
        return secrets.token_urlsafe(24)
    return hmac.new(key.encode(), b"fanout room: the page", "sha256").hexdigest()
