"""A reply of the model as a Chat Completions body, in the shape recorded in 2026.

Recorded at the API in June 2026 (gpt-5, gpt-4o-mini; cassettes of charmbracelet/fantasy): `message`
has role, content (null beside calls), tool_calls, `refusal: null` and `annotations: []`; the top
level has `service_tier: "default"`. gpt-4o choices have `logprobs: null` and a fingerprint, gpt-5
choices have no `logprobs` and the fingerprint null.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fanout.conversation import Reply, ToolCall, ToolChoice
from fanout.dialects.chat.rules import ModelRules
from fanout.dialects.tokens import Usage


def write(
    reply: Reply,
    *,
    reply_id: str,
    created: int,
    model: str,
    usage: Usage,
    choice: ToolChoice | None = None,
    rules: ModelRules | None = None,
) -> dict[str, Any]:
    """The body of a reply that is not streamed.

    :param created: seconds since 1970.
    :param model: the name to echo; the API echoes the dated snapshot.
    :param choice: the request's tool choice, for the finish_reason of a forced function.
    :param rules: the model's; without them the shape is that of gpt-5.
    """
    entry: dict[str, Any] = {"index": 0, "message": message(reply)}
    if rules is not None and rules.logprobs_key:
        entry["logprobs"] = None
    entry["finish_reason"] = finish_reason(reply, choice, rules)
    return {
        "id": reply_id,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [entry],
        "usage": write_usage(usage),
        "service_tier": "default",
        "system_fingerprint": None if rules is None else rules.fingerprint,
    }


def message(reply: Reply) -> dict[str, Any]:
    """The assistant message of a reply; `tool_calls` is absent, not empty, when there are none."""
    body: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.calls:
        body["tool_calls"] = [write_call(call) for call in reply.calls]
    return body | {"refusal": None, "annotations": []}


def write_call(call: ToolCall) -> dict[str, Any]:
    """One tool call of a message."""
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def finish_reason(
    reply: Reply, choice: ToolChoice | None = None, rules: ModelRules | None = None
) -> str:
    """Why the model stopped, as the API reports it.

    Calls give `tool_calls`, with `tool_choice: "required"` too; a function forced by name gives
    `stop` on gpt-4o and gpt-4o-mini, and `tool_calls` on gpt-5-mini (both verbatim, 2025 and 2026).
    A reply that names its own reason keeps it, whatever is in it: a cut one, or one with calls
    that says `stop`, as some servers do. `tool_calls` is what the content says by itself.
    """
    if reply.stop not in (None, "tool_calls"):
        return reply.stop
    if not reply.calls:
        return "stop"
    forced = choice is not None and choice.forced
    return rules.forced_finish if forced and rules is not None else "tool_calls"


def write_usage(usage: Usage) -> dict[str, Any]:
    """The `usage` object; what the offline model never does (caching, audio, reasoning) is 0."""
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.total,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def arguments_text(arguments: Mapping[str, Any], *, parallel: bool) -> str:
    """The arguments of one call as the JSON text that the model writes.

    With spaces when the reply has several calls, `{"a": 2, "b": 3}`, and compact when it has one,
    `{"city":"Paris"}` (verbatim in recordings of gpt-4o, gpt-4o-mini and gpt-5, 2024 to 2026).

    Letters beyond ASCII are written as they are. No recording at hand shows one, so this is our
    choice: the text reads as it was meant, and a client must decode either form.
    """
    return (_SPACED if parallel else _COMPACT).encode(arguments)


# Made once: `json.dumps` would make one for every call.
_SPACED = json.JSONEncoder(ensure_ascii=False)
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
