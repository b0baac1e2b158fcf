"""A service: its parameters, its waiting time, its answer."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


class NotKnown(LookupError):
    """A service has no answer for what it was asked. `status` is the HTTP status to send."""

    def __init__(self, message: str, status: int = 404) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service: `answer` takes its parameters and returns data, or raises `NotKnown`.

    `latency` is the shortest and the longest waiting time in seconds. Which of them a request gets
    depends on what it asks for and on nothing else, so that a lesson looks the same every time.
    """

    parameters: tuple[str, ...]
    latency: tuple[float, float]
    answer: Callable[..., dict[str, Any]]

    def reply(self, given: Mapping[str, str]) -> dict[str, Any]:
        """The answer for the given parameters; `NotKnown` says what is missing or not known."""
        missing = [name for name in self.parameters if not given.get(name)]
        if missing:
            raise NotKnown(f"This service needs {_listed(self.parameters)}.", status=400)
        return self.answer(**{name: given[name] for name in self.parameters})

    def seconds(self, given: Mapping[str, str]) -> float:
        """How long this request takes at pace 1."""
        shortest, longest = self.latency
        asked = "|".join(given.get(name, "").casefold() for name in self.parameters)
        return shortest + (longest - shortest) * (zlib.crc32(asked.encode()) % 101) / 100


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(f"`{name}`" for name in names)
