"""`check`, `hint` and `progress` as a learner calls them."""

from __future__ import annotations

import _thread
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fanout.checks import desk
from fanout.checks.exercise import Exercise

pytestmark = pytest.mark.usefixtures("only_double")


def double(number: int, functions: dict[str, Callable[..., Any]]) -> int:
    functions["note"](value=2 * number)
    return 2 * number


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this learner's progress is kept."""
    path = tmp_path / "deep" / "progress.json"
    monkeypatch.setenv("FANOUT_PROGRESS", str(path))
    return path


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_check_shows_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    """check() prints the report and returns nothing, so that no cell shows it twice."""
    assert desk.check(double) is None
    assert "double: passed, 3 of 3." in said(capsys)


def test_nbgrader_gets_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under nbgrader a check returns its points, 0 included, which it takes as partial credit."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")

    def unsolved(number: int, functions: Any) -> None:
        raise NotImplementedError

    unsolved.__name__ = "double"
    assert desk.check(double) == 4
    assert desk.check(unsolved) == 0


@pytest.mark.parametrize(
    ("mistaken", "words"),
    [
        (double(1, {"note": lambda value: None}), "without parentheses"),
        (None, "without parentheses"),
        (lambda: None, "There are: double"),
    ],
)
def test_check_of_something_else(
    mistaken: Any, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A called function, None or a stranger gets a sentence that says what to do."""
    desk.check(mistaken)
    assert words in said(capsys)


def test_a_class_is_no_function(capsys: pytest.CaptureFixture[str]) -> None:
    """A class of the right name is named as what it is, beside the line that was asked for."""
    desk.check(type("double", (), {}))
    text = said(capsys)
    assert "`double` is a class here" in text
    assert "def double(number, functions)" in text


def test_an_interrupted_check_judges_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Interrupting the kernel ends a check in words, without the judge's own lines, and its function."""

    def double(number: int, functions: Any) -> int:
        _thread.interrupt_main()
        while True:
            number += 1

    with pytest.raises(KeyboardInterrupt, match="nothing is judged") as caught:
        desk.check(double)
    assert [frame.name for frame in caught.traceback][-1] == "check"
    assert said(capsys) == ""
    assert "fanout-check" not in {thread.name for thread in threading.enumerate()}


def test_a_typo_in_the_name(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is nearly right gets a suggestion."""

    def doubel(number: int, functions: Any) -> None: ...

    desk.check(doubel)
    assert "Did you mean `double`?" in said(capsys)


@pytest.mark.parametrize("stranger", [print, json.dumps, int])
def test_a_function_from_elsewhere(
    stranger: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A builtin or a function of a module gets no guess, but is told what check takes."""
    double = vars(desk)["exercises"]()["double"]
    monkeypatch.setattr(desk, "exercises", lambda: {"double": double, "drift": double})
    desk.check(stranger)
    out = said(capsys)
    assert "takes the function you wrote in this notebook" in out
    assert "Did you mean" not in out


def test_a_strange_name_in_the_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    """A function of the notebook whose name is near none is told that no exercise is called so."""

    def tidy() -> None: ...

    tidy.__module__ = "__main__"
    desk.check(tidy)
    assert "No exercise is called `tidy`. There are: double" in said(capsys)


def test_changed_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    """A function with other parameters is told which ones the exercise gives."""

    def double(n: int) -> None: ...

    desk.check(double)
    assert "called with (number, functions)" in said(capsys)


def test_hints_come_one_by_one(only_double: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    """Each call gives the next hint; after the last one it points to the solution."""
    for _ in range(5):
        desk.hint(double)
    lines = said(capsys).splitlines()
    assert [only_double.hints[i] in lines[i] for i in range(3)] == [True] * 3
    assert "solutions/" in lines[3] == lines[4]


def test_a_hint_by_number_and_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    """hint("double", 2) gives the second; a number that is none says how many there are."""
    desk.hint("double", 2)
    desk.hint(double, 7)
    lines = said(capsys).splitlines()
    assert "Multiply." in lines[0]
    assert "has 3 hints" in lines[1]


def test_progress_is_kept(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A pass is written down, a miss is not, and progress() shows it."""
    desk.progress()
    assert "0 of 1" in said(capsys)
    desk.check(double)
    assert json.loads(file.read_text()) == {"passed": ["double"]}
    desk.progress()
    assert "1 of 1" in said(capsys)


def test_a_broken_progress_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that cannot be read counts as empty, and the next pass mends it."""
    file.parent.mkdir()
    file.write_text("{half")
    desk.progress()
    assert "0 of 1" in said(capsys)
    desk.check(double)
    assert json.loads(file.read_text()) == {"passed": ["double"]}


def test_a_progress_file_that_cannot_be_written(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If progress cannot be saved the check still counts, and one line says so."""
    file.parent.parent.joinpath("deep").write_text("a file where a folder should be")
    desk.check(double)
    out = said(capsys)
    assert "could not be saved" in out
    assert "passed, 3 of 3" in out


def test_solutions_do_not_count(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Running a worked solution in `solutions` marks nothing as passed."""
    folder = tmp_path / "solutions"
    folder.mkdir()
    monkeypatch.chdir(folder)
    desk.check(double)
    assert not file.exists()
