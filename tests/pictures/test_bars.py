from __future__ import annotations

from typing import Any

import pytest

from fanout.pictures import bars


def test_each_bar_carries_its_number() -> None:
    """The finding names groups, bars and numbers in the order in which they were given."""
    chart = bars({"3 calls": {"one by one": 0.213, "together": 0.09}, "none": {"together": 0}})
    assert str(chart) == (
        "Bar chart. 3 calls: one by one 0.21 s, together 0.09 s. none: together 0.00 s."
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [(1, "1 call per turn"), (3, "3 calls per turn"), (1.5, "1.5 calls per turn"),
     (0, "0 calls per turn"), (12_000, "12,000 calls per turn")],
)  # fmt: skip
def test_one_of_a_thing_is_in_the_singular(value: float, words: str) -> None:
    """A bar that counts one thing does not say `1 calls`."""
    assert bars({"o3": value}, unit="calls per turn").alt == f"Bar chart. o3: {words}."


def test_a_chart_shows_itself_with_its_finding() -> None:
    """The picture has its finding as alternative text, and a caption that says what was counted."""
    shown = bars({"a": 1, "b": 2}, unit="tokens")._repr_mimebundle_()
    assert shown["text/plain"] == "Bar chart. a: 1 token. b: 2 tokens."
    assert f'alt="{shown["text/plain"]}"' in shown["text/html"]
    assert "Tokens, as counted." in shown["text/html"]


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [([1, 2], TypeError, "a dictionary, .*`list`"), ({"a": "x"}, TypeError, "'x' in 'a'"),
     ({}, ValueError, "no number"), ({"a": {}}, ValueError, "no number")],
)  # fmt: skip
def test_what_cannot_be_drawn_is_said_at_once(given: Any, error: Any, words: str) -> None:
    """Without numbers there is no chart: the call itself says so, not the cell that shows it."""
    with pytest.raises(error, match=words):
        bars(given)
