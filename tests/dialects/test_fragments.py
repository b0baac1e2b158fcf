"""How a text is cut into the pieces of a stream."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.dialects.fragments import fragments, weights, words
from fanout.dialects.tokens import count_tokens

# Half a surrogate pair may stand in a learner's text, and so in what a model repeats of it.
TEXTS = st.text(st.characters() | st.sampled_from(["\ud83d", "\ude00", " ", "9"]), max_size=200)


@given(TEXTS, TEXTS, st.integers(1, 12))
def test_fragments_join_to_the_text(text: str, seed: str, longest: int) -> None:
    """The fragments are never empty, never longer than asked for, and lose nothing."""
    pieces = fragments(text, seed, longest)
    assert "".join(pieces) == text
    assert all(1 <= len(piece) <= longest for piece in pieces)


@given(TEXTS)
def test_words_join_to_the_text(text: str) -> None:
    """The words lose nothing, and no piece is empty or long."""
    pieces = words(text)
    assert "".join(pieces) == text
    assert all(1 <= len(piece) <= 13 for piece in pieces)


@given(TEXTS, st.integers(1, 12))
def test_weights_add_up(text: str, longest: int) -> None:
    """However a text is cut, its pieces weigh together what the whole weighs."""
    pieces = fragments(text, "s", longest)
    parts = weights(pieces)
    assert len(parts) == len(pieces)
    assert sum(parts) == count_tokens(text)
    assert all(part >= 0 for part in parts)


def test_cuts_fall_anywhere() -> None:
    """Some seed cuts at each place: in a key, a number, an escape and between surrogate escapes."""
    text = json.dumps({"city": "Zürich \N{GRINNING FACE}", "days": 1234})
    assert "\\u00fc" in text
    assert "\\ud83d\\ude00" in text
    places = set()
    for seed in range(200):
        end = 0
        for piece in fragments(text, str(seed))[:-1]:
            end += len(piece)
            places.add(end)
    assert places == set(range(1, len(text)))


def test_all_lengths_come() -> None:
    """Every length from 1 to the longest comes, so that no client may rely on one."""
    pieces = fragments("x" * 1000, "s")
    assert {len(piece) for piece in pieces[:-1]} == set(range(1, 9))


def test_cuts_do_not_depend_on_the_process() -> None:
    """Cuts are a function of text and seed alone: these were made once and must never change."""
    assert fragments('{"a": 2, "b": 3}', "seed") == ['{"a": 2', ', "', 'b":', " 3}"]
    assert fragments('{"a": 2, "b": 3}', "another") != fragments('{"a": 2, "b": 3}', "seed")


def test_words_as_recorded() -> None:
    """A text is cut where the recorded one is cut: at spaces, around digits and signs."""
    pieces = ["The", " sum", " of", " ", "2", " and", " ", "3", " is", " ", "5", ",", " and"]
    assert words("The sum of 2 and 3 is 5, and") == pieces


def test_long_words_and_numbers() -> None:
    """A number is cut after three digits and a long word after twelve letters, spaces or none."""
    assert words("20260821 m") == ["202", "608", "21", " m"]
    assert words("東" * 30) == ["東" * 12, "東" * 12, "東" * 6]


def test_half_a_surrogate_pair() -> None:
    """Half a surrogate pair, in the text or the seed, is cut and weighed like any character."""
    half = "\ud83d"
    assert fragments(half, half) == words(half) == [half]
    assert weights([half]) == [count_tokens(half)] == [1]


def test_too_short() -> None:
    """A fragment of no characters is refused with the number that came."""
    with pytest.raises(ValueError, match="cannot have 0 characters; ask for 1 or more"):
        fragments("text", "s", 0)
