"""A value: one span of a text that can stand for a parameter.

Strategy: the scanners (`scan`, `amounts`, `names`) make values and know no tool; whoever needs to
know what surrounds a value uses a `Mention` (see `values`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from typing import Any, NamedTuple


class Value(NamedTuple):
    """One span of the text that can be a value."""

    start: int
    end: int
    text: str
    kind: str
    number: int | float | None = None
    unit: str = ""
    percent: bool = False
    spelled: bool = False
    quoted: bool = False
    code: str = ""
    """A currency's code, or a full date as YYYY-MM-DD, or a time as HH:MM."""
    data: Any = None


EARLIER: Any = object()
"""Stands for the number that an earlier call will give, in a parameter that is filled with it."""

Scanner = Callable[[str, Set[str]], Iterator[Value]]
"""Finds values of one sort; it is told the stems of the tools' words."""
