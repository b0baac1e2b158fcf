"""From the values of a text to the arguments of calls: one record for each combination asked for.

Strategy: each mention goes to the parameter that it suits best (a *slot*). The slots are read in the
order of the text; a parameter that comes a second time begins a new record, the items of one list
stay together. A record with lists is every combination of them, or one after the other where the
text says "respectively". What a record leaves out it takes over from its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise, product, takewhile
from typing import Any

from fanout.simulator.model.assign import assign
from fanout.simulator.model.options import option_slots
from fanout.simulator.model.schema import Param, Reading
from fanout.simulator.model.slots import Slot
from fanout.simulator.model.text import content_stems, name_words, text_words
from fanout.simulator.model.value import EARLIER
from fanout.simulator.model.values import Mention, Page
from fanout.simulator.model.words import free_text, word_mentions

MOST = 128
"""No prompt gives more calls than this; a slip in reading must not flood a learner's program."""


@dataclass
class Record:
    """Arguments of one or more calls: for each parameter the values to choose from."""

    start: int
    sentence: int
    values: dict[str, list[Any]] = field(default_factory=dict)
    zipped: bool = False
    again: bool = False
    """Whether the text says that the call before is repeated with something changed."""

    def expand(self) -> list[dict[str, Any]]:
        """Every set of arguments that the record stands for, without what an earlier call will give."""
        lists = list(self.values.values())
        lengths = {len(v) for v in lists if len(v) > 1}
        if self.zipped and len(lengths) == 1:
            size = lengths.pop()
            rows: Iterable[tuple[Any, ...]] = zip(
                *(v if len(v) > 1 else v * size for v in lists), strict=True
            )
        else:
            rows = product(*lists)
        return [
            {n: v for n, v in zip(self.values, row, strict=True) if v is not EARLIER}
            for row, _ in zip(rows, range(MOST), strict=False)
        ]


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Put values named `outer\\0inner` back into objects."""
    out: dict[str, Any] = {}
    for path, value in flat.items():
        *outer, last = path.split("\0")
        at = out
        for key in outer:
            at = at.setdefault(key, {})
        at[last] = value
    return out


def fill(page: Page, tool: Reading, start: int, end: int) -> list[Record]:
    """The records that a part of the text gives for a tool."""
    params = tool.leaves
    slots = strong_slots(page, tool, params, start, end)
    slots += weak_slots(page, tool, params, slots, start, end)
    return settle(page, slots, params)


def settle(page: Page, slots: Sequence[Slot], params: Sequence[Param]) -> list[Record]:
    """The records that these slots make, with what they take over from each other."""
    return share(records(page, sorted(slots, key=lambda s: s.start)), params, page)


def strong_slots(
    page: Page, tool: Reading, params: Sequence[Param], start: int, end: int
) -> list[Slot]:
    """The values in a part of the text that stand out by their form, for these parameters."""
    chosen = option_slots(page, params, start, end)
    chosen = [s for s in chosen if s.exact or not _within_name(page, s)]
    closed = [(s.start, s.end) for s in chosen]
    noise = set(tool.title) | {w for w, weight in tool.words.items() if weight >= 1.0}
    whole = _with_times(page, _split_places(page.mentions, params), params)
    mentions = [
        m for m in whole
        if start <= m.start < end and not _inside(m, closed) and not _noise(m, noise)
    ]  # fmt: skip
    return chosen + assign(mentions, params, tool.title)


def weak_slots(
    page: Page, tool: Reading, params: Sequence[Param], slots: Sequence[Slot], start: int, end: int
) -> list[Slot]:
    """Plain words for required parameters that `slots` leave empty."""
    found: list[Slot] = []
    missing = lacking(params, slots)
    for p in missing:
        found += free_text(page, tool, p, slots, start, end)
    missing = lacking(missing, found)
    if missing:
        found += assign(word_mentions(page, tool, [*slots, *found], start, end), missing)
    return found


def lacking(params: Sequence[Param], slots: Sequence[Slot]) -> list[Param]:
    """The required parameters that no slot fills."""
    filled = {s.param.name for s in slots}
    return [p for p in params if p.required and p.name not in filled]


def _split_places(mentions: Sequence[Mention], params: Sequence[Param]) -> list[Mention]:
    """Take "Chicago, Illinois" for two values where a tool wants city and state apart."""
    names = [set(name_words(p.name)) for p in params]
    apart = any("city" in n for n in names) and any(n & {"state", "country"} for n in names)
    found: list[Mention] = []
    for m in mentions:
        city, comma, land = m.value.text.partition(", ")
        if apart and comma and m.value.kind == "place":
            middle = m.start + len(city)
            found.append(m._replace(value=m.value._replace(text=city, end=middle)))
            value = m.value._replace(text=land, start=m.value.end - len(land))
            found.append(m._replace(value=value, after=(), before=()))
        else:
            found.append(m)
    return found


def _with_times(page: Page, mentions: Sequence[Mention], params: Sequence[Param]) -> list[Mention]:
    """Take "tomorrow at 5pm" for one value where a tool has one parameter for both."""
    if [p.kind for p in params if p.kind in ("date", "time")] != ["date"]:
        return list(mentions)
    found: list[Mention] = []
    for m in mentions:
        last = found[-1].value if found else None
        pair = last is not None and (last.kind, m.value.kind) == ("date", "time")
        if last and pair and page.text[last.end : m.start].strip(" ,") in ("", "at"):
            text = page.text[last.start : m.value.end].strip()
            value = last._replace(end=m.value.end, text=text, code="")
            found[-1] = found[-1]._replace(value=value)
        else:
            found.append(m)
    return found


def _within_name(page: Page, slot: Slot) -> bool:
    """An example of the schema that is only a part of a longer name in the text."""
    return any(
        m.start <= slot.start
        and slot.end <= m.value.end
        and m.value.end - m.start > slot.end - slot.start
        for m in page.mentions
        if m.value.kind in ("name", "place", "quoted")
    )


def _inside(mention: Mention, closed: Sequence[tuple[int, int]]) -> bool:
    return any(a < mention.value.end and mention.start < b for a, b in closed)


def _noise(mention: Mention, noise: set[str]) -> bool:
    """A name made of the tool's own words is not a value: "BMI", "the US Census Database"."""
    if mention.value.kind not in ("name", "code") and not mention.value.quoted:
        return False
    stems = content_stems(text_words(mention.value.text.replace("_", " ").replace(".", " ")))
    return bool(stems) and mention.value.kind != "number" and all(s in noise for s in stems)


# --- Slots to records ---------------------------------------------------------------------------


_AGAIN = re.compile(r"\b(?:again|once more|repeat|instead)\b", re.IGNORECASE)


def records(page: Page, slots: Sequence[Slot]) -> list[Record]:
    """Read the slots in order; a parameter that comes again begins a new record."""
    columns = _columns(page, slots)
    if columns:
        return columns
    found: list[Record] = []
    for i, slot in enumerate(slots):
        if found and _repeats(found[-1].values.get(slot.param.name, []), slot):
            continue
        previous = slots[i - 1] if i else None
        listed = bool(found) and _listed(found[-1], previous, slot)
        again = previous and _AGAIN.search(page.text, previous.end, slot.start)
        known = bool(found) and slot.param.name in found[-1].values
        if not listed and (not found or again or known or _turns(page, slots, i, found[-1])):
            found.append(Record(slot.start, page.sentence(slot.start)[0], again=bool(again)))
        _put(found[-1], slot, listed)
    found = _without_recaps(found, {s.param.name for s in slots if s.param.required})
    for record in found:
        begin, stop = page.sentence(record.start)
        record.zipped = "respectively" in page.text[begin:stop].lower()
    return found


def _listed(record: Record, previous: Slot | None, slot: Slot) -> bool:
    """Whether a value joins those that the record has for its parameter already."""
    if previous is None or slot.param.name not in record.values:
        return False
    if slot.param.type == "array":
        return not slot.whole
    return previous.param.name == slot.param.name and previous.group == slot.group


def _turns(page: Page, slots: Sequence[Slot], i: int, record: Record) -> bool:
    """Whether a new clause begins here that fills again what the record has already."""
    clause = page.clause(slots[i].start)
    if i == 0 or clause == page.clause(slots[i - 1].start):
        return False
    later = takewhile(lambda s: page.clause(s.start) == clause, islice(slots, i + 1, None))
    return any(s.param.name in record.values and s.param.type != "array" for s in later)


def _repeats(values: Sequence[Any], slot: Slot) -> bool:
    """Whether the record has this value already: "Apple Inc. … lawsuits involving Apple"."""
    if len(values) != 1 or slot.param.type == "array":
        return False
    if isinstance(values[0], str) and isinstance(slot.value, str):
        old, new = values[0].lower(), slot.value.lower()
        return old == new or old.startswith(new + " ")
    return bool(values[0] == slot.value)


def _columns(page: Page, slots: Sequence[Slot]) -> list[Record]:
    """Records of a text that goes parameter by parameter: "at 150, 200 … sold at 180, 210"."""
    if not slots or not respectively(page.text[slots[0].start : slots[-1].end + 60]):
        return []
    rows: dict[str, list[Slot]] = {}
    for slot in slots:
        rows.setdefault(slot.param.name, []).append(slot)
    size = max(len(row) for row in rows.values())
    runs = 1 + sum(a.param.name != b.param.name for a, b in pairwise(slots))
    if size < 2 or runs != len(rows) or any(len(row) not in (1, size) for row in rows.values()):
        return []
    start = page.sentence(slots[0].start)[0]
    return [
        Record(slots[0].start, start, {n: [row[i % len(row)].value] for n, row in rows.items()})
        for i in range(size)
    ]


def _without_recaps(found: list[Record], required: set[str]) -> list[Record]:
    """Leave out records that only repeat values of an earlier one: "so how much is it in USD?"."""
    kept: list[Record] = []
    for record in found:
        said = {repr(v) for values in record.values.values() for v in values}
        old = [{repr(v) for values in k.values.values() for v in values} for k in kept]
        if required <= record.values.keys() or not any(said <= values for values in old):
            kept.append(record)
    return kept


def _put(record: Record, slot: Slot, listed: bool) -> None:
    name = slot.param.name
    if slot.param.type == "array":
        old = record.values[name][0] if listed else []
        items = slot.value if slot.whole else [slot.value]
        record.values[name] = [old + [v for v in items if v not in old or not isinstance(v, str)]]
    elif listed:
        if slot.value not in record.values[name]:
            record.values[name].append(slot.value)
    else:
        record.values[name] = [slot.value]


def share(found: list[Record], params: Sequence[Param], page: Page) -> list[Record]:
    """Give records what they leave out and a neighbour has: first the one before, then after."""
    for p in params:
        for i, record in enumerate(found):
            if p.name in record.values:
                continue
            donor = _donor(found, i, p)
            if donor is not None and (p.required or _lends(donor, record, p.name, found)):
                record.values[p.name] = donor.values[p.name]
    return found


def _lends(donor: Record, record: Record, name: str, found: Sequence[Record]) -> bool:
    """Whether an optional value is meant for a neighbour too: in one sentence, and not inside it."""
    if donor.sentence != record.sentence or record.again or donor.again:
        return False
    later = donor.start > record.start
    return not later or (donor is found[-1] and list(donor.values)[-1] == name)


def _donor(found: Sequence[Record], i: int, param: Param) -> Record | None:
    earlier = (r for r in reversed(found[:i]) if param.name in r.values)
    later = (r for r in found[i + 1 :] if param.name in r.values)
    return next(earlier, None) or next(later, None)


def respectively(text: str) -> bool:
    """Whether lists go together item by item."""
    return _RESPECTIVELY.search(text) is not None


_RESPECTIVELY = re.compile(r"\brespectively\b", re.IGNORECASE)
