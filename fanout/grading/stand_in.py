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

_QUIET = ("check", "hint", "progress", "stop")
_PICTURES = ("timeline", "transcript")


class Blank:
    """A picture that is not drawn."""

    alt = "Not drawn while grading."
    png = b""

    def __str__(self) -> str:
        return self.alt

    __repr__ = __str__

    def save(self, path: Any) -> None:
        """Write nothing."""


def stand_in(url: str) -> None:
    """Replace what the face offers; `start()` points the SDKs to the grader's far end at `url`."""

    def start(**_settings: Any) -> None:
        point_to(url)

    replaced: dict[str, Any] = {"start": start, "record": _record}
    replaced |= dict.fromkeys(_QUIET, _nothing) | dict.fromkeys(_PICTURES, _blank)
    for name, value in replaced.items():
        setattr(fanout, name, value)


def point_to(url: str) -> None:
    """Set what the SDKs and the services' callers read from the environment."""
    os.environ |= {
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": "sk-offline",
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "sk-ant-offline",
        "SERVICES_URL": f"{url}/services",
    }


def _nothing(*_arguments: Any, **_settings: Any) -> None:
    pass


def _blank(*_arguments: Any, **_settings: Any) -> Blank:
    return Blank()


@contextmanager
def _record() -> Iterator[Run]:
    yield Run()
