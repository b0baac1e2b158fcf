"""The clinic of lesson 08: each published bug shows its symptom, and its test catches it.

The cells of the lesson are run as they stand, so nothing here can differ from what a learner sees.
"""

from __future__ import annotations

import contextlib
import io
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import fanout
from fanout.authoring.registry import course_registry
from fanout.authoring.source import read_source
from fanout.authoring.syllabus import read_syllabus

ROOT = Path(__file__).parents[2]
CASES: list[dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("cases.toml").read_text(encoding="utf-8")
)["case"]

PACE = 0.2
"""The lesson's own."""

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])


@dataclass(frozen=True, kw_only=True)
class Clinic:
    """The lesson after a run of all its cells: what they defined, and what each printed."""

    cells: list[tuple[str, str]]
    """Source and printed text of each cell, in order; prose prints nothing."""
    names: dict[str, Any]

    def defined_in(self, name: str) -> int:
        """The number of the cell that defines a function."""
        pattern = re.compile(rf"^def {name}\(", re.MULTILINE)
        return next(i for i, (source, _) in enumerate(self.cells) if pattern.search(source))

    def printed_before_mending(self, case: dict[str, Any]) -> str:
        """What the cells print from the broken code to the one that runs its test."""
        test = re.compile(rf"^red_green\({case['test']}, {case['broken']}\b", re.MULTILINE)
        end = next(i for i, (source, _) in enumerate(self.cells) if test.search(source))
        return "".join(said for _, said in self.cells[self.defined_in(case["broken"]) : end])

    def verdict(self, case: dict[str, Any], code: str) -> str:
        """What the case's test says of a function, in the words of the lesson."""
        with _far_apart() if case.get("timed") else contextlib.nullcontext():
            said: str = self.names["verdict"](self.names[case["test"]], self.names[case[code]])
        return said


@contextlib.contextmanager
def _far_apart() -> Iterator[None]:
    """Inside, the two tools of a timed case are done half a second after each other, on any machine."""
    fanout.start(pace=2.0)
    try:
        yield
    finally:
        fanout.start(pace=PACE)


@pytest.fixture(scope="module")
def clinic() -> Iterator[Clinic]:
    syllabus = read_syllabus(ROOT)
    [lesson] = syllabus.choose(("debugging",))
    source = read_source(ROOT, lesson, "lesson.md", syllabus, course_registry())
    names: dict[str, Any] = {"__name__": "lesson"}
    cells: list[tuple[str, str]] = []
    try:
        for cell in source.notebook().cells:
            printed = io.StringIO()
            if cell.cell_type == "code":
                shows_timed = "by_position(PAIR)" in cell.source
                with (
                    contextlib.redirect_stdout(printed),
                    _far_apart() if shows_timed else contextlib.nullcontext(),
                ):
                    exec(compile(cell.source, "cell", "exec"), names)
            cells.append((cell.source, printed.getvalue()))
        yield Clinic(cells=cells, names=names)
    finally:
        fanout.clear_faults()
        fanout.stop()


@each_case
def test_shows_its_symptom(clinic: Clinic, case: dict[str, Any]) -> None:
    """The published code shows what was reported, before the mended code is tested."""
    rest = clinic.printed_before_mending(case)
    for symptom in case["symptom"]:
        assert symptom in rest
        rest = rest.split(symptom, 1)[1]


@each_case
def test_red_before_green_after(clinic: Clinic, case: dict[str, Any]) -> None:
    """The case's own test fails on the published code for its reason, and passes on the mended."""
    assert clinic.verdict(case, "broken").startswith(f"red: {case['red']}")
    assert clinic.verdict(case, "mended") == "green"


@each_case
def test_names_its_report(clinic: Clinic, case: dict[str, Any]) -> None:
    """The prose right before the code links the report, with its date."""
    at = clinic.defined_in(case["broken"])
    prose = "\n".join(source for source, _ in clinic.cells[max(at - 6, 0) : at])
    assert f"]({case['report']})" in prose
    assert case["date"].isoformat() in prose


def test_all_are_caught(clinic: Clinic) -> None:
    """There are twelve cases at least, and the lesson's own count at its end is theirs."""
    assert len(CASES) >= 12
    assert clinic.names["CAUGHT"] == {case["broken"] for case in CASES}
