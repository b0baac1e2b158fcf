"""What one simulated far end consists of: who decides, how fast, which services, what is recorded.

Light on purpose: it is made before the server has imported anything (see `server.Server`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fanout.conversation import Conversation, Reply
from fanout.recording import Recorder

if TYPE_CHECKING:
    from fanout.simulator.faults import Faults
    from fanout.simulator.heard import Hearing
    from fanout.simulator.live.choice import Live
    from fanout.simulator.memory import Memory
    from fanout.simulator.model import Decision
    from fanout.simulator.room import Room
    from fanout.simulator.scripts import Scripts
    from fanout.simulator.services import Service
    from fanout.simulator.tools import ScenarioTool

    Mind = Callable[[Conversation], Decision | Reply]
    """Chooses the model's next turn: a `Reply` is sent as it is, a `Decision` gets ids first."""


@dataclass(kw_only=True)
class Fill:
    """How many requests a model answers until it has had its fill, and rests.

    A loop without an end would otherwise keep a processor busy for as long as it may run.
    """

    requests: int
    until: float
    """When it answers again, in seconds of `time.monotonic`."""

    @property
    def reached(self) -> bool:
        """Whether a request has had to wait."""
        return self.requests < 0

    def rest(self) -> float:
        """Count one more request; the seconds that it has to wait."""
        self.requests -= 1
        return 0.0 if self.requests >= 0 else max(0.0, self.until - time.monotonic())


@dataclass(kw_only=True)
class World:
    """One far end. A scenario of a check makes its own, so that nothing leaks between them."""

    recorder: Recorder = field(default_factory=Recorder)
    mind: Mind | None = None
    """None is the offline model, which reads the tools and the text."""
    services: Mapping[str, Service] | None = None
    """By name. None stands for the practice services."""
    fill: Fill | None = None
    """When its model needs a rest; None for never."""
    tools: Mapping[str, ScenarioTool] = field(default_factory=dict)
    """The tools that a check hands to a learner's function, by name."""
    pace: float = 1.0
    """Multiplies every declared waiting time; 0 answers at once."""
    key: str | None = None
    """The API key to insist on; None accepts any key, but not a request without one."""
    room: Room | None = None
    """Where a whole room shares this far end: who is who, and what everybody can watch."""
    live: Live | None = None
    """Which providers' requests are passed on to the real thing; None for none at all."""

    def admits(self, key: str) -> bool:
        """Whether a request with this API key is let in: in a room also `KEY.NAME`."""
        if self.key is None or key == self.key:
            return True
        return self.room is not None and key.startswith(f"{self.key}.")

    def client(self, headers: Mapping[str, str], address: Sequence[Any] | None) -> str:
        """The label of whoever sent a request; empty where there is no room to tell apart.

        :param address: host and port of the client, as ASGI has them.
        """
        if self.room is None:
            return ""
        return self.room.clients.label(headers, address[0] if address else "")

    @cached_property
    def memory(self) -> Memory:
        """What it remembers between requests."""
        from fanout.simulator.memory import Memory

        return Memory()

    @cached_property
    def hearing(self) -> Hearing:
        """What it need not work out again."""
        from fanout.simulator.heard import Hearing

        return Hearing()

    @cached_property
    def faults(self) -> Faults:
        """What it will do wrong because somebody asked for it."""
        from fanout.simulator.faults import Faults

        return Faults()

    @cached_property
    def scripts(self) -> Scripts:
        """The turns that were given to its model in advance."""
        from fanout.simulator.scripts import Scripts

        return Scripts()
