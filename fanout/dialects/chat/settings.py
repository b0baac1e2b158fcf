"""The settings of a Chat Completions request: everything beside messages and tools."""

from __future__ import annotations

from typing import Any

from fanout.dialects import openai_schema as schema
from fanout.dialects.errors import ApiError

KNOWN_FIELDS = """
audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens
max_tokens messages metadata modalities model moderation n parallel_tool_calls prediction
presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort
response_format safety_identifier seed service_tier stop store stream stream_options temperature
tool_choice tools top_logprobs top_p user verbosity web_search_options
"""
# The properties of CreateChatCompletionRequest in OpenAI's published document, 2026-08.
KNOWN = frozenset(KNOWN_FIELDS.split())


def check_known(body: dict[str, Any]) -> None:
    """Raises for fields that the endpoint does not have."""
    unknown = [key for key in body if key not in KNOWN]
    if unknown:
        raise schema.unrecognized(unknown)


def check(body: dict[str, Any]) -> None:
    """Raises where a setting has a type or a value that the API refuses; null means unset."""
    if body.get("temperature") is not None:
        schema.need_number(body["temperature"], "temperature", 0, 2)  # row 33
    if body.get("top_p") is not None:
        schema.need_number(body["top_p"], "top_p", 0, 1)
    if body.get("n") is not None:
        schema.need_integer(body["n"], "n", 1, 128)
    if body.get("reasoning_effort") is not None:
        schema.need_string(body["reasoning_effort"], "reasoning_effort")
    _check_stream(body)
    max_tokens(body)


def _check_stream(body: dict[str, Any]) -> None:
    stream = body.get("stream")
    if stream is not None:
        schema.need_boolean(stream, "stream")
    if body.get("stream_options") is None:
        return
    schema.need_object(body["stream_options"], "stream_options")
    if not stream:
        # -- verbatim, param and code too: BerriAI/litellm#5803 (2024), lobehub/lobehub#6735 (2025)
        text = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise ApiError(text, param="stream_options")


def max_tokens(body: dict[str, Any]) -> int | None:
    """The limit on tokens of the reply, under its new or its old name."""
    given = {
        key: schema.need_integer(body[key], key, 1)
        for key in ("max_tokens", "max_completion_tokens")
        if body.get(key) is not None
    }
    if len(given) == 2:
        # -- verbatim, full body: langchain-ai/langgraph#5943 (gpt-4.1, 2025-08)
        text = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
        raise ApiError(text, code="invalid_parameter_combination", param="max_tokens")
    return next(iter(given.values()), None)
