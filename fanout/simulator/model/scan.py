"""Find the spans of a text that can be values: quotes, numbers, dates, names, codes, lists.

Strategy: one pattern for each sort of value, tried in order; a span once taken is not looked at
again. No tool is known here, only the stems of all the tools' words, so that "Weather in Tokyo" does
not make a name of "Weather". What a value means for a parameter is decided in `fill`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, replace
from typing import Any

from fanout.simulator.model.knowledge import (
    AMBIGUOUS_CURRENCIES,
    CITIES,
    COUNTRIES,
    CURRENCIES,
    CURRENCY_CODES,
    LANGUAGES,
    MEASURES,
    MONTHS,
    NUMBER_WORDS,
    SCALES,
    STATES,
    SYMBOLS,
    TICKERS,
    UNITS,
    WEEKDAYS,
)
from fanout.simulator.model.text import STARTS, STOP, stem


@dataclass(frozen=True)
class Value:
    """One span of the text that can be a value."""

    start: int
    end: int
    text: str
    kind: str
    number: int | float | None = None
    unit: str = ""
    percent: bool = False
    spelled: bool = False
    quoted: bool = False
    code: str = ""
    """A currency's code, or a full date as YYYY-MM-DD, or a time as HH:MM."""
    data: Any = None


Scanner = Callable[[str, Set[str]], Iterator[Value]]

_MONTH = "|".join(sorted((m for m in MONTHS), key=len, reverse=True))
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_DATES = (
    re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b(?:T\d{2}:\d{2}(?::\d{2})?Z?)?"),
    re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b"),
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
_TIME = re.compile(
    r"\b(\d{1,2})(?::(\d{2}))?\s?([ap])\.?m\b\.?|\b(\d{1,2}):(\d{2})\b|\b(noon|midnight)\b", re.I
)
_QUOTES = re.compile(
    r"(?<!\w)'((?:[^'\n]|'(?=\w)){1,400})'(?!\w)|\"([^\"\n]{1,600})\"|“([^”\n]{1,600})”"
    r"|(?<!\w)‘([^’\n]{1,400})’(?!\w)|`([^`\n]{1,400})`|«([^»\n]{1,400})»"
)
_WEB = re.compile(r"https?://[^\s<>\"']+|\bwww\.[^\s<>\"']+")
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{0,63}(?:\.[\w-]{1,63}){1,4}")
_FILE = re.compile(r"(?<![\w/.])[\w/-]{1,80}\.(?:txt|csv|json|pdf|png|jpg|wav|mp3|py|md|xlsx?)\b")
_BRACKET = re.compile(r"\[[^\[\]]{0,2000}\]|\{[^{}]{1,2000}\}")
_NUMBER = re.compile(
    r"(?<![\w.^])(?P<sign>[-−](?=[\d.$€£¥]))?(?P<money>[$€£¥₹]\s?)?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:\s?[x×*]\s?10\s?\^?\s?\(?(?P<power>[-−]?\d{1,3})\)?|e(?P<exp>-?\d{1,3})\b)?"
    r"(?P<pct>\s?(?:%|percent\b))?(?:(?P<gap>\s?-?)(?P<unit>[^\W\d_°²³]{1,14}|°\s?[CF])(?:[²³]|\^[23])?(?![\w]))?"
)
_FORMULA = re.compile(
    r"(?<![\w^/])-?\d{0,6}\.?\d{0,6}[a-z](?:\^\d{1,2}|\*\*\d{1,2})?(?![a-zA-Z])"
    r"(?:\s?[-+*/]\s?\d{0,6}\.?\d{0,6}(?:[a-z](?![a-zA-Z]))?(?:\^\d{1,2})?){1,8}(?:\s?=\s?0)?"
    r"|(?<![\w^/])\d{0,6}[a-z](?:\^|\*\*)\d{1,2}"
)
_CODE = re.compile(r"(?<![\w.-])(?=[\w-]{2,40}(?![\w-]))(?=[A-Za-z-]*\d)(?=[\d-]*[A-Za-z])[\w-]+")
_CAPS = re.compile(r"[^\W\d_]+(?:[-'’.&][^\W\d_]+)*")
_INSIDE = frozenset("of the de da do du la le van von der and & for in".split())
_CURRENCY = re.compile(
    r"\b(?:" + "|".join(sorted(map(re.escape, CURRENCIES), key=len, reverse=True)) + r")\b", re.I
)
_SPELLED = re.compile(r"\b(" + "|".join(NUMBER_WORDS) + r")\b", re.I)
_LANGUAGE = re.compile(r"\b(?:" + "|".join(LANGUAGES) + r")\b", re.I)


def scan(text: str, known: Set[str] = frozenset()) -> list[Value]:
    """Every value in the text, in order; `known` are stems of tool words, which are no names."""
    taken = bytearray(len(text))
    found: list[Value] = []
    for scanner in _SCANNERS:
        for value in scanner(text, known):
            if not any(taken[value.start : value.end]):
                taken[value.start : value.end] = b"\1" * (value.end - value.start)
                found.append(value)
    return _joined(text, sorted(found, key=lambda v: v.start))


def _joined(text: str, values: list[Value]) -> list[Value]:
    """ "next Friday, June 30th 2023" is one date, and "Yamaha P125" one name."""
    kept: list[Value] = []
    for value in values:
        last = kept[-1] if kept else None
        if last and last.kind == value.kind == "date" and bool(last.code) != bool(value.code):
            if text[last.end : value.start].strip(" (") in ("", ","):
                full = last if last.code else value
                kept[-1] = replace(full, start=last.start, end=value.end)
                continue
        if last and last.kind == "name" and value.kind == "code" and not value.quoted:
            if text[last.end : value.start] == " " and not last.quoted and not value.text.isalpha():
                kept[-1] = replace(last, end=value.end, text=text[last.start : value.end])
                continue
        kept.append(value)
    return kept


def _quotes(text: str, known: Set[str]) -> Iterator[Value]:
    for m in _QUOTES.finditer(text):
        inner = next(g for g in m.groups() if g is not None).strip()
        if inner:
            yield _quoted(m, inner)


def _quoted(m: re.Match[str], inner: str) -> Value:
    """A quoted value keeps what stands in the quotes, also where that is a number or a date."""
    value = Value(m.start(), m.end(), inner.rstrip(",") if len(inner) > 1 else inner, "quoted")
    for scanner in (_dates, _times, _numbers, _currencies, _languages, _codes):
        same = next((v for v in scanner(inner, frozenset()) if len(v.text) == len(inner)), None)
        if same is not None:
            return replace(same, start=m.start(), end=m.end(), quoted=True)
    return replace(value, quoted=True)


def _brackets(text: str, known: Set[str]) -> Iterator[Value]:
    for m in _BRACKET.finditer(text):
        try:
            data = ast.literal_eval(m[0])
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            parts = [p.strip(" '\"") for p in m[0][1:-1].split(",")]
            data = [p for p in parts if p] if m[0][0] == "[" else None
        if isinstance(data, list | dict) and _plain(data):
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


def _dates(text: str, known: Set[str]) -> Iterator[Value]:
    for n, pattern in enumerate(_DATES):
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


def _numbers(text: str, known: Set[str]) -> Iterator[Value]:
    for m in _NUMBER.finditer(text):
        value = _number(m)
        if value is not None:
            money = _CURRENCY.match(text, value.end + 1)
            if money and " " in money[0]:
                value = replace(value, unit="dollar")
            if value.unit == "pound" and known & _EXCHANGE:
                value = replace(value, unit="dollar", end=m.start("gap"), text=m["digits"])
            elif m["unit"] and value.unit and _UNIT in known and value.end >= m.end("unit"):
                bare = value.text[: m.start("gap") - value.start]
                value = replace(value, end=m.start("gap"), text=bare)
            if m["money"]:
                yield Value(m.start(), m.start("digits"), m["money"].strip(), "currency",
                            code=SYMBOLS[m["money"].strip()])  # fmt: skip
                value = replace(value, start=m.start("digits"), unit="dollar")
            yield value


def _number(m: re.Match[str]) -> Value | None:
    word = (m["unit"] or "").lower()
    if not word and m.string[m.end() : m.end() + 1].isalpha():
        return None
    digits = m["digits"].replace(",", "")
    number: int | float = float(digits) if "." in digits else int(digits[:300])
    power = m["power"] or m["exp"]
    if power:
        number = float(f"{digits}e{power.replace('−', '-')}")
    end = m.end()
    if word in ("thousand", "million", "billion", "trillion") or (word == "k" and not m["gap"]):
        number, word = _whole(number * SCALES[word]), ""
    rate = m.string[m.end() : m.end() + 1] == "/"
    unit = "" if rate else _unit(word, m["unit"] or "")
    if word and not unit and not rate:
        if not m["gap"]:
            return None
        end = m.end("pct") if m["pct"] else m.start("gap")
    elif unit == "dollar" or (word and m["gap"].endswith("-") and not unit):
        end = m.start("gap")
    number = -number if m["sign"] else number
    if isinstance(number, float) and not abs(number) < 1e300:
        return None
    return Value(m.start(), end, m[0][: end - m.start()], "number", number=number, unit=unit,
                 percent=bool(m["pct"]))  # fmt: skip


_MEASURED = frozenset(stem(word) for word in MEASURES)


def _unit(word: str, raw: str) -> str:
    """The stem of a unit as schemas name it; "dollar" for any currency; nothing for another word."""
    if word.startswith("°"):
        return stem("celsius" if word.endswith("c") else "fahrenheit")
    if word in CURRENCIES and word not in ("real", "won", "pound", "pounds"):
        return "dollar"
    if raw.upper() == raw and raw in CURRENCY_CODES:
        return "dollar"
    unit = stem(UNITS.get(word, word))
    return unit if unit in _MEASURED or (word in UNITS and word not in ("a", "t")) else ""


def _whole(number: float) -> int | float:
    return int(number) if number == int(number) else number


def _spelled(text: str, known: Set[str]) -> Iterator[Value]:
    for m in _SPELLED.finditer(text):
        after = _CAPS.match(text, m.end() + 1)
        unit = _unit(after[0].lower(), after[0]) if after else ""
        yield Value(m.start(), m.end(), m[0], "number", NUMBER_WORDS[m[0].lower()], unit=unit,
                    spelled=True)  # fmt: skip


def _currencies(text: str, known: Set[str]) -> Iterator[Value]:
    for m in re.finditer(r"\b[A-Z]{3}\b", text):
        if m[0] in CURRENCY_CODES:
            yield Value(m.start(), m.end(), m[0], "currency", code=m[0])
    wanted = bool(known & _EXCHANGE)
    for m in _CURRENCY.finditer(text):
        name = m[0].lower()
        if wanted and (name not in AMBIGUOUS_CURRENCIES or " " in name or name == "pounds"):
            yield Value(m.start(), m.end(), m[0], "currency", code=CURRENCIES[name])


_SPEAKING = frozenset(stem(w) for w in ("language", "lang", "translate", "locale"))


def _languages(text: str, known: Set[str]) -> Iterator[Value]:
    if known and not known & _SPEAKING:
        return
    for m in _LANGUAGE.finditer(text):
        yield Value(m.start(), m.end(), m[0], "language")


_UNIT = stem("unit")
_EXCHANGE = frozenset(stem(w) for w in ("currency", "exchange"))
_UNIT_WORD = re.compile(
    r"\b(?:" + "|".join(sorted({*(u for u in UNITS if len(u) > 1), *MEASURES} - {"percent", "dollar"},
                               key=len, reverse=True)) + r")s?\b(?:/[a-z]{1,6}\b)?", re.I
)  # fmt: skip


def _unit_words(text: str, known: Set[str]) -> Iterator[Value]:
    """Names of units, where a tool has a parameter for one."""
    for m in _UNIT_WORD.finditer(text) if _UNIT in known else ():
        before = text[max(0, m.start() - 6) : m.start()].rstrip(" -")
        if m[0].lower() != "second" or before[-1:].isdigit():
            # A unit behind its number is what is converted from, seldom what is asked for.
            yield Value(m.start(), m.end(), m[0], "unit", code="behind" * before[-1:].isdigit())


def _seasons(text: str, known: Set[str]) -> Iterator[Value]:
    for m in re.finditer(r"(?<![\w-])\d{4}-\d{2}(?:\d\d)?(?![\w-])", text):
        yield Value(m.start(), m.end(), m[0], "code")


def _formulas(text: str, known: Set[str]) -> Iterator[Value]:
    for m in _FORMULA.finditer(text):
        if any(c in m[0] for c in "^*+=") and any(c.isdigit() for c in m[0]):
            yield Value(m.start(), m.end(), m[0].strip(), "formula")


def _codes(text: str, known: Set[str]) -> Iterator[Value]:
    for m in _CODE.finditer(text):
        if not re.fullmatch(r"\d+(?:st|nd|rd|th)|\d+-[a-z]+|[a-z]+-\d+", m[0]):
            yield Value(m.start(), m.end(), m[0], "code")


_NUMBERED = re.compile(r"\b([A-Z][a-z]+) \d{1,3}(?=[,;?!)]|\.?$| (?:and|on|with)\b)")


def _numbered(text: str, known: Set[str]) -> Iterator[Value]:
    """A name that ends in a number, as of a band or a phone; not "Stage 7" where `stage` is a tool's."""
    for m in _NUMBERED.finditer(text):
        low = m[1].lower()
        plain = low in STARTS or low in STOP or low in MONTHS or low in CITIES or low in _LANDS
        if not plain and stem(low) not in known:
            yield Value(m.start(), m.end(), m[0], "name")


def _names(text: str, known: Set[str]) -> Iterator[Value]:
    """Runs of capitalised words, with small words inside ("University of California")."""
    run: list[re.Match[str]] = []
    for m in _CAPS.finditer(text):
        joined = bool(run) and text[run[-1].end() : m.start()] == " "
        if run and not joined:
            yield from _name(text, run, known)
            run = []
        if m[0][0].isupper():
            run.append(m)
        elif run and m[0] in _INSIDE - {"and", "in", "for"} and joined:
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
    first = not before or before[-1] in ".?!:;\n\"'“)"
    return first and (low in STARTS or (stem(low) in known and len(run) == 1))


_OWNS = re.compile(r"['’]s\s+(?!(?:for|at|on|in|and|with|to|from|tonight|tomorrow)\b)[a-z]")
_REGION = re.compile(r", ?([A-Z]{2})\b(?!\w)|, ?((?:(?:USA|UK|[A-Z][a-z]+) ?){1,2})")
_LANDS = COUNTRIES | STATES


def _with_region(text: str, start: int, end: int) -> int:
    """ "Denver, CO" and "Rome, Italy" are one place; "Japan, India" are two."""
    m = _REGION.match(text, end)
    if not m or text[start:end].lower() in _LANDS or text[start:end].isupper():
        return end
    region = (m[1] or m[2]).strip()
    if m[1]:
        return m.end(1)
    if m[2] and region.lower() in _LANDS and text[start:end].lower() in CITIES:
        return m.start(2) + len(region)
    listed = re.match(r",? and\b|, [A-Z]", text[m.start(2) + len(region) :])
    return m.start(2) + len(region) if region.lower() in _LANDS and not listed else end


_SCANNERS: tuple[Scanner, ...] = (
    _brackets, _quotes, _web, _dates, _times, _currencies, _languages, _numbered, _formulas, _seasons, _numbers,
    _unit_words, _codes,
    _names, _spelled,
)  # fmt: skip
