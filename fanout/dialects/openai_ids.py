"""Ids in OpenAI's shapes, the same for the same seed."""

from __future__ import annotations

import hashlib
import string

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
# Two letters at a time: dividing the large number is what an id costs.
_PAIRS = tuple(low + high for high in ALPHABET for low in ALPHABET)


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


def headers(seed: str) -> dict[str, str]:
    """The headers that every answer of the API carries, refusals too.

    `x-request-id` is `req_` and 32 hexadecimal digits; the SDK shows it as `request_id`.
    """
    digest = _digest(f"request {seed}").hex()
    return {"x-request-id": f"req_{digest[:32]}", "openai-version": "2020-10-01"}


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
