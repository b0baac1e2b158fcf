"""One thing that is wrong with a conversation, in words for the person who wrote the program."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from fanout.conversation import Turn, Violation
from fanout.dialects.errors import ApiError
from fanout.terminal import columns

WIDTH = 96

PLACE = {"chat": "messages", "claude": "messages", "responses": "input"}
"""What each API calls the list of a conversation."""

RESULT = {
    "chat": "tool message",
    "claude": "tool_result block",
    "responses": "function_call_output",
}
CALLER = {
    "chat": "assistant message with tool_calls",
    "claude": "assistant message with tool_use blocks",
    "responses": "function_call item",
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is wrong, where, and how to mend it."""

    rule: str
    """`unanswered`, `unknown`, `duplicate`, `stray`, or `shape` for a message that is none."""
    where: str
    """As `messages[4]`; the end of the list has no index of its own."""
    what: str
    mend: str
    ids: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([*_wrapped(f"{self.where}: {self.what}"), *_wrapped(f"  {self.mend}")])


def _wrapped(text: str) -> list[str]:
    """Lines that fit a notebook and a terminal; the ids and names in them stay whole."""
    return textwrap.wrap(
        text,
        columns(WIDTH),
        subsequent_indent="  ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def pairing_finding(violation: Violation, api: str, turns: Sequence[Turn]) -> Finding:
    """A break of the pairing rules, told for a person."""
    words = {
        "unanswered": _unanswered,
        "unknown": _unknown,
        "duplicate": _duplicate,
        "stray": _stray,
    }
    what, mend = words[violation.rule](violation, api, turns)
    where = "the end" if violation.at is None else _at(api, violation.at)
    return Finding(rule=violation.rule, where=where, what=what, mend=mend, ids=violation.ids)


def shape_finding(error: ApiError, api: str) -> Finding:
    """A refusal that concerns one message alone, in the API's own words."""
    return Finding(
        rule="shape",
        where=error.param or PLACE[api],
        what=error.message,
        mend=f"The API refuses the request as it stands; these are its own words.{_remedy(error, api)}",
    )


def _remedy(error: ApiError, api: str) -> str:
    """What the index knows to do about a text of the API, behind a space; or nothing."""
    from fanout.diagnosis.matching import find
    from fanout.diagnosis.reading import Said

    match = find(Said(texts=(error.message,), status=error.status, param=error.param, api=api))
    return f" {match.cause.remedy(api)}" if match and match.text else ""


def told_already(broken: Sequence[Violation]) -> list[Violation]:
    """Results that stand too late: the finding about their call says so, and where they belong."""
    missed = [v for v in broken if v.rule == "unanswered" and v.at is not None]
    return [
        stray
        for stray in broken
        if stray.rule == "stray"
        and any(set(stray.ids) <= set(v.ids) and (stray.at or 0) >= (v.at or 0) for v in missed)
    ]


def _at(api: str, index: int) -> str:
    return f"{PLACE[api]}[{index}]"


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(ids)


def _unanswered(violation: Violation, api: str, turns: Sequence[Turn]) -> tuple[str, str]:
    asking = next(t for t in turns if {c.id for c in t.calls} & set(violation.ids))
    names = {call.id: call.name for call in asking.calls}
    asked = _listed([f"{i} ({names.get(i, '?')})" for i in violation.ids])
    where = "before the list ends" if violation.at is None else f"before {_at(api, violation.at)}"
    what = f"no result for {asked}, asked for in {_at(api, asking.at)}"
    late = [
        (t.at, r.call_id)
        for t in turns
        for r in t.results
        if r.call_id in violation.ids and violation.at is not None and t.at >= violation.at
    ]
    if late and violation.at is not None:
        rest = [i for i in violation.ids if i not in {i for _, i in late}]
        more = f" For {_listed(rest)} there is none: add one." if rest else ""
        if all(at == violation.at for at, _ in late):
            here = f"The results are in {_at(api, violation.at)}, but behind something else"
            return what, f"{here}: put them first in it, in front of any text.{more}"
        found = _listed([f"{i} in {_at(api, at)}" for at, i in late])
        move = f"Found too late: {found}. Move what is there {where}, directly behind the calls"
        return what, f"{move}.{more}"
    return what, (
        f"Add one {RESULT[api]} for each of these ids {where}; if the tool failed, say so in it. Or "
        "take the calls out of the history together with their results."
    )


def _unknown(violation: Violation, api: str, turns: Sequence[Turn]) -> tuple[str, str]:
    before = [turn for turn in turns if turn.calls and turn.at <= (violation.at or 0)]
    asked = _listed([call.id for call in before[-1].calls]) if before else "none"
    return (
        f"a result for {violation.ids[0]}, which the turn before it did not ask for",
        f"That turn asked for: {asked}. Copy the id from the call that the result belongs to.",
    )


def _duplicate(violation: Violation, api: str, turns: Sequence[Turn]) -> tuple[str, str]:
    first = violation.first if violation.first is not None else 0
    return (
        f"a second result for {violation.ids[0]}; the first is in {_at(api, first)}",
        "Keep one of the two. If a retry added it, let the retry replace the earlier result.",
    )


def _stray(violation: Violation, api: str, turns: Sequence[Turn]) -> tuple[str, str]:
    asked_at = [t.at for t in turns for call in t.calls if call.id == violation.ids[0]]
    if asked_at and asked_at[-1] > (violation.at or 0):
        mend = (
            f"It answers a call that comes later, in {_at(api, asked_at[-1])}: move it behind that."
        )
    elif asked_at:
        mend = (
            f"It answers a call in {_at(api, asked_at[-1])}, but something stands between: move it up, "
            "directly behind the calls."
        )
    else:
        mend = (
            f"The {CALLER[api]} that asked for it is gone, perhaps trimmed away: bring it back, or drop "
            "this result with it. Cut a history between turns, never inside one."
        )
    return f"a result for {violation.ids[0]} that follows no {CALLER[api]}", mend
