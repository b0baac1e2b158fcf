"""The outside of a box: a preloaded process in its sandbox, started, asked for sessions, stopped."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict

from fanout.grading import wire
from fanout.grading.layers import Kind
from fanout.grading.nursery import Nursery
from fanout.grading.process import Process
from fanout.grading.pulse import Pulse
from fanout.grading.sandbox import Limits
from fanout.grading.session import ANSWER, BoxFailed, Patience, Session
from fanout.grading.state import State
from fanout.grading.wire import Babble, Gone, Line, Silence

_START = 60.0


class Box:
    """One process that has everything loaded and forks a learner's interpreter when asked.

    With bubblewrap it can give no submission namespaces of its own. Then the process serves one
    submission and is started anew for the next, which costs about a second.

    :param nursery: one that loads for several boxes; with bubblewrap each box needs its own.
    """

    def __init__(
        self,
        kind: Kind = "namespaces",
        nursery: Nursery | None = None,
        *,
        limits: Limits | None = None,
    ) -> None:
        self.kind = kind
        self.layers: tuple[str, ...] = ()
        self._nursery = nursery or Nursery(kind)
        self._own_nursery = nursery is None
        self._limits = limits or Limits()
        self._loaded: set[str] = set()
        self._used = False
        self._memory = 0
        self._process: Process | None = None
        self._line: Line | None = None

    def start(self) -> Box:
        """Start the process; `ready` waits for it. Several boxes can so load at the same time."""
        self._line, self._used = self._nursery.box(self._loaded), False
        return self

    def ready(self) -> Box:
        """Wait until everything is loaded. Raises `BoxFailed` with the kernel's words."""
        assert self._line is not None
        deadline = time.monotonic() + _START
        try:
            pid, _ = self._line.receive_hello(deadline)
            self._process = Process(pid)
            hello = self._line.receive(deadline)
        except (Gone, Silence, Babble) as error:
            self.stop()
            raise BoxFailed(f"the process in the box did not come up ({error!r})") from None
        if "failed" in hello:
            self.stop()
            raise BoxFailed(str(hello["failed"]))
        self.layers, self._memory = tuple(hello["layers"]), int(hello["memory"])
        return self

    def stop(self) -> None:
        """End it and everything in it."""
        self._end()
        if self._own_nursery:
            self._nursery.stop()

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._process is not None:
            self._process.kill()
            self._process.close()
            self._process = None

    def _make_fit(self, also: Sequence[str]) -> None:
        """Begin anew where it is spent, or has not loaded something that a notebook wants."""
        spent = self._used and self.kind == "bubblewrap"
        if spent:
            self.stop()
        if spent or not self._loaded.issuperset(also):
            self._end()
            self._loaded.update(also)
            self.start().ready()

    def open(
        self,
        also: Sequence[str] = (),
        patience: Patience | None = None,
        pulse: Pulse | None = None,
    ) -> Session:
        """An empty interpreter for one submission. Raises `BoxFailed` when the box is broken."""
        self._make_fit(also)
        self._used = True
        assert self._line is not None
        keeper, keeper_inner = wire.pair()
        first, first_inner = wire.pair()
        deadline = time.monotonic() + ANSWER
        with keeper_inner, first_inner:
            try:
                self._line.send(
                    {"limits": asdict(self._limits)},
                    [keeper_inner.fileno(), first_inner.fileno()],
                    deadline,
                )
            except (Gone, Silence) as error:
                raise BoxFailed(f"the process in the box does not listen ({error!r})") from None
        try:
            pid, sockets = keeper.receive_hello(deadline)
            state = State.greeted(first, deadline)
        except (Gone, Silence) as error:
            keeper.close()
            first.close()
            raise BoxFailed(f"no interpreter came up in the box ({error!r})") from None
        return Session(
            keeper=State(keeper, Process(pid)),
            current=state,
            listening=sockets[0],
            apart=self.kind == "namespaces",
            memory=self._memory,
            most_memory=self._limits.memory,
            patience=patience or Patience(),
            pulse=pulse,
        )
