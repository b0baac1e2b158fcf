"""A limit on how much one request may send, so that nobody fills a room's memory."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST = 8_000_000
"""Bytes. A conversation of a lesson has some ten thousand."""


class _TooMuch(Exception):
    """The body is longer than it may be."""


class Limit:
    """The app, for requests up to a size; a longer one gets 413 before it is read."""

    def __init__(self, app: ASGIApp, most: int = MOST) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what comes."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        left = self.most
        begun = False

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise _TooMuch
            return message

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except _TooMuch:
            if not begun:
                await self._refusal()(scope, receive, send)

    def _refusal(self) -> JSONResponse:
        text = f"The request is longer than {self.most:,} bytes; a room takes no longer ones."
        body = {"error": {"message": text, "type": "invalid_request_error"}}
        return JSONResponse(body, 413, headers={"connection": "close"})
