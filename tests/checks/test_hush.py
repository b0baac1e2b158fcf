"""What stands on the error stream after a check: nothing of ours, and nothing of a learner's is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

START = """
import asyncio, gc, json
import fanout

def result(functions, call):
    return functions[call.function.name](**json.loads(call.function.arguments))
"""

SHIELDED = """
async def run_carefully(message, functions, limit, timeout):
    async def answer(call):
        await asyncio.wait_for(asyncio.shield(asyncio.gather(result(functions, call))), 0.05)
    await asyncio.gather(*map(answer, message.tool_calls), return_exceptions=True)
    return []
fanout.check(run_carefully, seed=5)
"""
PLAIN_AND_RUN = """
def run_together(message, functions):
    async def answer(call): ...
    return asyncio.run(asyncio.gather(*(answer(call) for call in message.tool_calls)))
fanout.check(run_together, seed=5)
"""
OWN_LOOP = """
def run_carefully(message, functions, limit, timeout):
    async def turn():
        for call in message.tool_calls:
            asyncio.ensure_future(asyncio.shield(asyncio.gather(result(functions, call))))
        await asyncio.sleep(0.05)
        return []
    return asyncio.run(turn())
fanout.check(run_carefully, seed=5)
"""
RUN_INSIDE = """
async def run_together(message, functions):
    async def answer(): ...
    return asyncio.run(answer())
fanout.check(run_together, seed=5)
"""
OWN_MISTAKE = """
async def outside(): ...
async def broken():
    raise ValueError("mine")
async def main():
    asyncio.ensure_future(broken())
    await asyncio.sleep(0)
outside()
asyncio.run(main())
gc.collect()
"""


def errors_of(code: str, folder: Path) -> str:
    """What a program writes to its error stream, up to and with the clearing up at its end."""
    script = folder / "learner.py"
    script.write_text(f"{START}{code}\ngc.collect()\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, cwd=folder, check=True, timeout=60
    )
    return done.stderr


@pytest.mark.parametrize("code", [SHIELDED, PLAIN_AND_RUN, OWN_LOOP, RUN_INSIDE])
def test_a_check_leaves_the_error_stream_alone(code: str, tmp_path: Path) -> None:
    """Coroutines and calls that were left behind in a check are told by the check, and not by Python."""
    assert errors_of(code, tmp_path) == ""


def test_what_is_the_learners_own_is_told(tmp_path: Path) -> None:
    """After a check, a forgotten await and a lost exception of the learner's own code still show."""
    told = errors_of(PLAIN_AND_RUN + OWN_MISTAKE, tmp_path)
    assert "coroutine 'outside' was never awaited" in told
    assert "ValueError: mine" in told
    assert "fanout" not in told
