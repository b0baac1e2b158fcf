"""Refusals that no request earns by itself: limits, money, overload, trouble at the far end.

A server gives them when it is asked to, so that a client can be tried against them. Rows 38 to 42 of
the error table.
"""

from __future__ import annotations

from fanout.dialects.errors import ApiError
from fanout.dialects.openai_ids import LIMITS, ORGANIZATION


def rate_limited(model: str, *, retry_after: float = 1.0) -> ApiError:
    """The 429 for too many tokens in a minute (row 38).

    -- text verbatim: continuedev/continue#11472 (2026-03); type and code: gpt-pilot PR#53.
    The headers: the API sends the limits on most 429s, and `retry-after-ms` or `retry-after` on some.

    :param retry_after: seconds after which the account may try again.
    """
    limit = LIMITS["tokens"]
    requested = limit // 3
    used = limit - requested + int(retry_after * limit / 60)
    text = (
        f"Rate limit reached for {model} in organization {ORGANIZATION} on tokens per min (TPM): "
        f"Limit {limit}, Used {used}, Requested {requested}. Please try again in "
        f"{_duration(retry_after)}. Visit https://platform.openai.com/account/rate-limits to learn "
        "more."
    )
    headers = {
        "retry-after": f"{retry_after:g}",
        "retry-after-ms": f"{retry_after * 1000:.0f}",
        "x-ratelimit-limit-requests": str(LIMITS["requests"]),
        "x-ratelimit-limit-tokens": str(limit),
        "x-ratelimit-remaining-requests": str(LIMITS["requests"] - 1),
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-requests": _duration(60 / LIMITS["requests"]),
        "x-ratelimit-reset-tokens": _duration(retry_after),
    }
    return ApiError(text, status=429, type="tokens", code="rate_limit_exceeded", headers=headers)


def out_of_quota() -> ApiError:
    """The 429 for an account without money, which the SDK tries again in vain (row 39).

    -- verbatim: vercel/ai, packages/openai/src/responses/__fixtures__/openai-error.1.json.
    """
    text = (
        "You exceeded your current quota, please check your plan and billing details. For more "
        "information on this error, read the docs: "
        "https://platform.openai.com/docs/guides/error-codes/api-errors."
    )
    return ApiError(text, status=429, type="insufficient_quota", code="insufficient_quota")


def overloaded() -> ApiError:
    """The 503 when the API has too much to do (row 41). -- text verbatim, 2026-09; param unseen."""
    text = "Our servers are currently overloaded. Please try again later."
    return ApiError(text, status=503, type="service_unavailable_error", code="server_is_overloaded")


def internal_error(request_id: str) -> ApiError:
    """The 500 for trouble at the far end (row 42b). -- verbatim: openai-node#1730.

    :param request_id: the one in the header `x-request-id` of the same answer.
    """
    text = (
        "An error occurred while processing your request. You can retry your request, or contact us "
        "through our help center at help.openai.com if the error persists. Please include the "
        f"request ID {request_id} in your message."
    )
    return ApiError(text, status=500, type="server_error", code="server_error")


def _duration(seconds: float) -> str:
    """As the API writes it: `174ms`, `1s`, `30.375s`."""
    return f"{seconds * 1000:.0f}ms" if seconds < 1 else f"{seconds:g}s"
