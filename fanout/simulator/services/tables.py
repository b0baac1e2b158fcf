"""The tables of `practice.toml`, looked up the way people type names."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from fanout.simulator.services.declined import NotKnown


@cache
def table(name: str) -> Mapping[str, tuple[str, Any]]:
    """One table of the data file, under keys in plain lower case: (the name as written, its value)."""
    text = files("fanout.simulator.services").joinpath("practice.toml").read_text(encoding="utf-8")
    return {plain(key): (key, value) for key, value in tomllib.loads(text)[name].items()}


def plain(name: Any) -> str:
    """`São Paulo ` as `sao paulo`: people type names in many ways."""
    decomposed = unicodedata.normalize("NFKD", str(name).strip().casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def look_up(name: str, key: Any, thing: str) -> tuple[str, Any]:
    """The name as written and the value under a key; `NotKnown` tells what there is no `thing` for."""
    known = table(name)
    if plain(key) not in known:
        raise NotKnown(f"No {thing} for {key!r}. Known: {some(k for k, _ in known.values())}.")
    return known[plain(key)]


def some(names: Iterable[str], limit: int = 5) -> str:
    """The first few names, and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return ", ".join(listed[:limit]) + more
