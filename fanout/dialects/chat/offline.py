"""What the real API does and the offline model does not: refused by name, never half done.

These refusals come last, so that a body which the real API refuses gets the real API's words.
Settings that ask for nothing visible in a reply (`seed`, `temperature`, `store`, `verbosity`, ...)
are accepted and have no effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fanout.dialects.errors import ApiError

CODE = "offline_model"
"""The code of every such refusal; OpenAI has no such code."""

# field -> what is not done; the field counts as used unless it is absent or one of the idle values
_FIELDS: tuple[tuple[str, tuple[object, ...], str], ...] = (
    ("functions", (None,), "take the legacy `functions`; send `tools`"),
    ("function_call", (None,), "take the legacy `function_call`; send `tool_choice`"),
    ("n", (None, 1), "write several choices; leave `n` out"),
    ("logprobs", (None, False), "give log probabilities; leave `logprobs` out"),
    ("top_logprobs", (None, 0), "give log probabilities; leave `top_logprobs` out"),
    ("stop", (None, []), "stop at a given text; leave `stop` out"),
    ("logit_bias", (None, {}), "weigh single tokens; leave `logit_bias` out"),
    ("audio", (None,), "speak; leave `audio` out"),
    ("modalities", (None, ["text"]), 'speak; leave `modalities` out or send ["text"]'),
    ("web_search_options", (None,), "search the web; leave `web_search_options` out"),
    ("moderation", (None,), "moderate; leave `moderation` out"),
    ("response_format", (None, {"type": "text"}), "write in a format; leave `response_format` out"),
)


def refuse(body: dict[str, Any]) -> None:
    """Raises for the first thing in a well-formed body that the offline model does not do."""
    for param, text in _limits(body):
        raise ApiError(f"The offline model does not {text}.", code=CODE, param=param)


def _limits(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for field, idle, text in _FIELDS:
        if field in body and not any(_same(body[field], value) for value in idle):
            yield field, text
    for i, message in enumerate(body["messages"]):
        yield from _message_limits(message, f"messages[{i}]")
    for i, tool in enumerate(body.get("tools", ())):
        if tool["type"] == "custom":
            yield f"tools[{i}]", "take custom tools; send a tool of type 'function'"
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and any(e["type"] == "custom" for e in _chosen(choice)):
        yield "tool_choice", "take custom tools; name a tool of type 'function'"


def _chosen(choice: dict[str, Any]) -> list[dict[str, Any]]:
    """The tools that an object as `tool_choice` names."""
    if choice["type"] != "allowed_tools":
        return [choice]
    entries: list[dict[str, Any]] = choice["allowed_tools"]["tools"]
    return entries


def _same(a: object, b: object) -> bool:
    return type(a) is type(b) and a == b  # so that 1 is not True


def _message_limits(message: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    if message["role"] == "function":
        yield f"{path}.role", "read the legacy role 'function'; send role 'tool'"
    if message["role"] == "assistant" and message.get("function_call") is not None:
        yield f"{path}.function_call", "read the legacy `function_call`; send `tool_calls`"
    if message["role"] == "assistant" and message.get("audio") is not None:
        yield f"{path}.audio", "hear audio; send its text"
    content = message.get("content")
    for i, part in enumerate(content if isinstance(content, list) else ()):
        if part["type"] not in ("text", "refusal"):
            yield f"{path}.content[{i}]", f"read a content part of type '{part['type']}'; send text"
    for i, call in enumerate(
        (message.get("tool_calls") or ()) if message["role"] == "assistant" else ()
    ):
        if call["type"] == "custom":
            yield f"{path}.tool_calls[{i}]", "read calls of custom tools; send type 'function'"
