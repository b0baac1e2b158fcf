"""Which headers go on, there and back. What belongs to one connection, or to the key, does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fanout.simulator.live.key import Key, Redactor

Pairs = Iterable[tuple[str, str]]

HOP_BY_HOP = frozenset(
    "connection keep-alive proxy-connection proxy-authenticate proxy-authorization te trailer "
    "transfer-encoding upgrade".split()
)
"""Headers that speak of one connection (RFC 9110, section 7.6.1, and its elders)."""

_NOT_THERE = HOP_BY_HOP | frozenset(
    "authorization x-api-key api-key cookie host content-length expect accept-encoding origin "
    "referer".split()
)
_NOT_BACK = HOP_BY_HOP | frozenset(
    # The bytes come out of the relay unpacked and of another length; the rest would tell a browser
    # or an SDK things about loopback that hold for the provider's host.
    "content-length content-encoding set-cookie alt-svc strict-transport-security date "
    "server".split()
)


def presented(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The keys in a request's headers, however they come."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    found = (headers.get("x-api-key", ""), bearer if scheme.lower() == "bearer" else "")
    return tuple(key.strip() for key in found if key.strip())


def there(asked: Pairs, key: Key | None) -> list[tuple[str, str]]:
    """The headers of the request to the provider: the client's, with the real key in its place."""
    asked = list(asked)
    kept = _kept(asked, _NOT_THERE)
    kept.append(("accept-encoding", "identity"))
    if key is not None:
        kept.append(_key_header(dict(asked), key))
    return kept


def _key_header(asked: Mapping[str, str], key: Key) -> tuple[str, str]:
    """The key, in the header in which the client sent its own."""
    if "x-api-key" in asked and "authorization" not in asked:
        return "x-api-key", key.reveal()
    return "authorization", f"Bearer {key.reveal()}"


def back(answered: Pairs, redactor: Redactor) -> dict[str, str]:
    """The headers of the answer: the provider's, request ids and limits among them."""
    return {name: redactor.text(value) for name, value in _kept(list(answered), _NOT_BACK)}


def _kept(pairs: list[tuple[str, str]], dropped: frozenset[str]) -> list[tuple[str, str]]:
    named = {
        word.strip().lower()
        for name, value in pairs
        if name.lower() == "connection"
        for word in value.split(",")
    }
    return [(n.lower(), v) for n, v in pairs if n.lower() not in dropped | named]
