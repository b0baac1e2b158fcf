"""Lesson 01: count the calls of a reply, read them, and decide what comes next."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, Look, NotYet
from fanout.checks.material import chat_body
from fanout.checks.scenario import Scenario, chat_reply
from fanout.conversation import Reply


def _scenario(
    title: str, reply: Reply, expected: Any, *about: str, finish: str | None = None
) -> Scenario:
    return Scenario(
        title=title,
        arguments={"response": chat_reply(chat_body(reply, finish))},
        about=frozenset(about),
        facts={"expected": expected},
    )


def _returns_expected(attempt: Attempt) -> NotYet | None:
    yours, expected = attempt.returned, attempt.facts["expected"]
    same = yours == expected and type(yours) is type(expected)
    return None if same else NotYet(yours=yours, expected=expected)


# --- count_calls --------------------------------------------------------------------------------


def _count_scenarios(draw: Draw) -> list[Scenario]:
    several, one = draw.number(3, 6), draw.reply(*draw.city_calls(1))
    many = draw.reply(*draw.city_calls(several))
    two = draw.reply(*draw.city_calls(2))
    spoken = replace(two, text="I will look that up.")
    return [
        _scenario(f"a reply with {several} tool calls", many, several, "several"),
        _scenario("a reply with one tool call", one, 1, "one"),
        _scenario(
            "a reply with a text and no tool call", draw.reply(text="Good morning."), 0, "none"
        ),
        _scenario("a reply with a text and two tool calls", spoken, 2, "text"),
        _scenario("two tool calls and the finish_reason `stop`", two, 2, "finish", finish="stop"),
    ]


def _count(name: str, about: str, rule: str) -> Criterion:
    return Criterion(name=name, about=about, rule=rule, look=_returns_expected)


COUNT_CALLS = Exercise(
    name="count_calls",
    lesson="detect",
    title="Count the tool calls",
    difficulty=1,
    importance=3,
    minutes=4,
    scenarios=_count_scenarios,
    criteria=(
        _count(
            "counts several tool calls",
            "several",
            "One reply can hold any number of tool calls; they stand in the message's list.",
        ),
        _count("counts a single tool call", "one", "A single tool call is a list of length one."),
        _count(
            "says 0 when there are none",
            "none",
            "Without a tool call the field is None, which has no length.",
        ),
        _count(
            "counts the tool calls beside a text",
            "text",
            "A text in `content` does not rule out tool calls: a reply may have both.",
        ),
        _count(
            "counts them whatever finish_reason says",
            "finish",
            "With a forced tool the API reports `stop` although there are tool calls.",
        ),
    ),
    hints=(
        "Count what is there. Is there a field that holds the tool calls themselves?",
        "The message of the first choice has that list. What does the field hold when the model asks "
        "for nothing?",
        "Take the list, or an empty one where the field is None, and take its length. Neither `content` "
        "nor `finish_reason` is needed.",
    ),
    more="the API accepts at most 128 tool calls in one assistant message, and a model has been seen to "
    "ask for 129 (gptscript issue 547).",
)

# --- read_calls ---------------------------------------------------------------------------------


def _read_scenarios(draw: Draw) -> list[Scenario]:
    # In no order of the alphabet, and with values that JSON writes otherwise than Python.
    names = sorted(draw.tool_names(3), reverse=True)
    extras: list[dict[str, Any]] = [{"days": draw.number(2, 9)}, {"metric": True}, {"unit": None}]
    calls = tuple(
        draw.call(name, city=city, **extra)
        for name, city, extra in zip(names, draw.cities(3), draw.shuffled(extras), strict=True)
    )
    tool, (first, second) = draw.tool_names(1)[0], draw.cities(2)
    same = (draw.call(tool, city=first), draw.call(tool, city=second))
    bare = replace(draw.call("list_cities"), arguments="")
    whole = draw.call("get_tide", city=draw.cities(1)[0])
    cut = replace(draw.call("get_traffic", city=first), arguments='{"city": "' + first[:2])
    return [
        _read("three tool calls", draw, calls, "all"),
        _read("two tool calls of one tool", draw, same, "same"),
        _read("no tool call", draw, (), "none"),
        _read(
            "a tool without parameters: its arguments are an empty string", draw, (bare,), "empty"
        ),
        _read("the last arguments were cut off", draw, (whole, cut), "cut", finish="length"),
    ]


def _read(title: str, draw: Draw, calls: Any, about: str, finish: str | None = None) -> Scenario:
    reply = draw.reply(*calls, text=None if calls else "Nothing to look up.")
    expected = [(call.id, call.name, _arguments(call.arguments)) for call in calls]
    return _scenario(title, reply, expected, about, finish=finish)


def _arguments(text: str) -> Any:
    try:
        return json.loads(text or "{}")
    except ValueError:
        return None


def _column(number: int) -> Look:
    """Compares one part of each triple, so that one wrong part is told apart from the others."""

    def look(attempt: Attempt) -> NotYet | None:
        expected = [triple[number] for triple in attempt.facts["expected"]]
        yours = _triples(attempt.returned)
        if yours is None:
            return NotYet(yours=attempt.returned, expected=attempt.facts["expected"])
        mine = [triple[number] for triple in yours]
        return None if mine == expected else NotYet(yours=mine, expected=expected)

    return look


def _returns_triples(attempt: Attempt) -> NotYet | None:
    expected, yours = attempt.facts["expected"], _triples(attempt.returned)
    if yours == expected:
        return None
    return NotYet(yours=attempt.returned if yours is None else yours, expected=expected)


def _triples(returned: Any) -> list[tuple[Any, ...]] | None:
    """A list of triples as the learner returned it, before JSON made lists of the tuples."""
    if isinstance(returned, list) and all(isinstance(t, list) and len(t) == 3 for t in returned):
        return [tuple(triple) for triple in returned]
    return None


READ_CALLS = Exercise(
    name="read_calls",
    lesson="detect",
    title="Read id, name and arguments",
    difficulty=2,
    importance=5,
    minutes=8,
    scenarios=_read_scenarios,
    criteria=(
        Criterion(
            name="returns the id of every tool call, in order",
            about="all",
            rule="The id is the only thing that ties a result to its tool call. Keep it exactly.",
            look=_column(0),
        ),
        Criterion(
            name="returns the name of every tool call",
            about="all",
            rule="The name of the tool stands inside `function`, beside the arguments.",
            look=_column(1),
        ),
        Criterion(
            name="returns the arguments as a dict",
            about="all",
            rule="Arguments cross the wire as JSON text: `json.loads` reads it. JSON's `true` and `null` are "
            "no Python.",
            look=_column(2),
        ),
        Criterion(
            name="keeps two tool calls of one tool apart",
            about="same",
            rule="A name may occur several times in one reply; only ids are unique.",
            look=_returns_triples,
        ),
        Criterion(
            name="returns an empty list when there are none",
            about="none",
            rule="No tool calls means nothing to do, not an error.",
            look=_returns_triples,
        ),
        Criterion(
            name="reads an empty string of arguments as no arguments",
            about="empty",
            rule="For a tool without parameters models send `{}` or an empty string.",
            look=_returns_triples,
        ),
        Criterion(
            name="gives None for arguments that are not JSON",
            about="cut",
            rule="Arguments that were cut off say something else than was meant. Never guess the rest.",
            look=_returns_triples,
        ),
    ),
    hints=(
        "Three things per tool call, each one attribute away in the printed reply above. Start with "
        "those, then look at the two odd kinds of arguments.",
        "`json.loads` makes a dict of JSON text. It has nothing to parse in an empty string, and it "
        "raises ValueError on text that is not JSON: decide what each of the two means.",
        "Write a small function for the arguments alone: an empty string is an empty dict, a ValueError "
        "is None, everything else is what json.loads says. Then build one tuple per tool call.",
    ),
    more="arguments that parse are still only what the model wrote: a city may be missing or a number "
    "may be a string. Lesson 07 validates them before anything runs.",
)

# --- next_step ----------------------------------------------------------------------------------


def _step_scenarios(draw: Draw) -> list[Scenario]:
    calls = draw.reply(*draw.city_calls(draw.number(2, 4)))
    answer = draw.reply(text=f"It is {draw.number(1, 30)} degrees.")
    whole, call = draw.city_calls(2)
    cut = draw.reply(whole, replace(call, arguments=call.arguments[:-4]))
    return [
        _scenario("tool calls", calls, "run tools", "tools"),
        _scenario("a text", answer, "answer", "answer"),
        _scenario("a text and tool calls", replace(calls, text="One moment."), "run tools", "both"),
        _scenario(
            "tool calls with the finish_reason `stop`", calls, "run tools", "finish", finish="stop"
        ),
        _scenario(
            "a text cut off by the token limit", answer, "incomplete", "cut", finish="length"
        ),
        _scenario(
            "tool calls cut off by the token limit", cut, "incomplete", "cut", finish="length"
        ),
        _scenario(
            "a reply withheld by the content filter",
            draw.reply(text=""),
            "incomplete",
            "filter",
            finish="content_filter",
        ),
    ]


def _step(name: str, about: str, rule: str) -> Criterion:
    return Criterion(name=name, about=about, rule=rule, look=_returns_expected)


NEXT_STEP = Exercise(
    name="next_step",
    lesson="detect",
    title="Done, or not?",
    difficulty=2,
    importance=5,
    minutes=6,
    scenarios=_step_scenarios,
    criteria=(
        _step(
            "says `run tools` when there are tool calls", "tools", "Tool calls wait for results."
        ),
        _step(
            "says `answer` when there is a text and no tool call",
            "answer",
            "Nothing is left to do.",
        ),
        _step(
            "says `run tools` when a text comes with tool calls",
            "both",
            "A text beside tool calls is a remark on the way, not the answer.",
        ),
        _step(
            "says `run tools` although finish_reason is `stop`",
            "finish",
            "A forced tool is reported as `stop`. The list of tool calls is the evidence.",
        ),
        _step(
            "says `incomplete` for a reply cut off by the token limit",
            "cut",
            "After `length` the last arguments or the text are broken off. Running them is a guess.",
        ),
        _step(
            "says `incomplete` for a filtered reply",
            "filter",
            "After `content_filter` something is missing, so what is there is not the answer.",
        ),
    ),
    hints=(
        "Three possible answers, and an order in which to rule them out. Which one must be ruled out "
        "before anything in the message can be believed?",
        "`finish_reason` cannot tell you that there are no tool calls, but it can tell you that the "
        "reply is broken off: two of its values say so.",
        "First `length` and `content_filter`, then whether the list of tool calls has something in it, "
        "and only what is left over is an answer.",
    ),
    more="the same order carries over to other APIs: Claude's `stop_reason` of `max_tokens` and the "
    "Responses API's status `incomplete` come first there too.",
)

EXERCISES: tuple[Exercise, ...] = (COUNT_CALLS, READ_CALLS, NEXT_STEP)
