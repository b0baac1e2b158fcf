"""How well does a value that stands in the text suit a parameter?

Strategy: first the type and the kind (a currency parameter takes currencies), then what stands around
the value: words of the parameter's name or description, its unit, "from" or "to". The numbers are
points; only their order matters. `None` means: never.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from fanout.dialects.keeping import KEPT
from fanout.simulator.model.knowledge import (
    CITIES,
    COUNTRIES,
    MEASURES,
    STATES,
    TICKERS,
    TIME_UNITS,
)
from fanout.simulator.model.schema import Param
from fanout.simulator.model.text import name_words, stem, text_words
from fanout.simulator.model.value import Value
from fanout.simulator.model.values import Mention

_MEASURES = {stem(unit): {stem(w) for w in words.split()} for unit, words in MEASURES.items()}
_UNITS = frozenset(_MEASURES) - {"percent", "dollar"}
_TIME = frozenset(stem(w) for w in TIME_UNITS)
_CONTEXT = 2.2


@lru_cache(maxsize=KEPT)
def scorer(params: tuple[Param, ...], title: tuple[str, ...] = ()) -> Scorer:
    """What scores mentions against these parameters of a tool with this title."""
    return Scorer(params, title)


class Scorer:
    """Scores mentions against the parameters of one tool."""

    def __init__(self, params: Sequence[Param], title: Sequence[str] = ()) -> None:
        self.title = frozenset(title)
        self.shared: dict[str, float] = {}
        for p in params:
            for word, weight in p.words.items():
                self.shared[word] = self.shared.get(word, 0.0) + weight
        self.twins = _twins(params)

    def __call__(self, mention: Mention, param: Param) -> float | None:
        """Points for this value in this parameter; None where it can not stand."""
        base = suits(mention.value, param)
        if base is None:
            return None
        if mention.value.spelled:
            if not self._counts(mention, param):
                return None
            base += 0.6
        points = base + _CONTEXT * self._context(mention, param) + self._role(mention, param)
        points += self._own_words(mention.value, param)
        if param.kind == "unit" and mention.value.kind == "unit":
            points += _unit_place(mention, self.twins.get(param.name, ""))
        if param.kind == "place":
            points += _place_size(mention.value, param)
        if param.kind == "place" and mention.preposition in _PLACED:
            points += _NAMED_AFTER_IN.get(mention.value.kind, 0.0)
        if param.kind == "person" and mention.preposition == "by":
            points += 0.6
        return points - (0.0 if param.required else 0.3)

    def _context(self, mention: Mention, param: Param) -> float:
        hits = [
            near * param.words[word] * param.words[word] / self.shared[word]
            for word, near in (*mention.before, *mention.after)
            if word in param.words
        ]
        if param.numeric and _COUNTS & set(name_words(param.name)):
            hits += [0.4 * near for word, near in mention.after if word in self.title]
        return sum(sorted(hits, reverse=True)[:3])

    def _counts(self, mention: Mention, param: Param) -> bool:
        """Whether a number in words counts something here: "two adults", not "two charges"."""
        if mention.value.unit:
            return True
        if not mention.after:
            return mention.value.number != 1 or name_words(param.name)[-1:] == ["count"]
        names = name_words(param.name)
        if names[-1:] in (["number"], ["num"], ["n"]):
            return any(word in self.title for word, _ in mention.after)
        if names[-1:] == [] or names[-1] in _COUNTED:
            return bool(names)
        return names[-1].endswith("s") and any(word in param.words for word, _ in mention.after)

    def _own_words(self, value: Value, param: Param) -> float:
        """Points for a name that says what it is: "Orange County Court" for `court`."""
        if (value.kind != "name" and not value.quoted) or value.number is not None:
            return 0.0
        stems = {stem(w) for w in text_words(value.text)}
        return 1.2 if any(param.words.get(s) == 1.0 for s in stems) else 0.0

    def _role(self, mention: Mention, param: Param) -> float:
        role = self.twins.get(param.name, param.role)
        if not role or not mention.role:
            return 0.0
        if role == mention.role:
            return 1.5 if param.name in self.twins else 0.8
        return -1.5 if param.name in self.twins else -0.3


def _unit_place(mention: Mention, role: str) -> float:
    """A unit behind its number is converted from; one to convert to stands after "in" or "to"."""
    if mention.value.code:
        return 0.5 if role == "from" else -4.0
    return 0.0 if mention.preposition in ("in", "into", "to", "as") else -1.6


def _place_size(value: Value, param: Param) -> float:
    """A city is no state, and a country no city."""
    low, names = value.text.lower(), set(name_words(param.name))
    if names & {"city", "town"}:
        return -1.5 if low in COUNTRIES or low in STATES else 0.0
    if names & {"state", "country", "province"}:
        return -1.5 if low in CITIES else 0.3 if low in COUNTRIES or low in STATES else 0.0
    return 0.0


_NAMED_AFTER_IN = {"name": 1.2, "place": 0.4, "quoted": 0.4, "word": 0.6}
_COUNTS = frozenset("count number num quantity amount n times copies limit max".split())
_COUNTED = _COUNTS - {"quantity", "amount"} | {"people"}

_PLACED = frozenset("in at from to near for of around between into".split())


def _twins(params: Sequence[Param]) -> dict[str, str]:
    """Pairs of parameters that take the two ends of one thing: name -> `from` or `to`."""
    twins: dict[str, str] = {}
    for i, a in enumerate(params):
        for b in params[i + 1 :]:
            if a.type != b.type or a.kind != b.kind or a.type in ("boolean", "object"):
                continue
            if {a.role, b.role} == {"from", "to"}:
                twins.setdefault(a.name, a.role)
                twins.setdefault(b.name, b.role)
            elif a.required and b.required and _siblings(a.name, b.name):
                twins.setdefault(a.name, "from")
                twins.setdefault(b.name, "to")
    return twins


def _siblings(a: str, b: str) -> bool:
    """`num1` and `num2`, `a` and `b`, `first_city` and `second_city`."""
    x, y = name_words(a), name_words(b)
    differ = [(p, q) for p, q in zip(x, y, strict=False) if p != q]
    return len(x) == len(y) and len(differ) == 1 and all(len(w) == 1 for w in differ[0])


# --- Type and kind ------------------------------------------------------------------------------


def suits(value: Value, param: Param) -> float | None:
    """Points for the sort of value alone."""
    if param.enum:
        return None
    if param.type == "array" and param.item is not None:
        return _suits_array(value, param, param.item)
    if param.numeric:
        return _suits_number(value, param)
    if param.type == "string":
        return _suits_string(value, param)
    if param.type == "object" and value.kind == "object" and not param.inner:
        return 2.0
    return None


def _suits_array(value: Value, param: Param, item: Param) -> float | None:
    if value.kind == "earlier":
        return None
    if value.kind != "list":
        return None if item.type == "object" else suits(value, item)
    numbers = [isinstance(x, int | float) and not isinstance(x, bool) for x in value.data]
    fitting = all(numbers) if item.numeric else True
    return 3.0 if fitting else None


def _suits_number(value: Value, param: Param) -> float | None:
    if value.number is None or value.kind == "date":
        return None
    points = 0.3 if value.spelled else 1.0
    if param.type == "integer" and value.number != int(value.number):
        points -= 0.5
    return None if (year := _year(value, param)) is None else points + year + _unit(value, param)


def _year(value: Value, param: Param) -> float | None:
    names = name_words(param.name)
    calendar = [w for w in names if w.isalpha()][-1:] in (
        ["year"],
        ["season"],
    ) and "per" not in names
    looks = (
        isinstance(value.number, int)
        and 1500 <= value.number <= 2150
        and not value.unit
        and "," not in value.text
        and not value.percent
    )
    if calendar:
        plain = isinstance(value.number, int) and not value.unit and not value.percent
        return 1.5 if looks else 0.2 if plain and not value.spelled else None
    return -0.6 if looks else 0.0


def _unit(value: Value, param: Param) -> float:
    unit = "percent" if value.percent else value.unit
    if not unit:
        return 0.0
    names = name_words(param.name)
    if unit in ("dollar", "percent") and "per" not in names and {stem(w) for w in names} & _TIME:
        return -3.0
    if unit in param.words and "per" not in names:
        return 1.2
    others = (param.words.keys() & _UNITS) - {unit}
    if unit in _TIME and others & _TIME:
        return -2.0
    if _MEASURES.get(unit, set()) & param.words.keys():
        return 0.8
    if unit in _TIME:
        return -0.8
    return -1.0 if others else -0.3


_NAMED: dict[str, dict[str, float]] = {
    "currency": {"currency": 3.0},
    "date": {"date": 3.0},
    "time": {"time": 3.0, "date": 0.3},
    "email": {"email": 3.0, "name": 0.4},
    "url": {"url": 3.0, "file": 0.6, "quoted": 1.0, "name": 0.5},
    "language": {"language": 3.0, "quoted": 0.5},
    "ticker": {"code": 2.2, "name": 0.6, "quoted": 1.8},
    "place": {"place": 2.6, "name": 1.2, "quoted": 1.3, "code": 0.8},
    "id": {"code": 2.2, "number": 1.4, "quoted": 1.8, "file": 0.4},
    "text": {"quoted": 2.6, "name": 0.2, "file": 0.3},
    "title": {"quoted": 2.4, "name": 1.6, "code": 1.4, "place": 0.7, "file": 0.6, "formula": 0.6,
              "language": 0.6, "date": 0.1},
    "unit": {"unit": 2.6, "quoted": 0.8, "name": 0.6, "code": 0.4},
    "sort": {"quoted": 1.8, "name": 1.0, "code": 0.6, "language": 0.6},
    "person": {"name": 2.0, "quoted": 2.0, "code": 1.2, "place": 0.6, "file": 0.1, "email": 2.2},
    "": {"formula": 1.7, "quoted": 1.8, "name": 1.6, "code": 1.4, "file": 1.6, "place": 0.7, "url": 0.6,
         "language": 0.6, "date": 0.1, "time": 0.1, "currency": 0.0, "email": 0.3},
}  # fmt: skip


_WORD = {
    "": 1.0,
    "sort": 1.2,
    "text": 1.0,
    "title": 1.0,
    "person": 0.9,
    "unit": 1.1,
    "place": 0.5,
    "id": 0.3,
    "language": 0.4,
}
"""Plain words without a capital or quotes: what nothing better fills."""


def _suits_string(value: Value, param: Param) -> float | None:
    kind = "quoted" if value.quoted and value.kind == "name" else value.kind
    table = _NAMED.get(param.kind, _NAMED[""])
    if param.kind == "ticker" and value.text.lower() in TICKERS:
        return 2.0
    if kind == "word":
        return _WORD.get(param.kind)
    if kind == "code" and param.kind == "id" and value.text.isalpha():
        return 0.8
    if kind == "name" and param.kind == "id" and "id" not in name_words(param.name):
        return 0.4
    if value.quoted and kind not in table:
        kind = "quoted"
    if value.number is not None and not value.quoted:
        return 1.2 if value.kind == "number" and param.kind == "id" and not value.unit else None
    return table.get(kind)
