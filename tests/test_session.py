"""`fanout.start()`: safe to call anywhere, unseen by a real key, and quick."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

import fanout
from fanout import _session

HELLO = [{"role": "user", "content": "Say hello."}]
MODEL = "gpt-5.2"


@pytest.fixture
def started() -> Iterator[None]:
    fanout.start(pace=0)
    yield
    fanout.stop()


def python(code: str, **environment: str) -> str:
    """What a fresh interpreter prints; fails on any word on stderr."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
        cwd=Path(__file__).parent,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout


def test_one_stable_line(capsys: pytest.CaptureFixture[str]) -> None:
    """start() prints the same one line each time, and a second call keeps the server."""
    fanout.start()
    first = _session._server
    fanout.start()
    assert _session._server is first
    fanout.stop()
    assert capsys.readouterr().out == f"{_session.READY}\n" * 2


def test_clients_made_afterwards_work(started: None) -> None:
    """OpenAI() and AsyncOpenAI() need no argument after start()."""
    from openai import AsyncOpenAI, OpenAI

    reply = OpenAI().chat.completions.create(model=MODEL, messages=HELLO)
    assert reply.choices[0].message.content

    async def ask() -> str | None:
        async with AsyncOpenAI() as client:
            reply = await client.chat.completions.create(model=MODEL, messages=HELLO)
        return reply.choices[0].message.content

    assert asyncio.run(ask()) == reply.choices[0].message.content


def test_start_inside_a_running_loop() -> None:
    """A notebook's loop is running when start() is called; requests from it are answered."""

    async def cell() -> int:
        fanout.start(pace=0)
        async with httpx2.AsyncClient() as http:
            reply = await http.get(os.environ["SERVICES_URL"] + "/weather?city=Tokyo")
        fanout.stop()
        return reply.status_code

    assert asyncio.run(cell()) == 200


def test_a_blocked_loop_does_not_stop_the_server() -> None:
    """The server has a thread of its own: a blocking request from inside a loop is answered."""

    async def cell() -> int:
        fanout.start(pace=0)
        reply = httpx2.get(os.environ["SERVICES_URL"] + "/weather?city=Tokyo")
        fanout.stop()
        return reply.status_code

    assert asyncio.run(cell()) == 200


def test_a_real_key_is_set_aside_and_given_back(
    monkeypatch: pytest.MonkeyPatch, started: None
) -> None:
    """A key in the environment is not the one that is sent, and stop() puts it back."""
    fanout.stop()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-real")
    fanout.start(pace=0)
    assert os.environ["OPENAI_API_KEY"] == "sk-offline"
    fanout.stop()
    assert os.environ["OPENAI_API_KEY"] == "sk-very-real"


def test_a_key_never_reaches_the_record(started: None) -> None:
    """A key passed by hand crosses loopback only, and no part of it is recorded."""
    from openai import OpenAI

    with fanout.record() as run:
        client = OpenAI(api_key="sk-by-hand-123456")
        client.chat.completions.create(model=MODEL, messages=HELLO)
    assert "by-hand" not in repr([vars(e) for e in run.exchanges])


def test_a_proxy_is_kept_out() -> None:
    """With a proxy set on the machine, requests to the far end still go to loopback."""
    code = (
        "import fanout; fanout.start(pace=0)\n"
        "from openai import OpenAI\n"
        f"r = OpenAI(max_retries=0).chat.completions.create(model={MODEL!r}, messages={HELLO!r})\n"
        "print(bool(r.choices[0].message.content))"
    )
    proxy = "http://127.0.0.1:9"
    out = python(code, HTTP_PROXY=proxy, http_proxy=proxy, ALL_PROXY="", NO_PROXY="")
    assert out.splitlines()[-1] == "True"


def test_record_before_start() -> None:
    """Recording without a far end says what to do."""
    with pytest.raises(RuntimeError, match=r"fanout\.start\(\)"), fanout.record():
        pass


def test_a_script_ends_by_itself() -> None:
    """A script that calls start() ends at its last line, with nothing on stderr."""
    assert python("import fanout; fanout.start()") == f"{_session.READY}\n"


def test_import_is_light() -> None:
    """`import fanout` and `fanout.start` load neither an SDK, nor matplotlib, nor the server."""
    code = (
        "import sys, fanout; fanout.start; import json\n"
        "heavy = ('openai', 'anthropic', 'matplotlib', 'starlette', 'uvicorn', 'IPython', 'httpx2')\n"
        "print(json.dumps([m for m in heavy if m in sys.modules]))"
    )
    assert json.loads(python(code)) == []


def test_start_is_quick() -> None:
    """start() adds less to importing the SDK and making a client than half of what that takes.

    A ratio within one process each, the median of five, so that a busy machine changes little; the
    figure in milliseconds is measured in benchmarks/start.py.
    """
    code = (
        "import time; a = time.perf_counter()\n"
        "import openai; b = time.perf_counter()\n"
        "import fanout; fanout.start(); c = time.perf_counter()\n"
        "print(); print((c - b) / (b - a))"
    )
    ratios = [float(python(code).split()[-1]) for _ in range(5)]
    assert statistics.median(ratios) < 0.5
