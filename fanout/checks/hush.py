"""What Python says beside a check: not with files of the course in it, and not of what the check tells.

A forgotten `await` and a call that nobody waited for are verdicts. Python tells of them too, when it
clears up: on the error stream, at whatever line it is at, mostly one of ours.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import re
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path

OF_THE_CHECK = "a tool of the check"
"""What a tool's coroutine has in its name, so that it is known by that."""

_HERE = str(Path(__file__).parent)


def about_tools() -> None:
    """Keep to ourselves, from now on, what Python says about the tools of checks.

    Their coroutines and tasks may be cleared up long after the check.
    """
    warnings.filterwarnings(
        "ignore", rf"coroutine '.* \({OF_THE_CHECK}\)' was never awaited", RuntimeWarning
    )
    logging.getLogger("asyncio").addFilter(_ours_is_dropped)


def _ours_is_dropped(record: logging.LogRecord) -> bool:
    """Whether a record of asyncio may be shown: it shows no file of this folder."""
    trace = record.exc_info[2] if record.exc_info else None
    files = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(trace)]
    return not any(_HERE in text for text in (record.getMessage(), *files))


@contextlib.contextmanager
def during_a_check() -> Iterator[None]:
    """Inside, no coroutine is told to have been never awaited, the learner's own neither.

    Outside, where the line that Python names is the learner's own, all is as it was.
    """
    about_tools()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "coroutine '.*' was never awaited", RuntimeWarning)
        yield


_NEVER_AWAITED = re.compile(
    rf"coroutine '(?:.*\.)?(\w+)(?: \({OF_THE_CHECK}\))?' was never awaited"
)


@contextlib.contextmanager
def forgotten() -> Iterator[list[str]]:
    """The names of the coroutines that are dropped inside without having been awaited.

    Python tells of one when nothing refers to it any more: mostly at once, at the latest here.
    """
    names: list[str] = []
    with warnings.catch_warnings(record=True) as told:
        warnings.filterwarnings("always", "coroutine '.*' was never awaited", RuntimeWarning)
        yield names
    for warning in told:
        if found := _NEVER_AWAITED.match(str(warning.message)):
            names.append(found[1])
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )


def clear_up() -> None:
    """Have Python find now what it would find later, and tell of then. Takes about 50 ms."""
    gc.collect()
