"""The room's routes: JSON to watch and steer it by, and the live page with its events."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fanout.simulator.faults import KINDS, described
from fanout.simulator.room import guard, page
from fanout.simulator.room.events import Events
from fanout.simulator.room.guard import Refused
from fanout.simulator.room.record import line
from fanout.simulator.room.room import Room
from fanout.simulator.scripts import read_script
from fanout.simulator.world import World

AT_ONCE = 500
"""Exchanges in one answer of the record; its `more` says whether there are others."""
MOST_FAULTS = 200

Endpoint = Callable[[Request], Awaitable[Response]]


def open_room(world: World, room: Room) -> list[Route]:
    """The routes of a room. From now on its book takes down what crosses the wire."""
    world.recorder.listen(room.book.note)
    steering = Steering(world, room)
    guarded: list[tuple[str, str, Endpoint]] = [
        ("GET", "/fanout/record", steering.record),
        ("GET", "/fanout/faults", steering.list_faults),
        ("POST", "/fanout/faults", steering.add_fault),
        ("DELETE", "/fanout/faults", steering.clear_faults),
        ("POST", "/fanout/script", steering.script),
        ("POST", "/fanout/reset", steering.reset),
        ("GET", "/fanout/events", Events(room, steering.zero).stream),
    ]
    return [
        *(Route(path, _guarded(room, do), methods=[method]) for method, path, do in guarded),
        *page.routes(room),
    ]


def _guarded(room: Room, endpoint: Endpoint) -> Endpoint:
    """The endpoint for those who may use it; what it refuses becomes a JSON error."""

    async def guarded(request: Request) -> Response:
        try:
            guard.check(room, request)
            return await endpoint(request)
        except Refused as refused:
            error = {"message": str(refused), "type": "room_error"}
            return JSONResponse({"error": error}, refused.status)

    return guarded


class Steering:
    """What the control routes do."""

    def __init__(self, world: World, room: Room) -> None:
        self.world, self.room = world, room
        self.zero = time.perf_counter()
        self.began = time.time()

    async def record(self, request: Request) -> Response:
        """`GET /fanout/record?since=N&client=LABEL`: what is new or has changed since `next` was N."""
        since = _number(request.query_params.get("since", "0"))
        client = request.query_params.get("client")
        entries = list(self.room.book.since(since, client))
        shown = entries[:AT_ONCE]
        last = self.room.book.changed if len(shown) == len(entries) else shown[-1].changed
        return _ascii(
            {
                "began": round(self.began, 3),
                "now": round(time.perf_counter() - self.zero, 4),
                "clients": list(self.room.book.clients()),
                "exchanges": [line(entry, self.zero) for entry in shown],
                "next": last,
                "more": len(shown) < len(entries),
            }
        )

    async def list_faults(self, _request: Request) -> Response:
        """`GET /fanout/faults`: the kinds there are, and the faults still to come."""
        waiting = [
            {"kind": f.kind, "times": f.left, "client": self.room.clients.label_of(f.key)}
            for f in self.world.faults.waiting()
        ]
        return JSONResponse(
            {"kinds": dict(zip(KINDS, described(), strict=True)), "waiting": waiting}
        )

    async def add_fault(self, request: Request) -> Response:
        """`POST /fanout/faults`: `kind`, `times`, its options, and `client` or `key` for one alone."""
        body = await _body(request)
        key = self._scope(body)
        options = {n: v for n, v in body.items() if n not in ("kind", "times", "client", "key")}
        if len(self.world.faults.waiting()) >= MOST_FAULTS:
            raise Refused(f"{MOST_FAULTS} faults are waiting already; clear them first.", 409)
        try:
            fault = self.world.faults.add(
                str(body.get("kind")), times=body.get("times", 1), key=key, **options
            )
        except (ValueError, TypeError) as error:
            raise Refused(str(error), 400) from error
        client = self.room.clients.label_of(key)
        return JSONResponse({"kind": fault.kind, "times": fault.left, "client": client})

    async def clear_faults(self, request: Request) -> Response:
        """`DELETE /fanout/faults?client=LABEL`: forget those of one client, or all."""
        self.world.faults.clear(self._scope(dict(request.query_params)))
        return JSONResponse({"waiting": len(self.world.faults.waiting())})

    async def script(self, request: Request) -> Response:
        """`POST /fanout/script`: `turns` (null ends it), and `client` or `key` for one alone."""
        body = await _body(request)
        key = self._scope(body)
        if "turns" not in body:
            raise Refused(
                "A script needs `turns`, a list; null ends the one that is followed.", 400
            )
        try:
            turns = None if body["turns"] is None else read_script(body["turns"])
        except ValueError as error:
            raise Refused(str(error), 400) from error
        self.world.scripts.set(turns, key)
        client = self.room.clients.label_of(key)
        return JSONResponse({"turns": 0 if turns is None else len(turns), "client": client})

    async def reset(self, request: Request) -> Response:
        """`POST /fanout/reset`: as at the start, for one `client` (or `key`), or for everybody."""
        body = await _body(request)
        key = self._scope(body)
        if key is None:
            self.world.faults.clear()
            self.world.scripts.clear()
            self.world.memory.forget()
            self.room.empty()
            return JSONResponse({"reset": "everybody"})
        client = body.get("client") or self.room.clients.label_of(key)
        self.world.faults.clear(key)
        self.world.scripts.set(None, key)
        self.world.memory.forget(key)
        self.room.empty(str(client))
        return JSONResponse({"reset": client})

    def _scope(self, body: Mapping[str, Any]) -> str | None:
        """The API key that a request is about; None for everybody."""
        client, key = body.get("client"), body.get("key")
        if client is None:
            if key is not None and not isinstance(key, str):
                raise Refused("`key` is an API key, a string.", 400)
            return key
        found = self.room.clients.key_of(str(client))
        if found is None:
            known = ", ".join(self.room.book.clients()) or "nobody so far"
            raise Refused(f"No client is called {str(client)[:40]!r}. Seen were: {known}.", 404)
        return found


def _ascii(data: Any) -> Response:
    """JSON in which half a surrogate pair, which somebody may have sent, does no harm."""
    return Response(json.dumps(data), media_type="application/json")


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 15:
        raise Refused(
            f"`since` is {text[:20]!r}; it is the `next` of an earlier answer, or 0.", 400
        )
    return int(text)


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError) as error:
        raise Refused("The body is not JSON; send an object, such as {}.", 400) from error
    if not isinstance(body, dict):
        raise Refused("The body is not a JSON object; send one, such as {}.", 400)
    return body
