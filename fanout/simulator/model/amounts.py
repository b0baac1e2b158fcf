"""Amounts in a text: numbers with their units, sums of money, currencies, formulas.

Strategy: one pattern finds a number with all that may hang on it (sign, money, thousands, a power of
ten, percent, a unit); `_number` then says what it is worth. A currency or a unit that a tool has a
parameter for becomes a value of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from fanout.simulator.model.knowledge import (
    AMBIGUOUS_CURRENCIES,
    CURRENCIES,
    CURRENCY_CODES,
    MEASURES,
    NUMBER_WORDS,
    SCALES,
    SYMBOLS,
    UNITS,
)
from fanout.simulator.model.text import stem
from fanout.simulator.model.value import Value

_CURRENCY = re.compile(
    r"\b(?:" + "|".join(sorted(map(re.escape, CURRENCIES), key=len, reverse=True)) + r")\b", re.I
)
_NUMBER = re.compile(
    r"(?<![\w.^])(?P<sign>[-−](?=[\d.$€£¥]))?(?P<money>[$€£¥₹]\s?)?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:\s?[x×*]\s?10\s?\^?\s?\(?(?P<power>[-−]?\d{1,3})\)?|e(?P<exp>-?\d{1,3})\b)?"
    r"(?P<pct>\s?(?:%|percent\b))?(?:(?P<gap>\s?-?)(?P<unit>[^\W\d_°²³]{1,14}|°\s?[CF])(?:[²³]|\^[23])?(?![\w]))?"
)
_THREE = re.compile(r"\b[A-Z]{3}\b")
# Those that are no English words.
_SMALL = re.compile(
    rf"\b(?:{'|'.join(sorted(CURRENCY_CODES - {'TRY', 'COP', 'PEN', 'RON'})).lower()})\b"
)
_SPELLED = re.compile(r"\b(" + "|".join(NUMBER_WORDS) + r")\b", re.I)
_NOUN = re.compile(r"[^\W\d_]+")
_FORMULA = re.compile(
    r"(?<![\w^/])(?<!\d )-?\d{0,6}\.?\d{0,6}[a-z](?:\^\d{1,2}|\*\*\d{1,2})?(?![a-zA-Z])"
    r"(?:\s?[-+*/]\s?\d{0,6}\.?\d{0,6}(?:[a-z](?![a-zA-Z]))?(?:\^\d{1,2})?){1,8}(?:\s?=\s?0)?"
    r"|(?<![\w^/])\d{0,6}[a-z](?:\^|\*\*)\d{1,2}"
)
_MEASURED = frozenset(stem(word) for word in MEASURES)
_UNIT = stem("unit")
_EXCHANGE = frozenset(stem(w) for w in ("currency", "exchange"))
_UNIT_WORD = re.compile(
    r"\b(?:" + "|".join(sorted({*(u for u in UNITS if len(u) > 1), *MEASURES} - {"percent", "dollar"},
                               key=len, reverse=True)) + r")s?\b(?:/[a-z]{1,6}\b)?", re.I
)  # fmt: skip


def numbers(text: str, known: Set[str]) -> Iterator[Value]:
    """Numbers, with the sign of a currency before them as a value of its own."""
    for m in _NUMBER.finditer(text):
        value = _number(m)
        if value is not None:
            money = _CURRENCY.match(text, value.end + 1)
            if money and " " in money[0]:
                value = value._replace(unit="dollar")
            if value.unit == "pound" and known & _EXCHANGE:
                value = value._replace(unit="dollar", end=m.start("gap"), text=m["digits"])
            elif m["unit"] and value.unit and _UNIT in known and value.end >= m.end("unit"):
                bare = value.text[: m.start("gap") - value.start]
                value = value._replace(end=m.start("gap"), text=bare)
            if m["money"]:
                yield Value(m.start(), m.start("digits"), m["money"].strip(), "currency",
                            code=SYMBOLS[m["money"].strip()])  # fmt: skip
                value = value._replace(start=m.start("digits"), unit="dollar")
            yield value


def _number(m: re.Match[str]) -> Value | None:
    word = (m["unit"] or "").lower()
    if not word and m.string[m.end() : m.end() + 1].isalpha():
        return None
    digits = m["digits"].replace(",", "")
    if len(digits) > 40:
        return None
    number: int | float = float(digits) if "." in digits else int(digits)
    power = m["power"] or m["exp"]
    if power:
        number = float(f"{digits}e{power.replace('−', '-')}")
    end = m.end()
    if word in ("thousand", "million", "billion", "trillion") or (word == "k" and not m["gap"]):
        number, word = _whole(number * SCALES[word]), ""
    rate = m.string[m.end() : m.end() + 1] == "/"
    tight = len(word) == 1 and not m["gap"] and m["unit"] not in ("m", "g", "s", "h", "l")
    unit = "" if rate or tight else _unit(word, m["unit"] or "")
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
    return int(number) if number % 1 == 0 else number


def spelled_numbers(text: str, known: Set[str]) -> Iterator[Value]:
    """Numbers in words: "two", "twelve"."""
    for m in _SPELLED.finditer(text):
        after = _NOUN.match(text, m.end() + 1)
        unit = _unit(after[0].lower(), after[0]) if after else ""
        yield Value(m.start(), m.end(), m[0], "number", NUMBER_WORDS[m[0].lower()], unit=unit,
                    spelled=True)  # fmt: skip


def currencies(text: str, known: Set[str]) -> Iterator[Value]:
    """Codes of currencies; their names where a tool speaks of currencies."""
    for m in _THREE.finditer(text):
        if m[0] in CURRENCY_CODES:
            yield Value(m.start(), m.end(), m[0], "currency", code=m[0])
    for m in _SMALL.finditer(text) if known & _EXCHANGE else ():
        yield Value(m.start(), m.end(), m[0].upper(), "currency", code=m[0].upper())
    for m in _CURRENCY.finditer(text) if known & _EXCHANGE else ():
        name = m[0].lower()
        if name not in AMBIGUOUS_CURRENCIES or " " in name or name == "pounds":
            yield Value(m.start(), m.end(), m[0], "currency", code=CURRENCIES[name])


def units(text: str, known: Set[str]) -> Iterator[Value]:
    """Names of units, where a tool has a parameter for one."""
    for m in _UNIT_WORD.finditer(text) if _UNIT in known else ():
        before = text[max(0, m.start() - 6) : m.start()].rstrip(" -")
        if m[0].lower() != "second" or before[-1:].isdigit():
            # A unit behind its number is what is converted from, seldom what is asked for.
            yield Value(m.start(), m.end(), m[0], "unit", code="behind" * before[-1:].isdigit())


_RESULT = re.compile(
    r"\b(?:multiply|divide|add|subtract|square|cube|double|convert|round|by|to|from|of|with)\s+"
    r"((?:the|this|that)\s+(?:result|sum|product|answer|difference|quotient|total|outcome))\b(?!\s+of\b)",
    re.I,
)


def earlier(text: str, known: Set[str]) -> Iterator[Value]:
    """What an earlier call gives: "multiply the result by 5"."""
    for m in _RESULT.finditer(text):
        yield Value(m.start(1), m.end(1), m[1], "earlier", number=0)


def formulas(text: str, known: Set[str]) -> Iterator[Value]:
    """Formulas such as 3x^2 + 4x - 1."""
    for m in _FORMULA.finditer(text):
        if any(c in m[0] for c in "^*+=") and any(c.isdigit() for c in m[0]):
            yield Value(m.start(), m.end(), m[0].strip(), "formula")
