"""How far the grading is and how long it will take: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_EVERY = 10.0
"""Seconds between two plain lines."""


@contextmanager
def progress(total: int, file: TextIO | None = None) -> Iterator[Callable[[], None]]:
    """Show the progress of `total` steps; gives the function to call after each of them."""
    file = file or sys.stderr
    if total == 0:
        yield lambda: None
    elif file.isatty():
        with _bar(total, file) as step:
            yield step
    else:
        yield _Lines(total, file).step


@contextmanager
def _bar(total: int, file: TextIO) -> Iterator[Callable[[], None]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("Grading"), BarColumn(), MofNCompleteColumn(), TextColumn("left:"))
    with Progress(*columns, TimeRemainingColumn(), console=Console(file=file)) as bar:
        task = bar.add_task("Grading", total=total)
        yield lambda: bar.advance(task)


class _Lines:
    """One line every ten seconds, and one at the end."""

    def __init__(self, total: int, file: TextIO) -> None:
        self._total, self._file, self._done = total, file, 0
        self._began = self._said = time.monotonic()

    def step(self) -> None:
        """Count a step, and say so when it is time."""
        self._done += 1
        now = time.monotonic()
        if self._done == self._total or now - self._said >= _EVERY:
            self._said = now
            left = (now - self._began) / self._done * (self._total - self._done)
            print(
                f"graded {self._done} of {self._total}, {_spoken(left)}",
                file=self._file,
                flush=True,
            )


def _spoken(seconds: float) -> str:
    if seconds < 1:
        return "done"
    return f"about {seconds:.0f} s left" if seconds < 100 else f"about {seconds / 60:.0f} min left"
