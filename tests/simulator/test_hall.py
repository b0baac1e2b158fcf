"""Far ends on sockets that were handed in."""

from __future__ import annotations

import gc
import socket
import time
from collections.abc import Iterator

import httpx2
import pytest

from fanout.simulator.app import create_app
from fanout.simulator.hall import Hall
from fanout.simulator.world import World


@pytest.fixture
def hall() -> Iterator[Hall]:
    opened = Hall().start()
    yield opened
    opened.stop()


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        yield one


def url(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


def weather(base: str) -> httpx2.Response:
    return httpx2.get(f"{base}/services/weather", params={"city": "Oslo"}, timeout=5)


def test_it_answers_until_it_is_closed(hall: Hall, listening: socket.socket) -> None:
    """An app answers on the socket it was given, records there, and no longer after closing."""
    world, base = World(pace=0), url(listening)
    end = hall.open(create_app(world), listening)
    with world.recorder.record() as run:
        assert weather(base).json()["city"] == "Oslo"
    assert len(run.service_exchanges) == 1
    hall.close(end)
    with pytest.raises(httpx2.ConnectError):
        weather(base)


def test_several_worlds_do_not_mix(hall: Hall, listening: socket.socket) -> None:
    """Two ends in one hall have each their own record."""
    worlds = [World(pace=0), World(pace=0)]
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ends = [
            hall.open(create_app(w), s) for w, s in zip(worlds, (listening, other), strict=True)
        ]
        with worlds[0].recorder.record() as first, worlds[1].recorder.record() as second:
            weather(url(listening))
        assert (len(first.exchanges), len(second.exchanges)) == (1, 0)
        for end in ends:
            hall.close(end)


def test_cutting_hangs_up_and_stays_open(hall: Hall, listening: socket.socket) -> None:
    """After a cut old connections are gone, and new ones are answered."""
    end = hall.open(create_app(World(pace=0)), listening)
    with socket.create_connection(listening.getsockname(), timeout=5) as old:
        old.sendall(b"GET /services/weather?city=Oslo HTTP/1.1\r\nhost: x\r\n\r\n")
        assert old.recv(4096).startswith(b"HTTP/1.1 200")
        hall.cut(end)
        assert _ends(old)
    assert weather(url(listening)).status_code == 200
    hall.close(end)


def test_too_many_connections(hall: Hall, listening: socket.socket) -> None:
    """One connection more than there may be is hung up on, and the others stay."""
    end = hall.open(create_app(World(pace=0)), listening, connections=3)
    opened = [socket.create_connection(listening.getsockname(), timeout=5) for _ in range(3)]
    time.sleep(0.2)
    with socket.create_connection(listening.getsockname(), timeout=5) as more:
        assert _ends(more)
    opened[0].sendall(b"GET /services/weather?city=Oslo HTTP/1.1\r\nhost: x\r\n\r\n")
    assert opened[0].recv(4096).startswith(b"HTTP/1.1 200")
    for one in opened:
        one.close()
    hall.close(end)


def _ends(connection: socket.socket) -> bool:
    """Whether the other side hangs up, after whatever it has said before."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


def test_closing_after_the_end_is_quiet(listening: socket.socket) -> None:
    """An end closed when the hall has stopped, as after Ctrl-C, costs no wait and no warning."""
    hall = Hall().start()
    end = hall.open(create_app(World(pace=0)), listening)
    hall.stop()
    began = time.monotonic()
    hall.close(end)
    gc.collect()
    assert time.monotonic() - began < 5
