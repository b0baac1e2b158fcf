"""What a far end remembers between requests: stored responses, and message threads."""

from __future__ import annotations

from collections import Counter, OrderedDict

from fanout.dialects.claude import Threads
from fanout.dialects.responses import Stored

KEPT = 2_000
"""Ids that a store keeps. The oldest goes first, and is then not found, as after thirty days."""


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
        self._responses: dict[str, Store] = {}
        self._threads: dict[str, Threads] = {}
        self._seen: Counter[str] = Counter()

    def responses(self, key: str) -> Store:
        """The responses stored for an API key."""
        return self._responses.setdefault(key, Store())

    def threads(self, key: str) -> Threads:
        """The message threads of an API key."""
        return self._threads.setdefault(key, Threads())

    def seed(self, fingerprint: str) -> str:
        """What the ids of the reply to a request are made of.

        It depends on the request and on how often it was made before, so that a fresh far end gives
        the same ids to the same requests, and a repeated request new ones, as the real APIs do.
        """
        self._seen[fingerprint] += 1
        return f"{fingerprint} {self._seen[fingerprint]}"
