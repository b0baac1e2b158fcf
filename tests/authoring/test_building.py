from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from nbformat import v4, validate, write

from fanout.authoring import AuthoringError, build, same_but_for_times
from fanout.authoring.form import read_notebook

LESSON = "fanout/lessons/double/lesson.md"
BUILT = [
    "exercises/01_double.ipynb",
    "notebooks/00_hello.ipynb",
    "notebooks/01_double.ipynb",
    "solutions/01_double.ipynb",
]
Edit = Callable[[str, str, str], None]


def built(course: Path) -> dict[str, str]:
    """The text of every built file, by its path."""
    paths = sorted(course.glob("*/*.ipynb"))
    return {p.relative_to(course).as_posix(): p.read_text(encoding="utf-8") for p in paths}


def test_builds_three_editions(course: Path) -> None:
    """A lesson gives a notebook, and with exercises also a worked and a learner's edition."""
    assert list(built(course)) == BUILT
    for name in BUILT:
        validate(read_notebook(course / name))


def test_outputs_stand_where_they_belong(course: Path) -> None:
    """Lesson and solution are executed, with progress off; the exercises are not."""
    files = built(course)
    assert "Started; progress is off." in files["notebooks/01_double.ipynb"]
    assert "pass    doubles a positive number" in files["solutions/01_double.ipynb"]
    assert '"execution_count": 1' not in files["exercises/01_double.ipynb"]
    assert "Started" not in files["exercises/01_double.ipynb"]


def test_nothing_of_this_machine(course: Path) -> None:
    """No built file names a path of the machine that built it."""
    for text in built(course).values():
        assert str(course.parent) not in text
        assert "site-packages" not in text
        assert str(Path.home()) not in text


def test_unchanged_lessons_keep_their_bytes(
    course: Path, registry: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """Building again changes no byte, though times, addresses and pictures were new; and says so."""
    before = built(course)
    again = build(course, registry=registry)
    assert built(course) == before
    assert [one.kept for one in again] == [True] * 4
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert lines[1].startswith("notebooks/01_double.ipynb")
    assert lines[1].endswith(" s  unchanged")


def test_fresh_takes_new_pictures(course: Path, registry: ModuleType) -> None:
    """With `fresh` the pictures and times are new, and nothing else is."""
    name = "notebooks/01_double.ipynb"
    before = built(course)[name]
    build(course, ["double"], registry=registry, fresh=True)
    after = built(course)[name]
    assert after != before
    assert same_but_for_times(after, before)


def test_changed_lesson_is_written(course: Path, registry: ModuleType, edit: Edit) -> None:
    """A change in the source reaches the file, and only the lesson asked for is built."""
    before = built(course)
    edit(LESSON, "return 42", "return 43")
    assert [b.path.name for b in build(course, ["01"], registry=registry)] == [
        "01_double.ipynb"
    ] * 3
    after = built(course)
    assert "return 43" in after["notebooks/01_double.ipynb"]
    assert [n for n in BUILT if after[n] != before[n]] == ["notebooks/01_double.ipynb"]


def test_failing_cell_stops_the_build(course: Path, registry: ModuleType, edit: Edit) -> None:
    """A cell that raises stops the build; lesson, cell, error and next step are named."""
    before = built(course)
    edit(LESSON, "await answer()", "await anwser()")
    with pytest.raises(AuthoringError) as error:
        build(course, ["double"], registry=registry)
    said = str(error.value)
    assert "Lesson `double` (fanout/lessons/double/lesson.md): code cell 6, which begins" in said
    assert "NameError: name 'anwser' is not defined" in said
    assert "tag the cell `raises-exception`" in said
    assert "`fanout build double` again" in said
    assert built(course) == before


def test_files_of_a_removed_lesson_go(
    course: Path, registry: ModuleType, edit: Edit, capsys: pytest.CaptureFixture[str]
) -> None:
    """Built files of a lesson that no longer exists are removed; a learner's own notebook stays."""
    write(v4.new_notebook(), course / "exercises" / "mine.ipynb")
    edit("fanout/lessons/syllabus.toml", 'slug = "double"', 'slug = "twofold"')
    (course / "fanout/lessons/double").rename(course / "fanout/lessons/twofold")
    registry.EXERCISES["double"].lesson = "twofold"
    try:
        build(course, ["twofold"], registry=registry)
    finally:
        registry.EXERCISES["double"].lesson = "double"
    assert list(built(course)) == sorted(
        [name.replace("double", "twofold") for name in BUILT] + ["exercises/mine.ipynb"]
    )
    assert "removed: no such lesson" in capsys.readouterr().err


def test_unknown_lesson(course: Path, registry: ModuleType) -> None:
    """Asking for a lesson that does not exist builds nothing and lists the lessons."""
    with pytest.raises(AuthoringError, match="no lesson `nope`"):
        build(course, ["nope"], registry=registry)
