"""HTTP by the byte: what any client may send, and where a far end stops listening."""

from __future__ import annotations

import socket

import pytest

from fanout.simulator.http import LONGEST_HEAD, MOST_AHEAD
from fanout.simulator.server import Server

BODY = b'{"model": "gpt-5.2", "messages": [{"role": "user", "content": "Hello"}]}'
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sk-x\r\n"
SIZED = HEAD + b"content-length: %d\r\n" % len(BODY)
REQUEST = SIZED + b"\r\n" + BODY
LAST = SIZED + b"connection: close\r\n\r\n" + BODY
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
UPGRADE = b"upgrade: h2c\r\nconnection: upgrade, http2-settings\r\nhttp2-settings: AAMAAABk\r\n"


def _say(server: Server, *parts: bytes) -> bytes:
    """Send, and read until the far end hangs up; it must."""
    address = ("127.0.0.1", server._socket.getsockname()[1])
    heard = b""
    with socket.create_connection(address, timeout=10) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            while more := connection.recv(65536):
                heard += more
        except (ConnectionResetError, BrokenPipeError):
            pass  # hung up while there was still more to say
    return heard


def _statuses(heard: bytes) -> list[int]:
    return [int(part[:3]) for part in heard.split(b"HTTP/1.1 ")[1:]]


def test_requests_sent_ahead_are_answered_in_turn(server: Server) -> None:
    """A few requests may come before the first answer is read."""
    assert _statuses(_say(server, REQUEST * (MOST_AHEAD - 1) + LAST)) == [200] * MOST_AHEAD


def test_a_body_in_pieces(server: Server) -> None:
    """A request is the same, however its bytes are cut."""
    pieces = [LAST[at : at + 1] for at in range(len(LAST))]
    assert _statuses(_say(server, *pieces)) == [200]


def test_a_long_body_passes(server: Server) -> None:
    """The end to heads is none to bodies: in one piece, and in chunks."""
    long = BODY.replace(b"Hello", b"Hello" + b" again" * LONGEST_HEAD)
    sized = HEAD + b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(long) + long
    chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in (long[:99_999], long[99_999:])]
    chunked = CHUNKED.replace(b"host: x", b"connection: close") + b"".join(chunks) + b"0\r\n\r\n"
    assert _statuses(_say(server, sized)) == [200]
    assert _statuses(_say(server, chunked)) == [200]


ENDLESS = {
    "headers": (HEAD, b"a: b\r\n"),
    "one header": (HEAD + b"a: ", b"bbbbbb"),
    "address": (b"GET /", b"aaaaaa"),
    "chunk extension": (CHUNKED + b"1;", b"aaaaaa"),
    "trailers": (CHUNKED + b"1\r\n{\r\n0\r\n", b"a: b\r\n"),
    "blank lines": (b"", b"\r\n" * 3),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_what_does_not_end_is_ended(server: Server, kind: str) -> None:
    """Bytes that must be remembered and bring no request further are hung up on."""
    begin, more = ENDLESS[kind]
    heard = _say(server, begin, *[more * 10_000] * 50)
    assert _statuses(heard) in ([400], []), heard[:300]
    assert _statuses(_say(server, LAST)) == [200]


def test_too_many_requests_ahead(server: Server) -> None:
    """Who never reads an answer does not fill the memory of the far end with requests."""
    assert _statuses(_say(server, REQUEST * 3_000)) == [400]


@pytest.mark.parametrize(
    "raw",
    [
        b"CONNECT example.com:80 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET http://127.0.0.1 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40),
        b"no protocol at all\r\n\r\n",
    ],
)
def test_what_is_not_served_is_refused(server: Server, raw: bytes) -> None:
    """A proxy's request, HTTP/2, TLS and noise get a 400 and an end."""
    assert _statuses(_say(server, raw)) == [400]


def test_a_wish_for_another_protocol_is_passed_over(server: Server) -> None:
    """A client that would rather speak HTTP/2 is answered in HTTP/1.1, its body read all the same."""
    wishing = SIZED + UPGRADE + b"\r\n" + BODY
    assert _statuses(_say(server, wishing, REQUEST, wishing + LAST)) == [200] * 4
    cut = len(SIZED + UPGRADE) + 9
    assert _statuses(_say(server, wishing[:cut], wishing[cut:], LAST)) == [200] * 2
    chunks = CHUNKED.replace(b"host: x\r\n", UPGRADE) + b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
    assert _statuses(_say(server, chunks, LAST)) == [200] * 2
