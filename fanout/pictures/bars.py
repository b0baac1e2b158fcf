"""A bar chart of measured numbers, in groups, that says in words what it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, SupportsFloat

from fanout.terminal import fitted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Groups = Mapping[str, Mapping[str, float]]

_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
_HATCHES = ("", "//", "..", "\\\\", "xx", "--")


def bars(values: Mapping[str, float] | Groups, unit: str = "s") -> Bars:
    """Show numbers as bars: `{name: number}`, or groups `{group: {name: number}}`.

    :param unit: what the numbers are, in the plural, as `tokens` or `calls per turn`; `s` for
        seconds. Each bar carries its number, and `1 call per turn` its singular.

    Raises `ValueError` where there is no number to draw, `TypeError` for what is no dictionary.
    """
    if not isinstance(values, Mapping):
        raise TypeError(
            "bars draws a dictionary, {name: number}; this is a value of type "
            f"`{type(values).__name__}`."
        )
    grouped = {group: _measured(group, value) for group, value in values.items()}
    if not any(grouped.values()):
        raise ValueError("bars was given no number to draw.")
    return Bars(grouped, unit)


def _measured(group: str, value: Any) -> dict[str, float]:
    """The numbers of a group by name; a number on its own has no further name."""
    named = value if isinstance(value, Mapping) else {"": value}
    for one in named.values():
        if not isinstance(one, SupportsFloat):
            raise TypeError(f"bars draws numbers; {one!r} in {group!r} is none.")
    return {name: float(one) for name, one in named.items()}


class Bars:
    """A bar chart. In a notebook it displays itself; `print` gives its text."""

    def __init__(self, groups: Groups, unit: str) -> None:
        self.groups = groups
        self.unit = unit

    @property
    def alt(self) -> str:
        """What the chart shows, number by number."""
        said = (self._sentence(group, values) for group, values in self.groups.items())
        return " ".join(["Bar chart.", *said])

    def __str__(self) -> str:
        return fitted(self.alt)

    __repr__ = __str__

    def save(self, path: str | Path) -> None:
        """Write the chart to a PNG file."""
        Path(path).write_bytes(self.png)

    @cached_property
    def png(self) -> bytes:
        """The chart as the bytes of a PNG file."""
        from fanout.pictures.figure import png_of

        return png_of(self._figure())

    def _sentence(self, group: str, values: Mapping[str, float]) -> str:
        parts = [f"{name} {self._number(value)}".strip() for name, value in values.items()]
        return f"{group}: {', '.join(parts)}."

    def _number(self, value: float) -> str:
        if self.unit == "s":
            return f"{value:.2f} s"
        return f"{value:,.{0 if value == round(value) else 1}f} {self._unit(value)}"

    def _unit(self, value: float) -> str:
        """The unit beside a number: of one thing, its first word loses the plural's s."""
        first, space, rest = self.unit.partition(" ")
        return f"{first.removesuffix('s') if value == 1 else first}{space}{rest}"

    def _rows(self) -> Iterator[tuple[float, str, str, float]]:
        """Each bar's place from the top, its group (told once), its name and its number."""
        place = 0.0
        for group, values in self.groups.items():
            for index, (name, value) in enumerate(values.items()):
                yield place, group if index == 0 else "", name, value
                place += 1
            place += 0.6

    def _figure(self) -> Figure:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        rows = list(self._rows())
        figure = Figure(figsize=(8.6, 0.55 + 0.3 * (rows[-1][0] + 1)), facecolor="white")
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.3, 0.1, 0.6, 0.86))
        names = list(dict.fromkeys(name for *_, name, _ in rows))
        for place, _, name, value in rows:
            style = names.index(name) % len(_COLOURS)
            axes.barh(
                place, value, 0.78, color=_COLOURS[style], hatch=_HATCHES[style], edgecolor="white"
            )
            axes.annotate(
                self._number(value), (value, place), (5, 0), textcoords="offset points", va="center"
            )
        labels = [" · ".join(filter(None, (group, name))) for _, group, name, _ in rows]
        axes.set_yticks([place for place, *_ in rows], labels)
        axes.invert_yaxis()
        axes.set_xlim(0, max(value for *_, value in rows) * 1.14 or 1)
        axes.xaxis.set_visible(False)
        axes.tick_params(axis="y", length=0)
        for side in ("top", "right", "bottom"):
            axes.spines[side].set_visible(False)
        return figure

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from fanout.pictures.figure import figure_html

        return {
            "text/html": figure_html(self.png, self.alt, self._caption()),
            "text/plain": self.alt,
        }

    def _caption(self) -> str:
        what = "Seconds, as measured." if self.unit == "s" else f"{self.unit}, as counted."
        return what[0].upper() + what[1:]
