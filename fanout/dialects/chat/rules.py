"""What Chat Completions refuses depending on the model.

Strategy: the dialect knows no list of models. It asks for the properties below; the simulator's
profiles have them. The order of the checks is our choice; no report shows two such faults at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

from fanout.dialects import openai_schema as schema
from fanout.dialects.errors import ApiError


class ModelRules(Protocol):
    """What this dialect must know of a model; `fanout.simulator.profiles.Profile` is one."""

    @property
    def in_chat(self) -> bool:
        """The model answers Chat Completions at all."""

    @property
    def tools_in_chat(self) -> Literal["yes", "effort_none", "never"]:
        """Whether it takes tools there: always, only with `reasoning_effort` none, or never."""

    @property
    def parallel_param(self) -> bool:
        """`parallel_tool_calls` may be sent."""

    @property
    def parallel_calls(self) -> bool:
        """It may ask for several tools in one turn."""

    @property
    def parallel_not_with(self) -> Sequence[str]:
        """Reasoning efforts with which it asks for one tool at a time."""

    @property
    def efforts(self) -> Sequence[str]:
        """The values of `reasoning_effort` it takes; none for a model that does not reason."""

    @property
    def default_effort(self) -> str | None:
        """The effort when the request names none."""

    @property
    def max_tokens_refused(self) -> bool:
        """`max_tokens` is refused in favour of `max_completion_tokens`."""

    @property
    def temperature(self) -> Literal["any", "effort_none", "default"]:
        """Which temperatures it takes: any, any with effort none, or only 1."""

    @property
    def forced_finish(self) -> Literal["stop", "tool_calls"]:
        """The finish_reason after a function that was forced by name."""

    @property
    def logprobs_key(self) -> bool:
        """Its choices carry `logprobs: null`."""

    @property
    def fingerprint(self) -> str | None:
        """The `system_fingerprint` of its replies."""


def effort_of(body: dict[str, Any], rules: ModelRules) -> str | None:
    """The reasoning effort that a request runs with."""
    effort = body.get("reasoning_effort")
    return rules.default_effort if effort is None else str(effort)


def may_call_in_parallel(body: dict[str, Any], rules: ModelRules | None) -> bool:
    """Whether a reply to this request may hold several calls."""
    asked = bool(body.get("parallel_tool_calls", True))
    if rules is None:
        return asked
    return asked and rules.parallel_calls and effort_of(body, rules) not in rules.parallel_not_with


def check_model(body: dict[str, Any], rules: ModelRules) -> None:
    """Raises the refusal of this model, if it has one, for a body that is otherwise well formed."""
    if not rules.in_chat:
        raise _responses_only()
    if rules.max_tokens_refused and body.get("max_tokens") is not None:
        raise schema.unsupported_parameter("max_tokens", "max_completion_tokens")
    if not rules.parallel_param and "parallel_tool_calls" in body:
        raise schema.unsupported_parameter("parallel_tool_calls")
    _check_never(body, rules)
    _check_effort(body, rules)
    _check_tools(body, rules)
    _check_temperature(body, rules)
    _check_while_reasoning(body, rules)


_NEVER = ("stop", "logit_bias", "prediction")
_NOT_WHILE_REASONING = ("frequency_penalty", "presence_penalty", "logprobs")


def _check_never(body: dict[str, Any], rules: ModelRules) -> None:
    # Row x10. Measured on gpt-5.6-terra. inferred: that it holds for the models that reason by
    # themselves, and that an empty value passes.
    if rules.default_effort not in (None, "none"):
        _refuse_any(body, _NEVER)


def _check_while_reasoning(body: dict[str, Any], rules: ModelRules) -> None:
    # Row x10. Measured on gpt-5.6-terra, where effort none lets them pass. inferred: other models.
    if effort_of(body, rules) not in (None, "none"):
        _refuse_any(body, _NOT_WHILE_REASONING)


def _refuse_any(body: dict[str, Any], fields: Sequence[str]) -> None:
    for field in fields:
        if body.get(field):
            raise schema.unsupported_parameter(field)


def _responses_only() -> ApiError:
    # "This model is only supported in v1/responses and not in v1/chat/completions."
    # -- verbatim with param and code: egoist/chatwise-releases#1122 (gpt-5-pro, 2025-10);
    #    status 404: docker/docker-agent#313
    text = "This model is only supported in v1/responses and not in v1/chat/completions."
    return ApiError(text, status=404, param="model")


def _check_effort(body: dict[str, Any], rules: ModelRules) -> None:
    effort = body.get("reasoning_effort")
    if effort is None or effort in rules.efforts:
        return
    if not rules.efforts:
        # -- verbatim, code and param null: davidmigloz/langchain_dart#712 (gpt-4o-mini, 2025-06)
        raise schema.unrecognized("reasoning_effort")
    # Row 32, and the "none" of row 26b.
    text = (
        f"Unsupported value: '{effort}' is not supported with the '{body['model']}' model. "
        f"Supported values are: {schema.listing(rules.efforts)}."
    )
    raise ApiError(text, code="unsupported_value", param="reasoning_effort")


def _check_tools(body: dict[str, Any], rules: ModelRules) -> None:
    if "tools" not in body or rules.tools_in_chat == "yes":
        return
    if rules.tools_in_chat == "effort_none" and effort_of(body, rules) == "none":
        return
    # Row 26. Its older ending (gpt-5.4 and 5.5 in spring 2026) was "Please use /v1/responses
    # instead."
    text = (
        f"Function tools with reasoning_effort are not supported for {body['model']} in "
        "/v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort "
        "to 'none'."
    )
    raise ApiError(text, param="reasoning_effort")


def _check_temperature(body: dict[str, Any], rules: ModelRules) -> None:
    temperature = body.get("temperature")
    if temperature in (None, 1) or rules.temperature == "any":
        return
    if rules.temperature == "effort_none" and effort_of(body, rules) == "none":
        return
    # -- verbatim, full body: diffbot/code-gpt-docs#445 (gpt-5, 2025-08)
    # inferred: which later models still say so, and with which effort.
    text = (
        f"Unsupported value: 'temperature' does not support {temperature} with this model. "
        "Only the default (1) value is supported."
    )
    raise ApiError(text, code="unsupported_value", param="temperature")
