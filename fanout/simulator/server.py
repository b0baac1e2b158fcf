"""Serving a far end: in a thread of this process, or as a process of its own."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from typing import TYPE_CHECKING, Any

from fanout.simulator.world import World

if TYPE_CHECKING:
    import uvicorn


class Server:
    """One far end on loopback, in a daemon thread with its own event loop.

    The socket listens before the thread has imported anything, so starting costs the caller a few
    milliseconds. The imports, a tenth of a second, follow in the thread. A cell that blocks its own
    loop does not stop the server.

    :param head_start: seconds that the caller's own imports go first, unless a client comes before;
        two threads that import at once slow each other down.
    """

    def __init__(self, world: World, head_start: float = 0.0) -> None:
        self.world = world
        self._head_start = head_start
        self._socket = _listen("127.0.0.1", 0)
        self._server: uvicorn.Server | None = None
        self._stopping = False
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, name="fanout-server", daemon=True)

    def start(self) -> Server:
        """Begin to answer. Returns at once; requests made meanwhile are answered in turn."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering and free the port. Waits for requests in flight for a moment only."""
        self._stopping = True
        if self._server is not None:
            self._server.should_exit = True
        self._thread.join(timeout=5)
        self._socket.close()

    @property
    def alive(self) -> bool:
        """Whether the server still answers."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            select.select([self._socket], [], [], self._head_start)
            self._server = _uvicorn(self.world)
            if not self._stopping:
                self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()  # a client in the queue then gets an error instead of silence


def serve(host: str, port: int, key: str | None = None, pace: float = 1.0) -> None:
    """Serve a far end from this process until it is interrupted.

    Raises `OSError` when the address cannot be had.
    """
    listening = _listen(host, port)
    shown = f"http://{host}:{listening.getsockname()[1]}"
    print(f"The offline model answers at {shown}/v1  (stop with Ctrl-C)", flush=True)
    with contextlib.suppress(KeyboardInterrupt):  # raised again after the graceful stop
        _uvicorn(World(key=key, pace=pace)).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. With the protocol number left at its default, asyncio would not turn
    Nagle's algorithm off, and every call would cost 40 ms more."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    listening.listen(2048)
    return listening


def _uvicorn(world: World) -> uvicorn.Server:
    import uvicorn

    from fanout.simulator.app import create_app

    return uvicorn.Server(config(create_app(world)))


def config(app: Any) -> uvicorn.Config:
    """How an ASGI app is served here: quietly, over HTTP alone."""
    import uvicorn

    return uvicorn.Config(
        app,
        log_config=None,  # the learner's own logging stays as it is
        log_level="critical",  # a stream that is cut on request is no news
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
    )
