"""What a text takes back: exceptions ("but not Rome") and corrections ("Paris, no, Rome").

Strategy: an exception takes its list out of the text, and every other mention of the same words. A
correction takes the place of the value of its sort that stands before it.
"""

from __future__ import annotations

import re

from fanout.simulator.model.values import Mention, kin

_WORD = re.compile(r"[a-z]+")
_SIGNS = frozenset(
    "not except excluding apart other instead rather leave skip skipping don no need "
    "nope sorry wait actually mean meant make scratch correction".split()
)
"""Without one of these words a text takes nothing back."""

_NOT = re.compile(
    r"\b(?:(?:but|and|just|only)\s+not|(?<=,\s)not|not|except(?:\s+for)?|excluding|apart\s+from|other\s+than"
    r"|instead\s+of|rather\s+than|leave\s+out|skip(?:ping)?|(?:do\s+not|don['’]t|no\s+need\s+to)"
    r"\s+(?!forget|know|miss|only|just|think)\w+)\s+(?:(?:in|for|from|to|at|the)\s+)*$",
    re.IGNORECASE,
)
_RATHER = re.compile(
    r"[\s,;.:!—–-]*\b(?:no|nope|sorry|wait|actually|i\s+mean(?:t)?|make\s+(?:that|it)|scratch\s+that"
    r"|correction|or\s+rather)\b(?:[\s,;.:!—–-]*(?:no|oh|sorry|wait|actually|rather|better|i\s+mean(?:t)?"
    r"|make\s+(?:that|it)|it's|in|for|to|from|at|the))*[\s,;.:!—–-]*",
    re.IGNORECASE,
)


def meant(text: str, mentions: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """The mentions without those that the text excludes ("but not Rome") or corrects ("no, Rome")."""
    if _SIGNS.isdisjoint(_WORD.findall(text.lower())):
        return mentions
    lists, names, corrected = set[int](), set[str](), set[int]()
    found = list(mentions)
    for i, mention in enumerate(mentions):
        if mention.value.quoted:
            continue
        if _NOT.search(text, max(0, mention.start - 40), mention.start):
            lists.add(mention.group)
            names.add(mention.value.text.casefold())
        elif i and _RATHER.fullmatch(text, mentions[i - 1].value.end, mention.start):
            wrong = next(
                (n for n in range(i - 1, -1, -1) if kin(mentions[n].value, mention.value)), i
            )
            if wrong != i:
                # What takes its place stands where it stood.
                found[i] = found[wrong]._replace(value=mention.value)
                corrected.add(wrong)
    return tuple(
        m
        for i, m in enumerate(found)
        if i not in corrected and m.group not in lists and m.value.text.casefold() not in names
    )
