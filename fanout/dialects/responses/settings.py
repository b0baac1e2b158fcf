"""The fields of a Responses request, each with what its value may be.

Strategy: one table. Its order is the order in which the API reports wrong types, measured by sending
two at a time (kangminlee-maker/local-OAuth-CLI-API-adapter, conformance matrix 5.5.6, gpt-5.6-terra,
2026-08-31). null counts as absent everywhere but in `model` and `input`.
"""

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
from fanout.dialects.responses import items, tools

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
SUMMARIES = ("concise", "detailed", "auto")
FORMATS = ("json_object", "text", "json_schema")
INCLUDES = (
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
)
LEAST_OUTPUT_TOKENS = 16


def check_known(body: Mapping[str, Any]) -> None:
    """Raises for the first field that the endpoint does not have."""
    for field in body:
        if field not in KNOWN:
            raise _unknown(field, body)


def check(body: Mapping[str, Any]) -> None:
    """Raises for the first field, in the API's order, of a type or a value that it refuses."""
    for field, check_field in _CHECKS.items():
        if body.get(field) is not None or field == "input":
            check_field(body[field], field)


def max_tokens(body: Mapping[str, Any]) -> int | None:
    """The limit on tokens of the reply."""
    limit: int | None = body.get("max_output_tokens")
    return limit


def effort(body: Mapping[str, Any]) -> str | None:
    """The reasoning effort that a well-formed body asks for, or None."""
    asked: str | None = (body.get("reasoning") or {}).get("effort")
    return asked


# --- Unknown fields -------------------------------------------------------------------------------


def _unknown(field: str, body: Mapping[str, Any]) -> ApiError:
    if field == "messages":
        text = (
            "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to "
            "'input'. Try again with the new parameter. See the API documentation for more "
            "information: https://platform.openai.com/docs/api-reference/responses/create."
        )
        return ApiError(text, code="unsupported_parameter")
    return unknown(field, KNOWN, body)


# --- The checks -----------------------------------------------------------------------------------


def _members(**checks: Check) -> Check:
    """An object with these members and no other."""

    def check_object(value: Any, path: str) -> None:
        for member, inner in schema.need_object(value, path).items():
            if member not in checks:
                raise schema.unknown(f"{path}.{member}")
            if inner is not None:
                checks[member](inner, f"{path}.{member}")

    return check_object


def _anything(value: Any, path: str) -> None:
    """Not looked at."""


def _objects(value: Any, path: str) -> None:
    if not isinstance(value, list):
        raise schema.wrong_type(path, "an array of objects", value)


def _include(value: Any, path: str) -> None:
    if not isinstance(value, list):
        # The API shortens long names in this sentence: 'fil...lts'.
        short = [f"{name[:3]}...{name[-3:]}" for name in INCLUDES]
        raise schema.wrong_type(path, f"an array of one of {schema.listing(short, 'or')}", value)
    for i, name in enumerate(value):
        schema.need_enum(name, f"{path}[{i}]", INCLUDES)


def _effort(value: Any, path: str) -> None:
    if isinstance(value, int) and not isinstance(value, bool):
        narrow = schema.listing(("minimal", "low", "medium", "high"), "or")
        raise schema.wrong_type(path, f"one of {narrow}", value)
    if not isinstance(value, str):
        wide = schema.listing(EFFORTS, "or")
        raise schema.wrong_type(path, f"one of one of {wide} or integer", value)
    schema.need_choice(value, path, EFFORTS)


def _format(value: Any, path: str) -> None:
    form = schema.need_object(value, path)
    kind = schema.need_enum(schema.need(form, "type", path), f"{path}.type", FORMATS)
    if kind == "json_schema":
        schema.need_string(schema.need(form, "name", path), f"{path}.name")


_CHECKS: Mapping[str, Check] = {
    "input": items.check,
    "previous_response_id": schema.need_string,
    "prompt": schema.need_object,
    "moderation": schema.need_object,
    "include": _include,
    "tools": tools.check,
    "tool_choice": tools.check_choice,
    "metadata": metadata,
    "text": _members(format=_format, verbosity=one_of(*VERBOSITIES)),
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "presence_penalty": number(-2, 2),
    "frequency_penalty": number(-2, 2),
    "parallel_tool_calls": schema.need_boolean,
    "stream": schema.need_boolean,
    "stream_options": _members(include_obfuscation=schema.need_boolean),
    "background": schema.need_boolean,
    "max_output_tokens": integer(LEAST_OUTPUT_TOKENS),
    "max_tool_calls": integer(1),
    "reasoning": _members(
        effort=_effort, summary=one_of(*SUMMARIES), context=_anything, mode=_anything
    ),
    "user": schema.need_string,
    "safety_identifier": schema.need_string,
    "prompt_cache_options": _members(
        mode=_anything, ttl=_anything, comparison_response_id=_anything
    ),
    "prompt_cache_key": schema.need_string,
    "prompt_cache_retention": one_of(*RETENTIONS),
    "truncation": one_of("auto", "disabled"),
    "instructions": schema.need_string,
    "store": schema.need_boolean,
    "service_tier": one_of(*TIERS),
    "top_logprobs": integer(0, 20),
    "context_management": _objects,
}
KNOWN = frozenset((*_CHECKS, "model", "conversation"))
"""The fields of a request, as the same study found them by sending each."""
