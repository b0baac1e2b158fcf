"""Wrong probes of lesson 06; `mistakes` says which criterion must reject each."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from openai import APIStatusError, BadRequestError


def key_of(call: Any) -> tuple[str, str]:
    """What makes a call the same as another: its name, and its arguments as data."""
    try:
        arguments = json.dumps(json.loads(call.function.arguments or "{}"), sort_keys=True)
    except ValueError:
        arguments = call.function.arguments
    return call.function.name, arguments


def first_by(key: Callable[[Any], Any], calls: Sequence[Any]) -> list[Any]:
    """The first call of each key, in order."""
    first: dict[Any, Any] = {}
    for call in calls:
        first.setdefault(key(call), call)
    return list(first.values())


def _calls(reply: Any) -> list[Any]:
    return list(reply.choices[0].message.tool_calls or [])


# The parts of a right probe; each mistake below has one of them wrong.

Ask = Callable[..., Any]


def _asker(client: Any, model: str, tools: list[Any]) -> Ask:
    def ask(prompt: str, **options: Any) -> Any:
        messages = [{"role": "user", "content": prompt}]
        return client.chat.completions.create(
            model=model, messages=messages, tools=tools, **options
        )

    return ask


def _switch(ask: Ask, prompts: list[str]) -> str:
    try:
        limited = [ask(prompt, parallel_tool_calls=False) for prompt in prompts]
    except BadRequestError:
        return "refused"
    return "works" if max(len(_calls(reply)) for reply in limited) <= 1 else "ignored"


def _row(replies: list[Any], switch: str) -> dict[str, Any]:
    counts = [len(_calls(reply)) for reply in replies]
    turns = [count for count in counts if count]
    unique = sum(len(first_by(key_of, _calls(reply))) for reply in replies)
    return {
        "snapshot": replies[0].model,
        "calls_per_turn": sum(turns) / len(turns) if turns else None,
        "duplicates": sum(counts) - unique,
        "finish_reasons": sorted({reply.choices[0].finish_reason for reply in replies}),
        "switch": switch,
        "refusal": None,
    }


def _refused(error: APIStatusError) -> dict[str, Any]:
    keys = ("snapshot", "calls_per_turn", "duplicates", "finish_reasons", "switch")
    return dict.fromkeys(keys) | {"refusal": error.message}


def changed(change: Callable[[list[Any]], dict[str, Any]]) -> Callable[..., Any]:
    """A probe whose row has something else in it: what `change` makes of the first round."""

    def probe(client: Any, model: str, prompts: list[str], tools: list[Any]) -> Any:
        ask = _asker(client, model, tools)
        try:
            replies = [ask(prompt) for prompt in prompts]
        except APIStatusError as error:
            return _refused(error)
        return _row(replies, _switch(ask, prompts)) | change(replies)

    return probe


def mean_over_all(replies: list[Any]) -> dict[str, Any]:
    """Divides by all replies, those without a call among them."""
    return {"calls_per_turn": sum(len(_calls(reply)) for reply in replies) / len(replies)}


def believes_finish_reason(replies: list[Any]) -> dict[str, Any]:
    """Counts only turns that finish_reason announces."""
    said = [r for r in replies if r.choices[0].finish_reason == "tool_calls"]
    return {"calls_per_turn": sum(len(_calls(r)) for r in said) / len(said) if said else None}


def zero_for_nothing(replies: list[Any]) -> dict[str, Any]:
    """Says 0 where nothing was measured."""
    return {"calls_per_turn": _row(replies, "")["calls_per_turn"] or 0}


def repeats_by_text(replies: list[Any]) -> dict[str, Any]:
    """Finds only repeats that are spelled alike."""
    return {"duplicates": _repeats(replies, lambda call: call.function.to_json())}


def repeats_by_name(replies: list[Any]) -> dict[str, Any]:
    """Counts every second call of a tool."""
    return {"duplicates": _repeats(replies, lambda call: call.function.name)}


def _repeats(replies: list[Any], key: Callable[[Any], Any]) -> int:
    return sum(len(_calls(r)) - len(first_by(key, _calls(r))) for r in replies)


def repeats_across_turns(replies: list[Any]) -> dict[str, Any]:
    """Takes a call for a repeat that another turn made before."""
    calls = [call for reply in replies for call in _calls(reply)]
    return {"duplicates": len(calls) - len(first_by(key_of, calls))}


def last_finish_reason(replies: list[Any]) -> dict[str, Any]:
    """Keeps the last finish_reason only."""
    return {"finish_reasons": [replies[-1].choices[0].finish_reason]}


def all_finish_reasons(replies: list[Any]) -> dict[str, Any]:
    """Lists a finish_reason as often as it came."""
    return {"finish_reasons": sorted(reply.choices[0].finish_reason for reply in replies)}


def name_as_asked(client: Any, model: str, prompts: list[str], tools: list[Any]) -> Any:
    """Writes down the name that was asked for."""
    row = changed(lambda _: {})(client, model, prompts, tools)
    return row | {"snapshot": row["snapshot"] and model}


def accepted_is_obeyed(client: Any, model: str, prompts: list[str], tools: list[Any]) -> Any:
    """Takes a 200 for the proof that the switch works."""
    ask = _asker(client, model, tools)
    row = changed(lambda _: {})(client, model, prompts, tools)
    if row["refusal"]:
        return row
    try:
        ask(prompts[0], parallel_tool_calls=False)
    except BadRequestError:
        return row | {"switch": "refused"}
    return row | {"switch": "works"}


def switch_on_one_prompt(client: Any, model: str, prompts: list[str], tools: list[Any]) -> Any:
    """Tries the switch with the first prompt, which may ask for one thing only."""
    ask = _asker(client, model, tools)
    try:
        replies = [ask(prompt) for prompt in prompts]
    except APIStatusError as error:
        return _refused(error)
    return _row(replies, _switch(ask, prompts[:1]))


def one_try_for_both(client: Any, model: str, prompts: list[str], tools: list[Any]) -> Any:
    """Lets a refused switch spoil the whole row."""
    ask = _asker(client, model, tools)
    try:
        replies = [ask(prompt) for prompt in prompts]
        limited = [ask(prompt, parallel_tool_calls=False) for prompt in prompts]
    except APIStatusError as error:
        return _refused(error)
    obeyed = all(len(_calls(reply)) <= 1 for reply in limited)
    return _row(replies, "works" if obeyed else "ignored")


def switch_always_sent(client: Any, model: str, prompts: list[str], tools: list[Any]) -> Any:
    """Sends the parameter in the first round too, to be safe."""
    ask = _asker(client, model, tools)
    try:
        replies = [ask(prompt, parallel_tool_calls=True) for prompt in prompts]
    except APIStatusError as error:
        return _refused(error)
    return _row(replies, _switch(ask, prompts))


def only_400_is_a_refusal(client: Any, model: str, prompts: list[str], tools: list[Any]) -> Any:
    """Knows 400 only, and falls over a model that is not served here."""
    ask = _asker(client, model, tools)
    try:
        replies = [ask(prompt) for prompt in prompts]
    except BadRequestError as error:
        return _refused(error)
    return _row(replies, _switch(ask, prompts))


def refusal_without_words(client: Any, model: str, prompts: list[str], tools: list[Any]) -> Any:
    """Notes that the model was refused, and not why."""
    row = changed(lambda _: {})(client, model, prompts, tools)
    return row | {"refusal": row["refusal"] and "refused"}


def empty_refusal(client: Any, model: str, prompts: list[str], tools: list[Any]) -> Any:
    """Has a text in every case, an empty one where nothing was refused."""
    row = changed(lambda _: {})(client, model, prompts, tools)
    return row | {"refusal": row["refusal"] or ""}
