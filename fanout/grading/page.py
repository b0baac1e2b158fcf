"""The frame of every page: one HTML file with nothing fetched, in light and dark, and on paper."""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Set
from html import escape

LEAST_ALIKE = 0.4
"""The share of equal words from which on two texts are worth comparing word by word."""

_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)

# Nothing may be fetched and nothing may run: a page carries text that learners wrote.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1c; --soft: #555; --paper: #fff; --line: #c9c9c9;
  --shade: #f3f4f6; --met: #00664b; --open: #a33b00; --link: #0a58a8; --bar: #0072b2 }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --soft: #b4b4b4; --paper: #16181b;
  --line: #4a4d52; --shade: #22252a; --met: #4fd0a5; --open: #ff9d5c; --link: #86bdff; --bar: #56b4e9 } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1.5rem 1.25rem 4rem; max-width: 60rem; color: var(--ink);
  background: var(--paper); font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif }
h1 { font-size: 1.7rem; margin: 0 0 .4rem; line-height: 1.2 }
h2 { font-size: 1.3rem; margin: 2.4rem 0 .6rem; padding-top: .9rem; border-top: 1px solid var(--line) }
h3 { font-size: 1.1rem; margin: 1.8rem 0 .4rem }
h4 { font-size: 1rem; margin: 0 0 .4rem }
a { color: var(--link) }
code, pre { font-family: ui-monospace, "Cascadia Code", Menlo, "DejaVu Sans Mono", monospace; font-size: .9em }
pre { margin: 0; padding: .5rem .7rem; background: var(--shade); border-radius: 4px;
  white-space: pre-wrap; overflow-wrap: anywhere }
table { border-collapse: collapse }
.plain { width: 100% } .scroll { overflow-x: auto }
.plain th, .plain td { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
.plain td.n, .plain th.n { text-align: right; font-variant-numeric: tabular-nums }
.plain td.n { white-space: nowrap } .plain thead th { overflow-wrap: normal }
.plain tbody th { min-width: 7.5rem }
.soft { color: var(--soft) } .met { color: var(--met); font-weight: 650 }
.open { color: var(--open); font-weight: 650 }
mark { background: none; color: inherit; font-weight: 700; text-decoration: underline 2px var(--open);
  text-underline-offset: 3px }
.note { border: 1px solid var(--line); border-left: 6px double var(--open); border-radius: 4px;
  padding: .5rem .9rem; margin: .8rem 0 }
.card { border: 1px solid var(--line); border-left: 5px solid var(--open); border-radius: 4px;
  padding: .8rem 1rem; margin: .9rem 0; break-inside: avoid-page }
.tip { background: var(--shade); border-radius: 4px; padding: .6rem .9rem; margin: .9rem 0 }
.card p, .tip p { margin: .4rem 0 }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .4rem .9rem; margin: .5rem 0 }
dt { font-weight: 600 } dd { margin: 0 }
ul.met-list { list-style: none; padding: 0; margin: .4rem 0 } ul.met-list li { margin: .15rem 0 }
.wire { overflow-x: auto; margin: .5rem 0 0 } .wire table { max-width: none }
.bar { display: block; height: .8rem; background: var(--bar); border-radius: 2px; min-width: 2px }
td.b { width: 45% }
footer { margin-top: 3rem; padding-top: .8rem; border-top: 1px solid var(--line); color: var(--soft);
  font-size: .9rem }
@media (max-width: 36rem) { dl { grid-template-columns: minmax(0, 1fr) } dd { margin-bottom: .3rem } }
@media print { :root { --ink: #000; --soft: #333; --paper: #fff; --line: #888; --shade: #f1f1f1;
  --met: #00472f; --open: #7a2c00; --link: #000; --bar: #444 } body { max-width: none; padding: 0;
  font-size: 10.5pt } .bar { print-color-adjust: exact } h2, h3, h4 { break-after: avoid } }
"""


def page(title: str, body: str) -> str:
    """A whole HTML document. The title is escaped; the body is HTML already."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>{safe(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def safe(text: str, longest: int = 2000) -> str:
    """Text from anywhere as HTML: escaped, cut, and without signs that print nothing or turn text."""
    text = _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
    if len(text) > longest:
        text = f"{text[:longest]} … (cut; {len(text)} characters)"
    return escape(text)


def coded(text: str) -> str:
    """One of the course's own sentences as HTML, with what stands in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", safe(text))


def compared(a: str, b: str) -> tuple[str, str]:
    """Two texts as HTML, with the words marked that differ; nothing is marked where little is alike."""
    words = [re.findall(r"\w+|\s+|.", text, re.DOTALL) for text in (a, b)]
    matcher = difflib.SequenceMatcher(None, words[0], words[1], autojunk=False)
    if matcher.ratio() < LEAST_ALIKE:
        return safe(a), safe(b)
    sides = ["", ""]
    for kind, *bounds in matcher.get_opcodes():
        for side, (first, last) in enumerate((bounds[:2], bounds[2:])):
            text = safe("".join(words[side][first:last]))
            sides[side] += text if kind == "equal" or not text else f"<mark>{text}</mark>"
    return sides[0], sides[1]


def table(
    heads: list[str], rows: list[list[str]], *, caption: str, numbers: Set[int] = frozenset()
) -> str:
    """A table of HTML cells; the first cell of a row is its heading."""
    top = "".join(
        f'<th scope="col"{_class(at in numbers)}>{head}</th>' for at, head in enumerate(heads)
    )
    lines = "\n".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{cell}</th>' if at == 0 else f"<td{_class(at in numbers)}>{cell}</td>"
            for at, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll"><table class="plain" aria-label="{safe(caption)}">'
        f"<thead><tr>{top}</tr></thead>\n<tbody>\n{lines}\n</tbody></table></div>"
    )


def _class(number: bool) -> str:
    return ' class="n"' if number else ""


def file_name(key: str) -> str:
    """A file's name for a learner, on every system; with a digest where the name had to change."""
    plain = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_-")[:60].lower()
    if name == key and not _RESERVED.fullmatch(name):
        return f"{name}.html"
    return f"{name or 'learner'}-{hashlib.sha256(key.encode()).hexdigest()[:8]}.html"
