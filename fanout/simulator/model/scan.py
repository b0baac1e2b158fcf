"""Find the spans of a text that can be values: lists, quotes, addresses, dates, times, and the rest.

Strategy: one pattern for each sort of value, tried in order where the text has a sign or a word of
that sort at all; a span once taken is not looked at again. No tool is known here, only the stems of all the tools' words, so that "Weather in Tokyo" does
not make a name of "Weather". What a value means for a parameter is decided in `assign`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set
from typing import Any

from fanout.simulator.model.amounts import (
    currencies,
    earlier,
    formulas,
    numbers,
    spelled_numbers,
    units,
)
from fanout.simulator.model.knowledge import LANGUAGES, MONTHS, NUMBER_WORDS, WEEKDAYS
from fanout.simulator.model.names import (
    PLACE_WORDS,
    codes,
    languages,
    lower_places,
    names,
    names_with_number,
    seasons,
    tags,
)
from fanout.simulator.model.value import Scanner, Value

_MONTH = "|".join(sorted((m for m in MONTHS), key=len, reverse=True))
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_FULL_DATES = (
    re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b(?:T\d{2}:\d{2}(?::\d{2})?Z?)?"),
    re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b"),
)
_NAMED_DATES = (
    re.compile(rf"\b({_MONTH})\.?\s+(?:the\s+)?{_DAY}\b(?!\s*[:%])(?:,?\s+(\d{{4}}))?", re.I),
    re.compile(rf"\b(?:the\s+)?{_DAY}\s+(?:of\s+)?({_MONTH})\b\.?(?:,?\s+(\d{{4}}))?", re.I),
    re.compile(rf"\b({_MONTH})\.?,?\s+(\d{{4}})\b", re.I),
    re.compile(
        r"\b(?:(?:next|this|last|coming|upcoming)\s+(?:week(?:end)?|month|year|[A-Z]?[a-z]+day)\b"
        r"|day after tomorrow\b|(?:tomorrow|yesterday|today|tonight)\b"
        r"(?:\s+(?:morning|afternoon|evening|night)\b)?"
        rf"|(?:{'|'.join(WEEKDAYS)})\b)",
        re.I,
    ),
    re.compile(r"\b(?:January|February|March|April|June|July|August|September|October|November"
               r"|December)\b"),
)  # fmt: skip
_DATED = frozenset(
    {*MONTHS, *WEEKDAYS, *"next this last coming upcoming tomorrow yesterday today tonight".split()}
)
_TIME = re.compile(
    r"\b(\d{1,2})(?::(\d{2}))?\s?([ap])\.?m\b\.?|\b(\d{1,2}):(\d{2})\b|\b(noon|midnight)\b", re.I
)
_QUOTES = re.compile(
    r"(?<!\w)'((?:[^'\n]|'(?=\w)){1,400})'(?!\w)|\"([^\"\n]{1,600})\"|“([^”\n]{1,600})”"
    r"|(?<!\w)‘([^’\n]{1,400})’(?!\w)|`([^`\n]{1,400})`|«([^»\n]{1,400})»"
)
_WEB = re.compile(r"https?://[^\s<>\"']+|\bwww\.[^\s<>\"']+")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{0,63}(?:\.[\w-]{1,63}){1,4}")
_FILE = re.compile(
    r"(?<![\w/.])[\w/-]{1,80}\.(?:txt|csv|tsv|json|ya?ml|toml|ini|xml"
    r"|html?|log|sql|db|pdf|docx?|xlsx?|pptx?|png|jpe?g|gif|svg|wav|mp3|mp4|zip|py|ipynb|js|ts|sh|md)\b"
)
_BRACKET = re.compile(r"\[[^\[\]]{0,2000}\]|\{[^{}]{1,2000}\}")


def scan(text: str, known: Set[str] = frozenset()) -> list[Value]:
    """Every value in the text, in order; `known` are stems of tool words, which are no names."""
    taken = bytearray(len(text))
    found: list[Value] = []
    here = hints(text)
    for scanner, wanted in _SCANNERS:
        for value in scanner(text, known) if wanted is None or wanted & here else ():
            if not any(taken[value.start : value.end]):
                taken[value.start : value.end] = b"\1" * (value.end - value.start)
                found.append(value)
    return _joined(text, sorted(found, key=lambda v: v.start))


def hints(text: str) -> frozenset[str]:
    """The signs and the words of a text, in small letters; any digit stands as 0."""
    low = text.casefold()
    digit = "0" if _DIGIT.search(low) else ""
    return frozenset((*low, *_WORDS.findall(low), digit))


_DIGIT = re.compile(r"\d")
_WORDS = re.compile(r"[^\W\d_]+")


def _joined(text: str, values: list[Value]) -> list[Value]:
    """Make one of two neighbours: "next Friday, June 30th 2023", "Yamaha P125"."""
    kept: list[Value] = []
    for value in values:
        one = _one(text, kept[-1], value) if kept else None
        if one is not None:
            kept[-1] = one
        else:
            kept.append(value)
    return kept


def _one(text: str, first: Value, second: Value) -> Value | None:
    """What two neighbours are together; None where they are two values."""
    between = text[first.end : second.start]
    dates = first.kind == second.kind == "date" and bool(first.code) != bool(second.code)
    if dates and between.strip(" (") in ("", ","):
        full = first if first.code else second
        return full._replace(start=first.start, end=second.end)
    model = first.kind == "name" and second.kind == "code" and not second.text.isalpha()
    if model and between == " " and not (first.quoted or second.quoted):
        return first._replace(end=second.end, text=text[first.start : second.end])
    return None


def _quotes(text: str, known: Set[str]) -> Iterator[Value]:
    for m in _QUOTES.finditer(text):
        inner = next(g for g in m.groups() if g is not None).strip()
        if inner:
            yield _quoted(m, inner)


def _quoted(m: re.Match[str], inner: str) -> Value:
    """A quoted value keeps what stands in the quotes, also where that is a number or a date."""
    value = Value(m.start(), m.end(), inner.rstrip(",") if len(inner) > 1 else inner, "quoted")
    for scanner in (_full_dates, _named_dates, _times, numbers, currencies, languages, codes):
        same = next((v for v in scanner(inner, frozenset()) if len(v.text) == len(inner)), None)
        if same is not None:
            return same._replace(start=m.start(), end=m.end(), quoted=True)
    return value._replace(quoted=True)


def _brackets(text: str, known: Set[str]) -> Iterator[Value]:
    for m in _BRACKET.finditer(text):
        try:
            data = ast.literal_eval(m[0])
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            parts = [p.strip(" '\"") for p in m[0][1:-1].split(",")]
            data = [p for p in parts if p] if m[0][0] == "[" else None
        if isinstance(data, (list, dict)) and _plain(data):
            yield Value(m.start(), m.end(), m[0], "list" if m[0][0] == "[" else "object", data=data)


def _plain(data: Any) -> bool:
    """Whether JSON can hold the value."""
    if isinstance(data, dict):
        return all(isinstance(k, str) and _plain(v) for k, v in data.items())
    if isinstance(data, list):
        return all(_plain(v) for v in data)
    return data is None or isinstance(data, str | int | float | bool)


def _web(text: str, known: Set[str]) -> Iterator[Value]:
    for pattern, kind in ((_WEB, "url"), (_EMAIL, "email"), (_FILE, "file")):
        for m in pattern.finditer(text):
            word = m[0].rstrip(".,;:!?)")
            yield Value(m.start(), m.start() + len(word), word, kind)


def _full_dates(text: str, known: Set[str]) -> Iterator[Value]:
    for n, pattern in enumerate(_FULL_DATES):
        for m in pattern.finditer(text):
            yield Value(m.start(), m.end(), m[0], "date", code=_iso(n, m))


def _named_dates(text: str, known: Set[str]) -> Iterator[Value]:
    for n, pattern in enumerate(_NAMED_DATES, len(_FULL_DATES)):
        for m in pattern.finditer(text):
            yield Value(m.start(), m.end(), m[0], "date", code=_iso(n, m))


def _iso(n: int, m: re.Match[str]) -> str:
    """A full date as YYYY-MM-DD; nothing where the year or the day is left open."""
    if n == 0:
        year, month, day = int(m[1]), int(m[2]), int(m[3])
    elif n == 1:
        year, month, day = int(m[3]), int(m[1]), int(m[2])
    elif n in (2, 3) and m[3]:
        name, number = (m[1], m[2]) if n == 2 else (m[2], m[1])
        year, month, day = int(m[3]), MONTHS[name.lower()], int(number)
    else:
        return ""
    month, day = (day, month) if month > 12 else (month, day)
    return f"{year:04d}-{month:02d}-{day:02d}" if 1 <= month <= 12 and 1 <= day <= 31 else ""


def _times(text: str, known: Set[str]) -> Iterator[Value]:
    for m in _TIME.finditer(text):
        yield Value(m.start(), m.end(), m[0].strip(), "time", code=_clock(m))


def _clock(m: re.Match[str]) -> str:
    if m[6]:
        return "12:00" if m[6].lower() == "noon" else "00:00"
    if m[4]:
        return f"{int(m[4]):02d}:{m[5]}"
    hour = int(m[1]) % 12 + (12 if m[3].lower() == "p" else 0)
    return f"{hour:02d}:{m[2] or '00'}"


_DIGITS = frozenset("0")
_SCANNERS: tuple[tuple[Scanner, frozenset[str] | None], ...] = (
    (_brackets, frozenset("[{")),
    (_quotes, frozenset("'\"“‘`«")),
    (_web, frozenset(".@:")),
    (_full_dates, _DIGITS),
    (_named_dates, _DATED),
    (_times, _DIGITS | {"noon", "midnight"}),
    (tags, frozenset("#@")),
    (earlier, frozenset("result sum product answer difference quotient total outcome".split())),
    (currencies, None),
    (languages, LANGUAGES),
    (names_with_number, _DIGITS),
    (formulas, _DIGITS),
    (seasons, _DIGITS),
    (numbers, _DIGITS),
    (units, None),
    (codes, _DIGITS),
    (names, None),
    (lower_places, PLACE_WORDS),
    (spelled_numbers, frozenset(NUMBER_WORDS)),
)
"""What looks for values, with the hints of which a text has one where there is something to find."""
