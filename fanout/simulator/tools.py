"""The tools of a scenario: ordinary functions for the learner, requests to the judge in truth."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


class ToolFailed(Exception):
    """A tool of a scenario fails on purpose; the learner's side raises it as a `RuntimeError`."""


class Meeting:
    """A rendezvous: everyone waits until `size` are there, or until it is clear that they won't be.

    Proves that calls run together without looking at a clock: calls made one after another never
    meet, however fast the machine, and calls made together always do, however slow.

    :param patience: seconds that an early one waits for the others.
    """

    def __init__(self, size: int, patience: float = 2.0) -> None:
        self.size = size
        self.patience = patience
        self.most = 0
        """The most that were there at once."""
        self.in_vain = False
        """Someone waited for as long as they may, and the others had not come."""
        self._here = 0
        self._complete = asyncio.Event()

    async def attend(self) -> None:
        """Wait for the others. Once one has waited in vain, nobody waits any more."""
        self._here += 1
        self.most = max(self.most, self._here)
        if self._here >= self.size:
            self._complete.set()
        try:
            await asyncio.wait_for(self._complete.wait(), self.patience)
        except TimeoutError:
            self.in_vain = True
            self._complete.set()
        finally:
            self._here -= 1


@dataclass(frozen=True, kw_only=True)
class ScenarioTool:
    """What a tool answers (any JSON, or raises `ToolFailed`) and how long it takes, in seconds."""

    answer: Callable[[Mapping[str, Any]], Any]
    seconds: float | Callable[[Mapping[str, Any]], float] = 0.0
    """A number, or a function of the arguments."""
    meeting: Meeting | None = field(default=None)
    """Where its calls meet those of other tools before they answer."""

    async def work(self, given: Mapping[str, Any]) -> None:
        """Take the time that a call with these arguments takes."""
        if self.meeting is not None:
            await self.meeting.attend()
        await asyncio.sleep(self.seconds(given) if callable(self.seconds) else self.seconds)
