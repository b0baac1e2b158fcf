"""The settings of a Messages request: everything beside model, messages, system and tools.

Strategy: one check a field, called by reading.py in the API's own order (measured in 2026-08). The
fields typed as optional in the SDK may be null; for others null is a wrong type (inferred).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from fanout.dialects.claude import access, schema
from fanout.dialects.claude.schema import fault, join
from fanout.dialects.errors import ApiError

SAMPLING = ("temperature", "top_k", "top_p")
"""Fields that only the older API version has."""

GEOS = ("global", "us")

KNOWN = frozenset(
    """
    cache_control container diagnostics inference_geo max_tokens messages metadata model
    output_config service_tier speed stop_sequences stream system thinking tool_choice tools
    """.split()
)
# The fields of MessageCreateParams (anthropic 2.11.0).

BETA_KNOWN = frozenset(
    """
    billing_policy compaction context_management fallback_credit_token fallbacks mcp_servers
    """.split()
)
# inferred: that without any beta these do not exist, as is reported of context_management
# (anthropics/claude-code#14135, 2025-12); which beta brings which field is not judged.

THINKING: dict[str, tuple[str, ...]] = {
    "adaptive": ("type", "display"),
    "between_tools": ("type",),
    "disabled": ("type",),
    "enabled": ("type", "budget_tokens", "display"),
}
EFFORTS = ("low", "medium", "high", "xhigh", "max")
LEAST_BUDGET = 1024
CACHE_MOST = 4


def check_thinking(body: dict[str, Any]) -> None:
    """Raises where `thinking` has not the shape of any of its forms."""
    if "thinking" not in body:
        return
    value = body["thinking"]
    kind = schema.need_tag(value, "thinking", THINKING)
    path = join("thinking", kind)
    if kind == "enabled":
        _check_budget(schema.need(value, "budget_tokens", path), join(path, "budget_tokens"))
    if value.get("display") is not None:
        schema.need_choice(value["display"], join(path, "display"), ("summarized", "omitted"))
    schema.only(value, THINKING[kind], path)


def _check_budget(value: object, path: str) -> None:
    if schema.need_integer(value, path) < LEAST_BUDGET:
        # -- verbatim: several troubleshooting notes, 2025
        raise fault(path, f"Input should be greater than or equal to {LEAST_BUDGET}")


def check_budget(body: dict[str, Any]) -> None:
    """Raises where the thinking budget leaves no token for an answer."""
    budget = (body.get("thinking") or {}).get("budget_tokens")
    if budget is not None and budget >= body["max_tokens"]:
        # -- verbatim in its first sentence, reports to 2026-09. inferred: that nothing follows it
        raise ApiError("`max_tokens` must be greater than `thinking.budget_tokens`")


def check_output(body: dict[str, Any]) -> None:
    """Raises where `output_config` has a wrong shape."""
    if "output_config" not in body:
        return
    value = body["output_config"]
    if not isinstance(value, dict):
        raise schema.misshapen("output_config")
    if value.get("effort") is not None:
        schema.need_choice(value["effort"], "output_config.effort", EFFORTS)
    if value.get("format") is not None:
        schema.need_object(value["format"], "output_config.format")
    schema.only(value, ("effort", "format", "task_budget"), "output_config")


def check_cache(body: dict[str, Any]) -> None:
    """Raises where `cache_control` has a wrong shape, or stands at more than four blocks."""
    schema.need_cache_control(body, "")
    marked = sum(block.get("cache_control") is not None for block in _blocks(body))
    if marked > CACHE_MOST:  # row c35
        text = f"A maximum of {CACHE_MOST} blocks with cache_control may be provided."
        raise ApiError(f"{text} Found {marked}.")


def _blocks(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every block that may carry `cache_control`."""
    yield from body.get("tools", ())
    if isinstance(body.get("system"), list):
        yield from body["system"]
    for message in body["messages"]:
        for block in message["content"] if isinstance(message["content"], list) else ():
            yield block
            inner = block.get("content") if block["type"] == "tool_result" else None
            yield from inner if isinstance(inner, list) else ()


def check_max_tokens(body: dict[str, Any]) -> None:
    """Raises where `max_tokens` is absent or no limit; 0 is one (rows c1, c5)."""
    value = schema.need(body, "max_tokens", "")
    if schema.need_integer(value, "max_tokens") < 0:
        raise fault("max_tokens", "must be greater than or equal to 0")


def check_rest(body: dict[str, Any]) -> None:
    """Raises where one of the remaining settings has a wrong type, in the API's own order."""
    _check_metadata(body)
    if "stop_sequences" in body:
        for i, text in enumerate(schema.need_list(body["stop_sequences"], "stop_sequences")):
            schema.need_string(text, f"stop_sequences.{i}")
    _check_share(body, "temperature")
    if "service_tier" in body:
        schema.need_choice(body["service_tier"], "service_tier", ("auto", "standard_only"))
    if "top_k" in body and schema.need_integer(body["top_k"], "top_k") < 0:
        raise fault("top_k", "Input should be greater than or equal to 0")  # inferred: the words
    _check_share(body, "top_p")
    if "stream" in body:
        schema.need_boolean(body["stream"], "stream")
    if not isinstance(body.get("container"), (str, dict, type(None))):
        raise schema.misshapen("container.ContainerParams")
    _check_geo(body)
    if body.get("speed") is not None:
        schema.need_choice(body["speed"], "speed", ("standard", "fast"))


def _check_metadata(body: dict[str, Any]) -> None:
    if "metadata" not in body:
        return
    value = body["metadata"]
    if not isinstance(value, dict):
        raise schema.misshapen("metadata")
    if value.get("user_id") is not None:
        schema.need_string(value["user_id"], "metadata.user_id")
    schema.only(value, ("user_id",), "metadata")


def _check_share(body: dict[str, Any], name: str) -> None:
    """A number from 0 to 1."""
    if name in body and not 0 <= schema.need_number(body[name], name) <= 1:
        raise fault(name, "range: 0..1")


def _check_geo(body: dict[str, Any]) -> None:
    if body.get("inference_geo") is None:
        return
    if schema.need_string(body["inference_geo"], "inference_geo") not in GEOS:
        raise fault("inference_geo", f"must be one of {list(GEOS)}")


def check_known(body: dict[str, Any], version: str, betas: Collection[str]) -> None:
    """Raises for fields that the endpoint does not have under this version and with these betas."""
    known = set(KNOWN)
    if version == access.OLDER_VERSION:
        known.update(SAMPLING)
    if access.THREADS_BETA in betas:
        known.add("thread")
    if betas:
        known.update(BETA_KNOWN)
    schema.only(body, known, "")  # row c10, and row c23 under the newer version
