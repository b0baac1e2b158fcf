"""The exercise `run_carefully`: a turn under faults, never more than so many calls in flight."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.lessons.failures.safely import error_of, lets_itself_be_stopped
from fanout.lessons.failures.turns import scenarios


def _messages(attempt: Attempt) -> list[Mapping[str, Any]]:
    items = attempt.returned if isinstance(attempt.returned, list) else []
    return [item for item in items if isinstance(item, Mapping)]


def _ids(attempt: Attempt) -> list[str]:
    return [str(message.get("tool_call_id")) for message in _messages(attempt)]


def _every_id_once(attempt: Attempt) -> NotYet | None:
    yours, expected = _ids(attempt), list(attempt.facts["answers"])
    if sorted(yours) == sorted(expected):
        return None
    return NotYet(yours=yours or attempt.returned, expected=expected)


def _call_order(attempt: Attempt) -> NotYet | None:
    yours, expected = _ids(attempt), list(attempt.facts["answers"])
    return None if yours == expected else NotYet(yours=yours, expected=expected)


def _healthy_results(attempt: Attempt) -> NotYet | None:
    paired = {str(m.get("tool_call_id")): m.get("content") for m in _messages(attempt)}
    wanted = {i: json.dumps({"answer": a}) for i, a in attempt.facts["answers"].items() if a}
    yours = {i: paired.get(i) for i in wanted}
    if all(_same(yours[i], expected) for i, expected in wanted.items()):
        return None
    return NotYet(yours=yours, expected=wanted)


def _same(yours: Any, expected: str) -> bool:
    try:
        return bool(json.loads(yours) == json.loads(expected))
    except (TypeError, ValueError):
        return False


def _errors_told(attempt: Attempt) -> NotYet | None:
    told = {str(m.get("tool_call_id")): error_of(m) for m in _messages(attempt)}
    yours = {i: told.get(i) for i, answer in attempt.facts["answers"].items() if answer is None}
    if all(yours.values()):
        return None
    return NotYet(yours=yours, expected='for each of them the content {"error": …} with a text')


def _run_count(attempt: Attempt) -> NotYet | None:
    ran, wanted = len(attempt.run.service_exchanges), attempt.facts["runs"]
    if ran == wanted:
        return None
    yours = f"{ran} run{'' if ran == 1 else 's'}"
    return NotYet(yours=yours, expected=f"{wanted}: one for each call that can be run")


def _most_in_flight(attempt: Attempt) -> int:
    """The most service exchanges that overlap, read off the record."""
    spans = [(e.started, e.ended or e.started) for e in attempt.run.service_exchanges]
    at_once = (sum(begun <= at <= over for begun, over in spans) for at, _ in spans)
    return max(at_once, default=0)


def _within_limit(attempt: Attempt) -> NotYet | None:
    limit = attempt.facts["limit"]
    most = max(_most_in_flight(attempt), attempt.facts["meeting"].most)
    if most <= limit:
        return None
    return NotYet(yours=f"{most} in flight at once", expected=f"at most {limit}")


def _uses_limit(attempt: Attempt) -> NotYet | None:
    limit, most = attempt.facts["limit"], attempt.facts["meeting"].most
    if most >= limit:
        return None
    return NotYet(yours=f"at most {most} in flight at once", expected=f"{limit} in flight at once")


def _survives(attempt: Attempt) -> NotYet | None:
    return _every_id_once(attempt) or _healthy_results(attempt) or _errors_told(attempt)


def _nothing_left(attempt: Attempt) -> NotYet | None:
    if not attempt.left:
        return None
    return NotYet(
        yours=f"still running after it returned: {', '.join(attempt.left)}",
        expected="nothing still running: what is given up is stopped as well",
    )


def _place_given(attempt: Attempt) -> NotYet | None:
    if attempt.facts["meeting"].most == 2:
        return None
    return NotYet(
        yours="the last call began when the first was over",
        expected="it begins while the first is in flight: the other places were free",
    )


RUN_CAREFULLY = Exercise(
    name="run_carefully",
    lesson="failures",
    title="A turn under faults",
    difficulty=4,
    importance=5,
    minutes=15,
    limit=7.0,
    scenarios=scenarios,
    criteria=(
        Criterion(
            name="answers every id exactly once, whatever fails",
            about="faults",
            rule="The next request needs a result for each id, also for those that failed.",
            look=_every_id_once,
            points=2,
        ),
        Criterion(
            name="keeps the results of the calls that went well",
            about="faults",
            rule="A call that fails is no reason to throw away, or to stop, its siblings.",
            look=_healthy_results,
            points=2,
        ),
        Criterion(
            name="tells the model about each call that failed",
            about="faults",
            rule="A failed call is answered too: with an error that says what is wrong.",
            look=_errors_told,
        ),
        Criterion(
            name="returns the results in the order of the calls",
            about="faults",
            rule="Failed or not, quick or not: the order is that of the calls.",
            look=_call_order,
        ),
        Criterion(
            name="runs each call once, if it can be run",
            about="faults",
            rule="A call that is left out gets no result, one that is run again may book twice, and one "
            "whose arguments are not valid must not run at all.",
            look=_run_count,
        ),
        Criterion(
            name="keeps the other results when a tool cancels itself",
            about="cancels",
            rule="CancelledError is no Exception: caught by nobody, it takes the whole turn along.",
            look=_survives,
        ),
        Criterion(
            name="leaves nothing running when it returns",
            about="hang",
            rule="A call that was given up and runs on may still book, and holds what it holds.",
            look=_nothing_left,
        ),
        Criterion(
            name="stops with all its calls when its caller stops it",
            about="stopped",
            rule="A user who closes the page wants no answer any more. Let CancelledError through.",
            look=lets_itself_be_stopped,
            even_if_raised=True,
        ),
        Criterion(
            name="never has more than `limit` calls in flight",
            about="limit",
            rule="One semaphore for the whole turn, held while a call runs.",
            look=_within_limit,
            points=2,
        ),
        Criterion(
            name="has `limit` calls in flight while there are enough",
            about="limit",
            rule="A limit is no reason to run one after another.",
            look=_uses_limit,
        ),
        Criterion(
            name="gives a free place to the next call at once",
            about="place",
            rule="In rounds, all places wait for the slowest call of the round.",
            look=_place_given,
        ),
        Criterion(
            name="counts a call's time from its start",
            about="queue",
            rule="Who waits for a place has not begun: that time is not the tool's.",
            look=_healthy_results,
        ),
    ),
    hints=(
        "One call is solved: `answer_safely` always returns a message. What is new is only how many "
        "of them may run at a time.",
        "Make one semaphore for the turn, and a small async function that waits for a place and then "
        "answers one call. Gather these.",
        "Inside `async with` the semaphore, await answer_safely with the call's id, name and "
        "arguments; the time limit then starts when there is a place. gather keeps the order.",
    ),
    more="a limit for each turn is not a limit for your program: with a hundred users each has one. "
    "Share the semaphore where the far end is shared.",
)
