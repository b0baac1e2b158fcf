"""Serving a far end: in a thread of this process, or as a process of its own."""

from __future__ import annotations

import contextlib
import gc
import select
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType
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
    :param port: where to listen; 0 for any port that is free.
    """

    def __init__(self, world: World, head_start: float = 0.0, port: int = 0) -> None:
        self.world = world
        self._head_start = head_start
        self._socket = _listen("127.0.0.1", port)
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
        if self.world.room is not None:
            self.world.room.close()
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


PATIENCE = 20
"""Seconds that requests in flight get to finish when a server of its own is stopped."""


def serve(host: str, port: int, world: World) -> None:
    """Serve a far end from this process until it gets SIGINT or SIGTERM; a room's is shared.

    Requests in flight are answered first; a second SIGINT does not wait for them. It runs on uvloop
    where that is installed. Raises `OSError` when the address cannot be had.
    """
    listening = _listen(host, port)
    shown = f"http://{_reachable(host)}:{listening.getsockname()[1]}"
    print(f"The offline model answers at {shown}/v1  (stop with Ctrl-C)", flush=True)
    if world.room is not None:
        asks = "" if world.key is None else "  (it asks for the key)"
        print(f"What happens is shown at {shown}/{asks}", flush=True)
    if world.live is not None:
        print(f"{world.live.notice()} Clients send the key {world.live.entrance}", flush=True)
    server = _uvicorn(world, PATIENCE)
    _settle()

    def stop(number: int, frame: FrameType | None) -> None:
        if world.room is not None:
            world.room.close()
        server.handle_exit(number, frame)

    # The server takes these over while it runs, and sends itself what it got when it has stopped:
    # by then everything is done, and an orderly end is no error.
    server.capture_signals = lambda: _caught(stop)  # pyrefly: ignore[method-assign]
    server.run(sockets=[listening])


def _settle() -> None:
    """Import what the first request would wait for, and let the garbage collector leave all that was
    imported alone: looking through it takes fifty milliseconds, and some request would wait for it."""
    import fanout.simulator.model.mind  # noqa: F401

    gc.collect()
    gc.freeze()


@contextlib.contextmanager
def _caught(stop: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Hand SIGINT and SIGTERM to `stop` inside the block."""
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _reachable(host: str) -> str:
    """The address to tell people. For all addresses of this machine the one it has in its network."""
    if host != "0.0.0.0":  # noqa: S104 (asked for by name, with a flag and a key)
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation; nothing is sent
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])


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


def _uvicorn(world: World, patience: int = 1) -> uvicorn.Server:
    import uvicorn

    from fanout.simulator.app import create_app

    return uvicorn.Server(config(create_app(world), patience))


def config(app: Any, patience: int = 1) -> uvicorn.Config:
    """How an ASGI app is served here: quietly, over HTTP alone.

    :param patience: seconds that requests in flight get when the server stops.
    """
    import uvicorn

    from fanout.simulator.http import BoundedHttp

    return uvicorn.Config(
        app,
        http=BoundedHttp,
        log_config=None,  # the learner's own logging stays as it is
        log_level="critical",  # a stream that is cut on request is no news
        access_log=False,
        lifespan="off",
        proxy_headers=False,  # nobody forwards to it, and a client is at the address it comes from
        ws="none",
        timeout_graceful_shutdown=patience,
        # Longer than the five seconds of httpx2: where both sides end an idle connection at the same
        # moment, a request that is just being sent on it fails.
        timeout_keep_alive=30,
    )
