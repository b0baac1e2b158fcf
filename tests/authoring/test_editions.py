from __future__ import annotations

import re
from types import ModuleType
from typing import Any

import pytest
from nbformat import NotebookNode, v4

from fanout.authoring import AuthoringError
from fanout.authoring.editions import (
    HOLE,
    exercise_edition,
    only_checks,
    solution_edition,
    solution_lines,
    with_holes,
)

SOLVED = '''\
def double(number):
    """Twice."""
    if number:
        ### BEGIN SOLUTION
        twice = 2 * number
        return twice
        ### END SOLUTION
    return 0'''


def notebook(*sources: str, tags: tuple[str, ...] = ()) -> NotebookNode:
    """A notebook of code cells."""
    return v4.new_notebook(cells=[v4.new_code_cell(s, metadata={"tags": [*tags]}) for s in sources])


def exercise(registry: ModuleType, *sources: str, tags: tuple[str, ...] = ()) -> NotebookNode:
    """The learner's edition of a notebook of code cells."""
    return exercise_edition(notebook(*sources, tags=tags), registry.exercises(), "e.md")


def nbgrader_faults(cell: Any) -> list[str]:
    """What nbgrader's schema, version 3, has against a cell's metadata.

    The rules are those of its file v3.json, and of its check that points go with grade.
    """
    metadata = dict(cell.metadata.get("nbgrader", {}))
    if not metadata:
        return []
    types = {"grade": bool, "locked": bool, "solution": bool, "task": bool, "grade_id": str}
    types |= {"points": int, "schema_version": int}
    faults = [f"{key} is unknown" for key in metadata if key not in types]
    faults += [
        f"{k} has no {t.__name__}"
        for k, t in types.items()
        if k != "points" and not isinstance(metadata.get(k), t)
    ]
    if not re.fullmatch(r"[a-zA-Z0-9_\-]+", metadata["grade_id"]):
        faults.append("grade_id")
    if metadata["grade"] != ("points" in metadata) or metadata.get("points", 0) < 0:
        faults.append("points")
    return faults + (["version"] if metadata["schema_version"] != 3 else [])


def test_region_becomes_one_raising_line() -> None:
    """A marked region is replaced by one line that raises, at the region's own indentation."""
    assert with_holes(SOLVED, "e.md").splitlines() == [
        "def double(number):",
        '    """Twice."""',
        "    if number:",
        f"        {HOLE}",
        "    return 0",
    ]


def test_two_regions_in_a_cell() -> None:
    """Each region of a cell becomes a hole of its own."""
    one = "def {}():\n    ### BEGIN SOLUTION\n    pass\n    ### END SOLUTION\n"
    holed = with_holes(one.format("f") + one.format("g"), "e.md")
    assert holed.splitlines() == ["def f():", f"    {HOLE}", "def g():", f"    {HOLE}"]


def test_solution_loses_only_its_marks() -> None:
    """The worked edition is the source without the two marking lines."""
    worked = solution_edition(notebook(SOLVED), "e.md").cells[0].source
    assert worked.splitlines() == [li for li in SOLVED.splitlines() if "SOLUTION" not in li]


def test_no_trace_of_the_solution(registry: ModuleType) -> None:
    """Nothing of the solution, and no tagged cell, is left in the learner's edition."""
    source = v4.new_notebook(
        cells=[
            v4.new_code_cell(
                SOLVED, outputs=[v4.new_output("stream", text="4")], execution_count=7
            ),
            v4.new_markdown_cell("It adds.", metadata={"tags": ["solution"]}),
            v4.new_code_cell("double(4)", metadata={"tags": ["solution"]}),
        ]
    )
    cells = exercise_edition(source, registry.exercises(), "e.md").cells
    assert len(cells) == 1
    assert "twice" not in str(cells)
    assert (cells[0].outputs, cells[0].execution_count) == ([], None)


def test_nbgrader_metadata(registry: ModuleType) -> None:
    """Holes are for solving, checks are for grading with the exercise's points, others are neither."""
    cells = exercise(registry, "import x", SOLVED, "fanout.check(double)").cells
    assert "nbgrader" not in cells[0].metadata
    assert dict(cells[1].metadata.nbgrader) == {
        "grade": False, "grade_id": "double", "locked": False, "schema_version": 3,
        "solution": True, "task": False,
    }  # fmt: skip
    assert dict(cells[2].metadata.nbgrader) == {
        "grade": True, "grade_id": "check-double", "locked": True, "points": 3,
        "schema_version": 3, "solution": False, "task": False,
    }  # fmt: skip
    assert [nbgrader_faults(cell) for cell in cells] == [[], [], []]


def test_grade_ids_are_unique(registry: ModuleType) -> None:
    """Two cells with the same function get two ids, as nbgrader demands."""
    cells = exercise(registry, SOLVED, SOLVED, "fanout.check(double)").cells
    assert [cell.metadata.nbgrader.grade_id for cell in cells] == [
        "double", "double-2", "check-double",
    ]  # fmt: skip


def test_helper_beside_the_exercise(registry: ModuleType) -> None:
    """A cell that defines a helper first is still named after its exercise."""
    cells = exercise(registry, f"def helper():\n    pass\n\n\n{SOLVED}").cells
    assert cells[0].metadata.nbgrader.grade_id == "double"


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    ### BEGIN SOLUTION\n    pass",
        "def f():\n    pass\n    ### END SOLUTION",
        "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION",
    ],
)
def test_unpaired_marks(source: str) -> None:
    """A mark without its counterpart is an error that names the cell."""
    with pytest.raises(
        AuthoringError, match=r"e\.md: .* stands without its counterpart in the cell"
    ):
        with_holes(source, "e.md")


def test_solution_and_check_in_one_cell(registry: ModuleType) -> None:
    """A locked check must not stand in the cell that the learner edits."""
    with pytest.raises(AuthoringError, match=r"Put the check into a cell of its own"):
        exercise(registry, f"{SOLVED}\n\nfanout.check(double)")


def test_check_of_an_unknown_exercise(registry: ModuleType) -> None:
    """A check of something that is no exercise of the lesson is an error that lists those that are."""
    with pytest.raises(AuthoringError, match=r"`fanout.check\(dubble\)`.*exercises are: double"):
        exercise(registry, "fanout.check(dubble)")


def test_solution_lines() -> None:
    """The lines of a solution are found under the functions of their cell."""
    assert solution_lines(notebook(SOLVED), "e.md") == {
        "double": ["twice = 2 * number", "return twice"]
    }


@pytest.mark.parametrize(
    ("source", "only"),
    [
        ("fanout.check(double)\n", True),
        ("fanout.check(double)\ndouble(3)", False),
        ("double = twice\nfanout.check(double)", False),
        ("double(3)", False),
    ],
)
def test_cells_that_only_check(source: str, only: bool) -> None:
    """A cell that does more than check is no cell to leave out of a rehearsal."""
    assert only_checks(source) == only
