"""What crossed the wire: each exchange with its times, and the runs that look at a stretch of it.

The server writes, everything else reads: pictures, checks and grades are drawn from here and from
nowhere else. Times are seconds of `time.perf_counter` on the server's side, so they include the
waiting that a real provider or service would cost and leave out the client's own work.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from fanout.conversation import Conversation, Reply


@dataclass(kw_only=True, eq=False)
class Exchange:
    """One request and its answer. It stands in the record from the moment the request arrived.

    `kind` says who was asked: the `model`, or a `service` (something a tool calls over HTTP).
    """

    kind: Literal["model", "service"]
    number: int
    """Counts from 1 in the order of arrival."""
    path: str
    request: Mapping[str, Any]
    """The JSON body, or for a service its parameters. Headers, and with them keys, are left out."""
    started: float
    ended: float | None = None
    """None while the exchange is still in flight."""
    status: int | None = None
    response: Any = None
    conversation: Conversation | None = None
    """What a model request said, in neutral form; None if it could not be read."""
    reply: Reply | None = None
    """What the model answered, in neutral form; None for an error."""
    error: str | None = None
    left: bool = False
    """The client hung up before the answer was whole. `reply` and `response` then are what it had been
    sent: nothing, or the beginning of a stream. The status is 499 where it was sent nothing at all."""
    faults: tuple[str, ...] = ()
    """Kinds of the faults that were asked for and that this request met."""
    tokens: int = 0
    """Prompt and completion tokens together, as reported in the reply's usage."""
    client: str = ""
    """Who asked, where one far end serves a whole room: a label, never a key."""
    listeners: tuple[Listener, ...] = field(default=(), repr=False)
    """Who is told when the exchange is finished."""

    @property
    def seconds(self) -> float:
        """How long the exchange took; counted up to now while it is in flight."""
        return (time.perf_counter() if self.ended is None else self.ended) - self.started

    @property
    def leaving(self) -> str:
        """When the client left, as the end of a sentence; empty if it had its whole answer."""
        if not self.left:
            return ""
        return "before it was answered" if (self.status or 0) >= 400 else "in mid-stream"

    @property
    def broken_off(self) -> bool:
        """Whether a stream ended before the reply did, and not because the client left."""
        return self.error is not None and not self.left and (self.status or 0) < 400

    def finish(self, *, status: int, response: Any, error: str | None = None) -> None:
        """Close the exchange with its answer. Called once, just before the answer is sent.

        :param error: what went wrong, in the far end's own words; None for a success.
        """
        self.status, self.response, self.error = status, response, error
        self.ended = time.perf_counter()
        for listener in self.listeners:
            listener(self)

    def leave(self, status: int, response: Any, error: str) -> None:
        """Close the exchange where the client left; called once, instead of `finish`.

        :param response: as much of the answer as was sent; None for nothing.
        :param error: when it left, in words.
        """
        self.left = True
        self.finish(status=status, response=response, error=error)


Listener = Callable[[Exchange], None]
"""Is told of an exchange when it begins, and again when it is finished."""


@dataclass(eq=False)
class Run:
    """A stretch of the record: what started between entering and leaving `fanout.record()`."""

    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """From the first request to the last answer, in seconds; 0.0 when nothing crossed."""
        if not self.exchanges:
            return 0.0
        return max(e.started + e.seconds for e in self.exchanges) - self.exchanges[0].started

    @property
    def model_exchanges(self) -> list[Exchange]:
        """The exchanges with the model, in order of arrival."""
        return [e for e in self.exchanges if e.kind == "model"]

    @property
    def service_exchanges(self) -> list[Exchange]:
        """The exchanges with services, in order of arrival."""
        return [e for e in self.exchanges if e.kind == "service"]

    @property
    def round_trips(self) -> int:
        """How many requests the model was sent, refused ones included."""
        return len(self.model_exchanges)

    @property
    def tokens(self) -> int:
        """Tokens of all round trips, prompts and completions together."""
        return sum(e.tokens for e in self.exchanges)

    def __repr__(self) -> str:
        calls = sum(len(e.reply.calls) for e in self.exchanges if e.reply)
        return f"<Run: {self.round_trips} round trips, {calls} tool calls, {self.tokens} tokens>"


class Recorder:
    """Collects exchanges and hands each to every run that is open. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._runs: list[Run] = []
        self._listeners: tuple[Listener, ...] = ()

    def listen(self, listener: Listener) -> None:
        """Tell `listener` of every exchange from now on, twice: when it begins and when it ends.

        It is called in the thread that serves the exchange, and has to be quick.
        """
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def begin(
        self,
        kind: Literal["model", "service"],
        path: str,
        request: Mapping[str, Any],
        client: str = "",
    ) -> Exchange:
        """Note that a request arrived, and return its exchange, to be finished later.

        :param client: a label for who asked; see `Exchange.client`.
        """
        with self._lock:
            self._count += 1
            exchange = Exchange(
                kind=kind,
                number=self._count,
                path=path,
                request=request,
                started=time.perf_counter(),
                client=client,
                listeners=self._listeners,
            )
            for run in self._runs:
                run.exchanges.append(exchange)
        for listener in exchange.listeners:
            listener(exchange)
        return exchange

    @contextmanager
    def record(self) -> Iterator[Run]:
        """Yield a run that is filled with every exchange begun before the block ends.

        An exchange still in flight at the end of the block stays in the run and is finished later.
        """
        run = Run()
        with self._lock:
            self._runs.append(run)
        try:
            yield run
        finally:
            with self._lock:
                self._runs.remove(run)
