"""Lesson 06: dropping repeats, and comparing what a probe found with what was pinned.

The probe itself is judged in `probing`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.material import chat_body
from fanout.checks.scenario import Scenario, chat_message, value
from fanout.conversation import ToolCall
from fanout.lessons.models.probing import PROBE
from fanout.lessons.syllabus import model

# --- unique_calls ---------------------------------------------------------------------------------


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
    yours = [call["id"] for call in attempt.returned]
    if yours == attempt.facts["kept"]:
        return None
    return NotYet(yours=_places(attempt, yours), expected=_places(attempt, attempt.facts["kept"]))


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

# --- drift ----------------------------------------------------------------------------------------


def _drift_scenarios(draw: Draw) -> list[Scenario]:
    low, high = draw.number(11, 19) / 10, draw.number(21, 39) / 10
    row: dict[str, Any] = {
        "snapshot": f"{model('chat')}-{draw.number(2026, 2030)}-01-15",
        "calls_per_turn": high,
        "duplicates": draw.number(1, 3),
        "switch": draw.some(["works", "ignored", "refused"], 1)[0],
    }
    other = next(s for s in ("works", "ignored", "refused") if s != row["switch"])
    moved = row | {"snapshot": row["snapshot"].replace("-01-15", "-06-30"), "switch": other}
    return [
        _compared("nothing changed", row, row, [], "same"),
        _compared("two values changed", row, moved, ["snapshot", "switch"], "changed"),
        _compared(
            "the model calls more in parallel than pinned",
            row | {"calls_per_turn": low},
            row,
            [],
            "more",
        ),
        _compared(
            "the model calls less in parallel than pinned",
            row,
            row | {"calls_per_turn": low},
            ["calls_per_turn"],
            "less",
        ),
        _compared(
            "nothing could be measured any more",
            row,
            dict.fromkeys(row) | {"snapshot": row["snapshot"]},
            ["calls_per_turn", "duplicates", "switch"],
            "gone",
        ),
        _compared(
            "one value is pinned", {"switch": row["switch"]}, row | {"duplicates": 9}, [], "few"
        ),
        _compared("no repeats any more", row, row | {"duplicates": 0}, ["duplicates"], "zero"),
    ]


def _compared(
    title: str, pinned: dict[str, Any], measured: dict[str, Any], expected: list[str], about: str
) -> Scenario:
    return Scenario(
        title=title,
        arguments={"pinned": value(pinned), "measured": value(measured)},
        about=frozenset({about}),
        facts={"drift": expected},
    )


def _names(attempt: Attempt) -> NotYet | None:
    expected = attempt.facts["drift"]
    return (
        None if attempt.returned == expected else NotYet(yours=attempt.returned, expected=expected)
    )


DRIFT = Exercise(
    name="drift",
    lesson="models",
    title="Does what you pinned still hold?",
    difficulty=2,
    importance=4,
    minutes=7,
    scenarios=_drift_scenarios,
    criteria=(
        Criterion(
            name="returns an empty list when everything holds",
            about="same",
            rule="A test that is green must mean that nothing moved.",
            look=_names,
        ),
        Criterion(
            name="names the values that changed, sorted",
            about="changed",
            rule="Who reads the alarm wants to know what moved, not that something did.",
            look=_names,
        ),
        Criterion(
            name="raises no alarm over more calls per turn",
            about="more",
            rule="The pinned number is the least you rely on; more is not a fault.",
            look=_names,
        ),
        Criterion(
            name="names calls_per_turn when it fell",
            about="less",
            rule="Fewer calls in a turn are more round trips, and every one costs time and tokens.",
            look=_names,
        ),
        Criterion(
            name="names what can no longer be measured",
            about="gone",
            rule="None where a value was pinned is the loudest drift of all: the model may be gone.",
            look=_names,
            points=2,
        ),
        Criterion(
            name="names a value that fell to zero",
            about="zero",
            rule="0 is a measurement and None is the lack of one. Both are false in a condition.",
            look=_names,
        ),
        Criterion(
            name="looks at nothing that was not pinned",
            about="few",
            rule="Pin what your code relies on. The rest may change as it likes.",
            look=_names,
        ),
    ),
    hints=(
        "Which keys do you go through: the pinned ones, the measured ones, or both?",
        "One of the keys is compared by size, all others by equality. What does a comparison by size do "
        "with None?",
        "Write a small function that says whether one key holds; settle None in it before any comparison "
        "by size. Then collect the keys for which it does not, in sorted order.",
    ),
    more="such a comparison belongs where it is run without you: on a schedule, and before a change of "
    "the model's name or settings is merged.",
)

EXERCISES = (UNIQUE_CALLS, PROBE, DRIFT)
