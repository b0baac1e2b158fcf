from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from fanout.authoring import AuthoringError
from fanout.authoring.syllabus import read_syllabus

SYLLABUS = "fanout/lessons/syllabus.toml"
Edit = Callable[[str, str, str], None]


def test_reads_lessons_in_order(course: Path) -> None:
    """Lessons keep the order of the file, and each knows the name of its built files."""
    syllabus = read_syllabus(course)
    assert [lesson.stem for lesson in syllabus.lessons] == ["00_hello", "01_double"]
    assert syllabus.models == {"chat": "tiny-1"}
    assert syllabus.lessons[1].exercises == ("double",)


@pytest.mark.parametrize("name", ["double", "01", "01_double"])
def test_chooses_by_any_name(course: Path, name: str) -> None:
    """A lesson is chosen by slug, number, or both."""
    assert [lesson.slug for lesson in read_syllabus(course).choose((name,))] == ["double"]


def test_unknown_lesson_lists_the_known(course: Path) -> None:
    """Asking for a lesson that does not exist names those that do."""
    with pytest.raises(AuthoringError, match=r"no lesson `tripel`.*hello, double"):
        read_syllabus(course).choose(("tripel",))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('number = "01"', "number = 1", "`double`.*`number` is 1; write two digits"),
        ('number = "01"', 'number = "00"', "number `00` stands in lesson `hello` and in"),
        ('slug = "double"', 'slug = "Dou ble"', "`slug` is 'Dou ble'; write a lower-case"),
        ('slug = "double"', 'slug = "hello"', "slug `hello` stands in"),
        ("minutes = 10", 'minutes = "ten"', "`minutes` is 'ten'; write a whole number"),
        ("minutes = 10", "minutes = true", "`minutes` is True; write a whole number"),
        ("minutes = 10\n", "", "lesson 2 (`double`): `minutes` is missing"),
        ("level = 1", "level = 9", "`level` is 9; write a whole number from 0 to 4"),
        ('exercises = ["double"]', 'exercises = "double"', "`exercises` is 'double'; write a list"),
        ('["double a number", "say why it grew"]', "[]", "`outcomes` is []; write a list"),
        ("minutes = 10", "minuets = 10", "the key `minuets` is not known; the keys are: ex"),
        ('chat = "tiny-1"', "chat = 1", "`models` is {'chat': 1}"),
        ("[models]", "[model]", "the key `model` is not known"),
        ("[models]", "[models", "is not valid TOML"),
    ],
)
def test_says_what_is_wrong(course: Path, edit: Edit, old: str, new: str, said: str) -> None:
    """A wrong entry is named with its lesson, its key, its value and what would be right."""
    edit(SYLLABUS, old, new)
    with pytest.raises(AuthoringError) as error:
        read_syllabus(course)
    words = said.split(".*")
    assert re.search(".*".join(re.escape(word) for word in words), str(error.value))


def test_missing_file(tmp_path: Path) -> None:
    """Without a syllabus the file that is missing is named."""
    with pytest.raises(AuthoringError, match=r"syllabus\.toml is missing"):
        read_syllabus(tmp_path)


def test_without_lessons(course: Path) -> None:
    """A syllabus without lessons says how to write one."""
    (course / SYLLABUS).write_text("[models]\n", encoding="utf-8")
    with pytest.raises(AuthoringError, match=r"Write one table `\[\[lesson\]\]`"):
        read_syllabus(course)
