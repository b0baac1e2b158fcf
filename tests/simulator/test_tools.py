"""The tools of a scenario: their meeting, their time, their failure."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx2
import pytest

from fanout.simulator.server import Server
from fanout.simulator.tools import Meeting, ScenarioTool, ToolFailed
from fanout.simulator.world import World


async def post_all(server: Server, count: int) -> list[Any]:
    async with httpx2.AsyncClient() as http:
        posts = (http.post(f"{server.url}/tools/t", json={"n": n}) for n in range(count))
        return [reply.json() for reply in await asyncio.gather(*posts)]


def test_calls_made_together_meet(server: Server, world: World) -> None:
    """Three calls in flight at once meet, well before anyone's patience ends."""
    meeting = Meeting(3, patience=10)
    world.tools = {"t": ScenarioTool(answer=lambda given: given["n"], meeting=meeting)}
    began = time.perf_counter()
    assert asyncio.run(post_all(server, 3)) == [{"result": n} for n in range(3)]
    assert time.perf_counter() - began < 5
    assert meeting.most == 3


def test_calls_made_one_by_one_never_meet(server: Server, world: World) -> None:
    """One after another, the first waits in vain and the rest not at all."""
    meeting = Meeting(3, patience=0.2)
    world.tools = {"t": ScenarioTool(answer=lambda given: given["n"], meeting=meeting)}
    began = time.perf_counter()
    for n in range(3):
        httpx2.post(f"{server.url}/tools/t", json={"n": n})
    assert time.perf_counter() - began < 2
    assert meeting.most == 1


def test_time_may_depend_on_the_arguments(server: Server, world: World) -> None:
    """The record shows the time that a call's own arguments ask for."""
    seconds = {0: 0.2, 1: 0.0}
    tool = ScenarioTool(answer=lambda given: 1, seconds=lambda given: seconds[given["n"]])
    world.tools = {"t": tool}
    with world.recorder.record() as run:
        asyncio.run(post_all(server, 2))
    took = {e.request["arguments"]["n"]: e.seconds for e in run.service_exchanges}
    assert took[0] >= 0.2 > took[1]


def test_a_failure(server: Server, world: World) -> None:
    """A tool that fails answers with its reason, and the record has it."""

    def answer(_given: Any) -> None:
        raise ToolFailed("out of order")

    world.tools = {"t": ScenarioTool(answer=answer)}
    with world.recorder.record() as run:
        assert asyncio.run(post_all(server, 1)) == [{"error": "out of order"}]
    assert run.exchanges[0].error == "out of order"


@pytest.mark.parametrize("arguments", [{}, {"city": "Oslo", "days": 3}])
def test_the_record_has_the_arguments(
    server: Server, world: World, arguments: dict[str, Any]
) -> None:
    """A call stands in the record under its tool's name with its arguments."""
    world.tools = {"t": ScenarioTool(answer=lambda given: 1)}
    with world.recorder.record() as run:
        httpx2.post(f"{server.url}/tools/t", json=arguments)
    assert run.exchanges[0].request["tool"] == "t"
    assert run.exchanges[0].request["arguments"] == arguments
