"""How stretches of time stand to each other: the one fact that a timeline is there to show."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

Interval = tuple[float, float]
"""Start and end, in seconds."""

Relation = Literal["none", "alone", "too brief", "one after another", "at the same time", "partly"]

BRIEF = 0.010
"""Seconds. Below this the order of a few intervals is chance, so nothing is said about it."""


def relation(intervals: Sequence[Interval]) -> Relation:
    """Whether the intervals follow each other, all run at the same time, or overlap in part.

    `none` and `alone` are said of no interval and of one. Every pair must overlap to be
    `at the same time`; no pair may, to be `one after another`.
    """
    if len(intervals) < 2:
        return "alone" if intervals else "none"
    if all(end - start < BRIEF for start, end in intervals):
        return "too brief"
    pairs = [overlap(a, b) for a, b in combinations(intervals, 2)]
    if all(pairs):
        return "at the same time"
    return "partly" if any(pairs) else "one after another"


def overlap(a: Interval, b: Interval) -> bool:
    """Whether two intervals share more time than a clock's noise would let them share.

    That is more than 5 ms and more than 5 % of the shorter one; for a very short one, half of it.
    """
    shared = min(a[1], b[1]) - max(a[0], b[0])
    shorter = min(a[1] - a[0], b[1] - b[0])
    return shared > min(max(0.005, 0.05 * shorter), shorter / 2)
