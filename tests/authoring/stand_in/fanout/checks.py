"""The registry of the tiny course, with the shape of `fanout.checks`."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


def LocalFunction(function: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N802 - a class there
    """A function is judged as it is."""
    return function


@dataclass
class Exercise:
    """The one exercise."""

    name: str = "double"
    lesson: str = "double"
    title: str = "Double it"
    difficulty: int = 2
    importance: int = 4
    minutes: int = 10
    points: int = 3
    hints: tuple[str, ...] = (
        "Which operation makes two of one?",
        "Addition can take the same thing twice.",
        "Add the argument to itself and return the sum.",
    )


@dataclass
class Mistake:
    """A planted wrong solution."""

    exercise: str
    name: str
    fails: str
    function: Callable[..., Any]


@dataclass
class Finding:
    """What came instead."""

    yours: str


@dataclass
class Verdict:
    """On one criterion."""

    criterion: str
    points: int
    finding: Finding | None

    @property
    def met(self) -> bool:
        """Whether nothing was found."""
        return self.finding is None


@dataclass
class Report:
    """All verdicts."""

    verdicts: list[Verdict] = field(default_factory=list)
    unwritten: bool = False

    @property
    def passed(self) -> bool:
        """Whether all criteria are met."""
        return all(verdict.met for verdict in self.verdicts)


EXERCISES = {"double": Exercise()}
MISTAKES = [
    Mistake("double", "squares", "doubles a positive number", lambda number: number**2),
    Mistake(
        "double", "loses the sign", "doubles a negative number", lambda number: 2 * abs(number)
    ),
]


def exercises() -> dict[str, Exercise]:
    """By name."""
    return EXERCISES


def mistakes(slug: str) -> list[Mistake]:
    """Of one lesson."""
    return [mistake for mistake in MISTAKES if EXERCISES["double"].lesson == slug]


def judge(exercise: Exercise, subject: Callable[..., Any], seed: int) -> Report:
    """Two criteria, with a number drawn from the seed."""
    number = random.Random(seed).randint(3, 99)
    report = Report()
    for criterion, given, points in (
        ("doubles a positive number", number, 1),
        ("doubles a negative number", -number, 2),
    ):
        try:
            came = subject(given)
            finding = None if came == 2 * given else Finding(str(came))
        except NotImplementedError:
            report.unwritten, finding = True, Finding("nothing yet")
        except Exception as error:  # noqa: BLE001 - a judge survives anything
            finding = Finding(f"{type(error).__name__}: {error}")
        report.verdicts.append(Verdict(criterion, points if finding is None else 0, finding))
    return report
