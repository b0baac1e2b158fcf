"""Connections from the learner's side to the tools of the far end: plain HTTP on loopback.

Strategy: a tool is called often, so what a client for the open internet would look after (proxies,
certificates, redirects) is left out, and a connection that is free takes the next call. It belongs
to no thread and to no loop.
"""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any
from urllib.parse import quote, urlsplit

_PATIENCE = 60.0
"""Seconds that a call waits for its answer; one that hangs is let go long before."""
_AT_ONCE = 1 << 16
"""Bytes that are read at a time."""

Answer = tuple[bool, Any]
"""Whether the tool failed, and what it answered."""


class Lines:
    """Connections to one far end. Close them when no more calls are to come."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._address = (place.hostname or "", place.port or 80)
        self._free: list[socket.socket] = []
        self._closed = False

    def close(self) -> None:
        """Hang up. Calls under way come to their end."""
        self._closed = True
        while self._free:
            self._free.pop().close()

    def ask(self, tool: str, arguments: str) -> Answer:
        """Call a tool and wait. Raises `OSError` when the far end is gone."""
        line = self._free_one() or socket.create_connection(self._address)
        response = _Response()
        try:
            line.settimeout(_PATIENCE)
            line.sendall(self._request(tool, arguments))
            while not response.whole:
                response.add(line.recv(_AT_ONCE))
        except BaseException:
            line.close()
            raise
        self._keep(line, response)
        return response.answer

    async def ask_on_a_loop(self, tool: str, arguments: str) -> Answer:
        """Call a tool, and let the loop go on meanwhile. A call that is cancelled hangs up."""
        loop, line, response = asyncio.get_running_loop(), self._free_one(), _Response()
        new = line is None
        line = line or socket.socket()
        try:
            line.setblocking(False)
            if new:
                await loop.sock_connect(line, self._address)
            await loop.sock_sendall(line, self._request(tool, arguments))
            while not response.whole:
                response.add(await loop.sock_recv(line, _AT_ONCE))
        except BaseException:
            line.close()
            raise
        self._keep(line, response)
        return response.answer

    def _free_one(self) -> socket.socket | None:
        try:
            return self._free.pop()
        except IndexError:
            return None

    def _keep(self, line: socket.socket, response: _Response) -> None:
        if self._closed or not response.goes_on:
            line.close()
        else:
            self._free.append(line)

    def _request(self, tool: str, arguments: str) -> bytes:
        body = arguments.encode()
        host, port = self._address
        head = f"POST /tools/{quote(tool)} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode("ascii") + body


class _Response:
    """An answer of the far end as it comes in; it always says how long it is."""

    def __init__(self) -> None:
        self._bytes, self._head, self._end = b"", b"", -1

    @property
    def whole(self) -> bool:
        """Nothing more will come."""
        return 0 <= self._end <= len(self._bytes)

    def add(self, part: bytes) -> None:
        """Take in what came. Raises `ConnectionError` for the end of the line."""
        if not part:
            raise ConnectionError("the far end hung up before it had answered")
        self._bytes += part
        if not self._head:
            head, gap, _ = self._bytes.partition(b"\r\n\r\n")
            if gap:
                self._head = head.lower()
                _, _, length = self._head.partition(b"content-length:")
                self._end = len(head) + len(gap) + int(length.split(b"\r\n", 1)[0])

    @property
    def goes_on(self) -> bool:
        """The line may be used for another call."""
        return b"connection: close" not in self._head

    @property
    def answer(self) -> Answer:
        """What was answered."""
        failed = self._head.split(b" ", 2)[1] != b"200"
        body = json.loads(self._bytes[self._bytes.index(b"\r\n\r\n") :])
        return failed, body["error" if failed else "result"]
