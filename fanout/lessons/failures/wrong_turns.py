"""Plausible wrong solutions of `run_carefully`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

from fanout.lessons.failures.wrong_calls import (
    Functions,
    forgets_cancelled_tools,
    read_city,
    safely,
    tool_message,
    type_and_text,
)


def _one(call: Any, functions: Functions, timeout: float | None) -> Awaitable[dict[str, Any]]:
    asked = call.function
    return safely(call.id, asked.name, asked.arguments, functions, timeout)


async def bare_gather(message: Any, functions: Functions, limit: int, timeout: float) -> Any:
    """Lets the first exception out."""
    places = asyncio.Semaphore(limit)

    async def run(call: Any) -> Any:
        async with places, asyncio.timeout(timeout):
            given = read_city(call.function.arguments)
            return tool_message(call.id, await functions[call.function.name](**given))

    return list(await asyncio.gather(*(run(call) for call in message.tool_calls)))


async def exceptions_dropped(message: Any, functions: Functions, limit: int, timeout: float) -> Any:
    """Keeps of `return_exceptions=True` what is no exception."""
    places = asyncio.Semaphore(limit)

    async def run(call: Any) -> Any:
        async with places, asyncio.timeout(timeout):
            given = read_city(call.function.arguments)
            return tool_message(call.id, await functions[call.function.name](**given))

    work = (run(call) for call in message.tool_calls)
    results = await asyncio.gather(*work, return_exceptions=True)
    return [result for result in results if not isinstance(result, BaseException)]


async def all_or_nothing(message: Any, functions: Functions, limit: int, timeout: float) -> Any:
    """Gives every id the error of the one that failed."""
    try:
        return await bare_gather(message, functions, limit, timeout)
    except Exception as error:  # noqa: BLE001 (whatever a tool raises)
        return [
            tool_message(call.id, {"error": type_and_text(error)}) for call in message.tool_calls
        ]


async def failed_left_blank(message: Any, functions: Functions, limit: int, timeout: float) -> Any:
    """Answers a failed call with null."""
    messages = await _with_places(message, functions, limit, timeout)
    blank = json.dumps(None)
    return [m | ({"content": blank} if '"error"' in m["content"] else {}) for m in messages]


async def _with_places(message: Any, functions: Functions, limit: int, timeout: float) -> list[Any]:
    places = asyncio.Semaphore(limit)

    async def run(call: Any) -> Any:
        async with places:
            return await _one(call, functions, timeout)

    return list(await asyncio.gather(*(run(call) for call in message.tool_calls)))


async def completion_order(message: Any, functions: Functions, limit: int, timeout: float) -> Any:
    """Collects the results as they come."""
    places, messages = asyncio.Semaphore(limit), []

    async def run(call: Any) -> None:
        async with places:
            messages.append(await _one(call, functions, timeout))

    await asyncio.gather(*(run(call) for call in message.tool_calls))
    return messages


async def retries_what_failed(
    message: Any, functions: Functions, limit: int, timeout: float
) -> Any:
    """Runs every failed call once more, in case it was bad luck."""
    messages = await _with_places(message, functions, limit, timeout)
    for number, call in enumerate(message.tool_calls):
        if '"error"' in messages[number]["content"]:
            messages[number] = await _one(call, functions, timeout)
    return messages


async def no_limit(message: Any, functions: Functions, limit: int, timeout: float) -> Any:
    """Starts all calls at once."""
    work = (_one(call, functions, timeout) for call in message.tool_calls)
    return list(await asyncio.gather(*work))


async def a_semaphore_for_each(
    message: Any, functions: Functions, limit: int, timeout: float
) -> Any:
    """Makes the semaphore where each call has its own."""

    async def run(call: Any) -> Any:
        async with asyncio.Semaphore(limit):
            return await _one(call, functions, timeout)

    return list(await asyncio.gather(*(run(call) for call in message.tool_calls)))


async def one_by_one(message: Any, functions: Functions, limit: int, timeout: float) -> Any:
    """Stays within the limit by running one after another."""
    return [await _one(call, functions, timeout) for call in message.tool_calls]


async def in_rounds(message: Any, functions: Functions, limit: int, timeout: float) -> Any:
    """Runs `limit` calls, waits for all of them, and runs the next ones."""
    calls, messages = message.tool_calls, []
    for start in range(0, len(calls), limit):
        some = (_one(call, functions, timeout) for call in calls[start : start + limit])
        messages += await asyncio.gather(*some)
    return messages


async def queue_counted(message: Any, functions: Functions, limit: int, timeout: float) -> Any:
    """Starts the clock before there is a place."""
    places = asyncio.Semaphore(limit)

    async def run(call: Any) -> Any:
        try:
            async with asyncio.timeout(timeout), places:
                return await _one(call, functions, None)
        except TimeoutError:
            return tool_message(call.id, {"error": f"no answer within {timeout} s"})

    return list(await asyncio.gather(*(run(call) for call in message.tool_calls)))


async def cancelled_tool_gathered(
    message: Any, functions: Functions, limit: int, timeout: float
) -> Any:
    """Catches all exceptions of a call but the one that is none."""
    places = asyncio.Semaphore(limit)

    async def run(call: Any) -> Any:
        name, arguments = call.function.name, call.function.arguments
        async with places:
            return await forgets_cancelled_tools(call.id, name, arguments, functions, timeout)

    return list(await asyncio.gather(*(run(call) for call in message.tool_calls)))


async def gives_up_and_leaves(
    message: Any, functions: Functions, limit: int, timeout: float
) -> Any:
    """Stops waiting for a call that takes too long, and lets it run on."""
    places = asyncio.Semaphore(limit)

    async def run(call: Any) -> Any:
        async with places:
            work = asyncio.ensure_future(_one(call, functions, None))
            try:
                await asyncio.wait({work}, timeout=timeout)
            except asyncio.CancelledError:
                work.cancel()
                raise
        if work.done():
            return work.result()
        return tool_message(call.id, {"error": f"no answer within {timeout} s"})

    return list(await asyncio.gather(*(run(call) for call in message.tool_calls)))


async def answers_when_stopped(
    message: Any, functions: Functions, limit: int, timeout: float
) -> Any:
    """Takes its caller's wish to stop for one more failure to be answered."""
    try:
        return await _with_places(message, functions, limit, timeout)
    except asyncio.CancelledError:
        return [tool_message(call.id, {"error": "stopped"}) for call in message.tool_calls]


async def shielded(message: Any, functions: Functions, limit: int, timeout: float) -> Any:
    """Protects the calls from being cancelled, and so from ever being stopped."""
    return await asyncio.shield(_with_places(message, functions, limit, timeout))
