from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from fanout.pictures.layout import Layout, layout
from fanout.pictures.spans import spans
from fanout.recording import Run
from tests.pictures import runs

INCHES = 6.5
RUNS = {
    "sequential": runs.sequential(),
    "refused": runs.one_unanswered(),
    "odd": runs.odd(),
    "30 calls": runs.many(30),
    "20 short turns": runs.rounds(20),
    "off the wire": runs.rounds(5, on_the_wire=False),
}


def pieces(run: Run) -> Layout:
    """The layout of a run on an axis of the usual width."""
    return layout(spans(run), INCHES)


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS.keys())
def test_no_two_texts_meet(run: Run) -> None:
    """On each row a piece with its text ends before the next one begins."""
    plan = pieces(run)
    scale = plan.until / INCHES
    for a, b in combinations(plan.pieces, 2):
        if a.row == b.row:
            first, second = sorted((a, b), key=lambda piece: piece.start)
            assert first.right(scale) <= second.start + 1e-9 or first.start == second.start == (
                first.end
            ), (first.text, second.text)


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS.keys())
def test_every_text_ends_inside_the_picture(run: Run) -> None:
    """The axis goes on until the last text to the right of its bar has ended."""
    plan = pieces(run)
    assert all(p.right(plan.until / INCHES) <= plan.until * 1.001 for p in plan.pieces)


def test_lanes_take_the_rows_they_need() -> None:
    """Lanes follow each other without a gap, and one with texts that would meet gets more rows."""
    plan = pieces(runs.odd())
    assert [first for _, first, _ in plan.places] == [0, 3, 5, 6, 7, 8]
    assert plan.rows == 9


def test_short_turns_stay_on_one_row() -> None:
    """Turns whose texts would need a second row say their names alone, inside their bars."""
    plan = pieces(runs.rounds(3))
    turns = [piece for piece in plan.pieces if piece.lane.kind == "model"]
    assert [(piece.row, piece.inside) for piece in turns] == [(0, True)] * 4
    assert [piece.text for piece in turns] == ["turn 1", "turn 2", "turn 3", "turn 4"]


def test_a_turn_in_trouble_keeps_its_words() -> None:
    """What went wrong is said even where that takes a second row."""
    run = runs.rounds(3)
    second = [e for e in run.exchanges if e.kind == "model"][1]
    second.faults = ("bad_json",)
    texts = [piece.text for piece in pieces(run).pieces]
    assert "turn 2 · fault bad_json · 0.50 s" in texts


def test_two_pictures_can_have_the_same_axis() -> None:
    """An axis shows at least the seconds it is told, and is never cut short by them."""
    quick = spans(runs.concurrent())
    assert layout(replace(quick, axis=5.0), INCHES).until == 5.0
    assert layout(replace(quick, axis=0.1), INCHES) == layout(quick, INCHES)


def test_each_bar_says_what_was_measured() -> None:
    """Texts hold name, status and seconds; a wait, which is no work, has no number."""
    texts = [piece.text for piece in pieces(runs.odd()).pieces]
    assert texts == [
        "turn 1 · 0.60 s",
        "turn 2 · refused 400 · 0.010 s",
        "turn 3 · refused 400 · 0.05 s",
        "turn 4 · in flight",
        "failed 503 · 0.14 s",
        "0.40 s",
        "",
        "answered twice",
        "",
        "unknown id",
        "weather · 0.28 s",
    ]


def test_a_run_without_length_has_an_axis() -> None:
    """One request that never ended is still laid out."""
    film = runs.Film()
    film.model(0, None, (runs.ASK,))
    assert pieces(film.run).until > 0
