"""The careful executor of lesson 07, a thousand turns long, with everything that can go wrong.

The executor is `run_carefully` as it stands in solutions/07_failures.ipynb. Each seed draws a turn: how
many calls, their ids, how many may be in flight, how long each tool takes, which of them fail in which
way, and whether and when the caller cancels the whole turn. Then it is asked for what the lesson promises:
every id answered once and in call order, the results of the siblings kept, no more in flight than the
limit, each call run once if it can be run, no secret and no traceback told; a caller's cancellation goes
through and nothing runs on; and no task, no thread and no open file is left that was not there before.

Tools wait on a clock that is moved on when nothing else is left to do, so an hour's hang costs nothing,
and no verdict depends on how busy the machine is. Threads and sockets are real: while one of them is at
work, the clock stands still.

    .venv/bin/python benchmarks/battery.py [--seeds 1000] [--first 1] [--executor FILE.ipynb]

It says what it found for each seed that is not clean, and ends with 1 then. `--first N --seeds 1`
repeats one. A test runs the same battery with a few seeds, on the solution and on wrong executors.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import selectors
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from openai.types.chat import ChatCompletionMessage

Executor = Callable[[Any, dict[str, Callable[..., Any]], int, float], Awaitable[Any]]
SOLUTION = Path(__file__).resolve().parents[1] / "solutions" / "07_failures.ipynb"
SECRET = "sk-live-8c1f0e"  # noqa: S105 (made up, so that it can be looked for)
TIMEOUT = 10.0
"""Seconds that a call may take, by the battery's clock."""

RUNS = "well thread socket raises silent own_timeout no_json cancels hangs stuck_socket lingers outlives"
STAYS = "unknown cut no_text shape type extra"
WELL = ("well", "thread", "socket")
KINDS = (*RUNS.split(), *STAYS.split())
"""What may become of a call. The second line's calls cannot be run, and must not be."""


def worked(notebook: Path = SOLUTION) -> dict[str, Any]:
    """What a notebook of lesson 07 defines; its cells that speak to the course are left out."""
    names: dict[str, Any] = {}
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "code" and "fanout." not in cell.source:
            exec(compile(cell.source, str(notebook), "exec"), names)  # noqa: S102 (the course's own)
    return names


# --- The clock ------------------------------------------------------------------------------------


class Clock(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next timer when nothing else is left to do.

    `outside` counts what is at work elsewhere, in a thread or a socket: then it waits as any loop.
    """

    def __init__(self) -> None:
        self.now, self.outside = 0.0, 0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        """Seconds since the turn began, by this clock."""
        return self.now

    @contextlib.contextmanager
    def waits(self) -> Iterator[None]:
        """Let the clock stand still inside the block."""
        self.outside += 1
        try:
            yield
        finally:
            self.outside -= 1


class _Jumping(selectors.DefaultSelector):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> Any:
        """What is ready; with nothing ready, the time of the next timer has come."""
        events = super().select(0)
        if events or timeout == 0:
            return events
        if timeout is None or self._clock.outside:
            return super().select(0.05)
        self._clock.now += timeout
        return []


# --- A turn ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """One call of a turn, and what is to become of it."""

    id: str
    kind: str
    city: str
    seconds: float
    """How long its tool takes; a hang takes longer than anything."""
    arguments: str
    tool: str = "get_weather"

    @property
    def answer(self) -> dict[str, str]:
        """What its tool answers when all goes well."""
        return {"city": self.city, "weather": f"{self.seconds:.3f}"}


@dataclass
class Turn:
    """A turn as a seed draws it, and what its tools have seen."""

    calls: tuple[Call, ...]
    limit: int
    stopped_at: float | None
    """When the caller cancels the turn; None for never."""
    stopped: bool = False
    """Whether the caller cancelled it while it was at work."""
    begun: Counter[str] = field(default_factory=Counter)
    inside: set[str] = field(default_factory=set)
    most: int = 0
    release: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def drawn(cls, seed: int) -> Turn:
        """The turn of this seed."""
        draw = random.Random(seed)
        count = draw.choice((0, 1, 2, 3, 5, 8, 13, 34))
        healthy = draw.random()
        calls = tuple(_call(draw, number, healthy) for number in range(count))
        stopped_at = draw.choice((0.0, draw.uniform(0, TIMEOUT), TIMEOUT, 2.5 * TIMEOUT))
        stops = draw.random() < 0.25
        return cls(calls, draw.choice((1, 2, 3, 8, 100)), stopped_at if stops else None)

    @property
    def message(self) -> ChatCompletionMessage:
        """The assistant's message with the calls."""
        calls = [
            {"id": c.id, "type": "function", "function": {"name": c.tool, "arguments": c.arguments}}
            for c in self.calls
        ]
        body = {"role": "assistant", "content": None, "tool_calls": calls}
        return ChatCompletionMessage.model_validate(body)

    def stop(self, work: asyncio.Future[Any]) -> None:
        """Cancel the executor at work, as its caller would."""
        self.stopped = work.cancel()

    async def get_weather(self, city: str) -> Any:
        """The tool: does what its call is to do."""
        call = next((c for c in self.calls if c.city == city), None)
        if call is None:
            self.begun["for arguments that nobody gave"] += 1
            return None
        self.begun[call.id] += 1
        self.inside.add(call.id)
        self.most = max(self.most, len(self.inside))
        try:
            return await _behave(call, self.release)
        finally:
            self.inside.discard(call.id)


def _call(draw: random.Random, number: int, healthy: float) -> Call:
    kind = draw.choice(WELL) if draw.random() < healthy else draw.choice(KINDS)
    city = f"City {number}"
    good = json.dumps({"city": city})
    arguments = {
        "cut": good[: draw.randrange(len(good))],
        "no_text": f"the city is {city}",
        "shape": draw.choice((f'["{city}"]', f'"{city}"', "null", "7", "[]")),
        "type": draw.choice(('{"city": 7}', '{"city": null}', '{"city": ["Rome"]}', "{}")),
        "extra": good[:-1] + ', "force": true}',
    }.get(kind, good)
    return Call(
        id=f"call_{draw.getrandbits(96):024x}",
        kind=kind,
        city=city,
        seconds=draw.choice((0.0, 0.001, draw.uniform(0, 0.9 * TIMEOUT))),
        arguments=arguments,
        tool="get_everything" if kind == "unknown" else "get_weather",
    )


# --- The tools ------------------------------------------------------------------------------------


async def _behave(call: Call, release: threading.Event) -> Any:
    clock = asyncio.get_running_loop()
    assert isinstance(clock, Clock)
    if call.kind == "outlives":  # its thread cannot be stopped, and runs on until it is released
        await asyncio.to_thread(release.wait)
    elif call.kind == "thread":
        with clock.waits():
            return await asyncio.to_thread(lambda: call.answer)
    elif call.kind in ("socket", "stuck_socket"):
        return await _over_a_socket(call, clock)
    await _sleep(call)
    return _end(call)


async def _sleep(call: Call) -> None:
    hangs = call.kind in ("hangs", "lingers")
    try:
        await asyncio.sleep(1e9 if hangs else call.seconds)
    finally:
        if call.kind == "lingers":  # it has something to put in order before it goes
            await asyncio.sleep(1)


def _end(call: Call) -> Any:
    if call.kind == "raises":
        cause = ConnectionError(f"GET https://weather.example/?key={SECRET}")
        raise RuntimeError("the station is closed") from cause
    if call.kind == "silent":
        raise ValueError
    if call.kind == "own_timeout":
        raise TimeoutError
    if call.kind == "cancels":
        raise asyncio.CancelledError
    return {call.city} if call.kind == "no_json" else call.answer


async def _over_a_socket(call: Call, clock: Clock) -> Any:
    near, far = socket.socketpair()
    with contextlib.closing(far):
        reader, writer = await asyncio.open_connection(sock=near)
        with contextlib.closing(writer):
            if call.kind == "stuck_socket":
                return await reader.readline()
            await asyncio.sleep(call.seconds)
            far.send(json.dumps(call.answer).encode() + b"\n")
            with clock.waits():
                return json.loads(await reader.readline())


# --- What is asked of it --------------------------------------------------------------------------


def complaints(executor: Executor, seed: int) -> list[str]:
    """What the executor did wrong in the turn of this seed, in words; an empty list is a clean turn."""
    turn, before = Turn.drawn(seed), _held()
    with asyncio.Runner(loop_factory=Clock) as runner:
        found = runner.run(_complaints(executor, turn))
    return found + [f"left behind: {what}" for what in _held() - before]


def _held() -> set[str]:
    """The threads of this process and, where the system tells, its open files."""
    held = {f"the thread {thread.name}" for thread in threading.enumerate()}
    folder = Path("/proc/self/fd")
    for file in folder.iterdir() if folder.is_dir() else ():
        with contextlib.suppress(OSError):  # the one that was opened to list them
            held.add(f"the open file {file.name}, {file.readlink()}")
    return held


async def _complaints(executor: Executor, turn: Turn) -> list[str]:
    clock, tasks = asyncio.get_running_loop(), asyncio.all_tasks()
    clock.set_exception_handler(lambda *_: None)  # of what was left alone, which is told below
    functions = {"get_weather": turn.get_weather}
    work = asyncio.ensure_future(executor(turn.message, functions, turn.limit, TIMEOUT))
    if turn.stopped_at is not None:
        clock.call_later(turn.stopped_at, turn.stop, work)
    await asyncio.wait({work}, timeout=1e6)
    found = list(_end_complaints(turn, work, len(asyncio.all_tasks() - tasks - {work})))
    turn.release.set()
    for task in asyncio.all_tasks() - tasks:
        task.cancel()
    return found + list(_run_complaints(turn))


def _end_complaints(turn: Turn, work: asyncio.Future[Any], left: int) -> Iterator[str]:
    if not work.done():
        yield "it does not come to an end"
        return
    if left or turn.inside:
        yield f"it has ended, and {left} tasks and {len(turn.inside)} tools run on"
    if work.cancelled() and turn.stopped_at is None:
        yield "it was cancelled, and nobody had asked for that"
    elif not work.cancelled() and work.exception():
        yield f"it raised {type(work.exception()).__name__}"
    elif not work.cancelled():
        stopped = (
            turn.stopped_at is not None and asyncio.get_running_loop().time() > turn.stopped_at
        )
        if stopped:
            yield "its caller cancelled it, and it went on"
        yield from _result_complaints(turn, work.result())


def _run_complaints(turn: Turn) -> Iterator[str]:
    if turn.most > turn.limit:
        yield f"{turn.most} calls in flight, at most {turn.limit} allowed"
    known = {call.id: call.kind for call in turn.calls}
    for call_id, times in turn.begun.items():
        if known.get(call_id) not in RUNS.split():
            yield f"a tool was run {known.get(call_id, call_id)}"
        elif times > 1:
            yield f"a call was run {times} times ({known[call_id]})"


def _result_complaints(turn: Turn, results: Any) -> Iterator[str]:
    items: Sequence[Any] = results if isinstance(results, list) else []
    ids = [item.get("tool_call_id") if isinstance(item, dict) else None for item in items]
    if ids != [call.id for call in turn.calls]:
        once = sorted(map(str, ids)) == sorted(call.id for call in turn.calls)
        yield "not in call order" if once else f"{len(ids)} answers to {len(turn.calls)} ids"
        return
    for call, item in zip(turn.calls, items, strict=True):
        wrong = _wrong(call, item)
        if wrong:
            yield f"{wrong} ({call.kind})"


def _wrong(call: Call, item: dict[str, Any]) -> str | None:
    text = str(item.get("content"))
    try:
        content = json.loads(text)
    except ValueError:
        return "a content that is no JSON"
    if call.kind in WELL:
        return None if content == call.answer else "the result of a sibling is lost"
    said = content.get("error") if isinstance(content, dict) else None
    if not (isinstance(said, str) and said.strip(" :.")):
        return "a failure of which the model is told nothing"
    if SECRET in text or "Traceback" in text or ", line " in text:
        return "a secret or a traceback is told"
    hangs = call.kind in ("hangs", "lingers", "stuck_socket", "outlives")
    return "the time limit is not told" if hangs and f"{TIMEOUT:g}" not in said else None


# --- Telling --------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the battery and say what was found; 0 when every turn was clean."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=1000, help="how many turns (default: 1000)")
    parser.add_argument("--first", type=int, default=1, help="the first seed (default: 1)")
    parser.add_argument(
        "--executor", type=Path, default=SOLUTION, metavar="FILE", help="another notebook's"
    )
    options = parser.parse_args(arguments)
    executor, began = worked(options.executor)["run_carefully"], time.perf_counter()
    seeds = range(options.first, options.first + options.seeds)
    unclean = {seed: found for seed in seeds if (found := complaints(executor, seed))}
    for seed, found in unclean.items():
        print(f"seed {seed}: {'; '.join(found)}")
    print(*_summary(seeds), sep="\n")
    seconds = time.perf_counter() - began
    print(f"{len(seeds) - len(unclean)} of {len(seeds)} turns are clean, in {seconds:.1f} s")
    return 1 if unclean else 0


def _summary(seeds: Sequence[int]) -> Iterator[str]:
    turns = [Turn.drawn(seed) for seed in seeds]
    kinds = Counter(call.kind for turn in turns for call in turn.calls)
    stopped = sum(turn.stopped_at is not None for turn in turns)
    yield f"{len(turns)} turns with {kinds.total()} calls; {stopped} were to be cancelled."
    yield f"Calls: {', '.join(f'{kind} {kinds[kind]}' for kind in KINDS)}"


if __name__ == "__main__":
    sys.exit(main())
