"""A small exercise for the tests of the judge: double a number, and call a tool with it."""

from __future__ import annotations

import pytest

from fanout.checks import desk
from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.scenario import Scenario, tools, value
from fanout.simulator.tools import ScenarioTool


def _scenarios(draw: Draw) -> list[Scenario]:
    numbers = [draw.number(10, 99), 0]
    return [
        Scenario(
            title=f"the number {number}",
            arguments={"number": value(number), "functions": tools(["note"])},
            about=frozenset({"zero"} if number == 0 else {"any"}),
            facts={"double": 2 * number},
            tools={"note": ScenarioTool(answer=lambda given: {"noted": given})},
        )
        for number in numbers
    ]


def _doubles(attempt: Attempt) -> NotYet | None:
    expected = attempt.facts["double"]
    return (
        None if attempt.returned == expected else NotYet(yours=attempt.returned, expected=expected)
    )


def _notes(attempt: Attempt) -> NotYet | None:
    sent = [exchange.request["arguments"] for exchange in attempt.run.service_exchanges]
    expected = [{"value": attempt.facts["double"]}]
    return None if sent == expected else NotYet(yours=sent, expected=expected)


DOUBLE = Exercise(
    name="double",
    lesson="testing",
    title="Double it",
    difficulty=1,
    importance=1,
    minutes=1,
    scenarios=_scenarios,
    criteria=(
        Criterion(name="doubles a number", rule="Times two.", look=_doubles, about="any"),
        Criterion(name="doubles zero", rule="Zero stays.", look=_doubles, about="zero", points=2),
        Criterion(name="notes the result", rule="Call note(value=…) once.", look=_notes),
    ),
    hints=("Think.", "Multiply.", "By two."),
    more="doubling is halving backwards.",
    limit=1.0,
)


@pytest.fixture
def exercise() -> Exercise:
    """The exercise, for judging directly."""
    return DOUBLE


@pytest.fixture
def only_double(monkeypatch: pytest.MonkeyPatch) -> Exercise:
    """A course in which it is the only exercise."""
    monkeypatch.setattr(desk, "exercises", lambda: {"double": DOUBLE})
    desk._hints_given.clear()
    return DOUBLE
