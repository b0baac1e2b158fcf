"""Two editions from one `exercise.md`: the worked solution, and the one with holes for a learner.

The marks are nbgrader's, and so is the metadata of the learner's edition (schema version 3), so that
a school which runs nbgrader can use the files as they are.
"""

from __future__ import annotations

import ast
import copy
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from nbformat import NotebookNode

from fanout.authoring.form import has_tag, without_outputs
from fanout.authoring.problem import AuthoringError
from fanout.authoring.registry import Exercise

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
HOLE = 'raise NotImplementedError("Write this, then run the check below.")'
_CHECK = re.compile(r"\bfanout\.check\(\s*([A-Za-z_]\w*)")


def solution_edition(notebook: NotebookNode, file: str) -> NotebookNode:
    """The worked edition: all of the source, without the lines that mark the solutions."""
    worked = copy.deepcopy(notebook)
    for cell in _code(worked):
        _regions(cell.source, file)
        lines = cell.source.splitlines()
        cell.source = "\n".join(line for line in lines if line.strip() not in (BEGIN, END))
    return worked


def exercise_edition(
    notebook: NotebookNode, exercises: Mapping[str, Exercise], file: str
) -> NotebookNode:
    """The learner's edition: a hole for each solution, no `solution` cells, no outputs."""
    handed_out = without_outputs(notebook)
    handed_out.cells = [cell for cell in handed_out.cells if not has_tag(cell, "solution")]
    used: Counter[str] = Counter()
    for cell in _code(handed_out):
        checked = checked_names(cell.source)
        regions = _regions(cell.source, file)
        if regions and checked:
            raise AuthoringError(
                f"{file}: one cell holds both a solution and `fanout.check({checked[0]})`. "
                "Put the check into a cell of its own."
            )
        if regions:
            name = _unique(_first_function(cell.source, exercises), used)
            cell.metadata["nbgrader"] = _nbgrader(name, solution=True)
            cell.source = with_holes(cell.source, file)
        elif checked:
            points = _points(checked, exercises, file)
            name = _unique(f"check-{checked[0]}", used)
            cell.metadata["nbgrader"] = _nbgrader(name, solution=False, points=points)
    return handed_out


def checked_names(source: str) -> list[str]:
    """The functions that a cell hands to `fanout.check`."""
    return _CHECK.findall(source)


def only_checks(source: str) -> bool:
    """Whether a cell is one call of `fanout.check` and nothing else."""
    return _CHECK.fullmatch(source.strip().removesuffix(")")) is not None


def with_holes(source: str, file: str) -> str:
    """A cell's source with each marked region replaced by one line that raises."""
    lines = source.splitlines()
    for begin, end in reversed(_regions(source, file)):
        indentation = lines[begin][: len(lines[begin]) - len(lines[begin].lstrip())]
        lines[begin : end + 1] = [indentation + HOLE]
    return "\n".join(lines)


def solution_lines(notebook: NotebookNode, file: str) -> dict[str, list[str]]:
    """For each function defined in a cell with a solution, the stripped lines of the solution."""
    found: dict[str, list[str]] = {}
    for cell in _code(notebook):
        lines = cell.source.splitlines()
        own = [
            line.strip()
            for begin, end in _regions(cell.source, file)
            for line in lines[begin + 1 : end]
        ]
        for name in _functions(cell.source) if own else ():
            found.setdefault(name, []).extend(own)
    return found


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _regions(source: str, file: str) -> list[tuple[int, int]]:
    """Begin and end line, counted from 0, of each marked region of a cell."""
    regions: list[tuple[int, int]] = []
    begin: int | None = None
    for number, line in enumerate(source.splitlines()):
        mark = line.strip()
        if mark not in (BEGIN, END):
            continue
        if (mark == BEGIN) != (begin is None):
            raise _unpaired(file, source, mark)
        if begin is not None:
            regions.append((begin, number))
        begin = number if mark == BEGIN else None
    if begin is not None:
        raise _unpaired(file, source, BEGIN)
    return regions


def _unpaired(file: str, source: str, mark: str) -> AuthoringError:
    return AuthoringError(
        f"{file}: `{mark}` stands without its counterpart in the cell that begins with "
        f"`{source.splitlines()[0]}`. Each `{BEGIN}` needs one `{END}` after it in the same cell."
    )


def _functions(source: str) -> list[str]:
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return []
    return [n.name for n in body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def _first_function(source: str, exercises: Mapping[str, Exercise]) -> str:
    """The exercise that a cell defines, else the first function it defines."""
    functions = _functions(source)
    return next(
        (f for f in functions if f in exercises),
        functions[0] if functions else "solution",
    )


def _unique(name: str, used: Counter[str]) -> str:
    used[name] += 1
    return name if used[name] == 1 else f"{name}-{used[name]}"


def _points(checked: Sequence[str], exercises: Mapping[str, Exercise], file: str) -> int:
    for name in checked:
        if name not in exercises:
            raise AuthoringError(
                f"{file}: `fanout.check({name})` checks an exercise that this lesson does not have. "
                f"Its exercises are: {', '.join(exercises) or 'none'}."
            )
    return sum(exercises[name].points for name in checked)


def _nbgrader(grade_id: str, *, solution: bool, points: int | None = None) -> NotebookNode:
    metadata: dict[str, Any] = {
        "grade": not solution,
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        metadata["points"] = points
    return NotebookNode(metadata)
