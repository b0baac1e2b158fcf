"""Whose a file is, by the ways in which platforms write paths."""

from __future__ import annotations

import pytest

from fanout.grading.naming import handed, wrapper


@pytest.mark.parametrize(
    ("path", "key", "stem", "version", "late"),
    [
        ("alice/01_detect.ipynb", "alice", "01_detect", (0, 0), False),
        ("bob/ps1/01_detect.ipynb", "bob", "01_detect", (0, 0), False),
        ("doejane_12345_67890_01_detect.ipynb", "doejane_12345", "01_detect", (0, 67890), False),
        ("doejane_LATE_12345_67890_01_detect.ipynb", "doejane_12345", "01_detect", (0, 67890), True),
        ("doejane_12345_67891_01_detect-2.ipynb", "doejane_12345", "01_detect", (2, 67891), False),
        ("Jane Doe_77_assignsubmission_file_01_detect.ipynb", "Jane Doe_77", "01_detect", (0, 0), False),
        ("Jane Doe_77_assignsubmission_file_/01_detect.ipynb", "Jane Doe_77", "01_detect", (0, 0), False),
        ("Ana_Lía Núñez_9_assignsubmission_file_/a/01_detect (3).ipynb", "Ana_Lía Núñez_9", "01_detect", (3, 0), False),
        ("=SUM(A1) Zoë/01_detect.ipynb", "=SUM(A1) Zoë", "01_detect", (0, 0), False),
        ("Kim Lee 01_detect.ipynb", "Kim Lee", "Kim Lee 01_detect", (0, 0), False),
        ("01_detect - Kim.ipynb", "Kim", "01_detect - Kim", (0, 0), False),
    ],
)  # fmt: skip
def test_paths_of_platforms(
    path: str, key: str, stem: str, version: tuple[int, int], late: bool
) -> None:
    """Folders, nbgrader's tree, Canvas's and Moodle's names give learner, version and lateness."""
    found = handed(path.split("/"), hint=["01_detect"])

    assert (found.learner.key, found.stem, found.version, found.late) == (key, stem, version, late)


def test_platforms_numbers_are_kept() -> None:
    """Canvas's and Moodle's numbers of a learner are kept for the way back."""
    canvas = handed(["doejane_12345_67890_x.ipynb"]).learner
    moodle = handed(["Jane Doe_77_assignsubmission_file_x.ipynb"]).learner

    assert (canvas.name, canvas.canvas_id, canvas.moodle_id) == ("doejane", "12345", "")
    assert (moodle.name, moodle.canvas_id, moodle.moodle_id) == ("Jane Doe", "", "77")


def test_two_spellings_of_an_accent_are_one_learner() -> None:
    """A name that a Mac wrote as letter and accent is the same as in one sign."""
    assert handed(["Zoe\u0308", "a.ipynb"]).learner == handed(["Zo\u00eb", "a.ipynb"]).learner


@pytest.mark.parametrize(
    ("paths", "depth"),
    [
        (["alice/01.ipynb", "bob/01.ipynb"], 0),
        (["submitted/alice/ps1/01.ipynb"], 1),
        (["class/alice/01.ipynb", "class/bob/01.ipynb"], 1),
        (["alice/01.ipynb", "alice/02.ipynb"], 0),
        (["export/doe_1_2_01.ipynb"], 1),
        (["export/Jane_1_assignsubmission_file_/01.ipynb"], 1),
        (["Jane_1_assignsubmission_file_/01.ipynb"], 0),
        (["ann/01_detect/01_detect.ipynb", "ann/02_answer/02_answer.ipynb"], 0),
    ],
)
def test_a_folder_around_the_class_is_nobody(paths: list[str], depth: int) -> None:
    """A folder that wraps the whole class is not taken for a learner, a single learner's is."""
    assert wrapper([path.split("/") for path in paths]) == depth
