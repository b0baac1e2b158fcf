"""A process of a box, seen from outside: whether it lives, what it uses, and how to end it.

Process ids come from the kernel, never from the process itself. Where the kernel has process
handles (Linux), they are used, so that a number that was given out again hits no one else.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path


class Process:
    """One process by its id."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle: int | None = None
        with contextlib.suppress(OSError, AttributeError):
            self._handle = os.pidfd_open(pid)

    @property
    def handle(self) -> int | None:
        """The kernel's handle, readable once the process has ended; None where there is none."""
        return self._handle

    def close(self) -> None:
        """Let go of the handle; the process goes on."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    @property
    def alive(self) -> bool:
        """Whether it has not ended yet. A process that ended and was not buried does not count."""
        if self._handle is not None:
            poll = select.poll()
            poll.register(self._handle, select.POLLIN)
            return not poll.poll(0)
        try:
            os.kill(self.pid, 0)
        except OSError:
            return False
        return True

    def signal(self, number: int) -> None:
        """Send a signal, if it still lives."""
        with contextlib.suppress(OSError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, number)
            elif self.pid > 1:
                os.kill(self.pid, number)

    def kill(self, patience: float = 2.0) -> None:
        """End it, and wait until it has ended, for so many seconds at most."""
        self.signal(signal.SIGKILL)
        if self._handle is not None:
            poll = select.poll()
            poll.register(self._handle, select.POLLIN)
            poll.poll(1000 * patience)

    def cpu_seconds(self) -> float:
        """Seconds of processor time that it has used; 0.0 when that cannot be known."""
        stat = _stat(self.pid)
        return stat.cpu if stat else 0.0

    @property
    def ready(self) -> bool:
        """Whether a thread of it wants to run, at this moment; true if that cannot be known."""
        try:
            threads = list(Path(f"/proc/{self.pid}/task").iterdir())
            stats = [(thread / "stat").read_bytes() for thread in threads]
        except OSError:
            return True
        return any(stat[stat.rfind(b")") + 2 :].startswith(b"R") for stat in stats)

    def waited_seconds(self) -> float | None:
        """Seconds that its present threads were ready to run and had no processor; None if unknown."""
        try:
            threads = list(Path(f"/proc/{self.pid}/task").iterdir())
            return sum(map(waited_seconds, threads))
        except (OSError, ValueError, IndexError):
            return None


def waited_seconds(thread: Path) -> float:
    """The same for one thread, by its folder in `/proc`. Raises what reading it may."""
    return int((thread / "schedstat").read_bytes().split()[1]) / 1e9


@dataclass(frozen=True)
class _Stat:
    parent: int
    cpu: float
    memory: int


def _stat(pid: int) -> _Stat | None:
    try:
        file = os.open(
            f"/proc/{pid}/stat", os.O_RDONLY
        )  # read for each process there is, so plainly
    except OSError:
        return None
    try:
        text = os.read(file, 4096)
    except OSError:
        return None
    finally:
        os.close(file)
    # The name in parentheses may hold anything, so the fields are counted from its end.
    fields = text[text.rfind(b")") + 2 :].split()
    if not fields or fields[0] == b"Z":  # ended, and not yet buried by its parent
        return None
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return _Stat(int(fields[1]), cpu, int(fields[21]) * os.sysconf("SC_PAGE_SIZE"))


def below(root: int) -> dict[int, int]:
    """All processes below one, orphans included as far as it is the first of its namespace.

    Returns the bytes that each holds, shared ones too, by process id.
    """
    stats = {pid: stat for pid in _all() if (stat := _stat(pid))}
    found: dict[int, int] = {}
    level = {root}
    while level:
        level = {pid for pid, stat in stats.items() if stat.parent in level and pid not in found}
        found |= {pid: stats[pid].memory for pid in level}
    return found


def _all() -> Iterable[int]:
    try:
        return [int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()]
    except OSError:
        return []


def end_below(root: int, spared: Collection[int]) -> int:
    """End all processes below one but those spared; returns how many there were.

    Goes on until there are none, as they may fork meanwhile, but not for ever.
    """
    ended: set[int] = set()
    for _ in range(100):
        left = below(root).keys() - set(spared)
        if not left:
            break
        for pid in left:
            _end(pid, root)
        ended |= left
        time.sleep(0.005)  # dying takes a moment, the longer the more memory is to be given back
    return len(ended)


def _end(pid: int, root: int) -> None:
    """End a process, having made sure with its handle in hand that it is still below the root."""
    process = Process(pid)
    try:
        ancestor, stat = pid, _stat(pid)
        while stat and ancestor != root:
            ancestor, stat = stat.parent, _stat(stat.parent)
        if ancestor == root:
            process.signal(signal.SIGKILL)
    finally:
        process.close()
