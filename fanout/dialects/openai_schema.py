"""OpenAI's words for a body of the wrong shape, and the checks that lead to them.

Strategy: this file knows types, lengths and values, and no field of any API. Chat Completions and
Responses both read their bodies with it. Every check raises the `ApiError` of the first fault and
returns the value with its type known, so that the caller reads on without asking again.

A path is spelled as the schema layer of the API spells it: `messages[1].tool_calls[0].id`. (The
pairing layer spells `messages.[1].role`; that one belongs to the dialect.)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fanout.dialects.errors import ApiError

MAX_DEPTH = 200
"""Levels of nesting that are read. Far above any real body, far below Python's recursion limit."""


def kind(value: object) -> str:
    """The name that the API's texts give to the type of a JSON value, with its article.

    A decimal is `a decimal` where it is expected and `a decimal number` where it came (measured).
    """
    if value is None:
        return "null"
    names: tuple[tuple[type, str], ...] = (
        (bool, "a boolean"),  # before int: True is an int in Python
        (int, "an integer"),
        (float, "a decimal number"),
        (str, "a string"),
        (list, "an array"),
        (dict, "an object"),
    )
    return next((name for type_, name in names if isinstance(value, type_)), "an unknown value")


def listing(values: Sequence[str], word: str = "and") -> str:
    """Values as the API lists them: `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`."""
    quoted = [f"'{v}'" for v in values]
    if len(quoted) < 3:
        return f" {word} ".join(quoted)
    return f"{', '.join(quoted[:-1])}, {word} {quoted[-1]}"


def join(path: str, key: str) -> str:
    """The path of a field inside an object; the body itself has the path `""`."""
    return f"{path}.{key}" if path else key


# --- The words ------------------------------------------------------------------------------------
# Each text is verbatim from at least one report, cited in conformance/chat.toml at the row given,
# unless it says `inferred`.


def missing(path: str) -> ApiError:
    """A required field is absent (row 29b)."""
    text = f"Missing required parameter: '{path}'."
    return ApiError(text, code="missing_required_parameter", param=path)


def wrong_type(path: str, expected: str, value: object) -> ApiError:
    """A field has another type than `expected` (rows 11, 12, 28)."""
    # Row 11 says "expected one of a string ..., but got"; null is worded without an article.
    text = f"Invalid type for '{path}': expected {expected}, but got {kind(value)} instead."
    return ApiError(text, code="invalid_type", param=path)


def empty_array(path: str) -> ApiError:
    """A list that needs an element has none (rows 9, 17)."""
    text = (
        f"Invalid '{path}': empty array. Expected an array with minimum length 1, "
        "but got an empty array instead."
    )
    return ApiError(text, code="empty_array", param=path)


def array_too_long(path: str, limit: int, length: int) -> ApiError:
    """A list has more elements than the API takes (rows 16, 24)."""
    text = (
        f"Invalid '{path}': array too long. Expected an array with maximum length {limit}, "
        f"but got an array with length {length} instead."
    )
    return ApiError(text, code="array_above_max_length", param=path)


def string_too_long(path: str, limit: int, length: int) -> ApiError:
    """A text has more characters than the API takes (rows 13, 25b, 25c)."""
    text = (
        f"Invalid '{path}': string too long. Expected a string with maximum length {limit}, "
        f"but got a string with length {length} instead."
    )
    return ApiError(text, code="string_above_max_length", param=path)


def empty_string(path: str) -> ApiError:
    """A name is the empty text (row 15)."""
    text = (
        f"Invalid '{path}': empty string. Expected a string with minimum length 1, "
        "but got an empty string instead."
    )
    return ApiError(text, code="empty_string", param=path)  # inferred: the code


def bad_pattern(path: str, pattern: str) -> ApiError:
    """A name has a character that is not allowed (rows 14, 25)."""
    text = (
        f"Invalid '{path}': string does not match pattern. "
        f"Expected a string that matches the pattern '{pattern}'."
    )
    return ApiError(text, code="invalid_value", param=path)


def bad_value(path: str, value: object, supported: Sequence[str]) -> ApiError:
    """A field with a fixed set of values has another one."""
    # inferred: the same sentence as row 32, without the model.
    text = f"Invalid value: '{value}'. Supported values are: {listing(supported)}."
    return ApiError(text, code="invalid_value", param=path)


def out_of_range(path: str, value: float, limit: float, *, below: bool) -> ApiError:
    """A number is below or above what the API takes (row 33)."""
    name = "integer" if isinstance(limit, int) and isinstance(value, int) else "decimal"
    if path in ("temperature", "top_p", "frequency_penalty", "presence_penalty"):
        name = "decimal"  # row 33: -1 for a temperature is called a decimal
    side, sign, edge = ("below", ">=", "minimum") if below else ("above", "<=", "maximum")
    text = (
        f"Invalid '{path}': {name} {side} {edge} value. "
        f"Expected a value {sign} {limit}, but got {value} instead."
    )
    return ApiError(text, code=f"{name}_{side}_{edge[:3]}_value", param=path)


def unsupported_parameter(name: str, instead: str | None = None) -> ApiError:
    """The model does not take this field at all (rows 19, 30)."""
    text = f"Unsupported parameter: '{name}' is not supported with this model."
    if instead:
        text += f" Use '{instead}' instead."
    return ApiError(text, code="unsupported_parameter", param=name)


def unknown(path: str, near: Sequence[str] = ()) -> ApiError:
    """A field that the API does not know, at any depth (rows x9, and y4 of conformance/responses.toml).

    :param near: known fields that are spelled nearly so, the nearest first.
    """
    text = f"Unknown parameter: '{path}'."
    if near:
        text += f" Did you mean {listing(near, 'or')}?"
    return ApiError(text, code="unknown_parameter", param=path)


def unrecognized(name: str) -> ApiError:
    """A field that Chat Completions knows, but not for this model (row x2)."""
    return ApiError(f"Unrecognized request argument supplied: {name}")


UNREADABLE = (
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using "
    "your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not "
    "valid JSON. If you have trouble figuring out how to fix this, please contact us through our "
    "help center at help.openai.com.)"
)


def parse(raw: bytes) -> Any:
    """The value of a JSON body; raises `ApiError` where it is not JSON.

    # inferred: the text is the API's own for a body that is no JSON; that it is also used for half
    a surrogate pair, which no UTF-8 reply could repeat, is our choice.
    """
    try:
        # JSON is UTF-8; Python's own reader would take UTF-16 and UTF-32, and numbers that are none
        body = json.loads(raw.decode(), parse_constant=_no_constant)
        if b"\\ud" in raw.lower():
            json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise ApiError(UNREADABLE) from error
    return body


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


# --- The checks -----------------------------------------------------------------------------------


def need_object(value: object, path: str) -> dict[str, Any]:
    """The value, an object."""
    if not isinstance(value, dict):
        raise wrong_type(path, "an object", value)
    return value


def need_objects(value: object, path: str, most: int | None = None) -> list[Any]:
    """The value, an array with at least one element and at most `most`."""
    if not isinstance(value, list):
        raise wrong_type(path, "an array of objects", value)
    if not value:
        raise empty_array(path)
    if most is not None and len(value) > most:
        raise array_too_long(path, most, len(value))
    return value


def need_string(value: object, path: str, most: int | None = None) -> str:
    """The value, a string of at most `most` characters."""
    if not isinstance(value, str):
        raise wrong_type(path, "a string", value)
    if most is not None and len(value) > most:
        raise string_too_long(path, most, len(value))
    return value


def need_boolean(value: object, path: str) -> bool:
    """The value, true or false."""
    if not isinstance(value, bool):
        raise wrong_type(path, "a boolean", value)
    return value


def need_choice(value: object, path: str, supported: Sequence[str]) -> str:
    """The value, one of the `supported` strings."""
    text = need_string(value, path)
    if text not in supported:
        raise bad_value(path, text, supported)
    return text


def need_enum(value: object, path: str, supported: Sequence[str]) -> str:
    """The value, one of the `supported` strings, with the words that Responses has for another type."""
    if not isinstance(value, str):
        raise wrong_type(path, f"one of {listing(supported, 'or')}", value)
    return need_choice(value, path, supported)


def need_integer(value: object, path: str, least: int, most: int | None = None) -> int:
    """The value, a whole number between `least` and `most`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(path, "an integer", value)
    return int(_in_range(value, path, least, most))


def need_number(value: object, path: str, least: float, most: float | None = None) -> float:
    """The value, a number between `least` and `most`; an integer stays one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise wrong_type(path, "a decimal", value)
    return _in_range(value, path, least, most)


def _in_range(value: float, path: str, least: float, most: float | None) -> float:
    if not value >= least:  # NaN too
        raise out_of_range(path, value, least, below=True)
    if most is not None and value > most:
        raise out_of_range(path, value, most, below=False)
    return value


def need(owner: dict[str, Any], key: str, path: str) -> Any:
    """The field `key` of the object at `path`; raises when it is absent."""
    if key not in owner:
        raise missing(join(path, key))
    return owner[key]


def need_shallow(body: object) -> None:
    """Refuses a body nested deeper than `MAX_DEPTH`, so that no later step can overflow."""
    level: list[Any] = [[body]]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    raise ApiError(f"The offline model does not read a body nested deeper than {MAX_DEPTH} levels.")
