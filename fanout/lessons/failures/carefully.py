"""The exercise `run_carefully`: a turn under faults, never more than so many calls in flight."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.material import chat_body
from fanout.checks.scenario import Scenario, chat_message, tools, value
from fanout.conversation import ToolCall
from fanout.lessons.failures.safely import HANGS, TIMEOUT, error_of, failing
from fanout.simulator.tools import Meeting, ScenarioTool

Answers = Mapping[str, str | None]
"""For each id its tool's answer; None for a call that fails."""


def _scenario(
    title: str,
    about: str,
    calls: Sequence[ToolCall],
    far_end: Mapping[str, ScenarioTool],
    answers: Answers,
    **facts: Any,
) -> Scenario:
    body = chat_body(Draw(0).reply(*calls))
    return Scenario(
        title=title,
        arguments={
            "message": chat_message(body),
            "functions": tools(sorted(far_end), asynchronous=True),
            "limit": value(facts["limit"]),
            "timeout": value(facts.pop("timeout", 20)),
        },
        about=frozenset({about}),
        facts={"answers": answers, **facts},
        tools=far_end,
    )


def _echo(word: str, seconds: float = 0.0, meeting: Meeting | None = None) -> ScenarioTool:
    """A tool that answers with its city and a word."""
    return ScenarioTool(
        answer=lambda given: {"answer": f"{given.get('city')}: {word}"},
        seconds=seconds,
        meeting=meeting,
    )


def _healthy(calls: Sequence[ToolCall], word: str) -> Answers:
    return {call.id: f"{json.loads(call.arguments)['city']}: {word}" for call in calls}


def _carefully_scenarios(draw: Draw) -> list[Scenario]:
    return [_battery(draw), _limited(draw), _free_place(draw), _queue(draw), _hang(draw)]


def _battery(draw: Draw) -> Scenario:
    """Three calls that go well and one for each way to fail, in random order; the last is quickest."""
    word, names = draw.text(6), draw.tool_names(6)
    *good_names, slow, loud, silent = names
    cities = draw.cities(8)
    good = [draw.call(n, city=c) for n, c in zip([*good_names[:2], slow], cities[:3], strict=True)]
    whole = draw.call(good_names[0], city=cities[3])
    cut = ToolCall(id=whole.id, name=whole.name, arguments=whole.arguments[: draw.number(1, 9)])
    bad = [
        draw.call(loud, city=cities[4]),
        draw.call(silent, city=cities[5]),
        draw.call("get_everything", city=cities[6]),
        draw.call(good_names[1], city=draw.number(1, 99)),
        cut,
    ]
    calls = [good[2], *draw.shuffled([*good[:2], *bad])]
    far_end = {
        **{name: _echo(word, draw.number(0, 4) / 100) for name in good_names},
        slow: _echo(word, 0.15),
        loud: failing(f"line {word} is busy"),
        silent: failing(""),
    }
    answers = {call.id: _healthy(good, word).get(call.id) for call in calls}
    title = "eight calls, five of which fail, each in its own way"
    return _scenario(title, "faults", calls, far_end, answers, limit=draw.number(2, 4), runs=5)


def _hang(draw: Draw) -> Scenario:
    """One hangs; there is one place only, and the others wait for it."""
    word, (name, stuck), cities = draw.text(6), draw.tool_names(2), draw.cities(3)
    hung, *others = (draw.call(n, city=c) for n, c in zip([stuck, name, name], cities, strict=True))
    far_end = {name: _echo(word), stuck: _echo(word, HANGS)}
    answers = {hung.id: None, **_healthy(others, word)}
    title = "three calls, one place, and the first call hangs"
    return _scenario(
        title, "faults", [hung, *others], far_end, answers, limit=1, timeout=TIMEOUT, runs=3
    )


def _limited(draw: Draw) -> Scenario:
    """Every call waits for one more than there may be: whoever is patient stays within the limit."""
    limit, word, name = draw.number(2, 4), draw.text(6), draw.tool_names(1)[0]
    calls = [draw.call(name, city=city) for city in draw.cities(limit + 4)]
    meeting = Meeting(limit + 1, patience=0.6)
    far_end = {name: _echo(word, 0.02, meeting)}
    title = f"{len(calls)} calls, of which {limit} may run at a time"
    return _scenario(
        title, "limit", calls, far_end, _healthy(calls, word), limit=limit, meeting=meeting
    )


def _free_place(draw: Draw) -> Scenario:
    """The first call answers only when the last one is there: with two rounds it never comes."""
    limit, word, (name, end) = draw.number(2, 3), draw.text(6), draw.tool_names(2)
    names = [end, *[name] * (2 * limit - 1), end]
    calls = [draw.call(n, city=c) for n, c in zip(names, draw.cities(len(names)), strict=True)]
    meeting = Meeting(2, patience=1.5)
    far_end = {name: _echo(word), end: _echo(word, 0.0, meeting)}
    title = f"{len(calls)} calls, {limit} at a time; the first waits for the last"
    return _scenario(
        title, "place", calls, far_end, _healthy(calls, word), limit=limit, meeting=meeting
    )


def _queue(draw: Draw) -> Scenario:
    """One after another: each is quick enough, all together are not."""
    word, name = draw.text(6), draw.tool_names(1)[0]
    calls = [draw.call(name, city=city) for city in draw.cities(4)]
    title = "four calls of 0.4 s, one place, and a time limit of 1 s for each"
    return _scenario(
        title, "queue", calls, {name: _echo(word, 0.4)}, _healthy(calls, word), limit=1, timeout=1
    )


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
    return NotYet(yours=f"{ran} runs", expected=f"{wanted} runs, one for each call that can be run")


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
    scenarios=_carefully_scenarios,
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
            rule="Run again is a decision of its own: it may book twice.",
            look=_run_count,
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
