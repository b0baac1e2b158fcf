"""The far end that checks are made on: served once, and kept for the next check.

Starting one takes a moment and stopping one a longer moment, and a learner checks often.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Protocol

from fanout.simulator.server import Server
from fanout.simulator.world import World

_idle: list[Server] = []


class FarEnd(Protocol):
    """A far end that is served: `judge` changes its world for each scenario."""

    world: World

    @property
    def url(self) -> str:
        """Where the subject's side finds it."""


class Lent(FarEnd):
    """A far end for one check."""

    def __init__(self, server: Server) -> None:
        self.server, self.world = server, server.world
        self.spent = False
        """Something may still call it that has nothing to do with the next check: do not keep it."""

    @property
    def url(self) -> str:
        """Where the subject's side finds it."""
        return self.server.url


@contextlib.contextmanager
def lent() -> Iterator[Lent]:
    """A far end of this process's own; kept afterwards, unless it is `spent` or the check failed."""
    far_end = Lent(_one())
    try:
        yield far_end
    except BaseException:
        far_end.spent = True
        raise
    finally:
        far_end.world.memory.forget()
        if far_end.spent:
            far_end.server.stop()
        else:
            _idle.append(far_end.server)


def _one() -> Server:
    """A server that is alive. After a fork those of the parent are not."""
    while True:
        try:
            server = _idle.pop()
        except IndexError:
            return Server(World(pace=0)).start()
        if server.alive:
            return server
