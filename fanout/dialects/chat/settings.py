"""The settings of a Chat Completions request: everything beside messages and tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fanout.dialects import openai_schema as schema
from fanout.dialects.errors import ApiError
from fanout.dialects.openai_settings import (
    RETENTIONS,
    TIERS,
    VERBOSITIES,
    Check,
    integer,
    metadata,
    number,
    one_of,
)

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


# inferred: all but row 33. What a setting may be is OpenAI's published document (2026-08); the words are
# those of Responses, where they were measured; the order is our choice.
_CHECKS: Mapping[str, Check] = {
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "frequency_penalty": number(-2, 2),
    "presence_penalty": number(-2, 2),
    "n": integer(1, 128),
    "seed": integer(-(2**63), 2**63),
    "logprobs": schema.need_boolean,
    "top_logprobs": integer(0, 20),
    "reasoning_effort": schema.need_string,
    "verbosity": one_of(*VERBOSITIES),
    "prediction": schema.need_object,
    "store": schema.need_boolean,
    "metadata": metadata,
    "service_tier": one_of(*TIERS),
    "user": schema.need_string,
    "safety_identifier": schema.need_string,
    "prompt_cache_key": schema.need_string,
    "prompt_cache_retention": one_of(*RETENTIONS),
}


def check(body: dict[str, Any]) -> None:
    """Raises where a setting has a type or a value that the API refuses; null means unset."""
    for field, check_field in _CHECKS.items():
        if body.get(field) is not None:
            check_field(body[field], field)
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
