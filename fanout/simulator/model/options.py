"""Values that the schema itself names: enums, examples in a description, yes and no.

Strategy: look for each of them in the text by stems, in order and as a whole ("six_months" is found in
"the last six months"). An enum's value is given in the schema's spelling. A boolean is true where the
text has the words of its name, and false where it denies them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fanout.simulator.model.knowledge import CURRENCIES, LANGUAGE_CODES, NUMBER_WORDS
from fanout.simulator.model.schema import Param
from fanout.simulator.model.slots import Slot
from fanout.simulator.model.text import STOP, Token, name_words, stem, text_words
from fanout.simulator.model.values import LISTED, Page

_LISTED = re.compile(LISTED.pattern + r"(?:\w+ )?", re.IGNORECASE)
_DENIED = frozenset(
    "without no not don't dont exclude excluding except ignore less never isn't".split()
)


def option_slots(page: Page, params: Sequence[Param], start: int, end: int) -> list[Slot]:
    """Slots for all enums, named examples and booleans in a part of the text."""
    words = page.words(start, end)
    slots: list[Slot] = []
    for p in params:
        target = p.item if p.type == "array" and p.item is not None else p
        if p.type == "boolean":
            slots += _flag(page, p, words)
        elif target.enum:
            slots += _named(page, p, target.enum, words, exact=True)
        elif target.type == "string" and (p.options or target.options):
            slots += _named(page, p, (*p.options, *target.options), words, exact=False)
    return _disjoint(slots)


def _named(
    page: Page, param: Param, values: Sequence[Any], words: Sequence[Token], exact: bool
) -> list[Slot]:
    """Every place where the text names one of the values; the longest name wins."""
    at: dict[str, list[int]] = {}
    for i, word in enumerate(words):
        at.setdefault(word.stem, []).append(i)
    found: list[Slot] = []
    spelled = [(value, str(value)) for value in values]
    if param.kind == "language":
        spelled += [(code, name) for name, code in LANGUAGE_CODES.items() if code in values]
    if param.kind == "currency":
        spelled += [(code, name) for name, code in CURRENCIES.items() if code in values]
    for value, words_of_it in sorted(spelled, key=lambda pair: -len(pair[1])):
        stems = _stems(words_of_it)
        for i in at.get(stems[0], ()) if stems else ():
            span = words[i : i + len(stems)]
            if [w.stem for w in span] != stems or not _meant(words_of_it, span, page):
                continue
            text = page.text[span[0].start : span[-1].end]
            found.append(Slot(param, value if exact else _spelling(text, str(value)),
                              span[0].start, span[-1].end, _group(page, span[0].start), exact))  # fmt: skip
    return _listed(page, _disjoint(found))


def _listed(page: Page, slots: Sequence[Slot]) -> list[Slot]:
    """Give neighbours that only a comma or "and" divides one number, as items of one list."""
    out: list[Slot] = []
    for slot in slots:
        if out and _LISTED.fullmatch(page.text, out[-1].end, slot.start):
            slot = slot._replace(group=out[-1].group)
        out.append(slot)
    return out


def _stems(value: str) -> list[str]:
    words = [w for w in value.replace("_", " ").replace("-", " ").split() if w]
    words = text_words(" ".join(words)) or name_words(value)
    return [stem(w) for w in words]


def _meant(value: str, span: Sequence[Token], page: Page) -> bool:
    """Whether the option is meant: "AA" is not "aa", and "a" is mostly an article."""
    text = page.text[span[0].start : span[-1].end]
    if len(value) <= 2:
        return text == value
    return text.lower() not in STOP and text.lower() not in NUMBER_WORDS


def _spelling(text: str, value: str) -> str:
    return value if text.lower() == value.lower() else text


def _group(page: Page, start: int) -> int:
    """The list that the text's own value at this place belongs to, else a number of its own."""
    for m in page.mentions:
        if m.start <= start < m.value.end:
            return m.group
    return -2 - start


def _flag(page: Page, param: Param, words: Sequence[Token]) -> list[Slot]:
    """True or false for a boolean whose name the text has."""
    switch = _switched(param, words)
    if switch:
        return switch
    names = [w for w in name_words(param.name.split("\0")[-1]) if w not in STOP]
    stems = [stem(w) for w in names if w not in ("is", "has", "include", "with", "get", "return")]
    if not stems:
        return []
    hits = [w for w in words if w.stem in stems]
    if len({w.stem for w in hits}) < max(1, (len(stems) + 1) // 2):
        return []
    found: list[Slot] = []
    for at in hits if len(stems) == 1 else hits[:1]:
        near = [w.text.lower() for w in words if at.start - 40 < w.start < at.start][-4:]
        said = not (_DENIED & set(near))
        if not found or found[-1].value is not said:
            found.append(Slot(param, said, at.start, at.start, -1))
    return found


_SWITCHES = frozenset("on enabled active power state".split())
_SWITCHING = frozenset("turn turned turning switch switched switching put set".split())
_SWITCHED = {"on": True, "off": False, "enable": True, "disable": False}
_SWITCHED |= {"activate": True, "deactivate": False}


def _switched(param: Param, words: Sequence[Token]) -> list[Slot]:
    """True or false for a switch: "turn on the light", "the heating, switch it off"."""
    if not _SWITCHES & set(name_words(param.name.split("\0")[-1])):
        return []
    found: list[Slot] = []
    for i, word in enumerate(words):
        low = word.text.lower()
        before = {w.text.lower() for w in words[max(0, i - 5) : i]}
        if low in _SWITCHED and (low not in ("on", "off") or before & _SWITCHING):
            found.append(Slot(param, _SWITCHED[low], word.start, word.start, -1))
    return found


def _disjoint(slots: Sequence[Slot]) -> list[Slot]:
    """Leave out a slot that lies inside one found before."""
    kept: list[Slot] = []
    for slot in slots:
        if slot.start == slot.end or all(slot.end <= k.start or k.end <= slot.start for k in kept):
            kept.append(slot)
    return sorted(kept, key=lambda s: s.start)
