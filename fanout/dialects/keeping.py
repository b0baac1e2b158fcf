"""Keep what was read of a text or of tools, so that the same ones are read once.

Strategy: a notebook offers the same tools in every request, and a conversation repeats its question
with every result. What is made of these depends on nothing else, so it is kept: for the latest ones
only, and not for long ones, so that nobody fills a server's memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

KEPT = 256
"""Texts of one kind of which something is kept; the longest unused goes first."""

LONGEST = 50_000
"""Characters of the longest tools, as JSON, that are kept. Those of a lesson have some thousand."""

More = ParamSpec("More")
Made = TypeVar("Made")
Whole = TypeVar("Whole", bound=tuple[Any, ...])
Reader = Callable[Concatenate[str, More], Made]


def kept(longest: int, most: int = KEPT) -> Callable[[Reader[More, Made]], Reader[More, Made]]:
    """Decorate a function of a text: it makes something of it once, and gives that again.

    What it makes must not be changed by anybody, and its other arguments need a hash. What it
    raises is not kept.

    :param longest: characters of the longest text that is kept.
    :param most: texts that are kept.
    """

    def decorate(read: Reader[More, Made]) -> Reader[More, Made]:
        again = lru_cache(maxsize=most)(read)

        @wraps(read)
        def reader(text: str, /, *args: More.args, **kwargs: More.kwargs) -> Made:
            if len(text) > longest:
                return read(text, *args, **kwargs)
            return again(text, *args, **kwargs)  # only `read` types them

        return reader

    return decorate


def kept_as_json(read: Callable[[Any], Made]) -> Callable[[Any], Made]:
    """Decorate a function of JSON data: it reads what says the same once.

    It is given a copy of its own, so that nobody else can change what was read. Data that is no
    JSON (a program's own objects) is read each time.
    """

    @kept(LONGEST)
    def again(text: str) -> Made:
        return read(json.loads(text))

    @wraps(read)
    def reader(data: Any) -> Made:
        try:
            text = json.dumps(data)
        except (TypeError, ValueError, RecursionError):
            return read(data)
        return again(text)

    return reader


def kept_by_identity(read: Callable[[Whole], Made]) -> Callable[[Whole], Made]:
    """Decorate a function of a tuple: of one and the same tuple it makes something once.

    For tuples that nobody changes inside, such as those that a decorated function above gives.
    """

    @lru_cache(maxsize=KEPT)
    def again(same: _Same) -> Made:
        return read(same.whole)

    @wraps(read)
    def reader(whole: Whole) -> Made:
        return again(_Same(whole))

    return reader


class _Same:
    """Equal for one and the same object; it holds it, so that no other takes its place."""

    __slots__ = ("whole",)

    def __init__(self, whole: Any) -> None:
        self.whole = whole

    def __hash__(self) -> int:
        return id(self.whole)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.whole is other.whole
