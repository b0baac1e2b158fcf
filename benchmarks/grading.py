"""What it takes to grade a class, beside nbgrader on the same class, and after being killed.

Makes a class of ordinary submissions: worked solutions, planted mistakes and exercises that nobody
wrote yet, no two alike. Grades it with `fanout grade` as an instructor would, pages included, and
compares every score with the one that the judge gives to the same function outside of any box.

    .venv/bin/python benchmarks/grading.py [--learners 300] [--jobs N] [--kills 10]
        [--nbgrader-python /path/to/venv/bin/python] [--nbgrader-learners 10]

With `--kills` the same class is graded once more by a grader that gets SIGKILL at random moments and
is resumed until it is done; both gradebooks must be equal. With `--nbgrader-python` nbgrader grades
and writes feedback for the first few of the class, one lesson of it; its time for the whole class is
scaled from that, and said to be.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import csv
import inspect
import io
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import fanout
from fanout.checks import LocalFunction, Mistake, exercises, judge, mistakes
from fanout.grading.submissions import Lesson, lessons
from fanout.lessons.syllabus import syllabus

REPOSITORY = Path(__file__).parents[1]
SEED = 20261120
Notebook = dict[str, Any]


# --- The class ----------------------------------------------------------------------------------


def variants(lesson: Lesson) -> Iterator[tuple[Notebook, int]]:
    """Notebooks of one lesson, each with the points it deserves under the seed, over and over."""
    found = []
    for made in [solved(lesson.notebook), read("exercises", lesson.notebook), *mistaken(lesson)]:
        found.append((made, points_of(made, lesson)))
        yield found[-1]
    yield from cycle(found)


def mistaken(lesson: Lesson) -> Iterator[Notebook]:
    """For each planted mistake of a lesson a notebook with it, and one without any."""
    for mistake in mistakes(lesson.slug):
        yield with_mistake(lesson, mistake)
        yield solved(lesson.notebook)


def points_of(notebook: Notebook, lesson: Lesson) -> int:
    """What a notebook of our own deserves: its functions, judged in this process without a box."""
    text = json.dumps([cell["source"] for cell in notebook["cells"]])
    if text not in _judged:
        scope: dict[str, Any] = {"__name__": "__main__", "fanout": fanout}
        for cell in notebook["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code" and "\nfanout." not in f"\n{source}":
                # Cells that try something out need a client or a loop; functions do not need them.
                with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
                    exec(source, scope)  # noqa: S102 (the course's own code)
        reports = [
            judge(exercises()[name], LocalFunction(scope[name]), SEED) for name in lesson.exercises
        ]
        _judged[text] = sum(report.points for report in reports)
    return _judged[text]


_judged: dict[str, int] = {}


def read(folder: str, notebook: str) -> Notebook:
    """A notebook of the repository."""
    path = REPOSITORY / folder / f"{notebook}.ipynb"
    data: Notebook = json.loads(path.read_text(encoding="utf-8"))
    return data


def solved(notebook: str) -> Notebook:
    """The exercises as handed out, with the worked solutions written into their cells."""
    made, worked = read("exercises", notebook), read("solutions", notebook)["cells"]
    for cell in made["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if name in exercises():
            cell["source"] = next(
                c["source"] for c in worked if f"def {name}(" in "".join(c["source"])
            )
    return made


def with_mistake(lesson: Lesson, mistake: Mistake) -> Notebook:
    """A worked solution with one function replaced by a planted mistake."""
    made = solved(lesson.notebook)
    cell: Notebook = next(c for c in made["cells"] if is_solution(c, mistake.exercise))
    before = "".join(cell["source"])  # other cells use what it imports and defines beside
    mistaken = standing_alone(Path(inspect.getsourcefile(mistake.function) or ""))
    after = f"{mistake.exercise} = {mistake.function.__name__}"
    cell["source"] = f"{before}\n\n{mistaken}\n{after}"
    return made


def standing_alone(path: Path) -> str:
    """A module of mistakes as a notebook can hold it: without the course's own modules.

    What it imports from other modules of lessons stands before it; the tables of mistakes are left out.
    """
    parts = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fanout"):
            parts += list(brought(node))
        elif not (isinstance(node, ast.Assign | ast.AnnAssign) and "Mistake(" in ast.unparse(node)):
            parts.append(ast.unparse(node))
    parts = [part for part in parts if not part.startswith(("from __future__", "MISTAKES"))]
    return "\n".join(parts)


def brought(node: ast.ImportFrom) -> Iterator[str]:
    """What an import from the course brings, written out."""
    module = str(node.module)
    if module == "fanout.lessons.syllabus":
        models = dict(syllabus()["models"])
        for alias in node.names:
            yield f"{alias.asname or alias.name} = {models!r}.__getitem__"
    elif module.count(".") > 2:
        yield standing_alone(REPOSITORY.joinpath(*module.split(".")).with_suffix(".py"))


def is_solution(cell: Notebook, exercise: str) -> bool:
    """Whether a cell is where nbgrader expects an exercise's solution."""
    return bool(cell["metadata"].get("nbgrader", {}).get("grade_id") == exercise)


def make_class(folder: Path, learners: int, chosen: list[Lesson]) -> dict[str, int]:
    """Write the class, one notebook each; returns the points that each learner deserves."""
    each = [(lesson.notebook, variants(lesson)) for lesson in chosen]
    deserved = {}
    for number, (notebook, drawn) in enumerate(islice(cycle(each), learners)):
        made, points = next(drawn)
        learner = f"learner{number:04}"
        path = folder / learner / f"{notebook}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(signed(made, learner)), encoding="utf-8")
        deserved[learner] = points
    return deserved


def signed(notebook: Notebook, learner: str) -> Notebook:
    """The notebook with a comment in a cell of its own, so that no two are equal."""
    cell = {
        "cell_type": "code",
        "id": "own",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }
    return {**notebook, "cells": [*notebook["cells"], {**cell, "source": f"# {learner}"}]}


# --- fanout ---------------------------------------------------------------------------------------


def command(place: Path, out: Path, jobs: int, *more: str) -> list[str]:
    """The command line of `fanout grade`."""
    given = ["--jobs", str(jobs)] if jobs else []
    start = [sys.executable, "-m", "fanout.cli", "grade", str(place), "--out", str(out)]
    return [*start, "--seed", str(SEED), *given, *more]


def grades(out: Path) -> list[dict[str, str]]:
    """The rows of `grades.csv`."""
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def verdicts(out: Path) -> int:
    """How many verdicts have been written; also while they are being written."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"file:{out / 'grades.db'}?mode=ro", uri=True)
        ) as db:
            return int(db.execute("SELECT count(*) FROM verdict").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def grade(place: Path, base: Path, jobs: int, deserved: dict[str, int]) -> None:
    """Grade the class and print how long it took and how many scores are wrong."""
    began, cpu = time.perf_counter(), cpu_of_children()
    subprocess.run(command(place, base / "out", jobs), check=True, stdout=subprocess.DEVNULL)  # noqa: S603 (our own)
    seconds, cpu = time.perf_counter() - began, cpu_of_children() - cpu
    wrong = [
        f"{row['Learner']}: {row['Points']} instead of {deserved[row['Learner']]}"
        for row in grades(base / "out")
        if row["Points"] != str(deserved[row["Learner"]])
    ]
    each = 1000 * seconds / len(deserved)
    print(
        f"fanout grade: {len(deserved)} submissions, feedback and overview, in {seconds:.1f} s ({each:.0f} ms each; {cpu:.1f} s of CPU)"
    )
    print(
        f"  scores that differ from the judge's outside a box: {len(wrong)}",
        *wrong[:10],
        sep="\n    ",
    )


def cpu_of_children() -> float:
    """Seconds of processor time that ended child processes took; what else runs does not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def kill_and_resume(place: Path, base: Path, jobs: int, kills: int) -> bool:
    """Kill the grader at random moments and resume it; whether the gradebook is as undisturbed.

    The moments are drawn over the whole run, by how many verdicts are written, and a little later.
    """
    moments, whole = random.Random(SEED), verdicts(base / "out")
    out, done, resume = base / "killed", 0, ()
    for goal in sorted(moments.randrange(whole) for _ in range(kills)):
        process = subprocess.Popen(  # noqa: S603 (our own)
            command(place, out, jobs, *resume), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while process.poll() is None and verdicts(out) < goal:
            time.sleep(0.005)
        time.sleep(moments.uniform(0, 0.1))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            done += 1
        process.wait()
        print(f"  killed with {verdicts(out)} of {whole} verdicts written", flush=True)
        resume = ("--resume",) if out.exists() and any(out.iterdir()) else ()
    subprocess.run(command(place, out, jobs, *resume), check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    equal = grades(out) == grades(base / "out") and verdicts(out) == whole
    print(f"killed {done} times and resumed: gradebooks {'are equal' if equal else 'DIFFER'}")
    return equal


# --- nbgrader -------------------------------------------------------------------------------------


def nbgrader(python: Path, place: Path, base: Path, learners: int, whole: int) -> None:
    """Let nbgrader autograde and write feedback for a few of the class, and print how long it took."""
    course = base / "course"
    (course / "source/ps1").mkdir(parents=True)
    shutil.copy(REPOSITORY / "exercises/01_detect.ipynb", course / "source/ps1")
    chosen = sorted(place.glob("*/01_detect.ipynb"))[:learners]
    for path in chosen:
        target = course / "submitted" / path.parent.name / "ps1"
        target.mkdir(parents=True)
        shutil.copy(path, target)
    run_nbgrader(python, course, "generate_assignment")
    autograde = run_nbgrader(python, course, "autograde")
    feedback = run_nbgrader(python, course, "generate_feedback")
    each = (autograde + feedback) / len(chosen)
    print(
        f"nbgrader: {len(chosen)} submissions, autograde {autograde:.1f} s and feedback {feedback:.1f} s ({each:.1f} s each)"
    )
    print(f"  scaled to {whole} submissions: {each * whole / 60:.0f} minutes (not run)")


def run_nbgrader(python: Path, course: Path, what: str) -> float:
    """Run one of nbgrader's commands in a course; returns seconds."""
    path = os.pathsep.join([str(python.parent), os.environ.get("PATH", "")])
    environment = {
        **os.environ,
        "PATH": path,
        "PYTHONPATH": str(REPOSITORY),
        "FANOUT_PROGRESS": "off",
    }
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 (given by whoever runs the benchmark)
        [python, "-m", "nbgrader", what, "ps1", f"--course-dir={course}"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        print(f"  nbgrader {what} ended with {done.returncode}: {done.stderr[-400:]}")
    return time.perf_counter() - began


def main() -> int:
    """Run what the command line asks for; 1 when a resumed gradebook differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learners", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=0)
    parser.add_argument(
        "--lesson", action="append", default=[], help="only this lesson's notebooks"
    )
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--nbgrader-python", type=Path)
    parser.add_argument("--nbgrader-learners", type=int, default=10)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fanout-class-") as folder:
        base = Path(folder)
        chosen = [one for one in lessons() if one.slug in args.lesson or not args.lesson]
        deserved = make_class(base / "in", args.learners, chosen)
        grade(base / "in", base, args.jobs, deserved)
        equal = True
        if args.kills:
            equal = kill_and_resume(base / "in", base, args.jobs, args.kills)
        if args.nbgrader_python:
            nbgrader(args.nbgrader_python, base / "in", base, args.nbgrader_learners, args.learners)
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
