"""Lesson 06: dropping the tool calls of a turn that repeat an earlier one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.material import chat_body
from fanout.checks.scenario import Scenario, chat_message
from fanout.conversation import ToolCall


def _unique_scenarios(draw: Draw) -> list[Scenario]:
    name, other = draw.tool_names(2)
    first, second, third = draw.cities(3)
    days = draw.number(2, 9)
    there_and_back = {"city": first, "days": days}, {"days": days, "city": first}
    cut = ('{"city": "' + first, '{"city": "' + second)
    written = [_written(draw, name, json.dumps(arguments)) for arguments in there_and_back]
    spaced = _written(draw, name, json.dumps(there_and_back[0], separators=(",", ":")))
    return [
        _message(
            draw, "a turn with one call repeated", _repeated(draw, name, first, second), (0, 1)
        ),
        _message(
            draw,
            "a turn with one call made three times, around others",
            [draw.call(name, city=c) for c in (third, first, third, second, third)],
            (0, 1, 3),
            "order",
        ),
        _message(
            draw,
            "a turn with three calls of one tool",
            [draw.call(name, city=c) for c in (first, second, third)],
            (0, 1, 2),
            "same tool",
        ),
        _message(
            draw,
            "a turn that asks two tools about one city",
            [draw.call(name, city=first), draw.call(other, city=first)],
            (0, 1),
            "two tools",
        ),
        _message(
            draw, "a turn with one call spelled in three ways", [*written, spaced], (0,), "spelled"
        ),
        _message(
            draw,
            "a turn with two calls whose arguments were cut off",
            [_written(draw, name, text) for text in cut],
            (0, 1),
            "cut",
        ),
        _message(
            draw,
            "a turn with two calls, one with the number 1 and one with `true`",
            [draw.call(name, city=first, days=days) for days in draw.shuffled([1, True])],
            (0, 1),
            "kinds",
        ),
        _message(draw, "a turn without calls", [], (), "none"),
    ]


def _repeated(draw: Draw, name: str, city: str, other: str) -> list[ToolCall]:
    return [draw.call(name, city=city), draw.call(name, city=other), draw.call(name, city=city)]


def _written(draw: Draw, name: str, arguments: str) -> ToolCall:
    return ToolCall(id=draw.call_id(), name=name, arguments=arguments)


def _message(
    draw: Draw, title: str, calls: Sequence[ToolCall], kept: Sequence[int], about: str = "repeated"
) -> Scenario:
    reply = draw.reply(*calls, text=None if calls else "You are welcome.")
    return Scenario(
        title=title,
        arguments={"message": chat_message(chat_body(reply))},
        about=frozenset({about}),
        facts={"calls": list(calls), "kept": [calls[i].id for i in kept]},
    )


def _kept(attempt: Attempt) -> NotYet | None:
    expected = _places(attempt, attempt.facts["kept"])
    found = attempt.returned if isinstance(attempt.returned, list) else []
    yours = [call["id"] for call in found if isinstance(call, dict) and "id" in call]
    if len(yours) != len(found) or found != attempt.returned:
        return NotYet(yours=attempt.returned, expected=f"tool calls of the message: {expected}")
    if yours == attempt.facts["kept"]:
        return None
    return NotYet(yours=_places(attempt, yours), expected=expected)


def _places(attempt: Attempt, ids: Sequence[str]) -> Any:
    """Which of the turn's calls these are, for a person to read."""
    calls = attempt.facts["calls"]
    place = {call.id: f"call {n} {call.arguments}" for n, call in enumerate(calls, 1)}
    return [place.get(call_id, call_id) for call_id in ids]


UNIQUE_CALLS = Exercise(
    name="unique_calls",
    lesson="models",
    title="Drop the repeats",
    difficulty=2,
    importance=3,
    minutes=6,
    scenarios=_unique_scenarios,
    criteria=(
        Criterion(
            name="keeps one of two equal tool calls",
            about="repeated",
            rule="Same tool, same arguments: the same request. Ids differ in any case.",
            look=_kept,
        ),
        Criterion(
            name="keeps the first of each, in the order of the turn",
            about="order",
            rule="Results and logs follow the order in which the model asked.",
            look=_kept,
        ),
        Criterion(
            name="keeps several tool calls of one tool with different arguments",
            about="same tool",
            rule="Three cities are three calls of one tool. The name alone does not make a repeat.",
            look=_kept,
        ),
        Criterion(
            name="keeps two tools apart that are asked about the same",
            about="two tools",
            rule="The arguments alone do not make a repeat either.",
            look=_kept,
        ),
        Criterion(
            name="compares arguments as data, not as text",
            about="spelled",
            rule="The order of keys and the spaces between them mean nothing in JSON.",
            look=_kept,
        ),
        Criterion(
            name="keeps values of different kinds apart",
            about="kinds",
            rule="In JSON the number 1 and `true` are two values. In Python `1 == True`.",
            look=_kept,
        ),
        Criterion(
            name="does not take all unreadable arguments for the same",
            about="cut",
            rule="Arguments that are not JSON can still differ. Nobody may drop what nobody could read.",
            look=_kept,
        ),
        Criterion(
            name="returns an empty list for a turn without tool calls",
            about="none",
            rule="`tool_calls` is None then.",
            look=_kept,
        ),
    ),
    hints=(
        "When are two calls the same? Say it as a value that can be compared: what belongs into it, and "
        "what must stay out?",
        "Go through the calls in order and remember what you have met. The lesson's `key` is nearly "
        "right; what does it do with arguments that are cut off?",
        "Parse the arguments; if that fails, take the text itself. A set remembers keys and a list keeps "
        "the calls; a call goes into the list only when its key is not in the set.",
    ),
    more="the ids of the calls that you dropped still need results, or the next request is a 400. Drop "
    "the second run, never the second answer.",
)
