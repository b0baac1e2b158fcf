"""Values for parameters from the results of earlier calls.

Strategy: a value belongs to a parameter by the name of its key: `order_id`, `orderId`, `order_ids`,
or `id` inside `orders`. Values that stand in one JSON object stay together (a latitude with its own
longitude). Error results give nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product
from typing import Any

from fanout.conversation import ToolResult
from fanout.dialects.keeping import kept
from fanout.simulator.model.scene import Done
from fanout.simulator.model.schema import Param
from fanout.simulator.model.text import name_words

_DEEP = 8
_MANY = 200
LONGEST = 2_000
"""Characters of the longest result that is kept, as a conversation repeats it."""


def parsed(result: ToolResult) -> Any:
    """The result as JSON; its plain text where it is not JSON. Nobody changes it: it is kept."""
    return _parsed(result.content)


@kept(LONGEST)
def _parsed(content: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return content


def failure(result: ToolResult) -> str | None:
    """What went wrong, shortly; None for a result that is no error."""
    data = parsed(result)
    error = data.get("error") if isinstance(data, dict) else None
    if error:
        inner = error.get("message") if isinstance(error, dict) else error
        message = data.get("message") or data.get("detail") if inner is True else inner
        return _short(message if isinstance(message, str) else json.dumps(error))
    if isinstance(data, str) and data.lstrip().lower().startswith("error"):
        return _short(data.strip()[5:].lstrip(" :") or "error")
    return _short(result.content) or "error" if result.is_error else None


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 200 else text[:199] + "…"


def rows(params: Sequence[Param], done: Sequence[Done]) -> list[dict[str, Any]]:
    """Sets of values for all these parameters, in the order of the results; may be empty."""
    found: list[dict[str, Any]] = []
    for call in done:
        if call.result is not None and failure(call.result) is None:
            origin = [w.rstrip("s") for w in name_words(call.name)]
            found += _rows_in(parsed(call.result), params, origin, 0)
    whole = [row for row in found if len(row) == len(params)]
    return _unique(whole[:_MANY] or _combined(found, params))


def last_number(done: Iterable[Done]) -> int | float | None:
    """The number that the last of these calls gave, where it gave one and no more."""
    results = [call.result for call in done if call.result is not None]
    if not results or failure(results[-1]) is not None:
        return None
    data = parsed(results[-1])
    values = list(data.values()) if isinstance(data, dict) else [data]
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return numbers[0] if len(numbers) == 1 else None


def _rows_in(
    data: Any, params: Sequence[Param], origin: Sequence[str], depth: int
) -> Iterator[dict[str, Any]]:
    if depth > _DEEP:
        return
    if isinstance(data, list):
        for item in data[:_MANY]:
            yield from _rows_in(item, params, origin, depth + 1)
    if not isinstance(data, dict):
        return
    row = {p.name: v for p in params if (v := _match(data, p, origin)) is not None}
    if row:
        yield row
    for key, value in data.items():
        words = name_words(str(key))
        if isinstance(value, list) and value and not isinstance(value[0], (dict, list)):
            yield from _listed(value, words, params)
        elif isinstance(value, (dict, list)):
            yield from _rows_in(value, params, [w.rstrip("s") for w in words], depth + 1)


def _listed(
    values: Sequence[Any], words: Sequence[str], params: Sequence[Param]
) -> Iterator[dict[str, Any]]:
    """`"order_ids": [1, 2]` and `"orders": [1, 2]` hold values of `order_id`."""
    key = "".join(words).rstrip("s")
    for p in params:
        own = [w.rstrip("s") for w in _names(p)]
        if key in ("".join(own), "".join(w for w in own if w != "id")) and p.type != "array":
            for value in values[:_MANY]:
                if (fitted := _fitted(value, p)) is not None:
                    yield {p.name: fitted}


def _names(param: Param) -> list[str]:
    return name_words(param.name.split("\0")[-1])


def _match(data: dict[str, Any], param: Param, origin: Sequence[str]) -> Any:
    own = _names(param)
    for key, value in data.items():
        if _key_fits(name_words(str(key)), own, origin):
            fitted = _fitted(value, param)
            if fitted is not None:
                return fitted
    return None


def _key_fits(key: Sequence[str], own: Sequence[str], origin: Sequence[str]) -> bool:
    if not key or not own:
        return False
    if "".join(key) == "".join(own):
        return True
    if len(key) == 1 and len(own) > 1 and key[0] == own[-1]:
        return own[-2].rstrip("s") in origin
    if len(own) == 1 and len(key) > 1 and key[-1] in ("id", "code", "name"):
        return key[0] == own[0]
    short, long = sorted((key[0], own[0]), key=len)
    return len(key) == len(own) == 1 and len(short) >= 3 and long.startswith(short)


def _fitted(value: Any, param: Param) -> Any:
    """The value in the parameter's type; None where it can not be one."""
    if param.type == "array":
        return value if isinstance(value, list) else None
    if isinstance(value, (dict, list)) or value is None:
        return None
    if param.enum and value not in param.enum:
        return None
    if param.type == "boolean":
        return value if isinstance(value, bool) else None
    if param.numeric:
        return _numeric(value, param)
    return str(value) if param.type == "string" else None


def _numeric(value: Any, param: Param) -> int | float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value) if "." in value else int(value[:30])
        except ValueError:
            return None
    return int(value) if param.type == "integer" and value == value // 1 else value


def _combined(found: Sequence[dict[str, Any]], params: Sequence[Param]) -> list[dict[str, Any]]:
    columns = [
        list(dict.fromkeys(_hashable(r[p.name]) for r in found if p.name in r)) for p in params
    ]
    if not all(columns):
        return []
    names = [p.name for p in params]
    return [dict(zip(names, row, strict=True)) for row in islice(product(*columns), _MANY)]


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _unique(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return list({json.dumps(row, sort_keys=True, default=str): row for row in found}.values())
