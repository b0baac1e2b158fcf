"""The `grade` command as an instructor runs it, with learners' code in the sandbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from fanout.cli import main
from fanout.grading.layers import probe
from tests.grading.classroom import hand_in, solved, table, with_mistake

in_boxes = pytest.mark.skipif(
    not probe().enough, reason="this machine has no sandbox for learners' code"
)


def said(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str]:
    """The exit code of a command and all that it printed."""
    code = main(argv)
    captured = capsys.readouterr()
    return code, captured.out + captured.err


@in_boxes
def test_a_class_is_graded_in_boxes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command grades a class, says where everything is, and names the isolation it had."""
    place = hand_in(
        tmp_path / "in",
        {
            "ann/01_detect.ipynb": solved(),
            "bob/01_detect.ipynb": with_mistake("next_step", "forgets the content filter"),
        },
    )
    out = tmp_path / "out"
    code, text = said(capsys, "grade", str(place), "--out", str(out), "--seed", "3", "--jobs", "2")

    assert code == 0
    assert f"Overview: {out / 'overview.html'}" in text
    rows = table(out / "grades.csv")
    assert [(row["Learner"], row["Points"]) for row in rows] == [("ann", "18"), ("bob", "17")]
    assert "namespaces" in rows[0]["Isolation"]
    page = (out / "feedback/bob.html").read_text(encoding="utf-8")
    assert "<strong>forgets the content filter</strong>" in page


@pytest.mark.skipif(probe().system == "Windows", reason="Windows cannot grade at all")
def test_unsafe_is_written_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was graded without a sandbox says so on the terminal, in the table and on every page."""
    place = hand_in(tmp_path / "in", {"ann/01_detect.ipynb": solved()})
    out = tmp_path / "out"
    code, text = said(capsys, "grade", str(place), "--out", str(out), "--unsafe", "--jobs", "1")

    assert code == 0
    assert "WITHOUT a sandbox" in text
    assert table(out / "grades.csv")[0]["Isolation"] == "none (unsafe)"
    for page in ("overview.html", "feedback/ann.html"):
        assert "Graded without a sandbox" in (out / page).read_text(encoding="utf-8")


def test_what_is_wrong_is_said_on_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A place without submissions ends with 1 and a sentence, not with a traceback."""
    code, text = said(capsys, "grade", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out"))

    assert code == 1
    assert text.startswith("fanout: ")
    assert text.count("\n") == 1
