"""What a provider answered, in neutral form: a reply's body as a `Reply`, and the tokens it cost.

Strategy: these bodies come from servers of all kinds, so nothing is demanded of them. What is missing
or of another type says nothing; what cannot be understood at all gives None.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from fanout.conversation import Reply, ToolCall
from fanout.dialects import claude

Stop = Literal["stop", "tool_calls", "length", "content_filter"] | None


def read(path: str, body: Any) -> tuple[Reply | None, int]:
    """The reply that a body says, and all its tokens; 0 where the provider did not count them.

    :param path: the path of the API.
    """
    if not isinstance(body, dict):
        return None, 0
    return _READERS[path](body), _tokens(mapping(body.get("usage")))


def mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is an object, and an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in a list; nothing where it is no list."""
    yield from (v for v in value if isinstance(v, dict)) if isinstance(value, list) else ()


def string(value: Any) -> str:
    """The value where it is a text, and an empty one otherwise."""
    return value if isinstance(value, str) else ""


def _tokens(usage: Mapping[str, Any]) -> int:
    if "total_tokens" in usage:
        return _number(usage["total_tokens"])
    return sum(_number(usage.get(name)) for name in _COUNTED)


_COUNTED = (
    *("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens"),
    *("cache_creation_input_tokens", "cache_read_input_tokens"),
)
"""What Anthropic counts apart; a server that sends no total counts in one of the other two."""


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _arguments(value: Any) -> str:
    """Arguments as JSON text; some servers send the object itself."""
    return value if isinstance(value, str) else json.dumps(value if value is not None else {})


# --- Chat Completions -----------------------------------------------------------------------------


def _chat(body: dict[str, Any]) -> Reply | None:
    choice = next(objects(body.get("choices")), None)
    if choice is None:
        return None
    message = mapping(choice.get("message"))
    calls = tuple(_chat_call(call) for call in objects(message.get("tool_calls")))
    said = string(message.get("content")) or string(message.get("refusal"))
    return Reply(text=said or None, calls=calls, stop=_chat_stop(choice, calls))


def _chat_call(call: dict[str, Any]) -> ToolCall:
    kind = "custom" if "custom" in call else "function"
    inner = mapping(call.get(kind))
    written = inner.get("input" if kind == "custom" else "arguments")
    name = string(inner.get("name"))
    return ToolCall(id=string(call.get("id")), name=name, arguments=_arguments(written))


def _chat_stop(choice: Mapping[str, Any], calls: tuple[ToolCall, ...]) -> Stop:
    stops: Mapping[str, Stop] = {"length": "length", "content_filter": "content_filter"}
    reason = string(choice.get("finish_reason"))
    return "stop" if calls and reason == "stop" else stops.get(reason)


# --- Responses ------------------------------------------------------------------------------------


def _responses(body: dict[str, Any]) -> Reply | None:
    if not isinstance(body.get("output"), list):
        return None
    items = list(objects(body["output"]))
    said = [text for i in items if i.get("type") == "message" and (text := _said(i))]
    calls = tuple(_responses_call(i) for i in items if i.get("type") in _CALLS)
    reason = string(mapping(body.get("incomplete_details")).get("reason"))
    stops: Mapping[str, Stop] = {
        "max_output_tokens": "length",
        "content_filter": "content_filter",
    }
    return Reply(text="\n".join(said) or None, calls=calls, stop=stops.get(reason))


_CALLS = {"function_call": "arguments", "custom_tool_call": "input"}


def _said(item: dict[str, Any]) -> str:
    parts = objects(item.get("content"))
    return "\n".join(string(part.get("text")) or string(part.get("refusal")) for part in parts)


def _responses_call(item: dict[str, Any]) -> ToolCall:
    return ToolCall(
        id=string(item.get("call_id")),
        name=string(item.get("name")),
        arguments=_arguments(item.get(_CALLS[item["type"]])),
    )


# --- Messages -------------------------------------------------------------------------------------


def _claude(body: dict[str, Any]) -> Reply | None:
    if not isinstance(body.get("content"), list):
        return None
    blocks = list(objects(body["content"]))
    said = [string(block.get("text")) for block in blocks if block.get("type") == "text"]
    calls = tuple(_claude_call(block) for block in blocks if block.get("type") == "tool_use")
    reason = string(body.get("stop_reason"))
    stops: Mapping[str, Stop] = {
        "max_tokens": "length",
        "model_context_window_exceeded": "length",
        "refusal": "content_filter",
    }
    return Reply(text="\n".join(said) or None, calls=calls, stop=stops.get(reason))


def _claude_call(block: dict[str, Any]) -> ToolCall:
    arguments = claude.arguments_text(mapping(block.get("input")))
    return ToolCall(id=string(block.get("id")), name=string(block.get("name")), arguments=arguments)


_READERS: Mapping[str, Callable[[dict[str, Any]], Reply | None]] = {
    "/v1/chat/completions": _chat,
    "/v1/responses": _responses,
    "/v1/messages": _claude,
}
