"""Whether the machine let a learner's function run whenever it could, measured from outside.

A function that misses a time limit may be wrong, or may have been kept waiting: for a processor, which
the kernel counts for each process, or together with everything else here, which a pulse notices. Where
neither adds up to anything near the time limits of the exercises, the miss is the function's own.
"""

from __future__ import annotations

import threading
import time

from fanout.grading.process import Process

HARMLESS = 0.15
"""Seconds. No right solution misses a limit for having been kept waiting for less: the tightest leaves
0.3 s beyond what its call takes, a meeting a second."""
_EVERY = 0.05
_USUAL = 0.01
"""Seconds by which a beat may be late without anything being the matter."""


class Pulse:
    """A thread that wants to run at regular times, and adds up how late it was. Start it, stop it."""

    def __init__(self) -> None:
        self._lost = 0.0
        self._due = time.monotonic() + _EVERY
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="fanout-pulse", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._due = time.monotonic() + _EVERY
        self._thread.start()

    def stop(self) -> None:
        """Beat no more."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1)

    @property
    def lost(self) -> float:
        """Seconds by which beats were late since the start, the one that is due included."""
        return self._lost + self._late()

    def _late(self) -> float:
        late = time.monotonic() - self._due
        return late if late > _USUAL else 0.0

    def _beat(self) -> None:
        while not self._over.wait(max(0.0, self._due - time.monotonic())):
            self._lost += self._late()
            self._due = time.monotonic() + _EVERY


class Watch:
    """Watches over one process from now on.

    :param pulse: without one, nobody knows whether everything stood still.
    """

    def __init__(self, process: Process, pulse: Pulse | None) -> None:
        self._process, self._pulse = process, pulse
        self._before = self._kept_waiting()

    def undisturbed(self, also: object = 0.0) -> bool:
        """Whether the process has certainly had the machine whenever it wanted since then.

        :param also: seconds that a thread waited which has ended, as the process tells. It may tell
            anything; who lies is tried once more, or once less.
        """
        now = self._kept_waiting()
        if now is None or self._before is None or not isinstance(also, int | float):
            return False
        return max(0.0, now - self._before) + also < HARMLESS

    def silent_by_itself(self) -> bool:
        """The same for a process that owes an answer: it waits for something else than a processor.

        What a thread waits for its processor at this moment, the kernel counts only when it gets it.
        """
        return not self._process.ready and self.undisturbed()

    def _kept_waiting(self) -> float | None:
        waited = self._process.waited_seconds()
        return None if waited is None or self._pulse is None else waited + self._pulse.lost
