"""The tools of a scenario: ordinary functions for the learner, requests to the judge in truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


class ToolFailed(Exception):
    """A tool of a scenario fails on purpose; the learner's side raises it as a `RuntimeError`."""


@dataclass(frozen=True, kw_only=True)
class ScenarioTool:
    """What a tool answers (any JSON, or raises `ToolFailed`) and how long it takes, in seconds."""

    answer: Callable[[Mapping[str, Any]], Any]
    seconds: float = 0.0
