"""Where a learner's prints go."""

from __future__ import annotations

from typing import Any


class Sink:
    """A text stream that keeps the first characters and forgets the rest."""

    encoding = "utf-8"
    errors = "replace"
    closed = False

    def __init__(self, most: int) -> None:
        self._parts: list[str] = []
        self._left = most

    def write(self, text: str) -> int:
        """Keep what there is room for."""
        if self._left > 0:
            self._parts.append(str(text)[: self._left])
            self._left -= len(text)
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Keep what there is room for."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """There is nothing to flush."""

    def isatty(self) -> bool:
        """No one is looking."""
        return False

    def text(self) -> str:
        """What was kept."""
        return "".join(self._parts)
