"""Stands in for the course's face in the kernels of the tiny course."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any


def start() -> None:
    """Say that it started, and what of the environment came through."""
    print(f"Started; progress is {os.environ.get('FANOUT_PROGRESS', 'on')}.")


def check(function: Callable[..., Any]) -> None:
    """Print each criterion's verdict."""
    from fanout import checks

    report = checks.judge(checks.exercises()[function.__name__], checks.LocalFunction(function), 1)
    for verdict in report.verdicts:
        print("pass   " if verdict.met else "not yet", verdict.criterion)
