"""What a box may send, and what the grader makes of it."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from fanout.grading import inner_wire, wire
from fanout.grading.wire import Babble, Gone, Line, Silence

Ends = tuple[Line, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    line, inner = wire.pair()
    with inner:
        yield line, inner
    line.close()


def soon() -> float:
    return time.monotonic() + 2


def framed(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


def test_there_and_back(ends: Ends) -> None:
    """A message with an open file goes in, and an answer comes out."""
    line, inner = ends
    with socket.socket() as carried:
        line.send({"do": "fork", "text": "é\ud83d"}, [carried.fileno()], soon())
        received = inner_wire.receive(inner.fileno())
    assert received is not None
    message, files = received
    assert message == {"do": "fork", "text": "é\ud83d"}
    assert len(files) == 1
    os.close(files[0])
    inner_wire.send(inner.fileno(), inner_wire.encoded({"answer": [1, "é"]}))
    assert line.receive(soon()) == {"answer": [1, "é"]}


def test_a_large_message_in_both_directions(ends: Ends) -> None:
    """Messages larger than any buffer arrive whole."""
    line, inner = ends
    text = "x" * 2_000_000

    def echo() -> None:
        received = inner_wire.receive(inner.fileno())
        assert received is not None
        inner_wire.send(inner.fileno(), inner_wire.encoded(received[0]))

    thread = threading.Thread(target=echo)
    thread.start()
    line.send({"text": text}, [], soon())
    assert line.receive(soon()) == {"text": text}
    thread.join()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"nonsense",
        b"NaN",
        b'{"a": Infinity}',
        b"9" * 5000,
        b"[" * 100_000,
        b"[" * 66 + b"]" * 66,
        b'{"a":' * 70 + b"1" + b"}" * 70,
        json.dumps([0] * 300_000).encode(),
    ],
    ids=lambda body: body[:12].decode("latin-1") or "empty",
)
def test_babble(ends: Ends, body: bytes) -> None:
    """What is no JSON, too deep or too much is told from a message, and no exception of JSON's own."""
    line, inner = ends
    threading.Thread(target=inner.sendall, args=(framed(body),), daemon=True).start()
    with pytest.raises(Babble):
        line.receive(soon())


@pytest.mark.parametrize("length", [0xFFFFFFFF, wire.LARGEST + 1])
def test_a_giant_is_not_read(ends: Ends, length: int) -> None:
    """A message that says it is too large is refused by its length alone."""
    line, inner = ends
    inner.sendall(struct.pack(">I", length))
    with pytest.raises(Babble, match=str(length)):
        line.receive(soon())


def test_half_characters_are_replaced(ends: Ends) -> None:
    """Text that cannot be written as UTF-8 becomes text that can, in keys too."""
    line, inner = ends
    inner.sendall(framed(b'{"\\ud800": ["a\\udfff"]}'))
    assert line.receive(soon()) == {"?": ["a?"]}


def test_silence_can_be_asked_again(ends: Ends) -> None:
    """A message that came in part is not lost when patience ends in its middle."""
    line, inner = ends
    data = framed(b'{"late": true}')
    inner.sendall(data[:7])
    with pytest.raises(Silence):
        line.receive(time.monotonic() + 0.05)
    inner.sendall(data[7:])
    assert line.receive(soon()) == {"late": True}


def test_hanging_up(ends: Ends) -> None:
    """A closed line is told from a silent one, also in the middle of a message."""
    line, inner = ends
    inner.sendall(framed(b'{"half": 1}')[:6])
    inner.close()
    with pytest.raises(Gone):
        line.receive(soon())


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="this system has no process handles")
def test_a_watched_process_ends_the_line(ends: Ends) -> None:
    """A process that ends is noticed, although a copy of it holds the line open."""
    line, _inner = ends
    pid = os.fork()
    if pid == 0:
        time.sleep(0.1)
        os._exit(0)
    handle = os.pidfd_open(pid)
    line.watch(handle)
    try:
        with pytest.raises(Gone):
            line.receive(soon())
    finally:
        os.waitpid(pid, 0)
        os.close(handle)


def test_hello_says_who(ends: Ends) -> None:
    """The first message tells the process id and carries a socket."""
    line, inner = ends
    with socket.socket() as carried:
        inner_wire.send_hello(inner.fileno(), (carried.fileno(),))
    pid, sockets = line.receive_hello(soon())
    assert pid == os.getpid()
    assert len(sockets) == 1
    sockets[0].close()


@pytest.mark.skipif(not hasattr(socket, "SO_PASSCRED"), reason="the kernel does not vouch here")
def test_no_one_can_pose_as_another_process(ends: Ends) -> None:
    """The process id is the kernel's word; what the message says does not count."""
    line, inner = ends
    inner.sendall(struct.pack(">6sI", b"hello.", 1))
    assert line.receive_hello(soon())[0] == os.getpid()


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), {1, 2}, 10**5000], ids=["nan", "inf", "set", "giant"]
)
def test_the_inside_refuses_what_is_no_json(value: object) -> None:
    """A value without a form in JSON is found inside, where it can still be told in words."""
    with pytest.raises((ValueError, TypeError)):
        inner_wire.encoded({"returned": value})
