"""What the model profiles say for Responses."""

from __future__ import annotations

import dataclasses

import pytest

from fanout.dialects import responses
from fanout.dialects.responses import ModelRules
from fanout.dialects.responses.settings import EFFORTS
from fanout.simulator import profiles
from fanout.simulator.profiles import Profile

ALL = sorted(profiles.profiles().values(), key=lambda p: p.name)


@pytest.mark.parametrize("profile", ALL, ids=lambda p: p.name)
def test_profile_is_sound(profile: Profile) -> None:
    """Efforts are such as Responses knows, and the default one is among them."""
    assert set(profile.efforts_in_responses) <= set(EFFORTS)
    assert set(profile.efforts) <= set(profile.efforts_in_responses)
    default = profile.default_effort
    assert (default is None) == (profile.efforts_in_responses == ())
    assert default is None or default in profile.efforts_in_responses


def test_profile_is_what_the_dialect_asks_for() -> None:
    """A profile has every property of `ModelRules`."""
    asked = {name for name in vars(ModelRules) if not name.startswith("_")}
    assert asked
    assert asked <= {f.name for f in dataclasses.fields(Profile)}


@pytest.mark.parametrize("profile", [p for p in ALL if not p.retired], ids=lambda p: p.name)
def test_every_model_takes_tools_here(profile: Profile) -> None:
    """Responses takes tools with every living model, whatever Chat Completions says of it."""
    tool = {"type": "function", "name": "f"}
    body = {"model": profile.name, "input": "Hello", "tools": [tool]}
    assert responses.read(body, profile, {}).tools[0].name == "f"
