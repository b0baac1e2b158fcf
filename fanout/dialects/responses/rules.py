"""What Responses refuses depending on the model.

Strategy: as in Chat Completions the dialect knows no list of models and asks for the properties
below. Responses takes tools with every model and every effort. The order of the refusals is measured
(sampling before log probabilities, `include` before `top_logprobs`); that an effort comes first is
our choice.

`parallel_tool_calls` is refused for no model: every report of such a refusal (row 19) is of Chat
Completions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from fanout.dialects import openai_schema as schema
from fanout.dialects.errors import ApiError
from fanout.dialects.responses.settings import effort


class ModelRules(Protocol):
    """What this dialect must know of a model; `fanout.simulator.profiles.Profile` is one."""

    @property
    def parallel_calls(self) -> bool:
        """It may ask for several tools in one turn."""

    @property
    def parallel_not_with(self) -> Sequence[str]:
        """Reasoning efforts with which it asks for one tool at a time."""

    @property
    def efforts_in_responses(self) -> Sequence[str]:
        """The values of `reasoning.effort` it takes; none for a model that does not reason."""

    @property
    def default_effort(self) -> str | None:
        """The effort when the request names none."""

    @property
    def temperature(self) -> Literal["any", "effort_none", "default"]:
        """Which temperatures it takes: any, any with effort none, or only 1."""

    @property
    def phase(self) -> bool:
        """Its messages say whether they are a commentary or the final answer."""


def effort_of(body: Mapping[str, Any], rules: ModelRules) -> str | None:
    """The reasoning effort that a request runs with; None for a model that does not reason."""
    return effort(body) or rules.default_effort


def reasons(body: Mapping[str, Any], rules: ModelRules | None) -> bool:
    """Whether a reply to this request begins with a reasoning item."""
    return rules is not None and effort_of(body, rules) not in (None, "none")


def may_call_in_parallel(body: Mapping[str, Any], rules: ModelRules | None) -> bool:
    """Whether a reply to this request may hold several calls."""
    asked = body.get("parallel_tool_calls") is not False
    if rules is None:
        return asked
    return asked and rules.parallel_calls and effort_of(body, rules) not in rules.parallel_not_with


def check_model(body: Mapping[str, Any], rules: ModelRules) -> None:
    """Raises the refusal of this model, if it has one, for a body that is otherwise well formed."""
    _check_effort(body, rules)
    if _sampling_refused(body, rules):
        for field, idle in _SAMPLING.items():
            if body.get(field) not in (None, idle):
                raise _unsupported(field)
    if reasons(body, rules):
        _check_logprobs(body)


_SAMPLING = {"temperature": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0}
"""Each with the value that changes nothing. # inferred: that this value is accepted."""


def _sampling_refused(body: Mapping[str, Any], rules: ModelRules) -> bool:
    # With effort none it is accepted: pydantic-ai, cassette
    # test_openai_responses_gpt_5_6_reasoning_off_keeps_sampling_params (2026-07).
    if rules.temperature == "effort_none":
        return effort_of(body, rules) != "none"
    return rules.temperature == "default"


def _unsupported(field: str) -> ApiError:
    # Row 31. Its code is null, unlike that of the same sentence elsewhere.
    return ApiError(schema.unsupported_parameter(field).message, param=field)


def _check_effort(body: Mapping[str, Any], rules: ModelRules) -> None:
    asked = effort(body)
    if asked is None or asked in rules.efforts_in_responses:
        return
    if not rules.efforts_in_responses:
        raise schema.unsupported_parameter("reasoning.effort")
    text = (
        f"Unsupported value: '{asked}' is not supported with the '{body['model']}' model. "
        f"Supported values are: {schema.listing(rules.efforts_in_responses)}."
    )
    raise ApiError(text, code="unsupported_value", param="reasoning.effort")


def _check_logprobs(body: Mapping[str, Any]) -> None:
    text = "logprobs are not supported with reasoning models."
    if "message.output_text.logprobs" in (body.get("include") or ()):
        raise ApiError(text, code="unsupported_parameter", param="include")
    if body.get("top_logprobs"):
        raise ApiError(text, code="unsupported_parameter", param="top_logprobs")
