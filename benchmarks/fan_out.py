"""One whole turn with 1, 3, 10 and 100 tool calls, through the loops that people use.

The model asks for n calls, the loop runs the tool for each and sends the results, the model answers.
The tool waits 100 ms, once as an asynchronous function and once as one that blocks its thread; and it
does nothing, to see what a loop itself costs. The model is a script on `fanout serve --pace 0`, in a
process of its own, so every loop gets the same turns over HTTP and has every request validated.

Printed is the median time of a turn as a multiple of the limit: a bare HTTP client sends the same
conversation to the same API in two round trips, and waits once in between as the tool does. It is
measured before every turn. And microseconds a call: the processor time of this process in a turn of
the tool that does nothing, the difference between 100 calls and 1 divided by 99. The server's time is
not in it, nor is waiting.

Last, what care costs: lesson 07's `run_carefully`, as it stands in its built solution, beside a bare
`asyncio.gather`, both without the wire: microseconds for each call of a turn with 1, 3, 10 and 100
calls of the asynchronous tool that does nothing.

    python -m venv /tmp/loops && . /tmp/loops/bin/activate
    pip install -e . -r benchmarks/fan_out_requirements.txt
    python benchmarks/fan_out.py [--rounds 5] [--chart FILE.png] [--only NAME ...] [--care]

A framework that is not installed is left out. It takes some minutes; `--care` measures the last part
alone, in seconds. Compare ratios within one run; on
a busy machine all of them grow, those of a loop that needs more of the processor more than others'.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import functools
import gc
import importlib.metadata
import inspect
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2

from fanout.lessons.syllabus import model

COUNTS = (1, 3, 10, 100)
CHAT, CLAUDE = model("chat"), model("claude")
QUESTION: Any = [{"role": "user", "content": "Wait, please."}]
SCHEMA = {
    "type": "object",
    "properties": {"number": {"type": "integer"}},
    "required": ["number"],
}
ABOUT = {"name": "wait", "description": "Waits, then returns the number."}
TOOLS: Any = [{"type": "function", "function": {**ABOUT, "parameters": SCHEMA}}]
ANSWER = "All waited."

Tool = Callable[..., Any]
Turn = Callable[[], Awaitable[Any] | Any]


@dataclass(frozen=True)
class Work:
    """What the tool does: waits so many seconds, holding its thread or not."""

    name: str
    asynchronous: bool
    seconds: float


WORKS = (
    Work("async", True, 0.1),
    Work("blocking", False, 0.1),
    Work("async, no work", True, 0.0),
    Work("blocking, no work", False, 0.0),
)


def tool_for(work: Work, ran: list[int]) -> Tool:
    """The tool, which notes in `ran` that it ran."""

    async def wait_async(number: int) -> str:
        if work.seconds:
            await asyncio.sleep(work.seconds)
        ran.append(number)
        return str(number)

    def wait_blocking(number: int) -> str:
        if work.seconds:
            time.sleep(work.seconds)
        ran.append(number)
        return str(number)

    tool: Tool = wait_async if work.asynchronous else wait_blocking
    tool.__name__ = tool.__qualname__ = ABOUT["name"]
    tool.__doc__ = ABOUT["description"]
    return tool


# --- The far end ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Far:
    """Where the model is, and the key under which it asks for so many calls."""

    url: str
    count: int

    @property
    def key(self) -> str:
        """The API key whose script asks for `count` calls."""
        return f"sk-{self.count}-calls"

    @property
    def openai(self) -> dict[str, Any]:
        """The arguments of an OpenAI client."""
        return {"base_url": f"{self.url}/v1", "api_key": self.key, "max_retries": 0}


@contextlib.contextmanager
def served() -> Iterator[str]:
    """The address of a `fanout serve` of its own, which follows a script for each count."""
    command = [sys.executable, "-m", "fanout.cli", "serve", "--port", "0", "--pace", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603 (our own interpreter)
    try:
        url = _address(process)
        for count in COUNTS:
            calls = [(ABOUT["name"], {"number": number}) for number in range(count)]
            body = {"key": Far(url, count).key, "turns": [calls, ANSWER]}
            httpx2.post(f"{url}/fanout/script", json=body).raise_for_status()
        yield url
    finally:
        process.terminate()
        process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    said = ""
    for line in process.stdout or ():
        said += line
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found:
            return found.group()
    raise SystemExit(f"`fanout serve` ended without an address. It said:\n{said}")


# --- The course's loop ----------------------------------------------------------------------------


async def course_loop(
    client: Any, history: list[Any], functions: Mapping[str, Tool], pool: Executor
) -> str:
    """Ask, run all calls of a turn together, answer, and so on until there are no more calls.

    Lesson 03 ends with this: asynchronous tools on the loop, blocking ones in a pool of their own.
    """
    while True:
        # The SDK would walk through `messages` once more to fit it to its types: a tenth of a
        # millisecond and more for each call and result. `extra_body` goes out as it is.
        reply = await client.chat.completions.create(
            model=CHAT, messages=[], extra_body={"messages": history, "tools": TOOLS}
        )
        message = reply.choices[0].message
        if not message.tool_calls:
            return str(message.content)
        history.append(message.to_dict())
        history += await asyncio.gather(*(_answer(c, functions, pool) for c in message.tool_calls))


async def _answer(call: Any, functions: Mapping[str, Tool], pool: Executor) -> dict[str, Any]:
    function = functions[call.function.name]
    arguments = json.loads(call.function.arguments)
    if inspect.iscoroutinefunction(function):
        result = await function(**arguments)
    else:
        work = functools.partial(function, **arguments)
        result = await asyncio.get_running_loop().run_in_executor(pool, work)
    return {"role": "tool", "tool_call_id": call.id, "content": json.dumps(result)}


POOL = ThreadPoolExecutor(128, thread_name_prefix="tool")


def make_course(far: Far, tool: Tool, _work: Work) -> Turn:
    """The course's loop."""
    from openai import AsyncOpenAI

    client = AsyncOpenAI(**far.openai)
    return lambda: course_loop(client, list(QUESTION), {ABOUT["name"]: tool}, POOL)


# --- What one writes first ------------------------------------------------------------------------

RunCalls = Callable[[Sequence[Any], Tool], Awaitable[list[Any]]]


def make_plain(run_calls: RunCalls) -> Callable[[Far, Tool, Work], Turn]:
    """A loop of twenty lines that runs the calls of a turn in the way given."""

    def make(far: Far, tool: Tool, _work: Work) -> Turn:
        from openai import AsyncOpenAI

        client = AsyncOpenAI(**far.openai)

        async def turn() -> str:
            history = list(QUESTION)
            while True:
                reply = await client.chat.completions.create(
                    model=CHAT, messages=history, tools=TOOLS
                )
                message = reply.choices[0].message
                if not message.tool_calls:
                    return str(message.content)
                history += [message, *await run_calls(message.tool_calls, tool)]

        return turn

    return make


async def gathered(calls: Sequence[Any], tool: Tool) -> list[Any]:
    """All at once; blocking tools through `asyncio.to_thread`."""
    return list(await asyncio.gather(*(_plainly(call, tool) for call in calls)))


async def in_turn(calls: Sequence[Any], tool: Tool) -> list[Any]:
    """One after another."""
    return [await _plainly(call, tool) for call in calls]


async def _plainly(call: Any, tool: Tool) -> dict[str, Any]:
    arguments = json.loads(call.function.arguments)
    if inspect.iscoroutinefunction(tool):
        result = await tool(**arguments)
    else:
        result = await asyncio.to_thread(tool, **arguments)
    return {"role": "tool", "tool_call_id": call.id, "content": json.dumps(result)}


# --- Lesson 07's executor -------------------------------------------------------------------------


@functools.cache
def careful() -> Callable[..., Awaitable[list[Any]]]:
    """`run_carefully` of lesson 07's solution, for a tool that takes a number instead of a city."""
    import pydantic
    from battery import worked

    names = worked()
    config = pydantic.ConfigDict(strict=True, extra="forbid")
    names["City"] = pydantic.create_model("Number", __config__=config, number=(int, ...))
    executor: Callable[..., Awaitable[list[Any]]] = names["run_carefully"]
    return executor


async def carefully(calls: Sequence[Any], tool: Tool) -> list[Any]:
    """Each call validated, limited in time and number, and answered whatever happens."""

    async def in_a_thread(number: int) -> Any:
        return await asyncio.to_thread(tool, number)

    functions = {ABOUT["name"]: tool if inspect.iscoroutinefunction(tool) else in_a_thread}
    return await careful()(SimpleNamespace(tool_calls=calls), functions, len(calls), 60)


def make_careful(far: Far, tool: Tool, work: Work) -> Turn:
    """The loop of twenty lines, with lesson 07's executor."""
    careful()  # read the notebook now, and not in the first turn
    return make_plain(carefully)(far, tool, work)


# --- Vendors and frameworks -----------------------------------------------------------------------


def make_tool_runner(far: Far, tool: Tool, work: Work) -> Turn:
    """The tool runner of the `anthropic` package: asynchronous for an asynchronous tool."""
    import anthropic

    sdk: Any = anthropic
    client_type = sdk.AsyncAnthropic if work.asynchronous else sdk.Anthropic
    client = client_type(base_url=far.url, api_key=far.key, max_retries=0)
    wrapped = (sdk.beta_async_tool if work.asynchronous else sdk.beta_tool)(tool)

    def turn() -> Any:
        return client.beta.messages.tool_runner(
            model=CLAUDE, max_tokens=16_000, tools=[wrapped], messages=QUESTION
        ).until_done()

    return turn


def make_agents(api: str) -> Callable[[Far, Tool, Work], Turn]:
    """The OpenAI Agents SDK, over one of the two APIs; Responses is its own choice."""

    def make(far: Far, tool: Tool, _work: Work) -> Turn:
        from openai import AsyncOpenAI

        agents = import_module("agents")
        agents.set_tracing_disabled(True)
        model_type = {
            "responses": agents.OpenAIResponsesModel,
            "chat": agents.OpenAIChatCompletionsModel,
        }[api]
        speaks = model_type(model=CHAT, openai_client=AsyncOpenAI(**far.openai))
        agent = agents.Agent(name="a", model=speaks, tools=[agents.function_tool(tool)])
        return lambda: agents.Runner.run(agent, QUESTION[0]["content"])

    return make


def make_langchain(far: Far, tool: Tool, work: Work) -> Turn:
    """LangChain's `create_agent`, awaited."""
    create_agent = import_module("langchain.agents").create_agent
    make_tool = import_module("langchain_core.tools").StructuredTool.from_function
    speaks = import_module("langchain_openai").ChatOpenAI(model=CHAT, **far.openai)
    kind = "coroutine" if work.asynchronous else "func"
    agent = create_agent(speaks, tools=[make_tool(**{kind: tool})])
    return lambda: agent.ainvoke({"messages": QUESTION})


def make_pydantic_ai(far: Far, tool: Tool, _work: Work) -> Turn:
    """Pydantic AI over Chat Completions."""
    from openai import AsyncOpenAI

    provider_type = import_module("pydantic_ai.providers.openai").OpenAIProvider
    model_type = import_module("pydantic_ai.models.openai").OpenAIChatModel
    provider = provider_type(openai_client=AsyncOpenAI(**far.openai))
    agent = import_module("pydantic_ai").Agent(model_type(CHAT, provider=provider), tools=[tool])
    return lambda: agent.run(QUESTION[0]["content"])


@dataclass(frozen=True)
class Loop:
    """A loop to measure: the API it speaks, how it is set up, the package it comes from."""

    name: str
    api: str
    make: Callable[[Far, Tool, Work], Turn]
    package: str


LOOPS = (
    Loop("the course's loop", "chat", make_course, "openai"),
    Loop("bare gather", "chat", make_plain(gathered), "openai"),
    Loop("lesson 07's executor", "chat", make_careful, "openai"),
    Loop("sequential loop", "chat", make_plain(in_turn), "openai"),
    Loop("anthropic tool_runner", "claude", make_tool_runner, "anthropic"),
    Loop("OpenAI Agents SDK", "responses", make_agents("responses"), "openai-agents"),
    Loop("OpenAI Agents SDK, Chat", "chat", make_agents("chat"), "openai-agents"),
    Loop("LangChain create_agent", "chat", make_langchain, "langchain"),
    Loop("Pydantic AI", "chat", make_pydantic_ai, "pydantic-ai-slim"),
)


def version(package: str) -> str | None:
    """The installed version of a package, None where there is none."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


# --- The limit ------------------------------------------------------------------------------------


class Bare:
    """A bare HTTP client that holds the same conversation, and waits once for all results."""

    def __init__(self, far: Far, api: str) -> None:
        self.wait = 0.0
        headers = {"authorization": f"Bearer {far.key}", "anthropic-version": "2023-06-01"}
        self.http = httpx2.Client(base_url=far.url, headers=headers, timeout=60)
        self.talk = {"chat": self._chat, "responses": self._responses, "claude": self._claude}[api]

    def measure(self, wait: float) -> float:
        """Seconds of two round trips with so many seconds of waiting in between."""
        self.wait = wait
        began = time.perf_counter()
        self.talk()
        return time.perf_counter() - began

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        reply = self.http.post(path, content=json.dumps(body))
        assert reply.status_code == 200, reply.text
        return json.loads(reply.content)

    def _chat(self) -> None:
        body: dict[str, Any] = {"model": CHAT, "tools": TOOLS, "messages": QUESTION}
        message = self._post("/v1/chat/completions", body)["choices"][0]["message"]
        results = [
            {"role": "tool", "tool_call_id": call["id"], "content": '"0"'}
            for call in message["tool_calls"]
        ]
        time.sleep(self.wait)
        self._post("/v1/chat/completions", {**body, "messages": [*QUESTION, message, *results]})

    def _responses(self) -> None:
        tools = [{"type": "function", **ABOUT, "parameters": SCHEMA, "strict": False}]
        body: dict[str, Any] = {"model": CHAT, "tools": tools, "input": QUESTION}
        calls = self._post("/v1/responses", body)["output"]
        results = [
            {"type": "function_call_output", "call_id": call["call_id"], "output": '"0"'}
            for call in calls
        ]
        time.sleep(self.wait)
        self._post("/v1/responses", {**body, "input": [*QUESTION, *calls, *results]})

    def _claude(self) -> None:
        tools = [{**ABOUT, "input_schema": SCHEMA}]
        body = {"model": CLAUDE, "max_tokens": 16_000, "tools": tools, "messages": QUESTION}
        content = self._post("/v1/messages", body)["content"]
        results = [
            {"type": "tool_result", "tool_use_id": block["id"], "content": '"0"'}
            for block in content
        ]
        said = [{"role": "assistant", "content": content}, {"role": "user", "content": results}]
        time.sleep(self.wait)
        self._post("/v1/messages", {**body, "messages": [*QUESTION, *said]})


# --- Measuring ------------------------------------------------------------------------------------


class Subject:
    """One loop with one tool, for one number of calls."""

    def __init__(self, loop: Loop, work: Work, far: Far) -> None:
        self.loop, self.work, self.far = loop, work, far
        self.ran: list[int] = []
        self.turn = loop.make(far, tool_for(work, self.ran), work)
        self.times: list[float] = []
        self.processor: list[float] = []

    def measure(self, runner: asyncio.Runner) -> None:
        """Time one turn; ends the program if not every call was run once and answered."""
        self.ran.clear()
        gc.collect()  # Otherwise it falls into the turn of whoever happens to be next.
        began, used = time.perf_counter(), time.process_time()
        result = self.turn()
        if inspect.isawaitable(result):
            result = runner.run(_awaited(result))
        self.times.append(time.perf_counter() - began)
        self.processor.append(time.process_time() - used)
        if sorted(self.ran) != list(range(self.far.count)) or ANSWER not in str(result):
            what = f"{self.loop.name}, {self.work.name}: {len(self.ran)} of {self.far.count} calls"
            raise SystemExit(f"{what} were run, and the answer was: {str(result)[:300]}")

    def forget_first(self) -> None:
        """Leave out the turn that warmed it up, where there are others."""
        if len(self.times) > 1:
            del self.times[0], self.processor[0]


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


class Measurement:
    """All loops on one far end, round by round, so that a busy moment meets them all."""

    def __init__(self, url: str, loops: Sequence[Loop]) -> None:
        fars = [Far(url, count) for count in COUNTS]
        self.subjects = {
            (loop.name, work.name, far.count): Subject(loop, work, far)
            for loop in loops
            for work in WORKS
            for far in fars
        }
        apis = sorted({loop.api for loop in loops})
        self.bare = {(api, far.count): Bare(far, api) for api in apis for far in fars}
        self.limits: dict[tuple[str, int, float], list[float]] = defaultdict(list)

    def run(self, rounds: int) -> None:
        """Warm everything up, then measure so many rounds."""
        with asyncio.Runner() as runner:
            for number in range(rounds + 1):
                for subject in self.subjects.values():
                    if number == 0 or not self._slow(subject):
                        self._measure_limit(subject)
                        subject.measure(runner)
                gc.freeze()
                print(f"round {number} of {rounds}", file=sys.stderr, flush=True)
        for subject in self.subjects.values():
            subject.forget_first()

    def _measure_limit(self, subject: Subject) -> None:
        api, count, wait = subject.loop.api, subject.far.count, subject.work.seconds
        self.limits[api, count, wait].append(self.bare[api, count].measure(wait))

    def _slow(self, subject: Subject) -> bool:
        """Whether one turn of it takes seconds: once is enough then, and the warming up is it."""
        return subject.times[0] > 3

    def limit(self, api: str, count: int, wait: float) -> float:
        """Median seconds of the bare client."""
        return statistics.median(self.limits[api, count, wait])

    def seconds(self, loop: Loop, work: Work, count: int) -> float:
        """Median seconds of a turn."""
        return statistics.median(self.subjects[loop.name, work.name, count].times)

    def ratio(self, loop: Loop, work: Work, count: int) -> float:
        """A turn as a multiple of the limit."""
        return self.seconds(loop, work, count) / self.limit(loop.api, count, work.seconds)

    def microseconds(self, loop: Loop, work: Work) -> float:
        """Processor time for one call more, with a tool that does nothing."""
        one, hundred = (
            statistics.median(self.subjects[loop.name, work.name, count].processor)
            for count in (1, 100)
        )
        return (hundred - one) / 99 * 1e6


# --- What care costs ------------------------------------------------------------------------------

CARE = {"bare gather": gathered, "lesson 07's executor": carefully}
TURNS = 20
"""Turns in one measurement of a turn with few calls; fewer where there are many."""


def care(rounds: int) -> dict[tuple[str, int], float]:
    """Microseconds a call by executor and number of calls: the median of ten times so many rounds."""
    tool = tool_for(WORKS[2], [])
    times: dict[tuple[str, int], list[float]] = defaultdict(list)
    with asyncio.Runner() as runner:
        for _ in range(10 * rounds):
            for count in COUNTS:
                for name, run_calls in CARE.items():
                    spent = runner.run(_spent(run_calls, tool, _made_calls(count)))
                    times[name, count].append(spent / count * 1e6)
    return {key: statistics.median(measured) for key, measured in times.items()}


async def _spent(run_calls: RunCalls, tool: Tool, calls: Sequence[Any]) -> float:
    """Seconds of processor time of one turn, from several."""
    turns = max(1, TURNS // len(calls))
    await run_calls(calls, tool)
    began = time.process_time_ns()
    for _ in range(turns):
        await run_calls(calls, tool)
    return (time.process_time_ns() - began) / turns / 1e9


def _made_calls(count: int) -> list[Any]:
    """The tool calls of a reply as the SDK hands them over."""
    from openai.types.chat import ChatCompletionMessageFunctionToolCall

    return [
        ChatCompletionMessageFunctionToolCall.model_validate(
            {
                "id": f"call_{number}",
                "type": "function",
                "function": {"name": ABOUT["name"], "arguments": json.dumps({"number": number})},
            }
        )
        for number in range(count)
    ]


# --- Telling --------------------------------------------------------------------------------------


def table(measured: Measurement, loops: Sequence[Loop]) -> Iterator[str]:
    """The result, line by line."""
    head = " / ".join(f"{count:>5}" for count in COUNTS)
    yield f"{'times the limit, for calls:':<26} {'async ' + head:>38} {'blocking ' + head:>40}  µs a call"
    for loop in loops:
        cells = [
            " / ".join(f"{measured.ratio(loop, work, count):5.2f}" for count in COUNTS)
            for work in WORKS[:2]
        ]
        costs = " / ".join(f"{measured.microseconds(loop, work):.0f}" for work in WORKS[2:])
        yield f"{loop.name:<26} {cells[0]:>38} {cells[1]:>40}  {costs}"
    for api in sorted({loop.api for loop in loops}):
        for wait in (0.1, 0.0):
            limits = " / ".join(f"{1e3 * measured.limit(api, n, wait):.1f}" for n in COUNTS)
            yield f"limit, {api}, waiting {1e3 * wait:.0f} ms: {limits} ms"


def care_table(costs: Mapping[tuple[str, int], float]) -> Iterator[str]:
    """What care costs, line by line."""
    yield f"µs a call without the wire, for calls: {' / '.join(f'{n:>5}' for n in COUNTS)}"
    for name in CARE:
        cells = " / ".join(f"{costs[name, count]:5.0f}" for count in COUNTS)
        yield f"{name:<38} {cells}"


def conditions(loops: Sequence[Loop]) -> str:
    """When, where and with what it was measured."""
    packages = dict.fromkeys(["openai", *(loop.package for loop in loops)])
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    load = ", ".join(f"{number:.1f}" for number in os.getloadavg())
    python = ".".join(map(str, sys.version_info[:3]))
    day = datetime.datetime.now(datetime.UTC).date()
    return f"{day}, Python {python}, {os.cpu_count()} CPUs, load {load}; {versions}"


def draw(measured: Measurement, loops: Sequence[Loop], path: Path) -> None:
    """A chart of the turns with ten calls, written as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 1.2 + 0.42 * len(loops)), layout="constrained", facecolor="white")
    day = datetime.datetime.now(datetime.UTC).date()
    figure.suptitle(f"One turn with ten tool calls, as a multiple of the limit ({day})")
    figure.supxlabel(f"The line is the limit. {conditions(loops)}", fontsize=7, wrap=True)
    for axes, work in zip(figure.subplots(1, 2, sharey=True), WORKS, strict=False):
        ratios = [measured.ratio(loop, work, 10) for loop in loops]
        ours = [loop.make is make_course for loop in loops]
        colours = ["#0072B2" if own else "#BBBBBB" for own in ours]
        axes.barh([loop.name for loop in loops], ratios, color=colours)
        for place, ratio in enumerate(ratios):
            axes.annotate(
                f"{ratio:.2f}", (ratio, place), (4, 0), textcoords="offset points", va="center"
            )
        axes.axvline(1, color="#222222", linewidth=1)
        axes.set_title(f"{work.name} tools of 100 ms", fontsize=10)
        axes.set_xlim(0, max(ratios) * 1.15)
        axes.xaxis.set_visible(False)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
    figure.axes[0].invert_yaxis()
    figure.savefig(path, dpi=160)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often to measure (default: 5)")
    parser.add_argument("--chart", type=Path, metavar="FILE", help="write a chart, as PNG")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="loops whose name has one of these"
    )
    parser.add_argument("--care", action="store_true", help="measure only what care costs")
    options = parser.parse_args(arguments)
    if options.care:
        print(*care_table(care(options.rounds)), conditions([]), sep="\n")
        return
    loops: list[Loop] = []
    for loop in LOOPS:
        if options.only and not any(part in loop.name for part in options.only):
            continue
        if version(loop.package) is None:
            print(f"{loop.name} is left out: {loop.package} is not installed.")
        else:
            loops.append(loop)
    if not loops:
        raise SystemExit("No loop is left to measure. Their names are in LOOPS, in this file.")
    with served() as url:
        measured = Measurement(url, loops)
        measured.run(options.rounds)
    print(*table(measured, loops), *care_table(care(options.rounds)), sep="\n")
    print(conditions(loops))
    if options.chart:
        draw(measured, loops, options.chart)


if __name__ == "__main__":
    main()
