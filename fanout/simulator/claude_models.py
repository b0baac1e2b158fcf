"""Which Claude models there are and what each takes: claude_models.toml, looked up."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Literal

from fanout.simulator.profiles import as_of


@dataclass(frozen=True, kw_only=True)
class ClaudeModel:
    """One model. The fields up to `thinking_count` are what the Claude dialect asks of a model."""

    name: str
    forced_tools: bool
    parallel_calls: bool
    prefill: bool
    thinking: tuple[str, ...]
    sampling: Literal["any", "one", "none"]
    system_messages: bool
    output_limit: int
    thinking_count: bool

    snapshot: str
    """The dated name that replies echo, where there is one; also accepted in a request."""
    latency_s: float
    """Seconds to the first token."""
    tokens_per_s: float
    retires: date | None = None
    """The announced day on which the API stops answering for it."""
    dated: date
    """The day up to which `source` was read."""
    source: str
    inferred: tuple[str, ...]
    """Names of the fields that no source shows for this model."""

    @property
    def retired(self) -> bool:
        """Whether it was already switched off on the day this world stands for."""
        return self.retires is not None and self.retires < as_of()


def find(name: str) -> ClaudeModel | None:
    """A model by its name or its dated name.

    None for a name that nobody knows and for a retired model: the API then answers 404 to both
    (reports on `claude-3-5-sonnet-20241022`).
    """
    model = _by_any_name().get(name)
    return None if model is None or model.retired else model


@cache
def models() -> Mapping[str, ClaudeModel]:
    """Every model by name, the retired ones too."""
    data = _data()
    return {name: _model(name, entry, data) for name, entry in data["model"].items()}


@cache
def _by_any_name() -> Mapping[str, ClaudeModel]:
    known = models().values()
    return {m.snapshot: m for m in known} | {m.name: m for m in known}


@cache
def _data() -> dict[str, Any]:
    text = resources.files("fanout.simulator").joinpath("claude_models.toml").read_text("utf-8")
    return tomllib.loads(text)


def _model(name: str, entry: Mapping[str, Any], data: Mapping[str, Any]) -> ClaudeModel:
    fields = {"snapshot": name} | data["defaults"] | data["family"][entry["family"]] | entry
    del fields["family"]
    lists = {k: tuple(v) for k, v in fields.items() if isinstance(v, list)}
    return ClaudeModel(name=name, **(fields | lists))
