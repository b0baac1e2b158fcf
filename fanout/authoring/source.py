"""Reads a lesson's source: fills in its placeholders and cuts it into cells.

Strategy: placeholders are filled in on the plain text, before it is cut into cells, so that an
error can name the line as the author's editor shows it. Only the exact forms below are touched;
braces of f-strings and dictionaries stay as they are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import jupytext
from nbformat import NotebookNode

from fanout.authoring.problem import AuthoringError
from fanout.authoring.registry import Exercise, Registry
from fanout.authoring.syllabus import LESSONS, Lesson, Syllabus

FORMAT = "md:myst"
_PLACEHOLDER = re.compile(r"\{\{ ([A-Za-z_][\w.]*(?: [\w.-]+)?) \}\}")
_BRACES = re.compile(r"\{\{[^{}\n]*\}\}")
_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
_INLINE_CODE = re.compile(r"`[^`\n]*`")


@dataclass(frozen=True)
class Source:
    """The text of one source file with its placeholders filled in."""

    path: Path
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text, as hexadecimal digits; built files carry it."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    def notebook(self) -> NotebookNode:
        """The text as cells, not executed."""
        return to_notebook(self.text)


def to_notebook(text: str) -> NotebookNode:
    """MyST Markdown as a notebook, without outputs."""
    return cast(NotebookNode, jupytext.reads(text, fmt=FORMAT))


def to_text(notebook: NotebookNode) -> str:
    """A notebook as MyST Markdown, with the version stamps of the writing program left out."""
    text = str(jupytext.writes(notebook, fmt=FORMAT))
    return re.sub(r"^ +(format_version|jupytext_version): .*\n", "", text, flags=re.MULTILINE)


def read_source(
    root: Path, lesson: Lesson, name: str, syllabus: Syllabus, registry: Registry
) -> Source:
    """The source file `name` of a lesson, filled in; `AuthoringError` names file and line."""
    path = root / LESSONS / lesson.slug / name
    if not path.is_file():
        raise AuthoringError(
            f"{_shown(path, root)} is missing, but the syllabus lists lesson `{lesson.slug}`. "
            "Write the file, or take the lesson out of the syllabus."
        )
    text = path.read_text(encoding="utf-8")
    known = _fillings(lesson, syllabus, registry)
    return Source(path, fill(text, known, _shown(path, root)))


def fill(text: str, known: Mapping[str, str], file: str) -> str:
    """The text with each `{{ name }}` replaced by what is known under that name."""
    for line, form, name in _forms(text):
        if name not in known:
            raise AuthoringError(
                f"{file}, line {line}: `{form}` is not known. "
                f"Known here: {', '.join(f'{{{{ {k} }}}}' for k in known)}."
            )
    return _PLACEHOLDER.sub(lambda match: known[match.group(1)], text)


def _forms(text: str) -> Iterator[tuple[int, str, str]]:
    """Everything that is, or in prose may be meant as, a placeholder: line, form, its name."""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = _FENCE.match(line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark.group(1)
        pattern = _PLACEHOLDER if fence else _BRACES
        shown = _INLINE_CODE.sub(_only_placeholders, line) if not fence else line
        for match in pattern.finditer(shown):
            exact = _PLACEHOLDER.fullmatch(match.group())
            yield number, match.group(), exact.group(1) if exact else ""


def _only_placeholders(code: re.Match[str]) -> str:
    return " ".join(match.group() for match in _PLACEHOLDER.finditer(code.group()))


def _fillings(lesson: Lesson, syllabus: Syllabus, registry: Registry) -> dict[str, str]:
    known = {f"models.{name}": model for name, model in syllabus.models.items()}
    known["title"] = lesson.title
    known["minutes"] = str(lesson.minutes)
    known["outcomes"] = "\n".join(f"- {outcome}" for outcome in lesson.outcomes)
    exercises = registry.exercises().values() if lesson.exercises else ()
    own = [exercise for exercise in exercises if exercise.lesson == lesson.slug]
    known["exercise_minutes"] = str(sum(exercise.minutes for exercise in own))
    known |= {f"exercise {exercise.name}": header(exercise) for exercise in own}
    return known


def header(exercise: Exercise) -> str:
    """The standard header of an exercise: its title, then difficulty, importance and minutes."""
    return (
        f"## {exercise.title}\n\n"
        f"Difficulty {_dots(exercise.difficulty)} · Importance {_dots(exercise.importance)} · "
        f"about {exercise.minutes} minute{'s' if exercise.minutes != 1 else ''}"
    )


def _dots(of_five: int) -> str:
    return f"{'●' * of_five}{'○' * (5 - of_five)} ({of_five} of 5)"


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
