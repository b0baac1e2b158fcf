"""Which exercises there are: found through the syllabus, in the `checks.py` of each lesson."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import import_module
from importlib.resources import files

from fanout.checks.exercise import Exercise, Mistake


@cache
def exercises() -> dict[str, Exercise]:
    """All exercises of the course by name, in the order of the syllabus."""
    found: dict[str, Exercise] = {}
    for slug in _slugs():
        for exercise in import_module(f"fanout.lessons.{slug}.checks").EXERCISES:
            found[exercise.name] = exercise
    return found


def mistakes(slug: str) -> list[Mistake]:
    """The planted mistakes of one lesson."""
    return list(import_module(f"fanout.lessons.{slug}.mistakes").MISTAKES)


def _slugs() -> list[str]:
    text = files("fanout.lessons").joinpath("syllabus.toml").read_text(encoding="utf-8")
    return [lesson["slug"] for lesson in tomllib.loads(text)["lesson"] if lesson["exercises"]]
