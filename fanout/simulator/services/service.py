"""A service: its parameters, its waiting time, its answer."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from fanout.simulator.services.declined import Declined, NotKnown
from fanout.simulator.services.memory import Memory


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service: `answer` takes its parameters and returns data, or raises `Declined`.

    `latency` is the shortest and the longest waiting time in seconds. Which of them a request gets
    depends on what it asks for and on nothing else, so that a lesson looks the same every time.
    """

    parameters: tuple[str, ...]
    latency: tuple[float, float]
    answer: Callable[..., dict[str, Any]]
    optional: tuple[str, ...] = ()
    """Parameters that may be left out."""
    method: Literal["GET", "POST"] = "GET"
    """A GET has its parameters in the address, a POST in a JSON object, and only a POST changes
    anything."""
    memory: Memory | None = None
    """Where it keeps what it answered to an idempotency key; None takes no notice of keys."""

    def reply(self, given: Mapping[str, Any], key: str | None = None) -> dict[str, Any]:
        """The answer for the given parameters; `Declined` says what is wrong or in the way.

        :param key: the request's idempotency key: with the same key the work is done only once.
        """
        missing = [name for name in self.parameters if given.get(name) in (None, "")]
        if missing:
            where = " in a JSON object" if self.method == "POST" else ""
            raise NotKnown(f"This service needs {_listed(self.parameters)}{where}.", status=400)
        asked = {n: given[n] for n in (*self.parameters, *self.optional) if n in given}
        if key is None or self.memory is None:
            return self.answer(**asked)
        return self.memory.once(key, asked, lambda: self.answer(**asked))

    def require(self, method: str) -> None:
        """Raise `Declined`, 405, for another method than this service's own."""
        if method != self.method:
            raise Declined(f"This service answers to {self.method}, not to {method}.", status=405)

    def seconds(self, given: Mapping[str, Any]) -> float:
        """How long this request takes at pace 1."""
        shortest, longest = self.latency
        asked = "|".join(str(given.get(name, "")).casefold() for name in self.parameters)
        return shortest + (longest - shortest) * (zlib.crc32(asked.encode()) % 101) / 100


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(filter(None, [", ".join(f"`{n}`" for n in names[:-1]), f"`{names[-1]}`"]))
