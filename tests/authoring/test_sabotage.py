from __future__ import annotations

from pathlib import Path

import pytest
from nbformat import v4, write

from fanout.authoring import AuthoringError
from fanout.authoring.form import read_notebook
from fanout.authoring.sabotage import sabotage

SANITIZE = Path(__file__).parents[1] / "nbval_sanitize.cfg"


def test_nbval_sees_what_is_spoiled(course: Path) -> None:
    """Times, pictures and addresses of a new run are green; a word or an error is red."""
    assert sabotage(course / "notebooks" / "01_double.ipynb", SANITIZE) == []


def test_too_lenient_sanitizing_is_found(course: Path, tmp_path: Path) -> None:
    """A sanitizing file that hides words is found out, because the spoiled copy stays green."""
    lenient = tmp_path / "lenient.cfg"
    lenient.write_text("regex: (?s).+\nreplace: ANYTHING\n", encoding="utf-8")
    found = sabotage(course / "notebooks" / "00_hello.ipynb", lenient)
    assert len(found) == 1
    assert "nbval did not notice a changed output at Cell 1" in str(found[0])


def test_without_sanitizing_times_are_red(course: Path, tmp_path: Path) -> None:
    """Without the sanitizing file an honest second run is red: each of its patterns is needed."""
    (tmp_path / "none.cfg").write_text("", encoding="utf-8")
    found = sabotage(course / "notebooks" / "01_double.ipynb", tmp_path / "none.cfg")
    assert len(found) == 1
    assert "untouched cells are red under nbval: Cell 2, Cell 3." in str(found[0])


def test_nothing_to_spoil(tmp_path: Path) -> None:
    """A notebook that prints nothing cannot be spoiled, and that is said."""
    path = tmp_path / "silent.ipynb"
    write(v4.new_notebook(cells=[v4.new_code_cell("x = 1")]), path)
    assert read_notebook(path)
    with pytest.raises(AuthoringError, match="there is nothing to spoil"):
        sabotage(path, SANITIZE)
