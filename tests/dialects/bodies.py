"""Bodies that nobody would send: any JSON, good bodies with places broken, and very deep ones."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

QUIET = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


def any_json(words: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """JSON values in which some of an API's own words stand."""
    return st.recursive(
        LEAVES | words,
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5) | words, inner)
        ),
        max_leaves=15,
    )


@st.composite
def mutated(
    draw: st.DrawFn, good: Sequence[dict[str, Any]], values: st.SearchStrategy[Any]
) -> dict[str, Any]:
    """A good body with one to three places cut out, replaced by a value, or put beside others."""
    body = copy.deepcopy(draw(st.sampled_from(good)))
    for _ in range(draw(st.integers(1, 3))):
        found = _places(body)
        if not found:
            break
        owner, key = draw(st.sampled_from(found))
        match draw(st.sampled_from(["replace", "cut", "add"])):
            case "replace":
                owner[key] = draw(values)
            case "cut":
                del owner[key]
            case "add" if isinstance(owner, dict):
                owner[draw(st.sampled_from(_names(good)))] = draw(values)
    return body


def _names(good: Sequence[dict[str, Any]]) -> list[str]:
    """Every field that an object in these bodies has, at any depth."""
    return sorted({key for body in good for _, key in _places(body) if isinstance(key, str)})


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) inside a JSON value."""
    if isinstance(value, dict):
        pairs: list[tuple[Any, Any]] = list(value.items())
    else:
        pairs = list(enumerate(value)) if isinstance(value, list) else []
    return [p for key, inner in pairs for p in ((value, key), *_places(inner))]


def nested(depth: int) -> dict[str, Any]:
    """A schema of objects, each in the one before."""
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"type": "object", "properties": {"x": value}}
    return value
