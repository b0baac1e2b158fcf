"""Words, stems and the places where a text can be cut.

Strategy: everything is linear in the text's length: simple patterns without nested repetition, and
a text longer than `MAX_READ` is read at its two ends only. A word is compared by its stem, a crude
one: plural and verb endings fall off, and spellings of one unit or meaning become one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from fanout.dialects.keeping import kept
from fanout.simulator.model.knowledge import SAME, UNITS

MAX_READ = 8_000

STOP = frozenset(
    """a an the of for in on at to from by with and or but is are was were be been being am do does
    did can could would will shall should may might must have has had i me my we us our you your
    he she it its they them their this that these those what whats which who whom whose when where
    why how there here as if then than so also too not no any some all each both every please
    want wants need needs like know tell give show me let s t re ll ve d m get find help now
    about into over under up out per via using use used provide first second third fourth lastly
    finally after before another same two three just only current currently right respectively
    specific given based certain particular following near nearby within along during located made one less least most would it's i'm i'd i've more much many
    additionally make take go if such i.e e.g eg etc default optional parameter value name set
    whether number true false string required specified return returns type list format""".split()
)

# Words that begin a request and are not names though they stand first with a capital.
STARTS = frozenset(
    """add analyze answer ask assume book buy calculate call cancel change check choose compare
    compute consider convert count create delete describe design determine divide do draw estimate
    evaluate explain fetch fill find generate get give hello help hey hi how identify imagine invest
    invite join keep list load locate look make measure move multiply name need now open order
    organize pay plan play plot please predict print provide read recommend record remind remove
    repeat reply reserve retrieve return roll run save say schedule search see sell send set share
    show simulate solve start stop subscribe sum take tell thanks thank the transfer translate
    turn update upload use want what when where who why write yes assess apply arrange
    additionally also meanwhile moreover furthermore however suppose let secondly thirdly firstly top latest text message email ping later specifically mr mrs ms dr
    admit approve approximate assign block charge close deploy disable enable end fetch hire note ping post
    query register release restart submit track trigger upgrade
    once using over given both""".split()
)

WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])")
_BETWEEN = re.compile(r"[\W_]+")
_SUFFIXES = (
    ("ically", "ic"), ("ability", "abl"), ("able", "abl"), ("ations", "at"), ("ation", "at"), ("ating", "at"), ("ators", "at"),
    ("ator", "at"), ("ates", "at"), ("ated", "at"), ("ate", "at"), ("sses", "ss"), ("ions", ""), ("ion", ""),
    ("ies", "y"), ("ied", "y"), ("ments", "ment"), ("ings", ""), ("ing", ""), ("ers", "er"),
    ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("es", "e"), ("ed", ""), ("s", ""),
)  # fmt: skip


FILLER = frozenset(
    "current currently give tell show get find help use using provide make take set list return go".split()
)
SMALL = STOP - FILLER
"""Words that say nothing even in the name of a tool."""


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """The form in which a word is compared: "Calculating" and "calculates" are one."""
    word = word.lower().replace("’", "'").removesuffix("'s").rstrip("'")
    word = UNITS.get(word, word) if len(word) > 1 else word
    word = _same(word)
    if len(word) > 3 and not word.endswith(("ss", "us", "is")):
        for ending, instead in _SUFFIXES:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                word = word[: -len(ending)] + instead
                break
    word = _same(word)
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word


def _same(word: str) -> str:
    return SAME.get(word, word)


def name_words(name: str) -> list[str]:
    """The lower-case words inside an identifier: `fetchStock_price2` has fetch, stock, price, 2."""
    return list(_name_words(name))


@kept(100, most=4096)
def _name_words(name: str) -> tuple[str, ...]:
    spaced = _CAMEL.sub(" ", _BETWEEN.sub(" ", name))
    return tuple(w.lower() for w in spaced.split())


def content_stems(words: Iterable[str]) -> list[str]:
    """The stems of those words that carry meaning, in order."""
    return [stem(w) for w in words if w.lower() not in STOP and len(w) > 1]


def text_words(text: str) -> list[str]:
    """The words of a plain text, in order."""
    return WORD.findall(text)


class Token(NamedTuple):
    """One word of the text with its place and its stem."""

    text: str
    start: int
    end: int
    stem: str


def tokens(text: str) -> list[Token]:
    """Every word of the text with its place."""
    return [Token(m[0], m.start(), m.end(), stem(m[0])) for m in WORD.finditer(text)]


class Chunk(NamedTuple):
    """A piece of the text between two separators; `cut` says how strong the one before it is."""

    start: int
    end: int
    cut: float


_CUT = re.compile(
    r"(?P<sentence>[.?!]+[\"'”’)]?(?=\s|$)|[;\n]+)"
    r"|(?P<strong>,?\s+(?:and\s+)?(?:then|also|plus(?!\s+\d)|finally|additionally|while|but)\b"
    r"|,\s+and\b|,?\s+and\s+(?=(?:" + "|".join(sorted(STARTS)) + r")\b))"
    r"|(?P<weak>,(?=\s)|\s(?:and|or|&|as well as)(?=\s))",
    re.IGNORECASE,
)
_WEIGHT = {"sentence": 2.0, "strong": 1.0, "weak": 0.5}
_SHORT = re.compile(r"(?:^|[\s(])(?:[A-Z]|Mr|Mrs|Ms|Dr|St|No|vs|e\.g|i\.e|approx|U\.S)$")


def chunks(text: str, closed: Iterable[tuple[int, int]]) -> list[Chunk]:
    """Cut the text at sentence ends, commas and conjunctions, but never inside a `closed` span."""
    spans = sorted(closed)
    found: list[Chunk] = []
    start, cut, i = 0, 2.0, 0
    for match in _CUT.finditer(text):
        while i < len(spans) and spans[i][1] <= match.start():
            i += 1
        inside = i < len(spans) and spans[i][0] < match.start() + 1 < spans[i][1]
        short = match[0] == "." and _SHORT.search(text, max(0, match.start() - 8), match.start())
        if inside or short:
            continue
        weight = _WEIGHT[match.lastgroup or "weak"]
        if text[start : match.start()].strip():
            found.append(Chunk(start, match.start(), cut))
            cut = weight
        start, cut = match.end(), max(cut, weight)
    found.append(Chunk(start, len(text), cut))
    return _with_openers([c for c in found if text[c.start : c.end].strip()], text)


_OPENER = re.compile(
    r"\W*(?:and\s+)?(?:first|second|third|fourth|fifth|last|final)(?:ly)?\b|\W*(?:after that|next"
    r"|additionally|furthermore|moreover|in addition)\b",
    re.IGNORECASE,
)


def _with_openers(pieces: list[Chunk], text: str) -> list[Chunk]:
    """Make the cut before "Second, …" the strongest, and let the word stand with its matter."""
    found: list[Chunk] = []
    for piece in pieces:
        last = found[-1] if found else None
        if last and last.cut == 3 and len(text_words(text[last.start : last.end])) <= 2:
            found[-1] = Chunk(last.start, piece.end, last.cut)
        else:
            opens = piece.cut >= 2 and _OPENER.match(text, piece.start)
            found.append(Chunk(piece.start, piece.end, 3.0 if opens else piece.cut))
    return found


def sentence_spans(pieces: Iterable[Chunk]) -> list[tuple[int, int]]:
    """Start and end of every sentence, from the chunks of a text."""
    spans: list[tuple[int, int]] = []
    for piece in pieces:
        if piece.cut >= 2 or not spans:
            spans.append((piece.start, piece.end))
        else:
            spans[-1] = (spans[-1][0], piece.end)
    return spans


def readable(text: str) -> str:
    """The part of a text that the model reads: all of it, or both ends of a very long one."""
    if len(text) <= MAX_READ:
        return text
    half = MAX_READ // 2
    return text[:half] + "\n" + text[-half:]
