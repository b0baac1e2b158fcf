"""What the Messages API refuses depending on the model.

Strategy: the dialect knows no list of models. It asks for the properties below; the simulator's
claude_models have them. The order of the checks is our choice; no report shows two such faults.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

from fanout.dialects.claude import schema
from fanout.dialects.errors import ApiError


class ModelRules(Protocol):
    """What this dialect must know of a model; `simulator.claude_models.ClaudeModel` is one."""

    @property
    def forced_tools(self) -> bool:
        """`tool_choice` may be `any` or `tool`."""

    @property
    def parallel_calls(self) -> bool:
        """It may ask for several tools in one turn."""

    @property
    def prefill(self) -> bool:
        """`messages` may end with the beginning of the answer."""

    @property
    def thinking(self) -> Sequence[str]:
        """The types of `thinking` it takes."""

    @property
    def sampling(self) -> Literal["any", "one", "none"]:
        """Under the older API version: any of temperature and top_p, one of them, or neither."""

    @property
    def system_messages(self) -> bool:
        """Messages with the role `system` may stand in the conversation."""

    @property
    def output_limit(self) -> int:
        """The most `max_tokens` it takes."""

    @property
    def thinking_count(self) -> bool:
        """Its usage tells how many tokens were thinking."""


def check_model(body: dict[str, Any], rules: ModelRules) -> None:
    """Raises the refusal of this model, if it has one, for a body that is otherwise well formed."""
    _check_choice(body, rules)
    _check_thinking(body, rules)
    _check_max_tokens(body, rules)
    _check_sampling(body, rules)


def manual_thinking(body: dict[str, Any]) -> bool:
    """Whether the request turns thinking on by hand, with a budget."""
    thinking = body.get("thinking")
    return isinstance(thinking, dict) and thinking.get("type") == "enabled"


def _forced(body: dict[str, Any]) -> bool:
    choice = body.get("tool_choice")
    return isinstance(choice, dict) and choice.get("type") in ("any", "tool")


def _check_choice(body: dict[str, Any], rules: ModelRules) -> None:
    if _forced(body) and not rules.forced_tools:  # row b14
        text = 'type "tool" and "any" are not supported for this model.'
        raise schema.fault("tool_choice", text)


def _check_thinking(body: dict[str, Any], rules: ModelRules) -> None:
    kind = (body.get("thinking") or {}).get("type")
    if kind is not None and kind not in rules.thinking:
        text = f'"thinking.type.{kind}" is not supported for this model.'  # row c22
        if kind == "enabled":
            text += (
                ' Use "thinking.type.adaptive" and "output_config.effort" to control '
                "thinking behavior."
            )
        raise ApiError(text)
    if manual_thinking(body) and _forced(body):  # row b15
        raise ApiError("Thinking may not be enabled when tool_choice forces tool use.")


def _check_max_tokens(body: dict[str, Any], rules: ModelRules) -> None:
    asked, most = body["max_tokens"], rules.output_limit
    if asked > most:  # row c6
        text = (
            f"{asked} > {most}, which is the maximum allowed number of output tokens for "
            f"{body['model']}"
        )
        raise schema.fault("max_tokens", text)


def _check_sampling(body: dict[str, Any], rules: ModelRules) -> None:
    """Only reached under the older API version; the newer one has no such fields (row c23)."""
    given = [name for name in ("temperature", "top_p", "top_k") if body.get(name) is not None]
    if rules.sampling == "none":
        for name in given:
            if (name, body[name]) != ("temperature", 1):
                # -- verbatim for temperature. # inferred: that 1 passes, and the other two fields.
                raise ApiError(f"`{name}` is deprecated for this model.")
    if rules.sampling == "one" and {"temperature", "top_p"} <= set(given):
        # -- verbatim: cloud-apim/otoroshi-llm-extension#140 (4.5 models, 2025-10); opencode#28930
        text = "`temperature` and `top_p` cannot both be specified for this model. Please use only one."
        raise ApiError(text)
