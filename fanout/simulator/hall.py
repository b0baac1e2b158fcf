"""Serving far ends on listening sockets that someone else made, one after another or at once.

A grader has a far end per submission, on a socket out of the submission's own network. One thread
with one event loop serves them all, so that opening and closing one costs no thread.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine
from typing import Any

from uvicorn.server import ServerState

from fanout.simulator.server import config


class Hall:
    """One daemon thread that answers on any number of sockets."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="fanout-hall", daemon=True)
        self._gate, self._over = threading.Lock(), False

    def start(self) -> Hall:
        """Begin to serve; there is nothing to serve yet."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread. What is still open is cut off."""
        with self._gate:
            self._over = True
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)

    def open(self, app: Any, listening: socket.socket, connections: int = 512) -> OpenEnd:
        """Answer on the socket with an ASGI app until the returned end is closed.

        :param connections: how many there may be at a time; one more is cut off at once.
        """
        end = OpenEnd(app, listening, connections)
        self._ask(end.open())
        return end

    def cut(self, end: OpenEnd) -> None:
        """Cut the connections of one end; new ones are welcome."""
        self._ask(end.cut())

    def close(self, end: OpenEnd) -> None:
        """Cut the connections of one end and free its socket."""
        self._ask(end.close())

    def _ask(self, step: Coroutine[Any, Any, None]) -> None:
        """Take a step in the loop and wait for it; after the end there is nothing left to do."""
        with self._gate:
            if self._over:
                step.close()
                return
            taken = asyncio.run_coroutine_threadsafe(step, self._loop)
        taken.result(timeout=30)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()


class OpenEnd:
    """One app on one socket. Its methods run in the hall's loop."""

    def __init__(self, app: Any, listening: socket.socket, most: int) -> None:
        self._config, self._listening, self._most = config(app), listening, most
        self._config.load()
        self._state = ServerState()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begin to answer. The loop takes in as many connections at once as the queue is long."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, sock=self._listening, backlog=64)

    async def close(self) -> None:
        """Free the socket, and hang up on everyone."""
        if self._server is not None:
            self._server.close()
        await self.cut()

    async def cut(self) -> None:
        """Hang up on everyone."""
        for connection in list(self._state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
        for task in list(self._state.tasks):
            task.cancel()

    def _protocol(self) -> asyncio.Protocol:
        if len(self._state.connections) >= self._most:
            return _Refusing()
        made: Any = self._config.http_protocol_class
        protocol: asyncio.Protocol = made(
            config=self._config, server_state=self._state, app_state={}
        )
        return protocol


class _Refusing(asyncio.Protocol):
    """Hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()
