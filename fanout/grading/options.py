"""What the command line of `fanout grade` says. Imports nothing heavy: `fanout --help` needs it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line of `fanout grade` says."""

    submissions: Path
    out: Path
    exercise: tuple[str, ...] = ()
    jobs: int = 0
    """How many submissions at once; 0 chooses by the machine."""
    seed: int | None = None
    resume: bool = False
    scheduler: str | None = None
    gradebook: Path | None = None
    canvas: Path | None = None
    moodle: Path | None = None
    lessons: str = "notebooks"
    """Where feedback pages link to for lessons."""
    unsafe: bool = False

    @classmethod
    def of(cls, args: argparse.Namespace) -> Options:
        """The options in a parsed command line."""
        given: dict[str, Any] = {field.name: getattr(args, field.name) for field in fields(cls)}
        given["exercise"] = tuple(args.exercise)
        return cls(**given)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line of `fanout grade`; its names are those of `Options`."""
    add = parser.add_argument
    add("submissions", type=Path, metavar="SUBMISSIONS", help="a folder of submissions, or a zip")
    add("--out", type=Path, required=True, metavar="DIR", help="where grades and feedback go")
    add("--exercise", action="append", default=[], metavar="NAME",
        help="grade only this exercise, or this lesson's; may be given several times")  # fmt: skip
    add(
        "--jobs",
        type=_jobs,
        default=0,
        metavar="N",
        help="submissions at once (default: three for each processor)",
    )
    add(
        "--seed",
        type=int,
        help="draw the cases from this number (default: a random one, kept in DIR)",
    )
    add("--resume", action="store_true", help="go on in DIR: grade what is missing or out of date")
    add("--scheduler", metavar="ADDR", help="grade on the dask.distributed cluster at this address")
    add("--gradebook", type=Path, metavar="DB", help="also write scores to nbgrader's gradebook.db")
    add(
        "--canvas",
        type=Path,
        metavar="CSV",
        help="also fill in this gradebook exported from Canvas",
    )
    add(
        "--moodle", type=Path, metavar="CSV", help="also fill in this grading worksheet from Moodle"
    )
    add("--lessons", default="notebooks", metavar="URL",
        help="where feedback pages find the lessons (default: notebooks)")  # fmt: skip
    add(
        "--unsafe",
        action="store_true",
        help="run learners' code without a sandbox; marked everywhere",
    )


def _jobs(text: str) -> int:
    """A number of jobs from the command line, 1 or more."""
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of jobs; give one from 1 to 1000"
        )
    return int(text)
