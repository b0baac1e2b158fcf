"""What an author is told: a problem with its file and its next step, or an error that stops."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it should be: in which file, what it is, what to do about it."""

    file: str
    what: str
    to_do: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what} {self.to_do}"


class AuthoringError(Exception):
    """The build cannot go on. The message says where, what, and the next step."""
