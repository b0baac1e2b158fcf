"""What the face of the course does in a box: enough for a notebook's cells to run, and no more.

A submitted notebook still says `fanout.start()` and `fanout.check(…)`. In the box the far end is
the grader's and there is nothing to check against, so these do nothing, and pictures stay blank.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import fanout
from fanout.recording import Run

_OUTSIDE = ("fanout._session", "fanout.checks", "fanout.pictures")
"""Where that part of the face is at home that works on a far end, or on what crossed to it."""


class Blank:
    """What a quiet function returns: a picture that is not drawn, a setting that is not made."""

    alt = "Not drawn while grading."
    png = b""

    def __str__(self) -> str:
        return self.alt

    __repr__ = __str__

    def __enter__(self) -> Blank:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def save(self, path: Any) -> None:
        """Write nothing."""


def stand_in(url: str) -> None:
    """Replace what the face offers; `start()` points the SDKs to the grader's far end at `url`."""

    def start(**_settings: Any) -> None:
        point_to(url)

    for name, home in fanout._HOME.items():
        if home in _OUTSIDE:
            setattr(fanout, name, _nothing)
    fanout.start, fanout.record = start, _record


def point_to(url: str) -> None:
    """Set what the SDKs and the services' callers read from the environment."""
    os.environ |= {
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": "sk-offline",
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "sk-ant-offline",
        "SERVICES_URL": f"{url}/services",
    }


def _nothing(*_arguments: Any, **_settings: Any) -> Blank:
    return Blank()


@contextmanager
def _record() -> Iterator[Run]:
    yield Run()
