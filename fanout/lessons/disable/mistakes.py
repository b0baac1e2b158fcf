"""Plausible wrong solutions of lesson 04, each rejected by the criterion that names it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fanout.checks.exercise import Mistake
from fanout.lessons.disable.racing import ORDER
from fanout.lessons.syllabus import model as name_of

Case = dict[str, Any]
Functions = dict[str, Callable[..., Any]]


# --- choose_way -----------------------------------------------------------------------------------


def _right(case: Case, **other: bool) -> str:
    """A right solution on the case with other facts put in; each mistake misreads one of them."""
    seen = {**case, **other}
    if seen["person_agrees"]:
        return "separate turns"
    if seen["result_decides"]:
        return "one at a time" if seen["takes_switch"] else "separate turns"
    if seen["changes_same_thing"]:
        return "in order"
    return "error and reissue" if seen["may_be_refused"] else "together"


def always_off(case: Case) -> str:
    """Switches off to be safe: the forum's way."""
    return "one at a time"


def three_or_more(case: Case) -> str:
    """Parallel from three calls on, as the forum says."""
    return _right(case) if case["calls"] >= 3 else "one at a time"


def fast_tools_off(case: Case) -> str:
    """Switches off where the tools are fast."""
    return "one at a time" if case["fast_tools"] and not case["may_be_refused"] else _right(case)


def off_for_chains(case: Case) -> str:
    """Takes a chain for a reason to switch off."""
    return _right(case, result_decides=case["result_decides"] or case["needs_value"])


def off_for_side_effects(case: Case) -> str:
    """Lets the model keep an order that code could keep."""
    changes = case["changes_same_thing"]
    return _right(case, result_decides=case["result_decides"] or changes)


def decides_beforehand(case: Case) -> str:
    """Runs all, in order, although a result would have said no."""
    return _right(case, result_decides=False, changes_same_thing=True)


def always_takes_switch(case: Case) -> str:
    """Sends the switch to a model that refuses it."""
    return _right(case, takes_switch=True)


def loop_asks_the_person(case: Case) -> str:
    """Believes that one call at a time gives a person time to say no."""
    return _right(case, person_agrees=False, result_decides=case["person_agrees"])


def fears_refusals(case: Case) -> str:
    """Queues everything that could ever be refused."""
    return _right(case, changes_same_thing=case["changes_same_thing"] or case["may_be_refused"])


def mildest_first(case: Case) -> str:
    """Asks for refusals before it asks for an order."""
    return "error and reissue" if case["may_be_refused"] else _right(case)


def chains_first(case: Case) -> str:
    """Sees that a value is needed, and looks no further."""
    return "together" if case["needs_value"] else _right(case)


# --- count_costs ----------------------------------------------------------------------------------


def _conversation(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    options: Callable[[int], dict[str, Any]] = lambda number: {},
    most: int = 20,
    only_first: bool = False,
) -> list[Any]:
    """The replies of one conversation; `options` are those of the request with a number, from 1."""
    replies = []
    for number in range(1, most + 1):
        reply = client.chat.completions.create(
            model=model, messages=messages, tools=tools, **options(number)
        )
        replies.append(reply)
        message = reply.choices[0].message
        if not message.tool_calls:
            break
        messages.append(message)
        for call in message.tool_calls[: 1 if only_first else None]:
            result = functions[call.function.name](**json.loads(call.function.arguments))
            content = json.dumps(result)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": content})
    return replies


def _off(number: int) -> dict[str, Any]:
    return {"parallel_tool_calls": False}


def _start(question: str) -> list[Any]:
    return [{"role": "user", "content": question}]


def _cost(replies: list[Any]) -> dict[str, int]:
    return {"round_trips": len(replies), "tokens": sum(r.usage.total_tokens for r in replies)}


def _both(parallel: list[Any], one_at_a_time: list[Any]) -> dict[str, dict[str, int]]:
    return {"parallel": _cost(parallel), "one at a time": _cost(one_at_a_time)}


def switch_sent_once(
    client: Any, model: str, question: str, tools: list[Any], functions: Functions
) -> Any:
    """Sends the switch with the first request only."""

    def once(number: int) -> dict[str, Any]:
        return _off(number) if number == 1 else {}

    on = _conversation(client, model, _start(question), tools, functions)
    return _both(on, _conversation(client, model, _start(question), tools, functions, once))


def the_lesson_s_model(
    client: Any, model: str, question: str, tools: list[Any], functions: Functions
) -> Any:
    """Copies the lesson's request, the name of the model included."""
    name = name_of("chat")
    on = _conversation(client, name, _start(question), tools, functions)
    return _both(on, _conversation(client, name, _start(question), tools, functions, _off))


def same_list(
    client: Any, model: str, question: str, tools: list[Any], functions: Functions
) -> Any:
    """Goes on with the list of messages that the first conversation left."""
    messages = _start(question)
    on = _conversation(client, model, messages, tools, functions)
    return _both(on, _conversation(client, model, messages, tools, functions, _off))


def last_usage(
    client: Any, model: str, question: str, tools: list[Any], functions: Functions
) -> Any:
    """Takes the usage of the last reply for that of the conversation."""
    on = _conversation(client, model, _start(question), tools, functions)
    off = _conversation(client, model, _start(question), tools, functions, _off)
    costs = _both(on, off)
    costs["parallel"]["tokens"] = on[-1].usage.total_tokens
    costs["one at a time"]["tokens"] = off[-1].usage.total_tokens
    return costs


def written_tokens(
    client: Any, model: str, question: str, tools: list[Any], functions: Functions
) -> Any:
    """Counts what the model wrote and leaves out what it had to read."""
    on = _conversation(client, model, _start(question), tools, functions)
    off = _conversation(client, model, _start(question), tools, functions, _off)
    costs = _both(on, off)
    costs["parallel"]["tokens"] = sum(r.usage.completion_tokens for r in on)
    costs["one at a time"]["tokens"] = sum(r.usage.completion_tokens for r in off)
    return costs


def turns_with_calls(
    client: Any, model: str, question: str, tools: list[Any], functions: Functions
) -> Any:
    """Counts the turns that asked for something and forgets the one that answered."""
    on = _conversation(client, model, _start(question), tools, functions)
    off = _conversation(client, model, _start(question), tools, functions, _off)
    costs = _both(on, off)
    for cost in costs.values():
        cost["round_trips"] -= 1
    return costs


def one_turn_only(
    client: Any, model: str, question: str, tools: list[Any], functions: Functions
) -> Any:
    """Asks, answers, and takes the second reply for the last."""
    on = _conversation(client, model, _start(question), tools, functions, most=2)
    off = _conversation(client, model, _start(question), tools, functions, _off, most=2)
    return _both(on, off)


def trusts_the_switch(
    client: Any, model: str, question: str, tools: list[Any], functions: Functions
) -> Any:
    """Answers the first call only, since there can be no other."""
    on = _conversation(client, model, _start(question), tools, functions)
    off = _conversation(client, model, _start(question), tools, functions, _off, only_first=True)
    return _both(on, off)


_CHOOSE = (
    ("always one at a time", "runs together what does not need each other", always_off),
    (
        "parallel from three calls on",
        "does not go by the number of calls or the speed of the tools",
        three_or_more,
    ),
    (
        "off, since the tools are fast",
        "does not go by the number of calls or the speed of the tools",
        fast_tools_off,
    ),
    ("off for a chain", "leaves a chain to itself", off_for_chains),
    ("off for every side effect", "keeps ordered side effects in order", off_for_side_effects),
    ("decides before it knows", "lets the model see a result that decides", decides_beforehand),
    (
        "sends the switch to every model",
        "does without the switch where it is refused",
        always_takes_switch,
    ),
    (
        "takes the loop for a person",
        "waits for a person in a turn of its own",
        loop_asks_the_person,
    ),
    (
        "queues whatever may be refused",
        "lets rare and harmless refusals be asked for again",
        fears_refusals,
    ),
    ("lets the mildest fact decide", "lets the strictest fact decide", mildest_first),
    ("stops at the chain", "lets the strictest fact decide", chains_first),
)
_COUNT = (
    (
        "sends the switch once",
        "switches parallel calls off in every request of the second conversation",
        switch_sent_once,
    ),
    (
        "asks the lesson's model",
        "sends the model and the tools it was given each time",
        the_lesson_s_model,
    ),
    ("goes on with the same list", "starts the second conversation afresh", same_list),
    ("the last reply's usage", "adds up the tokens of all replies", last_usage),
    ("only what was written", "adds up the tokens of all replies", written_tokens),
    ("leaves out the last round trip", "counts the round trips of both", turns_with_calls),
    ("stops after one turn", "asks until the model answers, both times", one_turn_only),
    (
        "trusts the switch",
        "answers every call, even with the switch off",
        trusts_the_switch,
    ),
)
MISTAKES = tuple(
    Mistake(exercise=exercise, name=name, fails=fails, function=function)
    for exercise, planted in (
        ("choose_way", _CHOOSE),
        ("count_costs", _COUNT),
        ("run_in_order", ORDER),
    )
    for name, fails, function in planted
)
