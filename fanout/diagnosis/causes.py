"""The causes of `causes.toml`, and which conformance case belongs to which of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from fanout.dialects.conformance import Case, cases

APIS = ("chat", "responses", "claude")
"""The three APIs, in the order in which they are shown."""

OPENAI = ("chat", "responses")


class CauseError(Exception):
    """A conformance case belongs to no cause, or to several; the text says which."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What stands behind the error texts of one meaning. The data file explains the fields."""

    rule: str
    title: str
    cause: str
    mend: str
    tools: bool = True
    note: Mapping[str, str] = field(default_factory=dict)
    mends: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, list[str]] = field(default_factory=dict)
    points: Mapping[str, str] = field(default_factory=dict)
    lessons: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, list[str]] = field(default_factory=dict)
    status: tuple[int, ...] = ()
    errors: tuple[str, ...] = ()

    def why(self, api: str | None) -> str:
        """The cause, with what is different in this API."""
        note = self.note.get(api or "", "")
        return f"{self.cause} {note}".rstrip()

    def remedy(self, api: str | None) -> str:
        """How to mend it in this API."""
        return self.mends.get(api or "", self.mend)

    def lesson(self, api: str | None) -> str:
        """The number of the lesson that teaches it, empty if there is none that can be opened."""
        numbers = (self.lessons.get(name, "") for name in (api or "", "chat", *self.lessons))
        return next((number for number in numbers if number in lessons()), "")


@cache
def causes() -> tuple[Cause, ...]:
    """All causes, in the order of the index."""
    return tuple(_cause(entry) for entry in _data()["cause"])


@cache
def lessons() -> Mapping[str, str]:
    """The lessons that a learner can open: number to title. In a grader's box there are none."""
    try:
        from fanout.lessons.syllabus import syllabus
    except ModuleNotFoundError:
        return {}
    return {lesson["number"]: lesson["title"] for lesson in syllabus()["lesson"]}


def wanted(case: Case) -> bool:
    """Whether a case has an error text to explain: a refusal, or one of former times."""
    return case.status != 200 or bool(case.older)


def cause_of(case: Case) -> Cause:
    """The one cause that a case belongs to.

    :raises CauseError: there is none, or there are several.
    """
    found = [c for c in causes() if any(_names(entry, case) for entry in c.rows.get(case.api, ()))]
    exact = [c for c in found if str(case) in c.rows[case.api]]
    if len(exact or found) != 1:
        names = ", ".join(c.rule for c in found) or "no cause"
        raise CauseError(
            f"The case `{case}` of {case.api} belongs to {names}; in causes.toml it must be one."
        )
    return (exact or found)[0]


@cache
def table() -> Mapping[tuple[str, str], Cause]:
    """The cause of every case that has a text, by API and by the case's own name.

    A case without a cause is left out: for a learner an index that lacks one text is better than none.
    The tests hold that there is no such case.
    """
    found = {}
    for case in (case for api in APIS for case in cases(api) if wanted(case)):
        with suppress(CauseError):
            found[case.api, str(case)] = cause_of(case)
    return found


def _names(entry: str, case: Case) -> bool:
    """Whether an entry of `rows` means this case: its whole row, or its row and title's beginning."""
    return str(case).startswith(entry) if ": " in entry else entry == case.row


def _cause(entry: Mapping[str, Any]) -> Cause:
    lists: dict[str, Any] = {
        name: tuple(entry[name]) for name in ("status", "errors") if name in entry
    }
    return Cause(**{**entry, **lists})


@cache
def _data() -> dict[str, Any]:
    text = resources.files("fanout.diagnosis").joinpath("causes.toml").read_text("utf-8")
    return tomllib.loads(text)
