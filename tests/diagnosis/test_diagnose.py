"""`fanout.diagnose` on the conformance cases, on SDK objects, and on files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openai.types.chat import ChatCompletionMessage

from fanout.diagnosis import diagnose, files
from fanout.dialects.conformance import Case, cases

FAULT = {  # what an API says about pairing, and the rules that it stands for
    "did not have response messages": {"unanswered"},
    "must be a response to a preceeding": {"stray"},
    "not found in 'tool_calls'": {"unknown"},
    "Duplicate value for 'tool_call_id'": {"duplicate"},
    "No tool output found": {"unanswered"},
    "No tool call found": {"stray", "unknown", "duplicate"},
    "were found without `tool_result`": {"unanswered"},
    "unexpected `tool_use_id`": {"stray", "unknown"},
    "each tool_use must have a single result": {"duplicate", "stray"},
}


QUIRKS = {("chat", "2b")}
"""Cases in which the API uses these words although no result is involved."""


def _pairing(api: str) -> list[tuple[Case, set[str]]]:
    return [
        (case, rules)
        for case in cases(api)
        for words, rules in FAULT.items()
        if words in str(case.expected.get("message"))
        and not case.stored
        and (case.api, case.row) not in QUIRKS
    ]


ALL_PAIRING = [pair for api in ("chat", "responses", "claude") for pair in _pairing(api)]
ACCEPTED = [
    case
    for api in ("chat", "responses", "claude")
    for case in cases(api)
    if case.status == 200 and not case.stored
]


@pytest.mark.parametrize(("case", "rules"), ALL_PAIRING, ids=[str(case) for case, _ in ALL_PAIRING])
def test_every_pairing_case(case: Case, rules: set[str]) -> None:
    """Each pairing case of the conformance data is named by its rule, with a place and a remedy."""
    if "previous_response_id" in case.request:
        pytest.skip("needs what the server remembers")
    diagnosis = diagnose(case.request, case.api)
    assert {finding.rule for finding in diagnosis.findings} & rules, str(diagnosis)
    assert all(finding.mend.endswith(".") and finding.where for finding in diagnosis.findings)


@pytest.mark.parametrize("case", ACCEPTED, ids=str)
def test_every_accepted_case(case: Case) -> None:
    """What an API accepts, the diagnosis accepts."""
    if "previous_response_id" in case.request:
        pytest.skip("needs what the server remembers")
    assert diagnose(case.request, case.api).ok


def call(call_id: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": "f", "arguments": "{}"}}


ASKED = {"role": "assistant", "content": None, "tool_calls": [call("call_a"), call("call_b")]}
USER = {"role": "user", "content": "hello"}


def result(call_id: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": "x"}


def test_all_faults_are_told_not_only_the_first() -> None:
    """An API names one fault; the diagnosis names every one, in order."""
    broken = [USER, ASKED, result("call_a"), USER, result("call_b"), result("call_z")]
    told = [(f.rule, f.where) for f in diagnose(broken).findings]
    assert told == [
        ("unanswered", "messages[3]"),
        ("stray", "messages[4]"),
        ("stray", "messages[5]"),
    ]


def test_a_late_result_is_to_be_moved() -> None:
    """A result that stands behind another message: the remedy says from where to where."""
    first, second = diagnose([USER, ASKED, result("call_a"), USER, result("call_b")]).findings
    assert "messages[4]" in first.mend
    assert "before messages[3]" in first.mend
    assert "messages[1]" in second.mend


def test_a_history_cut_inside_a_turn() -> None:
    """Results whose calls were trimmed away are told as such."""
    (finding,) = diagnose([USER, result("call_a"), USER]).findings
    assert "trimmed" in finding.mend


def test_sdk_objects() -> None:
    """Messages may be the SDK's own objects, as programs keep them."""
    message = ChatCompletionMessage.model_validate(ASKED)
    assert diagnose([USER, message, result("call_a"), result("call_b")]).ok
    assert [f.ids for f in diagnose([USER, message]).findings] == [("call_a", "call_b")]


def test_formats_are_told_apart() -> None:
    """Claude's blocks and Responses' items are recognised by their names."""
    use = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
    claude = diagnose([USER, {"role": "assistant", "content": [use]}, USER])
    assert claude.api == "claude"
    assert claude.findings[0].rule == "unanswered"
    item = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
    responses = diagnose([{"role": "user", "content": "x"}, item])
    assert responses.api == "responses"
    assert responses.findings[0].ids == ("call_1",)


def test_a_message_that_is_none() -> None:
    """A shape that the API refuses is told in its words."""
    (finding,) = diagnose([{"role": "assistant", "tool_calls": []}]).findings
    assert finding.rule == "shape"
    assert "empty array" in finding.what


@pytest.mark.parametrize("wrong", [None, 3, "messages", {"hello": 1}])
def test_no_conversation_at_all(wrong: Any) -> None:
    """Something else than a conversation is refused with what is wanted."""
    with pytest.raises(ValueError, match="list of messages"):
        diagnose(wrong)


def test_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Files, logs with a request a line, and folders of both; the exit code says if all is well."""
    good, bad = [USER], [USER, ASKED]
    (tmp_path / "good.json").write_text(json.dumps(good))
    assert files.run([tmp_path / "good.json"]) == 0
    lines = [json.dumps({"request": {"messages": m}}) for m in (good, bad)]
    (tmp_path / "log.jsonl").write_text("\n".join([*lines, "{half"]))
    capsys.readouterr()
    assert files.run([tmp_path]) == 1
    out = capsys.readouterr().out
    assert "log.jsonl:2: 1 found" in out
    assert "log.jsonl:3: diagnose wants" in out
    assert "4 looked at, 2 with something wrong." in out


def test_nothing_to_look_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty folder is no clean bill of health."""
    assert files.run([tmp_path]) == 1
    assert "No conversation found" in capsys.readouterr().out
