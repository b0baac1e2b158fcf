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
    unknown,
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
STREAM_OPTIONS = ("include_usage", "include_obfuscation")
CHOICES_LIMIT = 8


def check_known(body: dict[str, Any]) -> None:
    """Raises for the first field that the endpoint does not have (row x9)."""
    for field in body:
        if field not in KNOWN:
            raise unknown(field, KNOWN, body)


def _retention(value: Any, path: str) -> None:
    if isinstance(value, str) and value not in RETENTIONS:
        raise ApiError(f"Invalid {path} argument", param=path)
    schema.need_enum(value, path, RETENTIONS)


# The order is the API's own, and so are the words (kangminlee-maker/local-OAuth-CLI-API-adapter,
# gpt-5.6-terra, 2026-08-30). inferred: the places of `reasoning_effort` and `prediction`.
_CHECKS: Mapping[str, Check] = {
    "max_tokens": integer(1),
    "max_completion_tokens": integer(1),
    "n": integer(1, CHOICES_LIMIT),
    "temperature": number(0, 2),  # row 33
    "top_p": number(0, 1),
    "presence_penalty": number(-2, 2),
    "frequency_penalty": number(-2, 2),
    "logprobs": schema.need_boolean,
    "top_logprobs": integer(0),
    "user": schema.need_string,
    "seed": integer(-(2**63), 2**63),
    "safety_identifier": schema.need_string,
    "prompt_cache_key": schema.need_string,
    "prompt_cache_retention": _retention,
    "service_tier": one_of(*TIERS),
    "stream": schema.need_boolean,
    "store": schema.need_boolean,
    "metadata": metadata,
    "verbosity": one_of(*VERBOSITIES),
    "reasoning_effort": schema.need_string,
    "prediction": schema.need_object,
}


def check(body: dict[str, Any]) -> None:
    """Raises where a setting has a type or a value that the API refuses; null means unset."""
    for field, check_field in _CHECKS.items():
        if body.get(field) is not None:
            check_field(body[field], field)
    _check_stream(body)
    max_tokens(body)


def _check_stream(body: dict[str, Any]) -> None:
    if body.get("stream_options") is None:
        return
    for member in schema.need_object(body["stream_options"], "stream_options"):
        if member not in STREAM_OPTIONS:
            raise schema.unknown(f"stream_options.{member}")
    if not body.get("stream"):
        # -- verbatim, param and code too: BerriAI/litellm#5803 (2024), lobehub/lobehub#6735 (2025)
        text = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise ApiError(text, param="stream_options")


def max_tokens(body: dict[str, Any]) -> int | None:
    """The limit on tokens of the reply, under its new or its old name."""
    limits = (body.get("max_tokens"), body.get("max_completion_tokens"))
    given = [limit for limit in limits if limit is not None]
    if len(given) == 2:
        # -- verbatim, full body: langchain-ai/langgraph#5943 (gpt-4.1, 2025-08)
        text = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
        raise ApiError(text, code="invalid_parameter_combination", param="max_tokens")
    return given[0] if given else None
