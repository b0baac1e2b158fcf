"""HTTP as a far end reads it: llhttp's parser by way of uvicorn, with an end to what it must remember.

The parser is in C and takes a third of the time of one in Python. By itself it sets no limit to the
head of a request, and a client may send many requests before it reads one answer; a stranger's code
would use either to fill the memory of whoever serves it. It also drops the body of a request that
asks for another protocol, which a server may ignore and this one does.
"""

from __future__ import annotations

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD = 64 << 10
"""Bytes of a request that may come without any of its body: lines of its head, or between chunks."""
MOST_AHEAD = 8
"""Requests that a client may have sent on one connection before the first of them is answered."""


class NotServed(Exception):
    """A client wants what no far end does. The parser turns it into a 400."""


class BoundedHttp(HttpToolsProtocol):
    """One connection. Who goes beyond what is needed is told 400, and hung up on."""

    _without = 0  # bytes since something of a request was whole
    _got_on = False  # whether the bytes now being read made something whole

    def data_received(self, data: bytes) -> None:
        """Read on. Bytes count against the head until something of a request is whole."""
        self._unset_keepalive_if_required()
        self._got_on = False
        try:
            self._feed(data)
        except httptools.HttpParserError:
            return self.send_400_response("This is not HTTP as it is spoken here.")
        self._without = 0 if self._got_on else self._without + len(data)
        if self._without > LONGEST_HEAD:
            return self.send_400_response("The head of this request is too long.")
        return None

    def _feed(self, data: bytes) -> None:
        """Parse; what asks for another protocol is parsed again, from its head, without the wish."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as wish:
            rest = data[wish.args[0] :]
            method = self.parser.get_method()
            self.parser = httptools.HttpRequestParser(self)
            self.parser.feed_data(_head(method, self.url, self.headers))
            self._feed(rest)

    def on_headers_complete(self) -> None:
        """The head is whole: answer, when it is this request's turn."""
        if len(self.pipeline) >= MOST_AHEAD or self.parser.get_method() == b"CONNECT":
            raise NotServed
        self._got_on = True
        if not self.parser.should_upgrade():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body has come."""
        self._got_on = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._got_on = True
        if not self.parser.should_upgrade():
            super().on_message_complete()


def _head(method: bytes, url: bytes, headers: list[tuple[bytes, bytes]]) -> bytes:
    """The head of a request as it would be without `Upgrade`."""
    lines = [name + b": " + value for name, value in headers if name != b"upgrade"]
    return b"\r\n".join([method + b" " + url + b" HTTP/1.1", *lines, b"\r\n"])
