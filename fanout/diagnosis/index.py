"""`fanout.error_index`: the error texts about tool calls, each with its cause and its lesson."""

from __future__ import annotations

from fanout.diagnosis.causes import APIS, causes, lessons
from fanout.diagnosis.diagnose import NAMES
from fanout.diagnosis.index_views import Entry, as_html, as_text
from fanout.diagnosis.wordings import Wording, wordings

MARKS = {
    "V": "seen",
    "M": "measured",
    "D": "documented",
    "V-part": "seen in part",
    "I": "inferred",
}
"""How sure we are of a text, in words."""


class ErrorIndex:
    """The index, to be shown: a table in a notebook, text with `print`, `entries` for a program."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries

    def groups(self) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
        """The entries of each API, under its name."""
        found = ((api, tuple(e for e in self.entries if e.api == api)) for api in APIS)
        return tuple((NAMES[api], entries) for api, entries in found if entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __str__(self) -> str:
        return as_text(self.groups())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return as_html(self.groups(), lessons())


def error_index(api: str | None = None) -> ErrorIndex:
    """Show every error text of the three APIs that concerns tool calls: text, cause, lesson.

    :param api: `chat`, `responses` or `claude` for one of them alone.
    :raises ValueError: there is no such API.
    """
    if api is not None and api not in NAMES:
        raise ValueError(f"There is no API {api!r}; there are {', '.join(APIS)}.")
    order = {cause.rule: place for place, cause in enumerate(causes())}
    chosen = [w for w in wordings() if w.cause.tools and not w.older and api in (None, w.api)]
    chosen.sort(key=lambda w: (APIS.index(w.api), order[w.cause.rule]))
    return ErrorIndex(tuple(_entry(wording) for wording in chosen))


def _entry(wording: Wording) -> Entry:
    return Entry(
        api=wording.api,
        text=wording.text,
        status=wording.status,
        param=" or ".join(wording.params),
        mark=MARKS[wording.mark],
        rule=wording.cause.rule,
        title=wording.cause.title,
        lesson=wording.cause.lesson(wording.api),
    )
