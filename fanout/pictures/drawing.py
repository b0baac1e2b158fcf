"""Draws a timeline with matplotlib, from its numbers.

Strategy: only the object interface, never pyplot, so that a notebook shows nothing twice and no
backend is chosen. Colours are Okabe and Ito's, which colour-blind readers can tell apart; every
state also has a shape, a hatch or a word of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import groupby

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from fanout.pictures.layout import GAP, LEAST, SIZE, Layout, Piece, layout, width
from fanout.pictures.spans import Bar, Lane, Spans

BLUE, ORANGE, SKY, RED = "#0072B2", "#E69F00", "#56B4E9", "#D55E00"
INK, GREY, FAINT, PALE = "#222222", "#767676", "#A6A6A6", "#F4F4F4"
WIDTH = 8.6
"""Inches of a figure that is made here."""
ROW, DENSE_ROW = 0.31, 0.23
"""Inches of a row, and of a row where there are more than `MANY`."""
MANY = 45
NOT_ON_THE_WIRE = "not on the wire: only asked and answered are known"

_LEGEND: dict[str, Callable[[], Artist]] = {
    "model turn": lambda: Patch(facecolor=BLUE, edgecolor=BLUE),
    "tool call: its work at a service": lambda: Patch(facecolor=ORANGE, edgecolor=ORANGE),
    NOT_ON_THE_WIRE: lambda: Patch(facecolor="white", edgecolor=GREY, hatch="////"),
    "from asked to answered": lambda: Line2D([], [], color=FAINT, linewidth=1.2, marker="|"),
    "service work of no call": lambda: Patch(facecolor=SKY, edgecolor=INK, hatch=".."),
    "refused or failed": lambda: Patch(facecolor="white", edgecolor=RED, hatch="xxxx"),
    "results do not fit the calls": lambda: _mark("X", RED),
    "not answered before the run ended": lambda: _mark("o", INK),
    "in flight when the run ended": lambda: _mark(">", INK),
    "the client left before the end": lambda: _mark("<", INK),
}


def draw(spans: Spans, ax: Axes | None = None) -> Axes:
    """Draw a timeline, on `ax` or on a figure of its own that is as high as it needs."""
    if ax is None:
        ax = _own_axes(spans)
    plan = layout(spans, _inches(ax))
    _draw_batches(ax, plan)
    for lane, first, _ in plan.places:
        _draw_wait(ax, lane, first)
    for piece in plan.pieces:
        _draw_piece(ax, piece, plan.until / _inches(ax))
    _dress(ax, plan)
    _draw_legend(ax, spans)
    return ax


def _own_axes(spans: Spans) -> Axes:
    longest = max((width(drawable(lane.label)) for lane in spans.lanes), default=0.0)
    left, right, top, bottom = longest + 0.2, 0.15, 0.12, 0.5
    wide = WIDTH - left - right
    below = bottom + 0.19 * _legend_shape(spans, WIDTH)[1]
    rows = max(1, layout(spans, wide).rows)
    high = rows * (ROW if rows <= MANY else DENSE_ROW)
    total = high + top + below
    figure = Figure(figsize=(WIDTH, total), facecolor="white")
    FigureCanvasAgg(figure)
    return figure.add_axes((left / WIDTH, below / total, wide / WIDTH, high / total))


def _inches(ax: Axes) -> float:
    figure = ax.get_figure(root=True)
    assert figure is not None, "axes that are on no figure cannot be drawn on"
    return float(ax.get_position().width * figure.get_figwidth())


# --- The lanes --------------------------------------------------------------------------------


def _draw_batches(ax: Axes, plan: Layout) -> None:
    """A pale band behind every second group of calls, if some were asked for together."""
    calls = [place for place in plan.places if place[0].turn]
    groups = [list(group) for _, group in groupby(calls, key=lambda place: place[0].turn)]
    for group in groups[::2] if 1 < len(groups) < len(calls) else []:
        rows = sum(count for _, _, count in group)
        top = group[0][1] - 0.5
        band = Rectangle((0, top), 1, rows, transform=ax.get_yaxis_transform(), clip_on=True)
        band.set(facecolor=PALE, edgecolor="none", zorder=0)
        ax.add_patch(band)


def _draw_wait(ax: Axes, lane: Lane, row: int) -> None:
    """A thin line from asked to answered, behind the work."""
    if lane.work and lane.asked is not None and lane.answered is not None:
        ends = [lane.asked, lane.answered]
        ax.plot(ends, [row, row], color=FAINT, linewidth=1.2, marker="|", markersize=7, zorder=1)


def _draw_piece(ax: Axes, piece: Piece, scale: float) -> None:
    if piece.bar is None:
        pending = piece.lane.pending
        _point(ax, piece.start, piece.row, "o" if pending else "X", INK if pending else RED)
    else:
        _draw_bar(ax, piece.bar, piece.row, LEAST * scale)
    if piece.inside:
        x, color = piece.start + GAP * scale, "white" if piece.lane.kind == "model" else INK
    else:
        x, color = max(piece.end, piece.start + LEAST * scale) + GAP * 1.4 * scale, INK
    weight = "bold" if piece.loud else "normal"
    hatched = piece.bar is not None and (piece.bar.failed or piece.bar.kind == "other")
    bare = not piece.text or (piece.inside and not hatched)
    box = None if bare else {"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1.2}
    ax.text(
        x, piece.row, drawable(piece.text), color=color, fontsize=SIZE, fontweight=weight,
        family="DejaVu Sans", va="center_baseline", parse_math=False, zorder=4,
        bbox=box,
    )  # fmt: skip


def _draw_bar(ax: Axes, bar: Bar, row: int, least: float) -> None:
    high = 0.28 if bar.kind == "wait" else 0.62
    box = Rectangle((bar.start, row - high / 2), max(bar.seconds, least), high, zorder=2)
    face, edge, hatch = {
        "turn": (BLUE, BLUE, None),
        "work": (ORANGE, ORANGE, None),
        "other": (SKY, INK, ".."),
        "wait": ("white", GREY, "////"),
    }[bar.kind]
    if bar.failed:
        face, edge, hatch = "white", RED, "xxxx"
    box.set(facecolor=face, edgecolor=edge, hatch=hatch, linewidth=0.8)
    ax.add_patch(box)
    if bar.failed:
        _point(ax, bar.start + box.get_width() / 2, row, "X", RED)
    if bar.in_flight:
        _point(ax, bar.start + box.get_width(), row, ">", INK)
    if bar.left:
        _point(ax, bar.start + box.get_width(), row, "<", INK)


def _mark(shape: str, color: str) -> Line2D:
    face = "white" if shape == "o" else color
    rim = color if shape == "o" else "white"
    return Line2D(
        [], [], linestyle="none", marker=shape, markersize=8, color=color,
        markerfacecolor=face, markeredgecolor=rim, markeredgewidth=1.2 if shape == "o" else 0.7,
    )  # fmt: skip


def _point(ax: Axes, x: float, row: int, shape: str, color: str) -> None:
    mark = _mark(shape, color)
    mark.set_data([x], [row])
    mark.set(zorder=3, clip_on=False)
    ax.add_line(mark)


# --- Axis and legend --------------------------------------------------------------------------


def _dress(ax: Axes, plan: Layout) -> None:
    ax.set_xlim(0, plan.until)
    ax.set_ylim(max(plan.rows, 1) - 0.5, -0.5)
    ax.set_xlabel("seconds since the first request", fontsize=SIZE, family="DejaVu Sans")
    names = [drawable(lane.label) for lane, _, _ in plan.places]
    ax.set_yticks([first for _, first, _ in plan.places], names)
    for text in (*ax.get_yticklabels(), *ax.get_xticklabels()):
        text.set(parse_math=False, family="DejaVu Sans", fontsize=SIZE, color=INK)
    ax.tick_params(axis="both", length=0, labelsize=SIZE)
    ax.tick_params(axis="y", pad=7)  # points: room for a mark at the first moment
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.7)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(GREY)


def _legend_entries(spans: Spans) -> list[str]:
    """The states that this timeline shows, and no others."""
    bars = [bar for lane in spans.lanes for bar in lane.bars]
    kinds = {bar.kind for bar in bars if not bar.failed}
    shown = {
        "model turn": "turn" in kinds,
        "tool call: its work at a service": "work" in kinds,
        NOT_ON_THE_WIRE: any(bar.kind == "wait" and bar.seconds for bar in bars),
        "from asked to answered": any(lane.work and lane.answered for lane in spans.lanes),
        "service work of no call": "other" in kinds,
        "refused or failed": any(bar.failed for bar in bars),
        "results do not fit the calls": any(x.trouble and not x.pending for x in spans.lanes),
        "not answered before the run ended": any(lane.pending for lane in spans.lanes),
        "in flight when the run ended": any(bar.in_flight for bar in bars),
        "the client left before the end": any(bar.left for bar in bars),
    }
    return [name for name in _LEGEND if shown[name]]


def _legend_shape(spans: Spans, inches: float) -> tuple[int, int]:
    """Columns and rows of the legend, if it may be `inches` wide."""
    entries = _legend_entries(spans)
    longest = max(map(width, entries), default=0.0)
    columns = max(1, min(len(entries), int(inches / (longest + 0.5))))
    return columns, -(-len(entries) // columns)


def _draw_legend(ax: Axes, spans: Spans) -> None:
    entries = _legend_entries(spans)
    figure = ax.get_figure(root=True)
    if not entries or figure is None:
        return
    box = ax.get_position()
    below = 0.48 / (box.height * figure.get_figheight())
    ax.legend(
        [_LEGEND[name]() for name in entries], entries, loc="upper right",
        bbox_to_anchor=(1, -below), ncols=_legend_shape(spans, figure.get_figwidth())[0],
        frameon=False, borderaxespad=0, borderpad=0, handlelength=1.8, columnspacing=1.6,
        labelspacing=0.45, labelcolor=INK,
        prop=FontProperties(family="DejaVu Sans", size=SIZE - 0.5),
    )  # fmt: skip


def drawable(text: str) -> str:
    """The text with a box for each character that the font cannot draw."""
    known = _known_characters()
    return "".join(c if ord(c) in known else "□" for c in text)


@cache
def _known_characters() -> frozenset[int]:
    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())
