"""The scenarios of `run_carefully`: turns in which calls fail, wait, hang and are stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.material import chat_body
from fanout.checks.scenario import (
    CANCELS_ITSELF,
    STOPS_ITS_CALLER,
    Scenario,
    chat_message,
    tools,
    value,
)
from fanout.conversation import ToolCall
from fanout.lessons.failures.one_call import HANGS, failing
from fanout.simulator.tools import Meeting, ScenarioTool

TIMEOUT = 0.4
"""Seconds for a call, where it matters: many times what a call needs that does not hang."""

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
        by_the_clock=bool({"hang", "queue", "stopped"} & set(about.split())),
        about=frozenset(about.split()),
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


def scenarios(draw: Draw) -> list[Scenario]:
    """A turn for each thing that can go wrong; the last two run long with a wrong function."""
    return [
        _battery(draw),
        _self_cancelled(draw),
        _limited(draw),
        _free_place(draw),
        _queue(draw),
        _hang(draw),
        _stopped(draw),
    ]


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
        title, "faults hang", [hung, *others], far_end, answers, limit=1, timeout=TIMEOUT, runs=3
    )


def _self_cancelled(draw: Draw) -> Scenario:
    """One tool cancels itself, between two that are well."""
    word, (name, broken), cities = draw.text(6), draw.tool_names(2), draw.cities(3)
    names = [name, broken, name]
    calls = [draw.call(n, city=c) for n, c in zip(names, cities, strict=True)]
    far_end = {name: _echo(word), broken: ScenarioTool(answer=lambda _: CANCELS_ITSELF)}
    answers = {**_healthy(calls, word), calls[1].id: None}
    title = "three calls, and the tool of the second cancels itself"
    return _scenario(title, "cancels", calls, far_end, answers, limit=draw.number(2, 4))


def _stopped(draw: Draw) -> Scenario:
    """When all places are taken by calls that hang, the caller stops the turn."""
    limit, word, (stop, stuck) = draw.number(2, 3), draw.text(6), draw.tool_names(2)
    names = [stop, *[stuck] * (limit + 1)]
    calls = [draw.call(n, city=c) for n, c in zip(names, draw.cities(limit + 2), strict=True)]
    meeting = Meeting(limit)
    far_end = {
        stop: ScenarioTool(answer=lambda _: STOPS_ITS_CALLER, meeting=meeting),
        stuck: _echo(word, HANGS, meeting),
    }
    title = f"{len(calls)} calls, {limit} at a time; the caller stops the turn"
    return _scenario(title, "stopped", calls, far_end, {}, limit=limit)


def _limited(draw: Draw) -> Scenario:
    """Every call waits for one more than there may be: who keeps the limit never sees it come."""
    limit, word, name = draw.number(2, 4), draw.text(6), draw.tool_names(1)[0]
    calls = [draw.call(name, city=city) for city in draw.cities(limit + 4)]
    meeting = Meeting(limit + 1)
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
    meeting = Meeting(2)
    far_end = {name: _echo(word), end: _echo(word, 0.0, meeting)}
    title = f"{len(calls)} calls, {limit} at a time; the first waits for the last"
    return _scenario(
        title, "place", calls, far_end, _healthy(calls, word), limit=limit, meeting=meeting
    )


def _queue(draw: Draw) -> Scenario:
    """One after another: each is quick enough, all together are not."""
    word, name = draw.text(6), draw.tool_names(1)[0]
    calls = [draw.call(name, city=city) for city in draw.cities(8)]
    title = f"eight calls of 0.06 s, one place, and a time limit of {TIMEOUT:g} s for each"
    far_end, answers = {name: _echo(word, 0.06)}, _healthy(calls, word)
    return _scenario(title, "queue", calls, far_end, answers, limit=1, timeout=TIMEOUT)
