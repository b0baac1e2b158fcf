"""The far end as an ASGI app: each provider's routes, the services, and the record of both."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from fanout.simulator.apis import APIS, Api
from fanout.simulator.endpoint import ModelEndpoint
from fanout.simulator.line import ClientLeft, Line
from fanout.simulator.room.clients import api_key
from fanout.simulator.services import Declined, Service, practice
from fanout.simulator.tools import ScenarioTool, ToolFailed
from fanout.simulator.world import World
from fanout.trace import canonical

Endpoint = Callable[[Request], Awaitable[Response]]

_TOOLS = "/tools/"
_JSON = {"content-type": "application/json"}


def create_app(world: World) -> ASGIApp:
    """The ASGI app of one far end."""
    services = _services(world)
    names = practice() if world.services is None else world.services
    models = {path: _Provider(world, api) for path, api in APIS.items()}
    serving = [_service(name, _service_endpoint(world, name, services)) for name in names]
    nothing = Route("/{path:path}", _nothing_here, methods=["GET", "POST", "PUT", "DELETE"])
    if world.room is None:
        return _FarEnd(models, Starlette(routes=[*serving, nothing]), _Tools(world))
    from fanout.simulator.room.limit import Limit
    from fanout.simulator.room.routes import open_room

    shared = open_room(world, world.room)
    return Limit(_FarEnd(models, Starlette(routes=[*serving, *shared, nothing])))


def _services(world: World) -> Callable[[str], Mapping[str, Service]]:
    """Where to find the services of a client: in a room each has its own seats and accounts."""
    if world.services is None and world.room is not None:
        return world.room.services
    services = practice() if world.services is None else world.services
    return lambda _client: services


def _service(name: str, endpoint: Endpoint) -> Route:
    return Route(f"/services/{name}", endpoint, methods=["GET", "POST"])


class _FarEnd:
    """The whole app: what is posted to a model or a tool goes straight there, the rest through the
    routes."""

    def __init__(
        self, models: Mapping[str, ASGIApp], others: ASGIApp, tools: ASGIApp | None = None
    ) -> None:
        self.models = models
        self.others = others
        self.tools = tools

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._place(scope)(scope, receive, send)

    def _place(self, scope: Scope) -> ASGIApp:
        if scope.get("method") != "POST":
            return self.others
        path = scope["path"]
        if self.tools is not None and path.startswith(_TOOLS):
            return self.tools
        return self.models.get(path, self.others)


class _Provider:
    """The offline model, or the provider itself while the world is live for it."""

    def __init__(self, world: World, api: Api) -> None:
        self.world = world
        self.path = api.path
        self.offline = ModelEndpoint(world, api)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        live = self.world.live
        if live is None or live.upstream(self.path) is None:
            await self.offline(scope, receive, send)
            return
        from fanout.simulator.live.relay import relay

        answer = await relay(self.world, live, self.path, Request(scope, receive))
        await answer(scope, receive, send)


async def _nothing_here(request: Request) -> Response:
    message = (
        f"The offline model does not serve {request.method} {request.url.path}. "
        f"It serves POST {', '.join(APIS)}."
    )
    return JSONResponse({"error": {"message": message, "type": "not_supported"}}, 404)


# --- The services ---------------------------------------------------------------------------------


def _service_endpoint(
    world: World, name: str, services: Callable[[str], Mapping[str, Service]]
) -> Endpoint:
    """A service does its work when its waiting time is over: of two that run together, the quicker
    one comes first, and a client that stops waiting does not undo anything."""

    async def endpoint(request: Request) -> Response:
        posted = request.method == "POST"
        given = await _object(request) if posted else dict(request.query_params)
        key = request.headers.get("idempotency-key")
        client = world.client(request.headers, request.client)
        exchange = world.recorder.begin("service", request.url.path, given, client)
        service = services(client)[name]
        await asyncio.sleep(world.pace * service.seconds(given))
        try:
            _admit(world, request)
            service.require(request.method)
            payload, status = service.reply(given, key), 200
        except Declined as declined:
            payload, status = {"error": str(declined)}, declined.status
        exchange.finish(status=status, response=payload, error=payload.get("error"))
        return JSONResponse(payload, status)

    return endpoint


def _admit(world: World, request: Request) -> None:
    """Raise `Declined`, 401, for a request without the key of a room that has one."""
    if world.room is not None and not world.admits(api_key(request.headers)):
        raise Declined(
            "The services of this room need its key. Put it into their address: "
            "SERVICES_URL=http://NAME:KEY@HOST:PORT/services",
            status=401,
        )


async def _object(request: Request) -> Mapping[str, Any]:
    """The JSON object in the body; an empty one where there is none."""
    return _parsed(await request.body())


def _parsed(raw: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(raw)
        json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair could not be answered
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


class _Tools:
    """The tools of a scenario, as an ASGI app. Their caller is `checks.lines`."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with Line(receive, send) as line:
            try:
                given = _parsed(await line.body())
            except ClientLeft:
                return
            payload, status = await self._call(scope["path"], given)
            await line.whole(status, _JSON, json.dumps(payload).encode())

    async def _call(self, path: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
        name = path.removeprefix(_TOOLS)
        asked = {"tool": name, "call": canonical(given), "arguments": given}
        exchange = self.world.recorder.begin("service", path, asked)
        tool = self.world.tools.get(name)
        if tool is None:
            payload, status = {"error": f"This scenario has no tool {name!r}."}, 404
        else:
            payload, status = await _worked(tool, given)
        exchange.finish(status=status, response=payload, error=payload.get("error"))
        return payload, status


async def _worked(tool: ScenarioTool, given: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """What a tool answers, with the status; one that fails on purpose gives a 500."""
    await tool.work(given)
    try:
        return {"result": tool.answer(given)}, 200
    except ToolFailed as failed:
        return {"error": str(failed)}, 500
