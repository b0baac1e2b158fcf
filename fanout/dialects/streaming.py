"""What a dialect streams: chunks, in order, each with what it weighs in time.

A dialect yields chunks and knows no clock. The server waits before each chunk as long as its tokens
take at the model's speed, and writes it as a server-sent event.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """One server-sent event. `data` is JSON data, or a text sent as it is (`[DONE]`)."""

    data: Any
    event: str | None = None
    """The event's name, where the API sends one."""
    tokens: int = 0
    """Estimated tokens that the model has written since the chunk before: what it takes in time."""

    def encode(self) -> bytes:
        """The chunk as bytes on the wire."""
        text = self.data if isinstance(self.data, str) else json.dumps(self.data)
        name = f"event: {self.event}\n" if self.event else ""
        return f"{name}data: {text}\n\n".encode()
