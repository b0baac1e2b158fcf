"""Names for what went wrong: a submission that misses what a planted mistake misses may be that mistake.

Which criteria a planted mistake misses on the cases of the class is its pattern; `patterns` finds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from fanout.checks import Mistake, exercises, mistakes
from fanout.grading.results import ExerciseResult

MOST_NAMED = 2

Pattern = Mapping[str, str]
"""The criteria that are missed, each with what came instead."""


@dataclass(frozen=True)
class Suggestion:
    """A planted mistake that a submission resembles."""

    mistake: str
    meaning: str
    """What a function with this mistake does, in a sentence."""


def suggest(result: ExerciseResult, patterns: Mapping[str, Pattern]) -> list[Suggestion]:
    """The planted mistakes that a submission most resembles: none, one, or two that fit alike.

    A pattern fits when the submission misses all that it misses; one that is missed to the letter
    fits better than a part, a larger part better than a smaller, and among equals the one that gave
    the same wrong values. Where three fit alike, none is named.
    """
    missed = {one.criterion: one.yours or "" for one in result.verdicts if not one.met}
    fits = {
        name: _fit(missed, pattern)
        for name, pattern in patterns.items()
        if pattern and set(pattern) <= set(missed)
    }
    # Who misses most of the criteria resembles anyone: then a wrong value must be the same, too.
    half = len(result.verdicts) / 2
    fits = {name: fit for name, fit in fits.items() if len(missed) <= half or fit.same_values}
    best = max(fits.values(), default=None)
    names = [name for name, fit in fits.items() if fit == best]
    few = names if len(names) <= MOST_NAMED else []
    return [Suggestion(name, meaning(result.exercise, name)) for name in few]


class _Fit(NamedTuple):
    """How well a pattern fits; the greater, the better."""

    to_the_letter: bool
    criteria: int
    same_values: int


def _fit(missed: Pattern, pattern: Pattern) -> _Fit:
    same_values = sum(missed[criterion] == yours for criterion, yours in pattern.items())
    return _Fit(set(pattern) == set(missed), len(pattern), same_values)


def meaning(exercise: str, mistake: str) -> str:
    """What a function with a planted mistake does: the first sentence that its author gave it."""
    for one in planted(exercise):
        if one.name == mistake:
            return (one.function.__doc__ or "").strip().split("\n", 1)[0]
    return ""


def planted(exercise: str) -> list[Mistake]:
    """The planted mistakes of one exercise."""
    return [one for one in mistakes(exercises()[exercise].lesson) if one.exercise == exercise]
