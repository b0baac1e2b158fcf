"""Stands before the far end and keeps a flood out: of bytes, of requests, of mistakes.

A far end in a sandbox's network is reached by a learner's code alone, and everything it is sent is
recorded in the grader's memory. So there is a budget, far above what an honest function needs.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

LARGEST_BODY = 256 << 10
BYTES = 16 << 20
REQUESTS = 2000


class _TooMuch(Exception):
    """A request goes beyond what is left of the budget."""


class Guard:
    """An ASGI app around another one. `refill` it for each thing that is tried."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.refill()

    def refill(self) -> None:
        """Begin anew with a full budget."""
        self._bytes, self._requests = BYTES, REQUESTS
        self.exhausted = False
        """Something was refused since, for being too much."""

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it. Nothing that goes wrong behind is raised further."""
        if scope["type"] != "http":
            return
        begun = False

        async def note(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        self._requests -= 1
        try:
            if self._requests < 0:
                raise _TooMuch  # noqa: TRY301 (answered below, like the other way to get here)
            await self._app(scope, self._counted(receive), note)
        except _TooMuch:
            self.exhausted = True
            if not begun:
                await _refuse(send, 413, "The grader's far end takes no more: too much was sent.")
        except Exception as error:  # noqa: BLE001 (a strange request must not reach the server's log)
            if not begun:
                await _refuse(send, 500, f"This could not be read ({type(error).__name__}).")

    def _counted(self, receive: Receive) -> Receive:
        left = LARGEST_BODY

        async def counted() -> Message:
            nonlocal left
            message = await receive()
            size = len(message.get("body", b""))
            left -= size
            self._bytes -= size
            if left < 0 or self._bytes < 0:
                raise _TooMuch
            return message

        return counted


async def _refuse(send: Send, status: int, words: str) -> None:
    body = json.dumps({"error": words}).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
