"""The calls that one text asks for, in the order in which it asks for them.

Strategy: cut the text into segments with one tool each, fill each segment's records, and let a
segment that leaves something out borrow it: "the temperature and the humidity in Boston" says the
place once. A record that still lacks a required value is kept as *open*; earlier results or another
tool may close it.

A conversation repeats its question with every result that it adds, so the latest plans are kept, and
the pages they were made from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from fanout.conversation import Tool
from fanout.dialects.keeping import KEPT, kept
from fanout.simulator.model.fill import (
    MOST,
    Record,
    lacking,
    nested,
    settle,
    strong_slots,
    weak_slots,
)
from fanout.simulator.model.meant import meant
from fanout.simulator.model.relevance import Segment, segments
from fanout.simulator.model.scene import call_key
from fanout.simulator.model.schema import Param, Reading, read_tools
from fanout.simulator.model.slots import Slot
from fanout.simulator.model.text import readable
from fanout.simulator.model.values import Page, read


@dataclass(frozen=True, eq=False)
class Request:
    """One call that the text asks for; `missing` are required parameters without a value yet.

    Plans are kept, so nobody changes the `arguments`; who adds to them makes a new request.
    """

    tool: Reading
    arguments: dict[str, Any]
    missing: tuple[Param, ...]
    at: int

    @cached_property
    def key(self) -> str:
        """Equal for requests of one tool with equal arguments."""
        return call_key(self.tool.name, self.arguments)


def plan(text: str, tools: Sequence[Tool]) -> Sequence[Request]:
    """Every call that the text asks for, also those that can not be made yet."""
    return _plan(readable(text), read_tools(tools))


LONGEST = 2_000
"""Characters of the longest text that is kept."""


@kept(LONGEST)
def _plan(text: str, readings: tuple[Reading, ...]) -> tuple[Request, ...]:
    page = read_for(text, readings)
    parts = [Part(page, s) for s in segments(page, readings)]
    found: list[Request] = []
    for part in _asking(parts):
        for record in part.records(parts):
            found += _requests(part.segment, record)
    return tuple(_once(found)[:MOST])


def read_for(text: str, readings: tuple[Reading, ...]) -> Page:
    """Read a text with the words of these tools in mind."""
    return _page(readable(text), readings)


@kept(LONGEST)
def _page(text: str, readings: tuple[Reading, ...]) -> Page:
    text = text.strip()
    if len(text) > 2 and text[0] == text[-1] == '"' and text.count('"') % 2 == 0:
        text = text[1:-1]
    page = read(text, _known(readings))
    names = {r.name.lower() for r in readings}
    page.mentions = tuple(
        m
        for m in meant(page.text, page.mentions)
        if m.value.text.lower().replace(".", "_") not in names
    )
    return page


@lru_cache(maxsize=KEPT)
def _known(readings: tuple[Reading, ...]) -> frozenset[str]:
    """The stems of what these tools speak of."""
    return frozenset(w for r in readings for w, weight in r.words.items() if weight >= 0.6)


class Part:
    """One segment and the values found in it."""

    def __init__(self, page: Page, segment: Segment) -> None:
        self.page, self.segment, self.tool = page, segment, segment.tool
        self.params = segment.tool.leaves
        self.slots = self.of(self.params)
        if _THESE.search(page.text, segment.start, segment.end):
            named = [p for p in self.params if p.type == "string"]
            self.slots += strong_slots(page, self.tool, named, 0, segment.start)

    def of(self, params: Sequence[Param], tool: Reading | None = None) -> list[Slot]:
        """The values in this segment for these parameters of its own tool, or of another one."""
        start, end = self.segment.start, self.segment.end
        return strong_slots(self.page, tool or self.tool, params, start, end)

    def names(self) -> set[str]:
        """The parameters that have a value here."""
        return {s.param.name for s in self.slots}

    def said(self) -> set[str]:
        """The values themselves, wherever they went."""
        return {repr(s.value) for s in self.slots}

    def records(self, parts: Sequence[Part]) -> list[Record]:
        """The records of this segment, with what they lack taken from where it stands."""
        page, start, end = self.page, self.segment.start, self.segment.end
        lent = self._borrow(self._lacking([]), parts, sure=True)
        words = weak_slots(page, self.tool, self._lacking(lent), self.slots, start, end)
        lent += self._borrow(self._lacking([*lent, *words]), parts, sure=False)
        found = settle(page, [*self.slots, *words], self.params)
        return _combined(found, settle(page, lent, self.params), start)

    def _lacking(self, more: Sequence[Slot]) -> list[Param]:
        return lacking(self.params, [*self.slots, *more])

    def _borrow(self, missing: Sequence[Param], parts: Sequence[Part], sure: bool) -> list[Slot]:
        """Values for `missing` from the nearest other segment that has some."""
        lent: list[Slot] = []
        for other in self._nearest(parts):
            wanted = [p for p in missing if self._akin(p, other, sure)]
            found = other.of(lacking(wanted, lent), self.tool) if wanted else []
            lent += found
        return lent

    def _akin(self, param: Param, other: Part, sure: bool) -> bool:
        """Whether the other segment speaks of the same thing, surely or at least perhaps."""
        same = other.tool is self.tool or any(p.name == param.name for p in other.params)
        if sure or same:
            return same or param.kind in ("place", "currency", "date")
        page, start, end = self.page, self.segment.start, self.segment.end
        near = page.sentence(start) == page.sentence(other.segment.start)
        return near or param.numeric or bool(_POINTING.search(page.text, start, end))

    def _nearest(self, parts: Sequence[Part]) -> list[Part]:
        """The other segments: the next one first where it goes on the sentence, then backwards."""
        i = next(n for n, p in enumerate(parts) if p is self)
        before, after = list(parts[:i])[::-1], list(parts[i + 1 :])
        goes_on = after and self.page.sentence(self.segment.start) == self.page.sentence(
            after[0].segment.start
        )
        return (after[:1] if goes_on else []) + before + (after[1:] if goes_on else after)


_THESE = re.compile(
    r"\b(?:each|all|every one|both|any)\s+of\s+(?:these|those|them)\b"
    r"|\bfor\s+(?:each|both|all)\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:same|this|that|these|those|it|its|their|them|there|he|she|his|her|him)\b", re.IGNORECASE
)


def _asking(parts: Sequence[Part]) -> list[Part]:
    """The segments that make calls: one that names a tool without values only introduces it."""
    asking: list[Part] = []
    for part in parts:
        required = {p.name for p in part.params if p.required} or {p.name for p in part.params}
        others = [p for p in parts if p.tool is part.tool and p is not part]
        valued = [p for p in others if p.names() & required]
        earlier = [p for p in asking if p.tool is part.tool]
        first = not earlier
        if not required <= part.names() and any(part.said() <= p.said() for p in earlier):
            continue
        if part.names() & required or (first and not valued):
            asking.append(part)
    return asking


def _combined(found: list[Record], lent: list[Record], start: int) -> list[Record]:
    """Records completed by what was lent: several lent ones make several of one record."""
    if not found:
        return [replace(r, start=start) for r in lent] or [Record(start, start)]
    out: list[Record] = []
    for record in found:
        for other in (lent if len(found) == 1 else lent[:1]) or [Record(start, start)]:
            values = {**other.values, **record.values}
            out.append(replace(record, values=values, zipped=record.zipped or other.zipped))
    return out


def _requests(part: Segment, record: Record) -> list[Request]:
    params = part.tool.leaves
    for p in params:
        if p.required and p.name not in record.values:
            value = _given(p)
            if value is not None:
                record.values[p.name] = [value]
    order = {p.name: n for n, p in enumerate(params)}
    found = []
    for flat in record.expand():
        missing = tuple(p for p in params if p.required and p.name not in flat)
        ordered = dict(sorted(flat.items(), key=lambda kv: order[kv[0]]))
        found.append(Request(part.tool, nested(ordered), missing, record.start))
    return found


def _given(param: Param) -> Any:
    """What the schema itself gives for a required parameter."""
    if "default" in param.schema:
        return param.schema["default"]
    if len(param.enum) == 1:
        return param.enum[0]
    return False if param.type == "boolean" else None


def _once(found: Sequence[Request]) -> list[Request]:
    kept: list[Request] = []
    seen: set[tuple[str, str]] = set()
    for request in found:
        key = (request.tool.name, repr(request.arguments))
        if key not in seen:
            seen.add(key)
            kept.append(request)
    return kept
