"""The refusals that no request earns by itself: the rows of the tables that are faults on request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import httpx2
import pytest

from fanout.dialects.conformance import cases, outside
from fanout.simulator.apis import APIS
from fanout.simulator.faults import KINDS
from fanout.simulator.server import Server
from fanout.simulator.world import World

KEY = "sk-faults-0123456789"
CHAT, RESPONSES, CLAUDE = "/v1/chat/completions", "/v1/responses", "/v1/messages"


class Row(NamedTuple):
    """A row of the error tables: which fault gives it, and the body that was seen."""

    row: str
    kind: str
    status: int
    type: str
    code: str | None
    message: str
    """`{id}` stands for the id of the request. The amounts, names and times are the simulator's."""


LIMIT = (
    "Rate limit reached for gpt-5.2 in organization org-offline on tokens per min (TPM): Limit "
    "30000, Used 20500, Requested 10000. Please try again in 1s. Visit "
    "https://platform.openai.com/account/rate-limits to learn more."
)
QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more "
    "information on this error, read the docs: "
    "https://platform.openai.com/docs/guides/error-codes/api-errors."
)
TROUBLE = (
    "An error occurred while processing your request. You can retry your request, or contact us "
    "through our help center at help.openai.com if the error persists. Please include the request "
    "ID {id} in your message."
)
BUSY = "Our servers are currently overloaded. Please try again later."
CLAUDE_LIMIT = (
    "This request would exceed your organization's rate limit of 30,000 input tokens per minute "
    "(org: 00000000-0000-0000-0000-000000000000, model: claude-sonnet-5). For details, refer to: "
    "https://docs.claude.com/en/api/rate-limits. You can see the response headers for current "
    "usage. Please reduce the prompt length or the maximum tokens requested, or try again later. "
    "You may also contact sales at https://claude.com/contact-sales to discuss your options for a "
    "rate limit increase."
)
OPENAI = [
    Row("38", "rate_limit", 429, "tokens", "rate_limit_exceeded", LIMIT),
    Row("39", "quota", 429, "insufficient_quota", "insufficient_quota", QUOTA),
    Row("41", "overloaded", 503, "service_unavailable_error", "server_is_overloaded", BUSY),
    Row("42b", "server_error", 500, "server_error", "server_error", TROUBLE),
]
ANTHROPIC = [
    Row("c31", "rate_limit", 429, "rate_limit_error", None, CLAUDE_LIMIT),
    Row("c33", "overloaded", 529, "overloaded_error", None, "Overloaded"),
    Row("c34", "server_error", 500, "api_error", None, "Internal server error"),
]
EVERY = [
    *((path, row) for path in (CHAT, RESPONSES) for row in OPENAI),
    *((CLAUDE, row) for row in ANTHROPIC),
]
DIALECTS = {CHAT: "chat", RESPONSES: "responses", CLAUDE: "claude"}


@pytest.fixture(scope="module")
def world() -> World:
    """A far end that answers at once."""
    return World(pace=0)


@pytest.fixture(scope="module")
def client(world: World) -> Iterator[httpx2.Client]:
    """A client of that far end."""
    server = Server(world).start()
    headers = {"authorization": f"Bearer {KEY}", "anthropic-version": "2026-10-21"}
    with httpx2.Client(base_url=server.url, headers=headers) as found:
        yield found
    server.stop()


@pytest.mark.parametrize(("path", "row"), EVERY, ids=[f"{p} {r.row}" for p, r in EVERY])
def test_fault(world: World, client: httpx2.Client, path: str, row: Row) -> None:
    """A fault on request is answered with the row's status, type, code and text, letter by letter."""
    world.faults.add(row.kind)
    good = next(c for c in cases(DIALECTS[path]) if c.status == 200 and not c.stored)
    answer = client.post(path, json=good.request)
    error = answer.json()["error"]
    name = "request-id" if path == CLAUDE else "x-request-id"
    assert answer.status_code == row.status
    assert (error["type"], error.get("code")) == (row.type, row.code)
    assert error["message"] == row.message.replace("{id}", answer.headers[name])
    assert error.get("param") is None


@pytest.mark.parametrize("path", DIALECTS)
def test_the_excused_rows_are_these(path: str) -> None:
    """A row that the data excuses as a fault is one that is tested here, under the same number."""
    here = {row.row for p, row in EVERY if p == path}
    said = {row for row, why in outside(DIALECTS[path]).items() if "is a fault" in why}
    assert said == here
    assert {row.kind for _, row in EVERY} <= KINDS.keys()
    assert path in APIS


@pytest.mark.parametrize("path", [CHAT, RESPONSES])
def test_headers_of_a_rate_limit(world: World, client: httpx2.Client, path: str) -> None:
    """A 429 tells when to try again, and the six limits with the one that was met at nothing."""
    world.faults.add("rate_limit", retry_after=2)
    found = client.post(path, json={"model": "gpt-5.2", "messages": [], "input": ""}).headers
    assert (found["retry-after"], found["retry-after-ms"]) == ("2", "2000")
    assert found["x-ratelimit-remaining-tokens"] == "0"
    assert found["x-ratelimit-reset-tokens"] == "2s"
    assert len([name for name in found if name.startswith("x-ratelimit-")]) == 6
