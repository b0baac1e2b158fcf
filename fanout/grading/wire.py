"""Messages between the grader and a box: a length in four bytes, then that much JSON.

The outside (`Line`) believes nothing: a length too great, bytes that are no JSON, a value too deep
or too large are each a `Babble`. The inside (`receive`, `send`) keeps copies of the means it works
with, because the learner's code that runs beside it may patch `json`, `os` or `socket`.
"""

from __future__ import annotations

import _socket
import array
import importlib.util
import json
import os
import select
import socket
import struct
import time
from types import ModuleType
from typing import Any

Json = dict[str, Any]

LARGEST = 4 << 20
"""Bytes of one message that the outside will read."""
DEEPEST = 64
"""How deep a value may be nested."""
MOST = 200_000
"""How many values one message may hold."""
_LENGTH = struct.Struct(">I")
_HELLO = b"hello."
_NOT_INHERITED = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


class Babble(ValueError):
    """A box sent what is no message. Says in what way."""


class Silence(TimeoutError):
    """A box did not answer in time."""


class Gone(ConnectionError):
    """The process at the other end is gone, or closed its line."""


# --- The outside ----------------------------------------------------------------------------------


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
        data = memoryview(_LENGTH.pack(len(body)) + body)
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
        self._fill(_LENGTH.size, deadline)
        (length,) = _LENGTH.unpack_from(self._read)
        if length > LARGEST:
            raise Babble(f"a message of {length} bytes; at most {LARGEST} are read")
        self._fill(_LENGTH.size + length, deadline)
        body = bytes(self._read[_LENGTH.size : _LENGTH.size + length])
        del self._read[: _LENGTH.size + length]
        return decoded(body)

    def receive_hello(self, deadline: float) -> tuple[int, list[socket.socket]]:
        """The first message on a line: who sent it, as the kernel says, and sockets sent along.

        The process id is one of this side's namespace. It is 0 on a system whose kernel does not say.
        """
        self._wait(select.POLLIN, deadline)
        space = socket.CMSG_SPACE(12) + socket.CMSG_SPACE(4)
        data, extra, _, _ = self._end.recvmsg(len(_HELLO), space, _NOT_INHERITED)
        pid, sockets = 0, []
        for level, kind, content in extra:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                numbers = array.array("i", content[: len(content) - len(content) % 4])
                sockets = [socket.socket(fileno=number) for number in numbers]
            elif kind == getattr(socket, "SCM_CREDENTIALS", None):
                pid = struct.unpack("iII", content)[0]
        if not data:
            raise Gone("closed before it said hello")
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


# --- The inside -----------------------------------------------------------------------------------


def _own_copy(name: str) -> ModuleType:
    """A second copy of a module, which no `import` finds, so that nobody patches it by accident."""
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


_encode = _own_copy("json.encoder").JSONEncoder(allow_nan=False).encode
_decode = _own_copy("json.decoder").JSONDecoder().decode
_read, _write, _close = os.read, os.write, os.close
_receive_message, _send_message, _space = (
    _socket.socket.recvmsg,
    _socket.socket.sendmsg,
    _socket.CMSG_SPACE,
)
_Socket, _detach = _socket.socket, _socket.socket.detach
_ONE_FILE = struct.Struct("i")
_RIGHTS = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS)


def encoded(message: Any) -> bytes:
    """A message as bytes. Raises `ValueError` or `TypeError` for what JSON has no form for."""
    body = _encode(message).encode("ascii")
    return _LENGTH.pack(len(body)) + body


def send(line: int, data: bytes) -> None:
    """Send `encoded` bytes to the grader."""
    view = memoryview(data)
    while view:
        view = view[_write(line, view) :]


def send_hello(line: int, descriptors: tuple[int, ...] = ()) -> None:
    """Say that this process is there, and hand out open files."""
    data = b"".join(_ONE_FILE.pack(number) for number in descriptors)
    end = _Socket(fileno=line)
    try:
        _send_message(end, [_HELLO], [(*_RIGHTS, data)] if data else [])
    finally:
        _detach(end)


def receive(line: int, most_files: int = 2) -> tuple[Json, list[int]] | None:
    """The next message from the grader with its open files; None when the grader hung up."""
    end = _Socket(fileno=line)
    try:
        head, extra, _, _ = _receive_message(
            end, _LENGTH.size, _space(4 * most_files), _NOT_INHERITED
        )
    finally:
        _detach(end)
    files: list[int] = []
    for level, kind, content in extra:
        if (level, kind) == _RIGHTS:
            files += [number for (number,) in _ONE_FILE.iter_unpack(content)]
    if not head:
        return None
    (length,) = _LENGTH.unpack(head + _exactly(line, _LENGTH.size - len(head)))
    return _decode(_exactly(line, length).decode("utf-8")), files


def _exactly(line: int, count: int) -> bytes:
    parts = []
    while count:
        part = _read(line, min(count, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
