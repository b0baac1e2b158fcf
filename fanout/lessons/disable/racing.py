"""Plausible wrong solutions of `run_in_order`, each with the criterion that must reject it."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

Functions = dict[str, Callable[..., Any]]


async def _answer(call: Any, functions: Functions) -> dict[str, Any]:
    result = await functions[call.function.name](**json.loads(call.function.arguments))
    return {"role": "tool", "tool_call_id": call.id, "content": json.dumps(result)}


async def _one_by_one(calls: list[Any], functions: Functions) -> list[dict[str, Any]]:
    return [await _answer(call, functions) for call in calls]


async def _together(calls: list[Any], functions: Functions) -> list[dict[str, Any]]:
    return await asyncio.gather(*[_answer(call, functions) for call in calls])


def _parted(message: Any, ordered: list[str]) -> tuple[list[Any], list[Any]]:
    queue = [call for call in message.tool_calls if call.function.name in ordered]
    return queue, [call for call in message.tool_calls if call.function.name not in ordered]


def _sorted(message: Any, answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_id = {answer["tool_call_id"]: answer for answer in answers}
    return [by_id[call.id] for call in message.tool_calls]


async def race(message: Any, functions: Functions, ordered: list[str]) -> Any:
    """Gathers everything: `gather` keeps the order of the results, so why not of the work?"""
    return await _together(message.tool_calls, functions)


async def all_in_a_row(message: Any, functions: Functions, ordered: list[str]) -> Any:
    """Runs everything one after another, to be safe."""
    return await _one_by_one(message.tool_calls, functions)


async def two_phases(message: Any, functions: Functions, ordered: list[str]) -> Any:
    """First what changes something, then the rest."""
    queue, free = _parted(message, ordered)
    first = await _one_by_one(queue, functions)
    return _sorted(message, first + await _together(free, functions))


async def lock_per_tool(message: Any, functions: Functions, ordered: list[str]) -> Any:
    """Keeps the calls of each tool apart, and lets two tools race."""
    locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def run(call: Any) -> dict[str, Any]:
        if call.function.name not in ordered:
            return await _answer(call, functions)
        async with locks[call.function.name]:
            return await _answer(call, functions)

    return await asyncio.gather(*[run(call) for call in message.tool_calls])


async def from_the_end(message: Any, functions: Functions, ordered: list[str]) -> Any:
    """Takes the queue from its end, as `pop` does."""
    queue, free = _parted(message, ordered)
    waiting = list(queue)

    async def drain() -> list[dict[str, Any]]:
        return [await _answer(waiting.pop(), functions) for _ in queue]

    found: list[Any] = await asyncio.gather(drain(), *[_answer(call, functions) for call in free])
    return _sorted(message, [*found[0], *found[1:]])


async def queue_first_in_results(message: Any, functions: Functions, ordered: list[str]) -> Any:
    """Runs all as it should, and returns the queue before the rest."""
    queue, free = _parted(message, ordered)
    done, rest = await asyncio.gather(_one_by_one(queue, functions), _together(free, functions))
    return done + rest


async def by_tool_name(message: Any, functions: Functions, ordered: list[str]) -> Any:
    """Keeps results by the tool's name: the last call of a tool answers for all."""
    queue, free = _parted(message, ordered)
    done, rest = await asyncio.gather(_one_by_one(queue, functions), _together(free, functions))
    pairs = zip([*queue, *free], [*done, *rest], strict=True)
    found = {call.function.name: answer["content"] for call, answer in pairs}
    return [
        {"role": "tool", "tool_call_id": call.id, "content": found[call.function.name]}
        for call in message.tool_calls
    ]


async def tries_first(message: Any, functions: Functions, ordered: list[str]) -> Any:
    """Runs the queue once to see whether it works, and then all."""
    queue, free = _parted(message, ordered)
    await _one_by_one(queue[:1], functions)
    done, rest = await asyncio.gather(_one_by_one(queue, functions), _together(free, functions))
    return _sorted(message, done + rest)


ORDER = (
    ("everything together", "lets one change end before the next begins", race),
    ("everything in a row", "runs the calls that change nothing together", all_in_a_row),
    ("two phases", "runs them beside those that change something", two_phases),
    ("one lock a tool", "keeps one order across tools", lock_per_tool),
    ("takes the queue from its end", "starts what changes something in call order", from_the_end),
    (
        "results in the order of the kinds",
        "returns one tool message for each call, in call order",
        queue_first_in_results,
    ),
    ("one result per tool", "gives each call its own result, as text", by_tool_name),
    ("a trial run", "runs each call once", tries_first),
)
