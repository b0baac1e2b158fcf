"""Where each bar and each text of a timeline goes, so that no two texts meet. Numbers only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from fanout.pictures.spans import Bar, Lane, Spans, in_seconds

SIZE = 8.5
"""Points of every text."""
GAP = 0.07
"""Inches between a bar and the text beside it."""
LEAST = 0.03
"""Inches that the shortest bar gets, so that it can be seen."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One bar (or, with no bar, one mark) and its text, on a row of the picture."""

    lane: Lane
    bar: Bar | None
    start: float
    end: float
    text: str
    inside: bool = False
    """The text stands in the bar; otherwise to its right."""
    row: int = 0

    @property
    def loud(self) -> bool:
        """What went wrong is set in bold."""
        return self.bar is None or bool(self.bar.failed)

    @property
    def beside(self) -> float:
        """Inches that the text takes up with the gaps around it; 0.0 if there is none."""
        return width(self.text, self.loud) + 2 * GAP if self.text else 0.0

    def right(self, scale: float) -> float:
        """Where the piece ends, text included, if an inch is `scale` seconds."""
        end = max(self.end, self.start + LEAST * scale)
        return end if self.inside else end + self.beside * scale


@dataclass(frozen=True, kw_only=True)
class Layout:
    """All pieces, the first row and the number of rows of each lane, and the end of the axis."""

    pieces: tuple[Piece, ...]
    places: tuple[tuple[Lane, int, int], ...]
    rows: int
    until: float


def width(text: str, bold: bool = False) -> float:
    """Inches that a text takes up, rounded up: narrow, wide and other characters of the font."""
    ems = sum(0.42 if c in _NARROW else 0.66 if c in _PLAIN else 1.0 for c in text)
    return ems * SIZE / 72 * (1.12 if bold else 1.0)


_PLAIN = frozenset("abcdefghijklnopqrstuvxyz0123456789_?=+…○✕")
_NARROW = frozenset(" .,:;·'|!()[]{}/\\-ijlftrI")


def layout(spans: Spans, inches: float) -> Layout:
    """Arrange a timeline on an axis that is `inches` wide.

    Turns keep to one row if they can: on several, one model looks like many. So where their texts
    would need a second row, and the names alone do not, the names alone stand in the bars.
    """
    full = _arranged(spans, inches, text_of)
    if _turn_rows(full) <= 1:
        return full
    brief = _arranged(spans, inches, _brief)
    return brief if _turn_rows(brief) == 1 else full


def _turn_rows(plan: Layout) -> int:
    return sum(count for lane, _, count in plan.places if lane.kind == "model")


def _arranged(spans: Spans, inches: float, text: Callable[[Bar], str]) -> Layout:
    lanes = [(lane, list(_pieces(lane, text))) for lane in spans.lanes]
    shown = max(spans.seconds, spans.axis) or 0.001
    until = _until([p for _, pieces in lanes for p in pieces], shown, inches)
    placed: list[Piece] = []
    places = []
    first = 0
    for lane, pieces in lanes:
        fitted = [_fit(piece, until / inches) for piece in pieces]
        chosen = _rows(fitted, until / inches)
        placed += [replace(p, row=first + row) for p, row in zip(fitted, chosen, strict=True)]
        count = max(chosen, default=0) + 1
        places.append((lane, first, count))
        first += count
    return Layout(pieces=tuple(placed), places=tuple(places), rows=first, until=until)


def _pieces(lane: Lane, text: Callable[[Bar], str]) -> Iterator[Piece]:
    for bar in lane.bars:
        yield Piece(lane=lane, bar=bar, start=bar.start, end=bar.end, text=text(bar))
    if lane.trouble and lane.at is not None:
        yield Piece(lane=lane, bar=None, start=lane.at, end=lane.at, text=lane.trouble)


def text_of(bar: Bar) -> str:
    """What stands at a bar: its name, what went wrong, and the seconds that were measured."""
    refused = "refused" if bar.kind == "turn" and (bar.failed or 0) < 500 else "failed"
    wrong = [f"{refused} {bar.failed}"] if bar.failed else ["client left"] if bar.left else []
    wrong += ["broke off"] if bar.broken_off else []
    wrong += [f"fault {kind}" for kind in bar.faults]
    measured = "in flight" if bar.in_flight else in_seconds(bar.seconds)
    # How long a call waited for its answer is mostly the work of others: it is drawn, not labelled.
    return " · ".join(filter(None, (bar.name, *wrong, "" if bar.kind == "wait" else measured)))


def _brief(bar: Bar) -> str:
    """A turn's name alone, if nothing went wrong with it; the axis has its length."""
    wrong = bar.failed or bar.faults or bar.in_flight or bar.left or bar.broken_off
    well = bar.kind == "turn" and not wrong
    return bar.name if well else text_of(bar)


def _until(pieces: Sequence[Piece], seconds: float, inches: float) -> float:
    """The end of the axis: late enough for the texts that stand to the right of their bars."""
    until = seconds
    for _ in range(len(pieces)):
        # A longer axis makes bars shorter in inches, so that more texts have to stand outside.
        outside = [p for p in pieces if not _fit(p, until / inches).inside]
        needed = max((_axis_for(p, inches) for p in outside), default=0.0)
        if needed <= until:
            break
        until = needed
    return until


def _axis_for(piece: Piece, inches: float) -> float:
    """The shortest axis on which the text beside this piece still ends inside."""
    # On very narrow axes a text may run out: nine tenths is as much as it may claim.
    left, least = (
        max(inches - taken, inches / 10) for taken in (piece.beside, piece.beside + LEAST)
    )
    return max(piece.end * inches / left, piece.start * inches / least)


def _fit(piece: Piece, scale: float) -> Piece:
    bar = piece.bar
    if bar is None or bar.failed or bar.in_flight or bar.left or bar.kind == "wait":
        return piece
    return replace(piece, inside=piece.beside * scale <= piece.end - piece.start)


def _rows(pieces: Sequence[Piece], scale: float) -> list[int]:
    """For each piece the highest row of its lane that is free where it starts."""
    ends: list[float] = []
    chosen = []
    for piece in pieces:
        free = (row for row, end in enumerate(ends) if end <= piece.start)
        row = next(free, len(ends))
        ends[row : row + 1] = [piece.right(scale)]
        chosen.append(row)
    return chosen
