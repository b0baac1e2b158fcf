"""The exercise `run_in_order`: some calls of a turn in call order, the rest together."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.material import chat_body
from fanout.checks.scenario import Scenario, chat_message, tools, value
from fanout.conversation import ToolCall
from fanout.simulator.tools import Meeting, ScenarioTool

TRANSFER, BOOK = "transfer_money", "book_seat"
PATIENCE = 1.0
Exchange = Any
"""An exchange of the record."""


def _order_scenarios(draw: Draw) -> list[Scenario]:
    free = _free(draw, draw.number(3, 4))
    transfers = [draw.call(TRANSFER, amount=n) for n in draw.some(range(10, 99), 3)]
    seats = [draw.call(BOOK, seat=f"{n}A") for n in draw.some(range(10, 30), 2)]
    first, second, third = transfers
    return [
        _turn(draw, "three transfers among calls that change nothing", free, transfers, "one"),
        _turn(
            draw,
            "transfers and bookings take turns",
            _free(draw, 3),
            [first, seats[0], second, seats[1], third],
            "two",
        ),
        _turn(draw, "nothing that changes anything", _free(draw, 4), [], "none"),
        _turn(draw, "two transfers and nothing else", [], transfers[:2], "one"),
    ]


def _free(draw: Draw, count: int) -> list[ToolCall]:
    """Calls that change nothing, the first two of one tool, the last a tool of its own."""
    *names, last = draw.tool_names(count)
    cities = draw.cities(count)
    tools = [names[0], *names[: count - 2], last]
    return [draw.call(name, city=city) for name, city in zip(tools, cities, strict=True)]


def _turn(
    draw: Draw, title: str, free: Sequence[ToolCall], queue: Sequence[ToolCall], about: str
) -> Scenario:
    calls = _mixed(draw, free, queue)
    words = {call.id: draw.text(8) for call in calls}
    among, beside = Meeting(max(len(free) - 1, 1), PATIENCE), Meeting(2, PATIENCE)
    names = sorted({call.name for call in calls})
    return Scenario(
        title=title,
        arguments={
            "message": chat_message(chat_body(draw.reply(*calls))),
            "functions": tools(names, asynchronous=True),
            "ordered": value([TRANSFER, BOOK]),
        },
        about=frozenset(
            {about, *(["free"] if free else []), *(["both"] if free and queue else [])}
        ),
        facts={"calls": calls, "words": words, "among": among, "beside": beside},
        tools={
            name: _tool(name, calls, words, _place(name, free, queue, among, beside))
            for name in names
        },
    )


def _mixed(draw: Draw, free: Sequence[ToolCall], queue: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    """Free calls in random places between those of the queue, which keep their order."""
    places = draw.shuffled([True] * len(queue) + [False] * len(free))
    queued, others = iter(queue), iter(free)
    return tuple(next(queued) if in_queue else next(others) for in_queue in places)


def _place(
    name: str,
    free: Sequence[ToolCall],
    queue: Sequence[ToolCall],
    among: Meeting,
    beside: Meeting,
) -> Meeting | None:
    """Where a tool's calls meet: the queue meets the last of the free, the others each other."""
    in_queue = name in (TRANSFER, BOOK)
    if queue and free and (in_queue or name == free[-1].name):
        return beside
    return None if in_queue else among


def _tool(
    name: str, calls: Sequence[ToolCall], words: Mapping[str, str], meeting: Meeting | None
) -> ScenarioTool:
    mine = [(json.loads(call.arguments), words[call.id]) for call in calls if call.name == name]

    def answer(given: Mapping[str, Any]) -> Any:
        return {
            "answer": next((word for a, word in mine if a == given), "asked for something else")
        }

    def seconds(given: Mapping[str, Any]) -> float:
        """Of calls that change something the first takes longest, so that a race shows."""
        if name not in (TRANSFER, BOOK):
            return 0.0
        return 0.08 if mine and given == mine[0][0] else 0.04

    return ScenarioTool(answer=answer, seconds=seconds, meeting=meeting)


# --- What is looked at ----------------------------------------------------------------------------


def _messages(attempt: Attempt) -> list[Mapping[str, Any]]:
    """The returned messages; anything that is no list of dicts counts as none."""
    items = attempt.returned if isinstance(attempt.returned, list) else []
    return [item for item in items if isinstance(item, Mapping)]


def _in_call_order(attempt: Attempt) -> NotYet | None:
    yours = [(m.get("role"), m.get("tool_call_id")) for m in _messages(attempt)]
    expected = [("tool", call.id) for call in attempt.facts["calls"]]
    return None if yours == expected else NotYet(yours=yours or attempt.returned, expected=expected)


def _own_result(attempt: Attempt) -> NotYet | None:
    words = attempt.facts["words"]
    contents = {str(m.get("tool_call_id")): m.get("content") for m in _messages(attempt)}
    right = all(_says(contents.get(call_id), word) for call_id, word in words.items())
    expected = {i: json.dumps({"answer": word}) for i, word in words.items()}
    return None if right else NotYet(yours=contents or attempt.returned, expected=expected)


def _says(content: Any, word: str) -> bool:
    return isinstance(content, str) and word in content


def _once_each(attempt: Attempt) -> NotYet | None:
    ran = sorted(_written(e) for e in attempt.run.service_exchanges)
    wanted = sorted(f"{c.name}({_plain(c.arguments)})" for c in attempt.facts["calls"])
    return None if ran == wanted else NotYet(yours=ran, expected=wanted)


def _queue(attempt: Attempt) -> list[Exchange]:
    """What was asked of tools that change something, in the order in which it arrived."""
    return [e for e in attempt.run.service_exchanges if e.request["tool"] in (TRANSFER, BOOK)]


def _started_in_order(attempt: Attempt) -> NotYet | None:
    yours = [_written(e) for e in _queue(attempt)]
    queued = [call for call in attempt.facts["calls"] if call.name in (TRANSFER, BOOK)]
    expected = [f"{call.name}({_plain(call.arguments)})" for call in queued]
    return None if yours == expected else NotYet(yours=yours, expected=expected)


def _one_by_one(attempt: Attempt) -> NotYet | None:
    """None of the queue begins before the one before it has ended, by the record's own times."""
    queue = _queue(attempt)
    for before, after in itertools.pairwise(queue):
        if before.ended is None or after.started < before.ended:
            return NotYet(
                yours=f"{_written(after)} began while {_written(before)} was still running",
                expected="one begins when the one before it has ended",
            )
    return _started_in_order(attempt)


def _free_together(attempt: Attempt) -> NotYet | None:
    meeting: Meeting = attempt.facts["among"]
    if meeting.most >= meeting.size:
        return None
    return NotYet(
        yours=f"at most {meeting.most} of them ran at once", expected=f"{meeting.size} at once"
    )


def _beside_the_queue(attempt: Attempt) -> NotYet | None:
    meeting: Meeting = attempt.facts["beside"]
    if meeting.most >= meeting.size:
        return None
    return NotYet(
        yours="the queue and the other calls ran one after the other",
        expected="the first of the queue runs while the other calls do",
    )


def _written(exchange: Exchange) -> str:
    return f"{exchange.request['tool']}({_plain(exchange.request['arguments'])})"


def _plain(arguments: str | Mapping[str, Any]) -> str:
    data = json.loads(arguments) if isinstance(arguments, str) else arguments
    return ", ".join(f"{key}={each!r}" for key, each in data.items())


RUN_IN_ORDER = Exercise(
    name="run_in_order",
    lesson="disable",
    title="Keep what changes something in order",
    difficulty=4,
    importance=5,
    minutes=14,
    scenarios=_order_scenarios,
    criteria=(
        Criterion(
            name="returns one tool message for each call, in call order",
            rule="Order of running and order of results are two things; people read logs in call order.",
            look=_in_call_order,
        ),
        Criterion(
            name="gives each call its own result, as text",
            rule="Results are paired by id: one tool may be called several times in one turn.",
            look=_own_result,
        ),
        Criterion(
            name="runs each call once",
            rule="What changes something must not happen twice.",
            look=_once_each,
        ),
        Criterion(
            name="runs the calls that change nothing together",
            about="free",
            rule="Only what changes something has an order to keep; the rest has none.",
            look=_free_together,
            points=2,
        ),
        Criterion(
            name="runs them beside those that change something",
            about="both",
            rule="The queue is one more thing to run at the same time, not a phase before or after.",
            look=_beside_the_queue,
        ),
        Criterion(
            name="starts what changes something in call order",
            about="one",
            rule="The order in which the model asked is the only one there is to go by.",
            look=_started_in_order,
        ),
        Criterion(
            name="lets one change end before the next begins",
            about="one",
            rule="Started in order is not done in order: await each before the next one starts.",
            look=_one_by_one,
            points=2,
        ),
        Criterion(
            name="keeps one order across tools",
            about="two",
            rule="A transfer may pay for the seat booked next: one queue for all of them, not one a tool.",
            look=_one_by_one,
        ),
    ),
    hints=(
        "There are two kinds of calls in the turn. For each kind, say in one sentence when a call of it "
        "may start.",
        "Write a coroutine that goes through the queue and awaits one answer after another. It is a "
        "coroutine like any other: `gather` can run it beside the answers of the other calls.",
        "Sort the calls into queue and rest, gather the one coroutine for the queue with the answers of "
        "the rest, then use the ids to put all messages back into the order of the turn.",
    ),
    more="some frameworks let a tool say this of itself: Pydantic AI has `sequential=True`. The place for "
    "the knowledge that a tool changes something is beside the tool.",
)
