"""What the real API does and the offline model does not: refused by name, never half done.

These refusals come last, so that a body which the real API refuses gets the real API's words.
Settings that ask for nothing visible in a reply (`metadata`, `truncation`, `reasoning.summary`,
`max_tool_calls`, which counts built-in tools alone, …) are accepted and have no effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fanout.dialects.errors import ApiError
from fanout.dialects.responses import tools
from fanout.dialects.responses.items import kind_of
from fanout.dialects.responses.state import input_items

CODE = "offline_model"
"""The code of every such refusal; OpenAI has no such code."""

READ = ("message", "function_call", "function_call_output", "reasoning", "item_reference")

# field -> what is not done, where the field has any value but null, false, 0 and an empty one
_FIELDS = {
    "background": "work in the background; leave `background` out",
    "conversation": "keep conversation objects; send `previous_response_id`",
    "prompt": "know stored prompts; send `input` and `instructions`",
    "moderation": "moderate; leave `moderation` out",
    "context_management": "manage the context; leave `context_management` out",
    "top_logprobs": "give log probabilities; leave `top_logprobs` out",
}


def refuse(body: Mapping[str, Any]) -> None:
    """Raises for the first thing in a well-formed body that the offline model does not do."""
    for param, text in _limits(body):
        raise ApiError(f"The offline model does not {text}.", code=CODE, param=param)


def _limits(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field, text in _FIELDS.items():
        if body.get(field):
            yield field, text
    if "message.output_text.logprobs" in (body.get("include") or ()):
        yield "include", "give log probabilities; leave them out of `include`"
    form = ((body.get("text") or {}).get("format") or {}).get("type", "text")
    if form != "text":
        yield "text.format", f"write in the format '{form}'; leave `text.format` out"
    for i, item in enumerate(input_items(body)):
        yield from _item_limits(item, f"input[{i}]")
    for i, tool in enumerate(tools.listed(body)):
        yield from _tool_limits(tool, f"tools[{i}]")
    yield from _choice_limits(body.get("tool_choice"))


def _item_limits(item: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    kind = kind_of(item)
    if kind not in READ:
        yield path, f"read an item of type '{kind}'; leave it out"
        return
    for field in ("content", "output"):
        parts = item.get(field)
        for i, part in enumerate(parts if kind != "reasoning" and isinstance(parts, list) else ()):
            if part["type"] not in ("input_text", "output_text", "refusal"):
                where = f"{path}.{field}[{i}]"
                yield where, f"read a part of type '{part['type']}'; send text"


def _tool_limits(tool: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    if tool["type"] != "function":
        yield path, f"have the tool '{tool['type']}'; send a tool of type 'function'"
    for field in ("async", "defer_loading"):
        if tool.get(field):
            yield f"{path}.{field}", f"take tools with `{field}`; leave it out"


def _choice_limits(choice: object) -> Iterator[tuple[str, str]]:
    if not isinstance(choice, dict):
        return
    entries = choice["tools"] if choice["type"] == "allowed_tools" else [choice]
    if any(entry["type"] != "function" for entry in entries):
        yield "tool_choice", "choose other tools than functions; name a tool of type 'function'"
