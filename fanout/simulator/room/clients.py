"""Who is who in a room: a short label for each API key and name, and never the key itself."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import lru_cache

MOST = 1_000
"""Labels that are kept. The one that was silent longest goes first, and is given again as it was."""
NAME_HEADER = "x-fanout-name"
LONGEST = 24
NO_KEY, WRONG_KEY = "no key", "wrong key"


def api_key(headers: Mapping[str, str]) -> str:
    """The API key of a request: `x-api-key`, a bearer token, or a password; empty for none.

    A password is what `http://NAME:KEY@HOST/` becomes on the wire: the one way to give a key that
    every HTTP library knows, and so the way of tools that ask the services.
    """
    return headers.get("x-api-key", "").strip() or _authorization(headers)[1]


def _authorization(headers: Mapping[str, str]) -> tuple[str, str]:
    """The user name and the key in an `Authorization` header."""
    return _read(headers.get("authorization", ""))


@lru_cache(maxsize=MOST)
def _read(authorization: str) -> tuple[str, str]:
    scheme, _, rest = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return "", rest.strip()
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, key = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, key


class Clients:
    """The clients of one room. Belongs to the server's loop.

    :param key: the room's key; its learners use `KEY` or `KEY.NAME`. None takes any key.
    """

    def __init__(self, key: str | None = None) -> None:
        self._key = key
        self._labels: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._keys: dict[str, str] = {}
        self._at: OrderedDict[str, set[str]] = OrderedDict()

    def label(self, headers: Mapping[str, str], host: str = "") -> str:
        """What the client that sent these headers is called, from now on.

        Its name, if it gives one in `x-fanout-name` or in its key; otherwise a word made of a hash
        of the key. A request without either (a tool that asks a service) belongs to the one client
        that was seen at its address.
        """
        key, name = api_key(headers), self._name(headers)
        if not key and not name:
            seen = self._at.get(host, set())
            return next(iter(seen)) if len(seen) == 1 else NO_KEY
        if not self._admits(key):
            return WRONG_KEY if key else NO_KEY
        label = self._known(self._key or key, name)
        if key and not _authorization(headers)[0]:
            self._keys[label] = key
        self._note(host, label)
        return label

    def key_of(self, label: str) -> str | None:
        """The API key that a client uses; for one not seen yet the one it has to use here."""
        return self._keys.get(label) or (f"{self._key}.{label}" if self._key else None)

    def label_of(self, key: str | None) -> str | None:
        """The client that uses an API key, seen or awaited, or None."""
        used_by = next((label for label, used in self._keys.items() if used == key), None)
        awaited = self._key is not None and key is not None and key.startswith(f"{self._key}.")
        return used_by or (self._name({"x-api-key": key or ""}) if awaited else None)

    def hider(self, label: str) -> Callable[[str], str]:
        """What takes the client's key and the room's out of a text, wherever they stand in it."""
        # What is shorter is hardly a key, and part of other words.
        keys = [key for key in (self._keys.get(label), self._key) if key and len(key) > 5]

        def hide(text: str) -> str:
            for key in keys:
                text = text.replace(key, "[key]")
            return text

        return hide

    def _admits(self, key: str) -> bool:
        return self._key is None or key == self._key or key.startswith(f"{self._key}.")

    def _name(self, headers: Mapping[str, str]) -> str:
        """The name that a client gives itself: in the header, in its key, or before its key."""
        key = api_key(headers)
        ours = self._key is not None and key.startswith(f"{self._key}.")
        in_key = key[len(self._key or "") + 1 :] if ours else ""
        return clean(headers.get(NAME_HEADER) or in_key or _authorization(headers)[0])

    def _known(self, key: str, name: str) -> str:
        who = key, name
        if who not in self._labels:
            self._labels[who] = self._free(key, name)
            if len(self._labels) > MOST:
                self._keys.pop(self._labels.popitem(last=False)[1], None)
        self._labels.move_to_end(who)
        return self._labels[who]

    def _free(self, key: str, name: str) -> str:
        """A label that nobody has: two who give themselves one name stay two."""
        digest = hashlib.sha256(f"fanout room {key}".encode()).hexdigest()
        taken = {*self._labels.values(), NO_KEY, WRONG_KEY}
        tails = (digest[:length] for length in range(4, len(digest)))
        wishes = [name] if name else []
        wishes += [f"{name or 'learner'}-{tail}" for tail in tails]
        return next(wish for wish in wishes if wish not in taken)

    def _note(self, host: str, label: str) -> None:
        seen = self._at.setdefault(host, set())
        self._at.move_to_end(host)
        if len(seen) < 2:  # two are already too many to choose from
            seen.add(label)
        if len(self._at) > MOST:
            self._at.popitem(last=False)


@lru_cache(maxsize=MOST)
def clean(name: str) -> str:
    """A name as it can be shown: on one line, nothing invisible, at most 24 characters."""
    with contextlib.suppress(UnicodeError):  # a header's bytes are most often UTF-8
        name = name.encode("latin-1").decode()
    seen = (" " if unicodedata.category(c)[0] in "CZ" else c for c in name[:200])
    return " ".join(unicodedata.normalize("NFC", "".join(seen)).split())[:LONGEST].strip()
