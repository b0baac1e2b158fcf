"""Anthropic's answers before a body is read: key, API version, betas and the model's name.

Which of several faults in the headers is told first is our choice: key, version, betas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fanout.dialects.errors import ApiError

VERSION = "2026-10-21"
"""The `anthropic-version` that the SDK sends since 2.0 (documentation, 2026-11)."""

OLDER_VERSION = "2023-06-01"

THREADS_BETA = "message-threads-2026-08-12"

# The names that the SDK knows (anthropic 2.11.0, types/anthropic_beta_param.py), and the one that the
# documentation of fine-grained streaming names. None but message threads changes anything here.
BETAS = frozenset(
    """
    advisor-tool-2026-03-01 agent-memory-2026-07-22 cache-diagnosis-2026-04-07
    code-execution-2025-05-22 compact-2026-01-12 compact-2026-09-04 computer-use-2024-10-22
    computer-use-2025-01-24 computer-use-2025-11-24 context-1m-2025-08-07
    context-management-2025-06-27 dev-full-thinking-2025-05-14 extended-cache-ttl-2025-04-11
    fallback-credit-2026-06-01 fallback-credit-2026-07-01 fast-mode-2026-02-01
    files-api-2025-04-14 fine-grained-tool-streaming-2025-05-14 inline-tools-2026-09-15
    interleaved-thinking-2025-05-14 managed-agents-2026-04-01 mcp-client-2025-04-04
    mcp-client-2025-11-20 mcp-client-2026-09-15 message-batches-2024-09-24
    message-threads-2026-08-12 mid-conversation-output-config-2026-07-01
    mid-conversation-system-clear-at-2026-08-21 mid-conversation-tool-changes-2026-07-01
    model-context-window-exceeded-2025-08-26 output-128k-2025-02-19 output-300k-2026-03-24
    pdfs-2024-09-25 prompt-caching-2024-07-31 server-side-fallback-2026-06-01
    server-side-fallback-2026-07-01 skills-2025-10-02 structured-outputs-2025-11-13
    task-budgets-2026-03-13 thinking-binding-controls-2026-08-01
    thinking-display-updates-2026-08-18 thinking-token-count-2026-05-13
    token-counting-2024-11-01 token-efficient-tools-2025-02-19 user-profiles-2026-03-24
    user-profiles-2026-08-18 user-profiles-2026-09-04
    """.split()
)


@dataclass(frozen=True, kw_only=True)
class Access:
    """What the headers of a request say."""

    key: str
    bearer: bool
    """The key came as `Authorization: Bearer`, as the SDK sends it since 2.0."""
    version: str = VERSION
    betas: frozenset[str] = frozenset()


def admit(headers: Mapping[str, str]) -> Access:
    """What the headers of a request say, or the refusal they earn.

    :param headers: names in lower case, as ASGI has them.
    """
    key = read_key(headers.get("authorization"), headers.get("x-api-key"))
    return Access(
        key=key,
        bearer=headers.get("x-api-key") is None,
        version=_version(headers.get("anthropic-version")),
        betas=_betas(headers.get("anthropic-beta", "")),
    )


def read_key(authorization: str | None, x_api_key: str | None = None) -> str:
    """The key in the headers; of two the one in `x-api-key`; raises the 401 where there is none."""
    # With both headers the API takes x-api-key (measured at the API by Synthorai, 2026-10).
    if x_api_key is not None and x_api_key.strip():
        return x_api_key.strip()
    scheme, _, key = (authorization or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise missing_key()
    return key.strip()


def missing_key() -> ApiError:
    """The 401 for a request without a key (row c30)."""
    # inferred: this text was only found in other people's mocks of the API.
    return ApiError("x-api-key header is required", status=401, type="authentication_error")


def bad_key(key: str, *, bearer: bool = True) -> ApiError:
    """The 401 for a key that is not known, by the header it came in (rows c27, c28)."""
    text = "Invalid bearer token" if bearer else "invalid x-api-key"
    return ApiError(text, status=401, type="authentication_error")


def unknown_model(name: str) -> ApiError:
    """The 404 for a model that does not exist, or no longer (row c26)."""
    return ApiError(f"model: {name}", status=404, type="not_found_error")


def _version(value: str | None) -> str:
    if value is None:
        raise ApiError("anthropic-version: header is required")  # row c24
    if value == "2023-01-01":
        raise ApiError(
            "The offline model does not speak anthropic-version 2023-01-01; "
            f"send {OLDER_VERSION} or {VERSION}."
        )
    if value not in (VERSION, OLDER_VERSION):
        # inferred: the whole text
        raise ApiError(f"anthropic-version: {value} is not a valid version")
    return value


def _betas(value: str) -> frozenset[str]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    unknown = [name for name in names if name not in BETAS]
    if unknown:  # row c25
        listed = ", ".join(f"`{name}`" for name in unknown)
        text = (
            f"Unexpected value(s) {listed} for the `anthropic-beta` header. Please consult our "
            "documentation at docs.anthropic.com or try again without the header."
        )
        raise ApiError(text)
    return frozenset(names)
