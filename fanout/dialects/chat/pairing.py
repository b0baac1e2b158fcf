"""The semantic layer of Chat Completions: what is wrong between well-formed messages.

Strategy: the pairing rules are `conversation.violations`; this file only words them, with this
layer's spelling of a path (`messages.[2].role`, a dot before the bracket) and a null code. Two
faults that lie in one message alone, but are worded by this layer, stand beside them.

Reports show one error each. Which of several comes first is our choice: the one at the lowest
message, then one message's own fault before its pairing; a list that simply ends comes last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fanout.conversation import Turn, Violation, violations
from fanout.dialects.errors import ApiError

STRAY = (
    # Row 2. "preceeding" is the API's spelling; "preceding" has been reported, too.
    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message "
    "with 'tool_calls'."
)

Fault = tuple[int, ApiError]


def first_fault(messages: Sequence[dict[str, Any]], turns: Sequence[Turn]) -> ApiError | None:
    """The error for the first fault between the messages, or None."""
    end = len(messages)
    faults: list[Fault] = [*_own_faults(messages)]
    faults += [(end if v.at is None else v.at, word(v)) for v in violations(turns)]
    # min keeps the first of equals, so a message's own fault wins over its pairing
    return min(faults, key=lambda fault: fault[0])[1] if faults else None


def word(violation: Violation) -> ApiError:
    """A violation in the API's words (rows 1 to 4 and 6)."""
    at, call_id = violation.at, violation.ids[0]
    match violation.rule:
        case "unanswered":
            param = "messages" if at is None else f"messages.[{at}].role"
            return ApiError(_unanswered(violation.ids), param=param)
        case "stray":
            return ApiError(STRAY, param=f"messages.[{at}].role")
        case "unknown":
            return ApiError(
                f"Invalid parameter: 'tool_call_id' of '{call_id}' not found in 'tool_calls' "
                "of previous message.",
                param=f"messages.[{at}].tool_call_id",  # inferred: by analogy with row 4
            )
        case "duplicate":
            return ApiError(
                f"Invalid parameter: Duplicate value for 'tool_call_id' of '{call_id}', "
                f"in messages[{violation.first}] and messages[{at}].",
                param=f"messages.[{at}].tool_call_id",
            )


def _unanswered(ids: Sequence[str]) -> str:
    return (
        "An assistant message with 'tool_calls' must be followed by tool messages responding to "
        "each 'tool_call_id'. The following tool_call_ids did not have response messages: "
        + ", ".join(ids)  # inferred: the separator (row 1c)
    )


def _own_faults(messages: Sequence[dict[str, Any]]) -> Iterator[Fault]:
    for i, message in enumerate(messages):
        error = _no_content(i, message) or _no_call_id(i, message)
        if error:
            yield i, error
        elif i and _quirk(messages[i - 1], message):
            yield i, ApiError(STRAY)


def _no_content(at: int, message: dict[str, Any]) -> ApiError | None:
    # Row 10. A `content` that is absent counts as null; what stands in for it does so in a message
    # of the assistant alone (kangminlee-maker/local-OAuth-CLI-API-adapter, measured 2026-08-31).
    if message.get("content") is not None or message["role"] == "function":
        return None
    if message["role"] == "assistant" and any(message.get(key) is not None for key in _SUBSTITUTES):
        return None
    text = "Invalid value for 'content': expected a string, got null."
    return ApiError(text, param=f"messages.[{at}].content")


_SUBSTITUTES = ("tool_calls", "function_call", "refusal", "audio")


def _no_call_id(at: int, message: dict[str, Any]) -> ApiError | None:
    if message["role"] != "tool" or message.get("tool_call_id") is not None:
        return None
    text = (  # Row 5. inferred: that null counts as missing.
        "Missing parameter 'tool_call_id': messages with role 'tool' must have a 'tool_call_id'."
    )
    return ApiError(text, param=f"messages.[{at}].tool_call_id")


def _quirk(before: dict[str, Any], message: dict[str, Any]) -> bool:
    """Row 2b: an empty list from the assistant, then a user's list of parts, is called stray."""
    empty = before["role"] == "assistant" and before.get("content") == []
    parts = message["role"] == "user" and isinstance(message.get("content"), list)
    return empty and parts and not before.get("tool_calls")
