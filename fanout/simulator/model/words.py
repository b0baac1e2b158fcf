"""Values in plain words: "a recipe for lentil soup", "remind me to water the plants".

Strategy: only for a required text that nothing better fills. What is left of the text, once the
tool's own words, the small words and the values found before are taken out, are short runs of words;
they are scored like any other value. A parameter for free text takes what follows "saying", or what
stands between the request's verb and the next value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from fanout.simulator.model.schema import Param, Reading
from fanout.simulator.model.slots import Slot
from fanout.simulator.model.text import STARTS, STOP, Token
from fanout.simulator.model.value import Value
from fanout.simulator.model.values import Mention, Page, mentions_of

_SAYING = re.compile(
    r"\b(?:saying|says|that says|telling (?:him|her|them)|with the (?:message|text|body|note)|reading"
    r"|reminder to|remind me to|remind me that|to say)\b:?\s*(?:that\s+)?",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\s*(?:the\s+)?(?:\w+\s+)?(?:for|about)\s+", re.IGNORECASE)
_ALSO = re.compile(r",?\s+and\s+(?:for|about|to)\s+|,\s+(?:for|about)\s+", re.IGNORECASE)
_TRAILING = re.compile(r"\s+(?:to|into|in|from|for|at|on|by)$")


def word_mentions(
    page: Page, tool: Reading, slots: Sequence[Slot], start: int, end: int
) -> list[Mention]:
    """Runs of words that may be values, with their surroundings."""
    own = {w for w, weight in tool.words.items() if weight >= 0.6}
    closed = [(s.start, s.end) for s in slots]
    closed += [(m.start, m.value.end) for m in page.mentions]
    runs: list[list[Token]] = []
    for token in page.words(start, end):
        low = token.text.lower()
        plain = low not in STOP and token.stem not in own and low.isalpha()
        plain = plain and low not in _VAGUE and not (low in STARTS and _commands(page, token))
        if not plain or any(a <= token.start < b for a, b in closed):
            continue
        joined = runs and page.text[runs[-1][-1].end : token.start] in (" ", "-")
        if joined and len(runs[-1]) < 3:
            runs[-1].append(token)
        else:
            runs.append([token])
    values = [_value(page, run) for run in runs]
    about = {w for w, weight in tool.words.items() if weight >= 1.0}
    times = Counter(s.param.name for s in slots)
    return _likeliest(page, about, mentions_of(page, values), max(times.values(), default=1))


def _likeliest(
    page: Page, about: set[str], mentions: Sequence[Mention], most: int
) -> list[Mention]:
    """The lists that most look like values, no more of them than there are records."""
    points: dict[int, float] = {}
    for m in mentions:
        points[m.group] = max(points.get(m.group, -9.0), _looks(page, about, m))
    best = max(max(points.values(), default=0.0) - 0.5, 0.6)
    ranked = sorted((g for g in points if points[g] >= best), key=lambda g: -points[g])
    return [m for m in mentions if m.group in ranked[:most]]


def _looks(page: Page, about: set[str], mention: Mention) -> float:
    """Beside one of the tool's words, or after "of", "for", "a"; verbs and adverbs are unlikely."""
    words = page.words(max(0, mention.start - 30), mention.start)
    words = tuple(w for w in words if w.text.lower() not in ("the", "my", "our"))
    before = words[-1] if words else None
    follows = page.words(mention.value.end, mention.value.end + 30)[:1]
    points = 0.6 if before and before.stem in about else 0.0
    points += 1.0 if follows and follows[0].stem in about else 0.0
    points += 1.0 if before and before.text.lower() in _LEADS else 0.0
    points += 1.0 if _COLON.search(page.text, 0, mention.start) or _weighed(page, mention) else 0.0
    return points - (1.0 if mention.value.text.endswith(("ing", "ed", "ly")) else 0.0)


_COLON = re.compile(r":\s*$")


def _weighed(page: Page, mention: Mention) -> bool:
    """Whether an amount stands right before it: "80g broccoli"."""
    earlier = [m for m in page.mentions if m.value.end <= mention.start]
    return (
        bool(earlier)
        and earlier[-1].value.number is not None
        and (page.text[earlier[-1].value.end : mention.start].strip() == "")
    )


_LEADS = frozenset(
    "of for about a an in on with using named called is as some use uses like from to".split()
)


_VAGUE = frozenset(
    "general detail details advance total case fact summary short brief addition area region place "
    "form town country morning afternoon evening night week month year moment time there outside".split()
)
"""What stands after "in" and names nothing: "in general", "in the morning"."""


_BEFORE_VERB = frozenset("and to please then you can could also".split())


def _commands(page: Page, token: Token) -> bool:
    """Whether a verb such as "change" asks for something here; in "climate change" it does not."""
    before = page.words(max(0, token.start - 20), token.start)[-1:]
    begins = any(c.start <= token.start <= c.start + 2 for c in page.chunks)
    return begins or not before or before[0].text.lower() in _BEFORE_VERB


def _value(page: Page, run: Sequence[Token]) -> Value:
    begin, stop = run[0].start, run[-1].end
    return Value(begin, stop, page.text[begin:stop].removesuffix("'s"), "word")


def free_text(
    page: Page, tool: Reading, param: Param, slots: Sequence[Slot], start: int, end: int
) -> list[Slot]:
    """The words that follow "saying", or those between the verb and the next value."""
    if param.kind not in ("text", "") or param.type != "string":
        return []
    said = [_said(page, match.end()) for match in _SAYING.finditer(page.text, start, end)]
    if not said and param.kind == "text":
        said = [_after_verb(page, tool, start, end)]
    spans = [span for begin, stop in said for span in _pieces(page.text, begin, stop)]
    found = [_piece(page, param, slots, a, b) for a, b in spans]
    return [slot for slot in found if slot.value]


_ANOTHER = re.compile(r",?\s+and\s+(?:one|another|a\s+second|the\s+other)\b", re.IGNORECASE)


def _said(page: Page, begin: int) -> tuple[int, int]:
    """What is to be said: up to the end of the sentence, or to where the next message is spoken of."""
    stop = page.sentence(begin)[1]
    another = _ANOTHER.search(page.text, begin, stop)
    return begin, another.start() if another else stop


def _after_verb(page: Page, tool: Reading, start: int, end: int) -> tuple[int, int]:
    """What stands behind the first word of the text that is a word of the tool's name."""
    for token in page.words(start, end):
        if token.stem in tool.title:
            about = _ABOUT.match(page.text, token.end)
            return about.end() if about else token.end, min(page.sentence(token.end)[1], end)
    return start, start


def _pieces(text: str, begin: int, stop: int) -> list[tuple[int, int]]:
    """Several texts in one sentence: "to call mum and to pay the rent"."""
    cuts = list(_ALSO.finditer(text, begin, stop))
    starts = [begin, *(m.end() for m in cuts)]
    return list(zip(starts, [*(m.start() for m in cuts), stop], strict=True))


def _piece(page: Page, param: Param, slots: Sequence[Slot], begin: int, stop: int) -> Slot:
    """One text; it ends where the next value begins."""
    stop = min([s.start for s in slots if begin < s.start < stop] + [stop])
    text = _TRAILING.sub("", page.text[begin:stop].strip(" \n,.!?:;\"'"))
    return Slot(param, text, begin, stop, -2 - begin)
