"""What the real API does and the offline model does not: refused by name, never half done.

These refusals come last, so that a body which the real API refuses gets the real API's words.
Settings that ask for nothing visible in a reply (`temperature`, `metadata`, `cache_control`,
`thinking` of the adaptive kind, `output_config.effort`, ...) are accepted and have no effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fanout.dialects.claude.messages import content_of
from fanout.dialects.claude.rules import manual_thinking
from fanout.dialects.claude.tools import is_custom
from fanout.dialects.errors import ApiError

CODE = "offline_model"
"""The code of every such refusal. It is not written: Anthropic's errors have no code."""

READ = ("text", "thinking", "redacted_thinking", "tool_use", "tool_result")
"""The kinds of content blocks that the offline model reads."""

# field -> what is not done; the field counts as used unless it is absent or one of the idle values
_FIELDS: tuple[tuple[str, tuple[object, ...], str], ...] = (
    ("stop_sequences", ([],), "stop at a given text; leave `stop_sequences` out"),
    ("container", (None,), "run code; leave `container` out"),
    ("diagnostics", (None,), "diagnose a cache; leave `diagnostics` out"),
    ("speed", (None, "standard"), "run in fast mode; leave `speed` out"),
    ("billing_policy", (None,), "bill anyone; leave `billing_policy` out"),
    ("compaction", (None,), "compact a conversation; leave `compaction` out"),
    ("context_management", (None,), "edit the context; leave `context_management` out"),
    ("fallback_credit_token", (None,), "fall back to another model; leave it out"),
    ("fallbacks", (None, []), "fall back to another model; leave `fallbacks` out"),
    ("mcp_servers", ([],), "call MCP servers; leave `mcp_servers` out"),
)


def refuse(body: dict[str, Any]) -> None:
    """Raises for the first thing in a well-formed body that the offline model does not do."""
    for path, text in _limits(body):
        raise ApiError(f"The offline model does not {text}.", code=CODE, param=path)


def _limits(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for i, tool in enumerate(body.get("tools", ())):
        yield from _tool_limits(tool, f"tools.{i}")
    for i, message in enumerate(body["messages"]):
        for j, block in enumerate(content_of(message)):
            yield from _block_limits(block, f"messages.{i}.content.{j}")
    if body["messages"][-1]["role"] == "assistant" and content_of(body["messages"][-1]):
        text = "go on from the beginning of an answer; end `messages` with a user message"
        yield "messages", text
    for field, idle, text in _FIELDS:
        if field in body and body[field] not in idle:
            yield field, text
    if manual_thinking(body):
        yield "thinking", 'think aloud; leave `thinking` out or send {"type": "adaptive"}'
    if (body.get("output_config") or {}).get("format") is not None:
        yield "output_config.format", "write in a format; leave `output_config.format` out"


def _tool_limits(tool: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    if not is_custom(tool):
        yield path, f"have the tool '{tool['type']}'; send tools with an `input_schema`"
    elif tool.get("defer_loading"):
        yield f"{path}.defer_loading", "search for tools; leave `defer_loading` out"
    elif tool.get("allowed_callers") not in (None, ["direct"]):
        yield f"{path}.allowed_callers", "call tools from code; leave `allowed_callers` out"


def _block_limits(block: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    kind = block["type"]
    if kind not in READ:
        yield path, f"read a content block of type '{kind}'; send text"
    if block.get("citations"):
        yield f"{path}.citations", "cite; leave `citations` out"
    if kind == "tool_use" and block.get("caller", {}).get("type", "direct") != "direct":
        yield f"{path}.caller", "call tools from code; send calls whose caller is 'direct'"
    if block.get("toolset_name") is not None:
        yield f"{path}.toolset_name", "have toolsets; leave `toolset_name` out"
    inner = block.get("content") if kind == "tool_result" else None
    for i, part in enumerate(inner if isinstance(inner, list) else ()):
        if part["type"] != "text":
            text = f"read a content block of type '{part['type']}'; send text"
            yield f"{path}.content.{i}", text
