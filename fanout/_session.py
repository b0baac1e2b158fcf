"""The far end that this process talks to: starting it, pointing the SDKs at it, reading its record."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from fanout.recording import Recorder, Run
from fanout.simulator.server import Server
from fanout.simulator.world import World

READY = "fanout: the offline model answers this notebook. No key, no network, no cost."

_RECORDER = Recorder()
_LOOPBACK = "127.0.0.1,localhost"
_server: Server | None = None
_before: dict[str, str | None] = {}


def start(*, pace: float = 1.0) -> None:
    """Start the offline far end and point the SDKs of this process at it.

    Clients made afterwards (`OpenAI()`, `Anthropic()` and their async twins) talk to it; a real key in the environment
    is set aside until `stop()`, never sent. Calling it again changes nothing but the pace.

    :param pace: multiplies the waiting times of model and services; 0 answers at once.
    """
    global _server
    if _server is None or not _server.alive:
        _server = Server(World(recorder=_RECORDER), head_start=0.3).start()
    _server.world.pace = pace
    _set_environment(_server.url)
    print(READY)


def stop() -> None:
    """Stop the far end and put the environment back as `start()` found it."""
    global _server
    if _server is not None:
        _server.stop()
        _server = None
    for name, value in _before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    _before.clear()


@contextmanager
def record() -> Iterator[Run]:
    """Collect what crosses the wire inside the `with` block, as a `Run`.

    `run.seconds`, `run.round_trips` and `run.tokens` sum it up; `timeline(run)` and
    `transcript(run)` show it.
    """
    if _server is None:
        raise RuntimeError("Nothing to record yet: call `fanout.start()` first.")
    with _RECORDER.record() as run:
        yield run


def _set_environment(url: str) -> None:
    settings = {
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": "sk-offline",
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "sk-ant-offline",
        "SERVICES_URL": f"{url}/services",
    }
    # A proxy set on this machine must not get requests that are meant for loopback.
    for name in ("NO_PROXY", "no_proxy"):
        others = os.environ.get(name, "")
        covered = "127.0.0.1" in others
        settings[name] = others if covered else f"{others},{_LOOPBACK}".lstrip(",")
    for name, value in settings.items():
        _before.setdefault(name, os.environ.get(name))
        os.environ[name] = value
