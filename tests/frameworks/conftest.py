"""A far end, a tool, and what a framework must have done with them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from fanout.recording import Run
from fanout.simulator.server import Server
from fanout.simulator.world import World

QUESTION = "What's the weather in Tokyo, London and Lima?"
DEGREES = {"Tokyo": 31, "London": 17, "Lima": 24}


@dataclass
class Far:
    """One far end as a test sees it: its address, what the tool was called with, and the record."""

    url: str
    run: Run
    cities: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def weather(self, city: str) -> str:
        """What the tool gives; each framework wraps this in its own way."""
        with self.lock:
            self.cities.append(city)
        return f"{DEGREES[city]} degrees"

    def check(self, text: str, path: str, *, stream: bool) -> None:
        """Fails unless three calls came in one turn, all were answered at once, and the text knows."""
        assert [e.status for e in self.run.exchanges] == [200, 200], self.run.exchanges[-1].error
        asked, answered = self.run.exchanges
        assert {e.path for e in self.run.exchanges} == {path}
        assert asked.reply is not None
        assert len(asked.reply.calls) == 3
        assert sorted(self.cities) == sorted(DEGREES)
        assert answered.conversation is not None
        results = [r.content for turn in answered.conversation.turns for r in turn.results]
        assert [any(f"{d} degrees" in r for r in results) for d in DEGREES.values()] == [True] * 3
        assert all(str(degrees) in text for degrees in DEGREES.values()), text
        assert answered.conversation.stream is stream


@pytest.fixture
def far() -> Iterator[Far]:
    """A far end of its own for each test, without waiting times."""
    world = World(pace=0)
    server = Server(world).start()
    with world.recorder.record() as run:
        yield Far(server.url, run)
    server.stop()
