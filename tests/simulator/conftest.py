"""A far end for each test, and a client that talks to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from openai import OpenAI

from fanout.simulator.server import Server
from fanout.simulator.world import World


@pytest.fixture
def world() -> World:
    """A world without waiting times."""
    return World(pace=0)


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    """A far end of that world."""
    running = Server(world).start()
    yield running
    running.stop()


@pytest.fixture
def client(server: Server) -> OpenAI:
    """The real SDK, pointed at it; a refusal is not tried again."""
    return OpenAI(base_url=f"{server.url}/v1", api_key="sk-test", max_retries=0)
