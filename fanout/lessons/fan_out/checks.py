"""Lesson 03: tool calls run together, results in call order; blocking tools among them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.material import chat_body
from fanout.checks.scenario import Scenario, chat_message, tools
from fanout.conversation import ToolCall
from fanout.simulator.tools import Meeting, ScenarioTool

CROWD = 36
"""More calls at once than `asyncio.to_thread` ever has threads (32), whatever the machine."""


def _scenario(
    draw: Draw,
    title: str,
    calls: tuple[ToolCall, ...],
    *about: str,
    blocking: Sequence[str] = (),
    meet: bool = False,
    last_first: bool = False,
) -> Scenario:
    """A turn with these calls.

    :param blocking: names of the tools that are plain functions; the others are async.
    :param meet: no call answers before all are in flight.
    :param last_first: later calls answer sooner than earlier ones.
    """
    answers = {call.id: f"{_city(call)}: {draw.text(8)}" for call in calls}
    meeting = Meeting(len(calls)) if meet else None
    names = sorted({call.name for call in calls})
    waits = {_city(call): 0.03 * (len(calls) - n) for n, call in enumerate(calls)}

    def tool(name: str) -> ScenarioTool:
        known = {_city(call): answers[call.id] for call in calls if call.name == name}
        return ScenarioTool(
            answer=lambda given: {"answer": known.get(str(given.get("city")), "the wrong city")},
            seconds=(lambda given: waits.get(str(given.get("city")), 0.0)) if last_first else 0.0,
            meeting=meeting,
        )

    asynchronous = [name for name in names if name not in blocking]
    return Scenario(
        title=title,
        arguments={
            "message": chat_message(chat_body(draw.reply(*calls))),
            "functions": tools(names, asynchronous),
        },
        about=frozenset(about),
        facts={"answers": answers, "meeting": meeting, "calls": calls},
        tools={name: tool(name) for name in names},
    )


def _city(call: ToolCall) -> str:
    city: str = json.loads(call.arguments)["city"]
    return city


def _messages(attempt: Attempt) -> list[Mapping[str, Any]]:
    items = attempt.returned if isinstance(attempt.returned, list) else []
    return [item for item in items if isinstance(item, Mapping)]


def _every_id_once(attempt: Attempt) -> NotYet | None:
    yours = [message.get("tool_call_id") for message in _messages(attempt)]
    expected = list(attempt.facts["answers"])
    if sorted(map(str, yours)) == sorted(expected):
        return None
    return NotYet(yours=yours or attempt.returned, expected=expected)


def _own_result(attempt: Attempt) -> NotYet | None:
    paired = {m.get("tool_call_id"): m.get("content") for m in _messages(attempt)}
    answers = attempt.facts["answers"]
    if all(_reads(paired.get(i), {"answer": answer}) for i, answer in answers.items()):
        return None
    expected = {i: json.dumps({"answer": answer}) for i, answer in answers.items()}
    return NotYet(yours=paired or attempt.returned, expected=expected)


def _reads(content: Any, result: Any) -> bool:
    """Whether the content is this result as JSON text, alone or inside something."""
    try:
        read = json.loads(content)
    except (TypeError, ValueError):
        return False
    return not isinstance(read, str) and json.dumps(result) in json.dumps(read)


def _call_order(attempt: Attempt) -> NotYet | None:
    yours = [message.get("tool_call_id") for message in _messages(attempt)]
    expected = list(attempt.facts["answers"])
    return None if yours == expected else NotYet(yours=yours, expected=expected)


def _all_in_flight(attempt: Attempt) -> NotYet | None:
    meeting: Meeting = attempt.facts["meeting"]
    if meeting.most >= meeting.size:
        return None
    return NotYet(
        yours=f"at most {meeting.most} in flight at once",
        expected=f"all {meeting.size} in flight at once",
    )


def _each_once(attempt: Attempt) -> NotYet | None:
    ran = [(e.request["tool"], e.request["arguments"]) for e in attempt.run.service_exchanges]
    wanted = [(call.name, json.loads(call.arguments)) for call in attempt.facts["calls"]]
    if sorted(map(repr, ran)) == sorted(map(repr, wanted)):
        return None
    again = len(ran) - len({repr(run) for run in ran})
    yours = f"{len(ran)} runs" + (f", {again} of which repeat another" if again else "")
    return NotYet(yours=yours, expected=f"{len(wanted)} runs, one for each call")


# --- run_together ---------------------------------------------------------------------------------


def _together_scenarios(draw: Draw) -> list[Scenario]:
    count = draw.number(4, 7)
    name, cities = draw.tool_names(1)[0], draw.cities(5)
    same = tuple(draw.call(name, city=city) for city in cities)
    return [
        _scenario(
            draw,
            f"{count} calls that answer only together",
            draw.city_calls(count),
            "meet",
            meet=True,
        ),
        _scenario(
            draw, "five calls of one tool that answer only together", same, "meet", meet=True
        ),
        _scenario(
            draw,
            "four calls, the last of which is the quickest",
            draw.city_calls(4),
            "order",
            last_first=True,
        ),
        _scenario(draw, "a single call", draw.city_calls(1)),
    ]


RUN_TOGETHER = Exercise(
    name="run_together",
    lesson="fan_out",
    title="Run them together",
    difficulty=2,
    importance=5,
    minutes=8,
    scenarios=_together_scenarios,
    criteria=(
        Criterion(
            name="answers every id exactly once",
            rule="Running calls together changes nothing about pairing: one result for each id.",
            look=_every_id_once,
        ),
        Criterion(
            name="gives each tool call its own result",
            rule="What finishes first is not what was asked first: the id says whose result it is. The "
            "content is that result, through `json.dumps`.",
            look=_own_result,
        ),
        Criterion(
            name="has all calls in flight at once",
            about="meet",
            rule="These tools answer only when all of them are waiting. Start all, then wait for all.",
            look=_all_in_flight,
            points=3,
        ),
        Criterion(
            name="returns the results in the order of the calls",
            about="order",
            rule="gather and a task group keep the order of the calls, whatever finishes first.",
            look=_call_order,
            points=2,
        ),
        Criterion(
            name="runs each tool call once",
            rule="A call that runs twice may book twice; one that does not run has no result.",
            look=_each_once,
        ),
    ),
    hints=(
        "`await` in a loop waits for each call before the next begins. What starts several coroutines "
        "and waits for all of them?",
        "Write a small async function that answers one call, with its id. Then hand one coroutine for "
        "each call to something that runs them together and keeps their order.",
        "`asyncio.gather` takes the coroutines one by one as arguments, so unpack a generator into it; "
        "what it returns is in the order of its arguments, and you want a list.",
    ),
    more="the model's turn is not shortened by this: for three calls of half a second between two turns "
    "of one second each, a conversation goes from 3.5 to 2.5 seconds.",
)

# --- run_mixed ------------------------------------------------------------------------------------


def _mixed_scenarios(draw: Draw) -> list[Scenario]:
    names = draw.tool_names(4)
    mixed = tuple(
        draw.call(name, city=city) for name, city in zip(names * 2, draw.cities(8), strict=True)
    )
    plain = tuple(draw.call(names[0], city=city) for city in draw.cities(5))
    crowd = tuple(
        draw.call(names[0], city=f"{city} {n}") for n in range(2) for city in draw.cities(18)
    )
    return [
        _scenario(
            draw,
            "eight calls, half of them of blocking tools, that answer only together",
            mixed,
            "mixed",
            blocking=names[:2],
            meet=True,
        ),
        _scenario(
            draw,
            "five calls of a blocking tool that answer only together",
            plain,
            "blocking",
            blocking=names[:1],
            meet=True,
        ),
        _scenario(
            draw,
            "five calls of async tools that answer only together",
            tuple(draw.call(names[1], city=c) for c in draw.cities(5)),
            "async",
            meet=True,
        ),
        _scenario(
            draw,
            "four calls, the last of which is the quickest",
            draw.city_calls(4),
            "order",
            blocking=draw.tool_names(8)[:4],
            last_first=True,
        ),
        _scenario(
            draw,
            f"{CROWD} calls of a blocking tool that answer only together",
            crowd,
            "crowd",
            blocking=names[:1],
            meet=True,
        ),
    ]


RUN_MIXED = Exercise(
    name="run_mixed",
    lesson="fan_out",
    title="Blocking tools among them",
    difficulty=4,
    importance=4,
    minutes=15,
    scenarios=_mixed_scenarios,
    criteria=(
        Criterion(
            name="answers every id exactly once",
            rule="One result for each id, async or not.",
            look=_every_id_once,
        ),
        Criterion(
            name="gives each tool call its own result",
            rule="Await what is async, wait for the thread of what is not. The content is the result, "
            "through `json.dumps`.",
            look=_own_result,
        ),
        Criterion(
            name="runs async tools together",
            about="async",
            rule="An async function is called where the loop is, and awaited with the others.",
            look=_all_in_flight,
        ),
        Criterion(
            name="runs blocking tools together",
            about="blocking",
            rule="A plain function that waits stops the whole loop, unless it runs in a thread.",
            look=_all_in_flight,
            points=2,
        ),
        Criterion(
            name="runs blocking and async tools at the same time",
            about="mixed",
            rule="One gather over both kinds: not first the ones, then the others.",
            look=_all_in_flight,
            points=2,
        ),
        Criterion(
            name="returns the results in the order of the calls",
            about="order",
            rule="The order of the calls is kept by gathering in that order.",
            look=_call_order,
        ),
        Criterion(
            name=f"has {CROWD} blocking calls in flight at once",
            about="crowd",
            rule="asyncio.to_thread shares min(32, CPUs + 4) threads. A pool of your own has as many "
            "as there are calls.",
            look=_all_in_flight,
            points=2,
        ),
    ),
    hints=(
        "Two kinds of functions need two ways of being run. How can you tell, before calling, which "
        "kind a function is?",
        "`inspect.iscoroutinefunction` tells them apart. A plain one goes to a thread, and the loop can "
        "wait for a thread as it waits for a coroutine.",
        "Make a ThreadPoolExecutor with one worker for each call, and use the running loop's "
        "`run_in_executor` with it; functools.partial carries the keyword arguments.",
    ),
    more="a thread cannot be stopped from outside. When a blocking tool hangs, its thread hangs with it, "
    "whatever your loop decides; lesson 07 comes back to that.",
)

EXERCISES = (RUN_TOGETHER, RUN_MIXED)
