"""`fanout doctor`: one table that says what the course finds on this machine, fit for a bug report.

It names settings and never shows their values: no key, no proxy address, no folder of the person's.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

__all__ = ["Finding", "examine", "find_chromium", "report", "simulator"]

PACKAGES = (
    "openai",
    "anthropic",
    "jupyterlab",
    "ipykernel",
    "nest-asyncio",
    "matplotlib",
    "starlette",
    "uvicorn",
    "httpx2",
    "nbval",
)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
WINDOWS = sys.platform == "win32"
LAB = r".venv\Scripts\fanout lab" if WINDOWS else "make lab"
INSTALL = (
    r"run `.venv\Scripts\python -m pip install -r requirements.txt` in the course's folder"
    if WINDOWS
    else "run `make lab` in the course's folder; it installs what is missing"
)
REPORT_IT = f"{INSTALL}; if this stays, report it with the whole table"


@dataclass(frozen=True)
class Finding:
    """One row: what was looked at, what was found, and, where it must change, what to do."""

    name: str
    found: str
    todo: str | None = None
    """None when all is well; otherwise the next step."""


def _python() -> Finding:
    supported = (3, 11) <= sys.version_info[:2] <= (3, 14)
    chosen = (
        "make .venv again with `py -3.13 -m venv .venv`"
        if WINDOWS
        else "`make lab PYTHON=python3.13`"
    )
    todo = None if supported else f"use Python 3.11 to 3.14: {chosen}"
    return Finding("python", f"{platform.python_version()} ({platform.machine()})", todo)


def _environment() -> Finding:
    clone = Path(__file__).resolve().parents[1]
    if Path(sys.prefix).resolve() == clone / ".venv":
        return Finding("environment", "the course's own (.venv)")
    kind = (
        "another virtual environment" if sys.prefix != sys.base_prefix else "no virtual environment"
    )
    return Finding("environment", f"{kind}; README says how to make the course's own")


def _package(name: str) -> Finding:
    try:
        return Finding(name, metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, "not installed", INSTALL)


def _round_trip() -> str:
    """Start the simulator, send it one chat request, and say how long both took."""
    import httpx2

    from fanout.lessons.syllabus import model
    from fanout.simulator.server import Server
    from fanout.simulator.world import World

    began = time.perf_counter()
    server = Server(World(pace=0)).start()
    try:
        # Without the environment: a proxy set on this machine is not asked about loopback.
        with httpx2.Client(trust_env=False, timeout=20) as client:
            reply = client.post(
                f"{server.url}/v1/chat/completions",
                headers={"Authorization": "Bearer sk-offline"},
                json={
                    "model": model("chat"),
                    "messages": [{"role": "user", "content": "Are you there?"}],
                },
            )
    finally:
        server.stop()
    reply.raise_for_status()
    return f"answered in {time.perf_counter() - began:.2f} s"


def simulator(round_trip: Callable[[], str] = _round_trip) -> Finding:
    """Whether the simulator starts and answers; a failure is a finding too."""
    try:
        return Finding("simulator", round_trip())
    except Exception as error:  # noqa: BLE001 - whatever it is belongs in the report
        return Finding("simulator", f"failed: {type(error).__name__}: {error}", REPORT_IT)


def _proxies(environ: Mapping[str, str]) -> Finding:
    names = [name for name in environ if name.upper() in PROXIES and environ[name]]
    return Finding("proxies set", ", ".join(sorted(names)) or "none")


def _key(name: str, environ: Mapping[str, str]) -> Finding:
    return Finding(name, "yes (offline, it is not used)" if environ.get(name) else "no")


def find_chromium() -> str | None:
    """The Chromium that the browser test drives: FANOUT_CHROMIUM, or the first one installed."""
    named = os.environ.get("FANOUT_CHROMIUM")
    if named:
        return shutil.which(named)
    on_path = (shutil.which(name) for name in CHROMIUM)
    return next((path for path in on_path if path), shutil.which(MAC_CHROME))


def _chromium() -> Finding:
    path = find_chromium()
    return Finding("chromium", Path(path).name if path else "none (only the browser test wants it)")


def examine(environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Look at everything the course needs, one finding after the other."""
    yield _python()
    yield Finding("platform", platform.platform())
    yield Finding("fanout", metadata.version("fanout"))
    yield _environment()
    yield from map(_package, PACKAGES)
    yield simulator()
    yield _proxies(environ)
    yield from (_key(name, environ) for name in KEYS)
    yield _chromium()


def report() -> int:
    """Print the table; returns 1 when something needed is missing or fails, otherwise 0."""
    todos: list[str] = []
    for finding in examine():
        mark = "ok" if finding.todo is None else "FIX"
        print(f"{mark:<4}{finding.name:<19}{finding.found}", flush=True)
        if finding.todo:
            todos.append(f"{finding.name}: {finding.todo}")
    print()
    print("\n".join(["To do:", *todos]) if todos else f"Nothing is missing. Start with: {LAB}")
    return 1 if todos else 0
