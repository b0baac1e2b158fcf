"""Which text of the index a text from outside is, or which is near to it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from fanout.diagnosis.causes import APIS, OPENAI, Cause, causes
from fanout.diagnosis.reading import Said
from fanout.diagnosis.wordings import Wording, bare, wordings

LEAST = 18
"""Fixed letters that a text needs so that it may be looked for inside a longer one."""
NEAR = 0.75
"""Likeness, 0 to 1, from which a text of the index is named as the nearest."""
PIECE = 30
"""Letters that a piece cut out of a text needs to say which text it was."""
LONGEST = 1500
"""Letters of a text that is still compared: the longest of the index has about a thousand."""


@dataclass(frozen=True, kw_only=True)
class Match:
    """A cause that was recognised, and by what."""

    cause: Cause
    apis: tuple[str, ...]
    """The APIs that have this text; empty if it says nothing about that."""
    text: str
    """What was recognised, as it came."""
    wording: Wording | None = None
    """The text of the index, if it is one of them."""
    groups: tuple[tuple[str, str], ...] = field(default=())
    """What stood in the places of the placeholders: kind and text."""


def find(said: Said) -> Match | None:
    """The cause behind what was said, or None: by its text, then by exception or status alone."""
    for apis in _scopes(said):
        found = _by_wording(said, apis) or _by_form(said, apis)
        if found:
            return found
    return _by_kind(said)


def nearest(said: Said) -> Wording | None:
    """The text of the index that is most like what was said, if any is really near."""
    best, found = NEAR, None
    for text in dict.fromkeys(bare(text) for text in said.texts if len(text) <= LONGEST):
        for one in wordings():
            if (score := _likeness(text, bare(one.text))) > best:
                best, found = score, one
    return found


def _likeness(text: str, other: str) -> float:
    """How much of two texts is the same, 0 to 1; a long piece that was cut out counts as a whole."""
    compare = difflib.SequenceMatcher(None, text, other, autojunk=False)
    if len(text) < PIECE or compare.quick_ratio() >= NEAR:
        return compare.ratio()
    return compare.find_longest_match().size / len(text)


def _scopes(said: Said) -> Iterator[tuple[str, ...]]:
    """The APIs to look in: the one that was asked first, then what the provider has, then all."""
    if said.api:
        yield (said.api,)
    if said.provider == "openai":
        yield OPENAI
    elif said.provider == "anthropic":
        yield ("claude",)
    yield APIS


def _by_wording(said: Said, apis: tuple[str, ...]) -> Match | None:
    """The text of the index that stands in what was said: as a whole, inside, without its quotes."""
    for fits_in in (_whole, _inside, _unquoted):
        for text in said.texts:
            fits = [(w, m) for w in wordings() if w.api in apis and (m := fits_in(w, text))]
            if fits:
                return _best(fits)
    return None


def _whole(wording: Wording, text: str) -> re.Match[str] | None:
    return wording.pattern.fullmatch(text) if wording.anchor in text else None


def _inside(wording: Wording, text: str) -> re.Match[str] | None:
    able = wording.weight >= LEAST and wording.anchor in text
    return wording.pattern.search(text) if able else None


def _unquoted(wording: Wording, text: str) -> re.Match[str] | None:
    plain = bare(text)
    able = wording.weight >= LEAST and bare(wording.anchor) in plain
    return wording.loose.search(plain) if able else None


def _best(fits: list[tuple[Wording, re.Match[str]]]) -> Match:
    """The fit with the most fixed letters, and every API that has the same text."""
    one, match = max(fits, key=lambda fit: (fit[0].weight, not fit[0].older))
    apis = tuple(dict.fromkeys(w.api for w, _ in fits if w.text == one.text))
    groups = tuple(zip(one.kinds(), match.groups(), strict=True))
    return Match(cause=one.cause, apis=apis, text=match.group(), wording=one, groups=groups)


def _by_form(said: Said, apis: tuple[str, ...]) -> Match | None:
    for text in said.texts:
        for cause, only, form in _forms():
            shared = tuple(api for api in only if api in apis)
            if (shared or not only) and (match := form.search(text)):
                return Match(cause=cause, apis=shared, text=match.string)
    return None


@cache
def _forms() -> tuple[tuple[Cause, tuple[str, ...], re.Pattern[str]], ...]:
    """The regular expressions of `also`, each with its cause and the APIs that it is of."""
    names = {"openai": OPENAI, "any": ()}
    return tuple(
        (cause, names.get(api, (api,)), re.compile(form))
        for cause in causes()
        for api, forms in cause.also.items()
        for form in forms
    )


def _by_kind(said: Said) -> Match | None:
    """What the exception's name or the status alone says."""
    for name in said.errors:
        for cause in causes():
            if name in cause.errors:
                return Match(cause=cause, apis=(), text="")
    found = [cause for cause in causes() if said.status in cause.status]
    return Match(cause=found[0], apis=(), text="") if found else None
