"""What a far end remembers between requests: stored responses, and message threads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from fanout.dialects.claude import Threads
from fanout.dialects.responses import Stored

KEPT = 2_000
"""Ids that a store keeps. The oldest goes first, and is then not found, as after thirty days."""
ACCOUNTS = 200
"""API keys that something is kept for."""
FINGERPRINTS = 50_000
"""Requests that are known again when they come once more."""


class Store(OrderedDict[str, Stored]):
    """Stored responses, the latest ones."""

    def __setitem__(self, key: str, stored: Stored) -> None:
        super().__setitem__(key, stored)
        self.move_to_end(key)
        while len(self) > KEPT:
            self.popitem(last=False)


class Memory:
    """One far end's memory. What belongs to an account is kept apart by its API key."""

    def __init__(self) -> None:
        self._responses: OrderedDict[str, Store] = OrderedDict()
        self._threads: OrderedDict[str, Threads] = OrderedDict()
        self._seen: OrderedDict[str, int] = OrderedDict()

    def responses(self, key: str) -> Store:
        """The responses stored for an API key."""
        return _of(self._responses, key, Store)

    def threads(self, key: str) -> Threads:
        """The message threads of an API key."""
        return _of(self._threads, key, Threads)

    def forget(self, key: str | None = None) -> None:
        """Forget what is kept for an API key; without one, everything."""
        for kept in (self._responses, self._threads):
            for known in [key] if key is not None else list(kept):
                kept.pop(known, None)
        if key is None:
            self._seen.clear()

    def seed(self, fingerprint: str) -> str:
        """What the ids of the reply to a request are made of.

        It depends on the request and on how often it was made before, so that a fresh far end gives
        the same ids to the same requests, and a repeated request new ones, as the real APIs do.
        """
        times = self._seen.pop(fingerprint, 0) + 1
        self._seen[fingerprint] = times
        _shorten(self._seen, FINGERPRINTS)
        return f"{fingerprint} {times}"


Kept = TypeVar("Kept")


def _of(accounts: OrderedDict[str, Kept], key: str, new: Callable[[], Kept]) -> Kept:
    """What is kept for a key, made if there is nothing yet; the key silent longest makes room."""
    if key not in accounts:
        accounts[key] = new()
        _shorten(accounts, ACCOUNTS)
    accounts.move_to_end(key)
    return accounts[key]


def _shorten(kept: OrderedDict[str, Any], most: int) -> None:
    while len(kept) > most:
        kept.popitem(last=False)
