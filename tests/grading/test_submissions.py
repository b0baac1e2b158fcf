"""From a folder or a zip to the one version of each notebook that counts."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from fanout.grading.errors import NoSubmissions
from fanout.grading.submissions import Submission, submissions_at, wanted_exercises
from tests.grading.classroom import as_bytes, cell, hand_in, solved, unsolved, zipped


def listed(place: Path) -> list[tuple[str, str | None]]:
    """Learner and lesson of each submission."""
    return [(one.learner.key, one.lesson) for one in submissions_at(place)]


def troubles(place: Path) -> dict[str, str]:
    """Why each learner's file cannot be graded; empty where it can."""
    return {one.learner.key: one.trouble or "" for one in submissions_at(place)}


def only(place: Path) -> Submission:
    (submission,) = submissions_at(place)
    return submission


def test_folders_zips_and_names_give_the_same_class(tmp_path: Path) -> None:
    """A folder, a zip of it and a zip around it hold the same learners and lessons."""
    files = {"Zoë Ö/01_detect.ipynb": solved(), "=cmd/02_answer.ipynb": solved("02_answer")}
    wrapped = {f"class/{name}": content for name, content in files.items()}
    places = [
        hand_in(tmp_path / "folder", files),
        zipped(tmp_path / "flat.zip", files),
        zipped(tmp_path / "wrapped.zip", wrapped),
    ]

    for place in places:
        assert listed(place) == [("=cmd", "answer"), ("Zoë Ö", "detect")]


@pytest.mark.parametrize("name", ["01_detect", "detect", "My 01-Detect (2)", "01_detect-Copy1"])
def test_a_notebook_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    """The lesson's name in the file's name says what it is, in the usual spellings."""
    assert only(hand_in(tmp_path, {f"ann/{name}.ipynb": solved()})).lesson == "detect"


def test_a_renamed_notebook_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    """Without the name, nbgrader's metadata or the functions it defines say what a file is."""
    bare = {"cells": [cell("def converse():\n    ...")]}
    marked = unsolved("01_detect")
    for one in marked["cells"]:
        one["source"] = "x = 1"
    hand_in(tmp_path, {"ann/homework.ipynb": bare, "bob/homework.ipynb": marked})

    assert listed(tmp_path) == [("ann", "answer"), ("bob", "detect")]


def test_a_wrong_name_gives_way_to_what_is_in_it(tmp_path: Path) -> None:
    """A file called as one lesson with the functions of another is graded as the other, and noted."""
    submission = only(hand_in(tmp_path, {"ann/01_detect.ipynb": solved("02_answer")}))

    assert submission.lesson == "answer"
    assert "those of another lesson" in submission.notes[0]


def test_one_file_may_serve_several_lessons(tmp_path: Path) -> None:
    """A notebook of one's own with the functions of two lessons is graded for both."""
    both = {"cells": [*solved("01_detect")["cells"], *solved("02_answer")["cells"]]}
    hand_in(tmp_path, {"ann/all.ipynb": both})

    assert listed(tmp_path) == [("ann", "detect"), ("ann", "answer")]


def test_the_last_version_counts_late_or_not(tmp_path: Path) -> None:
    """Of several uploads the one with the highest number counts; the others are named."""
    hand_in(
        tmp_path,
        {
            "doe_1_100_01_detect.ipynb": unsolved(),
            "doe_LATE_1_300_01_detect-2.ipynb": solved(),
            "doe_1_200_01_detect-1.ipynb": unsolved(),
        },
    )
    submission = only(tmp_path)

    assert submission.path == "doe_LATE_1_300_01_detect-2.ipynb"
    assert submission.late
    assert "doe_1_100_01_detect.ipynb" in submission.notes[-1]


def test_without_numbers_the_newest_file_counts(tmp_path: Path) -> None:
    """Where no number decides, the newest file does."""
    hand_in(tmp_path, {"ann/01_detect.ipynb": solved(), "ann/01_detect_old.ipynb": unsolved()})
    os.utime(tmp_path / "ann/01_detect_old.ipynb", (10, 10))

    assert only(tmp_path).path == "ann/01_detect.ipynb"


def test_a_version_that_cannot_be_read_does_not_count(tmp_path: Path) -> None:
    """A broken last version gives way to an earlier one that can be read."""
    hand_in(tmp_path, {"ann/01_detect.ipynb": solved(), "ann/01_detect-1.ipynb": "half a fi"})

    assert only(tmp_path).path == "ann/01_detect.ipynb"


def test_every_learner_has_a_row_with_a_reason(tmp_path: Path) -> None:
    """An unreadable notebook, a foreign one and a PDF each leave a row that says what came."""
    hand_in(
        tmp_path,
        {
            "ann/01_detect.ipynb": "{",
            "bob/letter.ipynb": {"cells": [cell("print('hello')")]},
            "cy/homework.pdf": b"%PDF",
        },
    )
    found = troubles(tmp_path)

    assert listed(tmp_path) == [("ann", "detect"), ("bob", None), ("cy", None)]
    assert "not a notebook" in found["ann"]
    assert "none of the course's functions" in found["bob"]
    assert "homework.pdf" in found["cy"]


def test_a_zip_cannot_lead_out_of_itself(tmp_path: Path) -> None:
    """Names with `..` or a root are read as names; nothing is written anywhere."""
    place = zipped(
        tmp_path / "a.zip",
        {"../../evil/01_detect.ipynb": solved(), "/abs/01_detect.ipynb": solved()},
    )
    assert listed(place) == [("abs", "detect"), ("evil", "detect")]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.zip"]


def test_a_zip_bomb_costs_its_owner_alone(tmp_path: Path) -> None:
    """A member that unpacks to more than is read gets a reason; the others are graded."""
    place = tmp_path / "a.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("bomb/01_detect.ipynb", "w", force_zip64=True) as member:
            for _ in range(200):
                member.write(b" " * 2**20)
        archive.writestr("ann/01_detect.ipynb", as_bytes(solved()))
    found = troubles(place)

    assert found["ann"] == ""
    assert "MB" in found["bomb"]


def test_a_damaged_member_costs_its_owner_alone(tmp_path: Path) -> None:
    """A member whose bytes were damaged on the way gets a reason."""
    place = zipped(
        tmp_path / "a.zip", {"ann/01_detect.ipynb": solved(), "bob/01_detect.ipynb": solved()}
    )
    data = bytearray(place.read_bytes())
    data[200:210] = b"##########"
    place.write_bytes(data)

    assert "damaged" in troubles(place)["ann"]


@pytest.mark.parametrize(
    ("at", "value", "reason"), [(10, 97, "cannot be unpacked"), (8, 1, "encrypted")]
)
def test_what_zipfile_cannot_open_says_why(
    at: int, value: int, reason: str, tmp_path: Path
) -> None:
    """A member packed in an unknown way, or under a password, gets its own reason."""
    place = zipped(tmp_path / "a.zip", {"ann/01_detect.ipynb": solved()})
    data = bytearray(place.read_bytes())
    for header, further in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        data[data.index(header) + at - 2 + further] = value
    place.write_bytes(data)

    assert reason in troubles(place)["ann"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    """A link out of the folder and a pipe are named instead of read."""
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(as_bytes(solved()))
    place = hand_in(tmp_path / "in", {"zed/01_detect.ipynb": solved()})
    for name in ("ann", "bob", "cy"):
        (place / name).mkdir()
    (place / "ann/01_detect.ipynb").symlink_to(secret)
    os.mkfifo(place / "bob/01_detect.ipynb")
    (place / "cy/inside").symlink_to(tmp_path)
    found = troubles(place)

    assert "link" in found["ann"]
    assert "device" in found["bob"]
    assert "only inside" in found["cy"]
    assert found["zed"] == ""


def test_an_empty_place_is_refused_in_words(tmp_path: Path) -> None:
    """A folder without notebooks and a place that is not there say what would be right."""
    with pytest.raises(NoSubmissions, match=r"no notebook \(\.ipynb\)"):
        submissions_at(tmp_path)
    with pytest.raises(NoSubmissions, match="does not exist"):
        submissions_at(tmp_path / "nowhere")


def test_exercises_are_chosen_by_name_or_lesson() -> None:
    """`--exercise` takes an exercise or a lesson; what is neither is answered with what there is."""
    assert wanted_exercises(["next_step", "02_answer"]) == {
        "detect": ("next_step",),
        "answer": ("answer_calls", "converse"),
    }
    with pytest.raises(NoSubmissions, match=r"`next_stop` is no exercise.*next_step"):
        wanted_exercises(["next_stop"])
