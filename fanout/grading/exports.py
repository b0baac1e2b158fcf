"""`grades.csv`: one row per learner, one column per exercise, and what there is to know beside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fanout.grading.gradebook import Entry, Gradebook, Row
from fanout.grading.tables import Cell, write_table


def write_grades(path: Path, book: Gradebook) -> None:
    """Write the table of all grades. A cell without a number is no zero: the status says what it is."""
    write_table(path, [_header(book), *(_cells(row) for row in book.rows)])


def _header(book: Gradebook) -> list[Cell]:
    titles: list[Cell] = ["Learner", "Name", "Points", "Out of"]
    for lesson, entry in zip(book.lessons, book.rows[0].entries if book.rows else (), strict=False):
        titles.append(f"{lesson.notebook} ({entry.max_points})")
        titles += [f"{mark.exercise} ({mark.max_points})" for mark in entry.marks]
    return [*titles, "Late", "Status", "Checks", "Isolation", "Remarks"]


def _cells(row: Row) -> list[Cell]:
    numbers: list[Cell] = []
    for entry in row.entries:
        numbers.append(entry.points)
        numbers += [mark.points for mark in entry.marks]
    return [
        row.learner.key,
        row.learner.name,
        row.points if any(entry.points is not None for entry in row.entries) else None,
        row.max_points,
        *numbers,
        "late" if row.late else "",
        "; ".join(_statuses(row)),
        "current" if all(entry.current for entry in row.entries) else "older",
        "none (unsafe)" if row.unsafe else _isolation(row),
        " ".join(row.remarks()),
    ]


def _statuses(row: Row) -> Iterator[str]:
    """One word where all notebooks stand alike, otherwise one for each."""
    statuses = [(entry.lesson.notebook, entry.status) for entry in row.entries]
    if len({status for _, status in statuses}) == 1:
        yield statuses[0][1]
    else:
        yield from (f"{notebook}: {status}" for notebook, status in statuses)
    if row.strays:
        yield f"{len(row.strays)} file(s) of no lesson"


def _isolation(row: Row) -> str:
    return ", ".join(dict.fromkeys(layer for verdict in row.verdicts for layer in verdict.layers))


def summary(entry: Entry) -> str:
    """An entry in words, made of the course's own words alone, as for a platform's comment."""
    if entry.status != "graded":
        reason = entry.submission.trouble if entry.submission else None
        return f"{entry.lesson.notebook}: {entry.status}." + (f" {reason}" if reason else "")
    parts = [f"{entry.lesson.notebook}: {entry.points} of {entry.max_points} points."]
    for mark in entry.marks:
        result = mark.verdict.result if mark.verdict else None
        if result is not None and result.points < result.max_points:
            missed = "; ".join(one.criterion for one in result.verdicts if not one.met)
            parts.append(
                f"{mark.exercise}, {result.points} of {result.max_points}, not yet: {missed}."
            )
    return " ".join(parts)
