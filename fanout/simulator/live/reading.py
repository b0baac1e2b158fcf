"""What a relayed request says, and what must be kept of the answer so that the next one can be read.

The provider judges the request; here it is only read, leniently. Responses and message threads refer
to what was said before, which this far end saw pass and remembers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from fanout.conversation import Conversation
from fanout.dialects import chat, claude, responses
from fanout.dialects.errors import ApiError
from fanout.simulator.memory import Memory

ACCOUNT = "(live)"
"""Under which name the far end remembers what was live. A key is never used as a name."""

Said = tuple[Any, Conversation | None]
"""The whole body that a request stands for, and its conversation where it can be read."""


def read(path: str, body: Any, memory: Memory) -> Said:
    """What a request says. Raises nothing: what cannot be read is passed on all the same."""
    return _READERS[path](body, memory)


def remember(path: str, body: Any, answer: Any, memory: Memory) -> None:
    """Keep what a later request may refer to, as far as the answer lets itself be kept.

    :param body: the whole body that `read` gave.
    """
    with contextlib.suppress(ApiError, KeyError, TypeError, AttributeError):
        if path == "/v1/responses":
            responses.remember(memory.responses(ACCOUNT), body, answer)
        elif path == "/v1/messages":
            memory.threads(ACCOUNT).hold(body, answer)


def _chat(body: Any, _memory: Memory) -> Said:
    return body, _lenient(lambda: chat.read(body))


def _responses(body: Any, memory: Memory) -> Said:
    known = _lenient(lambda: responses.read(body, None, memory.responses(ACCOUNT)))
    # Of what was said before the far end was live nothing is known; the rest is read without it.
    return body, known or _lenient(lambda: responses.read(body))


def _claude(body: Any, memory: Memory) -> Said:
    with contextlib.suppress(ApiError):
        body = memory.threads(ACCOUNT).resume(body)
    return body, _lenient(lambda: claude.read(body))


def _lenient(reading: Callable[[], Conversation]) -> Conversation | None:
    try:
        return reading()
    except ApiError as error:
        return error.conversation


_READERS: Mapping[str, Callable[[Any, Memory], Said]] = {
    "/v1/chat/completions": _chat,
    "/v1/responses": _responses,
    "/v1/messages": _claude,
}
