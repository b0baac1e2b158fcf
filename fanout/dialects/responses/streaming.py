"""A reply of the model as Responses events, in the order and shape of the recordings.

Recorded at the API (charmbracelet/fantasy, providertests/testdata/TestOpenAIResponsesCommon,
`*_streaming.yaml` of openai-gpt-4o, June 2026, and of openai-gpt-5), verbatim:

* `response.created`, `response.in_progress`, then the items one after another, then
  `response.completed` with all of it; no `[DONE]`;
* a reasoning item is added and done; a message adds a content part and sends its text in pieces;
* several calls: the arguments of each in one piece; one call: in several;
* the keys of an event in the order of the alphabet, after its type; deltas padded.

Inferred: that a reply which was cut ends with `response.incomplete`, its last item incomplete.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fanout.conversation import Reply, ToolChoice
from fanout.dialects.errors import ApiError
from fanout.dialects.fragments import dice, fragments, weights, words
from fanout.dialects.openai_errors import write_error
from fanout.dialects.openai_ids import ALPHABET
from fanout.dialects.responses.rules import ModelRules
from fanout.dialects.responses.writing import Request, frame, write
from fanout.dialects.streaming import Chunk
from fanout.dialects.tokens import OVERHEAD, Usage, count_tokens, written

Event = tuple[str, dict[str, Any], int]
"""An event's type, its fields and the tokens that the model wrote for it."""

PADDED = 16
"""A delta and its `obfuscation` have together a multiple of so many characters (measured)."""


def stream(
    reply: Reply,
    *,
    reply_id: str,
    created: int,
    model: str,
    usage: Usage,
    choice: ToolChoice | None = None,
    rules: ModelRules | None = None,
    request: Request | None = None,
    include_obfuscation: bool = True,
    burst: bool = True,
) -> Iterator[Chunk]:
    """The events of a streamed reply. The last one's `response` is what `write` gives.

    The tokens of the chunks add up to `tokens.written(reply)`.

    :param request: the body that is answered.
    :param include_obfuscation: `stream_options.include_obfuscation`, on unless refused.
    :param burst: several calls come when the model has written the last of them, so that the first
        event carries the tokens of all. Reported for Chat Completions; # inferred: here, too.
    """
    shared: dict[str, Any] = {"reply_id": reply_id, "created": created, "model": model}
    shared |= {"rules": rules, "request": request}
    whole = write(reply, usage=usage, choice=choice, **shared)
    padding = dice(f"obfuscation {reply_id}") if include_obfuscation else None
    for number, (kind, fields, tokens) in enumerate(_events(reply, frame(**shared), whole, burst)):
        if padding and "delta" in fields:
            drawn = (
                int(padding.random() * len(ALPHABET)) for _ in range(_missing(fields["delta"]))
            )
            fields["obfuscation"] = "".join(ALPHABET[i] for i in drawn)
        yield _chunk(kind, fields, number, tokens)


def _missing(delta: str) -> int:
    return -len(delta) % PADDED


def _chunk(kind: str, fields: Mapping[str, Any], number: int, tokens: int = 0) -> Chunk:
    data = dict(sorted({**fields, "sequence_number": number}.items()))
    return Chunk(event=kind, data={"type": kind, **data}, tokens=tokens)


def _events(
    reply: Reply, begun: dict[str, Any], whole: dict[str, Any], burst: bool
) -> Iterator[Event]:
    yield "response.created", {"response": begun}, 0
    yield "response.in_progress", {"response": begun}, 0
    parallel = len(reply.calls) > 1
    ahead = written(Reply(calls=reply.calls)) if parallel and burst else None
    for index, item in enumerate(whole["output"]):
        for kind, fields, tokens in _item(item, parallel):
            if ahead is not None and item["type"] == "function_call":
                tokens, ahead = ahead, 0
            yield kind, {"output_index": index, **fields}, tokens
    yield f"response.{whole['status']}", {"response": whole}, 0


def _item(item: dict[str, Any], parallel: bool) -> Iterator[Event]:
    added = "response.output_item.added"
    match item["type"]:
        case "message":
            begun = item | {"status": "in_progress", "content": []}
            yield added, {"item": begun}, 0
            yield from _text(item)
        case "function_call":
            begun = item | {"status": "in_progress", "arguments": ""}
            yield added, {"item": begun}, OVERHEAD + count_tokens(item["name"])
            yield from _arguments(item, parallel)
        case _:
            yield added, {"item": item}, 0
    yield "response.output_item.done", {"item": item}, 0


def _text(item: dict[str, Any]) -> Iterator[Event]:
    (part,) = item["content"]
    at = {"content_index": 0, "item_id": item["id"]}
    yield "response.content_part.added", {**at, "part": part | {"text": ""}}, 0
    pieces = words(part["text"])
    for piece, tokens in zip(pieces, weights(pieces), strict=True):
        yield "response.output_text.delta", {**at, "delta": piece, "logprobs": []}, tokens
    yield "response.output_text.done", {**at, "logprobs": [], "text": part["text"]}, 0
    yield "response.content_part.done", {**at, "part": part}, 0


def _arguments(item: dict[str, Any], parallel: bool) -> Iterator[Event]:
    text, at = item["arguments"], {"item_id": item["id"]}
    pieces = [text] if parallel and text else fragments(text, item["id"])
    for piece, tokens in zip(pieces, weights(pieces), strict=True):
        yield "response.function_call_arguments.delta", {**at, "delta": piece}, tokens
    yield "response.function_call_arguments.done", {**at, "arguments": text}, 0


# --- Failure --------------------------------------------------------------------------------------

FAILURES = ("server_error", "rate_limit_exceeded")
"""Codes that a failed response may have, of those that a server can mean (openai 3.52)."""


def failure(error: ApiError, sent: Sequence[Chunk]) -> Iterator[Chunk]:
    """What a server sends when it fails in the middle of a stream: `error`, then `response.failed`.

    Verbatim: the two events and the `error` object inside the first. The SDK raises
    `openai.APIError` at the first (openai 3.52).

    :param sent: the chunks that went out before.
    """
    number = len(sent)
    yield _chunk("error", write_error(error), number)
    begun = sent[0].data["response"] if sent else {}
    code = error.code if error.code in FAILURES else FAILURES[0]
    done = [c.data["item"] for c in sent if c.event == "response.output_item.done"]
    failed = {"status": "failed", "output": done, "error": {"code": code, "message": error.message}}
    yield _chunk("response.failed", {"response": begun | failed}, number + 1)
