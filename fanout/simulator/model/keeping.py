"""Keep what was read of a text, so that the same text is read once.

Strategy: a notebook offers the same tools in every request, and a conversation repeats its question
with every result. What is made of these depends on nothing else, so it is kept: for the latest texts
only, and not for long ones, so that nobody fills a server's memory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

KEPT = 256
"""Texts of one kind of which something is kept; the longest unused goes first."""

More = ParamSpec("More")
Made = TypeVar("Made")
Reader = Callable[Concatenate[str, More], Made]


def kept(longest: int, most: int = KEPT) -> Callable[[Reader[More, Made]], Reader[More, Made]]:
    """Decorate a function of a text: it makes something of it once, and gives that again.

    What it makes must not be changed by anybody, and its other arguments need a hash.

    :param longest: characters of the longest text that is kept.
    :param most: texts that are kept.
    """

    def decorate(read: Reader[More, Made]) -> Reader[More, Made]:
        again = lru_cache(maxsize=most)(read)

        @wraps(read)
        def reader(text: str, /, *args: More.args, **kwargs: More.kwargs) -> Made:
            if len(text) > longest:
                return read(text, *args, **kwargs)
            return again(text, *args, **kwargs)  # type: ignore[arg-type]  # only `read` types them

        return reader

    return decorate
