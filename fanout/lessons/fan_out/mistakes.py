"""Plausible wrong solutions of lesson 03, each rejected by the criterion that names it."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
from collections.abc import Callable
from typing import Any

from fanout.checks.exercise import Mistake

Functions = dict[str, Callable[..., Any]]


def _given(call: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = json.loads(call.function.arguments)
    return arguments


def _message(call: Any, result: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call.id, "content": json.dumps(result)}


async def _answer(call: Any, functions: Functions) -> dict[str, Any]:
    return _message(call, await functions[call.function.name](**_given(call)))


# --- run_together ---------------------------------------------------------------------------------


async def await_in_a_loop(message: Any, functions: Functions) -> Any:
    """Looks asynchronous, runs one after another."""
    return [await _answer(call, functions) for call in message.tool_calls]


async def tasks_awaited_at_once(message: Any, functions: Functions) -> Any:
    """Makes a task of each call and awaits it before it makes the next."""
    return [await asyncio.create_task(_answer(call, functions)) for call in message.tool_calls]


async def completion_order(message: Any, functions: Functions) -> Any:
    """Collects the results as they come."""
    work = [_answer(call, functions) for call in message.tool_calls]
    return [await done for done in asyncio.as_completed(work)]


async def zipped_to_completion(message: Any, functions: Functions) -> Any:
    """Pairs results in completion order with ids in call order."""
    work = [functions[call.function.name](**_given(call)) for call in message.tool_calls]
    results = [await done for done in asyncio.as_completed(work)]
    pairs = zip(message.tool_calls, results, strict=True)
    return [_message(call, result) for call, result in pairs]


async def in_pairs(message: Any, functions: Functions) -> Any:
    """Runs two at a time, to be careful."""
    calls, answers = message.tool_calls, []
    for start in range(0, len(calls), 2):
        some = (_answer(call, functions) for call in calls[start : start + 2])
        answers += await asyncio.gather(*some)
    return answers


async def one_per_tool(message: Any, functions: Functions) -> Any:
    """Runs each tool once and gives its result to every call of it."""
    last = {call.function.name: call for call in message.tool_calls}
    results = await asyncio.gather(*(functions[n](**_given(c)) for n, c in last.items()))
    known = dict(zip(last, results, strict=True))
    return [_message(call, known[call.function.name]) for call in message.tool_calls]


async def content_as_python(message: Any, functions: Functions) -> Any:
    """Writes the results as Python does, with single quotes."""
    answers = await asyncio.gather(*(_answer(call, functions) for call in message.tool_calls))
    return [{**answer, "content": str(json.loads(answer["content"]))} for answer in answers]


async def last_call_for_all(message: Any, functions: Functions) -> Any:
    """Starts work that looks at the loop's variable only when the loop is over."""

    async def answer() -> Any:
        return await _answer(call, functions)

    tasks = []
    for call in message.tool_calls:  # noqa: B007 (the task reads it when the loop is over)
        tasks += [asyncio.create_task(answer())]
    return await asyncio.gather(*tasks)


# --- run_mixed ------------------------------------------------------------------------------------


async def _either(call: Any, functions: Functions, pool: Any = None) -> dict[str, Any]:
    function = functools.partial(functions[call.function.name], **_given(call))
    if inspect.iscoroutinefunction(functions[call.function.name]):
        return _message(call, await function())
    loop = asyncio.get_running_loop()
    return _message(call, await loop.run_in_executor(pool, function))


async def blocks_the_loop(message: Any, functions: Functions) -> Any:
    """Calls plain functions where the loop runs."""

    async def answer(call: Any) -> Any:
        result = functions[call.function.name](**_given(call))
        return _message(call, await result if inspect.isawaitable(result) else result)

    return await asyncio.gather(*(answer(call) for call in message.tool_calls))


async def shared_threads(message: Any, functions: Functions) -> Any:
    """Leaves the threads to the default pool."""
    return await asyncio.gather(*(_either(call, functions) for call in message.tool_calls))


async def first_these_then_those(message: Any, functions: Functions) -> Any:
    """Runs the async tools, and when they are done the blocking ones."""
    from concurrent.futures import ThreadPoolExecutor

    def is_async(call: Any) -> bool:
        return inspect.iscoroutinefunction(functions[call.function.name])

    answers: dict[str, Any] = {}
    with ThreadPoolExecutor(len(message.tool_calls)) as pool:
        for kind in (True, False):
            some = [call for call in message.tool_calls if is_async(call) is kind]
            for done in await asyncio.gather(*(_either(call, functions, pool) for call in some)):
                answers[done["tool_call_id"]] = done
    return [answers[call.id] for call in message.tool_calls]


async def everything_in_threads(message: Any, functions: Functions) -> Any:
    """Sends async functions to a thread too, where they only make a coroutine."""
    return await asyncio.gather(
        *(_in_thread(call, functions[call.function.name]) for call in message.tool_calls)
    )


async def _in_thread(call: Any, function: Callable[..., Any]) -> Any:
    result = await asyncio.to_thread(function, **_given(call))
    if inspect.iscoroutine(result):
        result.close()
        result = "a coroutine"
    return _message(call, result)


async def mixed_completion_order(message: Any, functions: Functions) -> Any:
    """Right in all but the order."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(message.tool_calls)) as pool:
        work = [_either(call, functions, pool) for call in message.tool_calls]
        return [await done for done in asyncio.as_completed(work)]


IN_FLIGHT = "has all calls in flight at once"
ORDER = "returns the results in the order of the calls"

MISTAKES = tuple(
    Mistake(exercise=exercise, name=name, fails=fails, function=function)
    for exercise, name, fails, function in (
        ("run_together", "await in a loop", IN_FLIGHT, await_in_a_loop),
        ("run_together", "a task awaited at once", IN_FLIGHT, tasks_awaited_at_once),
        ("run_together", "two at a time", IN_FLIGHT, in_pairs),
        ("run_together", "completion order", ORDER, completion_order),
        (
            "run_together",
            "paired by position",
            "gives each tool call its own result",
            zipped_to_completion,
        ),
        (
            "run_together",
            "results written as Python",
            "gives each tool call its own result",
            content_as_python,
        ),
        (
            "run_together",
            "the loop's variable read too late",
            "answers every id exactly once",
            last_call_for_all,
        ),
        ("run_together", "one result per tool", "runs each tool call once", one_per_tool),
        ("run_mixed", "blocks the loop", "runs blocking tools together", blocks_the_loop),
        (
            "run_mixed",
            "threads shared with everyone",
            "has 36 blocking calls in flight at once",
            shared_threads,
        ),
        (
            "run_mixed",
            "first these, then those",
            "runs blocking and async tools at the same time",
            first_these_then_those,
        ),
        (
            "run_mixed",
            "async functions in threads",
            "gives each tool call its own result",
            everything_in_threads,
        ),
        ("run_mixed", "completion order", ORDER, mixed_completion_order),
    )
)
