"""Scores that nbgrader's own formgrader shows. Runs where nbgrader is installed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from fanout.grading.command import grade
from fanout.grading.errors import GradeError
from fanout.grading.nbgrader import require
from fanout.grading.options import Options
from tests.grading.classroom import REPOSITORY, grader, hand_in, solved, unsolved, with_mistake

try:
    import nbgrader as _nbgrader
except ImportError:
    _nbgrader = None

with_nbgrader = pytest.mark.skipif(_nbgrader is None, reason="nbgrader is not installed")


@pytest.mark.skipif(_nbgrader is not None, reason="nbgrader is installed")
def test_without_nbgrader_it_is_said_before_grading(tmp_path: Path) -> None:
    """`--gradebook` without nbgrader names what to install, and grades nothing."""
    place = hand_in(tmp_path / "in", {"ann/01_detect.ipynb": solved()})
    options = Options(submissions=place, out=tmp_path / "out", gradebook=tmp_path / "gradebook.db")

    with pytest.raises(GradeError, match=r"pip install 'fanout\[nbgrader\]'"):
        grade(options, grader())
    assert not (tmp_path / "out").exists()


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course folder of nbgrader with two submissions of the assignment ps1."""
    course = tmp_path / "course"
    hand_in(
        course / "submitted",
        {
            "ann/ps1/01_detect.ipynb": solved(),
            "ann/ps1/timestamp.txt": "2026-11-20 10:00:00 UTC",
            "bob/ps1/01_detect.ipynb": with_mistake("count_calls", "counts the choices"),
        },
    )
    return course


def run(course: Path, *, resume: bool = False) -> None:
    options = Options(
        submissions=course / "submitted",
        out=course.parent / "out",
        gradebook=course / "gradebook.db",
        seed=4,
        resume=resume,
    )
    assert grade(options, grader()) == 0


def api_of(course: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What formgrader asks when it draws its pages."""
    from nbgrader.apps.api import NbGraderAPI
    from traitlets.config import Config

    bin_of_python = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{bin_of_python}{os.pathsep}{os.environ['PATH']}")
    config = Config()
    config.CourseDirectory.root = str(course)
    return NbGraderAPI(config=config)


@with_nbgrader
@pytest.mark.filterwarnings("ignore")
def test_formgrader_shows_the_scores(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Formgrader lists both submissions as graded, with their points and nothing left to do by hand."""
    run(course)
    api = api_of(course, monkeypatch)
    keys = ("student", "score", "max_score", "autograded", "needs_manual_grade")

    assert [tuple(row[key] for key in keys) for row in api.get_submissions("ps1")] == [
        ("ann", 18.0, 18.0, True, False),
        ("bob", 14.0, 18.0, True, False),
    ]
    opened = api.get_notebook_submissions("ps1", "01_detect")
    assert sorted((row["student"], row["score"]) for row in opened) == [
        ("ann", 18.0),
        ("bob", 14.0),
    ]


@with_nbgrader
@pytest.mark.filterwarnings("ignore")
def test_what_a_person_gave_by_hand_stays(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores are written again without touching a manual score or a comment."""
    run(course)
    api = api_of(course, monkeypatch)
    with api.gradebook as theirs:
        theirs.find_grade("check-count_calls", "01_detect", "ps1", "bob").manual_score = 3.0
        theirs.find_comment("count_calls", "01_detect", "ps1", "bob").manual_comment = "Talk to me."
        theirs.db.commit()
    run(course, resume=True)

    with api.gradebook as theirs:
        given = theirs.find_grade("check-count_calls", "01_detect", "ps1", "bob")
        comment = theirs.find_comment("count_calls", "01_detect", "ps1", "bob")
        assert (given.auto_score, given.manual_score, given.score) == (1.0, 3.0, 3.0)
        assert comment.manual_comment == "Talk to me."
        assert "count_calls, 1 of 5, not yet" in comment.auto_comment


@with_nbgrader
@pytest.mark.filterwarnings("ignore")
def test_without_a_course_folder_the_notebook_is_the_assignment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A class outside nbgrader's tree gets an assignment for each lesson's notebook."""
    place = hand_in(
        tmp_path / "in", {"ann/01_detect.ipynb": solved(), "cy/01_detect.ipynb": unsolved()}
    )
    book = tmp_path / "elsewhere/gradebook.db"
    grade(Options(submissions=place, out=tmp_path / "out", seed=4, gradebook=book), grader())
    api = api_of(book.parent, monkeypatch)

    scores = {row["student"]: row["score"] for row in api.get_submissions("01_detect")}
    assert scores == {"ann": 18.0, "cy": 0.0}


@with_nbgrader
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("exercises/*.ipynb")), ids=lambda p: p.stem)
def test_exercise_notebooks_carry_valid_metadata(path: Path) -> None:
    """nbgrader's own validator accepts the metadata of every exercise notebook."""
    from nbgrader.nbgraderformat import MetadataValidator, reads

    MetadataValidator().validate_nb(reads(path.read_text(encoding="utf-8"), as_version=4))


def test_the_extra_is_asked_for_in_one_place() -> None:
    """`require` raises only where nbgrader is missing."""
    if _nbgrader is None:
        with pytest.raises(GradeError):
            require()
    else:
        require()
