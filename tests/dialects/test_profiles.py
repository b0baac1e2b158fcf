"""The model profiles."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import get_args

import pytest
from openai.types.shared.chat_model import ChatModel

from fanout.dialects.chat import ModelRules
from fanout.lessons import syllabus
from fanout.simulator import profiles
from fanout.simulator.profiles import Profile

ALL = sorted(profiles.profiles().values(), key=lambda p: p.name)


@pytest.mark.parametrize("profile", ALL, ids=lambda p: p.name)
def test_profile_is_sound(profile: Profile) -> None:
    """Each profile names its source, infers only fields it has, and agrees with itself."""
    fields = {f.name for f in dataclasses.fields(Profile)}
    assert profile.source
    assert date(2024, 1, 1) < profile.dated <= profiles.as_of()
    assert set(profile.inferred) <= fields
    assert len(set(profile.inferred)) == len(profile.inferred)
    assert (profile.default_effort is None) == (profile.efforts == ())
    assert profile.default_effort is None or profile.default_effort in profile.efforts
    assert set(profile.parallel_not_with) <= set(profile.efforts)
    assert profile.tools_in_chat != "effort_none" or "none" in profile.efforts
    assert profile.temperature != "effort_none" or "none" in profile.efforts
    assert profile.parallel_calls or not profile.parallel_param or not profile.in_chat
    assert 0 < profile.latency_s < 60
    assert 0 < profile.tokens_per_s < 1000


@pytest.mark.parametrize("profile", ALL, ids=lambda p: p.name)
def test_names_are_the_sdks(profile: Profile) -> None:
    """Names and dated names are those that the installed SDK knows, or are marked as inferred."""
    known = get_args(ChatModel)
    assert profile.name in known or not profile.in_chat
    assert profile.snapshot in known or "snapshot" in profile.inferred


def test_profile_is_what_the_dialect_asks_for() -> None:
    """A profile has every property of `ModelRules`."""
    asked = {name for name in vars(ModelRules) if not name.startswith("_")}
    assert asked
    assert asked <= {f.name for f in dataclasses.fields(Profile)}


def test_find_by_either_name() -> None:
    """A model is found by its name and by its dated name."""
    found = profiles.find("gpt-4o-mini")
    assert found is not None
    assert found is profiles.find("gpt-4o-mini-2024-07-18")


@pytest.mark.parametrize("name", ["gpt-9", "", "GPT-5.2", "o3-mini", "o1-2024-12-17"])
def test_unknown_and_retired(name: str) -> None:
    """A name that nobody knows and a model that has retired are not found."""
    assert profiles.find(name) is None


def test_retirement_is_by_the_worlds_day() -> None:
    """Whether a model has retired depends on `as_of`, so that a lesson's output never changes."""
    retired = {p.name for p in ALL if p.retired}
    assert retired == {"gpt-4.1-nano", "o1", "o3-mini", "o4-mini"}


def test_course_model() -> None:
    """The course's model takes tools in Chat, calls in parallel, and has no date to retire."""
    model = profiles.find(syllabus.model("chat"))
    assert model is not None
    assert model.tools_in_chat == "yes"
    assert model.parallel_calls
    assert model.retires is None
