"""Ids in OpenAI's shapes, the same for the same seed."""

from __future__ import annotations

import hashlib
import string

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
# Two letters at a time: dividing the large number is what an id costs.
_PAIRS = tuple(low + high for high in ALPHABET for low in ALPHABET)


ORGANIZATION = "org-offline"

LIMITS = {"requests": 500, "tokens": 30_000}
"""A small account's limits for each minute, as the headers and the 429 tell them."""


def call_id(seed: str, index: int) -> str:
    """The id of the call at `index` of one reply: `call_` and 24 letters or digits."""
    return "call_" + _text(f"call {index} {seed}", 24)


def completion_id(seed: str) -> str:
    """The id of one Chat Completions reply: `chatcmpl-` and 29 letters or digits."""
    return "chatcmpl-" + _text(f"chatcmpl {seed}", 29)


def response_id(seed: str) -> str:
    """The id of one Responses reply: `resp_` and 50 hexadecimal digits."""
    return "resp_" + _digest(f"response {seed}").hex()[:50]


def item_id(kind: str, reply_id: str, index: int) -> str:
    """The id of the output item at `index` of a Responses reply: `kind`, `_` and 50 digits.

    :param kind: `rs` for reasoning, `msg` for a message, `fc` for a function call.
    """
    return f"{kind}_{_digest(f'item {index} {reply_id}').hex()[:50]}"


def ciphertext(seed: str) -> str:
    """What stands for encrypted reasoning: it begins as the API's does, and nothing is inside."""
    return "gAAAAAB" + "".join(_text(f"ciphertext {i} {seed}", 40) for i in range(3))


def headers(seed: str, *, refused: bool = False) -> dict[str, str]:
    """The headers of an answer: those that every answer carries, and the account's limits.

    `x-request-id` is `req_` and 32 hexadecimal digits; the SDK shows it as `request_id`. A refusal
    tells no limits (both recorded at the API, OpenTelemetry's cassettes of 2024). Here nothing is
    ever used up: each `remaining` is the limit, and there is nothing to wait for.
    """
    found = {
        "x-request-id": request_id(seed),
        "openai-organization": ORGANIZATION,
        "openai-version": "2020-10-01",
    }
    return found if refused else found | _LIMITS_UNTOUCHED


_LIMITS_UNTOUCHED = {
    **{f"x-ratelimit-limit-{name}": str(limit) for name, limit in LIMITS.items()},
    **{f"x-ratelimit-remaining-{name}": str(limit) for name, limit in LIMITS.items()},
    **{f"x-ratelimit-reset-{name}": "0s" for name in LIMITS},
}


def request_id(seed: str) -> str:
    """The id of one answer."""
    return "req_" + _digest(f"request {seed}").hex()[:32]


def _text(seed: str, length: int) -> str:
    number, base = int.from_bytes(_digest(seed)), len(_PAIRS)
    pairs = []
    for _ in range(0, length, 2):
        number, at = divmod(number, base)
        pairs.append(_PAIRS[at])
    return "".join(pairs)[:length]


def _digest(seed: str) -> bytes:
    # surrogatepass: a seed may be a learner's text with half a surrogate pair in it
    return hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()
