"""The syllabus as data: the lessons in order, and the model names they use."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def syllabus() -> dict[str, Any]:
    """The parsed `syllabus.toml`: `models` (name by use) and `lesson` (a list, in order)."""
    return tomllib.loads(
        files("fanout.lessons").joinpath("syllabus.toml").read_text(encoding="utf-8")
    )


def model(use: str) -> str:
    """The model name for a use, as `chat`."""
    name: str = syllabus()["models"][use]
    return name
