"""The line to one client: its request as it comes in, its answer as it goes out.

A client may hang up at any time: while it sends, while it waits, in the middle of a stream. The
server tells only those who listen for it, so whoever waits here listens meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

from starlette.types import Receive, Send

LEFT = 499
"""The status in the record for a client that left before there was an answer; nobody is sent it."""
UNANSWERED = "The client left before it was answered."
MIDWAY = "The client left in mid-stream."


class ClientLeft(Exception):
    """The client hung up."""


class Line:
    """One request and its answer, as ASGI has them. Use it in a `with` block, which ends listening."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._gone: asyncio.Task[None] | None = None

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        if self._gone is not None:
            self._gone.cancel()

    async def body(self) -> bytes:
        """The whole body of the request. Raises `ClientLeft` if it does not come to its end."""
        pieces, more = [], True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            pieces.append(message.get("body", b""))
            more = message.get("more_body", False)
        return b"".join(pieces)

    async def wait(self, seconds: float) -> None:
        """Let so many seconds pass. Raises `ClientLeft` as soon as the client has left."""
        if seconds > 0:
            await asyncio.wait({self.listen()}, timeout=seconds)
        elif self._gone is not None:
            await asyncio.sleep(0)  # the news has to come in
        if self._gone is not None and self._gone.done():
            raise ClientLeft

    def listen(self) -> asyncio.Task[None]:
        """Take notice from now on of the client's leaving. Only after the whole body has come."""
        if self._gone is None:
            self._gone = asyncio.ensure_future(self._hung_up())
        return self._gone

    async def _hung_up(self) -> None:
        with contextlib.suppress(
            Exception
        ):  # what wraps `receive` may refuse to go on: gone as well
            while (await self._receive())["type"] != "http.disconnect":
                pass

    async def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the status and the headers. Without a content-length pieces may follow."""
        lines = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": lines})

    async def piece(self, piece: bytes, *, more: bool = True) -> None:
        """Send a piece of the answer; the last one says that there is no `more`."""
        await self._send({"type": "http.response.body", "body": piece, "more_body": more})

    async def whole(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send an answer in one piece."""
        await self.begin(status, {**headers, "content-length": str(len(body))})
        await self.piece(body, more=False)
