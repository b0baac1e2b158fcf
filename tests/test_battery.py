"""The battery of the careful executor: the solution of lesson 07 is clean, and what is wrong is seen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmarks.battery import KINDS, Executor, Turn, complaints, main, worked

SEEDS = range(1, 151)
SOLUTION = worked()


def test_the_solution_is_clean() -> None:
    """`run_carefully` of lesson 07 does all it promises, in turns that hold every way to fail."""
    kinds = {call.kind for seed in SEEDS for call in Turn.drawn(seed).calls}
    assert kinds == set(KINDS)
    assert any(Turn.drawn(seed).stopped_at is not None for seed in SEEDS)
    assert {seed: complaints(SOLUTION["run_carefully"], seed) for seed in SEEDS} == {
        seed: [] for seed in SEEDS
    }


def test_a_turn_can_be_repeated() -> None:
    """The same seed draws the same turn, another seed another one."""
    assert Turn.drawn(7).calls == Turn.drawn(7).calls != Turn.drawn(8).calls


def test_it_says_what_it_ran(capsys: pytest.CaptureFixture[str]) -> None:
    """The program ends with a line that says how many turns were clean."""
    assert main(["--seeds", "3"]) == 0
    assert "3 of 3 turns are clean" in capsys.readouterr().out


def test_it_fails_on_a_wrong_executor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With another notebook, whose executor answers nothing, it ends with 1 and names the seeds."""
    source = "async def run_carefully(message, functions, limit, timeout):\n    return []\n"
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": source}
    book = {"cells": [cell | {"execution_count": None}], "metadata": {}, "nbformat": 4}
    file = tmp_path / "wrong.ipynb"
    file.write_text(json.dumps(book | {"nbformat_minor": 4}))
    assert main(["--seeds", "5", "--executor", str(file)]) == 1
    assert "seed 3: 0 answers to" in capsys.readouterr().out


# --- Wrong executors ------------------------------------------------------------------------------

Tools = dict[str, Any]


async def answer(call: Any, functions: Tools, timeout: float) -> dict[str, Any]:
    asked = call.function
    message: dict[str, Any] = await SOLUTION["answer_safely"](
        call.id, asked.name, asked.arguments, functions, timeout
    )
    return message


async def in_places(message: Any, functions: Tools, limit: int, timeout: float) -> list[Any]:
    places = asyncio.Semaphore(limit)

    async def run(call: Any) -> Any:
        async with places:
            return await answer(call, functions, timeout)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(call)) for call in message.tool_calls]
    return [task.result() for task in tasks]


def said(call: Any, content: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call.id, "content": json.dumps(content)}


async def plainly(call: Any, functions: Tools, timeout: float) -> Any:
    arguments = json.loads(call.function.arguments)
    async with asyncio.timeout(timeout):
        return said(call, await functions[call.function.name](**arguments))


async def bare_gather(message: Any, functions: Tools, limit: int, timeout: float) -> Any:
    work = (plainly(call, functions, timeout) for call in message.tool_calls)
    return await asyncio.gather(*work)


async def exceptions_among_results(
    message: Any, functions: Tools, limit: int, timeout: float
) -> Any:
    work = (plainly(call, functions, timeout) for call in message.tool_calls)
    results = await asyncio.gather(*work, return_exceptions=True)
    return [result for result in results if isinstance(result, dict)]


async def task_group_alone(message: Any, functions: Tools, limit: int, timeout: float) -> Any:
    async with asyncio.TaskGroup() as group:
        work = [group.create_task(plainly(c, functions, timeout)) for c in message.tool_calls]
    return [task.result() for task in work]


async def no_semaphore(message: Any, functions: Tools, limit: int, timeout: float) -> Any:
    return await in_places(message, functions, 10_000, timeout)


async def gathered(message: Any, functions: Tools, limit: int, timeout: float) -> Any:
    work = (answer(call, functions, timeout) for call in message.tool_calls)
    return list(await asyncio.gather(*work))


async def swallows(message: Any, functions: Tools, limit: int, timeout: float) -> Any:
    try:
        return await in_places(message, functions, limit, timeout)
    except asyncio.CancelledError:
        return [said(call, {"error": "stopped"}) for call in message.tool_calls]


async def shields(message: Any, functions: Tools, limit: int, timeout: float) -> Any:
    return await asyncio.shield(in_places(message, functions, limit, timeout))


async def gives_up_and_leaves(message: Any, functions: Tools, limit: int, timeout: float) -> Any:
    async def run(call: Any) -> Any:
        work = asyncio.ensure_future(answer(call, functions, 1e8))
        await asyncio.wait({work}, timeout=timeout)
        return work.result() if work.done() else said(call, {"error": f"{timeout:g} s are over"})

    return [await run(call) for call in message.tool_calls]


async def no_time_limit(message: Any, functions: Tools, limit: int, timeout: float) -> Any:
    return await in_places(message, functions, limit, 1e8)


async def completion_order(message: Any, functions: Tools, limit: int, timeout: float) -> Any:
    return sorted(
        await in_places(message, functions, limit, timeout), key=lambda m: str(m["content"])
    )


async def retries(message: Any, functions: Tools, limit: int, timeout: float) -> Any:
    results = await in_places(message, functions, limit, timeout)
    for number, call in enumerate(message.tool_calls):
        if '"error"' in results[number]["content"]:
            results[number] = await answer(call, functions, timeout)
    return results


async def nothing_said(message: Any, functions: Tools, limit: int, timeout: float) -> Any:
    results = await in_places(message, functions, limit, timeout)
    return [
        r | ({"content": '{"error": ""}'} if '"error"' in r["content"] else {}) for r in results
    ]


async def all_is_told(message: Any, functions: Tools, limit: int, timeout: float) -> Any:
    async def run(call: Any) -> Any:
        try:
            return await plainly(call, functions, timeout)
        except Exception:  # noqa: BLE001 (the mistake itself)
            return said(call, {"error": traceback.format_exc()})

    return [await run(call) for call in message.tool_calls]


async def not_validated(message: Any, functions: Tools, limit: int, timeout: float) -> Any:
    async def run(call: Any) -> Any:
        try:
            return await plainly(call, functions, timeout)
        except Exception as error:  # noqa: BLE001 (whatever a tool raises)
            return said(call, {"error": repr(error)})

    return [await run(call) for call in message.tool_calls]


async def queue_counted(message: Any, functions: Tools, limit: int, timeout: float) -> Any:
    places = asyncio.Semaphore(limit)

    async def run(call: Any) -> Any:
        try:
            async with asyncio.timeout(timeout), places:
                return await answer(call, functions, 1e8)
        except TimeoutError:
            return said(call, {"error": f"no answer within {timeout:g} s"})

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(call)) for call in message.tool_calls]
    return [task.result() for task in tasks]


async def a_pool_left_open(message: Any, functions: Tools, limit: int, timeout: float) -> Any:
    KEPT.enter_context(ThreadPoolExecutor(1)).submit(threading.get_ident).result()
    return await in_places(message, functions, limit, timeout)


async def a_socket_left_open(message: Any, functions: Tools, limit: int, timeout: float) -> Any:
    KEPT.enter_context(socket.socket())
    return await in_places(message, functions, limit, timeout)


KEPT = contextlib.ExitStack()

WRONG: list[Any] = [
    (bare_gather, "it raised"),
    (exceptions_among_results, "answers to"),
    (task_group_alone, "it raised"),
    (no_semaphore, "calls in flight"),
    (gathered, "run on"),
    (swallows, "it went on"),
    (shields, "run on"),
    (gives_up_and_leaves, "run on"),
    (no_time_limit, "does not come to an end"),
    (completion_order, "not in call order"),
    (retries, "run 2 times"),
    (nothing_said, "told nothing"),
    (all_is_told, "a secret or a traceback"),
    (all_is_told, "nobody had asked for that"),
    (not_validated, "a tool was run"),
    (queue_counted, "sibling is lost"),
    (a_pool_left_open, "left behind: the thread"),
    pytest.param(
        a_socket_left_open,
        "left behind: the open file",
        marks=pytest.mark.skipif(
            not Path("/proc/self/fd").is_dir(), reason="no list of open files here"
        ),
    ),
]


@pytest.mark.parametrize(
    ("executor", "words"), WRONG, ids=lambda value: getattr(value, "__name__", value)
)
def test_a_wrong_executor_is_seen(executor: Executor, words: str) -> None:
    """Within the same few turns the battery finds what is wrong with it, in these words."""
    with KEPT:
        assert any(words in found for seed in SEEDS for found in complaints(executor, seed))
