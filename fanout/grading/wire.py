"""Messages between the grader and a box, as the grader sees them: a length, then that much JSON.

This end believes nothing: a length too great, bytes that are no JSON, a value too deep or too large
are each a `Babble`. The other end is `inner_wire`.
"""

from __future__ import annotations

import array
import json
import select
import socket
import struct
import time
from typing import Any

Json = dict[str, Any]

LARGEST = 4 << 20
"""Bytes of one message that the outside will read."""
DEEPEST = 64
"""How deep a value may be nested."""
MOST = 200_000
"""How many values one message may hold."""
LENGTH = struct.Struct(">I")
_HELLO = struct.Struct(">6sI")
_NOT_INHERITED = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


class Babble(ValueError):
    """A box sent what is no message. Says in what way."""


class Silence(TimeoutError):
    """A box did not answer in time."""


class Gone(ConnectionError):
    """The process at the other end is gone, or closed its line."""


class Line:
    """The grader's end of a line into a box."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._read = bytearray()
        self._watched: int | None = None
        end.setblocking(False)

    def watch(self, handle: int | None) -> None:
        """Take the end of this process (a handle of the kernel's) for the end of the line.

        The line itself may be held open by a copy of the process that nobody asked for.
        """
        self._watched = handle

    def close(self) -> None:
        """Hang up."""
        self._end.close()

    def send(self, message: Json, descriptors: list[int], deadline: float) -> None:
        """Send one message, with open files beside its first bytes."""
        body = json.dumps(message).encode()
        data = memoryview(LENGTH.pack(len(body)) + body)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        while data:
            self._wait(select.POLLOUT, deadline)
            try:
                sent = self._end.sendmsg([data], rights if descriptors else [])
            except BlockingIOError:
                continue
            except OSError as error:
                raise Gone(str(error)) from None
            data, descriptors = data[sent:], []

    def receive(self, deadline: float) -> Any:
        """One message. Raises `Babble`, `Silence` or `Gone`; after `Silence` one may ask again."""
        self._fill(LENGTH.size, deadline)
        (length,) = LENGTH.unpack_from(self._read)
        if length > LARGEST:
            raise Babble(f"a message of {length} bytes; at most {LARGEST} are read")
        self._fill(LENGTH.size + length, deadline)
        body = bytes(self._read[LENGTH.size : LENGTH.size + length])
        del self._read[: LENGTH.size + length]
        return decoded(body)

    def receive_hello(self, deadline: float) -> tuple[int, list[socket.socket]]:
        """The first message on a line: who sent it, and sockets that were sent along.

        The process id is the kernel's word, in this side's own numbers. Only where the kernel does not
        say (it does on Linux) it is what the process says of itself.
        """
        self._wait(select.POLLIN, deadline)
        space = socket.CMSG_SPACE(12) + socket.CMSG_SPACE(4)
        data, extra, _, _ = self._end.recvmsg(_HELLO.size, space, _NOT_INHERITED)
        if len(data) != _HELLO.size:
            raise Gone("closed before it said hello")
        pid, sockets = int(_HELLO.unpack(data)[1]), []
        for level, kind, content in extra:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                numbers = array.array("i", content[: len(content) - len(content) % 4])
                sockets = [socket.socket(fileno=number) for number in numbers]
            elif kind == getattr(socket, "SCM_CREDENTIALS", None):
                pid = struct.unpack("iII", content)[0]
        return pid, sockets

    def _fill(self, count: int, deadline: float) -> None:
        """Read on until so many bytes are there."""
        while len(self._read) < count:
            self._wait(select.POLLIN, deadline)
            try:
                part = self._end.recv(min(count - len(self._read), 1 << 20))
            except BlockingIOError:
                continue
            except OSError as error:
                raise Gone(str(error)) from None
            if not part:
                raise Gone("the line was closed")
            self._read += part

    def _wait(self, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(self._end, event)
        if self._watched is not None:
            poll.register(self._watched, select.POLLIN)
        ready = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
        if not ready:
            raise Silence
        if all(number == self._watched for number, _ in ready):
            raise Gone("the process ended")


def pair() -> tuple[Line, socket.socket]:
    """A line: the grader's end, and the end to hand in."""
    outer, inner = socket.socketpair()
    if hasattr(socket, "SO_PASSCRED"):
        outer.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    return Line(outer), inner


def decoded(body: bytes) -> Any:
    """JSON from a box as plain data: finite numbers, text that can be written as UTF-8."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Babble(f"not JSON ({type(error).__name__})") from None
    return _clean(value, DEEPEST, [MOST])


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _clean(value: Any, depth: int, left: list[int]) -> Any:
    left[0] -= 1
    if depth < 0 or left[0] < 0:
        raise Babble(f"nested more than {DEEPEST} deep, or more than {MOST} values")
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_clean(item, depth - 1, left) for item in value]
    if isinstance(value, dict):
        return {_clean(k, 0, left): _clean(v, depth - 1, left) for k, v in value.items()}
    return value


def readable(text: str, most: int = 300) -> str:
    """Words from a box as plain text: no control characters, one line, cut to a length."""
    plain = "".join(c if c.isprintable() else " " for c in text[: most * 2])
    plain = " ".join(plain.split())
    return plain if len(plain) <= most else f"{plain[:most]} …"
