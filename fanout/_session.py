"""The far end that this process talks to: starting it, pointing the SDKs at it, reading its record."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fanout.recording import Recorder, Run
from fanout.simulator.server import Server
from fanout.simulator.world import World

if TYPE_CHECKING:
    from fanout.simulator.live.choice import Live, Wanted
    from fanout.simulator.scripts import Script

READY = "fanout: the offline model answers this notebook. No key, no network, no cost."

_RECORDER = Recorder()
_LOOPBACK = "127.0.0.1,localhost"
_server: Server | None = None
_before: dict[str, str | None] = {}
"""The person's own settings, by name, to be put back by `stop()`."""
_ours: dict[str, str] = {}
"""What `start()` put into their place; anything else found there was set by the person since."""
_SECRETS = ("ANTHROPIC_AUTH_TOKEN", "FANOUT_LIVE_OPENAI_KEY", "FANOUT_LIVE_ANTHROPIC_KEY")
"""Further variables with a real key in them, which no client is to find."""


def start(*, pace: float = 1.0, live: Wanted | None = None) -> None:
    """Start the offline far end and point the SDKs of this process at it.

    Clients made afterwards (`OpenAI()`, `Anthropic()` and their async twins) talk to it; a real key in the environment
    is set aside until `stop()`, never sent. Calling it again changes nothing but the pace, and what is live.

    Raises `ValueError` when `live` names a provider or an address that is none.

    :param pace: multiplies the waiting times of model and services; 0 answers at once.
    :param live: the providers whose requests go to the real API and are billed to your key, as
        "openai,anthropic", or with another address, as {"openai": "http://127.0.0.1:11434/v1"}. Without
        it the variable FANOUT_LIVE says so; without both, and with "", everything is offline.
    """
    global _server
    _set_aside()
    chosen = _live(os.environ.get("FANOUT_LIVE", "") if live is None else live)
    if _server is None or not _server.alive:
        _server = Server(World(recorder=_RECORDER), head_start=0.3).start()
    _server.world.pace = pace
    _go(_server.world, chosen)
    _set_environment(_server.url, chosen)
    print(READY if chosen is None else chosen.notice())


def stop() -> None:
    """Stop the far end and put the environment back as `start()` found it."""
    global _server
    if _server is not None:
        _go(_server.world, None)
        _server.stop()
        _server = None
    for name, value in _before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    _before.clear()
    _ours.clear()


def _live(wanted: Wanted) -> Live | None:
    if not wanted:
        return None
    import secrets

    from fanout.simulator.live.choice import choose

    global _entrance
    # The same for the whole process, so that clients made earlier stay good.
    _entrance = _entrance or f"sk-fanout-{secrets.token_urlsafe(16)}"
    person = {**os.environ, **{n: v for n, v in _before.items() if v is not None}}
    unset = {name for name, value in _before.items() if value is None}
    return choose(wanted, {n: v for n, v in person.items() if n not in unset}, _entrance)


_entrance = ""


def _go(world: World, live: Live | None) -> None:
    """Make a world live, or offline again."""
    before = world.live
    if before == live:
        return
    world.live = live
    if before is not None:
        before.close()


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


def fault(kind: str | None = None, *, times: int | None = 1, **options: Any) -> None:
    """Ask for something to go wrong: `fanout.fault("rate_limit", times=1, retry_after=1)`.

    Without a kind it prints those there are, with their options. The next request meets the fault;
    the pictures say so. Raises `ValueError` for a kind or an option that there is not.

    :param times: how many requests meet it; None for all of them, until `clear_faults()`.
    """
    if kind is None:
        from fanout.simulator.faults import described

        print("\n".join(described()))
        return
    _running("to fail").faults.add(kind, times=times, **options)


def clear_faults() -> None:
    """Forget every fault that was asked for and has not been met."""
    _running("to fail").faults.clear()


def script(turns: Any) -> Script:
    """Give the model's turns in advance: `fanout.script([[("get_weather", {"city": "Lima"})], "18 degrees."])`.

    A turn is a text, a list of `(tool name, arguments)` calls, or a dictionary with `text`, `calls`
    and `finish`. Each conversation begins with the first turn, and gets the next one with each
    request that holds one more turn of the model. It lasts until `fanout.script(None)`, or for the
    block of a `with` statement.
    """
    from fanout.simulator.scripts import Script, read_script

    return Script(
        _running("to follow a script").scripts, None if turns is None else read_script(turns)
    )


def _running(purpose: str) -> World:
    if _server is None:
        raise RuntimeError(f"Nothing is there {purpose} yet: call `fanout.start()` first.")
    return _server.world


_SETTINGS = (
    *("OPENAI_BASE_URL", "OPENAI_API_KEY", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"),
    *("SERVICES_URL", "NO_PROXY", "no_proxy"),
)


def _set_aside() -> None:
    """Note what the person has set, also since the last start, and hide the further keys."""
    for name in (*_SETTINGS, *_SECRETS):
        value = os.environ.get(name)
        if name not in _before or value != _ours.get(name):
            _before[name] = value
    for name in _SECRETS:
        os.environ.pop(name, None)


def _set_environment(url: str, live: Live | None) -> None:
    entrances = {} if live is None else dict.fromkeys(live.upstreams, live.entrance)
    settings = {
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": entrances.get("openai", "sk-offline"),
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": entrances.get("anthropic", "sk-ant-offline"),
        "SERVICES_URL": f"{url}/services",
    }
    # A proxy set on this machine must not get requests that are meant for loopback.
    for name in ("NO_PROXY", "no_proxy"):
        others = os.environ.get(name, "")
        covered = "127.0.0.1" in others
        settings[name] = others if covered else f"{others},{_LOOPBACK}".lstrip(",")
    for name, value in settings.items():
        _ours[name] = os.environ[name] = value
