"""A reply of the model as Chat Completions chunks, in the order and shape of the recordings.

Recorded at the API (charmbracelet/fantasy, providertests/testdata/TestOpenAICommon, the files
`*_streaming.yaml` of openai-gpt-4o, openai-gpt-4o-mini and openai-gpt-5, 2025 and 2026), verbatim:

* several calls: a chunk with the role and content null, then for each call a chunk with index, id,
  type, name and empty arguments, and its fragments with index and arguments only; one call after
  another, never interleaved;
* one call: the first chunk has the role and that call's header (and `refusal: null`);
* a text: a chunk with the role, content "" and `refusal: null`, then the text in pieces;
* then a chunk with an empty delta and the finish_reason, the usage with no choices if it was asked
  for (`usage: null` in all others), and `[DONE]`.

A text before a call in one reply is on record in part (langchain4j/langchain4j#1853, gpt-4o, 2024:
content, then fragments with an index). Inferred: that the header is then a chunk of its own, with
several calls too, and how a reply with neither text nor calls looks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from fanout.conversation import Reply, ToolCall, ToolChoice
from fanout.dialects.chat.rules import ModelRules
from fanout.dialects.chat.writing import finish_reason, write_call, write_usage
from fanout.dialects.errors import ApiError
from fanout.dialects.fragments import dice, fragments, weights, words
from fanout.dialects.openai_errors import write_error
from fanout.dialects.openai_ids import ALPHABET
from fanout.dialects.streaming import Chunk
from fanout.dialects.tokens import OVERHEAD, Usage, count_tokens

DONE = Chunk(data="[DONE]")
"""The last event of a stream that was not cut."""


class _Step(NamedTuple):
    """A delta and the tokens that the model wrote for it."""

    delta: dict[str, Any]
    tokens: int = 0


def stream(
    reply: Reply,
    *,
    reply_id: str,
    created: int,
    model: str,
    usage: Usage,
    choice: ToolChoice | None = None,
    rules: ModelRules | None = None,
    include_usage: bool = False,
    include_obfuscation: bool = True,
    burst: bool = True,
) -> Iterator[Chunk]:
    """The chunks of a streamed reply; `reply_id` also decides where its arguments are cut.

    The tokens of the chunks add up to `tokens.written(reply)`.

    Several calls come in one burst when the model has written the last of them, so their first
    chunk carries the tokens of all and the others none. Reported for OpenAI's API in
    openbraininstitute/neuroagent#95 and vercel/ai#949 (reproduced with curl). Inferred: that the
    chunk with the role is part of the burst. In the recordings it has its keys in the order of the
    burst's chunks (`usage` before `choices`), which no other chunk has.

    :param created: seconds since 1970.
    :param model: the name to echo; the API echoes the dated snapshot.
    :param choice: the request's tool choice, for the finish_reason of a forced function.
    :param rules: the model's; without them the shape is that of gpt-5.
    :param include_usage: `stream_options.include_usage`.
    :param include_obfuscation: `stream_options.include_obfuscation`, on unless refused.
    :param burst: False for a server that sends each fragment when it is written (inferred: one that
        does not unpack its calls from a wrapper, as OpenAI is thought to do).
    """
    frame = _Frame(reply_id, created, model, rules, include_usage, include_obfuscation)
    for delta, tokens in _steps(reply, reply_id, burst):
        yield frame.choice(delta, tokens)
    yield frame.choice({}, finish=finish_reason(reply, choice, rules))
    if include_usage:
        yield frame.chunk([], usage=write_usage(usage))
    yield DONE


def failure(error: ApiError) -> Chunk:
    """What a server sends when it fails in the middle of a stream, its status 200 long gone.

    The SDK raises `openai.APIError` with the message (openai 3.52). Nothing follows it (inferred).
    """
    return Chunk(data=write_error(error))


# --- Deltas -------------------------------------------------------------------------------------


def _steps(reply: Reply, seed: str, burst: bool) -> Iterator[_Step]:
    calls = _calls(reply.calls, seed)
    parallel = burst and len(reply.calls) > 1
    if reply.text is not None:
        yield _Step({"role": "assistant", "content": "", "refusal": None})
        pieces = words(reply.text)
        yield from map(_Step, ({"content": p} for p in pieces), weights(pieces))
    elif len(reply.calls) == 1:
        header, tokens = next(calls)
        yield _Step({"role": "assistant", "content": None, **header, "refusal": None}, tokens)
    elif reply.calls:
        calls = chain([_Step({"role": "assistant", "content": None})], calls)
    else:
        yield _Step({"role": "assistant", "content": None, "refusal": None})
    yield from _at_once(calls) if parallel else calls


def _calls(calls: Sequence[ToolCall], seed: str) -> Iterator[_Step]:
    for index, call in enumerate(calls):
        header = write_call(call)
        header["function"]["arguments"] = ""
        yield _Step(_entry(index, header), OVERHEAD + count_tokens(call.name))
        pieces = fragments(call.arguments, f"{seed} {index} {call.id}")
        for piece, tokens in zip(pieces, weights(pieces), strict=True):
            yield _Step(_entry(index, {"function": {"arguments": piece}}), tokens)


def _entry(index: int, fields: dict[str, Any]) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, **fields}]}


def _at_once(steps: Iterable[_Step]) -> Iterator[_Step]:
    """The same deltas, with the tokens of all on the first."""
    first, *rest = steps
    yield _Step(first.delta, first.tokens + sum(step.tokens for step in rest))
    yield from (_Step(step.delta) for step in rest)


# --- Chunks -------------------------------------------------------------------------------------


class _Frame:
    """What every chunk of one stream has around its delta."""

    def __init__(
        self,
        reply_id: str,
        created: int,
        model: str,
        rules: ModelRules | None,
        with_usage: bool,
        padded: bool,
    ) -> None:
        self.head = {
            "id": reply_id,
            "object": "chat.completion.chunk",
            "created": created,
            "model": model,
            "service_tier": "default",
            "system_fingerprint": None if rules is None else rules.fingerprint,
        }
        self.logprobs_key = rules is not None and rules.logprobs_key
        self.with_usage = with_usage
        self.padded = padded
        self.dice = dice(f"obfuscation {reply_id}")

    def choice(self, delta: dict[str, Any], tokens: int = 0, finish: str | None = None) -> Chunk:
        """A chunk with one choice."""
        entry: dict[str, Any] = {"index": 0, "delta": delta}
        if self.logprobs_key:
            entry["logprobs"] = None
        return self.chunk([entry | {"finish_reason": finish}], tokens=tokens)

    def chunk(
        self, choices: list[Any], *, usage: dict[str, Any] | None = None, tokens: int = 0
    ) -> Chunk:
        """A chunk with these choices. Without `include_usage` it has no key `usage`."""
        # -- verbatim: ENTERPILOT/GoModel#46, a stream that was asked without it (2026-01)
        data: dict[str, Any] = {**self.head, "choices": choices}
        if self.with_usage:
            data["usage"] = usage
        if self.padded:
            data["obfuscation"] = self._padding(data)
        return Chunk(data=data, tokens=tokens)

    def _padding(self, data: dict[str, Any]) -> str:
        # Measured on the recordings: the JSON of a chunk, without spaces, is one character longer
        # than a multiple of 16, so that its length does not give away what is in it. Letters beyond
        # ASCII count as one. What letters the API takes is chance; ours depend on the reply's id.
        text = json.dumps(data | {"obfuscation": ""}, separators=(",", ":"), ensure_ascii=False)
        drawn = (int(self.dice.random() * len(ALPHABET)) for _ in range((1 - len(text)) % 16))
        return "".join(ALPHABET[number] for number in drawn)
