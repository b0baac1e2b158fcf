"""The exercise `find_fault`: which id, and where?"""

from __future__ import annotations

from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.scenario import Scenario, value
from fanout.lessons.debugging import histories
from fanout.lessons.debugging.histories import Messages


def _scenarios(draw: Draw) -> list[Scenario]:
    before = histories.whole_round(draw, draw.number(1, 3))
    after = histories.whole_round(draw, 2)
    spoiled = histories.whole_round(draw, draw.number(3, 4))
    alone = histories.whole_round(draw, 1)
    return [
        _one("a conversation without a fault", "whole", [*before, *spoiled, *after], None),
        _one("one that ends with results", "whole", [*before, *spoiled[:-1]], None),
        _lost("a result lost, the conversation goes on", draw, before, spoiled, after),
        _lost("a result lost at the end", draw, before, spoiled[:-1], []),
        _nothing("no result at all, two questions later", before, spoiled, after),
        _late("a note before the last result", draw, before, spoiled, after),
        _late("a note before the only result", draw, before, alone, after),
        _trimmed("a conversation that was cut at the top", draw, spoiled, after),
        _trimmed("a cut behind a whole conversation", draw, spoiled, after, before),
        _stray("a result that nobody asked for", draw, before, spoiled, after),
        _twice("a second result", draw, before, spoiled, after),
    ]


def _one(title: str, about: str, messages: Messages, fault: dict[str, Any] | None) -> Scenario:
    return Scenario(
        title=title,
        arguments={"messages": value(messages)},
        about=frozenset({about}),
        facts={"fault": fault},
    )


def _fault(name: str, call_id: str, at: int) -> dict[str, Any]:
    return {"fault": name, "id": call_id, "at": at}


def _ids(messages: Messages) -> list[str]:
    """The ids that a conversation answers, in order."""
    return [m["tool_call_id"] for m in messages if m["role"] == "tool"]


def _lost(title: str, draw: Draw, before: Messages, spoiled: Messages, after: Messages) -> Scenario:
    broken = histories.without_one_result(draw, spoiled)
    lost = next(i for i in _ids(spoiled) if i not in _ids(broken))
    fault = _fault("no result", lost, len(before) + 1)
    return _one(title, "no result", [*before, *broken, *after], fault)


def _nothing(title: str, before: Messages, spoiled: Messages, after: Messages) -> Scenario:
    broken = histories.without_results(spoiled)[:-1]
    fault = _fault("no result", spoiled[1]["tool_calls"][0]["id"], len(before) + 1)
    return _one(title, "no result", [*before, *broken, *after], fault)


def _late(title: str, draw: Draw, before: Messages, spoiled: Messages, after: Messages) -> Scenario:
    broken = histories.slipped_between(draw, spoiled)
    note = next(at for at, message in enumerate(broken) if at and message["role"] == "user")
    fault = _fault("too late", _ids(spoiled)[-1], len(before) + note)
    return _one(title, "too late", [*before, *broken, *after], fault)


def _trimmed(
    title: str, draw: Draw, spoiled: Messages, after: Messages, before: Messages | None = None
) -> Scenario:
    broken, first = histories.trimmed(draw, spoiled), before or []
    fault = _fault("no call", _ids(broken)[0], len(first))
    return _one(title, "no call", [*first, *broken, *after], fault)


def _stray(
    title: str, draw: Draw, before: Messages, spoiled: Messages, after: Messages
) -> Scenario:
    broken = histories.stranger(draw, spoiled)
    fault = _fault("no call", _ids(broken)[-1], len(before) + len(broken) - 2)
    return _one(title, "no call", [*before, *broken, *after], fault)


def _twice(
    title: str, draw: Draw, before: Messages, spoiled: Messages, after: Messages
) -> Scenario:
    broken = histories.doubled(draw, spoiled)
    fault = _fault("twice", _ids(broken)[-1], len(before) + len(broken) - 2)
    return _one(title, "twice", [*before, *broken, *after], fault)


def _wanted(attempt: Attempt) -> NotYet | None:
    wanted = attempt.facts["fault"]
    if attempt.returned == wanted:
        return None
    expected = "None: there is no fault" if wanted is None else wanted
    return NotYet(yours=attempt.returned, expected=expected)


def _place(attempt: Attempt) -> NotYet | None:
    """The right place alone, whatever the fault is called."""
    yours, wanted = attempt.returned, attempt.facts["fault"]
    if isinstance(yours, dict) and yours.get("at") == wanted["at"]:
        return None
    return NotYet(yours=yours, expected=f'"at": {wanted["at"]}')


def _part(name: str, rule: str, about: str) -> Criterion:
    return Criterion(name=name, rule=rule, about=about, look=_wanted)


FIND_FAULT = Exercise(
    name="find_fault",
    lesson="debugging",
    title="Which id, and where?",
    difficulty=3,
    importance=4,
    minutes=12,
    scenarios=_scenarios,
    criteria=(
        _part(
            "finds nothing wrong where nothing is",
            "Results may stand in any order, and a conversation may end with them.",
            "whole",
        ),
        _part(
            "finds the call that has no result",
            "A call is owed a result before anything else is said, or the list ends.",
            "no result",
        ),
        _part(
            "finds the message that slipped in before a result",
            "A result that comes too late is there: what is wrong is what stands before it.",
            "too late",
        ),
        _part(
            "finds the result that has lost its call",
            "A result needs its call in the turn before it. Somewhere else does not count.",
            "no call",
        ),
        _part("finds the second result of a call", "One id, one result.", "twice"),
        Criterion(
            name="says which message to look at",
            about="too late",
            rule="Whoever reads your finding opens the message at that index first.",
            look=_place,
        ),
    ),
    hints=(
        "The API reads from the top and keeps in mind which ids still wait for a result. What may "
        "come while somebody waits, and what not?",
        "Walk over the messages with a list of waiting ids. A tool message takes its id off the list; "
        "any other message must find the list empty, and may fill it anew.",
        "When another message finds somebody waiting, look whether a result for that id comes later: "
        "that tells the two faults apart. Treat the end of the list like such a message.",
    ),
    more="fanout.diagnose reads the three APIs' formats with one such walk: calls and results pair in "
    "the same way everywhere, only the words differ.",
)
