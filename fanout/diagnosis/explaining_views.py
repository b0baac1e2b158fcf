"""An explanation as text for a terminal and as HTML for a notebook, light and dark."""

from __future__ import annotations

import re
import textwrap
from html import escape

from fanout.terminal import columns

WIDTH, MARGIN = 100, 11
_LINE = "rgba(128,128,128,0.45)"
_INK = "color:var(--jp-content-font-color1,inherit)"
_WRAP = "white-space:pre-wrap;overflow-wrap:anywhere"
_CELL = f"text-align:left;vertical-align:top;padding:3px 10px 3px 0;border:0;{_WRAP}"
_HIDDEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
_CODE = "background:none;color:inherit;font-family:var(--jp-code-font-family,monospace)"
_QUOTED = ("text", "nearest", "ids", "names")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

Lines = tuple[tuple[str, str], ...]


def as_text(headline: str, lines: Lines) -> str:
    """In two columns, at most 100 wide."""
    return "\n".join([headline, *(_entry(label, safe(text)) for label, text in lines)])


def as_html(headline: str, lines: Lines) -> str:
    """As one HTML element: a headline and a table of labels and texts. Everything is escaped."""
    rows = "\n".join(
        f'<tr style="background:none"><th scope="row" style="{_CELL};white-space:nowrap">{label}</th>'
        f'<td style="{_CELL}">{_words(label, text)}</td></tr>'
        for label, text in lines
    )
    box = f"{_INK};max-width:64em;line-height:1.45;border-left:4px solid #0072B2;padding-left:12px"
    return (
        f'<div style="{box}">\n<p style="margin:0 0 4px"><strong>{escape(headline)}</strong></p>\n'
        f'<table style="color:inherit;font-size:inherit;border-collapse:collapse;margin:0">'
        f'<caption style="{_HIDDEN}">What the error means</caption>\n<tbody>\n{rows}\n</tbody></table>\n'
        "</div>"
    )


def _words(label: str, text: str) -> str:
    """Escaped, and in our own words what stands in backticks as code; an API's text stays as it is."""
    escaped = escape(safe(text))
    if label in _QUOTED:
        return escaped
    return re.sub(r"`([^`]+)`", rf'<code style="{_CODE}">\1</code>', escaped)


def safe(text: str) -> str:
    """A text without control characters."""
    return _UNPRINTABLE.sub(" ", text)


def _entry(label: str, text: str) -> str:
    wrapped = textwrap.wrap(text, columns(WIDTH) - MARGIN, break_long_words=True) or [""]
    return textwrap.indent("\n".join(wrapped), " " * MARGIN).replace(
        " " * MARGIN, f"{'  ' + label:<{MARGIN}}", 1
    )
