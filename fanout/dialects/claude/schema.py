"""Anthropic's words for a body of the wrong shape, and the checks that lead to them.

Strategy: this file knows types, lengths and tags, and no field of the API. Every check raises the
`ApiError` of the first fault and returns the value with its type known. A path is spelled with dots
(`messages.1.content.0.tool_use.id`) and stands before the text; there is no param and no code.

The texts were measured at the API in summer 2026 or seen in error bodies; conformance/claude.toml
names the source of each. What says `inferred` follows the pattern of the others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from fanout.dialects.errors import ApiError
from fanout.dialects.openai_schema import need_shallow as need_shallow


def join(path: str, key: str | int) -> str:
    """The path of a field or an element; the body itself has the path `""`."""
    return f"{path}.{key}" if path else str(key)


def fault(path: str, text: str) -> ApiError:
    """A refusal that names its place."""
    return ApiError(f"{path}: {text}" if path else text)


def missing(path: str) -> ApiError:
    """A required field is absent (rows c1, c2, c9)."""
    return fault(path, "Field required")


def extra(path: str) -> ApiError:
    """A field that does not exist there (row c10)."""
    return fault(path, "Extra inputs are not permitted")


def misshapen(path: str) -> ApiError:
    """A value that is not of the one kind that may stand there, as some fields say it (row x21)."""
    return fault(path, "Input does not match the expected shape.")


def unknown_tag(path: str, tag: object, expected: Collection[str]) -> ApiError:
    """A `type` that none of the possible objects has (rows b7, c9)."""
    tags = ", ".join(f"'{name}'" for name in expected)
    return fault(
        path,
        f"Input tag '{tag}' found using 'type' does not match any of the expected tags: {tags}",
    )


def listing(values: Sequence[str]) -> str:
    """Values as the API lists them: `'a'`, `'a' or 'b'`, `'a', 'b' or 'c'`."""
    *head, last = [f"'{value}'" for value in values]
    return f"{', '.join(head)} or {last}" if head else last


# --- The body as bytes ----------------------------------------------------------------------------

_LONE = re.compile(
    rb"\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f][0-9a-f]{2})|(?<!\\ud[89ab]..)\\ud[c-f][0-9a-f]{2}", re.I
)


LARGEST = 32 * 1024 * 1024
"""Bytes of the largest request: "413 `request_too_large`", 32 MB (documentation of errors, 2026-08).
# inferred: that a megabyte has 1024 times 1024 bytes here."""


def parse(raw: bytes) -> Any:
    """The value of a JSON body; raises `ApiError` where it is too large, or not JSON.

    "The request body is not valid JSON: no low surrogate in string: line 1 column 64132 (char
    64131)" -- verbatim, anthropics/claude-code#6508 (2025-08). # inferred: the reason for other
    faults, which is that of Python's own reader, and the column of a surrogate.
    """
    if len(raw) > LARGEST:
        # inferred: the text
        text = "Request exceeds the maximum allowed number of bytes."
        raise ApiError(text, status=413, type="request_too_large")
    try:
        # JSON is UTF-8; Python's own reader would take UTF-16 and UTF-32, too
        body = json.loads(raw.decode(), parse_constant=_no_constant)
        if b"\\ud" in raw.lower():
            json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        lone = _LONE.search(raw)
        raise _unreadable("no low surrogate in string", raw, lone.start() if lone else 0) from error
    except json.JSONDecodeError as error:
        raise _unreadable(error.msg, error.doc, error.pos) from error
    except (ValueError, RecursionError) as error:
        reason = "the text is not UTF-8, nested too deep, or has too long a number"
        raise _unreadable(reason, "", 0) from error
    return body


def _no_constant(name: str) -> Any:
    raise json.JSONDecodeError(f"unexpected {name}", name, 0)


def _unreadable(reason: str, text: str | bytes, at: int) -> ApiError:
    # latin-1: one letter a byte, so that a place in the bytes is a place in the text
    letters = text.decode("latin-1") if isinstance(text, bytes) else text
    return ApiError(
        f"The request body is not valid JSON: {json.JSONDecodeError(reason, letters, at)}"
    )


# --- The checks -----------------------------------------------------------------------------------


def need(owner: dict[str, Any], key: str, path: str) -> Any:
    """The field `key` of the object at `path`; raises when it is absent."""
    if key not in owner:
        raise missing(join(path, key))
    return owner[key]


def only(owner: dict[str, Any], known: Collection[str], path: str) -> None:
    """Raises for the first field of an object that is not among the known ones."""
    for key in owner:
        if key not in known:
            raise extra(join(path, key))


def need_object(value: object, path: str) -> dict[str, Any]:
    """The value, an object (rows b8, c9)."""
    if not isinstance(value, dict):
        raise fault(path, "Input should be an object")
    return value


def need_list(value: object, path: str) -> list[Any]:
    """The value, an array (row c4)."""
    if not isinstance(value, list):
        raise fault(path, "Input should be a valid array")
    return value


def need_string(value: object, path: str, least: int = 0, most: int | None = None) -> str:
    """The value, a string of `least` to `most` characters (row b2)."""
    if not isinstance(value, str):
        raise fault(path, "Input should be a valid string")
    if len(value) < least:
        raise fault(path, f"String should have at least {least} character{'s' * (least > 1)}")
    if most is not None and len(value) > most:
        raise fault(path, f"String should have at most {most} characters")
    return value


def need_match(value: object, path: str, pattern: str) -> str:
    """The value, a string of this pattern (rows a13, b1)."""
    text = need_string(value, path)
    # fullmatch: `$` alone would let a line break at the end pass
    if not re.fullmatch(pattern.strip("^$"), text):
        raise fault(path, f"String should match pattern '{pattern}'")
    return text


def need_boolean(value: object, path: str) -> bool:
    """The value, true or false."""
    if not isinstance(value, bool):
        raise fault(path, "Input should be a valid boolean")  # inferred
    return value


def need_integer(value: object, path: str) -> int:
    """The value, a whole number (row c5)."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise fault(path, "Input should be a valid integer")
    return value


def need_number(value: object, path: str) -> float:
    """The value, a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise fault(path, "Input should be a valid number")  # inferred
    return value


def need_choice(value: object, path: str, values: Sequence[str]) -> str:
    """The value, one of these strings."""
    if not isinstance(value, str) or value not in values:
        raise fault(path, f"Input should be {listing(values)}")  # inferred
    return value


def need_tag(value: object, path: str, expected: Collection[str]) -> str:
    """The `type` of the object at `path`, one of the expected ones (rows b7, b9, c9)."""
    tag = need(need_object(value, path), "type", path)
    if not isinstance(tag, str) or tag not in expected:
        raise unknown_tag(path, tag, expected)
    return tag


def need_cache_control(owner: dict[str, Any], path: str) -> None:
    """Raises where `cache_control` is there and is none; null counts as absent."""
    value = owner.get("cache_control")
    if value is None:
        return
    path = join(path, "cache_control")
    need_tag(value, path, ("ephemeral",))
    path = join(path, "ephemeral")
    only(value, ("type", "ttl"), path)
    if "ttl" in value:
        need_choice(value["ttl"], join(path, "ttl"), ("5m", "1h"))
