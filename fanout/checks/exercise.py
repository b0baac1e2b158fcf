"""An exercise: what the learner's function is put through, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.driver import Outcome
from fanout.checks.scenario import Scenario
from fanout.recording import Run
from fanout.trace import Trace, trace


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One call of the learner's function in one scenario: how it ended and what crossed the wire."""

    scenario: Scenario
    outcome: Outcome
    run: Run
    left: tuple[str, ...] = ()
    """Tool calls that were still under way when the function had ended, as `get_tide(Oslo)`."""
    unfinished: bool = False
    """Something of it may still be running, and call the far end."""
    by_the_clock: bool = False
    """It went by the clock, and the machine may not have got round to it in time."""

    @property
    def returned(self) -> Any:
        """The returned value, as JSON data."""
        return self.outcome.returned

    @property
    def facts(self) -> Mapping[str, Any]:
        """What is right in this scenario."""
        return self.scenario.facts

    def trace(self) -> Trace:
        """The tool calls of this attempt, read off the wire."""
        return trace(self.run)


@dataclass(frozen=True, kw_only=True)
class NotYet:
    """Why a criterion is not met: what came and what was wanted, both in words or values."""

    yours: Any
    expected: Any


Look = Callable[[Attempt], NotYet | None]
"""Looks at one attempt; None means that it is as it should be."""


def unchanged(name: str) -> Look:
    """Looks whether the data that the function was given under this name are as they were."""

    def look(attempt: Attempt) -> NotYet | None:
        if name not in attempt.outcome.changed:
            return None
        return NotYet(yours=f"`{name}` is changed", expected=f"`{name}` as it was given")

    return look


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One thing asked of the function. It is met when every scenario it looks at is as it should be.

    `name` completes the sentence "The function …"; `rule` is why it matters, for someone who missed
    it. `about` limits it to the scenarios that carry the word.
    """

    name: str
    rule: str
    look: Look
    points: int = 1
    about: str | None = None
    even_if_raised: bool = False
    """Look at attempts that ended in an exception too, instead of taking the exception for a no."""

    def concerns(self, scenario: Scenario) -> bool:
        """Whether this criterion looks at the scenario."""
        return self.about is None or self.about in scenario.about


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """A function for the learner to write, found by its name."""

    name: str
    lesson: str
    title: str
    difficulty: int
    """1 to 5."""
    importance: int
    """1 to 5."""
    minutes: int
    scenarios: Callable[[Draw], Sequence[Scenario]]
    criteria: tuple[Criterion, ...]
    hints: tuple[str, str, str]
    """From the direction to look in, to the means; none gives the line."""
    more: str
    """One thing more worth knowing, told when the exercise is passed."""
    limit: float = 5.0
    """Seconds that one call of the function may take."""

    @property
    def points(self) -> int:
        """What a full solution gets."""
        return sum(criterion.points for criterion in self.criteria)


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A plausible wrong solution, kept to prove that the check sees through it.

    `fails` names the criterion that must reject it, and `name` the misconception behind it.
    """

    exercise: str
    name: str
    fails: str
    function: Callable[..., Any]
