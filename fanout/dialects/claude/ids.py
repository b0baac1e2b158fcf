"""Ids and headers in Anthropic's shapes, the same for the same seed."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
"""Letters of recorded ids: those that are hard to tell apart never occur."""

LIMITS = {"requests": 50, "tokens": 38_000, "input-tokens": 30_000, "output-tokens": 8_000}
"""A small account's limits for each minute, as the simulated headers tell them."""


def call_id(seed: str, index: int) -> str:
    """The id of the call at `index` of one reply: `toolu_01` and 22 letters or digits."""
    return "toolu_01" + _text(f"call {index} {seed}", 22)


def message_id(seed: str) -> str:
    """The id of one reply: `msg_01` and 22 letters or digits."""
    return "msg_01" + _text(f"message {seed}", 22)


def request_id(seed: str) -> str:
    """The id of one answer, refusals too: `req_011C` and 20 letters or digits."""
    return "req_011C" + _text(f"request {seed}", 20)


def headers(seed: str, *, now: datetime | None = None) -> dict[str, str]:
    """The headers that identify one answer, and with `now` those that tell the rate limits.

    The twelve `anthropic-ratelimit-*` headers come on every answer of the API, `reset` in RFC 3339
    (documentation on rate limits; dumps in public threads). Here nothing is ever used up: each
    `remaining` is the limit and each `reset` is `now`.
    """
    found = {"request-id": request_id(seed)}
    if now is not None:
        reset = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for name, limit in LIMITS.items():
            values = {"limit": str(limit), "remaining": str(limit), "reset": reset}
            found |= {f"anthropic-ratelimit-{name}-{key}": text for key, text in values.items()}
    return found


def _text(seed: str, length: int) -> str:
    # surrogatepass: a seed may be a learner's text with half a surrogate pair in it
    number = int.from_bytes(hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest())
    letters = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(letters)
