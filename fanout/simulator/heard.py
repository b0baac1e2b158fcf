"""What a request says and what the offline model makes of it, kept for when it is sent again.

A class runs the same cells, so most of a room's requests have been here before, byte for byte. What
follows from the bytes alone is worked out once. What does not is never kept: ids, times, faults,
scripts, and whatever refers to an earlier response or a thread.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property

from fanout.dialects.tokens import prompt
from fanout.simulator.apis import Asked
from fanout.simulator.model import Decision, decide

KEPT = 256
"""Requests that are kept; the one that was silent longest goes first."""
LONGEST = 16_000
"""Bytes of the longest request that is kept. A conversation of a lesson has some ten thousand."""

Mark = tuple[str | None, ...]
"""Equal for requests that are read alike, and for no others; keys play no part in that."""


@dataclass(frozen=True)
class Heard:
    """One request, with what follows from it."""

    asked: Asked
    """As it was first asked; the key may have been another one."""

    @cached_property
    def decision(self) -> Decision:
        """The offline model's next turn."""
        return decide(self.asked.conversation)

    @cached_property
    def prompt(self) -> int:
        """The estimated tokens of what was read."""
        return prompt(self.asked.conversation)


class Hearing:
    """The latest requests of a far end. Belongs to the server's loop."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Mark, Heard] = OrderedDict()

    def again(self, mark: Mark) -> Heard | None:
        """The request with this mark, if it is one that was kept."""
        heard = self._kept.get(mark)
        if heard is not None:
            self._kept.move_to_end(mark)
        return heard

    def keep(self, mark: Mark, heard: Heard) -> None:
        """Keep a request that was accepted and says everything itself."""
        self._kept[mark] = heard
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
