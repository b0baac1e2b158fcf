"""The Claude models."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from typing import get_args

import pytest
from anthropic.resources.messages.messages import DEPRECATED_MODELS
from anthropic.types.model import Model

from fanout.dialects.claude import ModelRules
from fanout.dialects.claude.settings import THINKING
from fanout.lessons import syllabus
from fanout.simulator import claude_models
from fanout.simulator.claude_models import ClaudeModel
from fanout.simulator.profiles import as_of

ALL = sorted(claude_models.models().values(), key=lambda m: m.name)
KNOWN = get_args(get_args(Model)[0])


@pytest.mark.parametrize("model", ALL, ids=lambda m: m.name)
def test_model_is_sound(model: ClaudeModel) -> None:
    """Each model names its source, infers only fields it has, and agrees with itself."""
    fields = {f.name for f in dataclasses.fields(ClaudeModel)}
    assert model.source
    assert date(2025, 1, 1) < model.dated <= as_of()
    assert set(model.inferred) <= fields
    assert len(set(model.inferred)) == len(model.inferred)
    assert set(model.thinking) <= set(THINKING)
    assert not (model.prefill and not model.forced_tools)
    assert 1_000 < model.output_limit <= 128_000
    assert 0 < model.latency_s < 60
    assert 0 < model.tokens_per_s < 1000


@pytest.mark.parametrize("model", ALL, ids=lambda m: m.name)
def test_names_and_ends_are_the_sdks(model: ClaudeModel) -> None:
    """A model's name is known to the installed SDK, and so is the day it retires, if it does."""
    assert model.name in KNOWN or model.retired
    said = DEPRECATED_MODELS.get(model.name)
    if said is None:
        assert model.retires is None
    else:
        plain = said.replace("th,", ",").replace("st,", ",").replace("nd,", ",").replace("rd,", ",")
        assert model.retires == datetime.strptime(plain, "%B %d, %Y").date()  # noqa: DTZ007


def test_model_is_what_the_dialect_asks_for() -> None:
    """A model has every property of `ModelRules`."""
    asked = {name for name in vars(ModelRules) if not name.startswith("_")}
    assert asked
    assert asked <= {f.name for f in dataclasses.fields(ClaudeModel)}


def test_find_by_either_name() -> None:
    """A model is found by its name and by its dated name."""
    found = claude_models.find("claude-haiku-4-5")
    assert found is not None
    assert found is claude_models.find("claude-haiku-4-5-20251001")


@pytest.mark.parametrize(
    "name", ["claude-9", "", "Claude-Sonnet-5", "claude-sonnet-4-0", "claude-3-7-sonnet-20250219"]
)
def test_unknown_and_retired(name: str) -> None:
    """A name that nobody knows and a model that has retired are not found."""
    assert claude_models.find(name) is None


def test_retirement_is_by_the_worlds_day() -> None:
    """A model that is announced to retire is still there on the day this world stands for."""
    going = claude_models.find("claude-sonnet-4-5")
    assert going is not None
    assert going.retires == date(2026, 11, 30)


def test_course_model() -> None:
    """The course's model calls in parallel, takes forced tools, and has no date to retire."""
    model = claude_models.find(syllabus.model("claude"))
    assert model is not None
    assert model.parallel_calls
    assert model.forced_tools
    assert model.retires is None
    assert model.name not in DEPRECATED_MODELS
