"""The index of error texts as text for a terminal and as HTML for a notebook, light and dark.

Strategy: as in the pictures, all meaning is in words and structure, so that it also reads where a
notebook that is not trusted yet loses its styles; text keeps the colour of its surroundings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

SHORT = 96
"""Letters of a text that a line of the table shows; the rest is folded."""
WIDTH = 120
"""Columns of the index in a terminal."""
UNSURE = ("seen in part", "inferred")

_LINE = "rgba(128,128,128,0.45)"
_INK = "color:var(--jp-content-font-color1,inherit)"
_CELL = (
    f"text-align:left;vertical-align:top;padding:3px 8px;border:1px solid {_LINE};max-width:none;"
)
_LONG = f"{_CELL}white-space:normal;overflow-wrap:anywhere"
_SMALL = f"{_CELL}white-space:nowrap"
_MONO = "font-family:var(--jp-code-font-family,monospace);font-size:0.92em"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One distinct error text of one API."""

    api: str
    text: str
    """As the API words it, with N for indices and numbers, and <id>, <name> and so on for the rest."""
    status: int
    param: str
    """The spelling of `param`, N for an index; several with `or` between; empty if there is none."""
    mark: str
    """How sure we are: seen, measured, documented, seen in part, inferred."""
    rule: str
    title: str
    """The cause in a few words; `fanout.explain(text)` has more."""
    lesson: str
    """The lesson's number, or an empty text."""


Groups = Sequence[tuple[str, Sequence[Entry]]]

_PLACES = (
    "N stands for an index or a number, <id>, <name> and the like for what was sent; indices count "
    "from 0."
)
_MORE = "fanout.explain(error) says more of each, and knows older texts too."


def as_text(groups: Groups) -> str:
    """Under each cause its texts, a line each, at most 120 columns wide: status, text, `param`."""
    legend = (
        _PLACES,
        "A status with ?: no report shows this error whole; a part of it was inferred.",
        _MORE,
    )
    return "\n".join([*(line for name, group in groups for line in _group(name, group)), *legend])


def _group(name: str, group: Sequence[Entry]) -> Iterator[str]:
    params = max(len(_param(one)) for one in group)
    text = min(WIDTH - params - 11, max(len(one.text) for one in group))
    yield f"{name}: {len(group)} error texts about tool calls, under the lesson and the cause"
    for title, same in groupby(group, key=lambda one: one.title):
        texts = list(same)
        yield f"{texts[0].lesson or '–':2}  {title}"
        for one in texts:
            status = f"{one.status}{'?' if one.mark in UNSURE else ''}"
            line = f"    {status:4} {middle_out(one.text, text):<{text}}  {_param(one)}"
            yield line.rstrip()
    yield ""


def _param(one: Entry) -> str:
    """The path, if the text does not hold it."""
    return "" if f"'{one.param}'" in one.text else one.param


def as_html(groups: Groups, lessons: Mapping[str, str]) -> str:
    """A table for each API, folded if there are several."""
    alone = len(groups) == 1
    parts = "\n".join(_table(name, group, lessons, is_open=alone) for name, group in groups)
    note = f'<p style="margin:4px 0">{escape(f"{_PLACES} {_MORE}")}</p>'
    return f'<div style="{_INK};line-height:1.4;text-align:left">\n{parts}\n{note}\n</div>'


def _table(name: str, group: Sequence[Entry], lessons: Mapping[str, str], *, is_open: bool) -> str:
    params = any(one.param for one in group)  # Claude's errors have none.
    heads = ("error text", "status", *(["param"] if params else []), "cause", "lesson", "how sure")
    head = "".join(f'<th scope="col" style="{_SMALL}">{text}</th>' for text in heads)
    rows = "\n".join(_row(one, lessons, params=params) for one in group)
    title = f"{escape(name)}: {len(group)} error texts about tool calls"
    hidden = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
    style = "color:inherit;font-size:inherit;border-collapse:collapse;margin:6px 0;width:100%;table-layout:auto"
    return (
        f"<details{' open' if is_open else ''}><summary>{title}</summary>\n"
        f'<table style="{style}"><caption style="{hidden}">{title}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></details>"
    )


def _row(one: Entry, lessons: Mapping[str, str], *, params: bool) -> str:
    title = f' title="{escape(lessons[one.lesson])}"' if one.lesson else ""
    lesson = f"<span{title}>{one.lesson}</span>" if one.lesson else "–"
    cells = [(_SMALL, str(one.status)), (_LONG, _code(one.param)), (_LONG, escape(one.title))]
    cells += [(_SMALL, lesson), (_SMALL, one.mark)]
    if not params:
        del cells[1]
    first = f'<th scope="row" style="{_LONG};font-weight:normal;min-width:24em">{_folded(one.text)}</th>'
    rest = "".join(f'<td style="{style}">{text}</td>' for style, text in cells)
    return f"<tr>{first}{rest}</tr>"


def _folded(text: str) -> str:
    """A text; a long one as a short line that opens to the whole."""
    if len(text) <= SHORT:
        return _code(text)
    return f"<details><summary>{_code(middle_out(text, SHORT))}</summary>{_code(text)}</details>"


def _code(text: str) -> str:
    return (
        f'<code style="background:none;padding:0;color:inherit;{_MONO}">{escape(text)}</code>'
        if text
        else "–"
    )


def middle_out(text: str, width: int) -> str:
    """A text of at most `width` letters: a longer one keeps its beginning and its end."""
    if len(text) <= width:
        return text
    end = width // 3
    return f"{text[: width - end - 3].rstrip()} … {text[-end:].lstrip()}"
