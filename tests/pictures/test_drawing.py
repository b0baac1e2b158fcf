from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import pytest
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fanout.conversation import ToolCall
from fanout.pictures.drawing import NOT_ON_THE_WIRE, draw, drawable
from fanout.pictures.layout import SIZE, width
from fanout.pictures.spans import spans
from fanout.recording import Run
from tests.pictures import runs


def words(ax: Axes) -> list[str]:
    """The texts at the bars."""
    return [text.get_text() for text in ax.texts]


def legend(ax: Axes) -> list[str]:
    """The states that the legend names."""
    found = ax.get_legend()
    return [text.get_text() for text in found.get_texts()] if found else []


def boxes(ax: Axes, things: Sequence[Artist]) -> list[Any]:
    """Where things stand in the figure, in dots."""
    return [thing.get_window_extent() for thing in things]


def test_the_time_axis_begins_at_the_first_request() -> None:
    """The axis starts at 0 and says what it counts; there is no title."""
    ax = draw(spans(runs.sequential()))
    assert ax.get_xlim()[0] == 0
    assert ax.get_xlabel() == "seconds since the first request"
    assert ax.get_title() == ""


@pytest.mark.parametrize(
    "run",
    [runs.sequential(), runs.one_unanswered(), runs.odd(), runs.many(30), runs.rounds(20)],
    ids=["sequential", "refused", "odd", "30 calls", "20 rounds"],
)
def test_texts_as_drawn_do_not_meet_and_are_not_cut_off(run: Run) -> None:
    """Measured with the real font: texts keep apart, and the figure holds them all."""
    ax = draw(spans(run))
    ax.figure.draw_without_rendering()
    texts = [t for t in (*ax.texts, *ax.get_yticklabels()) if t.get_text()]
    found = boxes(ax, texts)
    for index, box in enumerate(found):
        for other in found[index + 1 :]:
            assert not box.shrunk(0.98, 0.9).overlaps(other), (box, other)
    everything = [*found, *boxes(ax, [box for box in (ax.get_legend(), ax.xaxis.label) if box])]
    width, height = ax.figure.bbox.width, ax.figure.bbox.height
    assert min(b.x0 for b in everything) >= 0
    assert max(b.x1 for b in everything) <= width
    assert min(b.y0 for b in everything) >= 0
    assert max(b.y1 for b in everything) <= height


def test_every_state_has_a_word_and_a_shape() -> None:
    """Colour is never the only carrier: the legend names each state, and each has its own handle."""
    ax = draw(spans(runs.odd()))
    assert legend(ax) == [
        "model turn",
        "tool call: its work at a service",
        NOT_ON_THE_WIRE,
        "from asked to answered",
        "service work of no call",
        "refused or failed",
        "results do not fit the calls",
        "in flight when the run ended",
    ]
    hatches = {patch.get_hatch() for patch in ax.patches}
    assert {"////", "xxxx", ".."} <= hatches
    assert {"X", ">"} <= {line.get_marker() for line in ax.lines}


def test_the_legend_shows_only_what_is_there() -> None:
    """A text-only run has one entry."""
    assert legend(draw(spans(runs.text_only()))) == ["model turn"]


def test_a_refused_turn_stands_out_in_words() -> None:
    """The status stands at the refused turn, and the call that was left out says so."""
    assert {"turn 2 · refused 400 · 0.010 s", "not answered"} <= set(
        words(draw(spans(runs.one_unanswered())))
    )


def test_a_mark_at_the_first_moment_keeps_off_the_names() -> None:
    """A turn refused at once has its mark beside the word `model`, not on it."""
    film = runs.Film()
    film.model(0, 0.001, (runs.ASK,), refused=runs.REFUSAL, status=429)
    film.model(0.5, 0.6, (runs.ASK,), text="Done.")
    ax = draw(spans(film.run))
    ax.figure.draw_without_rendering()
    (name,) = boxes(ax, ax.get_yticklabels())
    radius = 4 / 72 * ax.figure.dpi
    assert name.x1 < ax.bbox.x0 - radius


def test_it_draws_on_axes_that_it_is_given() -> None:
    """With `ax`, nothing else of the figure is touched, and the same axes come back."""
    figure = Figure(figsize=(8, 4))
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    assert draw(spans(runs.concurrent()), right) is right
    assert not left.texts
    assert right.get_xlabel()


def test_drawing_leaves_pyplot_alone() -> None:
    """No figure is registered with pyplot, so a notebook shows nothing twice."""
    draw(spans(runs.concurrent()))
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


def test_names_are_shown_as_they_are() -> None:
    """Dollar signs are no formula; what the font lacks becomes a box instead of a warning."""
    film = runs.Film()
    film.model(
        0, 0.5, (runs.ASK,), ToolCall(id="a", name="$x_1$", arguments='{"a": "東京 Zürich $\\\\"}')
    )
    ax = draw(spans(film.run))
    ax.figure.draw_without_rendering()
    assert [t.get_text() for t in ax.get_yticklabels()] == ["model", "$x_1$(□□ Zürich $\\)"]
    assert not any(t.get_parse_math() for t in (*ax.get_yticklabels(), *ax.texts))
    assert drawable("ok …") == "ok …"


@pytest.mark.parametrize(
    "text",
    ["turn 1 · 0.60 s", "turn 22 · refused 400 · 0.010 s", "get_weather(Tokyo)", "not answered",
     "mmmmmwwwww", "MWMWMW", "result for call_8fK2zQWx", "convert(100, EUR, USD)", "□□□"],
)  # fmt: skip
@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_the_width_of_a_text_is_never_underrated_by_much(text: str, weight: str) -> None:
    """The layout's estimate is at least nine tenths, and at most one and a half, of the real width."""
    figure = Figure(dpi=100)
    FigureCanvasAgg(figure)
    shown = figure.text(0, 0, text, fontsize=SIZE, fontweight=weight, family="DejaVu Sans")
    real = shown.get_window_extent().width / 100
    assert 0.9 <= width(text, weight == "bold") / real <= 1.5


def test_a_hundred_calls_are_drawn() -> None:
    """The figure grows with its calls, less for each the more there are."""
    few, many = (draw(spans(runs.many(n))).figure.get_figheight() for n in (10, 100))
    assert few < many < 30


def test_a_client_that_left_has_a_mark_and_words_of_its_own() -> None:
    """A bar that was left says so beside it, and the legend explains its mark."""
    film = runs.Film()
    film.model(0, 1, (runs.user("Weather?"),), status=499).left = True
    ax = draw(spans(film.run))
    assert "turn 1 · client left · 1.00 s" in [text.get_text() for text in ax.texts]
    assert "the client left before the end" in [t.get_text() for t in ax.get_legend().get_texts()]
    assert "refused or failed" not in [t.get_text() for t in ax.get_legend().get_texts()]
