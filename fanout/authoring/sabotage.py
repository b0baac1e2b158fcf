"""Proves that the notebook tests can fail: breaks a copy of a notebook, and wants pytest red."""

from __future__ import annotations

import copy
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode, v4, writes

from fanout.authoring.execution import TIMEOUT, kernel_environment
from fanout.authoring.form import calm, has_tag, read_notebook
from fanout.authoring.problem import AuthoringError, Problem

_NOT_COMPARED = ("nbval-ignore-output", "nbval-skip", "raises-exception")


def sabotage(path: Path, sanitize: Path) -> list[Problem]:
    """Run a spoiled copy of a built notebook under nbval: one output changed, a cell added that raises.

    Those two cells must be red, and all others green, as they are in the notebook itself.
    """
    notebook = read_notebook(path)
    number = _cell_to_spoil(notebook, path.name)
    spoiled = with_broken_cell(with_changed_output(notebook, number))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / path.name).write_text(writes(spoiled), encoding="utf-8")
        red = red_cells(Path(folder), sanitize)[path.stem]
    return list(_verdict(path.name, red, f"Cell {number}", f"Cell {len(_code(notebook))}"))


def with_changed_output(notebook: NotebookNode, number: int) -> NotebookNode:
    """A copy in which one word was added to the stored output of code cell `number`, from 0."""
    spoiled = copy.deepcopy(notebook)
    for output in _code(spoiled)[number].outputs:
        if output.output_type == "stream":
            output.text += "and a word nobody printed\n"
            break
        if "text/plain" in output.get("data", {}):
            output.data["text/plain"] += " and a word nobody printed"
            break
    return spoiled


def with_broken_cell(notebook: NotebookNode) -> NotebookNode:
    """A copy with one more code cell at its end, which raises."""
    spoiled = copy.deepcopy(notebook)
    spoiled.cells.append(v4.new_code_cell("raise ValueError('broken on purpose')"))
    return spoiled


def red_cells(folder: Path, sanitize: Path) -> dict[str, set[str]]:
    """For each notebook in the folder, by stem, the cells that `pytest --nbval` finds wrong."""
    results = folder / "results.xml"
    # A configuration of its own, so that none of a folder further up has a say. The equals sign
    # matters: pytest would take a path of its own for a test, and look for the root around it.
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q"]
    command += [f"--nbval-sanitize-with={sanitize.resolve()}", "-p", "no:cacheprovider"]
    command += [f"--nbval-cell-timeout={TIMEOUT}", f"--junitxml={results}", "--color=no"]
    command += [path.name for path in sorted(folder.glob("*.ipynb"))]
    run = subprocess.run(  # noqa: S603 - a fixed command on files that were just written here
        command, cwd=folder, env=kernel_environment(), capture_output=True, text=True, check=False
    )
    if not results.exists():
        raise AuthoringError(f"pytest did not run the notebooks in {folder}:\n{run.stdout[-2000:]}")
    tree = ElementTree.parse(results)  # noqa: S314 - pytest wrote it a moment ago
    return _red(tree.getroot(), folder)


def _red(results: ElementTree.Element, folder: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {path.stem: set() for path in folder.glob("*.ipynb")}
    for case in results.iter("testcase"):
        stem = case.get("classname", "").removesuffix(".ipynb")
        if case.find("failure") is not None or case.find("error") is not None:
            found.setdefault(stem, set()).add(case.get("name", ""))
    return found


def _verdict(name: str, red: set[str], changed: str, broken: str) -> Iterator[Problem]:
    if untouched := red - {changed, broken}:
        yield Problem(
            name,
            f"untouched cells are red under nbval: {', '.join(sorted(untouched))}.",
            "Build the lesson again, and look for output that differs from run to run.",
        )
    for cell, what in ((changed, "a changed output"), (broken, "a cell that raises")):
        if cell not in red:
            to_do = "Look for a tag or a sanitizing pattern that hides too much."
            yield Problem(name, f"nbval did not notice {what} at {cell}.", to_do)


def _cell_to_spoil(notebook: NotebookNode, name: str) -> int:
    """The last code cell, from 0, with text that nbval compares."""
    comparable = [i for i, cell in enumerate(_code(notebook)) if _is_compared(cell)]
    if not comparable:
        raise AuthoringError(
            f"{name} has no code cell with text output; there is nothing to spoil."
        )
    return comparable[-1]


def _is_compared(cell: NotebookNode) -> bool:
    if any(has_tag(cell, tag) for tag in _NOT_COMPARED):
        return False
    texts = (o.get("text") or o.get("data", {}).get("text/plain") for o in cell.outputs)
    return any(text and calm(text).strip() for text in texts)


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]
