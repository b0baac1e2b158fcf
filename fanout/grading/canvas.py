"""Grades for Canvas's gradebook: a new file, or the instructor's own export filled in.

The columns and how they are matched are those of Canvas's importer (`lib/gradebook_importer.rb`):
a learner by the number in `ID`, an assignment by the number in brackets behind its title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from fanout.grading.errors import TableError
from fanout.grading.gradebook import Gradebook, Row
from fanout.grading.submissions import Lesson, lesson_named
from fanout.grading.tables import Cell, Sheet, scaled, write_table, write_text

_ABOUT_LEARNERS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_MATCHED_BY = ("ID", "SIS User ID", "SIS Login ID", "Integration ID")


def write_new(path: Path, book: Gradebook) -> None:
    """Write a gradebook file from nothing. Learners are matched by the number in their file's name."""
    assignments = [lesson.notebook for lesson in book.lessons]
    full: list[Cell] = ["    Points Possible", "", "", "", ""]
    if book.rows:
        full += [entry.max_points for entry in book.rows[0].entries]
    rows = [
        [
            row.learner.name,
            row.learner.canvas_id,
            "",
            "",
            "",
            *(entry.points for entry in row.entries),
        ]
        for row in book.rows
    ]
    write_table(path, [[*_ABOUT_LEARNERS, *assignments], full, *rows])


class CanvasFile:
    """The gradebook as the instructor exported it from Canvas."""

    def __init__(self, path: Path) -> None:
        self.sheet = Sheet(path)
        self.sheet.column("Student")
        self._id = self.sheet.column("ID")

    def columns(self, lessons: tuple[Lesson, ...]) -> dict[str, int]:
        """The column of each lesson's assignment, by slug. `TableError` for one that has none."""
        found = {lesson.slug: self._column(lesson, alone=len(lessons) == 1) for lesson in lessons}
        if len(set(found.values())) < len(found):
            raise TableError(f"Two lessons have the same column in `{self.sheet.path}`.")
        return found

    def _column(self, lesson: Lesson, *, alone: bool) -> int:
        titles = {at: _title(cell) for at, cell in self._assignments()}
        matching = [at for at, title in titles.items() if _is_for(title, lesson)]
        if not matching and alone and len(titles) == 1:
            matching = list(titles)
        if len(matching) == 1:
            return matching[0]
        many = "several columns are" if matching else "no column is"
        raise TableError(
            f"In `{self.sheet.path}` {many} for {lesson.notebook}; its assignments are: "
            f"{', '.join(titles.values()) or 'none'}. Name the assignment `{lesson.notebook}` or "
            f"`{lesson.title}` in Canvas, and export again."
        )

    def _assignments(self) -> Iterator[tuple[int, str]]:
        """Columns of assignments: those whose titles end in a number in brackets."""
        for at, cell in enumerate(self.sheet.header):
            if re.search(r"\(\d+\)\s*$", cell):
                yield at, cell

    def fill(self, path: Path, book: Gradebook) -> list[str]:
        """Write the file with the grades in it; returns the learners that it does not list.

        What has no number leaves the cell as it was. Points are scaled to Canvas's own maximum.
        """
        columns, unknown = self.columns(book.lessons), []
        lines = {row.learner.key: self._line(row) for row in book.rows}
        full = self._points_possible()
        for row in book.rows:
            line = lines[row.learner.key]
            if line is None:
                unknown.append(row.learner.key)
                continue
            for entry in row.entries:
                at = columns[entry.lesson.slug]
                if entry.points is not None:
                    line[at] = scaled(entry.points, entry.max_points, full[at] if full else "")
        kept = [at for at, title in enumerate(self.sheet.header) if title in _MATCHED_BY]
        write_text(path, self.sheet.text(untouched=kept))
        return unknown

    def _points_possible(self) -> list[str] | None:
        return next((row for row in self.sheet.rows if "Points Possible" in row[0]), None)

    def _line(self, row: Row) -> list[str] | None:
        """The learner's line: by Canvas's number, else by an id of the school's, else by the name."""
        learners = [line for line in self.sheet.rows[1:] if line[self._id].strip()]
        if row.learner.canvas_id:
            return _only(line for line in learners if line[self._id] == row.learner.canvas_id)
        ids = [at for at, title in enumerate(self.sheet.header) if title in _MATCHED_BY[1:]]
        by_id = _only(line for line in learners if row.learner.key in [line[at] for at in ids])
        return by_id or _only(line for line in learners if _same_name(line[0], row.learner.name))


def _only(lines: Iterator[list[str]]) -> list[str] | None:
    found = list(lines)
    return found[0] if len(found) == 1 else None


def _title(cell: str) -> str:
    return re.sub(r"\s*\(\d+\)\s*$", "", cell)


def _is_for(title: str, lesson: Lesson) -> bool:
    return title.strip().lower() == lesson.title.lower() or lesson_named(title) == lesson.slug


def _same_name(a: str, b: str) -> bool:
    """Whether two spellings are one name: `Doe, Jane`, `doejane` and `Jane Doe` are."""
    words = [sorted(re.findall(r"\w+", name.lower())) for name in (a, b)]
    plain = ["".join(re.findall(r"\w+", name.lower())) for name in (a, b)]
    return words[0] == words[1] or plain[0] == plain[1]
