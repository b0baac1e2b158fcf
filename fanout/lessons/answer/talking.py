"""What the loops of lessons 02 and 05 share: tools that answer for their city, and what is looked at.

Nothing here knows a provider's format.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.driver import raised_a
from fanout.checks.exercise import Attempt, NotYet
from fanout.checks.material import results_of
from fanout.conversation import Conversation, Reply, ToolCall
from fanout.simulator.tools import ScenarioTool, ToolFailed

# --- What the tools of a scenario answer ----------------------------------------------------------


def city_of(call: ToolCall) -> str:
    """The city that a call is about."""
    return str(json.loads(call.arguments)["city"])


def answers_to(
    draw: Draw, calls: Sequence[ToolCall], failing: Mapping[str, str] | None = None
) -> dict[str, str]:
    """An unguessable answer for each call that does not fail, by id."""
    whole = [call for call in calls if call.id not in (failing or {})]
    return {call.id: f"{city_of(call)}: {draw.text(8)}" for call in whole}


def tools_for(
    calls: Sequence[ToolCall], answers: Mapping[str, str], failing: Mapping[str, str] | None = None
) -> dict[str, ScenarioTool]:
    """The tools that the calls name; each answers, or fails, with what belongs to its city."""
    said = {(c.name, city_of(c)): answers[c.id] for c in calls if c.id in answers}
    wrong = {(c.name, city_of(c)): failing[c.id] for c in calls if failing and c.id in failing}

    def tool(name: str) -> Callable[[Mapping[str, Any]], Any]:
        def answer(given: Mapping[str, Any]) -> Any:
            key = (name, str(given.get("city")))
            if key in wrong:
                raise ToolFailed(wrong[key])
            return {"answer": said.get(key, "asked for the wrong city")}

        return answer

    return {call.name: ScenarioTool(answer=tool(call.name)) for call in calls}


def last_turn(said: Sequence[str], words: str) -> Callable[[Conversation], Reply]:
    """The model's answer, `words`, if it has heard every result that was `said`."""

    def turn(conversation: Conversation) -> Reply:
        heard = " ".join(results_of(conversation))
        return Reply(text=words if all(s in heard for s in said) else "Some results are missing.")

    return turn


# --- What is looked at ----------------------------------------------------------------------------


def returns_answer(attempt: Attempt) -> NotYet | None:
    """It returns the text of the model's last turn."""
    expected = attempt.facts["answer"]
    same = attempt.returned == expected
    return None if same else NotYet(yours=attempt.returned, expected=expected)


def accepted(attempt: Attempt) -> NotYet | None:
    """Every request is accepted. Nothing sent is nothing refused; that is no merit."""
    for number, exchange in enumerate(attempt.run.model_exchanges, 1):
        if exchange.error:
            yours = f"request {number} got {exchange.status}: {exchange.error}"
            return NotYet(yours=yours, expected="every request is accepted")
    if attempt.run.round_trips:
        return None
    return NotYet(
        yours=attempt.outcome.trouble or "no request came through `client`", expected="a request"
    )


def round_trips(attempt: Attempt) -> NotYet | None:
    """It takes exactly the round trips that the conversation needs."""
    count, expected = attempt.run.round_trips, attempt.facts["rounds"]
    return None if count == expected else NotYet(yours=trips(count), expected=trips(expected))


def trips(count: int) -> str:
    """A number of round trips, in words."""
    return "1 round trip" if count == 1 else f"{count} round trips"


def raises_in_time(attempt: Attempt) -> NotYet | None:
    """It ends with a RuntimeError, after exactly the rounds it may take."""
    raised = attempt.outcome.raised
    if raised_a(raised, "RuntimeError"):
        return round_trips(attempt)
    return NotYet(yours=raised or attempt.returned, expected="raises RuntimeError")
