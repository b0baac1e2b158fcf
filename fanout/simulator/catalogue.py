"""What is known of each model, as a table that says where it is from and when that was read.

The rows come from the profiles that the simulator itself obeys, so the table and the offline models
cannot disagree. What no source shows is marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import escape

from fanout.simulator import claude_models, profiles
from fanout.simulator.claude_models import ClaudeModel
from fanout.simulator.profiles import Profile

_COLUMNS = (
    "model",
    "takes tools in",
    "several calls in one turn",
    "refuses the parameter",
    "retires",
    "read",
)
_UNSURE = " (inferred)"


@dataclass(frozen=True, kw_only=True)
class Model:
    """What is known of one model."""

    name: str
    provider: str
    """`OpenAI`, `Anthropic`, or `offline` for the simulator's own."""
    tools_in: str
    parallel: str
    """Whether it may ask for several tools in one turn, and with which settings."""
    refuses: str
    """Parameters that it answers with 400; empty for none that is known."""
    retires: date | None
    read: date
    """The day up to which the sources were read."""
    source: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as it is shown, without the source."""
        return (
            self.name,
            self.tools_in,
            self.parallel,
            self.refuses or "none known",
            self.retires.isoformat() if self.retires else "no date",
            self.read.isoformat(),
        )


class Catalogue:
    """Models in rows. Prints as text; a notebook shows a table with the sources."""

    def __init__(self, rows: tuple[Model, ...]) -> None:
        self.rows = rows

    def __iter__(self) -> Iterator[Model]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> Model:
        """The row of a model."""
        for row in self.rows:
            if row.name == name:
                return row
        listed = ", ".join(row.name for row in self.rows)
        raise KeyError(f"There is no model {name!r} in this table; it has: {listed}.")

    def __str__(self) -> str:
        lines = [_COLUMNS, *(row.cells for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    @property
    def legend(self) -> dict[str, str]:
        """What the short names in the sources of these rows stand for."""
        used = {
            name for row in self.rows for name in re.findall(r"(?:^|; |: )([\w-]+)", row.source)
        }
        return {name: said for name, said in profiles.sources().items() if name in used}

    __repr__ = __str__

    def _repr_html_(self) -> str:
        names = (*_COLUMNS, "source")
        head = "".join(f"<th scope='col' style='text-align:left'>{name}</th>" for name in names)
        body = "".join(_html_row(row) for row in self.rows)
        notes = "; ".join(f"<b>{name}</b> {escape(said)}" for name, said in self.legend.items())
        return (
            "<div style='overflow-x:auto'><table style='text-align:left'>"
            f"<caption>What is known of {len(self)} models</caption><tr>{head}</tr>{body}</table>"
            f"<p style='font-size:smaller'>{notes}</p></div>"
        )


def models(provider: str | None = None, *, retired: bool = False) -> Catalogue:
    """What is known of the models, with source and date: which call in parallel, what they refuse.

    Raises `ValueError` for a provider that has none here.

    :param provider: `OpenAI`, `Anthropic`, or `offline` for the simulator's own; all for None.
    :param retired: with those that no longer answer.
    """
    rows = {
        "OpenAI": [
            _openai(p, "OpenAI") for p in profiles.profiles().values() if _shown(p, retired)
        ],
        "Anthropic": [_claude(m) for m in claude_models.models().values() if _shown(m, retired)],
        "offline": [_openai(p, "offline") for p in profiles.own_models().values()],
    }
    if provider is not None and provider not in rows:
        raise ValueError(f"There is no provider {provider!r}; there are: {', '.join(rows)}.")
    chosen = rows.values() if provider is None else [rows[provider]]
    return Catalogue(tuple(row for group in chosen for row in group))


def _shown(model: Profile | ClaudeModel, retired: bool) -> bool:
    return retired or not model.retired


def _html_row(row: Model) -> str:
    name, *cells = (escape(cell) for cell in row.cells)
    rest = "".join(f"<td style='text-align:left;min-width:4em'>{cell}</td>" for cell in cells[:-2])
    days = "".join(
        f"<td style='text-align:left;white-space:nowrap'>{day}</td>" for day in cells[-2:]
    )
    source = f"<td style='text-align:left;white-space:normal;overflow-wrap:anywhere;min-width:10em'>{escape(row.source)}</td>"
    return f"<tr><th scope='row' style='text-align:left;white-space:nowrap'>{name}</th>{rest}{days}{source}</tr>"


def _openai(profile: Profile, provider: str) -> Model:
    return Model(
        name=profile.name,
        provider=provider,
        tools_in=_tools_in(profile),
        parallel=_parallel(profile),
        refuses="" if profile.parallel_param else "parallel_tool_calls",
        retires=profile.retires,
        read=profile.dated,
        source=profile.source,
    )


def _tools_in(profile: Profile) -> str:
    if not profile.in_chat or profile.tools_in_chat == "never":
        return "Responses only"
    if profile.tools_in_chat == "effort_none":
        return "Responses; Chat with effort none"
    return "Responses and Chat"


def _parallel(profile: Profile) -> str:
    if not profile.parallel_calls:
        return "no" + _mark("parallel_calls", profile)
    said = "yes"
    if profile.parallel_not_with:
        said += f", but not with effort {' or '.join(profile.parallel_not_with)}"
    habits = {"duplicate_call": ", repeats calls", "parallel_wrapper": ", as one wrapped call"}
    if profile.habit is not None:
        said += habits[profile.habit]
    return said + _mark("parallel_calls", profile)


def _claude(model: ClaudeModel) -> Model:
    refused = "" if model.forced_tools else "tool_choice any and tool"
    return Model(
        name=model.name,
        provider="Anthropic",
        tools_in="Messages",
        parallel=("yes" if model.parallel_calls else "no") + _mark("parallel_calls", model),
        refuses=refused + (_mark("forced_tools", model) if refused else ""),
        retires=model.retires,
        read=model.dated,
        source=model.source,
    )


def _mark(field: str, model: Profile | ClaudeModel) -> str:
    return _UNSURE if field in model.inferred else ""
