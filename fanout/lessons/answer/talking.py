"""What the loops of the lessons share: tools that answer for their city, and what is looked at.

Nothing here knows a provider's format.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, NotYet
from fanout.checks.material import results_of
from fanout.conversation import Conversation, Reply, ToolCall
from fanout.simulator import profiles
from fanout.simulator.tools import ScenarioTool, ToolFailed

NOTHING_SENT = "no request came through the `client` that the function was given"

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


def chat_models(draw: Draw, count: int) -> list[str]:
    """`count` different models that call tools in parallel in Chat Completions, as they come."""
    known = profiles.profiles().items()
    return draw.some([name for name, p in known if _calls_in_chat(p) and not p.retired], count)


def _calls_in_chat(profile: profiles.Profile) -> bool:
    takes = profile.in_chat and profile.tools_in_chat == "yes" and profile.habit is None
    return takes and profile.parallel_param and profile.parallel_calls


# --- What is looked at ----------------------------------------------------------------------------


def asked_model(attempt: Attempt) -> NotYet | None:
    """Every request names the model that the function was given."""
    given = attempt.scenario.arguments["model"]["data"]
    asked = list(dict.fromkeys(e.request.get("model") for e in attempt.run.model_exchanges))
    if asked == [given]:
        return None
    yours = f"asked {', '.join(f'`{name}`' for name in asked)}" if asked else NOTHING_SENT
    return NotYet(yours=yours, expected=f"asks `{given}`")


def returns_answer(attempt: Attempt) -> NotYet | None:
    """It returns the text of the model's last turn."""
    expected = attempt.facts["answer"]
    same = attempt.returned == expected
    return None if same else NotYet(yours=_returned(attempt), expected=expected)


def _returned(attempt: Attempt) -> Any:
    """What was returned; None with its likeliest reason, a `content` beside tool calls."""
    replies = [e.reply for e in attempt.run.model_exchanges if e.reply]
    if attempt.returned is None and replies and replies[-1].calls and replies[-1].text is None:
        return "None. The last reply that came has tool calls, and no text"
    return attempt.returned


def accepted(attempt: Attempt) -> NotYet | None:
    """Every request is accepted. Nothing sent is nothing refused; that is no merit."""
    for number, exchange in enumerate(attempt.run.model_exchanges, 1):
        if exchange.error:
            yours = f"request {number} got {exchange.status}: {exchange.error}"
            return NotYet(yours=yours, expected="every request is accepted")
    if attempt.run.round_trips:
        return None
    return NotYet(yours=attempt.outcome.trouble or NOTHING_SENT, expected="a request")


def round_trips(attempt: Attempt) -> NotYet | None:
    """It takes exactly the round trips that the conversation needs."""
    count, expected = attempt.run.round_trips, attempt.facts["rounds"]
    return None if count == expected else NotYet(yours=trips(count), expected=trips(expected))


def trips(count: int) -> str:
    """A number of round trips, in words."""
    if not count:
        return f"0 round trips: {NOTHING_SENT}"
    return "1 round trip" if count == 1 else f"{count} round trips"


def raises_in_time(attempt: Attempt) -> NotYet | None:
    """It ends with a RuntimeError, after exactly the rounds it may take."""
    raised = attempt.outcome.raised or ""
    if raised.startswith("raised RuntimeError"):
        return round_trips(attempt)
    yours = raised or f"returned {attempt.returned!r}"
    return NotYet(yours=yours, expected="raises RuntimeError")
