"""The tools of one scenario on the far end, and what becomes of the calls that reach them.

A stage lets no wrong function wait for longer than it has to: calls that wait at a meeting for others
go on as soon as it is certain that no other will come, and calls that hang are let go when their
caller has given them up or the function has ended. Everything but `close` happens on the server's
loop, so nothing here needs a lock.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fanout.checks.scenario import BROKEN_OFF, CALM, ENDED
from fanout.recording import Exchange
from fanout.simulator.tools import Meeting, ScenarioTool, ToolFailed
from fanout.trace import canonical, scalars

ANNOUNCED = frozenset({CALM, BROKEN_OFF, ENDED})
"""What is told under the name of a tool, and is no call of one."""


@dataclass(eq=False)
class Call:
    """One call that is under way."""

    tool: str
    given: Mapping[str, Any]
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    """Nobody waits for it any more."""
    alone: asyncio.Event = field(default_factory=asyncio.Event)
    """No other will come to the meeting where it waits."""
    waits: bool = False
    """It is at a meeting."""

    def __str__(self) -> str:
        return f"{self.tool}({', '.join(map(str, scalars(self.given)))})"


class Stage:
    """The far end's side of one scenario."""

    def __init__(self, tools: Mapping[str, ScenarioTool]) -> None:
        self.left: list[str] = []
        """Calls that were still under way when the function had ended."""
        self.in_vain = False
        """A call waited for others until its patience was at its end."""
        self._calls: list[Call] = []
        self._arrived = 0
        self._calm = False  # by the function's own word, and nothing was answered since
        self._expected = 0  # calls under way, by that word; some may be on their way
        self._given_up: set[int] = set()
        self._over = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self.tools: Mapping[str, ScenarioTool] = {
            **{name: _Staged.of(tool, name, self) for name, tool in tools.items()},
            CALM: ScenarioTool(answer=self._hear_calm),
            BROKEN_OFF: ScenarioTool(answer=self._hear_broken_off),
            ENDED: ScenarioTool(answer=self._hear_ended),
        }
        """For the world: the scenario's tools, and the places where the function's side tells."""

    @property
    def busy(self) -> bool:
        """Whether calls are under way that nobody has given up."""
        return bool(self._calls)

    def close(self) -> None:
        """Let go of every call. Called from any thread, when the function is done with."""
        self._over = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._free, tuple(self._calls))

    # --- The calls --------------------------------------------------------------------------------

    async def work(self, name: str, tool: ScenarioTool, given: Mapping[str, Any]) -> None:
        """Take the time that a call takes, or less if nobody waits for it any more."""
        self._loop = asyncio.get_running_loop()
        call = Call(name, given)
        self._arrived += 1
        self._calls.append(call)
        if self._over:
            self._free([call])
        if tool.meeting is not None:
            await self._meet(call, tool.meeting)
        seconds = tool.seconds(given) if callable(tool.seconds) else tool.seconds
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(call.freed.wait(), seconds)
        else:
            await asyncio.sleep(0)
        if call.freed.is_set():
            self._given_up.add(id(given))
        self._free([call])

    def answer(self, tool: ScenarioTool, given: Mapping[str, Any]) -> Any:
        """What the tool answers. Raises `ToolFailed` if nobody waited for it."""
        if id(given) in self._given_up:  # the object is the one that `work` was given
            self._given_up.remove(id(given))
            raise ToolFailed("not carried out: its caller had given it up")
        return tool.answer(given)

    async def _meet(self, call: Call, meeting: Meeting) -> None:
        call.waits = True
        try:
            # Attended first, so that the call is counted as being there.
            attending = asyncio.ensure_future(meeting.attend())
            await asyncio.sleep(0)
            self._look_around()
            await _first(attending, call.alone.wait(), call.freed.wait())
            self.in_vain |= meeting.in_vain
        finally:
            call.waits = False

    def _look_around(self) -> None:
        """Send home who waits, if all that are under way wait and no other will come."""
        all_here = self._calm and len(self._calls) == self._expected
        if all_here and all(call.waits for call in self._calls):
            for call in self._calls:
                call.alone.set()

    def _free(self, calls: Iterable[Call]) -> None:
        self._calm = False
        for call in calls:
            call.freed.set()
            if call in self._calls:
                self._calls.remove(call)

    # --- What is told -----------------------------------------------------------------------------

    def _hear_calm(self, said: Mapping[str, Any]) -> None:
        """It is so unless an answer is on its way, which the function did not know of."""
        self._expected = said["under_way"]
        self._calm = len(self._calls) + said["begun"] - self._arrived == self._expected
        self._look_around()

    def _hear_broken_off(self, said: Mapping[str, Any]) -> None:
        call = Call(said["tool"], said["arguments"])
        same = [known for known in self._calls if _same(known, call)][:1]
        if not same:
            self._arrived += 1  # it will not come any more
        self._free(same)
        if self._over:
            self._leave([call])

    def _hear_ended(self, _said: Mapping[str, Any]) -> None:
        self._over = True
        self._leave(self._calls)
        self._free(tuple(self._calls))

    def _leave(self, calls: Iterable[Call]) -> None:
        self.left += [str(call) for call in calls if str(call) not in self.left]


@dataclass(frozen=True, kw_only=True)
class _Staged(ScenarioTool):
    """A scenario's tool on a stage."""

    on_stage: Callable[[Mapping[str, Any]], Awaitable[None]]

    @classmethod
    def of(cls, tool: ScenarioTool, name: str, stage: Stage) -> _Staged:
        async def on_stage(given: Mapping[str, Any]) -> None:
            await stage.work(name, tool, given)

        return cls(answer=lambda given: stage.answer(tool, given), on_stage=on_stage)

    async def work(self, given: Mapping[str, Any]) -> None:
        """Take the time that a call takes, on the stage."""
        await self.on_stage(given)


def without_announcements(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """What crossed the wire, but for what the function's side only told."""
    return [e for e in exchanges if e.request.get("tool") not in ANNOUNCED]


def _same(one: Call, other: Call) -> bool:
    return one.tool == other.tool and canonical(one.given) == canonical(other.given)


async def _first(*work: Awaitable[Any]) -> None:
    """Wait until one of them is done, and stop the others."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
