"""The end of the grader's line that is inside the box.

It keeps copies of the means it works with, because the learner's code that runs beside it may patch
`json`, `os` or `socket`. What comes in is the grader's and believed.
"""

from __future__ import annotations

import _socket
import importlib.util
import os
import struct
from types import ModuleType
from typing import Any

Json = dict[str, Any]


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
_read, _write, _getpid, _set_blocking = os.read, os.write, os.getpid, os.set_blocking
_receive_message, _send_message, _space = (
    _socket.socket.recvmsg,
    _socket.socket.sendmsg,
    _socket.CMSG_SPACE,
)
_Socket, _detach = _socket.socket, _socket.socket.detach
LENGTH = struct.Struct(">I")
_HELLO = struct.Struct(">6sI")
_NOT_INHERITED = getattr(_socket, "MSG_CMSG_CLOEXEC", 0)
_ONE_FILE = struct.Struct("i")
_RIGHTS = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS)


def encoded(message: Any) -> bytes:
    """A message as bytes. Raises `ValueError` or `TypeError` for what JSON has no form for."""
    body: bytes = _encode(message).encode("ascii")
    return LENGTH.pack(len(body)) + body


def send(line: int, data: bytes) -> None:
    """Send `encoded` bytes to the grader."""
    _set_blocking(line, True)  # the learner's code may have set it otherwise
    view = memoryview(data)
    while view:
        view = view[_write(line, view) :]


def send_hello(line: int, descriptors: tuple[int, ...] = ()) -> None:
    """Say that this process is there, and hand out open files."""
    data = b"".join(_ONE_FILE.pack(number) for number in descriptors)
    end = _Socket(fileno=line)
    try:
        _send_message(end, [_HELLO.pack(b"hello.", _getpid())], [(*_RIGHTS, data)] if data else [])
    finally:
        _detach(end)


def receive(line: int, most_files: int = 2) -> tuple[Json, list[int]] | None:
    """The next message from the grader with its open files; None when the grader hung up."""
    _set_blocking(line, True)
    end = _Socket(fileno=line)
    try:
        head, extra, _, _ = _receive_message(
            end, LENGTH.size, _space(4 * most_files), _NOT_INHERITED
        )
    finally:
        _detach(end)
    files: list[int] = []
    for level, kind, content in extra:
        if (level, kind) == _RIGHTS:
            files += [number for (number,) in _ONE_FILE.iter_unpack(content)]
    if not head:
        return None
    (length,) = LENGTH.unpack(head + _exactly(line, LENGTH.size - len(head)))
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
