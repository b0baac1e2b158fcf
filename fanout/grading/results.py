"""What goes into the grading of one notebook and what comes out: plain data, all of it JSON.

The calls that take and make these stand elsewhere:
`grade_one.grade_work(work, exercises, *, seed, pool) -> WorkResult`,
`pool.Pool(jobs, unsafe=False)` (a context manager), `layers.Refused` (what `Pool` raises on a
machine that cannot keep learners' code in).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Work:
    """One submitted notebook: the sources of its code cells, in order."""

    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CriterionResult:
    """The verdict on one criterion of an exercise, in words that stand on their own."""

    criterion: str
    """Its name; it completes the sentence "The function …"."""
    points: int
    max_points: int
    met: bool
    yours: str | None
    """What came, when it is not met. Untrusted text: a learner may have written it."""
    expected: str | None
    """What would have been right; None where there is nothing to compare."""
    rule: str
    """Why it matters."""
    scenario: str | None
    """The situation that shows what is wrong. Its values were drawn for this run of the grader."""
    evidence_html: str | None
    """What crossed the wire in that scenario, as a self-contained, escaped piece of HTML."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CriterionResult:
        """The verdict that `to_json` wrote."""
        return cls(**data)


@dataclass(frozen=True, kw_only=True)
class ExerciseResult:
    """The verdicts on one exercise of a notebook."""

    exercise: str
    points: int
    max_points: int
    verdicts: tuple[CriterionResult, ...]
    """In the order of the exercise's criteria, always all of them."""
    reason: str | None
    """One sentence where the points need one: nothing written, the cell failed, it was stopped."""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ExerciseResult:
        """The result that `to_json` wrote."""
        given = dict(data)
        given["verdicts"] = tuple(CriterionResult.from_json(one) for one in data["verdicts"])
        return cls(**given)


@dataclass(frozen=True, kw_only=True)
class WorkResult:
    """Everything the grader found about one notebook."""

    exercises: tuple[ExerciseResult, ...]
    """One for each exercise asked for, in that order."""
    layers: tuple[str, ...]
    """What kept the learner's code in, outermost first; `("unsafe",)` when nothing did."""
    seconds: float
    """How long the grading took. Not reproducible, unlike everything else here."""
    notes: tuple[str, ...]
    """Sentences about cells that failed, hung, ended the process or left something running."""

    @property
    def points(self) -> int:
        """The points of all exercises together."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def max_points(self) -> int:
        """What a full solution of all of them gets."""
        return sum(exercise.max_points for exercise in self.exercises)

    def to_json(self) -> Json:
        """All of it as a dict of JSON values, for `from_json` of another process or day."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> WorkResult:
        """The result that `to_json` wrote. Raises `KeyError` or `TypeError` for anything else."""
        return cls(
            exercises=tuple(ExerciseResult.from_json(exercise) for exercise in data["exercises"]),
            layers=tuple(data["layers"]),
            seconds=data["seconds"],
            notes=tuple(data["notes"]),
        )
