"""How a service says no."""

from __future__ import annotations


class Declined(Exception):
    """A service does not do what it was asked. `status` is the HTTP status to send."""

    def __init__(self, message: str, status: int = 409) -> None:
        super().__init__(message)
        self.status = status


class NotKnown(Declined):
    """A service has no answer for what it was asked."""

    def __init__(self, message: str, status: int = 404) -> None:
        super().__init__(message, status)
