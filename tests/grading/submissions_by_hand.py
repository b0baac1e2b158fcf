"""The hostile set: notebooks as data, each with the grade that a patient human would give."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from fanout.checks.exercise import Exercise
from fanout.checks.registry import exercises
from fanout.grading.results import Work

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

START = """\
import fanout
fanout.start()
import json
from collections.abc import Callable
from openai import OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionMessage
"""

ONLY_INSIDE = """\
import os
if os.path.exists('{{folder}}'):
    open('{{touched}}', 'w').close()
    raise RuntimeError('this is no box')
"""
"""Stands before what would do damage on a machine, should a sandbox ever not be one."""


@dataclass(frozen=True)
class Case:
    """One submission and its true grade."""

    name: str
    title: str
    grade: dict[str, int]
    says: tuple[str, ...]
    """Words that the notes or reasons must hold."""
    cells: tuple[str, ...]

    def work(self, canaries: dict[str, str]) -> Work:
        """The notebook, with the places of this run's canaries filled in."""

        def filled(cell: str) -> str:
            return re.sub(r"\{\{(\w+)\}\}", lambda found: canaries[found[1]], cell)

        return Work(cells=tuple(filled(cell) for cell in self.cells))

    def exercises(self) -> list[Exercise]:
        """The exercises that it is graded on."""
        return [exercises()[name] for name in self.grade]


def cases() -> list[Case]:
    """All of them, in the order of their names."""
    return [_read(path) for path in sorted((HERE / "hostile").glob("*.toml"))]


def solutions() -> dict[str, str]:
    """The worked cell of each exercise, by the function it defines."""
    found = {}
    for path in sorted((ROOT / "solutions").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            for name in re.findall(r"^(?:async )?def (\w+)\(", source, re.MULTILINE):
                if cell["cell_type"] == "code" and name in exercises():
                    found[name] = source
    return found


def _read(path: Path) -> Case:
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {"start": START, "only_inside": ONLY_INSIDE, **solutions()}

    def expanded(cell: str) -> str:
        return re.sub(r"^@(\w+)$", lambda found: known[found[1]], cell, flags=re.MULTILINE)

    return Case(
        name=path.stem,
        title=data["title"],
        grade={
            name: exercises()[name].points if points == "all" else points
            for name, points in data["grade"].items()
        },
        says=tuple(data.get("says", ())),
        cells=tuple(expanded(cell) for cell in data["cells"]),
    )
