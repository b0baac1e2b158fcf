"""Lesson 06: comparing what a probe found with what was pinned.

Repeats are judged in `repeats`, the probe in `probing`.
"""

from __future__ import annotations

from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.scenario import Scenario, value
from fanout.lessons.models.probing import PROBE
from fanout.lessons.models.repeats import UNIQUE_CALLS
from fanout.lessons.syllabus import model


def _drift_scenarios(draw: Draw) -> list[Scenario]:
    low, high = draw.number(11, 19) / 10, draw.number(21, 39) / 10
    row: dict[str, Any] = {  # not in the order of their names: who forgets to sort should notice
        "switch": draw.some(["works", "ignored", "refused"], 1)[0],
        "snapshot": f"{model('chat')}-{draw.number(2026, 2030)}-01-15",
        "duplicates": draw.number(1, 3),
        "calls_per_turn": high,
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
