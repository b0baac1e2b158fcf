"""The final text: a clause for every result, in the order of the calls.

Strategy: what was asked (the call's arguments) stands first, then what the result adds to it; a key
becomes words, its unit goes behind the number. Small results are told whole; of large ones the first
items and how many more there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from fanout.simulator.model.results import failure, parsed
from fanout.simulator.model.scene import Done
from fanout.simulator.model.text import name_words

_WHOLE = 30
"""A result with at most so many values is told whole."""
_FIRST = 5
_SIGNS = {
    "c": "°C", "celsius": "°C", "f": "°F", "fahrenheit": "°F", "pct": "%", "percent": "%",
    "kmh": "km/h", "kph": "km/h", "mph": "mph", "km": "km", "m": "m", "cm": "cm", "kg": "kg",
    "usd": "USD", "eur": "EUR", "gbp": "GBP", "ms": "ms", "s": "s", "min": "min", "mm": "mm",
    "hpa": "hPa", "minutes": "minutes", "seconds": "seconds", "hours": "hours", "days": "days",
}  # fmt: skip
_SILENT = frozenset("condition conditions summary message text result description answer".split())


def answer(done: Sequence[Done]) -> str:
    """Tell all results, a sentence each; a result told once is not told again."""
    said = [clause(call) for call in done if call.result is not None]
    return " ".join(dict.fromkeys(s for s in said if s))


def clause(call: Done) -> str:
    """One sentence for one call and its result."""
    if call.result is None:
        return ""
    label = ", ".join(dict.fromkeys(_scalars(call.arguments or {})))
    label = _cut(label, 80) or " ".join(name_words(call.name))
    error = failure(call.result)
    if error is not None:
        return f"{label}: error, {error.rstrip('.')}."
    data = parsed(call.result)
    body = _text(data) if isinstance(data, str) else _told(data, label)
    return f"{label}: {body.rstrip('.')}." if body else f"{label}."


def _scalars(data: Any) -> Iterator[str]:
    if isinstance(data, (dict, list)):
        for value in data.values() if isinstance(data, dict) else data:
            yield from _scalars(value)
    elif data is not None and not isinstance(data, bool):
        yield _plain(data)


def _text(data: str) -> str:
    return _cut(" ".join(data.split()), 600)


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else text[: size - 1] + "…"


def _told(data: Any, label: str) -> str:
    limit = _FIRST if _count(data, 0) > _WHOLE else _WHOLE
    if isinstance(data, dict):
        heard = {part.casefold() for part in label.split(", ")}
        pairs = {
            k: v
            for k, v in data.items()
            if isinstance(v, (dict, list)) or _plain(v).casefold() not in heard
        }
        return _pairs(pairs, limit, 0)
    return _value(data, limit, 0)


def _count(data: Any, depth: int) -> int:
    if depth < 20 and isinstance(data, (dict, list)):
        return sum(
            _count(v, depth + 1) for v in (data.values() if isinstance(data, dict) else data)
        )
    return 1


def _pairs(data: dict[str, Any], limit: int, depth: int) -> str:
    parts = [_pair(str(k), v, limit, depth) for k, v in list(data.items())[: max(limit, 8)]]
    more = len(data) - len(parts)
    return ", ".join(parts) + (f", and {more} more" if more > 0 else "")


def _pair(key: str, value: Any, limit: int, depth: int) -> str:
    words = name_words(key)
    if isinstance(value, int | float) and not isinstance(value, bool) and len(words) > 1:
        sign = _SIGNS.get(words[-1])
        if sign:
            return f"{' '.join(words[:-1])} {_plain(value)} {sign}"
    told = _value(value, limit, depth + 1)
    return told if key in _SILENT and isinstance(value, str) else f"{' '.join(words) or key} {told}"


def _value(value: Any, limit: int, depth: int) -> str:
    if depth > 8:
        return "…"
    if isinstance(value, dict):
        inner = _pairs(value, limit, depth)
        return f"({inner})" if depth else inner
    if isinstance(value, list):
        return _items(value, limit, depth)
    return _plain(value)


def _items(values: list[Any], limit: int, depth: int) -> str:
    if not values:
        return "none"
    shown = [_value(v, limit, depth + 1) for v in values[:limit]]
    more = len(values) - len(shown)
    return ", ".join(shown) + (f", and {more} more" if more > 0 else "")


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    return _cut(value, 300) if isinstance(value, str) else json.dumps(value)
