"""Reads `syllabus.toml`: which lessons there are, in which order, and what each promises."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fanout.authoring.problem import AuthoringError

LESSONS = Path("fanout") / "lessons"


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One lesson as the syllabus describes it."""

    number: str
    slug: str
    title: str
    level: int
    minutes: int
    outcomes: tuple[str, ...]
    exercises: tuple[str, ...]

    @property
    def stem(self) -> str:
        """The name of its built files, without the ending."""
        return f"{self.number}_{self.slug}"


@dataclass(frozen=True, kw_only=True)
class Syllabus:
    """All lessons in order, and the model names that they use."""

    path: Path
    models: Mapping[str, str]
    lessons: tuple[Lesson, ...]

    def choose(self, only: tuple[str, ...]) -> tuple[Lesson, ...]:
        """The lessons named by slug, number or both (`01_detect`); all of them for no name."""
        unknown = [n for n in only if not any(_is_called(lesson, n) for lesson in self.lessons)]
        if unknown:
            known = ", ".join(lesson.slug for lesson in self.lessons)
            raise AuthoringError(
                f"There is no lesson `{unknown[0]}` in {self.path.name}. The lessons are: {known}."
            )
        return tuple(
            lesson
            for lesson in self.lessons
            if not only or any(_is_called(lesson, name) for name in only)
        )


def read_syllabus(root: Path) -> Syllabus:
    """The syllabus of the course at `root`; `AuthoringError` says what is wrong with it."""
    path = root / LESSONS / "syllabus.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AuthoringError(
            f"{path} is missing. It lists the lessons; write it, then build again."
        ) from None
    except tomllib.TOMLDecodeError as wrong:
        raise AuthoringError(f"{path} is not valid TOML: {wrong}. Correct that place.") from wrong
    _known(data, {"models", "lesson"}, path.name)
    lessons = tuple(_lesson(entry, i + 1) for i, entry in enumerate(_entries(data)))
    _all_different(lessons)
    return Syllabus(path=path, models=_models(data), lessons=lessons)


def _is_called(lesson: Lesson, name: str) -> bool:
    return name in (lesson.slug, lesson.number, lesson.stem)


def _entries(data: Mapping[str, Any]) -> list[Any]:
    entries = data.get("lesson")
    if not isinstance(entries, list) or not entries:
        raise AuthoringError(
            "syllabus.toml has no lessons. Write one table `[[lesson]]` for each of them."
        )
    return entries


def _models(data: Mapping[str, Any]) -> Mapping[str, str]:
    models = data.get("models", {})
    if not isinstance(models, dict) or not all(_is_text(name) for name in models.values()):
        raise AuthoringError(
            f"syllabus.toml: `models` is {models!r}; write a table of names, "
            'such as chat = "gpt-5.2".'
        )
    return models


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(item) for item in value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _matches(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


# For each key: when it is right, and what would be right, in words.
_KEYS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "number": (_matches(r"\d\d"), 'two digits in quotes, such as "01"'),
    "slug": (_matches(r"[a-z][a-z0-9_]*"), 'a lower-case name, such as "fan_out"'),
    "title": (_is_text, "a title in quotes"),
    "level": (lambda v: _is_whole(v) and 0 <= v <= 4, "a whole number from 0 to 4"),
    "minutes": (
        lambda v: _is_whole(v) and v > 0,
        "a whole number of minutes, such as 25",
    ),
    "outcomes": (
        lambda v: _is_list_of_texts(v) and bool(v),
        "a list of sentences in quotes",
    ),
    "exercises": (
        _is_list_of_texts,
        "a list of function names in quotes, empty if none",
    ),
}


def _lesson(entry: Any, place: int) -> Lesson:
    if not isinstance(entry, dict):
        raise AuthoringError(
            f"syllabus.toml, lesson {place} is {entry!r}; write it as a table `[[lesson]]`."
        )
    where = f"syllabus.toml, lesson {place} (`{entry.get('slug', 'no slug')}`)"
    _known(entry, set(_KEYS), where)
    for key, (is_right, right) in _KEYS.items():
        if key not in entry:
            raise AuthoringError(f"{where}: `{key}` is missing; write {right}.")
        if not is_right(entry[key]):
            raise AuthoringError(f"{where}: `{key}` is {entry[key]!r}; write {right}.")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    return Lesson(**values)


def _known(table: Mapping[str, Any], keys: set[str], where: str) -> None:
    for key in table:
        if key not in keys:
            listed = ", ".join(sorted(keys))
            raise AuthoringError(f"{where}: the key `{key}` is not known; the keys are: {listed}.")


def _all_different(lessons: tuple[Lesson, ...]) -> None:
    seen: dict[tuple[str, str], str] = {}
    for lesson in lessons:
        named = [("number", lesson.number), ("slug", lesson.slug)]
        for kind, value in named + [("exercise", name) for name in lesson.exercises]:
            if (kind, value) in seen:
                raise AuthoringError(
                    f"syllabus.toml: the {kind} `{value}` stands in lesson "
                    f"`{seen[kind, value]}` and in lesson `{lesson.slug}`; rename one of them."
                )
            seen[kind, value] = lesson.slug
