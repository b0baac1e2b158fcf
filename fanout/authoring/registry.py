"""What authoring asks of `fanout.checks`: the exercises, their planted mistakes, and the judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast


class Exercise(Protocol):
    """What an exercise's header and its hints are made of."""

    @property
    def name(self) -> str:
        """The name of the function to write."""

    @property
    def lesson(self) -> str:
        """The slug of the lesson it belongs to."""

    @property
    def title(self) -> str:
        """Its heading."""

    @property
    def difficulty(self) -> int:
        """1 to 5."""

    @property
    def importance(self) -> int:
        """1 to 5."""

    @property
    def minutes(self) -> int:
        """How long a learner is told it takes."""

    @property
    def points(self) -> int:
        """What a full solution gets."""

    @property
    def hints(self) -> Sequence[str]:
        """Three, from the direction to the means."""


class Mistake(Protocol):
    """A planted wrong solution, and the criterion that must reject it."""

    @property
    def exercise(self) -> str:
        """The exercise it pretends to solve."""

    @property
    def name(self) -> str:
        """The misconception behind it."""

    @property
    def fails(self) -> str:
        """The name of the criterion that must reject it."""

    @property
    def function(self) -> Callable[..., Any]:
        """The wrong solution."""


class Registry(Protocol):
    """The part of `fanout.checks` that authoring uses."""

    def exercises(self) -> Mapping[str, Exercise]:
        """Every exercise of the course, by name."""

    def mistakes(self, slug: str) -> Sequence[Mistake]:
        """The planted mistakes of one lesson."""

    def judge(self, exercise: Any, subject: Any, seed: int) -> Any:
        """A report: `.verdicts`, each with `.criterion`, `.met`, `.points`; `.passed`."""

    @property
    def LocalFunction(  # noqa: N802 - it is a class there
        self,
    ) -> Callable[[Callable[..., Any]], Any]:
        """Makes the subject that `judge` takes from a function of this process."""


def course_registry() -> Registry:
    """The registry of the course itself, imported only when something is built or checked."""
    import fanout.checks

    return cast(Registry, fanout.checks)


def criterion_name(verdict: Any) -> str:
    """The name of the criterion that a verdict is about."""
    return str(getattr(verdict.criterion, "name", verdict.criterion))
