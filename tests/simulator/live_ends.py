"""Far ends for the tests of the relay: one of ours as the provider, and small apps that misbehave."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fanout.simulator.hall import Hall
from fanout.simulator.live.choice import Live, choose
from fanout.simulator.server import Server
from fanout.simulator.world import World

KEY = "sk-proj-real0123456789abcdefXYZ"
ENTRANCE = "sk-fanout-test"

CHAT, CLAUDE = "gpt-5.2", "claude-sonnet-5"
QUESTION = "What's the weather in Tokyo, London and Lima?"
CITIES = ["Tokyo", "London", "Lima"]
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ABOUT = {"name": "get_weather", "description": "Weather in a city."}
ASKED: Any = [{"role": "user", "content": QUESTION}]

BODIES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {
        "model": CHAT,
        "messages": ASKED,
        "tools": [{"type": "function", "function": {**ABOUT, "parameters": CITY}}],
    },
    "/v1/responses": {
        "model": CHAT,
        "input": QUESTION,
        "tools": [{"type": "function", **ABOUT, "parameters": CITY}],
    },
    "/v1/messages": {
        "model": CLAUDE,
        "max_tokens": 1000,
        "messages": ASKED,
        "tools": [{**ABOUT, "input_schema": CITY}],
    },
}
"""A request that asks for three calls, for each API by its path."""
PATHS = list(BODIES)

HEADERS = {"authorization": f"Bearer {ENTRANCE}", "anthropic-version": "2023-06-01"}


def live_for(url: str, key: str | None = KEY, **timeouts: float) -> Live:
    """Everything live, at one server that speaks all APIs."""
    keys = {} if key is None else {f"FANOUT_LIVE_{n}_KEY": key for n in ("OPENAI", "ANTHROPIC")}
    live = choose({"openai": f"{url}/v1", "anthropic": url}, keys, ENTRANCE)
    assert live is not None
    for name, seconds in timeouts.items():
        setattr(live, name, seconds)
    return live


@contextmanager
def relaying(live: Live, **settings: Any) -> Iterator[Server]:
    """A far end that is live."""
    server = Server(World(pace=0, live=live, **settings)).start()
    try:
        yield server
    finally:
        live.close()
        server.stop()


@contextmanager
def serving(app: Callable[..., Any]) -> Iterator[str]:
    """An ASGI app on loopback; gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    hall = Hall().start()
    end = hall.open(app, listening)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        hall.close(end)
        hall.stop()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
