from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.pictures.relation import Interval, overlap, relation


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([], "none"),
        ([(1, 2)], "alone"),
        ([(0, 1), (1, 2), (2, 3)], "one after another"),
        ([(0, 1), (0.998, 2)], "one after another"),  # 2 ms: the clock's noise
        ([(0, 1), (0.96, 2)], "one after another"),  # 4 % of the shorter one
        ([(0, 1), (0.94, 2)], "at the same time"),
        ([(0, 1), (0.1, 1.1), (0.2, 0.9)], "at the same time"),
        ([(0, 1), (0.5, 1.5), (1.2, 2)], "partly"),
        ([(0, 1), (0, 1), (1, 2), (1, 2)], "partly"),
        ([(0, 0.4), (0.1, 0.102)], "at the same time"),  # a short one inside a long one
        ([(0, 0.4), (0.4, 0.402)], "one after another"),
        ([(0, 0.002), (0.001, 0.003)], "too brief"),
        ([(5, 5), (5, 5)], "too brief"),
    ],
)
def test_relation(intervals: list[Interval], expected: str) -> None:
    """Each way for calls to stand to each other has its word, and noise does not change it."""
    assert relation(intervals) == expected


TIMES = st.floats(0, 10).map(lambda t: round(t, 3))
INTERVALS = st.tuples(TIMES, TIMES).map(lambda pair: (min(pair), max(pair)))


@given(st.lists(INTERVALS, max_size=6), st.randoms())
def test_the_order_of_the_calls_does_not_matter(intervals: list[Interval], random: Random) -> None:
    """The relation is of a set of intervals, not of a list."""
    shuffled = list(intervals)
    random.shuffle(shuffled)
    assert relation(shuffled) == relation(intervals)


@given(INTERVALS, INTERVALS)
def test_overlap_is_mutual(a: Interval, b: Interval) -> None:
    """If one overlaps the other, the other overlaps the one."""
    assert overlap(a, b) == overlap(b, a)
