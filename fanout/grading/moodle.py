"""Grades for a Moodle assignment's grading worksheet: new ones, or the instructor's own filled in.

Moodle's importer (`mod/assign/feedback/offline/importgradeslib.php`) demands the columns
`Identifier`, `Grade` and `Last modified (grade)`, and finds a learner by "Participant" and a number.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from fanout.grading.exports import summary
from fanout.grading.gradebook import Gradebook, Row
from fanout.grading.submissions import Lesson
from fanout.grading.tables import Cell, Sheet, scaled, write_table, write_text

_COLUMNS = ("Identifier", "Full name", "Grade", "Last modified (grade)", "Feedback comments")


def write_new(path: Path, book: Gradebook, lesson: Lesson) -> None:
    """Write a worksheet for one lesson's assignment from nothing."""
    rows: list[list[Cell]] = []
    for row in book.rows:
        entry = next(one for one in row.entries if one.lesson == lesson)
        number = f"Participant {row.learner.moodle_id}" if row.learner.moodle_id else ""
        said = summary(entry) if entry.submission else ""
        rows.append([number, row.learner.name, entry.points, "-", said])
    write_table(path, [_COLUMNS, *rows])


class MoodleFile:
    """The grading worksheet as the instructor downloaded it from Moodle."""

    def __init__(self, path: Path) -> None:
        self.sheet = Sheet(path)
        for title in ("Identifier", "Grade", "Last modified (grade)"):
            self.sheet.column(title)

    def fill(self, path: Path, book: Gradebook) -> list[str]:
        """Write the worksheet with the grades in it; returns the learners that it does not list.

        All graded notebooks count together, scaled to the worksheet's `Maximum Grade`. What has no
        number leaves the cell as it was.
        """
        unknown = []
        lines = [(row, self._line(row)) for row in book.rows]
        for row, line in lines:
            if line is None:
                unknown.append(row.learner.key)
            elif any(entry.points is not None for entry in row.entries):
                self._fill(line, row)
        kept = [self.sheet.column("Identifier")]
        write_text(path, self.sheet.text(untouched=kept))
        return unknown

    def _fill(self, line: list[str], row: Row) -> None:
        full = self._cell(line, "Maximum Grade")
        line[self.sheet.column("Grade")] = scaled(row.points, row.max_points, full)
        if "Feedback comments" in self.sheet.header:
            said = " ".join(summary(entry) for entry in row.entries)
            line[self.sheet.column("Feedback comments")] = said

    def _cell(self, line: list[str], title: str) -> str:
        return line[self.sheet.header.index(title)] if title in self.sheet.header else ""

    def _line(self, row: Row) -> list[str] | None:
        """The learner's line: by the participant's number, else by the one who has the full name."""
        if row.learner.moodle_id:
            wanted, title = row.learner.moodle_id, "Identifier"
            found = [
                r for r in self.sheet.rows[1:] if self._cell(r, title).split(" ")[-1] == wanted
            ]
        else:
            ids = ("Full name", "Username", "ID number", "Email address")
            wanted = row.learner.key.lower()
            found = [
                line
                for line in self.sheet.rows[1:]
                if wanted in [self._cell(line, title).lower() for title in ids]
            ]
        return found[0] if len(found) == 1 else None


def write_feedback_zip(path: Path, book: Gradebook, pages: dict[str, Path]) -> bool:
    """Write the zip that Moodle's "Upload multiple feedback files" takes; False when none is Moodle's.

    :param pages: by the learner's key.
    """
    rows = [row for row in book.rows if row.learner.moodle_id and row.learner.key in pages]
    if rows:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for row in rows:
                name = row.learner.name.replace("/", "_")
                folder = f"{name}_{row.learner.moodle_id}_assignsubmission_file_"
                archive.write(pages[row.learner.key], f"{folder}/feedback.html")
    return bool(rows)
