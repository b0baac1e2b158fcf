"""Puts the exercises through their checks: unsolved, solved, and with every planted mistake.

The two editions run as a learner runs them, cell by cell in a kernel, but for the cells that only
check: one more cell at the end asks the judge about each function that is there. So the code that is
judged is the code that is handed out.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, v4

from fanout.authoring.editions import only_checks
from fanout.authoring.execution import CellFailed, execute
from fanout.authoring.problem import Problem
from fanout.authoring.registry import Exercise, Registry, criterion_name

SEEDS = (1, 2, 3)
"""For solutions; a mistake gets the first one, because some of them run until they are stopped."""
_AT_ONCE = 4
"""Mistakes that are judged together. Judging mostly waits, so several take no more of the processor."""

_ANSWER = "rehearsal: "
# Runs in the kernel, after the notebook's own cells.
_ASK = """
def _rehearse(names, seeds):
    import json
    from fanout import checks
    found = {}
    for name in names:
        function = globals().get(name)
        reports = [
            checks.judge(checks.exercises()[name], checks.LocalFunction(function), seed)
            for seed in seeds if callable(function)
        ]
        found[name] = [
            {
                "unwritten": report.unwritten,
                "met": {getattr(v.criterion, "name", v.criterion): v.met for v in report.verdicts},
                "points": sum(v.points for v in report.verdicts if v.met),
            }
            for report in reports
        ]
    print(_ANSWER + json.dumps(found))
"""

# A planted mistake that dies of these shows no misconception: its author slipped.
_SLIP = re.compile(r"(NameError|UnboundLocalError|ImportError|ModuleNotFoundError|SyntaxError)\b")

Rehearsed = Mapping[str, Sequence[Mapping[str, Any]]]
"""For each exercise the outcome with each seed; empty where the function was not there."""


def rehearse(
    notebook: NotebookNode, folder: Path, names: Iterable[str], seeds: Sequence[int] = SEEDS
) -> Rehearsed:
    """Run the notebook in `folder` and judge the functions; `CellFailed` if it does not end."""
    asked = copy.deepcopy(notebook)
    for cell in asked.cells:
        if cell.cell_type == "code" and only_checks(cell.source):
            cell.source = ""  # emptied, not removed: a failing cell is named by its number
    call = f"_ANSWER = {_ANSWER!r}\n{_ASK}\n_rehearse({list(names)!r}, {list(seeds)!r})"
    asked.cells.append(v4.new_code_cell(call))
    run = execute(asked, folder)
    text = "".join(output.get("text", "") for output in run.cells[-1].outputs)
    found: Rehearsed = json.loads(text.rpartition(_ANSWER)[2])
    return found


def unsolved(
    file: str, notebook: NotebookNode, folder: Path, exercises: Mapping[str, Exercise]
) -> list[Problem]:
    """The edition as handed out runs to its end, and each check says not yet on each criterion."""
    try:
        found = rehearse(notebook, folder, exercises, SEEDS[:1])
    except CellFailed as failure:
        return [_stopped(file, failure, "Tag cells that need the solution `raises-exception`.")]
    return [
        Problem(file, what, "Let the stub raise NotImplementedError, and sharpen the criterion.")
        for name, outcomes in found.items()
        for what in _too_good(name, outcomes)
    ]


def solved(
    file: str, notebook: NotebookNode, folder: Path, exercises: Mapping[str, Exercise]
) -> list[Problem]:
    """The worked edition gets full points on every exercise, with several seeds."""
    try:
        found = rehearse(notebook, folder, exercises)
    except CellFailed as failure:
        return [_stopped(file, failure, "Correct it there, then build the lesson again.")]
    return [
        Problem(file, what, "Correct the solution, or the criterion if that is wrong.")
        for name, outcomes in found.items()
        for what in _too_bad(exercises[name], outcomes)
    ]


def rejected(slug: str, registry: Registry, exercises: Mapping[str, Exercise]) -> list[Problem]:
    """Every planted mistake is rejected by the criterion it names."""
    file = f"fanout/lessons/{slug}/mistakes.py"
    planted = list(registry.mistakes(slug)) if exercises else []
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        told = list(threads.map(lambda one: list(_let_through(one, registry)), planted))
    found = [
        Problem(file, f"“{mistake.name}” {what}", to_do)
        for mistake, faults in zip(planted, told, strict=True)
        for what, to_do in faults
    ]
    for name in exercises:
        if not any(mistake.exercise == name for mistake in planted):
            to_do = "Plant at least one, to prove that its check can say no."
            found.append(Problem(file, f"exercise `{name}` has no planted mistake.", to_do))
    return found


def _too_good(name: str, outcomes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not outcomes:
        yield f"it defines no function `{name}`."
    for outcome in outcomes:
        for criterion, met in outcome["met"].items():
            if met:
                yield f"`{name}`, unsolved, already meets “{criterion}”."
        if not outcome["unwritten"]:
            yield f"`{name}`, unsolved, does something else than raise NotImplementedError."


def _too_bad(exercise: Exercise, outcomes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not outcomes:
        yield f"it defines no function `{exercise.name}`."
    for seed, outcome in zip(SEEDS, outcomes, strict=False):
        unmet = [f"“{criterion}”" for criterion, met in outcome["met"].items() if not met]
        if unmet or outcome["points"] != exercise.points:
            yield (
                f"the solution of `{exercise.name}` gets {outcome['points']} of {exercise.points} "
                f"points with seed {seed}; not met: {', '.join(unmet) or 'none'}."
            )


def _let_through(mistake: Any, registry: Registry) -> Iterator[tuple[str, str]]:
    exercise = registry.exercises().get(mistake.exercise)
    if exercise is None:
        yield f"is planted for `{mistake.exercise}`, which does not exist.", "Correct the name."
        return
    for seed in SEEDS[:1]:
        report = registry.judge(exercise, registry.LocalFunction(mistake.function), seed)
        by_name = {criterion_name(verdict): verdict for verdict in report.verdicts}
        if mistake.fails not in by_name:
            yield (
                f"names the criterion “{mistake.fails}”, which `{exercise.name}` does not have.",
                f"It has: {', '.join(by_name)}.",
            )
            return
        yield from _wrong_reason(mistake, by_name[mistake.fails], report, seed)


def _wrong_reason(mistake: Any, verdict: Any, report: Any, seed: int) -> Iterator[tuple[str, str]]:
    yours = str(getattr(getattr(verdict, "finding", None), "yours", ""))
    if verdict.met:
        others = [criterion_name(v) for v in report.verdicts if not v.met]
        by = f"by {', '.join(others)} instead" if others else "nowhere"
        yield (
            f"is not rejected by “{mistake.fails}” with seed {seed}, but {by}.",
            "Sharpen that criterion's scenarios, or name the criterion that sees it.",
        )
    elif report.unwritten or _SLIP.match(yours):
        yield f"is rejected only because it breaks: {yours}", "Let it run and be wrong."


def _stopped(file: str, failure: CellFailed, to_do: str) -> Problem:
    what = f"code cell {failure.number} does not run to its end: {failure.lines.splitlines()[-1]}."
    return Problem(file, what, to_do)
