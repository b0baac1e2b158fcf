"""The pairing rule of the Messages API, in its words.

Strategy: what breaks the rule is `conversation.violations`; this file only words it, with this API's
indexes. The API's own statement, as measured in 2026-07: of the user messages after an assistant
turn with calls, take the longest run of `tool_result` blocks at the beginning. The run crosses
message boundaries; any other block, or a message that is a plain text, ends it. Every call must be
answered inside the run, and every result must answer a call of that turn.

Each report shows one error. Our choice where several hold: the first assistant turn that has any;
there a result without a call, then a second result, then a call without a result. Indexes are those
of the request as it was sent, before messages of one role are merged; also our choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from fanout.conversation import Turn, Violation, violations
from fanout.dialects.claude.messages import content_of
from fanout.dialects.claude.schema import fault
from fanout.dialects.errors import ApiError


def first_fault(messages: Sequence[Mapping[str, Any]], turns: Sequence[Turn]) -> ApiError | None:
    """The error for the first fault between calls and results, or None."""
    for section in _sections(turns):
        worded = [word for v in violations(section) for word in _word(v, section, messages)]
        if worded:
            return min(worded, key=lambda word: word[0])[1]  # min keeps the first of equals
    return None


def _sections(turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    """The turns cut before each assistant's: a section holds one assistant turn and what follows."""
    section: list[Turn] = []
    for is_assistant, run in groupby(turns, lambda turn: turn.role == "assistant"):
        if is_assistant and section:
            yield section
            section = []
        section += run
    if section:
        yield section


def _word(
    violation: Violation, section: Sequence[Turn], messages: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[int, ApiError]]:
    """A violation in the API's words, with its rank; nothing where another one says the same."""
    if violation.rule == "unanswered":
        yield 2, _unanswered(violation.ids, section, messages)
        return
    call_id = violation.ids[0]
    if call_id not in {call.id for turn in section for call in turn.calls}:
        yield 0, _orphan(call_id, next(_places(call_id, section, messages)))
        return
    # A result that comes too late for the run: its call is told as unanswered, unless the run has
    # an answer, too.
    for place in list(_places(call_id, section, messages))[1:2]:
        yield 1, _duplicate(call_id, place)


def _places(
    call_id: str, section: Sequence[Turn], messages: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """The paths of the results for one id, in the order of the section."""
    for at in dict.fromkeys(turn.at for turn in section if turn.results):
        for i, block in enumerate(content_of(messages[at])):
            if block["type"] == "tool_result" and block["tool_use_id"] == call_id:
                yield f"messages.{at}.content.{i}"


def _unanswered(
    ids: Sequence[str], section: Sequence[Turn], messages: Sequence[Mapping[str, Any]]
) -> ApiError:
    """Row a1. The index is that of the message that holds what comes right after the calls."""
    asked = next(i for i, turn in enumerate(section) if {c.id for c in turn.calls} >= set(ids))
    after = section[asked + 1 :]
    at = after[0].at if after else len(messages) - 1  # inferred: the index at the very end
    return fault(
        f"messages.{at}",
        "`tool_use` ids were found without `tool_result` blocks immediately after: "
        f"{', '.join(ids)}. Each `tool_use` block must have a corresponding `tool_result` block in "
        "the next message.",
    )


def _orphan(call_id: str, place: str) -> ApiError:
    return fault(  # row a9
        place,
        f"unexpected `tool_use_id` found in `tool_result` blocks: {call_id}. Each `tool_result` "
        "block must have a corresponding `tool_use` block in the previous message.",
    )


def _duplicate(call_id: str, place: str) -> ApiError:
    return fault(  # row a11. inferred: that the place is that of the second one
        place,
        "each tool_use must have a single result. Found multiple `tool_result` blocks with id: "
        + call_id,
    )
