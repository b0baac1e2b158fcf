"""Lesson 04: choose a way, count what it costs, and keep side effects in order."""

from __future__ import annotations

from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.scenario import Scenario, value
from fanout.lessons.disable.counting import COUNT_COSTS
from fanout.lessons.disable.ordering import RUN_IN_ORDER

Case = dict[str, Any]

WAYS = ("together", "in order", "one at a time", "separate turns", "error and reissue")

_PLAIN: Case = {
    "calls": 2,
    "fast_tools": False,
    "needs_value": False,
    "changes_same_thing": False,
    "result_decides": False,
    "person_agrees": False,
    "may_be_refused": False,
    "takes_switch": True,
}


def _case(draw: Draw, **facts: bool) -> Case:
    """A case with these facts; how many calls and how fast the tools are never matters."""
    aside = {"calls": draw.number(2, 9), "fast_tools": bool(draw.number(0, 1))}
    return {**_PLAIN, **aside, **facts}


def _scenario(title: str, case: Case, way: str, *about: str) -> Scenario:
    return Scenario(
        title=title,
        arguments={"case": value(case)},
        about=frozenset(about),
        facts={"expected": way},
    )


def _choose_scenarios(draw: Draw) -> list[Scenario]:
    """Eight cases, each also with facts that change nothing about it."""
    few, many = {"calls": 2, "fast_tools": True}, {"calls": 9, "fast_tools": False}
    apart = _case(draw)
    chain = _case(draw, needs_value=True)
    order = _case(draw, changes_same_thing=True)
    decides = _case(draw, result_decides=True)
    no_switch = {**decides, "takes_switch": False}
    agrees = _case(draw, person_agrees=True)
    refused = _case(draw, may_be_refused=True)
    several = _several(draw, order, decides, agrees)
    return [
        _scenario("the weather in two cities", {**apart, **few}, "together", "free", "number"),
        _scenario("the weather in nine cities", {**apart, **many}, "together", "free", "number"),
        _scenario("a customer, their orders, each status", chain, "together", "chain"),
        _scenario("two transfers, the second from the first", order, "in order", "order"),
        _scenario("two seats, the first wish first", {**order, **few}, "in order", "order"),
        _scenario("cancel the old flight only if the new one is fine", decides, WAYS[2], "decides"),
        _scenario("the same with a model that refuses the switch", no_switch, WAYS[3], "refuses"),
        _scenario("show the offer; buy when the user says yes", agrees, WAYS[3], "person"),
        _scenario("book meeting rooms, now and then one is gone", refused, WAYS[4], "refused"),
        *several,
    ]


def _several(draw: Draw, order: Case, decides: Case, agrees: Case) -> list[Scenario]:
    """Cases in which two facts hold, and the stricter one decides."""
    refuses = {"takes_switch": draw.number(0, 1) == 1}
    return [
        _scenario(
            "transfers in an order, one of which may be refused",
            {**order, "may_be_refused": True, **refuses},
            "in order",
            "strict",
        ),
        _scenario(
            "whether the second transfer is made depends on what the first one says",
            {**decides, "changes_same_thing": True, "needs_value": True},
            "one at a time",
            "strict",
        ),
        _scenario(
            "a person agrees, and then a result decides",
            {**agrees, "result_decides": True, "changes_same_thing": True},
            "separate turns",
            "strict",
        ),
        _scenario(
            "a chain on a model that refuses the switch",
            {**_case(draw, needs_value=True), "takes_switch": False},
            "together",
            "chain",
        ),
    ]


def _right_way(attempt: Attempt) -> NotYet | None:
    yours, expected = attempt.returned, attempt.facts["expected"]
    if yours == expected:
        return None
    said = yours if yours in WAYS else f"{yours!r}, which is none of {', '.join(WAYS)}"
    return NotYet(yours=said, expected=expected)


def _way(name: str, about: str, rule: str) -> Criterion:
    return Criterion(name=name, about=about, rule=rule, look=_right_way)


CHOOSE_WAY = Exercise(
    name="choose_way",
    lesson="disable",
    title="Choose a way",
    difficulty=2,
    importance=4,
    minutes=6,
    scenarios=_choose_scenarios,
    criteria=(
        _way(
            "runs together what does not need each other",
            "free",
            "Calls that neither need nor disturb each other are what parallel calls are for.",
        ),
        _way(
            "does not go by the number of calls or the speed of the tools",
            "number",
            "Every call after the first costs a turn of the model, however fast the tool is.",
        ),
        _way(
            "leaves a chain to itself",
            "chain",
            "A call that needs a value cannot be written before the value is there.",
        ),
        _way(
            "keeps ordered side effects in order",
            "order",
            "A known order is kept by your code: asked for together, run in call order.",
        ),
        _way(
            "lets the model see a result that decides",
            "decides",
            "Only a model that has read the result can decide: one call a turn.",
        ),
        _way(
            "does without the switch where it is refused",
            "refuses",
            "Some models take no `parallel_tool_calls` at all; separate turns work with every model.",
        ),
        _way(
            "waits for a person in a turn of its own",
            "person",
            "No option of a request can wait for a person's yes: end the turn and ask.",
        ),
        _way(
            "lets rare and harmless refusals be asked for again",
            "refused",
            "An error is a result too: the model reads it and asks again for that one call.",
        ),
        _way(
            "lets the strictest fact decide",
            "strict",
            "A person before a deciding result, that before an order, and that before a refusal.",
        ),
    ),
    hints=(
        "Go through the table from the strictest demand to the mildest, and return at the first that "
        "holds. Which facts does the table not mention at all?",
        "A person's yes comes first. Then a result that decides, which needs one more look at the "
        "model. Then the order, then refusals.",
        "Four conditions are enough, and what is left over runs together. The number of calls, the "
        "speed of the tools and the need for a value stand in none of them.",
    ),
    more="among all these cases the switch is right in one kind only: where the model has to read "
    "a result before it knows whether to go on.",
)

EXERCISES: tuple[Exercise, ...] = (CHOOSE_WAY, COUNT_COSTS, RUN_IN_ORDER)
