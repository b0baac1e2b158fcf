"""Streams as servers with mistakes send them: each mode turns right chunks into wrong ones.

A mode takes the chunks of `streaming.stream` and gives what such a server would send. It knows no
HTTP and no clock, leaves the chunks it is given as they are, and keeps their tokens, so modes can be
put one around another: `index_zero(whole_call(chunks))`, or `broken(chunks, "whole_call",
"index_zero")`. What the openai SDK makes of each is said for openai 3.52 and its `stream()` helper;
who sends it stands with its source.

None of these servers pads its chunks; ask `stream` for `include_obfuscation=False`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from itertools import islice
from typing import Any

from fanout.dialects.chat.streaming import DONE
from fanout.dialects.streaming import Chunk

Mode = Callable[[Iterable[Chunk]], Iterator[Chunk]]


def broken(chunks: Iterable[Chunk], *names: str) -> Iterator[Chunk]:
    """The chunks after the modes of these names, the first name first.

    Raises `ValueError` for a name that no mode has.
    """
    for name in names:
        if name not in MODES:
            raise ValueError(
                f"There is no way to break a stream called {name!r}; there are {', '.join(MODES)}."
            )
        chunks = MODES[name](chunks)
    return iter(chunks)


def index_zero(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Every call has index 0.

    The SDK merges them: ids, names and arguments are joined to one call, `{"a":1}{"b":2}`.
    Google's OpenAI-compatible endpoint for Gemini and bridges to it: NousResearch/hermes-agent#62940
    (2026-07), BerriAI/litellm#16194; vLLM and SGLang as quoted in InternLM/lmdeploy#3412 (2025).
    """
    return _edit_calls(chunks, lambda entry: entry.update(index=0))


def index_from_one(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """The first call has index 1.

    The SDK raises `IndexError`. Claude behind a bridge that takes the number of a content block for
    the number of a call, where a text or a thought comes first: BerriAI/litellm#5231 (2024),
    aws-samples/bedrock-access-gateway#134 (2025). What it did to a client that made a list of n
    entries: smartasking.org/blog/agno-chat-bug-tool-calls.
    """

    def shift(entry: dict[str, Any]) -> None:
        if "index" in entry:
            entry["index"] += 1

    return _edit_calls(chunks, shift)


def missing_index(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """No call says its index.

    The SDK raises `TypeError: list indices must be integers or slices, not NoneType`. Gemini:
    openai/openai-python#2806 (2025-12); Ollama: ollama/ollama#7881; EricLBuehler/mistral.rs#1507.
    """
    return _edit_calls(chunks, lambda entry: entry.pop("index", None))


def repeated_header(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Every fragment repeats the id, type and name of its call.

    The SDK joins them: `call_acall_acall_a`. Kimi K2 behind OpenRouter: simonw/llm,
    tests/cassettes/test_tools_streaming/test_tools_streaming_variant_a.yaml (2025-07).
    """
    headers: dict[Any, tuple[Any, Any, Any]] = {}

    def repeat(entry: dict[str, Any]) -> None:
        index, function = entry.get("index"), entry["function"]
        if "id" in entry:
            headers[index] = entry["id"], entry["type"], function["name"]
        entry["id"], entry["type"], name = headers[index]
        entry["function"] = {"name": name, **function}

    return _edit_calls(chunks, repeat)


def repeated_name(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Every fragment repeats the name of its call, and only that.

    The SDK joins them: `get_weatherget_weather`. vLLM: vllm-project/vllm#14951 (2025-03);
    weicj/vLLM-2080Ti-Definitive#127 (2026-08).
    """
    names: dict[Any, Any] = {}

    def repeat(entry: dict[str, Any]) -> None:
        index, function = entry.get("index"), entry["function"]
        if "name" in function:
            names[index] = function["name"]
        entry["function"] = {"name": names[index], **function}

    return _edit_calls(chunks, repeat)


def repeated_role(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Every delta has the role.

    The SDK joins it: `assistantassistant`. OpenRouter: simonw/llm, tests/cassettes/
    test_tools_streaming/test_tools_streaming_variant_c.yaml (2025-07).
    """
    for chunk in chunks:
        copy = deepcopy(chunk)
        for choice in _choices(copy):
            choice["delta"] = {"role": "assistant", **choice["delta"]}
        yield copy


def whole_call(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Each call comes in one chunk, when the last of its fragments is written.

    Right for the SDK, and for any client that does not wait for a fragment without an id. Groq, xAI
    and Hugging Face TGI send so (recordings of their APIs).
    """
    held: Chunk | None = None
    for chunk in chunks:
        if held is not None and _continues(held, chunk):
            held = _with_arguments_of(held, chunk)
            continue
        if held is not None:
            yield held
        held = chunk if _calls(chunk) else None
        if held is None:
            yield chunk
    if held is not None:
        yield held


def cut(chunks: Iterable[Chunk], after: int = 5) -> Iterator[Chunk]:
    """The stream ends after `after` chunks, and always before `[DONE]`.

    With several calls and no text, 5 chunks are the role, the first header and three fragments, so
    arguments of more than 24 characters are cut inside. The SDK says
    nothing: it gives what came so far, with finish_reason None. `[DONE]` is the only sign that a
    stream was whole, and it is not shown to the caller; look at finish_reason (openai 3.52, tried).
    """
    return (chunk for chunk in islice(chunks, after) if chunk != DONE)


MODES: Mapping[str, Mode] = {
    mode.__name__: mode
    for mode in (
        index_zero,
        index_from_one,
        missing_index,
        repeated_header,
        repeated_name,
        repeated_role,
        whole_call,
        cut,
    )
}
"""Every mode by its name."""


# --- Inside a chunk -----------------------------------------------------------------------------


def _choices(chunk: Chunk) -> list[dict[str, Any]]:
    return chunk.data.get("choices", []) if isinstance(chunk.data, dict) else []


def _calls(chunk: Chunk) -> list[dict[str, Any]]:
    """The entries of `tool_calls` in a chunk."""
    return [e for choice in _choices(chunk) for e in choice["delta"].get("tool_calls", ())]


def _edit_calls(
    chunks: Iterable[Chunk], edit: Callable[[dict[str, Any]], object]
) -> Iterator[Chunk]:
    for chunk in chunks:
        copy = deepcopy(chunk)
        for entry in _calls(copy):
            edit(entry)
        yield copy


def _continues(held: Chunk, chunk: Chunk) -> bool:
    """Whether a chunk has only more arguments of the call in the one before."""
    entries = _calls(chunk)
    return bool(entries) and entries[0].get("id") in (None, _calls(held)[0].get("id"))


def _with_arguments_of(held: Chunk, chunk: Chunk) -> Chunk:
    copy = deepcopy(held)
    _calls(copy)[0]["function"]["arguments"] += _calls(chunk)[0]["function"]["arguments"]
    return replace(copy, tokens=held.tokens + chunk.tokens)
