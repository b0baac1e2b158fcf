"""What Anthropic's API says before it reads a body: headers, ids, limits, bytes that are no JSON."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from fanout.dialects import claude
from fanout.dialects.claude.access import BETAS
from fanout.dialects.errors import ApiError

GOOD = {"authorization": "Bearer sk-1", "anthropic-version": "2026-10-21"}


def refusal(headers: dict[str, str]) -> ApiError:
    """The error that headers earn."""
    with pytest.raises(ApiError) as caught:
        claude.admit(headers)
    return caught.value


def test_what_the_sdk_sends() -> None:
    """The SDK's headers give the key, how it came, the version and the betas."""
    found = claude.admit(GOOD | {"anthropic-beta": "message-threads-2026-08-12, pdfs-2024-09-25"})
    assert (found.key, found.bearer, found.version) == ("sk-1", True, "2026-10-21")
    assert found.betas == {"message-threads-2026-08-12", "pdfs-2024-09-25"}


def test_what_curl_sends() -> None:
    """A key in `x-api-key` is taken too, and counts where both are sent."""
    found = claude.admit(GOOD | {"x-api-key": "sk-2", "anthropic-version": "2023-06-01"})
    assert (found.key, found.bearer, found.version) == ("sk-2", False, "2023-06-01")


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic OnNr", None])
def test_no_key(value: str | None) -> None:
    """An Authorization header without a bearer key counts as none."""
    with pytest.raises(ApiError) as caught:
        claude.read_key(value)
    assert (caught.value.status, caught.value.type) == (401, "authentication_error")


def test_a_refusal_never_shows_the_key() -> None:
    """Neither text about a wrong key has the key in it."""
    for bearer in (True, False):
        assert "secret" not in claude.bad_key("secret", bearer=bearer).message


def test_key_before_version_before_betas() -> None:
    """Of several faults in the headers the key is told first, then the version."""
    assert refusal({"anthropic-beta": "nope"}).status == 401
    assert refusal({"x-api-key": "k", "anthropic-beta": "nope"}).message.startswith("anthropic-v")


def test_unknown_betas_are_all_named() -> None:
    """Every beta that does not exist is named, in the order sent."""
    text = refusal(GOOD | {"anthropic-beta": "one, pdfs-2024-09-25, two"}).message
    assert text.startswith("Unexpected value(s) `one`, `two` for the `anthropic-beta` header.")


def test_betas_are_those_of_the_sdk() -> None:
    """A beta that is accepted has the form of a name with a date."""
    assert all(re.fullmatch(r"[a-z0-9-]+-20\d\d-\d\d-\d\d", name) for name in BETAS)


def test_oldest_version_is_refused_by_name() -> None:
    """The version before named events is refused as what the offline model does not speak."""
    text = refusal(GOOD | {"anthropic-version": "2023-01-01"}).message
    assert text.startswith("The offline model does not speak anthropic-version 2023-01-01")


def test_ids() -> None:
    """Ids have the API's shape, are the same for a seed, and differ between seeds and indexes."""
    ids = [claude.call_id(seed, i) for seed in ("a", "b", "\ud800") for i in range(3)]
    assert all(re.fullmatch("toolu_01[1-9A-HJ-NP-Za-km-z]{22}", i) for i in ids)
    assert len(set(ids)) == 9
    assert re.fullmatch("msg_01[1-9A-HJ-NP-Za-km-z]{22}", claude.message_id("a"))
    assert re.fullmatch("req_011C[1-9A-HJ-NP-Za-km-z]{20}", claude.request_id("a"))
    assert claude.reply_id("a") == claude.message_id("a") != claude.message_id("b")


def test_ids_do_not_depend_on_the_process() -> None:
    """An id is a function of its seed alone: this one was computed once and must never change."""
    assert claude.call_id("seed", 0) == "toolu_01BD8UwFCCuE7jhjT1kU2Tax"


def test_headers() -> None:
    """Every answer has a request id; with a time, the twelve headers about limits as well."""
    assert claude.headers("a") == {"request-id": claude.request_id("a")}
    now = datetime(2026, 11, 20, 16, 0, 1, tzinfo=UTC)
    found = claude.headers("a", now=now)
    assert len(found) == 13
    assert found["anthropic-ratelimit-input-tokens-reset"] == "2026-11-20T16:00:01Z"
    assert found["anthropic-ratelimit-requests-limit"] == "50"
    elsewhere = now.astimezone(timezone(timedelta(hours=2)))
    assert claude.headers("a", now=elsewhere) == found


def test_faults() -> None:
    """Limit, overload and trouble have the API's status, type and text."""
    limit = claude.rate_limited("claude-sonnet-5", retry_after=2)
    assert (limit.status, limit.type) == (429, "rate_limit_error")
    assert limit.headers == {"retry-after": "2"}
    assert "rate limit of 30,000 input tokens per minute (org: " in limit.message
    assert "model: claude-sonnet-5)" in limit.message
    assert claude.write_error(claude.overloaded(), "req_1") == {
        "type": "error",
        "error": {"type": "overloaded_error", "message": "Overloaded"},
        "request_id": "req_1",
    }
    assert claude.internal_error().status == 500


def test_a_type_of_another_provider_is_not_written() -> None:
    """An error that is not of this API is written with the type of its status."""
    error = ApiError("Oh.", status=500, type="server_error")
    assert claude.write_error(error)["error"]["type"] == "api_error"


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"{", b"\xff", b"[" * 100_000, b'{"a": "\\ud800"}', b'{"a": NaN}', b"1" * 5_000),
        *('{"a": 1}'.encode("utf-16"), '{"a": 1}'.encode("utf-32-le"), b'\xef\xbb\xbf{"a": 1}'),
    ],
)
def test_body_that_is_no_json(raw: bytes) -> None:
    """Bytes that are no JSON, or hold half a surrogate pair, are refused as such."""
    with pytest.raises(ApiError) as caught:
        claude.parse(raw)
    pattern = r"The request body is not valid JSON: .+: line 1 column \d+ \(char \d+\)"
    assert re.fullmatch(pattern, caught.value.message)


def test_a_body_that_is_too_large() -> None:
    """More than 32 MB are refused with 413 before anybody looks inside; 32 MB are read."""
    most = 32 * 1024 * 1024
    assert claude.parse(b'"' + b"x" * (most - 2) + b'"')
    with pytest.raises(ApiError) as caught:
        claude.parse(b"x" * (most + 1))
    assert (caught.value.status, caught.value.type) == (413, "request_too_large")


def test_the_place_of_half_a_surrogate_pair() -> None:
    """Half a surrogate pair is told with its place, behind a whole pair, too."""
    with pytest.raises(ApiError) as caught:
        claude.parse(b'{"a": "\\ud83d\\ude00 \\udc00"}')
    assert caught.value.message.endswith("no low surrogate in string: line 1 column 21 (char 20)")
    assert claude.parse(b'{"a": "\\ud83d\\ude00"}') == {"a": "\N{GRINNING FACE}"}


def test_the_place_of_a_fault_counts_lines() -> None:
    """The line and the column of what is no JSON are told."""
    with pytest.raises(ApiError) as caught:
        claude.parse(b'{\n "a": nope}')
    assert caught.value.message.endswith(": line 2 column 7 (char 8)")
