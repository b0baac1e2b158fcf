"""How far the grading is, on a terminal and in a log."""

from __future__ import annotations

import io

from fanout.grading.progress import progress


class Terminal(io.StringIO):
    """A file that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_log_gets_lines() -> None:
    """Without a terminal there are plain lines, the last of which says that all is graded."""
    file = io.StringIO()
    with progress(3, file) as step:
        for _ in range(3):
            step()

    assert file.getvalue() == "graded 3 of 3, done\n"


def test_a_terminal_gets_a_bar() -> None:
    """On a terminal a bar counts and estimates the time that is left."""
    file = Terminal()
    with progress(2, file) as step:
        step()
        step()

    assert "2/2" in file.getvalue()
    assert "0:00:00" in file.getvalue()


def test_nothing_to_grade_says_nothing() -> None:
    """A run with nothing left to grade shows no progress."""
    file = io.StringIO()
    with progress(0, file):
        pass

    assert file.getvalue() == ""
