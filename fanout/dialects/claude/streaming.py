"""A reply of the model as the events of a stream, in the order and shape of the recordings.

Recorded at the API (charmbracelet/fantasy, claude-sonnet-4/multi_tool_streaming.yaml; opencode,
claude-haiku-4-5, 2026; pydantic-ai, claude-sonnet-4-6), verbatim:

* `message_start` with the message so far: no content, no stop reason, one token or a few;
* for each block its start, its deltas and its stop, one block after another, never interleaved; the
  index counts all blocks, so that calls after a text begin at 1; after the first start a `ping`;
* a call starts with an empty `input`, then a delta with an empty `partial_json`, then the fragments;
* `message_delta` with why it stopped and the cumulative usage, `message_stop`, and no `[DONE]`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from fanout.conversation import Reply, ToolCall, ToolChoice
from fanout.dialects.claude.rules import ModelRules
from fanout.dialects.claude.writing import (
    call_head,
    error_object,
    final_usage,
    finished_part,
    head,
    stop,
    write_usage,
)
from fanout.dialects.errors import ApiError
from fanout.dialects.fragments import fragments, weights, words
from fanout.dialects.streaming import Chunk
from fanout.dialects.tokens import OVERHEAD, Usage, count_tokens

FIRST_TOKENS = 1
"""What `message_start` says of the tokens written; recordings have 1 to 16."""

Block = tuple[dict[str, Any], int, Iterable[tuple[dict[str, Any], int]]]
"""A block as its start, the tokens of its start, and its deltas, each with its tokens."""


def stream(
    reply: Reply,
    *,
    reply_id: str,
    created: int = 0,
    model: str,
    usage: Usage,
    choice: ToolChoice | None = None,
    rules: ModelRules | None = None,
    eager: Collection[str] = (),
) -> Iterator[Chunk]:
    """The events of a streamed reply; `reply_id` also decides where its arguments are cut.

    The tokens of the events add up to `tokens.written(reply)`.

    Where a reply ran out of tokens, a call shows the arguments that were finished, since the API
    "buffers and validates each parameter value" before it sends it; a tool that asked for its input
    eagerly shows the text as it was cut (documentation of fine-grained streaming, 2026-08).

    :param created, choice: not used, as in `write`.
    :param rules: the model's; without them the shape is that of Haiku 4.5.
    :param eager: names of the tools with `eager_input_streaming`; see `tools.eager`.
    """
    start = {
        **head(reply_id, model),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "usage": write_usage(Usage(prompt=usage.prompt, completion=FIRST_TOKENS), rules=None),
    }
    yield _event("message_start", message=start)
    for index, (block, tokens, deltas) in enumerate(_blocks(reply, reply_id, eager)):
        yield _event("content_block_start", tokens, index=index, content_block=block)
        if index == 0:
            yield _event("ping")
        for delta, written in deltas:
            yield _event("content_block_delta", written, index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    yield _event("message_delta", delta=stop(reply), usage=final_usage(usage, rules))
    yield _event("message_stop")


def failure(error: ApiError) -> Chunk:
    """What the API sends when it fails in the middle of a stream, its status 200 long gone.

    The SDK raises `APIStatusError` with status 200 and this type, and does not retry (anthropic
    2.11.0). Nothing follows it (inferred).
    """
    return _event("error", error=error_object(error))


def _event(kind: str, tokens: int = 0, **fields: Any) -> Chunk:
    return Chunk(event=kind, data={"type": kind, **fields}, tokens=tokens)


def _blocks(reply: Reply, seed: str, eager: Collection[str]) -> Iterator[Block]:
    if reply.text:
        pieces = words(reply.text)
        said = [{"type": "text_delta", "text": piece} for piece in pieces]
        yield {"type": "text", "text": ""}, 0, zip(said, weights(pieces), strict=True)
    for index, call in enumerate(reply.calls):
        text = call.arguments
        if reply.stop == "length" and call.name not in eager:
            text = finished_part(text)
        block = {**call_head(call), "input": {}, "caller": {"type": "direct"}}
        weight = OVERHEAD + count_tokens(call.name)
        yield block, weight, _input_deltas(call, text, f"{seed} {index} {call.id}")


def _input_deltas(call: ToolCall, text: str, seed: str) -> Iterator[tuple[dict[str, Any], int]]:
    """The first delta is empty; that of a call without arguments is the only one (inferred)."""
    pieces = [] if text == "{}" else fragments(text, seed)
    unsent = count_tokens(call.arguments) - count_tokens("".join(pieces))
    yield {"type": "input_json_delta", "partial_json": ""}, unsent
    for piece, tokens in zip(pieces, weights(pieces), strict=True):
        yield {"type": "input_json_delta", "partial_json": piece}, tokens
