"""What a setting of OpenAI's two APIs may be, as checks that a table of settings is made of.

A check takes the value and its path and raises the `ApiError` of the first fault. Chat Completions
and Responses each have their own table of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from fanout.dialects import openai_schema as schema
from fanout.dialects.errors import ApiError

Check = Callable[[Any, str], object]

TIERS = ("auto", "default", "fast", "flex", "priority")
VERBOSITIES = ("low", "medium", "high")
RETENTIONS = ("in_memory", "24h")
METADATA_LIMIT = 16
KEY_LIMIT = 64
VALUE_LIMIT = 512


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
        if len(key) > KEY_LIMIT:
            raise _long_key(path, key)
        schema.need_string(text, f"{path}.{key}", VALUE_LIMIT)


def _long_key(path: str, key: str) -> ApiError:
    text = (
        f"Invalid property name in '{path}': '{key[:3]}...{key[-3:]}' is too long. Expected a string "
        f"with maximum length {KEY_LIMIT}, but got a string with length {len(key)} instead."
    )
    return ApiError(text, code="property_name_above_max_length", param=f"{path}.{key}")


# --- Fields that an endpoint does not have ----------------------------------------------------------


def unknown(field: str, known: Collection[str], sent: Collection[str]) -> ApiError:
    """A field of the body that is not among the known ones, with those that it may stand for.

    :param sent: the fields that the body has; none of them is proposed.
    """
    return schema.unknown(field, list(_near(field, set(known) - set(sent))))


def _near(word: str, known: Collection[str]) -> Iterator[str]:
    """The known words at most two letters away, the nearest first, then by the alphabet."""
    close = [(_distance(word, k), k) for k in known if abs(len(k) - len(word)) <= 2]
    return (k for distance, k in sorted(close) if distance <= 2)


def _distance(a: str, b: str) -> int:
    """How many letters must be put in, taken out or changed to make `b` of `a`."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]
