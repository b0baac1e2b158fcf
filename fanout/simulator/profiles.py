"""Which models there are, what each takes and how fast it answers: profiles.toml, looked up.

Beside OpenAI's models there are a few of the simulator's own, which do every time what real ones
were seen to do now and then; nobody can meet those on demand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One model. The fields up to `fingerprint` are what the Chat dialect asks of a model.

    Every model answers in Responses and takes tools there.
    """

    name: str
    in_chat: bool
    tools_in_chat: Literal["yes", "effort_none", "never"]
    """Takes tools in Chat Completions: always, only with `reasoning_effort` none, or never."""
    parallel_param: bool
    parallel_calls: bool
    parallel_not_with: tuple[str, ...]
    efforts: tuple[str, ...]
    max_tokens_refused: bool
    temperature: Literal["any", "effort_none", "default"]
    forced_finish: Literal["stop", "tool_calls"]
    logprobs_key: bool
    default_effort: str | None = None
    fingerprint: str | None = None

    efforts_in_responses: tuple[str, ...]
    """The reasoning efforts that Responses takes; those of Chat where nothing else is known. A
    model with an effort above none writes reasoning items."""
    phase: bool
    """Its messages in Responses have a `phase`."""
    snapshot: str
    """The dated name that replies echo; also accepted in a request."""
    habit: Literal["duplicate_call", "parallel_wrapper"] | None = None
    """The kind of fault (see `faults`) that its turns with several calls have of themselves."""
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


def find(name: str) -> Profile | None:
    """The profile of a model by its name or its dated name.

    None for a name that nobody knows and for a retired model: the API then says that it does not
    exist (# inferred: for a retired one).
    """
    profile = _by_any_name().get(name)
    return None if profile is None or profile.retired else profile


@cache
def profiles() -> Mapping[str, Profile]:
    """Every model of OpenAI's by name, the retired ones too."""
    return _section("model")


@cache
def own_models() -> Mapping[str, Profile]:
    """The simulator's own models by name; no provider has them."""
    return _section("own")


def sources() -> Mapping[str, str]:
    """What the short names in the sources of all models stand for."""
    named: dict[str, str] = _data()["sources"]
    return named


def as_of() -> date:
    """The day for which the profiles are true."""
    day: date = _data()["as_of"]
    return day


@cache
def _by_any_name() -> Mapping[str, Profile]:
    known = [*profiles().values(), *own_models().values()]
    return {p.snapshot: p for p in known} | {p.name: p for p in known}


@cache
def _data() -> dict[str, Any]:
    text = resources.files("fanout.simulator").joinpath("profiles.toml").read_text("utf-8")
    return tomllib.loads(text)


def _section(section: str) -> dict[str, Profile]:
    data = _data()
    return {name: _profile(name, entry, data) for name, entry in data[section].items()}


def _profile(name: str, entry: Mapping[str, Any], data: Mapping[str, Any]) -> Profile:
    fields = data["defaults"] | data["family"][entry["family"]] | entry
    del fields["family"]
    fields = {"efforts_in_responses": fields["efforts"]} | fields
    lists = {k: tuple(v) for k, v in fields.items() if isinstance(v, list)}
    return Profile(name=name, **(fields | lists))
