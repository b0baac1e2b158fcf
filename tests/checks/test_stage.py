"""What the far end knows of a function's calls: that no more will come, that one was left behind."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from openai import OpenAI

from fanout.checks.exercise import Attempt, Criterion, Exercise, Look
from fanout.checks.far_end import lent
from fanout.checks.judge import REQUESTS as MOST
from fanout.checks.judge import judge
from fanout.checks.scenario import CANCELS_ITSELF, STOPS_ITS_CALLER, Scenario, client, tools
from fanout.checks.stage import Stage
from fanout.checks.subject import LocalFunction
from fanout.simulator.tools import Meeting, ScenarioTool

Tool = Callable[..., Any]
Tools = dict[str, Tool]
FOREVER = 60.0
SOON = 10.0
"""Seconds: far less than FOREVER, and more than anything here takes on a busy machine."""


def exercise(look: Look, limit: float, far_end: dict[str, ScenarioTool]) -> Exercise:
    """One scenario with these tools, of which `plain…` ones block."""
    asynchronous = [name for name in far_end if not name.startswith("plain")]
    scenario = Scenario(
        title="a case",
        arguments={"functions": tools(sorted(far_end), asynchronous)},
        tools=far_end,
    )
    return made([scenario], look, limit)


def made(scenarios: list[Scenario], look: Look, limit: float = 30.0) -> Exercise:
    return Exercise(
        name="any",
        lesson="testing",
        title="-",
        difficulty=1,
        importance=1,
        minutes=1,
        scenarios=lambda _draw: scenarios,
        criteria=(Criterion(name="is seen", rule="-", look=look, even_if_raised=True),),
        hints=("", "", ""),
        more="",
        limit=limit,
    )


def attempt(function: Tool, **far_end: ScenarioTool) -> Attempt:
    """What the judge sees of one call of the function, with these tools."""
    seen: list[Attempt] = []
    judge(exercise(seen.append, 30, far_end), LocalFunction(function), 1)
    return seen[0]


def meeting_tool(meeting: Meeting) -> ScenarioTool:
    return ScenarioTool(answer=lambda given: given, meeting=meeting)


HANGING = ScenarioTool(answer=lambda given: given, seconds=FOREVER)


# --- No more will come ----------------------------------------------------------------------------


async def one_by_one(functions: Tools) -> list[Any]:
    return [await functions["meet"](n=n) for n in range(3)]


async def blocks_the_loop(functions: Tools) -> list[Any]:
    return [functions["plain_meet"](n=n) for n in range(3)]


async def few_threads(functions: Tools) -> list[Any]:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        loop = asyncio.get_running_loop()
        work = [loop.run_in_executor(pool, lambda: functions["plain_meet"]()) for _ in range(3)]
        return await asyncio.gather(*work)


@pytest.mark.parametrize("function", [one_by_one, blocks_the_loop, few_threads])
def test_nobody_waits_for_who_will_not_come(function: Callable[[Tools], Awaitable[Any]]) -> None:
    """Calls that wait for others go on when the function can begin no other, not when time is up."""
    meeting = Meeting(3, patience=FOREVER)
    tool = meeting_tool(meeting)
    began = time.perf_counter()
    seen = attempt(function, meet=tool, plain_meet=tool)
    assert time.perf_counter() - began < SOON
    assert len(seen.returned) == 3
    assert meeting.most == 1
    assert not seen.by_the_clock


def test_a_wait_in_vain_goes_by_the_clock() -> None:
    """Where it is not certain that nobody will come, a slow machine may be why nobody came."""

    def alone(functions: Tools) -> Any:
        thread = threading.Thread(target=done.wait, daemon=True)  # it might begin a call
        thread.start()
        return functions["plain_meet"]()

    done = threading.Event()
    try:
        assert attempt(alone, plain_meet=meeting_tool(Meeting(2, patience=0.1))).by_the_clock
    finally:
        done.set()


async def after_a_while(functions: Tools) -> None:
    first = asyncio.create_task(functions["meet"](n=1))
    await asyncio.sleep(0.3)
    await asyncio.gather(first, functions["meet"](n=2))


async def from_a_thread(functions: Tools) -> None:
    def late() -> None:
        time.sleep(0.3)
        functions["plain_meet"]()

    await asyncio.gather(functions["meet"](), asyncio.to_thread(late))


async def after_an_answer(functions: Tools) -> None:
    async def second() -> None:
        await functions["quick"]()
        await functions["meet"](n=2)

    await asyncio.gather(functions["meet"](n=1), second())


@pytest.mark.parametrize("function", [after_a_while, from_a_thread, after_an_answer])
def test_who_will_come_is_waited_for(function: Callable[[Tools], Awaitable[Any]]) -> None:
    """A timer, a thread or another call's answer can still bring a call: the others wait for it."""
    for _ in range(5):
        meeting = Meeting(2, patience=FOREVER)
        tool = meeting_tool(meeting)
        quick = ScenarioTool(answer=lambda given: given, seconds=0.05)
        attempt(function, meet=tool, plain_meet=tool, quick=quick)
        assert meeting.most == 2


def test_an_answer_on_its_way_is_no_calm() -> None:
    """Who says that all is calm without knowing of an answer is not believed."""
    stage = Stage({"meet": meeting_tool(Meeting(2, patience=FOREVER))})

    async def far_end() -> list[bool]:
        work = asyncio.create_task(stage.tools["meet"].work({"n": 1}))
        await asyncio.sleep(0.05)
        found = []
        # Two begun and two under way by its own word; here one has arrived, and then two have,
        # the second of which was answered in the meantime.
        for told in ({"under_way": 1, "begun": 2}, {"under_way": 1, "begun": 1}):
            stage.tools["fanout.calm"].answer(told)
            await asyncio.sleep(0.05)
            found.append(work.done())
        return found

    assert asyncio.run(far_end()) == [False, True]


def test_an_answer_ends_the_calm() -> None:
    """What was said before an answer says nothing about what the answer brings."""
    quick = ScenarioTool(answer=lambda given: given, seconds=0.05)
    stage = Stage({"meet": meeting_tool(Meeting(3, patience=FOREVER)), "quick": quick})

    async def far_end() -> bool:
        first = asyncio.create_task(stage.tools["meet"].work({"n": 1}))
        answered = asyncio.create_task(stage.tools["quick"].work({}))
        await asyncio.sleep(0)
        stage.tools["fanout.calm"].answer({"under_way": 2, "begun": 2})
        await answered
        second = asyncio.create_task(stage.tools["meet"].work({"n": 2}))
        await asyncio.sleep(0.05)
        found = first.done() or second.done()
        stage.close()
        await asyncio.wait([first, second])
        return found

    assert not asyncio.run(far_end())


# --- What is left, and what is stopped ------------------------------------------------------------


async def leaves_a_task(functions: Tools) -> None:
    task = asyncio.ensure_future(functions["hang"](n=1))
    await asyncio.wait({task}, timeout=0.1)


async def leaves_one_not_yet_begun(functions: Tools) -> None:
    functions["kept"] = asyncio.ensure_future(functions["hang"](n=1))


async def leaves_a_thread(functions: Tools) -> None:
    loop = asyncio.get_running_loop()
    await asyncio.wait(
        {loop.run_in_executor(None, lambda: functions["plain_hang"](n=1))}, timeout=0.3
    )


@pytest.mark.parametrize("function", [leaves_a_task, leaves_one_not_yet_begun, leaves_a_thread])
def test_what_is_left_running_is_seen(function: Callable[[Tools], Awaitable[Any]]) -> None:
    """A call that runs on when the function has returned is named, and holds nothing up."""
    began = time.perf_counter()
    seen = attempt(function, hang=HANGING, plain_hang=HANGING)
    assert time.perf_counter() - began < SOON
    assert [name.removeprefix("plain_") for name in seen.left] == ["hang(1)"]


async def times_out(functions: Tools) -> str:
    try:
        async with asyncio.timeout(0.1):
            await functions["hang"](n=1)
    except TimeoutError:
        return "given up"
    return "answered"


async def cancels_and_goes(functions: Tools) -> str:
    task = asyncio.ensure_future(functions["hang"](n=1))
    await asyncio.wait({task}, timeout=0.1)
    task.cancel()
    return "given up"


@pytest.mark.parametrize("function", [times_out, cancels_and_goes])
def test_what_was_stopped_is_not_left(function: Callable[[Tools], Awaitable[Any]]) -> None:
    """A call that was cancelled is over, and its far end does not carry it out."""
    done: list[Any] = []
    seen = attempt(function, hang=ScenarioTool(answer=done.append, seconds=FOREVER))
    assert (seen.returned, seen.left, done) == ("given up", (), [])


def test_announcements_are_no_calls() -> None:
    """What the two sides tell each other does not stand in the record."""
    seen = attempt(times_out, hang=HANGING)
    assert [exchange.request["tool"] for exchange in seen.run.exchanges] == ["hang"]


def test_a_tool_that_cancels_itself() -> None:
    """The tool raises CancelledError, and nobody has asked for that."""

    async def asks(functions: Tools) -> list[Any]:
        try:
            await functions["broken"]()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            return ["cancelled", task.cancelling()]
        return ["went on"]

    seen = attempt(asks, broken=ScenarioTool(answer=lambda _: CANCELS_ITSELF))
    assert seen.returned == ["cancelled", 0]


def test_a_caller_that_stops_the_function() -> None:
    """The function is cancelled from outside while its tools are at work; none of them is left."""
    meeting = Meeting(3, patience=FOREVER)
    far_end = {
        "stop": ScenarioTool(answer=lambda _: STOPS_ITS_CALLER, meeting=meeting),
        "hang": ScenarioTool(answer=lambda _: 1, meeting=meeting, seconds=FOREVER),
    }

    async def together(functions: Tools) -> list[Any]:
        work = [functions["hang"](n=1), functions["stop"](), functions["hang"](n=2)]
        return await asyncio.gather(*work)

    async def shielded(functions: Tools) -> list[Any]:
        return await asyncio.shield(together(functions))

    seen = attempt(together, **far_end)
    assert (seen.outcome.raised or "").startswith("raised CancelledError")
    assert seen.left == ()
    again = attempt(shielded, **far_end)
    assert sorted(again.left) == ["hang(1)", "hang(2)", "stop()"]


# --- One far end for many checks ------------------------------------------------------------------


def address() -> str:
    with lent() as far_end:
        return far_end.url


async def nothing(functions: Tools) -> None:
    return None


def test_a_loop_without_an_end_rests() -> None:
    """Its requests come thick and fast, and then no more: it waits until it is stopped."""

    def again_and_again(client: OpenAI) -> None:
        while True:
            client.chat.completions.create(
                model="gpt-5.2", messages=[{"role": "user", "content": "And now?"}]
            )

    scenario = Scenario(title="a case", arguments={"client": client()})
    exercise = made([scenario], lambda _attempt: None, limit=2.0)
    (verdict,) = judge(exercise, LocalFunction(again_and_again), 1).verdicts
    assert verdict.finding is not None
    assert verdict.finding.yours == "stopped after 2 s: it did not come to an end"
    assert verdict.run is not None
    assert len(verdict.run.model_exchanges) == MOST + 1


def test_the_far_end_is_kept() -> None:
    """The next check finds the far end of the last one."""
    before = address()
    attempt(nothing, hang=HANGING)
    assert address() == before


def test_a_far_end_that_may_still_be_called_is_not_kept() -> None:
    """After a function that had to be stopped the next check gets a fresh one."""

    async def endless(functions: Tools) -> None:
        await asyncio.sleep(FOREVER)

    before = address()
    judge(exercise(lambda _: None, 0.2, {"hang": HANGING}), LocalFunction(endless), 1)
    assert address() != before


def test_a_closed_client_is_not_handed_out_again() -> None:
    """A function may close its client; the next check brings another."""
    seen: list[bool] = []

    def closes(client: OpenAI) -> None:
        seen.append(client.is_closed())
        client.close()

    only = made([Scenario(title="a case", arguments={"client": client()})], lambda _: None)
    for seed in range(2):
        assert judge(only, LocalFunction(closes), seed).passed
    assert seen == [False, False]
