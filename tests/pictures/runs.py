"""Runs built by hand, so that a test decides every time and every word."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from fanout.conversation import Conversation, Reply, ToolCall, ToolResult, Turn
from fanout.recording import Exchange, Run


def call(call_id: str, city: str, name: str = "get_weather") -> ToolCall:
    """A call of `get_weather` for a city."""
    return ToolCall(id=call_id, name=name, arguments=json.dumps({"city": city}))


def user(text: str) -> Turn:
    """What a person says."""
    return Turn(role="user", text=text)


def asks(*calls: ToolCall, text: str = "") -> Turn:
    """An assistant turn, as a request repeats it."""
    return Turn(role="assistant", calls=calls, text=text)


def result(call_id: str, content: str = '{"temperature_c": 18}', is_error: bool = False) -> Turn:
    """A tool result of its own turn."""
    given = ToolResult(call_id=call_id, content=content, is_error=is_error)
    return Turn(role="tool", results=(given,))


@dataclass
class Film:
    """Collects exchanges; times are seconds after a start that is not zero, as in real life."""

    run: Run = field(default_factory=Run)
    zero: float = 1000.0

    def model(
        self,
        start: float,
        end: float | None,
        turns: tuple[Turn, ...] | None,
        *calls: ToolCall,
        text: str | None = None,
        refused: str = "",
        status: int = 200,
        stream: bool = False,
    ) -> Exchange:
        """A round trip: `turns` were sent, and `calls` or a text came back, or a refusal."""
        exchange = self._begin("model", "/v1/chat/completions", {"model": "m"}, start)
        if turns is not None:
            exchange.conversation = Conversation(model="m", turns=turns, stream=stream)
        if refused:
            exchange.error = refused
            exchange.response = {"error": {"message": refused, "type": "invalid_request_error"}}
            status = status if status >= 400 else 400
        else:
            exchange.reply = Reply(text=text, calls=calls)
            exchange.tokens = 100
        return self._finish(exchange, end, status)

    def service(
        self,
        start: float,
        end: float | None,
        status: int = 200,
        path: str = "weather",
        **asked: str,
    ) -> Exchange:
        """A request of a tool to a service."""
        exchange = self._begin("service", f"/services/{path}", asked, start)
        exchange.response = {"temperature_c": 18}
        return self._finish(exchange, end, status)

    def _begin(self, kind: Any, path: str, request: Any, start: float) -> Exchange:
        number = len(self.run.exchanges) + 1
        exchange = Exchange(
            kind=kind, number=number, path=path, request=request, started=self.zero + start
        )
        self.run.exchanges.append(exchange)
        return exchange

    def _finish(self, exchange: Exchange, end: float | None, status: int) -> Exchange:
        if end is not None:
            exchange.status, exchange.ended = status, self.zero + end
        return exchange


ASK = user("What is the weather in Tokyo, Paris and Lima?")
CITIES = ("Tokyo", "Paris", "Lima")
CALLS = tuple(call(f"call_{n}AbCdEfGhIjKlMnOp", city) for n, city in enumerate(CITIES, 1))
SAID = "It is 18 degrees in Tokyo, Paris and Lima."


def answered(*calls: ToolCall) -> tuple[Turn, ...]:
    """The request that answers these calls of `CALLS`."""
    return (ASK, asks(*CALLS), *(result(c.id) for c in calls))


def three(*starts: float, lasting: float = 0.40) -> Run:
    """Three calls whose services are asked at these moments, all answered, then a text."""
    film = Film()
    film.model(0, 0.6, (ASK,), *CALLS)
    for start, city in zip(starts, CITIES, strict=False):
        film.service(start, start + lasting, city=city)
    then = max((0.6, *(s + lasting for s in starts))) + 0.02
    film.model(then, then + 0.5, answered(*CALLS), text=SAID)
    return film.run


def sequential() -> Run:
    """Three calls, run one after another."""
    return three(0.61, 1.03, 1.45)


def concurrent() -> Run:
    """Three calls, run at the same time."""
    return three(0.61, 0.612, 0.615)


def text_only() -> Run:
    """One round trip without a tool."""
    film = Film()
    film.model(0, 0.5, (user("Hello."),), text="Hello. I can look up the weather.")
    return film.run


REFUSAL = (
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
    f"'tool_call_id'. The following tool_call_ids did not have response messages: {CALLS[2].id}"
)


def one_unanswered() -> Run:
    """The third call is run and never answered; the API refuses the turn."""
    film = Film()
    film.model(0, 0.6, (ASK,), *CALLS)
    for start, city in zip((0.61, 0.612, 0.615), CITIES, strict=True):
        film.service(start, start + 0.4, city=city)
    film.model(1.03, 1.04, answered(*CALLS[:2]), refused=REFUSAL)
    return film.run


def odd() -> Run:
    """Everything at once: a retry, a doubled and an unknown result, and a turn in flight."""
    film = Film()
    film.model(0, 0.6, (ASK,), *CALLS)
    film.service(0.61, 0.75, status=503, city="Tokyo")
    film.service(0.80, 1.20, city="Tokyo")
    film.service(0.62, 0.90, city="Cuzco")
    stray = (result(CALLS[1].id), result("call_zzzzzzzzzzzz"))
    film.model(1.3, 1.31, (*answered(*CALLS[:2]), *stray), refused=REFUSAL)
    film.model(1.4, 1.45, None, refused="We could not parse the JSON body of your request.")
    film.model(1.5, None, answered(*CALLS))
    return film.run


def many(count: int, at_once: int = 8) -> Run:
    """Many calls of one turn, run by a fixed number of workers."""
    film = Film()
    calls = tuple(call(f"call_{n:03d}", f"City {n}") for n in range(count))
    film.model(0, 0.8, (ASK,), *calls)
    free = [0.81] * at_once
    for n in range(count):
        worker = free.index(min(free))
        start, free[worker] = free[worker], free[worker] + 0.25 + 0.05 * (n % 5)
        film.service(start, free[worker], city=f"City {n}")
    results = tuple(result(c.id) for c in calls)
    film.model(max(free) + 0.02, max(free) + 0.7, (ASK, asks(*calls), *results), text="Done.")
    return film.run


def rounds(count: int = 4, on_the_wire: bool = True) -> Run:
    """One call a turn, turn after turn."""
    film = Film()
    turns: tuple[Turn, ...] = (ASK,)
    for n in range(count):
        asked = call(f"call_{n}", f"City {n}")
        film.model(n, n + 0.5, turns, asked)
        if on_the_wire:
            film.service(n + 0.51, n + 0.9, city=f"City {n}")
        turns += (asks(asked), result(asked.id))
    film.model(count, count + 0.5, turns, text="Done.")
    return film.run
