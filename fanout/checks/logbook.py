"""Which exercises a learner has passed, kept in a small file of the course folder.

`FANOUT_PROGRESS` names another file, or `off` to keep nothing. Solutions do not count: what runs
in a folder called `solutions` leaves the file alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import fanout
from fanout.checks.exercise import Exercise

_BY_DEFAULT = Path(fanout.__file__).parent.parent / ".fanout" / "progress.json"


def note_passed(name: str) -> None:
    """Remember that an exercise was passed. A file that cannot be written is no reason to stop."""
    path = _file()
    if path is None or Path.cwd().name == "solutions":
        return
    passed = sorted(_passed() | {name})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps({"passed": passed}, indent=1), encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        print(f"Passed, but your progress could not be saved in {path} ({error.strerror}).")


class Progress:
    """Passed exercises per lesson. Prints as text; a notebook shows the same as a table."""

    def __init__(self, rows: list[tuple[str, str, bool]]) -> None:
        self.rows = rows
        """(lesson, exercise, passed) in the order of the course."""

    @property
    def headline(self) -> str:
        """How many of how many."""
        return f"{sum(done for *_, done in self.rows)} of {len(self.rows)} exercises passed."

    def __str__(self) -> str:
        width = max(len(lesson) for lesson, *_ in self.rows)
        lines = [
            f"  {'[passed] ' if done else '[to do]  '} {lesson:<{width}}  {name}"
            for lesson, name, done in self.rows
        ]
        return "\n".join([self.headline, *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        left = "style='text-align:left'"  # JupyterLab sets tables to the right, words too
        cell = f"<td {left}>"
        cells = "".join(
            f"<tr>{cell}{lesson}</td>{cell}<code>{name}</code></td>"
            f"{cell}{'✓ passed' if done else '○ to do'}</td></tr>"
            for lesson, name, done in self.rows
        )
        head = "".join(
            f"<th scope='col' {left}>{name}</th>" for name in ("Lesson", "Exercise", "State")
        )
        return f"<table><caption>{self.headline}</caption><tr>{head}</tr>{cells}</table>"


def progress_in(exercises: Iterable[Exercise]) -> Progress:
    """The learner's progress so far in these exercises."""
    passed = _passed()
    return Progress([(e.lesson, e.name, e.name in passed) for e in exercises])


def _file() -> Path | None:
    setting = os.environ.get("FANOUT_PROGRESS", "")
    if setting == "off":
        return None
    return Path(setting) if setting else _BY_DEFAULT


def _passed() -> set[str]:
    """Names in the file; an unreadable file counts as empty, and the next pass mends it."""
    path = _file()
    if path is None:
        return set()
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        return {name for name in data["passed"] if isinstance(name, str)}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
