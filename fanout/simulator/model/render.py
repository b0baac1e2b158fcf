"""Write a value the way a parameter wants it: a code, a number, a date in the schema's format.

Strategy: the type decides first, then the kind; what nothing is known about stays as the text has it.
"""

from __future__ import annotations

import re
from typing import Any

from fanout.simulator.model.knowledge import TICKERS
from fanout.simulator.model.schema import Param
from fanout.simulator.model.value import EARLIER, Value

_NO_NUMBER = re.compile(r"[^\d.,-].*")
_CLOCK = re.compile(r"HH:MM|24|\d\d:\d\d")


def render(value: Value, param: Param) -> Any:
    """The JSON value for this span in this parameter."""
    if param.type == "array" and value.kind == "list":
        return list(value.data)
    if param.type == "array" and param.item is not None:
        return render(value, param.item)
    if param.numeric and value.number is not None:
        return number(value, param)
    if param.type == "object":
        return value.data
    if value.kind == "currency" and param.kind in ("currency", ""):
        return value.code or value.text
    if value.kind == "date":
        return date(value, param)
    if value.kind == "time":
        return clock(value, param)
    if param.kind == "ticker":
        return TICKERS.get(value.text.lower(), value.text)
    if value.kind == "number" and not value.quoted:
        return _NO_NUMBER.sub("", value.text).strip() or value.text
    return value.text.title() if (value.kind, param.kind) == ("word", "place") else value.text


def number(value: Value, param: Param) -> Any:
    """A number; 1.5% is 0.015 where the schema does not speak of percent."""
    if value.kind == "earlier":
        return EARLIER
    amount = value.number or 0
    if value.percent and param.type == "number" and "percent" not in param.words:
        return round(amount / 100, 10)
    if isinstance(amount, float) and amount == int(amount) and param.type == "integer":
        return int(amount)
    return amount


def date(value: Value, param: Param) -> str:
    """A full date in the format that the description names, else as YYYY-MM-DD."""
    said = str(param.schema.get("description") or "").upper()
    if not value.code:
        return value.text
    year, month, day = value.code.split("-")
    for pattern, text in (
        ("MM/DD/YYYY", f"{month}/{day}/{year}"),
        ("DD/MM/YYYY", f"{day}/{month}/{year}"),
        ("MM-DD-YYYY", f"{month}-{day}-{year}"),
        ("DD-MM-YYYY", f"{day}-{month}-{year}"),
    ):
        if pattern in said:
            return text
    return value.code


def clock(value: Value, param: Param) -> str:
    """A time as HH:MM where the description asks for it, else as the text has it."""
    said = str(param.schema.get("description") or "").upper()
    return value.code if _CLOCK.search(said) else value.text
