"""Refusals that no request earns by itself: limits, overload, trouble at the far end.

A server gives them when it is asked to, so that a client can be tried against them.
"""

from __future__ import annotations

from fanout.dialects.errors import ApiError


def rate_limited(
    model: str, *, retry_after: int = 1, input_tokens: int = 30_000, organization: str = ""
) -> ApiError:
    """The 429 for too many tokens in a minute.

    -- verbatim: logancyang/obsidian-copilot#2327 (2026-03), where 30,000 was the limit.

    :param retry_after: seconds after which the account may try again.
    :param organization: the account's id; the offline model's own without one.
    """
    who = organization or "00000000-0000-0000-0000-000000000000"
    text = (
        "This request would exceed your organization's rate limit of "
        f"{input_tokens:,} input tokens per minute (org: {who}, model: {model}). For details, "
        "refer to: https://docs.claude.com/en/api/rate-limits. You can see the response headers for "
        "current usage. Please reduce the prompt length or the maximum tokens requested, or try "
        "again later. You may also contact sales at https://claude.com/contact-sales to discuss "
        "your options for a rate limit increase."
    )
    headers = {"retry-after": str(retry_after)}
    return ApiError(text, status=429, type="rate_limit_error", headers=headers)


def overloaded() -> ApiError:
    """The 529 when the API has too much to do. -- verbatim: anthropics/claude-code#35792 (2026)."""
    return ApiError("Overloaded", status=529, type="overloaded_error")


def internal_error() -> ApiError:
    """The 500 for trouble at the far end. -- verbatim, common."""
    return ApiError("Internal server error", status=500, type="api_error")
