"""The boxes of one grader: started together, lent out one by one, replaced when they break."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from types import TracebackType

from fanout.grading.box import Box
from fanout.grading.layers import UNSAFE, Kind, Refused, probe
from fanout.grading.nursery import Nursery
from fanout.grading.pulse import Pulse
from fanout.grading.session import BoxFailed, Patience
from fanout.simulator.hall import Hall

MOST_WAITING = 32
"""So many may wait to be alone before nobody else gets a box any more until they have been."""


class Pool:
    """A number of boxes, one for each submission that is graded at the same time.

    Use it as a context manager; `grade_one.grade_work` borrows from it, from any thread.

    :param jobs: how many submissions may be graded at a time.
    :param unsafe: run learners' code without a sandbox; every result is marked with it.
    :param patience: how long a cell and a submission may take.
    :param kind: what to make the boxes with, instead of the best there is.
    """

    def __init__(
        self,
        jobs: int,
        unsafe: bool = False,
        patience: Patience | None = None,
        kind: Kind | None = None,
    ) -> None:
        if jobs < 1:
            raise ValueError(f"jobs is {jobs}; grading takes at least 1.")
        self.jobs, self.unsafe = jobs, unsafe
        self._kind: Kind = "unsafe" if unsafe else (kind or "namespaces")
        self._chosen = unsafe or kind is not None
        self.patience = patience or Patience()
        self.layers: tuple[str, ...] = ()
        """What keeps learners' code in, outermost first; known once the pool is open."""
        self.hall = Hall()
        self.pulse = Pulse()
        self._nursery: Nursery | None = None
        self._free: list[Box] = []
        self._lent = 0
        self._waiting, self._waiting_alone = 0, 0
        self._quiet = False  # it is the turn of those who want to be alone
        self._change = threading.Condition()

    def __enter__(self) -> Pool:
        """Start the boxes. Raises `Refused`, with what to do, where learners' code cannot be kept in."""
        self._require_layers()
        self.hall.start()
        self.pulse.start()
        # Bubblewrap makes the namespaces around what is started in it.
        self._nursery = None if self._kind == "bubblewrap" else Nursery(self._kind)
        boxes = [self._box().start() for _ in range(self.jobs)]
        try:
            self._free = [box.ready() for box in boxes]
        except BoxFailed as failed:
            self._free = boxes
            self._close()
            raise Refused(f"The sandbox did not start: {failed}. {UNSAFE}") from None
        self.layers = self._free[0].layers
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    @contextlib.contextmanager
    def box(self) -> Iterator[Box]:
        """Borrow a box; waits until one is free."""
        with self._change:
            self._waiting += 1
            try:
                self._change.wait_for(lambda: self._free and not self._quiet)
                box = self._take()
            finally:
                self._waiting -= 1
                self._change.notify_all()
        yield from self._lend(box)

    @contextlib.contextmanager
    def alone(self) -> Iterator[Box]:
        """Borrow a box while no other is in use.

        Waits until nobody waits for a box and all are back, so that the others stand still seldom: at
        the end of a class, or when many have come to wait to be alone.
        """
        with self._change:
            self._waiting_alone += 1
            try:
                self._change.wait_for(self._may_be_alone)
                box = self._take()
            except BaseException:
                self._leave()
                raise
        try:
            yield from self._lend(box)
        finally:
            with self._change:
                self._leave()

    def _may_be_alone(self) -> bool:
        self._quiet |= not self._waiting or self._waiting_alone >= MOST_WAITING
        return bool(self._quiet and self._free and not self._lent)

    def _leave(self) -> None:
        """One less who is or wants to be alone; after the last one it is the others' turn."""
        self._waiting_alone -= 1
        self._quiet &= self._waiting_alone > 0
        self._change.notify_all()

    def _take(self) -> Box:
        self._lent += 1
        return self._free.pop()

    def _lend(self, box: Box) -> Iterator[Box]:
        """Hand a box out, and take it back; one that failed meanwhile is replaced."""
        try:
            yield box
        except BoxFailed:
            box = self._replacement(box)
            raise
        finally:
            with self._change:
                self._free.append(box)
                self._lent -= 1
                self._change.notify_all()

    def _replacement(self, broken: Box) -> Box:
        broken.stop()
        return self._box().start().ready()

    def _box(self) -> Box:
        return Box(self._kind, self._nursery)

    def _require_layers(self) -> None:
        if sys.platform == "win32":
            raise Refused(probe().advice.replace(UNSAFE, "It cannot be done unsafely either."))
        if not self._chosen:
            found = probe()
            if not found.enough:
                raise Refused(found.advice)
            self._kind = found.kind

    def _close(self) -> None:
        for box in self._free:
            box.stop()
        self._free = []
        if self._nursery is not None:
            self._nursery.stop()
        self.hall.stop()
        self.pulse.stop()
