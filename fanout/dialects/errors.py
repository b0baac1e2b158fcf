"""The error a provider's API would answer with."""

from __future__ import annotations

from dataclasses import dataclass, field

from fanout.conversation import Conversation


@dataclass(eq=False)
class ApiError(Exception):
    """A refusal, with everything a provider puts into it. A dialect writes it as its own body.

    :param status: HTTP status.
    :param type: the provider's error type, as `invalid_request_error`.
    :param message: the provider's text.
    :param code: OpenAI's machine-readable reason, or None.
    :param param: OpenAI's path of the offending field, or None.
    :param headers: extra response headers, as `retry-after`.
    :param conversation: what the refused request said, where it could be read so far.
    """

    message: str
    status: int = 400
    type: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    conversation: Conversation | None = None

    def __str__(self) -> str:
        return self.message
