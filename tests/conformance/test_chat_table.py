"""Every case of the Chat Completions table, run through the dialect."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest

from fanout.conversation import Reply
from fanout.dialects import chat
from fanout.dialects.conformance import Case, cases, differences, outside
from fanout.dialects.errors import ApiError
from fanout.dialects.tokens import estimate
from fanout.simulator import profiles
from tests.conformance.openai_rows import ROWS


def answer(case: Case) -> tuple[int, dict[str, Any]]:
    """Status and body that the dialect gives to a case, in the order in which a server asks."""
    try:
        if "authorization" in case.headers:
            raise chat.bad_key(chat.read_key(case.headers["authorization"]))
        name = chat.model_of(case.request)
        profile = profiles.find(name)
        if profile is None:
            raise chat.unknown_model(name)
        said = chat.read(case.request, profile)
    except ApiError as error:
        return error.status, chat.write_error(error)
    reply = Reply(text="18 degrees.")
    usage = estimate(said, reply)
    return 200, chat.write(reply, reply_id="chatcmpl-1", created=0, model=name, usage=usage)


@pytest.mark.parametrize("case", cases(), ids=str)
def test_case(case: Case) -> None:
    """The dialect answers as the table says, in status, type, code, param and text."""
    assert differences(case, *answer(case)) == ()


@pytest.mark.parametrize("name", ["status", "type", "code", "param", "message"])
def test_wrong_table_is_seen(name: str) -> None:
    """One wrong letter in any field of an expected answer is reported, and names the field."""
    case = next(c for c in cases() if c.row == "9")
    if name == "status":
        wrong = dataclasses.replace(case, status=422)
    else:
        wrong = dataclasses.replace(case, expected={**case.expected, name: "wrong"})
    (said,) = differences(wrong, *answer(case))
    assert said.startswith(f"{name} should be ")


def test_refusal_where_acceptance_is_due() -> None:
    """An accepted request that is refused is reported, and the other way round."""
    accepted = next(c for c in cases() if c.status == 200)
    refused = next(c for c in cases() if c.status == 400)
    assert differences(accepted, *answer(refused))
    assert differences(refused, *answer(accepted))


def test_verbatim_only() -> None:
    """What is only inferred is not held against an answer when asked so; the rest still is."""
    case = next(c for c in cases() if c.row == "3")
    status, body = answer(case)
    body["error"]["param"] = "messages"
    assert differences(case, status, body)
    assert differences(case, status, body, verbatim_only=True) == ()
    body["error"]["message"] += "."
    assert differences(case, status, body, verbatim_only=True)


def test_every_row_is_here_or_excused() -> None:
    """Each row of the table has a case or a reason, not both; other rows are our own finds."""
    here = {case.row for case in cases()}
    assert not here & set(outside())
    assert set(ROWS) <= here | set(outside())
    assert all(row[0] in "xo" or row == "13b" for row in here - set(ROWS))


@pytest.mark.parametrize("case", cases(), ids=str)
def test_marks_are_honest(case: Case) -> None:
    """V infers nothing; V-part and I name what they infer; every case has a source."""
    assert (case.mark == "V") == (case.inferred == ())
    assert set(case.inferred) <= {"status", "type", "code", "param", "message"}
    assert case.mark != "I" or {"status", "message"} & set(case.inferred)
    assert case.source
    assert case.expected.get("message") not in case.older


def test_cases_are_distinct() -> None:
    """No two cases send the same request with the same headers."""
    sent = [(dict(c.headers), c.request) for c in cases()]
    assert all(one not in sent[:i] for i, one in enumerate(sent))


def test_reading_leaves_the_request_alone() -> None:
    """The dialect changes nothing in a body it reads."""
    for case in cases():
        before = copy.deepcopy(case.request)
        answer(case)
        assert case.request == before
