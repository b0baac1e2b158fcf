"""A real API key: held in memory, sent to one host, and taken out of everything else."""

from __future__ import annotations

import json
import re
from typing import Any

HIDDEN = "[key]"
"""What stands where a key stood."""

SHORTEST = 8
"""Characters of a key that is worth hiding. A shorter one is a word (`none`, `ollama`), which local
servers take and which stands in ordinary texts, too."""

_KEY = re.compile(r"[!#-\[\]-~]+")
_MASKED = re.compile(r"[\w-]*(?:\*{3,}|\.{3}|…)[\w-]*")


class Key:
    """A key that shows itself to nobody who does not call `reveal()`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not _KEY.fullmatch(text):
            # Never the text itself: it may be a key with a slip in it.
            raise ValueError("A key is made of printable characters, without spaces and quotes.")
        self._text = text

    def __repr__(self) -> str:
        return "Key(hidden)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("A key is not written to a file or sent to another process.")

    def reveal(self) -> str:
        """The key itself, for the header of a request to the host it belongs to."""
        return self._text


class Redactor:
    """Takes one key out of texts, bytes and data. Without a key everything stays as it is."""

    def __init__(self, key: Key | None) -> None:
        text = key.reveal() if key is not None else ""
        self._key = text if len(text) >= SHORTEST else ""

    def __repr__(self) -> str:
        return "Redactor()"

    def text(self, text: str) -> str:
        """The text without the key."""
        return text.replace(self._key, HIDDEN) if self._key else text

    def raw(self, raw: bytes) -> bytes:
        """The bytes without the key."""
        return raw.replace(self._key.encode(), HIDDEN.encode()) if self._key else raw

    def refusal(self, raw: bytes) -> bytes:
        """The body of an error without the key, and without what providers show of it (`sk-ab***yz`)."""
        if not self._key:
            return raw
        text = self.text(raw.decode("utf-8", "surrogateescape"))
        return _MASKED.sub(self._unmasked, text).encode("utf-8", "surrogateescape")

    def _unmasked(self, found: re.Match[str]) -> str:
        word = found[0]
        shown = word.startswith(self._key[:3]) or word.endswith(self._key[-4:])
        return HIDDEN if shown else word

    def data(self, value: Any) -> Any:
        """JSON data without the key; None for data that cannot be written."""
        try:
            text = json.dumps(value)
            return json.loads(self.text(text)) if self._key and self._key in text else value
        except (ValueError, TypeError, RecursionError):
            return None

    def held_back(self, raw: bytes) -> int:
        """How many bytes at the end of a piece may be the beginning of the key."""
        key = self._key.encode()
        longest = min(len(key) - 1, len(raw))
        return next((n for n in range(longest, 0, -1) if raw.endswith(key[:n])), 0)


class StreamRedactor:
    """Takes a key out of bytes that come in pieces, wherever a piece ends."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = b""

    def feed(self, piece: bytes) -> bytes:
        """What of the bytes so far can go on. Nothing waits but the possible beginning of a key."""
        raw = self._redactor.raw(self._held + piece)
        keep = len(raw) - self._redactor.held_back(raw)
        self._held = raw[keep:]
        return raw[:keep]

    def end(self) -> bytes:
        """What was held back and was no key after all."""
        rest, self._held = self._held, b""
        return rest
