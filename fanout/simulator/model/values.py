"""The values of a text with what stands around them: neighbours, lists, and "from … to …".

Strategy: a `Mention` is a span from `scan` plus its surroundings, worked out once for all tools:
the stems just before and after it (nearest first), the list it is an item of, and whether the words
make it the start or the end of something. `fill` scores mentions by these against parameters.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

from fanout.simulator.model.scan import scan
from fanout.simulator.model.text import (
    STARTS,
    STOP,
    Chunk,
    Token,
    chunks,
    sentence_spans,
    stem,
    tokens,
)
from fanout.simulator.model.value import Value


class Mention(NamedTuple):
    """A value in its place in the text."""

    value: Value
    before: tuple[tuple[str, float], ...] = ()
    after: tuple[tuple[str, float], ...] = ()
    preposition: str = ""
    role: str = ""
    """`from` or `to` where the words say so."""
    group: int = -1
    """Items of one list ("A, B and C") share a number."""

    @property
    def start(self) -> int:
        """Where the mention begins in the text."""
        return self.value.start


@dataclass(eq=False)
class Page:
    """A text, read once: its words, its pieces and its values. Whoever made it changes it no more."""

    text: str
    tokens: tuple[Token, ...]
    chunks: tuple[Chunk, ...]
    sentences: tuple[tuple[int, int], ...]
    mentions: tuple[Mention, ...]

    def __post_init__(self) -> None:
        self._word_starts = [t.start for t in self.tokens]
        self._clauses = [c.start for c in self.chunks if c.cut >= 1]
        self._sentence_starts = [start for start, _ in self.sentences]

    def words(self, start: int, end: int) -> tuple[Token, ...]:
        """The words between two places."""
        starts = self._word_starts
        low = bisect_left(starts, start)
        return self.tokens[low : bisect_left(starts, end, low)] if end > start else ()

    def within(self, start: int, end: int) -> tuple[Mention, ...]:
        """The mentions that begin between two places."""
        low = bisect_left(self.mentions, start, key=lambda m: m.start)
        return self.mentions[low : bisect_left(self.mentions, end, key=lambda m: m.start)]

    def clause(self, at: int) -> int:
        """The number of the clause that a place lies in; commas and a mere "and" do not count."""
        return bisect_right(self._clauses, at)

    def sentence(self, at: int) -> tuple[int, int]:
        """The sentence that a place lies in."""
        i = bisect_right(self._sentence_starts, at) - 1
        return self.sentences[max(i, 0)] if self.sentences else (0, len(self.text))


def read(text: str, known: Set[str] = frozenset()) -> Page:
    """Read a text for tools whose words have the stems `known`."""
    values = scan(text, known)
    pieces = chunks(text, [(v.start, v.end) for v in values])
    page = Page(text, tuple(tokens(text)), tuple(pieces), tuple(sentence_spans(pieces)), ())
    page.mentions = mentions_of(page, values)
    return page


def mentions_of(page: Page, values: Sequence[Value]) -> tuple[Mention, ...]:
    """Put each value into its surroundings."""
    roles = _roles(page.text, values)
    groups = _groups(page.text, values, roles)
    after = [_after(page, values, i) for i in range(len(values))]
    return _shared_in_lists(
        [
            Mention(
                value=value,
                before=_before(page, values, i, after),
                after=after[i],
                preposition=_previous_word(page, value.start),
                role=roles[i],
                group=groups[i],
            )
            for i, value in enumerate(values)
        ]
    )


def _shared_in_lists(mentions: list[Mention]) -> tuple[Mention, ...]:
    """What stands before a list or after it speaks for every item: "10, 20 and 30 years"."""
    for i in range(1, len(mentions)):
        first, item = mentions[i - 1], mentions[i]
        if item.group == first.group:
            before = first.before if len(first.before) > len(item.before) else item.before
            mentions[i] = item._replace(before=before, preposition=first.preposition)
    for i in range(len(mentions) - 1, 0, -1):
        item, last = mentions[i - 1], mentions[i]
        if item.group == last.group and item.value.number is not None:
            value = item.value._replace(unit=item.value.unit or last.value.unit,
                            percent=item.value.percent or last.value.percent)  # fmt: skip
            mentions[i - 1] = item._replace(value=value, after=item.after or last.after)
    return tuple(mentions)


# --- Neighbours ---------------------------------------------------------------------------------


Near = tuple[tuple[str, float], ...]
"""Stems around a value, the nearest first, with how much each counts."""


def _before(page: Page, values: Sequence[Value], i: int, after: Sequence[Near]) -> Near:
    start = max(page.sentence(values[i].start)[0], values[i].start - 120)
    j = i - 1
    while j >= 0 and (
        values[j].spelled or (values[j].kind == "currency" and values[j].text in "$€£")
    ):
        j -= 1
    if j >= 0:
        start = max(start, values[j].end)
    found: list[tuple[str, float]] = []
    weight, edge = 1.0, values[i].start
    named = _EQUALS.search(page.text, max(0, edge - 30), edge)
    if named:
        found.append((stem(named[1]), 1.5))
    behind = {word for word, _ in after[j]} if j >= 0 else set()
    for token in reversed(page.words(start, values[i].start)):
        if _BREAK.search(page.text[token.end : edge]):
            weight *= 0.3 if j >= 0 else 0.6
        edge = token.start
        if token.text.lower() in STARTS and _opens(page.text, token.start):
            weight *= 0.5
        if token.text.lower() == "and":
            weight *= 0.3 if j >= 0 else 0.6
            continue
        if token.text.lower() not in STOP or token.text.lower() in ("number", "name", "type"):
            found.append((token.stem, weight * (0.4 if token.stem in behind else 1.0)))
            weight *= 0.8
        else:
            weight *= 0.95
        if len(found) == 6:
            break
    return tuple(found)


def _opens(text: str, start: int) -> bool:
    """Whether a word stands first in its sentence."""
    return start == 0 or text[max(0, start - 2) : start].strip()[-1:] in tuple(".?!:;-")


_EQUALS = re.compile(r"\b([A-Za-z_]\w{0,20})['\"]?\s*=\s*['\"]?$")
_BREAK = re.compile(r"[,;:]|\band\b")
_CLOSING = re.compile(r"[,;:.()?!]")
_LINKS = frozenset("and or with for from to at in on by than using while".split())


def _after(page: Page, values: Sequence[Value], i: int) -> Near:
    value = values[i]
    end = min(value.end + 60, page.sentence(value.start)[1])
    if i + 1 < len(values):
        end = min(end, values[i + 1].start)
    found: list[tuple[str, float]] = []
    edge, weight = value.end, 0.9
    for token in page.words(value.end, end):
        if _CLOSING.search(page.text[edge : token.start]) or token.text.lower() in _LINKS:
            break
        edge = token.end
        if token.text.lower() not in STOP:
            found.append((token.stem, weight))
            weight *= 0.7
        if len(found) == (3 if value.number is not None else 2):
            break
    return tuple(found)


def _previous_word(page: Page, start: int) -> str:
    for token in reversed(page.words(max(0, start - 40), start)[-3:]):
        if token.text.lower() not in ("the", "a", "an", "my", "of", "downtown", "city"):
            return token.text.lower()
        if token.text.lower() == "of":
            return "of"
    return ""


# --- Lists and pairs ----------------------------------------------------------------------------

LISTED = re.compile(
    r"(?:'s|’s)?\s*(?:[,;/]?\s*(?:&|\band\b|\bor\b|\bas well as\b|\bplus\b)|[,;/])"
    r"\s*(?:also\s+)?(?:(?:in|for|of|at)\s+)?(?:the\s+|a\s+|an\s+)?",
    re.IGNORECASE,
)
_TOWARDS = re.compile(
    r"\s*(?:currency|city|airport|dollars?)?\s*(?:\bto\b|\binto\b|->|→|=>|\bupto\b|\buntil\b"
    r"|\band (?:going |travell?ing |ending )?(?:to|at)\b|\bthrough\b|[,;]? and ends? at|vs\.?)"
    r"\s*(?:the\s+)?(?:[a-z]=)?",
    re.IGNORECASE,
)
_FROM = frozenset("from between starting start".split())
_TO = frozenset("to into until till upto".split())


def kin(a: Value, b: Value) -> bool:
    """Whether two values can be items of one list."""
    if (a.number is None) != (b.number is None):
        return False
    if (a.percent and not b.percent) or (a.unit and b.unit and a.unit != b.unit):
        return False
    return a.quoted == b.quoted and ("date" in (a.kind, b.kind)) == (a.kind == b.kind == "date")


def _roles(text: str, values: Sequence[Value]) -> list[str]:
    roles = [""] * len(values)
    for i, value in enumerate(values):
        word = text[max(0, value.start - 14) : value.start].replace("the ", "").split()
        last = word[-1].lower().strip("'\"(") if word else ""
        role = "from" if last in _FROM else "to" if last in _TO else ""
        roles[i] = roles[i] or ("to" if last == "in" and value.kind == "currency" else role)
        if i + 1 == len(values) or values[i + 1].start - value.end > 30:
            continue
        between = text[value.end : values[i + 1].start]
        pair = last == "between" and between.strip(" ,").lower() in ("and", "and the", "&")
        codes = value.kind == values[i + 1].kind == "currency" and between.strip() in ("/", "-", "")
        sums = value.number is not None and between.strip() in ("by", "times", "x", "×", "*")
        sums = sums and values[i + 1].number is not None
        if (
            pair
            or codes
            or sums
            or (_TOWARDS.fullmatch(between) and _same_sort(value, values[i + 1]))
        ):
            roles[i], roles[i + 1] = roles[i] if roles[i] == "from" else "from", "to"
    return roles


def _same_sort(a: Value, b: Value) -> bool:
    return (a.number is None) == (b.number is None)


def _groups(text: str, values: Sequence[Value], roles: list[str]) -> list[int]:
    """Number the lists: items of one list get one number."""
    groups = list(range(len(values)))
    for i in range(1, len(values)):
        a, b = values[i - 1], values[i]
        paired = roles[i - 1] == "from" and roles[i] == "to"
        apart = paired or (roles[i - 1] == "to" and roles[i] == "from")
        near = b.start - a.end <= 22 and not apart and kin(a, b)
        if near and LISTED.fullmatch(text[a.end : b.start]):
            groups[i] = groups[i - 1]
    return groups
