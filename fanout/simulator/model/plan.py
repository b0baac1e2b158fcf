"""The calls that one text asks for, in the order in which it asks for them.

Strategy: cut the text into segments with one tool each, fill each segment's records, and let a
segment that leaves something out borrow it: "the temperature and the humidity in Boston" says the
place once. A record that still lacks a required value is kept as *open*; earlier results or another
tool may close it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fanout.conversation import Tool
from fanout.simulator.model.fill import MOST, Record, fill, leaves, nested
from fanout.simulator.model.relevance import Segment, segments
from fanout.simulator.model.schema import Param, Reading, read_tool
from fanout.simulator.model.text import readable
from fanout.simulator.model.values import Page, read


@dataclass
class Request:
    """One call that the text asks for; `missing` are required parameters without a value yet."""

    tool: Reading
    arguments: dict[str, Any]
    missing: tuple[Param, ...]
    at: int


def plan(text: str, tools: Sequence[Tool]) -> list[Request]:
    """Every call that the text asks for, also those that can not be made yet."""
    readings = [read_tool(t) for t in tools]
    page = read_for(text, readings)
    parts = segments(page, readings)
    found: list[Request] = []
    for i, part in enumerate(parts):
        repeated = any(p.tool is part.tool for p in parts[:i])
        for record in _filled(page, parts, i):
            if record.values or not repeated:
                found += _requests(part, record)
    return _once(found)[:MOST]


def read_for(text: str, readings: Sequence[Reading]) -> Page:
    """Read a text with the words of these tools in mind."""
    known = {w for r in readings for w, weight in r.words.items() if weight >= 0.6}
    text = readable(text).strip()
    if len(text) > 2 and text[0] == text[-1] == '"' and text.count('"') % 2 == 0:
        text = text[1:-1]
    return read(text, known)


def _filled(page: Page, parts: Sequence[Segment], i: int) -> list[Record]:
    """The records of one segment, with what they lack borrowed from the others."""
    part = parts[i]
    params = leaves(part.tool.params)
    found = fill(page, part.tool, part.start, part.end)
    own = bool(found)
    found = found or [Record(part.start, page.sentence(part.start)[0])]
    missing = [p for p in params if p.required and p.name not in found[0].values]
    for other in _nearest(parts, i):
        if not missing:
            break
        lent = fill(page, part.tool, other.start, other.end, missing)
        lent = [r for r in lent if r.values]
        if lent:
            found = _combine(found, lent, own)
            missing = [p for p in missing if p.name not in found[0].values]
    return found


def _nearest(parts: Sequence[Segment], i: int) -> list[Segment]:
    """The other segments: the next one first where it is of the same sentence, then backwards."""
    before, after = list(parts[:i])[::-1], list(parts[i + 1 :])
    same = after[:1] if after and after[0].start - parts[i].end < 8 else []
    return same + before + after[len(same) :]


def _combine(found: list[Record], lent: list[Record], own: bool) -> list[Record]:
    out: list[Record] = []
    for record in found:
        for other in lent if not own or len(found) == 1 else lent[:1]:
            out.append(Record(record.start, record.sentence, {**other.values, **record.values}, record.zipped or other.zipped))
    return out


def _requests(part: Segment, record: Record) -> list[Request]:
    params = leaves(part.tool.params)
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
