"""The far end as an ASGI app: each provider's routes, the services, and the record of both."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fanout.conversation import Reply
from fanout.dialects import chat
from fanout.dialects.dialect import Dialect
from fanout.dialects.errors import ApiError
from fanout.dialects.tokens import estimate
from fanout.recording import Exchange
from fanout.simulator.compose import compose, within
from fanout.simulator.model import decide
from fanout.simulator.profiles import find
from fanout.simulator.services import PRACTICE, NotKnown, Service
from fanout.simulator.tools import ScenarioTool, ToolFailed
from fanout.simulator.world import World
from fanout.trace import canonical

Endpoint = Callable[[Request], Awaitable[Response]]

DIALECTS: Mapping[str, Dialect] = {"/v1/chat/completions": chat}
"""The provider APIs by path."""


def create_app(world: World) -> Starlette:
    """The ASGI app of one far end."""
    services = PRACTICE if world.services is None else world.services
    models = [_post(path, _model_endpoint(world, d)) for path, d in DIALECTS.items()]
    practice = [_get(f"/services/{n}", _service_endpoint(world, s)) for n, s in services.items()]
    tools = _post("/tools/{name}", _tool_endpoint(world))
    nothing = Route("/{path:path}", _nothing_here, methods=["GET", "POST", "PUT", "DELETE"])
    return Starlette(routes=[*models, *practice, tools, nothing])


def _post(path: str, endpoint: Endpoint) -> Route:
    return Route(path, endpoint, methods=["POST"])


def _get(path: str, endpoint: Endpoint) -> Route:
    return Route(path, endpoint, methods=["GET"])


async def _nothing_here(request: Request) -> Response:
    message = (
        f"The offline model does not serve {request.method} {request.url.path}. "
        f"It serves POST {', '.join(DIALECTS)}."
    )
    return JSONResponse({"error": {"message": message, "type": "not_supported"}}, 404)


# --- The model ------------------------------------------------------------------------------------


def _model_endpoint(world: World, dialect: Dialect) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        exchange = world.recorder.begin("model", request.url.path, {})
        raw = await request.body()
        headers = dialect.headers(hashlib.sha256(raw).hexdigest())
        try:
            _admit(world, dialect, request.headers.get("authorization"))
            payload = await _answer(world, dialect, raw, exchange)
        except ApiError as error:
            return _refuse(dialect, error, exchange, headers)
        except Exception as bug:  # noqa: BLE001 (a learner should read what happened, not a bare 500)
            return _refuse(dialect, _apology(bug), exchange, headers)
        exchange.finish(status=200, response=payload)
        return _response(payload, 200, headers)

    return endpoint


def _apology(bug: Exception) -> ApiError:
    words = (
        f"The offline model stumbled over this request ({type(bug).__name__}: {bug}). That is a "
        "mistake in the course's simulator, not in your code. Please report it with the request."
    )
    return ApiError(words, status=500, type="server_error")


def _admit(world: World, dialect: Dialect, authorization: str | None) -> None:
    key = dialect.read_key(authorization)
    if world.key is not None and key != world.key:
        raise dialect.bad_key(key)


async def _answer(world: World, dialect: Dialect, raw: bytes, exchange: Exchange) -> dict[str, Any]:
    """Read, decide, wait as long as the model would, and write the reply."""
    body = dialect.parse(raw)
    exchange.request = body if isinstance(body, Mapping) else {"body": body}
    name = dialect.model_of(body)
    profile = find(name)
    if profile is None:
        raise dialect.unknown_model(name)
    conversation = exchange.conversation = dialect.read(body, profile)
    seed = _fingerprint(body)
    decision = (world.mind or decide)(conversation)
    reply = (
        decision if isinstance(decision, Reply) else compose(conversation, decision, dialect, seed)
    )
    reply = within(reply, conversation.max_tokens)
    usage = estimate(conversation, reply)
    exchange.reply, exchange.tokens = reply, usage.total
    await asyncio.sleep(world.pace * (profile.latency_s + usage.completion / profile.tokens_per_s))
    return dialect.write(
        reply,
        reply_id=dialect.reply_id(seed),
        created=int(time.time()),
        model=profile.snapshot,
        usage=usage,
        choice=conversation.choice,
        rules=profile,
    )


def _fingerprint(body: Any) -> str:
    """The same for two requests that say the same, so that they get the same ids."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _refuse(
    dialect: Dialect, error: ApiError, exchange: Exchange, headers: Mapping[str, str]
) -> Response:
    exchange.conversation = exchange.conversation or error.conversation
    payload = dialect.write_error(error)
    exchange.finish(status=error.status, response=payload, error=error.message)
    return _response(payload, error.status, {**headers, **error.headers})


def _response(payload: Any, status: int, headers: Mapping[str, str]) -> Response:
    """Replies come on one line and errors over several, as the real APIs send them."""
    text = json.dumps(payload, indent=None if status == 200 else 2)
    return Response(text, status, headers=dict(headers), media_type="application/json")


# --- The services ---------------------------------------------------------------------------------


def _service_endpoint(world: World, service: Service) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        given = dict(request.query_params)
        exchange = world.recorder.begin("service", request.url.path, given)
        try:
            payload, status = service.reply(given), 200
        except NotKnown as unknown:
            payload, status = {"error": str(unknown)}, unknown.status
        await asyncio.sleep(world.pace * service.seconds(given))
        exchange.finish(status=status, response=payload, error=payload.get("error"))
        return JSONResponse(payload, status)

    return endpoint


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
