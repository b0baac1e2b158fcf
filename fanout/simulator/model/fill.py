"""From the values of a text to the arguments of calls: one record for each combination asked for.

Strategy: each mention goes to the parameter that it suits best (a *slot*). The slots are read in the
order of the text; a parameter that comes a second time begins a new record, the items of one list
stay together. A record with lists is every combination of them, or one after the other where the
text says "respectively". What a record leaves out it takes over from its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from fanout.simulator.model.options import option_slots
from fanout.simulator.model.render import render
from fanout.simulator.model.schema import Param, Reading
from fanout.simulator.model.score import Scorer
from fanout.simulator.model.slots import Slot
from fanout.simulator.model.text import content_stems, name_words, text_words
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
        """Every set of arguments that the record stands for."""
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
            dict(zip(self.values, row, strict=True))
            for row, _ in zip(rows, range(MOST), strict=False)
        ]


def leaves(params: Sequence[Param], prefix: str = "", needed: bool = True) -> list[Param]:
    """The parameters that take a plain value; those inside objects are named `outer\\0inner`."""
    found: list[Param] = []
    for p in params:
        path = prefix + p.name
        if p.type == "object" and p.inner:
            found += leaves(p.inner, path + "\0", needed and p.required)
        else:
            found.append(replace(p, name=path, required=needed and p.required))
    return found


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
    params = leaves(tool.params)
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
    mentions = [
        m for m in _split_places(page.mentions, params)
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
    """ "Chicago, Illinois" is two values where a tool wants the city and the state apart."""
    names = [set(name_words(p.name)) for p in params]
    apart = any("city" in n for n in names) and any(n & {"state", "country"} for n in names)
    found: list[Mention] = []
    for m in mentions:
        city, comma, land = m.value.text.partition(", ")
        if apart and comma and m.value.kind == "place":
            middle = m.start + len(city)
            found.append(replace(m, value=replace(m.value, text=city, end=middle)))
            value = replace(m.value, text=land, start=m.value.end - len(land))
            found.append(replace(m, value=value, after=(), before=()))
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


# --- Mentions to parameters ---------------------------------------------------------------------


def assign(
    mentions: Sequence[Mention], params: Sequence[Param], title: Sequence[str] = ()
) -> list[Slot]:
    """Give each mention to the parameter that it suits best, if it suits one well enough."""
    scorer = Scorer(params, title)
    table = [[(scorer(m, p), p) for p in params] for m in mentions]
    scored = [[(s, p) for s, p in row if s is not None and s >= _least(p)] for row in table]
    scored = _needed(scored, params)
    best, strong = _bests(mentions, scored)
    units = _units(mentions, scored, best)
    slots: list[Slot] = []
    filled: set[str] = set()
    habit: dict[tuple[Any, ...], str] = {}
    for mention, row in zip(mentions, scored, strict=True):
        last = slots[-1] if slots and slots[-1].group == mention.group else None
        good = [
            (s, p) for s, p in row
            if max(s, strong.get((mention.group, p.name), 0.0))
            >= _near_best(mention, p) * best.get(p.name, 0.0)
            or (mention.value.unit and mention.value.unit == units.get(p.name))
        ]  # fmt: skip
        if not good:
            continue
        used = None if mention.value.number is not None else habit.get(_form(mention))
        good = [(s + 0.6 * (p.name == used and used not in scorer.twins), p) for s, p in good]
        param = _choose(good, filled, last, scorer.twins)
        known = habit.setdefault(_form(mention), param.name)
        habit[_form(mention)] = param.name if known == param.name else ""
        if param.name in filled and not (last and last.param.name == param.name):
            filled = set()
        filled.add(param.name)
        slots.append(
            Slot(
                param, render(mention.value, param), mention.start, mention.value.end, mention.group
            )
        )
    return slots


def _near_best(mention: Mention, param: Param) -> float:
    """The share of a parameter's best score that another value must reach to count too."""
    return 0.35 if mention.value.quoted else 0.5 if param.numeric else 0.7


def _least(param: Param) -> float:
    if param.required:
        return 0.6 if param.numeric else 0.9
    return 1.5


def _units(
    mentions: Sequence[Mention],
    scored: Sequence[list[tuple[float, Param]]],
    best: dict[str, float],
) -> dict[str, str]:
    """The unit of the value that suits a parameter best: others in this unit are meant too."""
    found: dict[str, str] = {}
    for mention, row in zip(mentions, scored, strict=True):
        for s, p in row:
            if s == best.get(p.name):
                found.setdefault(p.name, mention.value.unit)
    return found


def _form(mention: Mention) -> tuple[Any, ...]:
    """How a value is written: what was written alike before went to the same parameter."""
    value = mention.value
    led = mention.preposition if mention.preposition in _LEADS and not value.quoted else ""
    return value.kind, value.quoted, value.unit, value.percent, led, mention.role


_LEADS = frozenset("in at for by from to with on of as named called titled".split())


def _needed(
    scored: list[list[tuple[float, Param]]], params: Sequence[Param]
) -> list[list[tuple[float, Param]]]:
    """Favour a required parameter that no value prefers over the optional ones that took all."""
    preferred = {max(row, key=lambda sp: sp[0])[1].name for row in scored if row}
    poor = {p.name for p in params if p.required and p.name not in preferred and not p.numeric}
    if not poor:
        return scored
    return [
        [(s + 1.2 if p.name in poor and not _best(row).required else s, p) for s, p in row]
        for row in scored
    ]


def _best(row: list[tuple[float, Param]]) -> Param:
    return max(row, key=lambda sp: sp[0])[1]


def _bests(
    mentions: Sequence[Mention], scored: Sequence[list[tuple[float, Param]]]
) -> tuple[dict[str, float], dict[tuple[int, str], float]]:
    """The best score for each parameter by what prefers it, and for each list in it."""
    best: dict[str, float] = {}
    strong: dict[tuple[int, str], float] = {}
    for mention, row in zip(mentions, scored, strict=True):
        if row:
            s, p = max(row, key=lambda sp: sp[0])
            best[p.name] = max(best.get(p.name, 0.0), s)
        for s, p in row:
            strong[mention.group, p.name] = max(strong.get((mention.group, p.name), 0.0), s)
    return best, strong


def _choose(
    good: list[tuple[float, Param]], filled: set[str], last: Slot | None, twins: dict[str, str]
) -> Param:
    """The best parameter; items of a list stay together; among equals one still lacking."""
    good = [(s - 0.8 * (p.name in filled and p.type != "array"), p) for s, p in good]
    top = max(s for s, _ in good)
    tied = [p for s, p in good if s >= top - 0.3]
    same = last is not None and any(s >= top - 1.5 and p.name == last.param.name for s, p in good)
    if last is not None and same and (last.param.type == "array" or last.param.name not in twins):
        return last.param
    fresh = [p for p in tied if p.name not in filled]
    return fresh[0] if fresh else max(good, key=lambda sp: sp[0])[1]


# --- Slots to records ---------------------------------------------------------------------------


_AGAIN = re.compile(r"\b(?:again|once more|repeat|instead)\b", re.IGNORECASE)


def records(page: Page, slots: Sequence[Slot]) -> list[Record]:
    """Read the slots in order; a parameter that comes again begins a new record."""
    columns = _columns(page, slots)
    if columns:
        return columns
    found: list[Record] = []
    previous: Slot | None = None
    for slot in slots:
        name = slot.param.name
        sentence = page.sentence(slot.start)[0]
        known = bool(found) and name in found[-1].values
        near = previous is not None and previous.param.name == name
        gathered = slot.param.type == "array" and not slot.whole
        alike = near and previous is not None and previous.group == slot.group
        listed = known and (gathered or (alike and slot.param.type != "array"))
        again = previous is not None and _AGAIN.search(page.text, previous.end, slot.start)
        if not found or again or (known and not listed):
            found.append(Record(slot.start, sentence, again=bool(again)))
        _put(found[-1], slot, listed)
        previous = slot
    found = _without_recaps(found, {s.param.name for s in slots if s.param.required})
    for record in found:
        begin, stop = page.sentence(record.start)
        record.zipped = "respectively" in page.text[begin:stop].lower()
    return found


def _columns(page: Page, slots: Sequence[Slot]) -> list[Record]:
    """Records of a text that goes parameter by parameter: "at 150, 200 … sold at 180, 210"."""
    if not slots or not respectively(page.text[slots[0].start : slots[-1].end + 60]):
        return []
    rows: dict[str, list[Slot]] = {}
    for slot in slots:
        rows.setdefault(slot.param.name, []).append(slot)
    size = max(len(row) for row in rows.values())
    runs = 1 + sum(a.param.name != b.param.name for a, b in zip(slots, slots[1:], strict=False))
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
    return bool(re.search(r"\brespectively\b", text, re.IGNORECASE))
