"""Which tool does which part of the text ask for?

Strategy: every chunk of the text speaks for tools by the words it shares with their schemas; a word
that few tools know counts more. One path through the chunks is chosen that collects the most
evidence and changes tools where the text itself makes a cut (a sentence end more easily than a
comma). A run of chunks with one tool is a `Segment`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from fanout.dialects.keeping import KEPT
from fanout.simulator.model.knowledge import RELATED
from fanout.simulator.model.schema import Reading
from fanout.simulator.model.score import suits
from fanout.simulator.model.text import SMALL, stem
from fanout.simulator.model.values import Page

# Verbs that nearly every tool could carry: they say little about which one is meant.
COMMON = frozenset(
    stem(w)
    for w in "get find calculate compute search retrieve look check data information details play "
    "make create provide determine analyze specific perform list give show tell set take use go help return".split()
)
_RELATED = {stem(a): stem(b) for a, b in RELATED.items()}
ENOUGH = 0.9
"""Evidence below this does not ask for a tool."""


@dataclass(frozen=True)
class Segment:
    """A part of the text that asks for one tool, and how clearly."""

    tool: Reading
    start: int
    end: int
    evidence: float


@lru_cache(maxsize=KEPT)
def weights(tools: tuple[Reading, ...]) -> list[dict[str, float]]:
    """For every tool: what each stem in a text says for it. Nobody changes it."""
    spread: dict[str, int] = {}
    titled: dict[str, int] = {}
    for tool in tools:
        for word in tool.words:
            spread[word] = spread.get(word, 0) + 1
        for word in set(tool.title):
            titled[word] = titled.get(word, 0) + 1
    tables = []
    for tool in tools:
        table = {}
        for word, weight in tool.words.items():
            others = titled.get(word, 0) if word in tool.title else spread[word]
            rare = 1.0 if others == 1 else 0.75 if others < len(tools) else 0.5
            table[word] = weight * rare * (0.35 if word in COMMON else 1.0)
        tables.append(table)
    return tables


@lru_cache(maxsize=KEPT)
def _known(tools: tuple[Reading, ...]) -> frozenset[str]:
    """The stems that say something for any of these tools."""
    return frozenset[str]().union(*weights(tools))


def segments(page: Page, tools: tuple[Reading, ...]) -> list[Segment]:
    """The parts of the text that ask for a tool, in the order of the text."""
    if not tools or not page.chunks:
        return []
    tables, known = weights(tools), _known(tools)
    heard = [_said(page, chunk.start, chunk.end) for chunk in page.chunks]
    evidence = [
        [_evidence(said, tool, table, known) for tool, table in zip(tools, tables, strict=True)]
        for said in heard
    ]
    path = _best_path(page, evidence)
    found: list[Segment] = []
    for i, chunk in enumerate(page.chunks):
        tool, amount = tools[path[i]], evidence[i][path[i]]
        if found and found[-1].tool is tool:
            last = found[-1]
            found[-1] = Segment(tool, last.start, chunk.end, last.evidence + amount)
        else:
            found.append(Segment(tool, chunk.start, chunk.end, amount))
    asked = [s for s in found if s.evidence >= ENOUGH]
    return asked or [s for s in found if (s.evidence > 0.3 or len(tools) == 1) and _fits(page, s)]


_SURE = frozenset("currency email url ticker date time".split())


def _fits(page: Page, segment: Segment) -> bool:
    """Whether values by themselves speak for a tool: a known sort for each of several parameters."""
    required = segment.tool.required
    best = [max((suits(m.value, p) or 0.0 for m in page.mentions), default=0.0) for p in required]
    sure = [p.kind for p, b in zip(required, best, strict=True) if b >= 2.2 and p.kind in _SURE]
    several = len(required) > 1 and all(points >= 1.2 for points in best)
    return several or len(sure) > 1 or (len(required) == 1 and sure not in ([], ["date"]))


@dataclass(frozen=True)
class _Said:
    """What one chunk of the text says."""

    text: str
    stems: tuple[str, ...]
    """Each once, in the order of the text: sums of fractions depend on it, and so would a tie."""
    pairs: frozenset[tuple[str, str]]
    kinds: frozenset[str]


def _said(page: Page, start: int, end: int) -> _Said:
    row = [t.stem for t in page.words(start, end) if t.text.lower() not in SMALL]
    kinds = frozenset(m.value.kind for m in page.within(start, end))
    text = page.text[start:end].lower()
    return _Said(text, tuple(dict.fromkeys(row)), frozenset(pairwise(row)), kinds)


def _evidence(said: _Said, tool: Reading, table: Mapping[str, float], known: Set[str]) -> float:
    """How much one chunk speaks for one tool."""
    points = sum(table.get(word, 0.0) for word in said.stems)
    points += sum(
        0.6 * table.get(_RELATED[word], 0.0)
        for word in said.stems
        if word in _RELATED and word not in known
    )
    points += sum(0.7 for pair in pairwise(tool.title) if pair in said.pairs)
    points += sum(0.8 for p in tool.params if p.kind in _TELLING and p.kind in said.kinds)
    named = len(tool.name) > 4 and tool.name.lower() in said.text
    return points + (6.0 if named and _whole_name(tool.name).search(said.text) else 0.0)


_TELLING = frozenset({"currency", "language", "email", "unit", "url"})
"""Kinds of values so plain that they speak for a tool by themselves."""


def _whole_name(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name.lower())}(?!\w)")


def _best_path(page: Page, evidence: Sequence[Sequence[float]]) -> list[int]:
    """For every chunk the tool that belongs to the best path through all chunks."""
    count = len(evidence[0])
    score = list(evidence[0])
    back: list[list[int]] = []
    for i in range(1, len(evidence)):
        price = _SWITCH[page.chunks[i].cut]
        best = max(range(count), key=lambda t: (score[t], -t))
        came = [t if t == best or score[t] > score[best] - price else best for t in range(count)]
        score = [
            (score[t] if came[t] == t else score[best] - price) + evidence[i][t]
            for t in range(count)
        ]
        back.append(came)
    path = [max(range(count), key=lambda t: (score[t], -t))]
    for came in reversed(back):
        path.append(came[path[-1]])
    return path[::-1]


_SWITCH = {3.0: -0.2, 2.0: 0.3, 1.0: 0.7, 0.5: 1.0}
"""What it costs to change the tool, by the strength of the cut."""
