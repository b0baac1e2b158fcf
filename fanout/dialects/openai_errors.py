"""A refusal as the body that both of OpenAI's APIs answer with."""

from __future__ import annotations

from typing import Any

from fanout.dialects.errors import ApiError


def write_error(error: ApiError) -> dict[str, Any]:
    """The body of a refusal. The APIs print it with two spaces of indent."""
    fields = {k: getattr(error, k) for k in ("message", "type", "param", "code")}
    return {"error": fields}
