"""`fanout.diagnose` on the conformance cases, on SDK objects, and on files."""

from __future__ import annotations

import json
import re
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
        ("stray", "messages[5]"),
    ]


def test_a_late_result_is_to_be_moved() -> None:
    """A result behind another message is told once, with the way from where to where."""
    (finding,) = diagnose([USER, ASKED, result("call_a"), USER, result("call_b")]).findings
    assert "call_b in messages[4]" in finding.mend
    assert "before messages[3]" in finding.mend
    assert "there is none" not in finding.mend


def test_one_result_late_and_one_missing() -> None:
    """Of two results one is to be moved, the other to be added."""
    (finding,) = diagnose([USER, ASKED, USER, result("call_b")]).findings
    assert "For call_a there is none" in finding.mend


def test_a_result_before_its_call() -> None:
    """A result that stands too early is to be moved the other way."""
    early = diagnose([USER, result("call_a"), ASKED, result("call_b")]).findings[0]
    assert "a call that comes later, in messages[2]" in early.mend


def test_results_behind_a_text() -> None:
    """Claude's results that stand behind a text are to be put first in their own message."""
    use = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
    said = {"type": "text", "text": "Here:"}
    answer = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "x"}
    turns = [USER, {"role": "assistant", "content": [use]}]
    (finding,) = diagnose([*turns, {"role": "user", "content": [said, answer]}]).findings
    assert finding.mend.startswith("The results are in messages[2], but behind something else")


def test_a_setting_does_not_hide_the_pairs() -> None:
    """Where the API refuses a setting first, what is wrong with the pairs is told as well."""
    rules = [f.rule for f in diagnose({"messages": [USER, ASKED], "tools": []}).findings]
    assert rules == ["shape", "unanswered"]


def test_a_refusal_brings_its_remedy() -> None:
    """The API's own words stand with what the index knows to do about them."""
    wrong = call("call_a") | {"function": {"name": "f", "arguments": {}}}
    (finding,) = diagnose([USER, ASKED | {"tool_calls": [wrong]}, result("call_a")]).findings
    assert "Append the model's message as it came" in finding.mend


def test_what_the_server_keeps_is_not_missed() -> None:
    """With previous_response_id a result may answer a call that is not here; a later one may not."""
    first, late = (
        {"type": "function_call_output", "call_id": i, "output": "x"} for i in ("call_1", "call_9")
    )
    body = {"model": "m", "previous_response_id": "resp_1", "input": [first]}
    assert diagnose(body).ok
    assert "previous_response_id" in str(diagnose(body))
    asks = {"type": "function_call", "call_id": "call_2", "name": "f", "arguments": "{}"}
    answer = {"type": "function_call_output", "call_id": "call_2", "output": "x"}
    longer = body | {"input": [first, asks, answer, {"role": "user", "content": "x"}, late]}
    assert [f.ids for f in diagnose(longer).findings] == [("call_9",)]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (ASKED, "this is one message"),
        ({"object": "chat.completion", "choices": [{"message": ASKED}]}, "a reply of the model"),
        ({"object": "response", "output": [{"type": "function_call"}]}, "a reply of the model"),
        ({"hello": 1}, "a dict with 'hello'"),
        ("[{'role': 'user'}]", "no JSON"),
        ("", "an empty text"),
        ({"a": {"messages": [USER]}, "b": {"messages": [USER]}}, "2 conversations in it: a, b"),
    ],
)
def test_what_is_no_conversation_is_named(wrong: Any, words: str) -> None:
    """What was handed over instead is said in words that show what to hand over."""
    with pytest.raises(ValueError, match=re.escape(words)):
        diagnose(wrong)


@pytest.mark.parametrize(
    "wrapped",
    [
        json.dumps([USER, ASKED]),
        {"request": {"body": {"model": "x", "messages": [USER, ASKED]}}, "response": {}},
        {"log": {"entries": [{"postData": {"text": json.dumps({"messages": [USER, ASKED]})}}]}},
    ],
    ids=["JSON text", "a log's request", "a HAR file"],
)
def test_a_conversation_is_found_in_its_wrapping(wrapped: Any) -> None:
    """A log's wrapping, and JSON text in it, is taken off."""
    assert diagnose(wrapped).findings[0].ids == ("call_a", "call_b")


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
    assert "log.jsonl:2 (request): 1 found" in out
    assert "log.jsonl:3: 1 line is no JSON" in out
    assert "3 conversations looked at, 1 with something wrong; 1 could not be read as one." in out


def test_a_message_a_line_is_one_conversation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file with one message on each line is one conversation, not many."""
    (tmp_path / "chat.jsonl").write_text("\n".join(map(json.dumps, [USER, ASKED])))
    assert files.run([tmp_path]) == 1
    assert "chat.jsonl: 1 found (2 messages" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\x00\xff\xfe\x01", "it is no text"),
        (b'[{"role": "user"},', "is no JSON"),
        (b"[{'role': 'user'}]", "`json.dumps`"),
        (b"2026-01-01 ERROR 400", "is no JSON"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, words: str
) -> None:
    """What is broken is told by its kind, is not counted as a conversation, and is no good news."""
    (tmp_path / "broken.json").write_bytes(content)
    assert files.run([tmp_path]) == 1
    out = capsys.readouterr().out
    assert words in out
    assert "0 conversations looked at" in out


def test_other_encodings(tmp_path: Path) -> None:
    """UTF-16, as Windows writes it, and a byte order mark are read."""
    text = json.dumps([USER])
    (tmp_path / "wide.json").write_text(text, encoding="utf-16")
    (tmp_path / "marked.json").write_text(text, encoding="utf-8-sig")
    assert files.run([tmp_path]) == 0


def test_nothing_to_look_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty folder is no clean bill of health."""
    assert files.run([tmp_path]) == 1
    assert "No conversation found" in capsys.readouterr().out
