"""The error texts of the conformance data, with what varies in them as placeholders.

Strategy: a text is cut into literal pieces and placeholders once. The literal pieces with the
placeholders' words are what the index shows; with the placeholders' patterns they are what a text
from a log is compared with. What varies is known from the case (its ids and its model stand in its
request) and from the few phrases after which the APIs quote what they were sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from fanout.diagnosis.causes import APIS, Cause, table
from fanout.dialects.conformance import Case, cases

_ID = r"[\w|:/+=-]+(?:\.[\w|:/+=-]+)*"
_QUOTED = r"'[^']*'(?:, '[^']*')*"
_BARE = r"[^'\"`]*"

SHOWN = {
    "index": "N",
    "number": "N",
    "ids": "<id>",
    "quoted_ids": "'<id>'",
    "model": "<model>",
    "name": "<name>",
    "value": "<value>",
    "where": "(<where>)",
    "key": "<key>",
    "list": "<list>",
}
"""How a placeholder reads in the index; a kind that is not here reads as in the data."""

_PATTERN = {
    "index": r"\d+",
    "number": r"-?\d+(?:\.\d+)?",
    "limit": r"\d+",
    "ids": rf"{_ID}(?:, {_ID})*",
    "quoted_ids": _QUOTED,
    "model": r"[\w./:@-]*",
    "name": _BARE,
    "value": _BARE,
    "where": r"\(.*?\)",
    "key": r"[\w*.-]+",
    "list": _QUOTED,
}

_LOOSE = {"quoted_ids": ".*", "list": ".*", "name": r"[^\s]*", "value": r"[^\s]*"}

# After these words an API quotes what it was sent.
_AFTER = {
    "name": ("for function '", "Tool '", "Missing '", "no function named '"),
    "value": (
        "Input tag '",
        "Invalid value: '",
        "Unsupported value: '",
        "Tool choice '",
        'Unexpected role "',
        "value(s) `",
    ),
}
_MODEL_AFTER = ("requested model '", "The model `", "with the '")
_LIMIT_AFTER = (
    *("maximum length ", "minimum length ", "at most ", "at least ", "maximum of ", "equal to "),
    *("a value >= ", "default ("),
)
_ID_FIELDS = {"id", "call_id", "tool_call_id", "tool_use_id", "previous_response_id"}
_MARKS = ("V", "M", "D", "V-part", "I")

Piece = tuple[str, str]
"""A kind of placeholder, or "" for a literal, and the text that stands in the case."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """One distinct error text of an API."""

    api: str
    pieces: tuple[Piece, ...]
    cause: Cause
    status: int
    params: tuple[str, ...]
    """The spellings of `param` that come with it, indices as N; empty where there is none."""
    mark: str
    """How sure we are: the best mark among its cases."""
    older: bool = False
    """Whether it is a text of former times or of another place."""

    @property
    def text(self) -> str:
        """The text with its placeholders."""
        return shown(self.pieces)

    @property
    def weight(self) -> int:
        """How many letters are fixed: of two texts that fit, the one with more is meant."""
        return sum(len(part) for kind, part in self.pieces if not kind)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What a text from outside is compared with; each placeholder is a group of its kind."""
        groups = (f"({_PATTERN[k]})" if k else re.escape(part) for k, part in self.pieces)
        return re.compile("".join(groups))

    @cached_property
    def loose(self) -> re.Pattern[str]:
        """The same without any quotes, as a shell or a log may leave a text."""
        groups = (
            f"({_LOOSE.get(k, _PATTERN[k])})" if k else re.escape(bare(part))
            for k, part in self.pieces
        )
        return re.compile("".join(groups))

    @cached_property
    def anchor(self) -> str:
        """The longest piece that is fixed: a text without it need not be compared."""
        return max((part for kind, part in self.pieces if not kind), key=len)

    def kinds(self) -> tuple[str, ...]:
        """The kinds of the placeholders, in the order of the pattern's groups."""
        return tuple(kind for kind, _ in self.pieces if kind)


@cache
def wordings() -> tuple[Wording, ...]:
    """Every distinct text of the data, by API and in the order of the causes in it."""
    found: dict[tuple[str, str, bool], list[tuple[Case, tuple[Piece, ...]]]] = {}
    for api in APIS:
        for case in (case for case in cases(api) if (api, str(case)) in table()):
            for text, older in _texts(case):
                pieces = cut(text, case)
                found.setdefault((api, shown(pieces), older), []).append((case, pieces))
    return tuple(_merged(api, older, group) for (api, _, older), group in found.items())


def _texts(case: Case) -> Iterator[tuple[str, bool]]:
    if case.status != 200:
        yield str(case.expected["message"]), False
    for text in case.older:
        yield text, True


def _merged(api: str, older: bool, group: list[tuple[Case, tuple[Piece, ...]]]) -> Wording:
    case, pieces = group[0]
    params = {placeless(str(c.expected["param"])) for c, _ in group if c.expected.get("param")}
    return Wording(
        api=api,
        pieces=pieces,
        cause=table()[api, str(case)],
        status=case.status if case.status != 200 else 400,
        params=tuple(sorted(params)),
        mark=min((c.mark for c, _ in group), key=_MARKS.index),
        older=older,
    )


def bare(text: str) -> str:
    """A text without quotes of any kind, and without what protects them."""
    return re.sub(r"[\\'\"`]", "", text)


def shown(pieces: tuple[Piece, ...]) -> str:
    """A text with its placeholders' words."""
    return "".join(SHOWN.get(kind, part) for kind, part in pieces)


def placeless(param: str) -> str:
    """A path with N for its indices."""
    return re.sub(r"(?<=\[)\d+(?=\])|(?<=\.)\d+(?=\.|$)", "N", param)


def cut(text: str, case: Case) -> tuple[Piece, ...]:
    """A case's text in pieces: what is fixed, and what another request would change."""
    pieces: list[Piece] = []
    end = 0
    for match in _varying(case).finditer(text):
        pieces.append(("", text[end : match.start()]))
        pieces.append((str(match.lastgroup), match.group()))
        end = match.end()
    pieces.append(("", text[end:]))
    return tuple(piece for piece in pieces if piece[0] or piece[1])


def _varying(case: Case) -> re.Pattern[str]:
    """What varies in a case's text, each kind as a group of its name."""
    known = _ids([case.request, *case.stored])
    ids = "|".join(re.escape(one) for one in sorted(known, key=len, reverse=True)) or "(?!)"
    model = case.request.get("model")
    models = re.escape(model) if isinstance(model, str) and model else r"(?!)"
    quoted = {kind: "|".join(f"(?<={re.escape(w)})" for w in ws) for kind, ws in _AFTER.items()}
    after = "|".join(f"(?<={re.escape(words)})" for words in _MODEL_AFTER)
    limits = "|".join(f"(?<={re.escape(words)})" for words in _LIMIT_AFTER)
    parts = (
        r"(?P<key>sk-[\w*]+)",
        rf"(?<=expected tags: )(?P<list>{_QUOTED})",
        rf"(?P<quoted_ids>(?<={{)'(?:{ids})'(?=}}))",
        rf"\b(?P<ids>(?:{ids})(?:, (?:{ids}))*)\b",
        rf"(?P<model>{models}|(?:{after})[^'`]*)",
        rf"(?:{quoted['name']})(?P<name>{_BARE})",
        rf"(?:{quoted['value']})(?P<value>{_BARE})",
        r"(?<=In context=)(?P<where>\(.*?\))(?=, )",
        r"(?P<index>(?<=\[)\d+(?=\])|(?<=[a-z]\.)\d+(?=[.:]))",
        rf"(?:{limits})(?P<limit>\d+)",
        r"(?P<number>(?<![\w.$/{,-])-?\d+(?:\.\d+)?(?![\w/-]))",
    )
    return re.compile("|".join(parts))


def _ids(value: Any) -> set[str]:
    """Every id in a request."""
    if isinstance(value, Mapping):
        own = {v for k, v in value.items() if k in _ID_FIELDS and isinstance(v, str) and v}
        return own.union(*(_ids(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(_ids(item) for item in value))
    return set()
