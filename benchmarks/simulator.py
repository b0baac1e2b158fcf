"""What `fanout serve` can bear, beside a bare JSON answer on the same server, and beside aimock.

Each peer runs on one core and wrk on the other, one after the other in every round, so that a busy
moment of the machine meets them all. The load alternates between two requests: three tools are on
offer and three calls are wanted; then the three results, and a text is wanted. All three answer both
(this is checked first), at pace 0. fanout reads and validates each request, decides, and records; aimock
matches the request with a fixture; the bare one parses the request and sends a constant.

Three loads: the "same" two requests over and over, as a class that runs the same cells sends them
(fanout then reads each once, see fanout/simulator/heard.py); "new" ones, no two alike, that ask the
same question with another field beside it; and "words", where every conversation asks another
question. aimock and the bare server give their constants to all of them.

    .venv/bin/python benchmarks/simulator.py [--connections 1 32 256] [--seconds 4] [--rounds 3]
        [--python /path/to/venv/bin/python] [--aimock /path/to/node_modules/@copilotkit/aimock]
        [--loads same new words] [--other /path/to/another/checkout]

It needs wrk and taskset (Debian: `apt install wrk util-linux`). `--python` is the interpreter that
runs fanout and the bare server: uvicorn takes uvloop where that environment has it.
`--other` measures another checkout of this repository beside this one, such as one from before a change.
For `--aimock`: `npm install --prefix DIR @copilotkit/aimock`. The numbers are medians over the rounds;
compare them by ratio within one run, and only on a quiet machine. The CPU that the server used for a
request is what other jobs disturb least.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[1]
PATH = "/v1/chat/completions"
SERVER_CORE, LOAD_CORE = "0", "1"
CITIES = ("Tokyo", "London", "Lima")


# --- The two requests, and what a right answer to each is -----------------------------------------


def tool(name: str, about: str, parameter: str) -> dict[str, Any]:
    """A function on offer."""
    schema = {
        "type": "object",
        "properties": {parameter: {"type": "string"}},
        "required": [parameter],
    }
    return {
        "type": "function",
        "function": {"name": name, "description": about, "parameters": schema},
    }


def question() -> dict[str, Any]:
    """Asks for three calls."""
    text = f"What's the weather in {CITIES[0]}, {CITIES[1]} and {CITIES[2]}?"
    return {
        "model": "gpt-5.2",
        "messages": [{"role": "user", "content": text}],
        "tools": [
            tool("get_weather", "Weather in a city.", "city"),
            tool("get_stock_price", "The price of a share.", "symbol"),
            tool("send_email", "Send an email.", "address"),
        ],
    }


def follow_up() -> dict[str, Any]:
    """The same with the three calls and their results."""
    calls = [
        {
            "id": f"call_{city}",
            "type": "function",
            "function": {"name": "get_weather", "arguments": json.dumps({"city": city})},
        }
        for city in CITIES
    ]
    results = [
        {"role": "tool", "tool_call_id": f"call_{city}", "content": f"{10 + n} degrees"}
        for n, city in enumerate(CITIES)
    ]
    body = question()
    body["messages"] += [{"role": "assistant", "content": None, "tool_calls": calls}, *results]
    return body


def check(url: str) -> None:
    """Raises where a peer does not do the work that is measured."""
    first = answer(url, question())
    cities = [json.loads(c["function"]["arguments"])["city"] for c in first["tool_calls"]]
    assert cities == list(CITIES), f"{url} wanted calls for {cities}"
    text = answer(url, follow_up())["content"]
    assert all(str(10 + n) in text for n in range(3)), f"{url} made of the results: {text!r}"


def answer(url: str, body: dict[str, Any]) -> dict[str, Any]:
    """The message that a peer answers with."""
    headers = {"content-type": "application/json", "authorization": "Bearer sk-benchmark"}
    request = urllib.request.Request(url + PATH, json.dumps(body).encode(), headers)  # noqa: S310 (loopback)
    with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310
        message: dict[str, Any] = json.load(reply)["choices"][0]["message"]
    return message


# --- The peers ------------------------------------------------------------------------------------

BARE = """
import json, sys
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from fanout.simulator.server import config
calls, text = json.load(open(sys.argv[1]))

async def endpoint(request):
    body = await request.json()
    return JSONResponse(calls if len(body["messages"]) == 1 else text)

made = config(Starlette(routes=[Route(sys.argv[3], endpoint, methods=["POST"])]))
made.port = int(sys.argv[2])
uvicorn.Server(made).run()
"""


@dataclass(frozen=True)
class Peer:
    """One server: its name, the command that starts it on a port, and the fanout it imports."""

    name: str
    command: Sequence[str]
    repository: Path = REPOSITORY


def peers(python: str, aimock: Path | None, other: Path | None, folder: Path) -> list[Peer]:
    """Those that can be run here. `{port}` in a command is the port."""
    fanout = [python, "-m", "fanout.cli", "serve", "--pace", "0", "--port", "{port}"]
    found = [Peer("fanout serve", fanout)]
    if other is not None:
        found.append(Peer("the other", fanout, other))
    constants = folder / "constants.json"
    with served(found[0]) as one:
        messages = [answer(one.url, body) for body in (question(), follow_up())]
    whole = [{"choices": [{"message": message}]} for message in messages]
    constants.write_text(json.dumps(whole))
    found.append(Peer("bare starlette", [python, "-c", BARE, str(constants), "{port}", PATH]))
    if aimock is not None:
        fixtures = folder / "fixtures.json"
        fixtures.write_text(json.dumps(aimock_fixtures()))
        command = ["node", str(aimock / "dist" / "cli.js"), "--fixtures", str(fixtures)]
        found.append(Peer("aimock", [*command, "--log-level", "silent", "--port", "{port}"]))
    return found


def aimock_fixtures() -> dict[str, Any]:
    """What aimock is to answer; it does not choose calls or read results itself."""
    calls = [
        {"name": "get_weather", "arguments": json.dumps({"city": city}, separators=(",", ":"))}
        for city in CITIES
    ]
    text = ". ".join(f"{city}: {10 + n} degrees" for n, city in enumerate(CITIES))
    asked = {"userMessage": "What's the weather"}
    return {
        "fixtures": [
            {"match": {**asked, "hasToolResult": False}, "response": {"toolCalls": calls}},
            {"match": {**asked, "hasToolResult": True}, "response": {"content": text}},
        ]
    }


@dataclass(frozen=True)
class Served:
    """A peer that runs."""

    url: str
    process: int

    def cpu(self) -> float:
        """Seconds of CPU that it has used so far, from Linux's /proc."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def served(peer: Peer) -> Iterator[Served]:
    """A peer on a core of its own, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [part.replace("{port}", str(port)) for part in peer.command]
    environment = os.environ | {"PYTHONPATH": str(peer.repository)}
    process = subprocess.Popen(  # noqa: S603 (the peers above)
        ["taskset", "-c", SERVER_CORE, *command],  # noqa: S607
        cwd=peer.repository,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        await_port(port, process)
        yield Served(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until somebody listens there."""
    for _ in range(200):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"Nothing listens on port {port}; the server ended with {process.poll()}.")


# --- The load -------------------------------------------------------------------------------------

SCRIPT = """
local bodies = { [=[%s]=], [=[%s]=] }
local cities = { %s }
local at = -1
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer sk-benchmark"
request = function()
  at = at + 1
  local body, talk = bodies[at %% 2 + 1], math.floor(at / 2)
  %s
  return wrk.format("POST", "%s", nil, body)
end
"""
CHANGES = {
    "same": "",
    "new": """body = '{"user": "' .. at .. '", ' .. body:sub(2)""",
    "words": """body = body:gsub("Tokyo, London and Lima", cities[talk % #cities + 1] .. ", " ..
    cities[(talk + 7) % #cities + 1] .. " and " .. cities[(talk + 23) % #cities + 1], 1)
  body = body:gsub("weather in", "weather on day " .. talk .. " in", 1)""",
}
"""What each load changes in a request: nothing, a field beside the question, the question."""
MORE = """Tokyo London Lima Paris Oslo Cairo Berlin Madrid Quito Accra Turin Delhi Perth Seoul Hanoi
Dakar Osaka Miami Vienna Athens Lagos Rome Milan Dublin Lisbon Prague Moscow Manila Boston Denver
Dallas Austin Dubai Bogota Munich Geneva Zurich Sydney Nairobi Beijing Mumbai""".split()


def scripts(folder: Path) -> dict[str, Path]:
    """For wrk: the two requests in turn, with what each load changes in them."""
    found = {kind: folder / f"{kind}.lua" for kind in CHANGES}
    for kind, path in found.items():
        bodies = (json.dumps(question()), json.dumps(follow_up()))
        cities = ", ".join(f'"{city}"' for city in MORE)
        path.write_text(SCRIPT % (*bodies, cities, CHANGES[kind], PATH))
    return found


@dataclass(frozen=True)
class Measured:
    """One run of wrk: requests a second, latencies in milliseconds, CPU of the server."""

    rate: float
    p50: float
    p99: float
    cpu: float
    """Microseconds a request: what a busy machine disturbs least."""


def load(peer: Served, connections: int, seconds: int, script: Path) -> Measured:
    """What wrk measures; raises where an answer was no success."""
    command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
    command += ["--latency", "--timeout", "30s", "-s", str(script), peer.url]
    before = peer.cpu()
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(f"{peer.url} did not answer everything:\n{done.stdout}")
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", done.stdout)[0])
    count = int(re.findall(r"(\d+) requests in", done.stdout)[0])
    p50, p99 = (_milliseconds(done.stdout, share) for share in (50, 99))
    return Measured(rate, p50, p99, (peer.cpu() - before) / count * 1e6)


def _milliseconds(text: str, share: int) -> float:
    number, unit = re.findall(rf"\s{share}%\s+([\d.]+)(us|ms|s)", text)[0]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def measure(found: Sequence[Peer], args: argparse.Namespace, loads: dict[str, Path]) -> None:
    """Print a table: for each load and each peer the medians over the rounds."""
    results: dict[tuple[int, str, str], list[Measured]] = {}
    for _ in range(args.rounds):
        for peer in found:
            with served(peer) as one:
                check(one.url)
                load(one, 32, 1, loads["same"])  # warm
                for connections, kind in product(args.connections, args.loads):
                    measured = load(one, connections, args.seconds, loads[kind])
                    results.setdefault((connections, kind, peer.name), []).append(measured)
    against = [p.name for p in found if p.name in ("bare starlette", "aimock")]
    print(
        "connections  requests  server           requests/s    p50 ms    p99 ms   CPU us"
        + "".join(f"  of {name}" for name in against)
    )
    for connections, kind in product(args.connections, args.loads):
        medians = {p.name: _median(results[connections, kind, p.name]) for p in found}
        for name, m in medians.items():
            shares = [f"{m.rate / medians[one].rate:{5 + len(one)}.2f}" for one in against]
            print(
                f"{connections:11d}  {kind:8s}  {name:15s} {m.rate:11,.0f} {m.p50:9.2f}"
                f" {m.p99:9.2f} {m.cpu:8.0f}{''.join(shares)}"
            )


def _median(runs: Sequence[Measured]) -> Measured:
    columns = zip(*((run.rate, run.p50, run.p99, run.cpu) for run in runs), strict=True)
    return Measured(*map(statistics.median, columns))


def main() -> None:
    """Read the options, and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 32, 256])
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement (default: 4)")
    parser.add_argument("--rounds", type=int, default=3, help="medians are over these (default: 3)")
    parser.add_argument("--loads", nargs="+", choices=list(CHANGES), default=list(CHANGES))
    parser.add_argument("--python", default=sys.executable, help="runs fanout and the bare server")
    parser.add_argument("--other", type=Path, help="the folder of another checkout of fanout")
    parser.add_argument("--aimock", type=Path, help="the folder of the npm package")
    args = parser.parse_args()
    for program in ("wrk", "taskset"):
        if shutil.which(program) is None:
            sys.exit(f"This benchmark needs {program}, which is not installed.")
    with tempfile.TemporaryDirectory() as name:
        loads = scripts(Path(name))
        print("load of this machine before: {:.1f} {:.1f} {:.1f}".format(*os.getloadavg()))
        measure(peers(args.python, args.aimock, args.other, Path(name)), args, loads)
        print("load of this machine after: {:.1f} {:.1f} {:.1f}".format(*os.getloadavg()))


if __name__ == "__main__":
    main()
