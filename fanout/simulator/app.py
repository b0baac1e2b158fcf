"""The far end as an ASGI app: each provider's routes, the services, and the record of both."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fanout.simulator.apis import APIS
from fanout.simulator.endpoint import Endpoint, model_endpoint
from fanout.simulator.services import Declined, Service, practice
from fanout.simulator.tools import ScenarioTool, ToolFailed
from fanout.simulator.world import World
from fanout.trace import canonical


def create_app(world: World) -> Starlette:
    """The ASGI app of one far end."""
    services = practice() if world.services is None else world.services
    models = [_post(path, model_endpoint(world, api)) for path, api in APIS.items()]
    serving = [_service(n, _service_endpoint(world, s)) for n, s in services.items()]
    tools = _post("/tools/{name}", _tool_endpoint(world))
    nothing = Route("/{path:path}", _nothing_here, methods=["GET", "POST", "PUT", "DELETE"])
    return Starlette(routes=[*models, *serving, tools, nothing])


def _post(path: str, endpoint: Endpoint) -> Route:
    return Route(path, endpoint, methods=["POST"])


def _service(name: str, endpoint: Endpoint) -> Route:
    return Route(f"/services/{name}", endpoint, methods=["GET", "POST"])


async def _nothing_here(request: Request) -> Response:
    message = (
        f"The offline model does not serve {request.method} {request.url.path}. "
        f"It serves POST {', '.join(APIS)}."
    )
    return JSONResponse({"error": {"message": message, "type": "not_supported"}}, 404)


# --- The services ---------------------------------------------------------------------------------


def _service_endpoint(world: World, service: Service) -> Endpoint:
    """A service does its work when its waiting time is over: of two that run together, the quicker
    one comes first, and a client that stops waiting does not undo anything."""

    async def endpoint(request: Request) -> Response:
        exchange = world.recorder.begin("service", request.url.path, dict(request.query_params))
        if request.method == "POST":
            exchange.request = await _object(request)
        given, key = exchange.request, request.headers.get("idempotency-key")
        await asyncio.sleep(world.pace * service.seconds(given))
        try:
            service.require(request.method)
            payload, status = service.reply(given, key), 200
        except Declined as declined:
            payload, status = {"error": str(declined)}, declined.status
        exchange.finish(status=status, response=payload, error=payload.get("error"))
        return JSONResponse(payload, status)

    return endpoint


async def _object(request: Request) -> Mapping[str, Any]:
    """The JSON object in the body; an empty one where there is none."""
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _tool_endpoint(world: World) -> Endpoint:
    """A scenario's tool. Its caller is `checks.driver`, so the body is an object of arguments."""

    async def endpoint(request: Request) -> Response:
        name, given = request.path_params["name"], await request.json()
        asked = {"tool": name, "call": canonical(given), "arguments": given}
        exchange = world.recorder.begin("service", request.url.path, asked)
        tool = world.tools.get(name) or _no_tool(name)
        await tool.work(given)
        try:
            payload, status = {"result": tool.answer(given)}, 200
        except ToolFailed as failed:
            payload, status = {"error": str(failed)}, 500
        exchange.finish(status=status, response=payload, error=payload.get("error"))
        return JSONResponse(payload, status)

    return endpoint


def _no_tool(name: str) -> ScenarioTool:
    def answer(_given: Mapping[str, Any]) -> Any:
        raise ToolFailed(f"This scenario has no tool {name!r}.")

    return ScenarioTool(answer=answer)
