"""A reply of the model as a Messages body, in the shape recorded in 2026.

Recorded at the API: `claude-haiku-4-5` with four calls (pydantic-ai, 2025), `claude-sonnet-4` with
two (charmbracelet/fantasy), `claude-haiku-4-5-20251001` with `caller` and `stop_details` (opencode,
2026). A text comes before the calls; `input` is an object; a reply with neither has no content.
Nothing here says `container` or `server_tool_use`: no recording without such tools has them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fanout.conversation import Reply, ToolCall, ToolChoice
from fanout.dialects.claude.rules import ModelRules
from fanout.dialects.claude.threads import ThreadError
from fanout.dialects.errors import ApiError
from fanout.dialects.tokens import Usage

STOP_REASONS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "content_filter": "refusal",
}
"""The neutral reasons that do not follow from the content."""

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""The error type of each status (documentation, 2026-08)."""


@dataclass(frozen=True, kw_only=True)
class ReplyInBlocks(Reply):
    """A reply that a text and calls do not say whole: thinking, several texts, a reason of Claude's.

    Its neutral fields hold what they can say of it; a stream of it shows no more than they do.
    """

    spoken: tuple[dict[str, Any], ...] = ()
    """The blocks that stand before the calls, in place of the text."""
    reason: str | None = None
    """The `stop_reason`, where no neutral one means it."""


def write(
    reply: Reply,
    *,
    reply_id: str,
    created: int = 0,
    model: str,
    usage: Usage,
    choice: ToolChoice | None = None,
    rules: ModelRules | None = None,
) -> dict[str, Any]:
    """The body of a reply that is not streamed.

    :param created: not used: a message has no date.
    :param model: the name to echo; the API echoes the dated name where there is one.
    :param choice: not used: a forced tool ends with `tool_use`, as any other.
    :param rules: the model's; without them the shape is that of Haiku 4.5.
    """
    return {
        **head(reply_id, model),
        "content": content(reply),
        **stop(reply),
        "usage": write_usage(usage, rules),
    }


def head(reply_id: str, model: str) -> dict[str, Any]:
    """The fields that identify a message."""
    return {"model": model, "id": reply_id, "type": "message", "role": "assistant"}


def content(reply: Reply) -> list[dict[str, Any]]:
    """The content blocks of a reply: its text, where there is one, then its calls."""
    if isinstance(reply, ReplyInBlocks) and reply.spoken:
        return [*reply.spoken, *map(write_call, reply.calls)]
    said = [{"type": "text", "text": reply.text}] if reply.text else []
    return [*said, *map(write_call, reply.calls)]


def write_call(call: ToolCall) -> dict[str, Any]:
    """One call as a block.

    Where the reply ran out of tokens, the last call may lack arguments: the block holds those that
    were finished ("only support emitting one complete key and value property from input at a
    time", documentation of tool use; # inferred: that it is so without streaming, too).
    """
    return call_head(call) | {"input": input_of(call.arguments), "caller": {"type": "direct"}}


def call_head(call: ToolCall) -> dict[str, Any]:
    """The fields of a call's block before its input."""
    return {"type": "tool_use", "id": call.id, "name": call.name}


def input_of(arguments: str) -> dict[str, Any]:
    """The object that a call's JSON text says; of a text that is cut, what was finished."""
    finished = finished_part(arguments)
    value = json.loads(finished if _whole(finished) else f"{finished or '{'}}}")
    return value if isinstance(value, dict) else {}


def finished_part(arguments: str) -> str:
    """The beginning of a call's JSON text that ends with a finished argument, without its comma.

    The whole text where it is JSON already; nothing where no argument was finished. A number counts
    as finished once something follows it.
    """
    if _whole(arguments):
        return arguments
    decoder, end, opening = json.JSONDecoder(), 0, "{"
    while arguments.startswith(opening, at := _skip(arguments, end)):
        try:
            end = _member(arguments, at + 1, decoder)
        except (ValueError, RecursionError):
            break
        opening = ","
    return arguments[:end]


def _whole(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _member(text: str, at: int, decoder: json.JSONDecoder) -> int:
    """Where the key and value that begin at `at` end; raises ValueError where they are not whole."""
    key, at = decoder.raw_decode(text, _skip(text, at))
    at = _skip(text, at)
    if not isinstance(key, str) or text[at : at + 1] != ":":
        raise ValueError("A member of a JSON object has a key in quotes and a colon.")
    start = _skip(text, at + 1)
    value, at = decoder.raw_decode(text, start)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and text[at : at + 1] not in (",", "}", *_SPACE):
        raise ValueError("A number that nothing ends may have lost its last digits.")
    return at


_SPACE = (" ", "\t", "\n", "\r")


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] in _SPACE:
        at += 1
    return at


def stop_reason(reply: Reply) -> str:
    """Why the model stopped, as the API reports it.

    Calls give `tool_use`, with a forced tool, too. A reply that names its own reason keeps it,
    whatever is in it.
    """
    if isinstance(reply, ReplyInBlocks) and reply.reason:
        return reply.reason
    if reply.stop in STOP_REASONS:
        return STOP_REASONS[reply.stop]
    return "tool_use" if reply.calls else "end_turn"


def stop(reply: Reply) -> dict[str, Any]:
    """The three fields that say why the model stopped."""
    reason = stop_reason(reply)
    details = {"type": "refusal", "category": None, "explanation": None}
    return {
        "stop_reason": reason,
        "stop_sequence": None,
        "stop_details": details if reason == "refusal" else None,
    }


def write_usage(usage: Usage, rules: ModelRules | None = None) -> dict[str, Any]:
    """The `usage` of a reply; what the offline model never does (caching, thinking) is 0."""
    return {
        "input_tokens": usage.prompt,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": usage.completion,
        **_details(rules),
        "service_tier": "standard",
        "inference_geo": "not_available",
    }


def final_usage(usage: Usage, rules: ModelRules | None = None) -> dict[str, Any]:
    """The `usage` at the end of a stream: cumulative, and shorter than that of a whole reply."""
    return {
        "input_tokens": usage.prompt,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": usage.completion,
        **_details(rules),
    }


def _details(rules: ModelRules | None) -> dict[str, Any]:
    if rules is None or not rules.thinking_count:
        return {}
    return {"output_tokens_details": {"thinking_tokens": 0}}


def write_error(error: ApiError, request_id: str | None = None) -> dict[str, Any]:
    """The body of a refusal.

    :param request_id: the one in the header `request-id` of the same answer.
    """
    return {"type": "error", "error": error_object(error), "request_id": request_id}


def error_object(error: ApiError) -> dict[str, Any]:
    """The type and text of a refusal, and its details where it has any."""
    kind = error.type if error.type in TYPES.values() else TYPES.get(error.status, "api_error")
    found: Mapping[str, Any] = error.details if isinstance(error, ThreadError) else {}
    details = {"details": dict(found)} if found else {}
    return {"type": kind, "message": error.message, **details}
