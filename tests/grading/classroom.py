"""A class to grade: notebooks as learners hand them in, and a grader without boxes for our own code."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import sqlite3
import sys
import zipfile
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from fanout.checks import LocalFunction, exercises, judge, mistakes
from fanout.checks.report import shown
from fanout.grading import autograde
from fanout.grading.autograde import Task
from fanout.grading.command import grade
from fanout.grading.options import Options
from fanout.grading.results import CriterionResult, ExerciseResult, WorkResult

REPOSITORY = Path(__file__).parents[2]


def solved(notebook: str = "01_detect") -> dict[str, Any]:
    """The worked solution of a lesson's exercises, as a notebook."""
    data: dict[str, Any] = json.loads(
        (REPOSITORY / "solutions" / f"{notebook}.ipynb").read_text(encoding="utf-8")
    )
    return data


def unsolved(notebook: str = "01_detect") -> dict[str, Any]:
    """The exercises as they are handed out."""
    data: dict[str, Any] = json.loads(
        (REPOSITORY / "exercises" / f"{notebook}.ipynb").read_text(encoding="utf-8")
    )
    return data


def code_cells(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Its code cells, to be changed in place."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def cell(source: str) -> dict[str, Any]:
    """A code cell that a learner added."""
    return {
        "cell_type": "code", "id": "added", "metadata": {}, "outputs": [],
        "execution_count": None, "source": source,
    }  # fmt: skip


def with_mistake(exercise: str, mistake: str, notebook: str = "01_detect") -> dict[str, Any]:
    """The worked solution with one function replaced by a planted mistake."""
    lesson = exercises()[exercise].lesson
    planted = next(
        one for one in mistakes(lesson) if (one.exercise, one.name) == (exercise, mistake)
    )
    text = files(f"fanout.lessons.{lesson}").joinpath("mistakes.py").read_text(encoding="utf-8")
    lines = text.split("\nMISTAKES")[0].splitlines()
    source = "\n".join(line for line in lines if not line.startswith("from fanout"))
    made = solved(notebook)
    made["cells"].append(cell(f"{source}\n\n{exercise} = {planted.function.__name__}"))
    return made


def hand_in(folder: Path, submissions: Mapping[str, Mapping[str, Any] | str | bytes]) -> Path:
    """Write submissions by their paths below the folder; a notebook is given as a dict."""
    for name, content in submissions.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_bytes(content))
    return folder


def zipped(path: Path, submissions: Mapping[str, Mapping[str, Any] | str | bytes]) -> Path:
    """The same as a zip, with the names exactly as they are given."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in submissions.items():
            archive.writestr(name, as_bytes(content))
    return path


def as_bytes(content: Mapping[str, Any] | str | bytes) -> bytes:
    """The bytes of a file."""
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content)).encode()


# --- A grader without boxes -----------------------------------------------------------------------


@cache
def grade_here(task: Task, seed: int) -> WorkResult:
    """Grade a task in this process, once for all tests.

    For the project's own notebooks only: nothing keeps them in.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for source in task.work.cells:
        if "fanout." not in source and "OpenAI()" not in source:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(source, namespace)
    graded = tuple(_graded(name, namespace.get(name), seed) for name in task.exercises)
    return WorkResult(exercises=graded, layers=("none, a test",), seconds=0.0, notes=())


def _graded(name: str, function: Any, seed: int) -> ExerciseResult:
    report = judge(exercises()[name], LocalFunction(function), seed)
    verdicts = tuple(
        CriterionResult(
            criterion=one.criterion.name,
            points=one.points,
            max_points=one.criterion.points,
            met=one.met,
            yours=shown(one.finding.yours) if one.finding else None,
            expected=shown(one.finding.expected) if one.finding and one.finding.expected else None,
            rule=one.criterion.rule,
            scenario=one.scenario,
            evidence_html=None,
        )
        for one in report.verdicts
    )
    return ExerciseResult(
        exercise=name,
        points=report.points,
        max_points=report.exercise.points,
        verdicts=verdicts,
        reason="The function is not written yet." if report.unwritten else None,
    )


def grader() -> autograde.BackendContext:
    """A grader of one job in this process, as `command.grade` takes it."""
    return contextlib.nullcontext(autograde.in_threads(grade_here, 1))


def table(path: Path) -> list[dict[str, str]]:
    """A CSV file as one dict per row."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def everything_in(out: Path) -> dict[str, Any]:
    """What a run left behind, apart from moments and durations: its files and its verdicts."""
    files = {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.suffix in (".csv", ".html")
    }
    with contextlib.closing(sqlite3.connect(out / "grades.db")) as db:
        columns = "work, exercise, seed, version, points, result"
        verdicts = db.execute(f"SELECT {columns} FROM verdict ORDER BY 1, 2, 3, 4").fetchall()
    return {"files": files, "verdicts": verdicts}


def grades_in(out: Path) -> list[Any]:
    """The points of a run, criterion by criterion, without what depends on the moment: pictures."""
    with contextlib.closing(sqlite3.connect(out / "grades.db")) as db:
        rows = db.execute("SELECT work, exercise, result FROM verdict ORDER BY 1, 2").fetchall()
    return [
        (
            work,
            exercise,
            [(v["criterion"], v["points"], v["yours"]) for v in json.loads(result)["verdicts"]],
        )
        for work, exercise, result in rows
    ]


def moments_in(out: Path) -> dict[tuple[str, str], str]:
    """When each verdict of a run was written, by work and exercise; also while it runs."""
    try:
        path = out / "grades.db"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            found = db.execute("SELECT work, exercise, graded_at FROM verdict").fetchall()
    except sqlite3.OperationalError:
        return {}
    return {(work, exercise): moment for work, exercise, moment in found}


if __name__ == "__main__":
    # A run in a process of its own, to be killed: SUBMISSIONS OUT SEED [--resume]
    place, out, seed, *rest = sys.argv[1:]
    options = Options(
        submissions=Path(place), out=Path(out), seed=int(seed), resume="--resume" in rest
    )
    sys.exit(grade(options, grader()))
