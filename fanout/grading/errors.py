"""What keeps a class from being graded, each with a sentence that says what to do."""

from __future__ import annotations


class GradeError(Exception):
    """Grading cannot begin or go on; the text says why and what to do."""


class NoSubmissions(GradeError):
    """There is nothing to grade at the given place, or nothing of that name."""


class StoreError(GradeError):
    """The file of verdicts cannot be used."""


class TableError(GradeError):
    """A file of the instructor's cannot be filled in."""
