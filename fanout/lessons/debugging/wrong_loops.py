"""Plausible wrong solutions of `mended`: the published loop, mended in all places but one."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

Functions = dict[str, Callable[..., Any]]
Pairs = list[tuple[Any, str]]
"""The calls of a turn, each with the content of its result."""


def _run(call: Any, functions: Functions) -> str:
    return json.dumps(functions[call.function.name](**json.loads(call.function.arguments)))


def _once(calls: list[Any], functions: Functions) -> Pairs:
    done: dict[tuple[str, str], str] = {}
    for call in calls:
        wish = call.function.name, call.function.arguments
        done[wish] = done.get(wish) or _run(call, functions)
    return [(call, done[call.function.name, call.function.arguments]) for call in calls]


def _history(message: Any, pairs: Pairs, note: str) -> list[Any]:
    results = [{"role": "tool", "tool_call_id": c.id, "content": text} for c, text in pairs]
    return [message, *results, {"role": "user", "content": note}]


def _settings(model: str, tools: list[Any]) -> dict[str, Any]:
    return {"tools": tools} if tools else {}


def _loop(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    note: str,
    max_rounds: int,
    run: Callable[[list[Any], Functions], Pairs] = _once,
    write: Callable[[Any, Pairs, str], list[Any]] = _history,
    settings: Callable[[str, list[Any]], dict[str, Any]] = _settings,
) -> Any:
    """The right loop, with three places in which a mistake differs."""
    history = list(messages)
    for _ in range(max_rounds):
        options = settings(model, tools)
        reply = client.chat.completions.create(model=model, messages=history, **options)
        message = reply.choices[0].message
        if not message.tool_calls:
            return message.content
        history += write(message, run(message.tool_calls, functions), note)
    raise RuntimeError(f"No answer after {max_rounds} round trips.")


def as_published(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    note: str,
    max_rounds: int,
) -> Any:
    """Nothing mended."""
    history = list(messages)
    for _ in range(max_rounds):
        reply = client.chat.completions.create(
            model=model, messages=history, tools=tools, parallel_tool_calls=True
        )
        message = reply.choices[0].message
        if not message.tool_calls:
            return message.content
        history.append(message)
        for call, text in _by_position(message.tool_calls, functions):
            history.append({"role": "tool", "tool_call_id": call.id, "content": text})
            history.append({"role": "user", "content": note})
    raise RuntimeError(f"No answer after {max_rounds} round trips.")


def _by_position(calls: list[Any], functions: Functions) -> Pairs:
    with ThreadPoolExecutor() as pool:
        work = [pool.submit(_run, call, functions) for call in calls]
        results = [done.result() for done in as_completed(work)]
    return list(zip(calls, results, strict=True))


def paired_by_position(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    note: str,
    max_rounds: int,
) -> Any:
    """Runs equal calls once, and hands the results out as they come."""

    def run(calls: list[Any], functions: Functions) -> Pairs:
        wishes = {(c.function.name, c.function.arguments): c for c in calls}
        pairs = _by_position(list(wishes.values()), functions)
        done = dict(zip(wishes, (text for _, text in pairs), strict=True))
        return [(c, done[c.function.name, c.function.arguments]) for c in calls]

    return _loop(client, model, messages, tools, functions, note, max_rounds, run=run)


def first_call_only(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    note: str,
    max_rounds: int,
) -> Any:
    """Answers one call of each turn."""
    run = lambda calls, functions: _once(calls[:1], functions)  # noqa: E731
    return _loop(client, model, messages, tools, functions, note, max_rounds, run=run)


def repeats_not_answered(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    note: str,
    max_rounds: int,
) -> Any:
    """Strikes a repeated call out, and its id with it."""

    def run(calls: list[Any], functions: Functions) -> Pairs:
        first = {(c.function.name, c.function.arguments): c for c in reversed(calls)}
        return _once([c for c in calls if c in first.values()], functions)

    return _loop(client, model, messages, tools, functions, note, max_rounds, run=run)


def runs_repeats(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    note: str,
    max_rounds: int,
) -> Any:
    """Carries out every call, equal or not."""
    run = lambda calls, functions: [(c, _run(c, functions)) for c in calls]  # noqa: E731
    return _loop(client, model, messages, tools, functions, note, max_rounds, run=run)


def remembers_for_ever(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    note: str,
    max_rounds: int,
) -> Any:
    """Keeps what was done over the turns."""
    done: dict[tuple[str, str], str] = {}

    def run(calls: list[Any], functions: Functions) -> Pairs:
        for call in calls:
            wish = call.function.name, call.function.arguments
            done[wish] = done.get(wish) or _run(call, functions)
        return [(c, done[c.function.name, c.function.arguments]) for c in calls]

    return _loop(client, model, messages, tools, functions, note, max_rounds, run=run)


def note_dropped(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    note: str,
    max_rounds: int,
) -> Any:
    """Leaves the note out, and with it the error."""
    write = lambda message, pairs, note: _history(message, pairs, note)[:-1]  # noqa: E731
    return _loop(client, model, messages, tools, functions, note, max_rounds, write=write)


def note_first(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    note: str,
    max_rounds: int,
) -> Any:
    """Puts the note between the calls and their results."""

    def write(message: Any, pairs: Pairs, note: str) -> list[Any]:
        _, *results, said = _history(message, pairs, note)
        return [message, said, *results]

    return _loop(client, model, messages, tools, functions, note, max_rounds, write=write)


def a_note_for_each_call(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    note: str,
    max_rounds: int,
) -> Any:
    """Sends the note as often as there are calls."""

    def write(message: Any, pairs: Pairs, note: str) -> list[Any]:
        return [*_history(message, pairs, note), *[{"role": "user", "content": note}] * len(pairs)]

    return _loop(client, model, messages, tools, functions, note, max_rounds, write=write)


def switched_off_instead(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    note: str,
    max_rounds: int,
) -> Any:
    """Sends the switch with the other value."""
    settings = lambda model, tools: (  # noqa: E731
        {"tools": tools, "parallel_tool_calls": False} if tools else {}
    )
    return _loop(client, model, messages, tools, functions, note, max_rounds, settings=settings)


def empty_tools_sent(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    note: str,
    max_rounds: int,
) -> Any:
    """Sends the list of tools also when it is empty."""
    settings = lambda model, tools: {"tools": tools}  # noqa: E731
    return _loop(client, model, messages, tools, functions, note, max_rounds, settings=settings)


def no_limit(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    note: str,
    max_rounds: int,
) -> Any:
    """Lost the limit while mending."""
    return _loop(client, model, messages, tools, functions, note, 10)
