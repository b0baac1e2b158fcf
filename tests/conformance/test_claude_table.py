"""Every case of the Messages table, run through the dialect."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest

from fanout.conversation import Reply
from fanout.dialects import claude
from fanout.dialects.conformance import Case, cases, differences, outside
from fanout.dialects.errors import ApiError
from fanout.dialects.tokens import estimate
from fanout.simulator import claude_models

CASES = cases("claude")

TABLE = [
    *("a1", "a1b", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "a10", "a11", "a12", "a13"),
    *("a14", "a15", "a16", "a17", "a18", "a19", "a20", "a21"),
    *("b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8", "b9", "b10", "b11", "b12", "b13", "b14"),
    *("b15", "b16", "b17"),
    *("c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12", "c13", "c14"),
    *("c15", "c16", "c17", "c18", "c19", "c20", "c21", "c22", "c23", "c24", "c25", "c26", "c27"),
    *("c28", "c29", "c30", "c31", "c32", "c33", "c34", "c35"),
    *("d1", "e1", "e2"),
]
"""The rows of the error tables: pairing, tools, everything else, server tools, the newest version."""

GOOD_KEY = "sk-ant-good"


def headers_of(case: Case) -> dict[str, str]:
    """The headers that a case is sent with."""
    usual = {"authorization": f"Bearer {GOOD_KEY}", "anthropic-version": "2026-10-21"}
    return {name: value for name, value in (usual | dict(case.headers)).items() if value}


def answer(case: Case) -> tuple[int, dict[str, Any]]:
    """Status and body that the dialect gives to a case, in the order in which a server asks."""
    try:
        access = claude.admit(headers_of(case))
        if access.key != GOOD_KEY:
            raise claude.bad_key(access.key, bearer=access.bearer)
        name = claude.model_of(case.request)
        model = claude_models.find(name)
        if model is None:
            raise claude.unknown_model(name)
        said = claude.read(case.request, model, version=access.version, betas=access.betas)
    except ApiError as error:
        return error.status, claude.write_error(error, "req_1")
    reply = Reply(text="18 degrees.")
    usage = estimate(said, reply)
    return 200, claude.write(reply, reply_id="msg_1", model=name, usage=usage)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    """The dialect answers as the table says, in status, type and text."""
    assert differences(case, *answer(case)) == ()


@pytest.mark.parametrize("name", ["status", "type", "message"])
def test_wrong_table_is_seen(name: str) -> None:
    """One wrong letter in any field of an expected answer is reported, and names the field."""
    case = next(c for c in CASES if c.row == "a1")
    if name == "status":
        wrong = dataclasses.replace(case, status=422)
    else:
        wrong = dataclasses.replace(case, expected={**case.expected, name: "wrong"})
    (said,) = differences(wrong, *answer(case))
    assert said.startswith(f"{name} should be ")


@pytest.mark.parametrize("case", [c for c in CASES if c.status != 200], ids=str)
def test_each_text_is_held_to_the_letter(case: Case) -> None:
    """Whatever letter of an expected text were wrong, the answer would be seen to differ."""
    wrong = dataclasses.replace(
        case, expected={**case.expected, "message": str(case.expected["message"]) + "."}
    )
    assert len(differences(wrong, *answer(case))) == 1


def test_refusal_where_acceptance_is_due() -> None:
    """An accepted request that is refused is reported, and the other way round."""
    accepted = next(c for c in CASES if c.status == 200)
    refused = next(c for c in CASES if c.status == 400)
    assert differences(accepted, *answer(refused))
    assert differences(refused, *answer(accepted))


def test_no_code_and_no_param() -> None:
    """Anthropic's errors have a type and a text, and no more: no code, no param."""
    for case in CASES:
        status, body = answer(case)
        if status != 200:
            assert list(body) == ["type", "error", "request_id"]
            assert list(body["error"]) == ["type", "message"]
        assert set(case.expected) <= {"type", "message"}


def test_every_row_is_here_or_excused() -> None:
    """Each row of the tables has a case or a reason, not both; other rows are our own."""
    here = {case.row for case in CASES}
    assert not here & set(outside("claude"))
    assert set(TABLE) == {row for row in here | set(outside("claude")) if row[0] in "abcde"}
    assert all(row[0] in "xvo" for row in here - set(TABLE))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_marks_are_honest(case: Case) -> None:
    """V, M and D infer nothing; V-part and I name what they infer; every case has a source."""
    assert (case.mark in ("V", "M", "D")) == (case.inferred == ())
    assert set(case.inferred) <= {"status", "type", "message"}
    assert case.source
    assert case.expected.get("message") not in case.older
    assert case.status != 200 or case.inferred in ((), ("status",))


def test_cases_are_distinct() -> None:
    """No two cases send the same request with the same headers."""
    sent = [(dict(c.headers), c.request) for c in CASES]
    assert all(one not in sent[:i] for i, one in enumerate(sent))


def test_reading_leaves_the_request_alone() -> None:
    """The dialect changes nothing in a body it reads."""
    for case in CASES:
        before = copy.deepcopy(case.request)
        answer(case)
        assert case.request == before


def test_older_texts_are_not_given() -> None:
    """A text that stands in the table as an older one is the answer to no case."""
    older = {text for case in CASES for text in case.older}
    given = {case.expected.get("message") for case in CASES}
    assert older
    assert not older & given
