"""Grades as spreadsheets and platforms take them."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest

from fanout.grading.command import grade
from fanout.grading.errors import TableError
from fanout.grading.options import Options
from fanout.grading.tables import harmless, scaled, write_table
from tests.grading.classroom import grader, hand_in, solved, table, with_mistake

CANVAS_HEAD = "Student,ID,SIS User ID,SIS Login ID,Section,Essay (55),01_detect (77),Final Score"
CANVAS = (
    f"\ufeff{CANVAS_HEAD}\r\n"
    '"    Points Possible",,,,,10,9,"(read only)"\r\n'
    '"Doe, Jane",12345,u1,jane,A,7,,50\r\n'
    '"=HYPERLINK(""http://x"")",12346,u2,-eve,A,8,4,60\r\n'
    '"Test, Student",999,,x,A,,,0\r\n'
)
MOODLE = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Last modified (grade),Feedback comments\n"
    'Participant 77,Jane Doe,j@x.org,Submitted,,100.00,"Friday, 20 November 2026, 1:00 PM",\n'
    "Participant 78,Ann Lee,a@x.org,No submission,33.00,100.00,-,old\n"
)


def run(place: Path, out: Path, **more: object) -> int:
    options = Options(submissions=place, out=out, seed=3, exercise=("count_calls",), **more)
    return grade(options, grader())


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx", "\nx", " =1", "＝1"],
)
def test_no_cell_is_a_formula(text: str) -> None:
    """What a spreadsheet would run gets an apostrophe in front."""
    assert harmless(text) == f"'{text}"


def test_no_cell_acts_on_a_terminal() -> None:
    """Escapes, and marks that turn the direction of writing, are seen and not obeyed."""
    assert harmless("\x1b[31mred \u202eJo\x07") == "\ufffd[31mred \ufffdJo\ufffd"
    assert harmless("\0=1") == "'\ufffd=1"


@pytest.mark.parametrize("text", ["Ann", "-", "-3", "+4.5", "3,5", "", "a=b", "J. O'Neil"])
def test_ordinary_cells_stay_as_they_are(text: str) -> None:
    """Names, numbers and dashes are not touched."""
    assert harmless(text) == text


def test_quotes_commas_and_lines_survive(tmp_path: Path) -> None:
    """A table read back by a CSV reader has the same cells."""
    cells = ['Doe, "Jo"', "two\nlines", "é", "3"]
    write_table(tmp_path / "t.csv", [cells])
    assert rows(tmp_path / "t.csv") == [cells]
    assert (tmp_path / "t.csv").read_bytes().startswith(b'"Doe, ""Jo""",')


@pytest.mark.parametrize(
    ("points", "of", "maximum", "said"),
    [(3, 4, "", "3"), (3, 4, "100.00", "75"), (1, 3, "10", "3.33"), (2, 4, "7,5", "3.75"), (4, 4, "(read only)", "4")],
)  # fmt: skip
def test_points_are_scaled_to_the_platforms_maximum(
    points: int, of: int, maximum: str, said: str
) -> None:
    """A platform's own maximum is the scale; without one the points stay."""
    assert scaled(points, of, maximum) == said


def test_canvas_gets_its_own_columns(tmp_path: Path) -> None:
    """From Canvas's file names comes a file with Canvas's columns, ids and Points Possible."""
    place = hand_in(tmp_path / "in", {"doejane_12345_6_01_detect.ipynb": solved()})
    run(place, tmp_path / "out")

    head, full, doe = rows(tmp_path / "out/canvas.csv")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "01_detect"]
    assert full == ["    Points Possible", "", "", "", "", "5"]
    assert doe == ["doejane", "12345", "", "", "", "5"]


def test_canvas_own_export_is_filled_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the lesson's column changes, scaled to its maximum; who is not listed is named."""
    (tmp_path / "canvas.csv").write_text(CANVAS, encoding="utf-8", newline="")
    place = hand_in(
        tmp_path / "in",
        {
            "doejane_12345_6_01_detect.ipynb": with_mistake("count_calls", "one call at most"),
            "nobody_555_8_01_detect.ipynb": solved(),
        },
    )
    run(place, tmp_path / "out", canvas=tmp_path / "canvas.csv")
    filled = tmp_path / "out/canvas_filled.csv"

    head, full, doe, eve, test = rows(filled)
    assert ",".join(head) == CANVAS_HEAD
    assert full == ["    Points Possible", "", "", "", "", "10", "9", "(read only)"]
    assert doe == ["Doe, Jane", "12345", "u1", "jane", "A", "7", "3.6", "50"]
    assert eve == ['\'=HYPERLINK("http://x")', "12346", "u2", "-eve", "A", "8", "4", "60"]
    assert test[6] == ""
    assert filled.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "nobody_555" in capsys.readouterr().out


def test_learners_are_found_by_login_or_name(tmp_path: Path) -> None:
    """Without Canvas's number a folder's name is matched with a school's id, then with the name."""
    (tmp_path / "canvas.csv").write_text(CANVAS, encoding="utf-8", newline="")
    files = {"Jane Doe/01_detect.ipynb": solved(), "-eve/01_detect.ipynb": solved()}
    place = hand_in(tmp_path / "in", files)
    run(place, tmp_path / "out", canvas=tmp_path / "canvas.csv")

    assert [row[6] for row in rows(tmp_path / "out/canvas_filled.csv")[2:]] == ["9", "9", ""]


def test_a_canvas_file_without_the_assignment_is_refused_before_grading(tmp_path: Path) -> None:
    """An export that lacks the lesson's column says so at once, and which columns it has."""
    (tmp_path / "canvas.csv").write_text(CANVAS.replace("01_detect", "Quiz"), encoding="utf-8")
    place = hand_in(tmp_path / "in", {"a/01_detect.ipynb": solved()})
    with pytest.raises(
        TableError, match="no column is for 01_detect; its assignments are: Essay, Quiz"
    ):
        run(place, tmp_path / "out", canvas=tmp_path / "canvas.csv")
    assert not (tmp_path / "out").exists()


def test_moodle_gets_a_worksheet_and_feedback_files(tmp_path: Path) -> None:
    """From Moodle's file names come its worksheet's columns and the zip of feedback files."""
    name = "Jane Doe_77_assignsubmission_file_"
    made = with_mistake("count_calls", "length of None")
    place = hand_in(tmp_path / "in", {f"{name}/01_detect.ipynb": made})
    run(place, tmp_path / "out")

    head, jane = rows(tmp_path / "out/moodle_01_detect.csv")
    assert head == [
        "Identifier",
        "Full name",
        "Grade",
        "Last modified (grade)",
        "Feedback comments",
    ]
    assert jane[:4] == ["Participant 77", "Jane Doe", "4", "-"]
    assert "says 0 when there are none" in jane[4]
    with zipfile.ZipFile(tmp_path / "out/moodle_feedback.zip") as archive:
        assert archive.namelist() == [f"{name}/feedback.html"]


def test_moodles_own_worksheet_is_filled_in(tmp_path: Path) -> None:
    """Grade and comment are filled on Moodle's scale; others, and the dates, stay as they were."""
    (tmp_path / "moodle.csv").write_text(MOODLE, encoding="utf-8")
    name = "Jane Doe_77_assignsubmission_file_01_detect.ipynb"
    place = hand_in(tmp_path / "in", {name: with_mistake("count_calls", "length of None")})
    run(place, tmp_path / "out", moodle=tmp_path / "moodle.csv")

    jane, ann = table(tmp_path / "out/moodle_filled.csv")
    assert (jane["Grade"], jane["Last modified (grade)"]) == (
        "80",
        "Friday, 20 November 2026, 1:00 PM",
    )
    assert jane["Feedback comments"].startswith("01_detect: 4 of 5 points.")
    assert (ann["Grade"], ann["Feedback comments"]) == ("33.00", "old")


def test_what_was_not_handed_in_is_no_zero(tmp_path: Path) -> None:
    """A notebook that nobody handed in has an empty cell, in every table."""
    place = hand_in(
        tmp_path / "in",
        {"ann_1_2_01_detect.ipynb": solved(), "bob_3_4_02_answer.ipynb": solved("02_answer")},
    )
    options = Options(
        submissions=place, out=tmp_path / "out", seed=3, exercise=("count_calls", "answer_calls")
    )
    grade(options, grader())
    ann, bob = table(tmp_path / "out/grades.csv")

    assert (ann["02_answer (8)"], ann["answer_calls (8)"]) == ("", "")
    assert ann["Status"] == "01_detect: graded; 02_answer: not handed in"
    assert [row[5:] for row in rows(tmp_path / "out/canvas.csv")[2:]] == [["5", ""], ["", "8"]]
    assert bob["01_detect (5)"] == ""
