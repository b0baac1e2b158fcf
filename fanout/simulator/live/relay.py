"""One request passed on to a provider and its answer passed back, byte for byte, and recorded.

The provider judges and answers; what is said here is said only where no answer came: no key, no
network, a redirect. Such a refusal has the shape of the provider's own errors, so that the SDK shows
it. No text of an exception goes into it: a library may quote the header with the key.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

import httpx2
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from fanout.dialects import chat, claude
from fanout.dialects.errors import ApiError
from fanout.simulator.line import LEFT, MIDWAY, UNANSWERED
from fanout.simulator.live import headers, reading, replies
from fanout.simulator.live.assembly import Assembler, assembler, error_of
from fanout.simulator.live.choice import Live, Upstream
from fanout.simulator.live.events import Events
from fanout.simulator.live.key import Redactor, StreamRedactor
from fanout.simulator.world import World


async def relay(world: World, live: Live, path: str, request: Request) -> Response:
    """The answer of the provider that serves this path.

    :param path: one of our own paths, for which something is live.
    """
    upstream = live.upstream(path)
    assert upstream is not None
    return _Relayed(world, live, upstream, path, request, await request.body())


class _Relayed(Response):
    """The answer on its way: it is an ASGI app, so that it can watch the client while it waits."""

    def __init__(
        self, world: World, live: Live, upstream: Upstream, path: str, request: Request, raw: bytes
    ) -> None:
        super().__init__()
        self.world, self.live, self.upstream, self.path = world, live, upstream, path
        self.request, self.raw = request, raw
        self.redactor = Redactor(upstream.key)
        client = world.client(request.headers, request.client)
        self.exchange = world.recorder.begin("model", request.url.path, {}, client)
        self.said: Any = None
        self.begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Relay, unless the client hangs up first: then hang up on the provider, which costs less."""
        work = asyncio.ensure_future(self._relay(send))
        gone = asyncio.ensure_future(_hung_up(receive))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, gone):
                task.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)
            if self.exchange.ended is None:
                self.exchange.leave(LEFT, self.exchange.response, UNANSWERED)

    async def _relay(self, send: Send) -> None:
        try:
            self._read()
            await self._ask(send)
        except ApiError as refusal:
            await self._refuse(refusal, send)
        except httpx2.RequestError as trouble:
            await self._fail(_unreachable(self.upstream, trouble), send)
        except Exception as bug:  # noqa: BLE001 (its text may quote what must not be shown)
            await self._fail(_apology(bug), send)

    # --- There ------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Put what is asked into the record, and see to it that whoever asks may do so."""
        if not self._admitted(headers.presented(self.request.headers)):
            raise _stranger()
        body = _json(self.redactor.raw(self.raw))
        self.exchange.request = body if isinstance(body, Mapping) else {"body": body}
        self.said, self.exchange.conversation = reading.read(self.path, body, self.world.memory)
        if self.upstream.missing:
            raise _no_key(self.upstream)

    def _admitted(self, keys: tuple[str, ...]) -> bool:
        entrance = self.live.entrance.encode()
        if any(hmac.compare_digest(key.encode(), entrance) for key in keys):
            return True
        return self.world.key is not None and any(map(self.world.admits, keys))

    async def _ask(self, send: Send) -> None:
        address = self.upstream.address(self.path)
        if self.request.url.query:
            address += f"?{self.request.url.query}"
        asking = headers.there(self.request.headers.items(), self.upstream.key)
        client = self.live.client()
        async with client.stream("POST", address, content=self.raw, headers=asking) as answer:
            if answer.is_redirect:
                raise _elsewhere(self.upstream)
            kind = answer.headers.get("content-type", "")
            if answer.is_success and kind.startswith("text/event-stream"):
                await self._stream(answer, send)
            else:
                await self._whole(answer, send)

    # --- Back, in one piece -----------------------------------------------------------------------

    async def _whole(self, answer: httpx2.Response, send: Send) -> None:
        raw = await answer.aread()
        raw = self.redactor.raw(raw) if answer.is_success else self.redactor.refusal(raw)
        body = _json(raw)
        error = None if answer.is_success else error_of(body) or f"status {answer.status_code}"
        if answer.is_success:
            self._understand(body)
        self._finish(answer.status_code, body, error=error)
        reply = Response(raw, answer.status_code, headers=self._back(answer))
        await self._send_whole(reply, send)

    async def _send_whole(self, reply: Response, send: Send) -> None:
        self.begun = True
        start = {"type": "http.response.start", "status": reply.status_code}
        await send({**start, "headers": reply.raw_headers})
        await send(_body(bytes(reply.body), more=False))

    def _back(self, answer: httpx2.Response) -> dict[str, str]:
        return headers.back(answer.headers.multi_items(), self.redactor)

    def _understand(self, body: Any) -> None:
        """Put into the record what the body says, and remember it for the next request."""
        reply, tokens = replies.read(self.path, body)
        self.exchange.reply, self.exchange.tokens = reply, tokens
        if reply is not None:
            reading.remember(self.path, self.said, body, self.world.memory)

    # --- Back, in pieces --------------------------------------------------------------------------

    async def _stream(self, answer: httpx2.Response, send: Send) -> None:
        passing, events = StreamRedactor(self.redactor), Events()
        whole = assembler(self.path)
        headers_ = Response(headers=self._back(answer)).headers
        del headers_["content-length"]
        await send({"type": "http.response.start", "status": 200, "headers": headers_.raw})
        self.begun = True
        try:
            async for piece in answer.aiter_bytes():
                await self._pass_on(passing.feed(piece), events, whole, send)
            await self._pass_on(passing.end(), events, whole, send)
            self._close(whole, "" if whole.complete else "The stream ended before its last event.")
            await send(_body(b"", more=False))
        except httpx2.RequestError:
            # Without its end, the client's connection breaks off, too.
            self._close(whole, "The provider broke the stream off.")
        finally:
            self._leave(whole)

    async def _pass_on(self, piece: bytes, events: Events, whole: Assembler, send: Send) -> None:
        """Send the bytes as they came. The record is complete before the last of them goes out."""
        for event in events.feed(piece):
            whole.take(event)
        if whole.closed:
            self._close(whole)
        if piece:
            await send(_body(piece, more=True))

    def _close(self, whole: Assembler, error: str = "") -> None:
        if self.exchange.ended is not None:
            return
        body = self.redactor.data(whole.body())
        self._understand(body)
        self._finish(200, body, error=whole.error or error or None)

    def _leave(self, whole: Assembler) -> None:
        """Note what the client had been sent when it left, unless all of it was."""
        if self.exchange.ended is not None:
            return
        body = self.redactor.data(whole.body())
        self._understand(body)
        self.exchange.leave(200, body, MIDWAY)

    # --- No answer --------------------------------------------------------------------------------

    async def _fail(self, error: ApiError, send: Send) -> None:
        """Refuse, or, where an answer has begun, leave it without its end."""
        if self.begun:
            self._finish(200, self.exchange.response, error=error.message)
        else:
            await self._refuse(error, send)

    async def _refuse(self, error: ApiError, send: Send) -> None:
        anthropic = self.upstream.provider.name == "anthropic"
        body = claude.write_error(error) if anthropic else chat.write_error(error)
        self._finish(error.status, body, error=error.message)
        # Both SDKs obey: what is missing here will be missing at the next try.
        said = {"x-should-retry": "false"}
        text = json.dumps(body, indent=2)
        reply = Response(text, error.status, headers=said, media_type="application/json")
        await self._send_whole(reply, send)

    def _finish(self, status: int, body: Any, *, error: str | None) -> None:
        if self.exchange.ended is None:
            error = None if error is None else self.redactor.text(error)
            self.exchange.finish(status=status, response=body, error=error)


async def _hung_up(receive: Receive) -> None:
    """Return when the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _body(piece: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": piece, "more_body": more}


def _json(raw: bytes) -> Any:
    """The JSON of a body; of anything else the beginning of its text."""
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(raw)
    return raw[:2000].decode("utf-8", "replace")


# --- What is said here ----------------------------------------------------------------------------


def _stranger() -> ApiError:
    words = (
        "fanout is live here, and takes requests only with the key that fanout.start() put into the "
        "environment. Make the client after fanout.start(), and without an api_key of its own."
    )
    return ApiError(words, status=401, type="authentication_error", code="fanout_live")


def _no_key(upstream: Upstream) -> ApiError:
    words = (
        f"fanout is live for {upstream.provider.name}, and has no key for {upstream.host}: "
        f'{upstream.missing}. Or go on offline: fanout.start(live="").'
    )
    return ApiError(words, status=401, type="authentication_error", code="fanout_live")


def _elsewhere(upstream: Upstream) -> ApiError:
    words = (
        f"{upstream.host} sends this request on to another address, and fanout sends a key to no "
        "other host than the one you chose. Give the address that answers itself."
    )
    return ApiError(words, status=502, type="api_error", code="fanout_live")


def _unreachable(upstream: Upstream, trouble: httpx2.RequestError) -> ApiError:
    if isinstance(trouble, httpx2.TimeoutException) and not isinstance(
        trouble, httpx2.ConnectTimeout
    ):
        words = f"{upstream.host} has not answered in time, and fanout waits no longer. Try again."
        return ApiError(words, status=504, type="timeout_error", code="fanout_live")
    words = (
        f"fanout is live for {upstream.provider.name} and got no answer from {upstream.host} "
        f"({type(trouble).__name__}). Check the network and the address; or go on offline: "
        'fanout.start(live="").'
    )
    return ApiError(words, status=503, type="api_error", code="fanout_live")


def _apology(bug: Exception) -> ApiError:
    words = (
        f"fanout stumbled over passing this request on ({type(bug).__name__}). That is a mistake in "
        "the course's relay, not in your code. Please report it."
    )
    return ApiError(words, status=500, type="api_error", code="fanout_live")
