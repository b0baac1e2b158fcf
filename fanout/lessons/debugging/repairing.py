"""The exercise `repair`: a broken history made fit to be sent, with nothing invented."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet, unchanged
from fanout.checks.material import chat_refusal, city_tool
from fanout.checks.scenario import Scenario, value
from fanout.lessons.debugging import histories
from fanout.lessons.debugging.histories import Messages

CLAIMS = (
    *("success", "succeeded", "completed", "carried out", "done", "finished"),
    *("fail", "cancel", "abort", "interrupt", "timed out", "crash"),
)
DOUBTS = ("not", "n't", "no ", "unknown", "whether", "may", "without", "never", "missing", "lost")
"""Words by which an error says what became of the call, and by which it says that nobody knows."""


def _scenarios(draw: Draw) -> list[Scenario]:
    before, after = histories.whole_round(draw, 2), histories.whole_round(draw, 1)
    spoiled = histories.whole_round(draw, draw.number(3, 4))
    lost = histories.without_one_result(draw, spoiled)
    nothing = histories.without_results(spoiled)
    late = histories.slipped_between(draw, spoiled)
    cut = histories.trimmed(draw, spoiled)
    twice = histories.doubled(draw, spoiled)
    strange = histories.stranger(draw, spoiled)
    everything = [*cut, *lost_again(draw), *histories.slipped_between(draw, before), *after]
    return [
        _one("a conversation that is whole", {"whole"}, [*before, *spoiled, *after]),
        _one("one of several results lost", {"lost"}, [*before, *lost, *after]),
        _one("all results lost, and the user goes on", {"lost"}, [*before, *nothing[:-1], *after]),
        _one("broken off at the very end", {"lost"}, [*before, *nothing[:-1]]),
        _one("a note before the last result", {"late"}, [*before, *late, *after]),
        _one("the top cut off", {"stray"}, [*cut, *after]),
        _one("a result that nobody asked for", {"stray"}, [*before, *strange, *after]),
        _one("a second result", {"twice"}, [*before, *twice, *after]),
        _one("all of it at once", {"lost", "late", "stray"}, everything),
    ]


def lost_again(draw: Draw) -> Messages:
    """One more round that lost a result."""
    return histories.without_one_result(draw, histories.whole_round(draw, 3))


def _one(title: str, about: set[str], messages: Messages) -> Scenario:
    names = sorted({c["function"]["name"] for m in messages for c in m.get("tool_calls", [])})
    return Scenario(
        title=title,
        arguments={"messages": value(messages)},
        about=frozenset(about),
        facts={"messages": messages, "tools": [city_tool(name) for name in names]},
    )


def _messages(attempt: Attempt) -> Messages:
    """The returned messages; anything that is no list of dicts counts as none."""
    items = attempt.returned if isinstance(attempt.returned, list) else []
    return [item for item in items if isinstance(item, dict)]


def _first_results(messages: Messages) -> dict[str, Any]:
    """The first result for each id that was asked for."""
    found: dict[str, Any] = {}
    for message in messages:
        if message.get("role") == "tool":
            found.setdefault(str(message.get("tool_call_id")), message.get("content"))
    return {i: content for i, content in found.items() if i in _asked(messages)}


def _asked(messages: Messages) -> list[str]:
    return [call["id"] for m in messages for call in m.get("tool_calls") or []]


def _accepted(attempt: Attempt) -> NotYet | None:
    messages = _messages(attempt)
    refusal = chat_refusal(messages, attempt.facts["tools"])
    if refusal is None and messages:
        return None
    return NotYet(yours=refusal or attempt.returned, expected="the API takes it")


def _others(messages: Messages) -> Messages:
    return [m for m in messages if m.get("role") != "tool"]


def _keeps_others(attempt: Attempt) -> NotYet | None:
    """Everything that is no result stands there still, in the same order."""
    yours, wanted = _others(_messages(attempt)), _others(attempt.facts["messages"])
    if yours == wanted:
        return None
    missing = [m for m in wanted if m not in yours]
    told = f"these are gone or changed: {json.dumps(missing)}" if missing else "another order"
    return NotYet(yours=told, expected="all that was said and asked, in the same order")


def _unchanged(attempt: Attempt) -> NotYet | None:
    """A whole conversation is as before, but for the order of results within a turn."""
    yours, wanted = _messages(attempt), attempt.facts["messages"]
    if len(yours) == len(wanted) and _first_results(yours) == _first_results(wanted):
        return _keeps_others(attempt)
    return NotYet(yours=f"{len(yours)} messages", expected=f"the same {len(wanted)} messages")


def _keeps_results(attempt: Attempt) -> NotYet | None:
    yours, wanted = _first_results(_messages(attempt)), _first_results(attempt.facts["messages"])
    kept = {i: yours.get(i) for i in wanted}
    return None if kept == wanted else NotYet(yours=kept, expected=wanted)


def _honest(attempt: Attempt) -> NotYet | None:
    """Each missing result is an error, and says nothing that nobody knows."""
    known, yours = _first_results(attempt.facts["messages"]), _first_results(_messages(attempt))
    for call_id in _asked(attempt.facts["messages"]):
        if call_id not in known and not _is_honest_error(yours.get(call_id)):
            wanted = 'a content {"error": …} that claims neither success nor failure'
            return NotYet(yours={call_id: yours.get(call_id)}, expected=wanted)
    return None


def _is_honest_error(content: Any) -> bool:
    try:
        data = json.loads(content)
    except (TypeError, ValueError):
        return False
    said = data.get("error") if isinstance(data, Mapping) else None
    if not isinstance(said, str) or not said.strip() or set(data) != {"error"}:
        return False
    claims, doubts = (any(w in said.lower() for w in words) for words in (CLAIMS, DOUBTS))
    return doubts or not claims


def _no_more_results(attempt: Attempt) -> NotYet | None:
    ids = [str(m.get("tool_call_id")) for m in _messages(attempt) if m.get("role") == "tool"]
    wanted = _asked(attempt.facts["messages"])
    if sorted(ids) == sorted(wanted):
        return None
    return NotYet(yours=ids or attempt.returned, expected=wanted)


REPAIR = Exercise(
    name="repair",
    lesson="debugging",
    title="Repair, and invent nothing",
    difficulty=3,
    importance=5,
    minutes=12,
    scenarios=_scenarios,
    criteria=(
        Criterion(
            name="returns what the API takes",
            rule="Every call its result behind it, every result its call before it, each once.",
            look=_accepted,
            points=2,
        ),
        Criterion(
            name="leaves a whole conversation as it is",
            about="whole",
            rule="A repair that runs over every history must not touch those that are well.",
            look=_unchanged,
        ),
        Criterion(
            name="leaves the list that it was given as it is",
            rule="Who finds the bug needs the history as it was. Build a new list.",
            look=unchanged("messages"),
        ),
        Criterion(
            name="keeps all that was said and asked, in the same order",
            rule="Dropping a turn makes the API content, and the model forget.",
            look=_keeps_others,
        ),
        Criterion(
            name="answers a call without a result with an honest error",
            about="lost",
            rule="Nobody knows whether the tool has run, nor how. Say that there is no result, no more.",
            look=_honest,
            points=2,
        ),
        Criterion(
            name="moves a late result up to its call",
            about="late",
            rule="The result is there. An error in its place would throw away what is known.",
            look=_keeps_results,
        ),
        Criterion(
            name="drops results that have no call",
            about="stray",
            rule="Without its call a result says nothing, and the API refuses it.",
            look=_no_more_results,
        ),
        Criterion(
            name="keeps the first of two results",
            about="twice",
            rule="The model has answered to the first; a second one rewrites the past.",
            look=_keeps_results,
        ),
    ),
    hints=(
        "Which messages stay where they are in any case? And what decides where each of the others "
        "has to stand?",
        "Take all results out first, by id, and remember for each id only the first. Then go through "
        "what is left, and put results in wherever a message asks for some.",
        "For each call of a message append the result that you remember for its id; if there is none, "
        "a tool message with that id and an error as JSON text.",
    ),
    more="log every repair with the ids. Otherwise the program that broke the history goes on breaking "
    "histories, and nobody hears of it.",
)
