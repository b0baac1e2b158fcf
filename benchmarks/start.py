"""What `fanout.start()` costs on top of importing the SDK.

Runs fresh interpreters, in turns: one that starts its own far end, and one that uses a far end that
is running already. Each imports openai, makes a client and waits for one reply (at pace 0). The
difference of the two totals is what starting costs a person; the time until `start()` returns is
given as well. Medians; run it on a quiet machine:

    .venv/bin/python benchmarks/start.py [RUNS]
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

from fanout.simulator.server import Server
from fanout.simulator.world import World

TIMED = """
import json, os, sys, time
marks = [time.perf_counter()]
mark = lambda: marks.append(time.perf_counter())
import openai; mark()
if sys.argv[1] == "own":
    import fanout; fanout.start(pace=0)
else:
    os.environ.update(OPENAI_BASE_URL=sys.argv[1] + "/v1", OPENAI_API_KEY="sk-offline")
mark()
client = openai.OpenAI(); mark()
hello = [{"role": "user", "content": "Hello"}]
client.chat.completions.create(model="gpt-5.2", messages=hello); mark()
print(); print(json.dumps([b - a for a, b in zip(marks, marks[1:])]))
"""


def timed(where: str) -> list[float]:
    """Seconds for: import openai, start, make a client, first reply."""
    command = [sys.executable, "-c", TIMED, where]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 (our own interpreter)
    seconds: list[float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


def main(runs: int) -> None:
    """Print the medians, in milliseconds."""
    server = Server(World(pace=0)).start()
    timed(server.url)  # so that the running far end has imported everything
    pairs = [(timed("own"), timed(server.url)) for _ in range(runs)]
    server.stop()
    own, other = (
        [statistics.median(column) for column in zip(*side, strict=True)]
        for side in zip(*pairs, strict=True)
    )
    print(f"median of {runs} runs each, in ms   own far end   running already")
    steps = ("import openai", "start", "make a client", "first reply")
    for name, mine, theirs in zip(steps, own, other, strict=True):
        print(f"  {name:<28} {1000 * mine:9.0f} {1000 * theirs:12.0f}")
    extra = statistics.median(sum(a[1:]) - sum(b[1:]) for a, b in pairs)
    print(f"start() to a usable client and its first reply costs {1000 * extra:.0f} ms more")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
