"""What a learner on Windows needs, held from here: no POSIX module on their way, and README's lines."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# The libraries know Windows themselves, and here some of them rightly load what it does not have.
LEARNER = """
import sys
import asyncio, multiprocessing.connection, subprocess, tempfile
import matplotlib.figure, matplotlib.font_manager, openai, rich, uvicorn
import uvicorn.loops.auto, uvicorn.protocols.http.auto, uvicorn.protocols.websockets.auto
for name in "fcntl grp pty pwd readline resource syslog termios tty".split():
    sys.modules[name] = None

import fanout
fanout.start(pace=0)
with fanout.record() as run:
    messages = [{"role": "user", "content": "Hello"}]
    openai.OpenAI().chat.completions.create(model="gpt-5.2", messages=messages)
assert fanout.timeline(run).png and fanout.bars({"a": 1}).png
print(fanout.transcript(run))

def count_calls(response):
    return 2

fanout.check(count_calls, seed=1)
fanout.hint(count_calls)
fanout.progress()
fanout.diagnose(messages), fanout.explain("text"), fanout.error_index(), fanout.models()
import fanout.authoring, fanout.cli, fanout.conform, fanout.doctor, fanout.lab, fanout.simulator.room
"""


def test_a_learner_needs_no_posix_module() -> None:
    """Start, record, pictures, check, hint and the commands' modules work without what only POSIX has."""
    done = subprocess.run(
        [sys.executable, "-c", LEARNER], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "count_calls: not yet" in done.stdout
    assert "Hint 1 of 3" in done.stdout


def test_the_lines_for_windows_do_what_make_does() -> None:
    """README's PowerShell lines install what make installs and run what it runs."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\.venv\\Scripts\\(.+)$", readme, re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "python -m pip install -r requirements.txt" in lines
    assert "fanout lab" in lines
    assert r"python tests\run.py" in lines
    assert "$(BIN)/python tests/run.py" in makefile
