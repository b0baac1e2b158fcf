"""Names in a text: people, places, companies, languages, codes.

Strategy: a run of capitalised words is a name, with the small words inside it; the first word of a
sentence is not one where it only begins the request. "Denver, CO" stays one place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from fanout.simulator.model.knowledge import (
    CITIES,
    COUNTRIES,
    LANGUAGES,
    MONTHS,
    STATES,
    TICKERS,
)
from fanout.simulator.model.text import STARTS, STOP, stem
from fanout.simulator.model.value import Value

_CODE = re.compile(r"(?<![\w.-])(?=[\w-]{2,40}(?![\w-]))(?=[A-Za-z-]*\d)(?=[\d-]*[A-Za-z])[\w-]+")
_NO_CODE = re.compile(r"\d+(?:st|nd|rd|th)|\d+-[a-z]+|[a-z]+-\d+")
_SEASON = re.compile(r"(?<![\w-])\d{4}-\d{2}(?:\d\d)?(?![\w-])")
_CAPS = re.compile(r"[^\W\d_]+(?!\w)(?:[-'’.&][^\W\d_]+(?!\w))*")
_INSIDE = frozenset("of the de da do du la le van von der and & for in".split())
_LANGUAGE = re.compile(r"\b(?:" + "|".join(LANGUAGES) + r")\b", re.I)
_SPEAKING = frozenset(stem(w) for w in ("language", "lang", "translate", "locale"))
_NUMBERED = re.compile(r"\b([A-Z][a-z]+) \d{1,3}(?=[,;?!)]|\.?$| (?:and|on|with)\b)")
_OWNS = re.compile(r"['’]s\s+(?!(?:for|at|on|in|and|with|to|from|tonight|tomorrow)\b)[a-z]")
_LANDS = COUNTRIES | STATES
_MORE = re.compile(r",? and\b|, [A-Z]")
_REGION = re.compile(r", ?([A-Z]{2})\b(?!\w)|, ?((?:(?:USA|UK|[A-Z][a-z]+) ?){1,2})")


def languages(text: str, known: Set[str]) -> Iterator[Value]:
    """Names of languages, where a tool speaks of languages."""
    if known and not known & _SPEAKING:
        return
    for m in _LANGUAGE.finditer(text):
        yield Value(m.start(), m.end(), m[0], "language")


_TAG = re.compile(r"(?<![\w#@&])[#@][^\W\d_][\w-]{0,40}")


def tags(text: str, known: Set[str]) -> Iterator[Value]:
    """Names with their sign: #general, @ada."""
    for m in _TAG.finditer(text):
        yield Value(m.start(), m.end(), m[0], "code")


def seasons(text: str, known: Set[str]) -> Iterator[Value]:
    """Spans of years: 2018-2019."""
    for m in _SEASON.finditer(text):
        yield Value(m.start(), m.end(), m[0], "code")


def codes(text: str, known: Set[str]) -> Iterator[Value]:
    """Words of letters and digits: B1234, rs123456."""
    for m in _CODE.finditer(text):
        if not _NO_CODE.fullmatch(m[0]):
            yield Value(m.start(), m.end(), m[0], "code")


def names_with_number(text: str, known: Set[str]) -> Iterator[Value]:
    """A name that ends in a number, as of a band or a phone; not "Stage 7" where `stage` is a tool's."""
    for m in _NUMBERED.finditer(text):
        low = m[1].lower()
        plain = low in STARTS or low in STOP or low in MONTHS or low in CITIES or low in _LANDS
        if not plain and stem(low) not in known:
            yield Value(m.start(), m.end(), m[0], "name")


# The longest first: "mexico city" is not "mexico".
_PLACES = sorted((CITIES | COUNTRIES) - {"la", "us", "turkey", "chile"}, key=lambda p: (-len(p), p))
_LOWER = re.compile(r"\b(?:" + "|".join(_PLACES) + r")\b")
PLACE_WORDS = frozenset(re.split(r"\W", place)[0] for place in _PLACES)
"""The first words of well-known places."""


_ITEM = r"\b(?!(?:and|or)\b)[^\W\d_]{2,}(?:[ -](?!(?:and|or)\b)[^\W\d_]{2,})?"
_AND = r"(?:\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or|&)\s+)(?:(?:in|for|at|to|from)\s+)?"
_ROW = re.compile(
    rf"\b(?:in|for|of|at|near|from|to|about|is|are|between)\s+({_ITEM}(?:{_AND}{_ITEM})+)"
    r"(?=\s*(?:$|[.,;:?!)\n]|please\b|today\b|tomorrow\b|now\b|like\b))"
)
_WORD = re.compile(r"[^\W\d_]+")
_ONE, _LINK = re.compile(_ITEM), re.compile(_AND)


def lower_places(text: str, known: Set[str]) -> Iterator[Value]:
    """Well-known places in small letters, and what is listed with them: "in oslo and drammen"."""
    if PLACE_WORDS.isdisjoint(_WORD.findall(text)):
        return  # most texts have them with a capital
    for m in _LOWER.finditer(text):
        yield Value(m.start(), m.end(), m[0].title(), "place")
    for row in _ROW.finditer(text):
        items = list(_items(row))
        if any(_LOWER.fullmatch(item[0]) for item in items):
            for item in items:
                if _may_be_place(item[0], known):
                    yield Value(item.start(), item.end(), item[0].title(), "place")


def _items(row: re.Match[str]) -> Iterator[re.Match[str]]:
    item = _ONE.match(row.string, row.start(1), row.end(1))
    while item:
        yield item
        link = _LINK.match(row.string, item.end(), row.end(1))
        item = _ONE.match(row.string, link.end(), row.end(1)) if link else None


def _may_be_place(item: str, known: Set[str]) -> bool:
    words = item.split()
    plain = item.islower() and not any(w in STOP or w in STARTS for w in words)
    return plain and not any(stem(w) in known for w in words)


def names(text: str, known: Set[str]) -> Iterator[Value]:
    """Runs of capitalised words, with small words inside ("University of California")."""
    run: list[re.Match[str]] = []
    for m in _CAPS.finditer(text):
        joined = bool(run) and text[run[-1].end() : m.start()] == " "
        if run and not joined:
            yield from _name(text, run, known)
            run = []
        if m[0][0].isupper() or (run and m[0] in _INSIDE - {"and", "in", "for"} and joined):
            run.append(m)
        elif run:
            yield from _name(text, run, known)
            run = []
    yield from _name(text, run, known)


def _name(text: str, run: list[re.Match[str]], known: Set[str]) -> Iterator[Value]:
    run = list(run)
    while run and not run[-1][0][0].isupper():
        run.pop()
    while run and _no_name(text, run, known):
        run.pop(0)
        while run and not run[0][0][0].isupper():
            run.pop(0)
    if not run:
        return
    end = run[-1].end()
    end -= 2 if _OWNS.match(text, end - 2) else 0
    end = _with_region(text, run[0].start(), end)
    name = text[run[0].start() : end]
    low = name.lower()
    place = low in CITIES or low in _LANDS or low.split(",")[0] in CITIES or ", " in name
    caps = name.isupper() and " " not in name and len(name) <= 6 and name not in ("I", "A")
    kind = "place" if place else "code" if caps and len(name) > 1 else "name"
    if name not in ("I", "OK", "AM", "PM", "ID", "IDs", "PDF", "AI"):
        yield Value(run[0].start(), end, name, kind, code=TICKERS.get(low, ""))


def _no_name(text: str, run: list[re.Match[str]], known: Set[str]) -> bool:
    """Whether the first word of a run stands there only because a sentence begins."""
    word, low = run[0][0], run[0][0].lower().removesuffix("'s")
    if low in CITIES or low in _LANDS or low in TICKERS:
        return False
    if len(word) == 1 and word not in "IA" and len(run) > 1:
        return False
    if low.split("'")[0].split("’")[0] in STOP and not (word.isupper() and len(word) > 2):
        return True
    before = text[max(0, run[0].start() - 3) : run[0].start()].strip()
    if low in ("mr", "mrs", "ms", "dr"):
        return True
    first = not before or before[-1] in ".?!:;\n\"'“)"
    return first and (low in STARTS or (stem(low) in known and len(run) == 1))


def _with_region(text: str, start: int, end: int) -> int:
    """The end of a place with its region: "Denver, CO" is one place, "Japan, India" are two."""
    m = _REGION.match(text, end)
    if not m or text[start:end].lower() in _LANDS or text[start:end].isupper():
        return end
    region = (m[1] or m[2]).strip()
    if m[1]:
        return m.end(1)
    if m[2] and region.lower() in _LANDS and text[start:end].lower() in CITIES:
        return m.start(2) + len(region)
    listed = _MORE.match(text, m.start(2) + len(region))
    return m.start(2) + len(region) if region.lower() in _LANDS and not listed else end
