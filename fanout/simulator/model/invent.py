"""A value for a parameter that must be filled though the text gives none.

Strategy: only used where `tool_choice` demands a call. The schema's own words come first: default,
enum, examples; then something of the right shape.
"""

from __future__ import annotations

from typing import Any

from fanout.simulator.model.schema import Param

_TEXTS = {
    "currency": "USD", "email": "someone@example.com", "date": "2025-01-01", "time": "12:00",
    "language": "English", "ticker": "AAPL", "place": "Paris", "url": "https://example.com",
    "person": "Ada", "id": "1",
}  # fmt: skip


def invented(param: Param) -> Any:
    """A value of the right shape."""
    if "default" in param.schema:
        return param.schema["default"]
    if param.enum:
        return param.enum[0]
    examples = param.schema.get("examples")
    if isinstance(examples, list) and examples:
        return examples[0]
    return _shaped(param)


def _shaped(param: Param) -> Any:
    if param.numeric:
        low = param.schema.get("minimum", 1)
        return low if isinstance(low, int | float) and not isinstance(low, bool) else 1
    if param.type == "boolean":
        return False
    if param.type == "array":
        return [invented(param.item)] if param.item is not None and param.item.schema else []
    if param.type == "object":
        return {p.name: invented(p) for p in param.inner if p.required}
    return param.options[0] if param.options else _TEXTS.get(param.kind, "example")
