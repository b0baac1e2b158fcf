"""`fanout.explain`: an error of the OpenAI or Anthropic API, in words.

Strategy: `reading` takes the error apart, `matching` finds its text in the index, which is made of the
conformance data. So an error of the simulator is always known, and one of the real API as far as the
data have its text; what is not known is called unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fanout.diagnosis.causes import lessons
from fanout.diagnosis.diagnose import NAMES
from fanout.diagnosis.explaining_views import as_html, as_text
from fanout.diagnosis.matching import Match, find, nearest
from fanout.diagnosis.places import path_in, place
from fanout.diagnosis.reading import Said, read


@dataclass(frozen=True, kw_only=True, repr=False)
class Explanation:
    """What an error means. It displays itself in a notebook; `print` gives its text."""

    known: bool
    """Whether the error is in the index; if not, only `said`, `status` and `nearest` say something."""
    said: str
    """The message of the API, or what was handed over if none was found in it."""
    rule: str = ""
    """The short name of the cause, as `unanswered`."""
    title: str = ""
    apis: tuple[str, ...] = ()
    """The APIs that say this: of `chat`, `responses`, `claude`; empty if it cannot be told."""
    status: int | None = None
    param: str = ""
    """The path that the API names: `param` of OpenAI, the path in Claude's text."""
    usual: tuple[str, ...] = ()
    """Where the text came without a `param`: the spellings that the API gives with it."""
    points_at: str = ""
    """What stands at that path."""
    ids: tuple[str, ...] = ()
    """The ids that the text names, in its order."""
    names: tuple[str, ...] = ()
    """Other things that the text names: tools, models, values."""
    cause: str = ""
    mend: str = ""
    lesson: str = ""
    """The number of the lesson that teaches it, or an empty text."""
    older: bool = False
    """Whether this is a text of former times or of another place than the API itself."""
    by_kind: bool = False
    """Whether only the status or the exception's name was recognised, not the text."""
    nearest: str = ""
    """For an error that is not known: the text of the index that is really near, if there is one."""

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """The explanation as labels and texts, in the order of reading."""
        return tuple(_lines(self) if self.known else _unknown_lines(self))

    def __str__(self) -> str:
        return as_text(self.headline, self.lines)

    __repr__ = __str__

    @property
    def headline(self) -> str:
        """The finding in one line."""
        if not self.known:
            return "This error is not in the index."
        return f"{self.title[:1].upper()}{self.title[1:]}."

    def _repr_html_(self) -> str:
        return as_html(self.headline, self.lines)


def explain(error: object) -> Explanation:
    """Say what an error of the OpenAI or Anthropic API means, how to mend it, where it is taught.

    :param error: an exception of either SDK (also one that wraps it), an error body, or a text: the
        message, a line of a log, a traceback. It needs no key and no server.
    :raises TypeError: it is none of these.
    """
    said = read(error)
    match = find(said)
    if match is None:
        near = nearest(said)
        text = said.texts[0] if said.texts else ""
        return Explanation(
            known=False, said=text, status=said.status, nearest=near.text if near else ""
        )
    return _explanation(said, match)


def _explanation(said: Said, match: Match) -> Explanation:
    api = match.apis[0] if match.apis else said.api
    param = said.param or path_in(match.text)
    return Explanation(
        known=True,
        said=match.text or (said.texts[0] if said.texts else ""),
        rule=match.cause.rule,
        title=match.cause.title,
        apis=match.apis or ((said.api,) if said.api else ()),
        status=said.status or (match.wording.status if match.wording else None),
        param=param,
        usual=match.wording.params if match.wording and not param else (),
        points_at=_points_at(match, api, param),
        ids=tuple(_named(match, ("ids", "quoted_ids"))),
        names=tuple(_named(match, ("name", "model", "value"))),
        cause=match.cause.why(api),
        mend=match.cause.remedy(api),
        lesson=match.cause.lesson(api),
        older=bool(match.wording and match.wording.older),
        by_kind=not match.text,
    )


def _named(match: Match, kinds: tuple[str, ...]) -> Iterator[str]:
    for kind, text in match.groups:
        if kind in kinds:
            yield from (one.strip("'") for one in re.split(r", ", text) if one.strip("'"))


def _points_at(match: Match, api: str | None, param: str) -> str:
    words = match.cause.points.get(api or "", "")
    return "; ".join(part for part in (place(param), words) if part)


def _lines(it: Explanation) -> Iterator[tuple[str, str]]:
    yield "text", it.said or "(none)"
    yield "rule", f"{it.rule}{_where(it)}"
    if it.by_kind:
        yield "note", "Recognised by its kind alone: the text is not in the index."
    if it.older:
        yield (
            "note",
            "This is an older text, or one of another place; the API says it in other words now.",
        )
    if it.ids:
        yield "ids", ", ".join(it.ids)
    if it.names:
        yield "names", ", ".join(it.names)
    if path := it.param or f"{' or '.join(it.usual)} (not in this text)" * bool(it.usual):
        yield "param", f"{path}: {it.points_at}" if it.points_at else path
    yield "cause", it.cause
    yield "mend", it.mend
    if it.lesson:
        yield "lesson", f"{it.lesson}, {lessons()[it.lesson]}"


def _where(it: Explanation) -> str:
    parts = [" or ".join(NAMES[api] for api in it.apis), f"status {it.status}" if it.status else ""]
    known = ", ".join(part for part in parts if part)
    return f" ({known})" if known else ""


def _unknown_lines(it: Explanation) -> Iterator[tuple[str, str]]:
    yield "text", it.said or "(none)"
    if it.status:
        yield "status", str(it.status)
    if it.nearest:
        yield "nearest", it.nearest
    yield (
        "next",
        (
            "Read `param` and the ids in the text, and look at what was sent: fanout.transcript(run), or "
            "fanout.diagnose(messages)."
        ),
    )
