"""What a setting of OpenAI's two APIs may be, as checks that a table of settings is made of.

A check takes the value and its path and raises the `ApiError` of the first fault. Chat Completions
and Responses each have their own table of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fanout.dialects import openai_schema as schema
from fanout.dialects.errors import ApiError

Check = Callable[[Any, str], object]

TIERS = ("auto", "default", "fast", "flex", "priority")
VERBOSITIES = ("low", "medium", "high")
RETENTIONS = ("in_memory", "24h")
METADATA_LIMIT = 16


def one_of(*supported: str) -> Check:
    """One of these texts."""
    return lambda value, path: schema.need_enum(value, path, supported)


def number(least: float, most: float) -> Check:
    """A number between these two."""
    return lambda value, path: schema.need_number(value, path, least, most)


def integer(least: int, most: int | None = None) -> Check:
    """A whole number of at least, and at most, so much."""
    return lambda value, path: schema.need_integer(value, path, least, most)


def metadata(value: Any, path: str) -> None:
    """An object of at most 16 texts."""
    if not isinstance(value, dict):
        raise schema.wrong_type(path, "a metadata object", value)
    if len(value) > METADATA_LIMIT:
        text = (
            f"Invalid '{path}': too many properties. Expected an object with at most "
            f"{METADATA_LIMIT} properties, but got an object with {len(value)} properties instead."
        )
        raise ApiError(text, code="object_above_max_properties", param=path)
    for key, text in value.items():
        schema.need_string(text, f"{path}.{key}")
