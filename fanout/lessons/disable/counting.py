"""The exercise `count_costs`: one question, asked both ways, and what each cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, Look, NotYet
from fanout.checks.material import city_tool, sends_given, some_model
from fanout.checks.scenario import Scenario, client, tools, value
from fanout.conversation import Conversation, Reply
from fanout.simulator.tools import ScenarioTool

Step = Sequence[tuple[str, str]]
"""Calls that can be asked for at once, each a tool and a city."""

Exchange = Any
"""An exchange of the record."""

Talks = Mapping[bool, list[Exchange]]
"""The exchanges of each conversation, by whether its first request allowed parallel calls."""


def _count_scenarios(draw: Draw) -> list[Scenario]:
    name, other = draw.tool_names(2)
    cities = draw.cities(draw.number(3, 5))
    apart = [[(name, city) for city in cities]]
    chain = [[(name, cities[0])], [(other, cities[1])]]
    mixed = [[(name, cities[0])], [(other, city) for city in cities]]
    pair = [[(name, city) for city in cities[:2]]]
    return [
        _scenario(draw, f"{len(cities)} calls that do not need each other", apart, "plain"),
        _scenario(draw, "a chain of two calls", chain, "plain"),
        _scenario(draw, "a chain that ends in several calls", mixed, "plain"),
        _scenario(draw, "two calls come although the switch is off", pair, "stubborn"),
    ]


def _scenario(draw: Draw, title: str, steps: Sequence[Step], about: str) -> Scenario:
    names = sorted({name for step in steps for name, _ in step})
    question = f"Question {draw.text(6)}: what do the tools say?"
    return Scenario(
        title=title,
        arguments={
            "client": client(),
            "model": value(some_model(draw)),
            "question": value(question),
            "tools": value([city_tool(name) for name in names]),
            "functions": tools(names),
        },
        about=frozenset({about}),
        mind=_mind(draw, steps, obeys=about != "stubborn"),
        tools={name: ScenarioTool(answer=lambda given: {"city": given["city"]}) for name in names},
    )


def _mind(draw: Draw, steps: Sequence[Step], *, obeys: bool) -> Callable[[Conversation], Reply]:
    """A model that asks for one step after another, and heeds the switch if it `obeys`."""

    def mind(conversation: Conversation) -> Reply:
        made = sum(len(turn.calls) for turn in conversation.turns)
        for step in steps:
            if made < len(step):
                left = step[made:] if conversation.parallel or not obeys else [step[made]]
                return Reply(calls=tuple(draw.call(name, city=city) for name, city in left))
            made -= len(step)
        return Reply(text="That is all the tools say.")

    return mind


def _talks(attempt: Attempt) -> Talks:
    found: dict[bool, list[Exchange]] = {}
    for exchanges in attempt.trace().conversations():
        found.setdefault(_parallel(exchanges[0]), []).extend(exchanges)
    return found


def _parallel(exchange: Exchange) -> bool:
    return exchange.conversation is None or exchange.conversation.parallel


def _asks_to_the_end(attempt: Attempt) -> NotYet | None:
    ends = [e.reply for talk in attempt.trace().conversations() for e in talk[-1:]]
    open_ends = sum(reply is None or bool(reply.calls) for reply in ends)
    if len(ends) >= 2 and not open_ends:
        return None
    yours = _conversations(len(ends))
    yours += f", {open_ends} of which ended without an answer" if open_ends else ""
    return NotYet(yours=yours, expected="2 conversations, each to the model's answer")


def _conversations(count: int) -> str:
    return "1 conversation" if count == 1 else f"{count} conversations"


def _afresh(attempt: Attempt) -> NotYet | None:
    """Each conversation begins with the question alone."""
    starts = [talk[0].conversation for talk in attempt.trace().conversations()]
    yours = [len(conversation.turns) for conversation in starts if conversation]
    if yours == [1, 1]:
        return None
    return NotYet(
        yours=f"messages in the first request of each conversation: {', '.join(map(str, yours))}",
        expected="messages in the first request of each conversation: 1, 1",
    )


def _switched(attempt: Attempt) -> NotYet | None:
    talks = attempt.trace().conversations()
    yours = [[_parallel(exchange) for exchange in talk] for talk in talks]
    kinds = sorted({tuple(set(flags)) for flags in yours})
    if kinds == [(False,), (True,)]:
        return None
    sent = "; ".join(", ".join("on" if f else "off" for f in flags) for flags in yours)
    return NotYet(
        yours=f"parallel calls, request by request: {sent}",
        expected="on in every request of one conversation, off in every request of the other",
    )


def _counts(part: str, what: Callable[[Sequence[Exchange]], int]) -> Look:
    """Compares one number of each way with the record of the two conversations."""

    def look(attempt: Attempt) -> NotYet | None:
        talks = _talks(attempt)
        if len(talks) < 2:
            return NotYet(
                yours=f"the record holds {_conversations(len(talks))} of one kind only",
                expected="one with parallel calls and one without: its cost is what you return",
            )
        expected = {way: what(talks[parallel]) for way, parallel in _WAYS.items()}
        numbers = _numbers(attempt.returned, part)
        if numbers == expected:
            return None
        if numbers is not None:
            return NotYet(yours=numbers, expected=expected)
        whole = {way: {part: number} for way, number in expected.items()}
        return NotYet(yours=attempt.returned, expected=whole)

    return look


_WAYS = {"parallel": True, "one at a time": False}


def _numbers(returned: Any, part: str) -> dict[str, Any] | None:
    """One number of each way as it was returned; None for anything of another form."""
    if not isinstance(returned, Mapping) or set(returned) != set(_WAYS):
        return None
    if not all(isinstance(costs, Mapping) and part in costs for costs in returned.values()):
        return None
    return {way: costs[part] for way, costs in returned.items()}


def _all_answered(attempt: Attempt) -> NotYet | None:
    refused = [e.error for e in attempt.run.model_exchanges if e.error]
    if refused:
        return NotYet(yours=f"400: {refused[0]}", expected="a result for every call of the turn")
    return _asks_to_the_end(attempt)


COUNT_COSTS = Exercise(
    name="count_costs",
    lesson="disable",
    title="Count what each way costs",
    difficulty=3,
    importance=4,
    minutes=10,
    scenarios=_count_scenarios,
    criteria=(
        Criterion(
            name="asks until the model answers, both times",
            about="plain",
            rule="One at a time there are as many turns as calls: loop until a reply holds none.",
            look=_asks_to_the_end,
        ),
        Criterion(
            name="sends the model and the tools it was given each time",
            about="plain",
            rule="The API keeps nothing between two requests. And a cost holds for one model: that "
            "which is the argument.",
            look=sends_given("model", "tools"),
        ),
        Criterion(
            name="starts the second conversation afresh",
            about="plain",
            rule="With the results of the first in its list, the second has nothing left to ask for.",
            look=_afresh,
        ),
        Criterion(
            name="switches parallel calls off in every request of the second conversation",
            about="plain",
            rule="The switch holds for one reply. A request without it may get several calls again.",
            look=_switched,
            points=2,
        ),
        Criterion(
            name="counts the round trips of both",
            about="plain",
            rule="A round trip is one request and its reply, the last one with the answer included.",
            look=_counts("round_trips", len),
        ),
        Criterion(
            name="adds up the tokens of all replies",
            about="plain",
            rule="Each reply's `usage` is for its own round trip; `total_tokens` holds both sides.",
            look=_counts("tokens", lambda talk: sum(e.tokens for e in talk)),
        ),
        Criterion(
            name="answers every call, even with the switch off",
            about="stubborn",
            rule="Handle the whole list. An option may get lost, and a missing result is a 400.",
            look=_all_answered,
            points=2,
            even_if_raised=True,
        ),
    ),
    hints=(
        "It is the loop of lesson 02 twice, with one difference in the request. What has to begin anew "
        "for the second time, besides the counting?",
        "Put the loop into a function of its own that takes the options of the request. It counts its "
        "requests, and adds the total of each reply's `usage`, before it decides whether to go on.",
        "The inner function starts from a list with the question alone, passes its options on in every "
        "request, answers each call of the list, and returns both numbers when a reply holds none.",
    ),
    more="the difference grows faster than the calls: each further round trip repeats everything "
    "that was said before it, so that twice the calls soon cost more than twice the tokens.",
)
