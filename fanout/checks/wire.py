"""The learner's side of the wire: the tools, and what is said about them while a function runs.

Strategy: a tool's call is a request to the far end, where the judge stands. Three things the judge
could not see there, or could only guess from a clock, are announced to it, each before anything else
goes on: that nothing more will be asked until something is answered (*calm*), that a call was broken
off, and that the function has ended while a call is still under way. The judge believes them as far
as they go: *calm* only ends its waiting earlier, and for the other two a learner who forges them has
to do so call by call.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import json
import math
import selectors
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fanout.checks import hush
from fanout.checks.lines import Lines
from fanout.checks.scenario import (
    BROKEN_OFF,
    CALM,
    CANCELS_ITSELF,
    ENDED,
    IS_NO_JSON,
    RAISES,
    STOPS_ITS_CALLER,
)

SOON = 2.5
"""Seconds. With a timer due earlier a loop is not calm: the timer may start another call."""
TICK = 0.02
"""Seconds between two looks at the threads of a function that has some."""
_TURNS = 20
"""Turns of the loop in which a call that was cancelled, and not waited for, comes to its end."""


class Wire:
    """What one call of a learner's function has under way, and the line on which it is told.

    :param url: the far end.
    :param write: turns arguments into plain data; raises `TypeError` where it cannot.
    """

    def __init__(self, url: str, write: Callable[[Any], Any]) -> None:
        self._lines, self._write = Lines(url), write
        self._lock = threading.Lock()
        self._inside: list[int] = []  # the thread of each tool that is under way
        self._begun, self._changes, self._told = 0, 0, 0
        self._home = threading.get_ident()
        self._before = set(threading.enumerate())
        self._turn: asyncio.Task[Any] | None = None

    def tool(self, name: str, *, asynchronous: bool) -> Callable[..., Any]:
        """The function behind a tool name."""
        return self._async_tool(name) if asynchronous else self._plain_tool(name)

    def _plain_tool(self, name: str) -> Callable[..., Any]:
        def tool(**arguments: Any) -> Any:
            with self._under_way():
                if threading.get_ident() == self._home and _on_a_loop():
                    self.tell_if_calm()  # the loop stands still until this call is answered
                return self._result(*self._lines.ask(name, self._text(arguments)))

        tool.__name__, tool.__qualname__ = name, f"{name} ({hush.OF_THE_CHECK})"
        return tool

    def _async_tool(self, name: str) -> Callable[..., Any]:
        async def tool(**arguments: Any) -> Any:
            text = self._text(arguments)
            with self._under_way():
                try:
                    failed, answer = await self._lines.ask_on_a_loop(name, text)
                    if answer == STOPS_ITS_CALLER:
                        await self._stop_the_turn()
                except asyncio.CancelledError:
                    self.tell(BROKEN_OFF, tool=name, arguments=json.loads(text))
                    raise
                return self._result(failed, answer)

        tool.__name__, tool.__qualname__ = name, f"{name} ({hush.OF_THE_CHECK})"
        hush.about_tools()
        return tool

    def _text(self, arguments: Mapping[str, Any]) -> str:
        return json.dumps(self._write(arguments))

    def _result(self, failed: bool, answer: Any) -> Any:
        if failed:
            raise RuntimeError(answer)
        if answer == CANCELS_ITSELF:
            raise asyncio.CancelledError
        if isinstance(answer, dict) and RAISES in answer:
            kind, text = answer[RAISES]
            raise getattr(builtins, kind)(*([text] if text else []))
        return {"no", "JSON"} if answer == IS_NO_JSON else answer

    async def _stop_the_turn(self) -> None:
        """Cancel the function from outside, as its caller would, and go on with the work."""
        if self._turn is None:
            raise RuntimeError("A function that is not async cannot be stopped by its caller.")
        self._turn.get_loop().call_soon_threadsafe(self._turn.cancel)
        await asyncio.Event().wait()

    @contextlib.contextmanager
    def _under_way(self) -> Iterator[None]:
        thread = threading.get_ident()
        with self._lock:
            self._inside.append(thread)
            self._begun += 1
            self._changes += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside.remove(thread)
                self._changes += 1

    # --- Running a function -----------------------------------------------------------------------

    def run(self, work: Callable[[], Any]) -> Any:
        """Run a coroutine function to its end, on a loop of its own that notices when it is calm."""

        async def turn() -> Any:
            self._turn = asyncio.current_task()
            try:
                return await work()
            finally:
                for _ in range(_TURNS):
                    await asyncio.sleep(0)
                self.ended()

        with asyncio.Runner(loop_factory=_loop_factory(self)) as runner:
            return runner.run(turn())

    def ended(self) -> None:
        """Say that the function has ended, if something is under way: that was left behind."""
        if self._inside:
            self.tell(ENDED)

    # --- Announcements ----------------------------------------------------------------------------

    @property
    def untold(self) -> bool:
        """Whether calls are under way, and other ones than when this was told last."""
        return bool(self._inside) and self._changes != self._told

    @property
    def restless(self) -> bool:
        """Whether there is something to tell, or may be soon because threads are at work."""
        return self.untold or bool(self._threads())

    def _threads(self) -> set[threading.Thread]:
        """The threads that were started since the function was called."""
        return set(threading.enumerate()) - self._before

    def tell_if_calm(self) -> None:
        """Say that nothing more will be asked until something is answered, if that is so.

        Asked in the thread that the function was called in, when that can do nothing else. Of the
        threads that the function may have started each has to be inside a tool.
        """
        with self._lock:
            inside, begun, changes = list(self._inside), self._begun, self._changes
        if all(thread.ident in inside for thread in self._threads()):
            self._told = changes
            self.tell(CALM, under_way=len(inside), begun=begun)

    def tell(self, what: str, **said: Any) -> None:
        """Tell the far end, and wait until it has heard. A far end that is gone need not know."""
        with contextlib.suppress(OSError):
            self._lines.ask(what, json.dumps(said))

    def close(self) -> None:
        """Hang up. A call that is still under way comes to its end."""
        self._lines.close()


class _Watching(selectors.DefaultSelector):
    """The selector of a loop: where it would wait for input, it first says that it is calm."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def select(self, timeout: float | None = None) -> Any:
        """Wait as any selector does."""
        if timeout is not None and timeout < SOON:
            return super().select(timeout)
        end = math.inf if timeout is None else time.monotonic() + timeout
        events = super().select(0)
        while not events and self._wire.restless and time.monotonic() < end:
            if self._wire.untold:
                self._wire.tell_if_calm()
            events = super().select(TICK)
        left = max(0.0, end - time.monotonic())
        return events or super().select(left if timeout is not None else None)


def _loop_factory(wire: Wire) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Loops that notice when they are calm; on Windows, whose loops have no selector, usual ones."""
    if sys.platform == "win32":
        return None
    return lambda: asyncio.SelectorEventLoop(_Watching(wire))


def _on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
