"""The rules about the conversation as a whole: roles, empty texts, unique ids, how it may end.

Strategy: they come last, after every field (measured in 2026-08); their order among each other is
the order of `first_fault`, our choice. Most of these texts name no message, or only that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from fanout.conversation import Turn
from fanout.dialects.claude import pairing
from fanout.dialects.claude.messages import content_of, text_fault
from fanout.dialects.claude.rules import ModelRules, manual_thinking
from fanout.dialects.claude.schema import fault
from fanout.dialects.errors import ApiError

Messages = Sequence[Mapping[str, Any]]


def first_fault(
    body: Mapping[str, Any], turns: Sequence[Turn], rules: ModelRules | None
) -> ApiError | None:
    """The error for the first rule that the conversation breaks, or None."""
    return next(_faults(body, turns, rules), None)


def _faults(
    body: Mapping[str, Any], turns: Sequence[Turn], rules: ModelRules | None
) -> Iterator[ApiError]:
    messages = body["messages"]
    yield from _roles(messages, rules)
    yield from _system(messages)
    yield from _first(messages)
    yield from _wrong_role(messages)
    yield from _empty(messages)
    yield from _texts(messages)
    yield from _same_ids(messages)
    yield from _ending(messages, rules)
    unpaired = pairing.first_fault(messages, turns)
    if unpaired:
        yield unpaired
    if manual_thinking(dict(body)):
        yield from _thinking_dropped(messages)
    yield from _container(body)


def _roles(messages: Messages, rules: ModelRules | None) -> Iterator[ApiError]:
    for message in messages:
        role = message["role"]
        if role not in ("user", "assistant", "system"):  # row c7
            text = f'Unexpected role "{role}". Allowed roles are "user" or "assistant"'
            yield fault("messages", text)
        if role == "system" and rules is not None and not rules.system_messages:
            # -- verbatim, with request ids and dates to 2026: reports on 4.6 and older models
            text = (
                'Unexpected role "system". The Messages API accepts a top-level `system` '
                'parameter, not "system" as an input message role.'
            )
            yield fault("messages", text)


_DIRECTIVE = "the directive-only form (content: [] with output_config) is accepted at any position"


def _system(messages: Messages) -> Iterator[ApiError]:
    """Rows c8 and x19, in the order that was measured on claude-sonnet-5 (2026-08-31)."""
    found = [(at, message) for at, message in enumerate(messages) if message["role"] == "system"]
    for at, message in found:
        if message["content"] in ("", []):  # inferred: that an empty text is told so, too
            yield fault(f"messages.{at}", "system content must contain at least one block")
    for at, message in found:
        if any(block["type"] != "text" for block in content_of(message)):
            text = "role 'system' supports text, tool_addition, and tool_removal blocks only"
            yield fault(f"messages.{at}", text)
    if messages[0]["role"] == "system":
        text = f"use the top-level 'system' parameter for the initial system prompt; {_DIRECTIVE}"
        yield fault("messages.0", text)
    for at, _ in found:
        following = messages[at + 1]["role"] if at + 1 < len(messages) else None
        if following == "user":  # of several in a row the last one counts
            text = (
                f"role 'system' must precede an 'assistant' message or end the array; {_DIRECTIVE}"
            )
            yield fault(f"messages.{at}", text)
    for at, message in found:
        if not all(block["text"].strip() for block in content_of(message)):
            text = "system text blocks must contain non-whitespace text"
            yield fault(f"messages.{at}", text)


def _first(messages: Messages) -> Iterator[ApiError]:
    if messages[0]["role"] == "assistant":  # row c11
        yield fault("messages", 'first message must use the "user" role')


_HOME = {
    "tool_use": "assistant",
    "tool_result": "user",
    # inferred: that the two kinds of thinking are told in the same way
    "thinking": "assistant",
    "redacted_thinking": "assistant",
}


def _wrong_role(messages: Messages) -> Iterator[ApiError]:
    for at, message in enumerate(messages):
        for block in content_of(message):
            home = _HOME.get(block["type"], message["role"])
            if message["role"] != home:  # rows a16, a17
                text = f"`{block['type']}` blocks can only be in `{home}` messages"
                yield fault(f"messages.{at}", text)


def _empty(messages: Messages) -> Iterator[ApiError]:
    """Row c13: judged after messages of one role are merged. # inferred: the index then."""
    for role, run in groupby(enumerate(messages), lambda item: item[1]["role"]):
        items = list(run)
        if role == "user" and not any(message["content"] for _, message in items):
            yield fault(f"messages.{items[0][0]}", "user messages must have non-empty content")


def _texts(messages: Messages) -> Iterator[ApiError]:
    for message in messages:
        for block in content_of(message) if message["role"] != "system" else ():
            wrong = text_fault(block["text"]) if block["type"] == "text" else None
            if wrong:  # rows c14, c15
                yield fault("messages", wrong)
            inner = block.get("content") if block["type"] == "tool_result" else None
            if isinstance(inner, list) and any(part.get("text") == "" for part in inner):
                # inferred: the words; that it is refused follows from the published document
                yield fault("messages", "text content blocks must be non-empty")


def _same_ids(messages: Messages) -> Iterator[ApiError]:
    seen: set[str] = set()
    for at, message in enumerate(messages):
        for i, block in enumerate(content_of(message)):
            if block["type"] != "tool_use":
                continue
            if block["id"] in seen:  # row a12
                yield fault(f"messages.{at}.content.{i}", "`tool_use` ids must be unique")
            seen.add(block["id"])


def _ending(messages: Messages, rules: ModelRules | None) -> Iterator[ApiError]:
    """What an assistant's turn at the end may be. An empty one is none (row x20)."""
    at = len(messages) - 1
    while messages[at]["role"] == "assistant" and not content_of(messages[at]) and at:
        at -= 1
    if messages[at]["role"] != "assistant":
        return
    content = content_of(messages[at])
    kind = content[-1]["type"] if content else None
    if kind in ("thinking", "redacted_thinking"):  # row c19. inferred: for redacted ones, too
        text = f"The final block in an assistant message cannot be `{kind}`."
        yield fault(f"messages.{at}", text)
    if rules is None:
        return
    if not rules.prefill:  # row c18
        yield ApiError(
            "This model does not support assistant message prefill. "
            "The conversation must end with a user message."
        )
    if kind == "text" and content[-1]["text"] != content[-1]["text"].rstrip():  # row c17
        yield fault("messages", "final assistant content cannot end with trailing whitespace")


def _container(body: Mapping[str, Any]) -> Iterator[ApiError]:
    """Measured (2026-08-31). It comes after the shape of the conversation."""
    kinds = (str(tool.get("type")) for tool in body.get("tools", ()))
    if isinstance(body.get("container"), str) and not any("code_execution" in k for k in kinds):
        text = "Container identifier can only be provided when using the code execution tool"
        yield fault("container", text)


def _thinking_dropped(messages: Messages) -> Iterator[ApiError]:
    """Row c21: with manual thinking, the turn whose calls are being answered starts by thinking."""
    asked = [i for i, message in enumerate(messages) if message["role"] == "assistant"]
    if not asked or asked[-1] + 1 == len(messages):
        return
    at = asked[-1]
    kinds = [block["type"] for block in content_of(messages[at])]
    if "tool_use" not in kinds or kinds[0] in ("thinking", "redacted_thinking"):
        return
    text = (
        f"Expected `thinking` or `redacted_thinking`, but found `{kinds[0]}`. When `thinking` is "
        "enabled, a final `assistant` message must start with a thinking block (preceeding the "
        "lastmost set of `tool_use` and `tool_result` blocks). We recommend you include thinking "
        "blocks from previous turns. To avoid this requirement, disable `thinking`. Please consult "
        "our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking"
    )
    yield fault(f"messages.{at}.content.0.type", text)
