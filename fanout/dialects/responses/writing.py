"""A reply of the model as a Responses object, in the shape recorded in 2026.

Recorded at the API: charmbracelet/fantasy, providertests/testdata/TestOpenAIResponsesCommon (gpt-4o,
June 2026; gpt-5, October 2025) and pydantic-ai's cassettes of test_openai_responses (2026-01 to
2026-07). `output` holds a reasoning item where the model reasons, then a message, then the calls;
arguments are compact always. `encrypted_content` is there without being asked for (OpenAI's published
document, 2026-08, and openai 3.52). Left out are `billing`, and `user` where the request has none:
the recordings have null there, which OpenAI's document does not allow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fanout.conversation import Reply, ToolChoice
from fanout.dialects.openai_ids import ciphertext, item_id
from fanout.dialects.responses import tools
from fanout.dialects.responses.rules import ModelRules, effort_of, reasons
from fanout.dialects.tokens import Usage

Request = Mapping[str, Any]


def write(
    reply: Reply,
    *,
    reply_id: str,
    created: int,
    model: str,
    usage: Usage,
    choice: ToolChoice | None = None,
    rules: ModelRules | None = None,
    request: Request | None = None,
) -> dict[str, Any]:
    """The body of a reply that is not streamed.

    :param created: seconds since 1970; the reply counts as completed in the same second.
    :param model: the name to echo; the API echoes the dated snapshot.
    :param choice: not used: the choice is repeated from the request.
    :param rules: the model's; without them the reply has no reasoning item.
    :param request: the body that is answered, which the API repeats in large part.
    """
    status, details = ending(reply)
    body = frame(reply_id=reply_id, created=created, model=model, rules=rules, request=request)
    return body | {
        "status": status,
        "completed_at": created if status == "completed" else None,
        "incomplete_details": details,
        "output": output(reply, reply_id=reply_id, rules=rules, request=request),
        "service_tier": "default",
        "usage": write_usage(usage),
    }


def ending(reply: Reply) -> tuple[str, dict[str, str] | None]:
    """The status of a reply, and why it is incomplete where it is."""
    reasons = {"length": "max_output_tokens", "content_filter": "content_filter"}
    reason = reasons.get(reply.stop or "")
    return ("incomplete", {"reason": reason}) if reason else ("completed", None)


def frame(
    *,
    reply_id: str,
    created: int,
    model: str,
    rules: ModelRules | None,
    request: Request | None,
) -> dict[str, Any]:
    """The body of a reply that has only begun: what stands in `response.created`."""
    asked = request or {}
    return {
        "id": reply_id,
        "object": "response",
        "created_at": created,
        "status": "in_progress",
        "background": False,
        "completed_at": None,
        "error": None,
        "incomplete_details": None,
        "instructions": asked.get("instructions"),
        "max_output_tokens": asked.get("max_output_tokens"),
        "max_tool_calls": asked.get("max_tool_calls"),
        "model": model,
        "moderation": None,
        "output": [],
        **_echoed(asked),
        "reasoning": _reasoning(asked, rules),
        "service_tier": "auto",
        "text": _text(asked),
        "tool_choice": _given(asked, "tool_choice", "auto"),
        "tools": tools.echo(asked),
        "usage": None,
        "metadata": asked.get("metadata") or {},
    }


_ECHOED = {
    "frequency_penalty": 0.0,
    "parallel_tool_calls": True,
    "presence_penalty": 0.0,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "prompt_cache_retention": None,
    "safety_identifier": None,
    "store": True,
    "temperature": 1.0,
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
}
"""Fields that are repeated as they were sent, with the value they have when they were not."""
_ECHOED_IF_SENT = ("prompt_cache_options", "user")


def _echoed(asked: Request) -> dict[str, Any]:
    echoed = {field: _given(asked, field, default) for field, default in _ECHOED.items()}
    return echoed | {field: asked[field] for field in _ECHOED_IF_SENT if asked.get(field)}


def _given(asked: Request, field: str, default: Any) -> Any:
    value = asked.get(field)
    return default if value is None else value


def _reasoning(asked: Request, rules: ModelRules | None) -> dict[str, Any]:
    summary = (asked.get("reasoning") or {}).get("summary")
    effort = None if rules is None else effort_of(asked, rules)
    return {"context": None, "effort": effort, "summary": summary}


def _text(asked: Request) -> dict[str, Any]:
    text = asked.get("text") or {}
    form = text.get("format") or {"type": "text"}
    return {"format": form, "verbosity": text.get("verbosity") or "medium"}


# --- Output ---------------------------------------------------------------------------------------


def output(
    reply: Reply, *, reply_id: str, rules: ModelRules | None, request: Request | None
) -> list[dict[str, Any]]:
    """The items of a reply, complete; the last one is `incomplete` where the reply was cut."""
    items: list[dict[str, Any]] = []
    if reasons(request or {}, rules):
        items.append(_thought(reply_id))
    if reply.text is not None:
        phase = _phase(reply) if rules is not None and rules.phase else {}
        items.append(_message(reply.text, item_id("msg", reply_id, len(items)), phase))
    for call in reply.calls:
        items.append(
            {
                "id": item_id("fc", reply_id, len(items)),
                "type": "function_call",
                "status": "completed",
                "arguments": call.arguments,
                "call_id": call.id,
                "name": call.name,
            }
        )
    if items and "status" in items[-1]:
        items[-1]["status"] = ending(reply)[0]
    return items


def _thought(reply_id: str) -> dict[str, Any]:
    return {
        "id": item_id("rs", reply_id, 0),
        "type": "reasoning",
        "content": [],
        "encrypted_content": ciphertext(reply_id),
        "summary": [],
    }


def _message(text: str, message_id: str, phase: Mapping[str, str]) -> dict[str, Any]:
    part = {"type": "output_text", "annotations": [], "logprobs": [], "text": text}
    head = {"id": message_id, "type": "message", "status": "completed"}
    return {**head, "content": [part], **phase, "role": "assistant"}


def _phase(reply: Reply) -> dict[str, str]:
    # "For models like gpt-5.3-codex and beyond": intermediate commentary, or the final answer
    # -- openai 3.52, ResponseOutputMessage.phase
    return {"phase": "commentary" if reply.calls else "final_answer"}


def write_usage(usage: Usage) -> dict[str, Any]:
    """The `usage` object; what the offline model never does (caching, reasoning) is 0."""
    return {
        "input_tokens": usage.prompt,
        "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": 0},
        "output_tokens": usage.completion,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.total,
    }


def arguments_text(arguments: Mapping[str, Any], *, parallel: bool) -> str:
    """The arguments of one call as the JSON text that the model writes: compact, always.

    Verbatim, also for parallel calls, in recordings of gpt-4o, gpt-4o-mini and gpt-5 (2025, 2026).
    Letters beyond ASCII are written as they are, as in Chat Completions.

    :param parallel: not used; Chat Completions writes several calls with spaces.
    """
    return json.dumps(arguments, separators=(",", ":"), ensure_ascii=False)
