"""Forty learners at once on one `fanout serve`: what the room adds to the waiting it declares.

Starts `fanout serve` as a process of its own, on this machine, with a key. Each of forty clients
(AsyncOpenAI, a key of its own) holds conversations of three round trips: a question, three tool
calls whose tools ask the services at the same time, a correction with one more call, an answer. So
the room is busy as it is in a lesson, pictures and all: one live page is open the whole time.

Added latency is taken on the server's side: for each request that reached the model or a service,
the time in the record above the waiting time that the simulator declares for it. The SDK's own work,
and that of forty of them on the same processor, is given beside it as the client sees it. So is how
late this machine wakes up a bystander that only sleeps: on a busy one, most of the rest is that.

    .venv/bin/python benchmarks/room.py [LEARNERS] [CONVERSATIONS]
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx2
from openai import AsyncOpenAI

from fanout.conversation import Reply, ToolCall
from fanout.dialects.tokens import written
from fanout.simulator import profiles
from fanout.simulator.services import practice

KEY, MODEL = "benchmark-room", "gpt-5.2"
CITIES = ["Tokyo", "Paris", "Lima", "Cairo", "Oslo", "Sydney", "London", "Rome"]
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FUNCTION = {"name": "get_weather", "description": "Weather in a city.", "parameters": CITY}
TOOLS: Any = [{"type": "function", "function": FUNCTION}]


@contextmanager
def room() -> Iterator[str]:
    """The address of a room, which ends with the block."""
    command = [sys.executable, "-m", "fanout.cli", "serve", "--port", "0", "--key", KEY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 (ours)
        assert server.stdout is not None
        found = re.search(r"http://[\d.:]+", server.stdout.readline())
        assert found is not None
        try:
            yield found[0]
        finally:
            server.terminate()


BYSTANDER = """
import sys, threading, time
late, end = [], threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), end.set()), daemon=True).start()
while not end.is_set():
    began = time.perf_counter()
    time.sleep(0.02)
    late.append(time.perf_counter() - began - 0.02)
print(*late)
"""


@contextmanager
def bystander(late: list[float]) -> Iterator[None]:
    """Fill `late` with how many seconds late a sleeping process is woken up meanwhile."""
    command = [sys.executable, "-c", BYSTANDER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as it:  # noqa: S603 (ours)
        yield
        said, _ = it.communicate()
    late += map(float, said.split())


class Learner:
    """One client and the times that it saw."""

    def __init__(self, url: str, number: int) -> None:
        self.number = number
        self.seen: list[float] = []
        key = f"{KEY}.learner {number:02}"
        self.model = AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)
        self.http = httpx2.AsyncClient(base_url=url, headers={"x-api-key": key}, timeout=60)

    async def talk(self, conversations: int) -> None:
        """Hold some conversations, a moment apart."""
        await asyncio.sleep(self.number * 0.02)
        for round_ in range(conversations):
            await self.one(self.number + round_)
            await asyncio.sleep(0.2)
        await self.model.close()
        await self.http.aclose()

    async def one(self, first: int) -> None:
        """One conversation of three round trips."""
        a, b, c, d = (CITIES[(first + n) % len(CITIES)] for n in range(4))
        messages: list[Any] = [
            {"role": "user", "content": f"What's the weather in {a}, {b} and {c}?"}
        ]
        asked = await self.ask(messages)
        assert len(asked.tool_calls) == 3, asked
        messages += [asked, *await asyncio.gather(*map(self.run, asked.tool_calls))]
        messages.append({"role": "user", "content": f"And what's the weather in {d}?"})
        more = await self.ask(messages)
        results = await asyncio.gather(*map(self.run, more.tool_calls or []))
        final = await self.ask([*messages, more, *results])
        assert final.content, final

    async def ask(self, messages: list[Any]) -> Any:
        """One round trip."""
        began = time.perf_counter()
        reply = await self.model.chat.completions.create(
            model=MODEL, messages=messages, tools=TOOLS
        )
        self.seen.append(time.perf_counter() - began)
        return reply.choices[0].message

    async def run(self, call: Any) -> Any:
        """One tool call, whose tool asks a service."""
        reply = await self.http.get("/services/weather", params=json.loads(call.function.arguments))
        reply.raise_for_status()
        return {"role": "tool", "tool_call_id": call.id, "content": reply.text}


async def watch(url: str) -> None:
    """Keep a live page's stream open, and read it."""
    headers = {"x-api-key": KEY}
    async with (
        httpx2.AsyncClient(timeout=None) as http,
        http.stream("GET", f"{url}/fanout/events", headers=headers) as events,
    ):
        async for _ in events.aiter_bytes():
            pass


def declared(line: Mapping[str, Any]) -> float:
    """The waiting that the simulator declares for an exchange of the record, in seconds."""
    if line["kind"] == "service":
        return practice()["weather"].seconds(line["request"])
    model = profiles.find(MODEL)
    assert model is not None
    reply = Reply(text=line["text"], calls=tuple(ToolCall(**call) for call in line["calls"]))
    return model.latency_s + written(reply) / model.tokens_per_s


def record(url: str) -> list[dict[str, Any]]:
    """Every exchange that the room kept."""
    lines: dict[int, dict[str, Any]] = {}
    since, more = 0, True
    while more:
        reply = httpx2.get(
            f"{url}/fanout/record", params={"since": since}, headers={"x-api-key": KEY}, timeout=60
        ).json()
        lines |= {line["number"]: line for line in reply["exchanges"]}
        since, more = reply["next"], reply["more"]
    return list(lines.values())


def quantiles(seconds: list[float]) -> str:
    """Median, 99th percentile and maximum, in milliseconds."""
    ordered = sorted(seconds)
    at = (ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1])
    return "  ".join(
        f"{name} {1000 * value:6.1f}" for name, value in zip(("p50", "p99", "max"), at, strict=True)
    )


async def lesson(url: str, learners: int, conversations: int) -> list[float]:
    """Everybody at once; the round trips as the clients saw them, in seconds."""
    page = asyncio.create_task(watch(url))
    everybody = [Learner(url, number) for number in range(learners)]
    await asyncio.gather(*(learner.talk(conversations) for learner in everybody))
    page.cancel()
    return [seconds for learner in everybody for seconds in learner.seen]


def main(learners: int, conversations: int) -> None:
    """Print how many there were, that nothing failed, and what the room added."""
    os.environ["NO_PROXY"] = "127.0.0.1"
    late: list[float] = []
    with room() as url:
        began = time.perf_counter()
        with bystander(late):
            seen = asyncio.run(lesson(url, learners, conversations))
        took = time.perf_counter() - began
        lines = record(url)
    wrong = [line for line in lines if line["status"] != 200]
    added = [line["ended"] - line["started"] - declared(line) for line in lines]
    models = [a for a, line in zip(added, lines, strict=True) if line["kind"] == "model"]
    services = [a for a, line in zip(added, lines, strict=True) if line["kind"] == "service"]
    print(f"{learners} learners, {conversations} conversations each, in {took:.1f} s")
    print(f"{len(models)} round trips and {len(services)} service requests; {len(wrong)} failed")
    print("ms above the declared waiting, on the server's side")
    print(f"  model     {quantiles(models)}")
    print(f"  services  {quantiles(services)}")
    waits = sum(declared(line) for line in lines if line["kind"] == "model") / len(models)
    print("ms above the mean declared waiting, as the clients saw it, their own work included")
    print(f"  model     {quantiles([s - waits for s in seen])}")
    print("ms that a bystander, who only sleeps, was woken up late")
    print(f"  sleeper   {quantiles(late)}")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:3]]
    main(*(numbers + [40, 5][len(numbers) :]))
