"""Every case of the Responses table, run through the dialect."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest

from fanout.conversation import Reply
from fanout.dialects import responses
from fanout.dialects.conformance import Case, cases, differences, outside
from fanout.dialects.errors import ApiError
from fanout.dialects.responses import Stored
from fanout.dialects.tokens import estimate
from fanout.simulator import profiles
from tests.conformance.openai_rows import ROWS

CASES = cases("responses")


def memory_of(case: Case) -> dict[str, Stored]:
    """The memory in which a case's stored responses are remembered."""
    memory: dict[str, Stored] = {}
    for one in case.stored:
        request = {"model": case.request["model"], "input": one["before"]}
        responses.remember(memory, request, {"id": one["id"], "output": one["output"]})
    return memory


def answer(case: Case) -> tuple[int, dict[str, Any]]:
    """Status and body that the dialect gives to a case, in the order in which a server asks."""
    try:
        if "authorization" in case.headers:
            raise responses.bad_key(responses.read_key(case.headers["authorization"]))
        name = responses.model_of(case.request)
        profile = profiles.find(name)
        if profile is None:
            raise responses.unknown_model(name)
        said = responses.read(case.request, profile, memory_of(case))
    except ApiError as error:
        return error.status, responses.write_error(error)
    reply = Reply(text="18 degrees.")
    usage = estimate(said, reply)
    written = responses.write(reply, reply_id="resp_9", created=0, model=name, usage=usage)
    return 200, written


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    """The dialect answers as the table says, in status, type, code, param and text."""
    assert differences(case, *answer(case)) == ()


@pytest.mark.parametrize("case", [c for c in CASES if c.status != 200], ids=str)
def test_wrong_text_is_seen(case: Case) -> None:
    """One letter too many in an expected text is reported, in every case that has one."""
    wrong = {**case.expected, "message": f"{case.expected['message']}!"}
    (said,) = differences(dataclasses.replace(case, expected=wrong), *answer(case))
    assert said.startswith("message should be ")


@pytest.mark.parametrize("name", ["status", "type", "code", "param"])
def test_wrong_table_is_seen(name: str) -> None:
    """One wrong letter in any other field is reported, and names the field."""
    case = next(c for c in CASES if c.row == "57")
    if name == "status":
        wrong = dataclasses.replace(case, status=422)
    else:
        wrong = dataclasses.replace(case, expected={**case.expected, name: "wrong"})
    (said,) = differences(wrong, *answer(case))
    assert said.startswith(f"{name} should be ")


def test_memory_makes_the_difference() -> None:
    """A case with stored responses is answered otherwise by an API that remembers nothing."""
    needing = [
        c for c in CASES if c.stored and c.status != 200 and c.row in ("50", "52", "53", "54")
    ]
    assert len(needing) > 6
    assert all(differences(c, *answer(dataclasses.replace(c, stored=()))) for c in needing)


def test_every_row_is_here_or_excused() -> None:
    """Each row of the table has a case or a reason, not both; other rows are our own finds."""
    here, excused = {case.row for case in CASES}, set(outside("responses"))
    assert not here & excused
    assert set(ROWS) <= here | excused
    assert all(row[0] in "yo" or row == "58b" for row in here - set(ROWS))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_marks_are_honest(case: Case) -> None:
    """V infers nothing; V-part and I name what they infer; every case has a source."""
    assert (case.mark == "V") == (case.inferred == ())
    assert set(case.inferred) <= {"status", "type", "code", "param", "message"}
    assert case.mark != "I" or {"status", "message"} & set(case.inferred)
    assert case.source
    assert case.expected.get("message") not in case.older


def test_cases_are_distinct() -> None:
    """No two cases send the same request with the same headers to the same memory."""
    sent = [(dict(c.headers), c.request, c.stored) for c in CASES]
    assert all(one not in sent[:i] for i, one in enumerate(sent))


def test_reading_leaves_the_request_alone() -> None:
    """The dialect changes nothing in a body it reads."""
    for case in CASES:
        before = copy.deepcopy(case.request)
        answer(case)
        assert case.request == before
