"""Server-sent events out of bytes that come in pieces, wherever a piece ends."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any, NamedTuple


class Event(NamedTuple):
    """One event: its JSON data, or the text where it is no JSON (`[DONE]`)."""

    name: str | None
    data: Any


class Events:
    """The events of one stream, as they are completed."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
        self._rest = ""
        self._name: str | None = None
        self._data: list[str] = []

    def feed(self, piece: bytes) -> Iterator[Event]:
        """The events that end in this piece."""
        text = self._rest + self._decoder.decode(piece)
        # A return at the end may be half of a line end of two characters.
        *lines, self._rest = _lines(text)
        for line in lines:
            if line:
                self._take(line)
            elif self._data:
                yield self._event()

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value

    def _event(self) -> Event:
        event = Event(self._name, _parsed("\n".join(self._data)))
        self._name, self._data = None, []
        return event


def _lines(text: str) -> list[str]:
    held = text.endswith("\r")
    text = text[:-1] if held else text
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if held:
        lines[-1] += "\r"
    return lines


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
