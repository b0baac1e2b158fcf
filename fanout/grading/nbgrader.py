"""Scores for nbgrader's own gradebook, so that its formgrader shows them. Needs the extra `nbgrader`.

Names are those of the exercise notebooks' metadata: the cell `check-NAME` carries the points of the
exercise NAME. Formgrader takes a submission for graded only when its `autograded` folder is there
too, so in a course folder of nbgrader the notebook as handed in is put there.
"""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from fanout.grading.errors import GradeError
from fanout.grading.exports import summary
from fanout.grading.gradebook import Entry, Gradebook, Row


def require() -> None:
    """Raise `GradeError` unless nbgrader is installed."""
    try:
        import nbgrader.api  # noqa: F401 (only whether it can be)
    except ImportError as error:
        raise GradeError(
            "--gradebook needs nbgrader, which is not installed: pip install 'fanout[nbgrader]'"
        ) from error


def write_scores(path: Path, book: Gradebook) -> None:
    """Write all graded notebooks into a gradebook, which is made when there is none.

    Manual scores, extra credit and comments that are in it stay. What has no number is left alone.
    """
    from nbgrader.api import Gradebook as Theirs

    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _at_ease(), Theirs(f"sqlite:///{path}") as theirs:
        for row in book.rows:
            for entry in row.entries:
                if entry.submission and entry.points is not None:
                    _write_entry(theirs, path.parent, row, entry)
        theirs.db.commit()


@contextmanager
def _at_ease() -> Iterator[None]:
    """nbgrader runs `alembic` by its bare name, which only an activated environment has in its path.

    SQLAlchemy's warnings about nbgrader's own way with it are nothing that an instructor can act on.
    """
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.environ["PATH"] = before


def _write_entry(theirs: Any, course: Path, row: Row, entry: Entry) -> None:
    assignment, student, notebook = assignment_of(entry), row.learner.key, entry.lesson.notebook
    _describe(theirs, assignment, entry)
    theirs.update_or_create_student(student)
    timestamp = _put_in_autograded(course, assignment, row, entry)
    theirs.update_or_create_submission(assignment, student, timestamp=timestamp)
    for mark in entry.marks:
        grade = _grade(theirs, f"check-{mark.exercise}", notebook, assignment, student)
        grade.auto_score, grade.needs_manual_grade = float(mark.points or 0), False
    first = entry.marks[0].exercise
    theirs.find_comment(first, notebook, assignment, student).auto_comment = summary(entry)


def assignment_of(entry: Entry) -> str:
    """nbgrader's name of the assignment: the folder inside the learner's, or the notebook's name."""
    assert entry.submission is not None
    *_, learner, folder, _ = ("", "", *PurePosixPath(entry.submission.path).parts)
    return folder if learner == entry.submission.learner.key else entry.lesson.notebook


def _describe(theirs: Any, assignment: str, entry: Entry) -> None:
    """The assignment, its notebook and its cells, where the gradebook does not have them yet."""
    from nbgrader.api import MissingEntry

    notebook = entry.lesson.notebook
    theirs.update_or_create_assignment(assignment)
    theirs.update_or_create_notebook(notebook, assignment)
    for mark in entry.marks:
        name = f"check-{mark.exercise}"
        try:
            theirs.find_grade_cell(name, notebook, assignment)
        except MissingEntry:
            full = {"max_score": float(mark.max_points), "cell_type": "code"}
            theirs.add_grade_cell(name, notebook, assignment, **full)
        theirs.update_or_create_solution_cell(mark.exercise, notebook, assignment)


def _grade(theirs: Any, cell: str, notebook: str, assignment: str, student: str) -> Any:
    """The learner's grade for a cell; made for a submission that is older than the cell."""
    from nbgrader.api import Grade, MissingEntry

    try:
        return theirs.find_grade(cell, notebook, assignment, student)
    except MissingEntry:
        grade = Grade(
            cell_id=theirs.find_grade_cell(cell, notebook, assignment).id,
            notebook=theirs.find_submission_notebook(notebook, assignment, student),
        )
        theirs.db.add(grade)
        theirs.db.commit()
        return grade


def _put_in_autograded(course: Path, assignment: str, row: Row, entry: Entry) -> str | None:
    """Copy a submission of this course folder to where formgrader looks; returns its timestamp."""
    assert entry.submission is not None
    handed_in = course / "submitted" / row.learner.key / assignment
    source = handed_in / PurePosixPath(entry.submission.path).name
    if not source.is_file() or source.is_symlink():
        return None
    target = course / "autograded" / row.learner.key / assignment
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target / f"{entry.lesson.notebook}.ipynb")
    timestamp = handed_in / "timestamp.txt"
    if not timestamp.is_file() or timestamp.is_symlink():
        return None
    shutil.copyfile(timestamp, target / "timestamp.txt")
    return timestamp.read_text(encoding="utf-8", errors="replace").strip()[:100]
