"""The pocket index: it holds what the conformance data hold, and leads to lessons that there are."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

import fanout
from fanout.diagnosis import ErrorIndex, error_index
from fanout.diagnosis.causes import (
    APIS,
    Cause,
    CauseError,
    cause_of,
    causes,
    lessons,
    table,
    wanted,
)
from fanout.diagnosis.wordings import cut, placeless, shown, wordings
from fanout.dialects.conformance import Case, cases

ALL = [case for api in APIS for case in cases(api) if wanted(case)]
REFUSED = [case for case in ALL if case.status != 200]


def name(case: Case) -> str:
    return f"{case.api} {case}"


# --- Every case has its cause -----------------------------------------------------------------------


def test_every_refusal_has_exactly_one_cause() -> None:
    """A refusal of the data, and a text of former times, belongs to one cause; a new one must too."""
    assert [name(case) for case in ALL if cause_of(case) not in causes()] == []


def test_a_case_without_a_cause_is_seen() -> None:
    """A case of a row that causes.toml does not know is told by its name."""
    new = dataclasses.replace(REFUSED[0], row="1z")
    with pytest.raises(CauseError, match=r"`1z: A tool call .* belongs to no cause"):
        cause_of(new)


def test_a_case_of_two_causes_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that two causes claim is told, with both."""
    twin = dataclasses.replace(causes()[0], rule="twin")
    monkeypatch.setattr("fanout.diagnosis.causes.causes", lambda: (*causes(), twin))
    with pytest.raises(CauseError, match="belongs to unanswered, twin"):
        cause_of(REFUSED[0])


def test_every_entry_of_a_cause_means_a_case() -> None:
    """No cause names a row or a title that the data do not have (any more)."""
    dead = [
        (cause.rule, api, entry)
        for cause in causes()
        for api, entries in cause.rows.items()
        for entry in entries
        if not any(
            str(case).startswith(entry) if ": " in entry else case.row == entry
            for case in cases(api)
        )
    ]
    assert dead == []


def test_one_text_has_one_cause() -> None:
    """Two cases of one text are never told to be of two causes: the text is all that a person has."""
    found: dict[tuple[str, str], set[str]] = {}
    for case in REFUSED:
        text = shown(cut(str(case.expected["message"]), case))
        found.setdefault((case.api, text), set()).add(table()[case.api, str(case)].rule)
    assert {text: rules for text, rules in found.items() if len(rules) > 1} == {}


WORDS = {  # for each cause, words of its texts: a case that was put to a wrong cause has others
    "unanswered": "did not have response|No tool output|without `tool_result` blocks|toolResult blocks"
    "|Did not find|were not found in `tool_result`",
    "unknown": "not found in 'tool_calls'|unexpected `tool_use_id`|No tool call found",
    "duplicate": "Duplicate value for 'tool_call_id'|must have a single result",
    "stray": "must be a response to a prece",
    "missing_id": "Missing parameter 'tool_call_id'|tool_use_id: Field required|input.N..call_id'.$",
    "same_id_twice": "ids must be unique",
    "wrong_speaker": "can only be in",
    "prefill": "assistant message prefill",
    "no_calls_in_list": "'messages.N..tool_calls': empty array",
    "no_content": "'content': expected a string, got null",
    "result_shape": "content.: expected|content.N..type'|tool_result.content|output': exp|'input_file'",
    "empty_text": "text content blocks must",
    "empty_failure": "content cannot be empty if is_error",
    "arguments_shape": "arguments': expected a string|tool_use.input: Input should",
    "id_too_long": "(call_id|.id)': string too long",
    "id_characters": "tool_use.id: String should match",
    "name_in_history": "tool_calls.N..function.name': string does|tool_use.name: .* at most 200",
    "name_empty": "function.name': empty string|tool_use.name: .* at least 1",
    "too_many_calls": "'messages.N..tool_calls': array too long",
    "history_form": "Unexpected role|N.?.tool_calls|'assistant', 'system'|'function_call_output'",
    "sdk_field": "parsed_arguments",
    "caller": "tool_use.caller",
    "function_call_null": "function_call'$",
    "thinking_left_out": "Expected `thinking`",
    "reasoning_left_out": "without its required",
    "item_twice": "Duplicate item",
    "item_id": "Expected an ID that begins with",
    "previous_unknown": "Previous response",
    "item_not_stored": "^Item with id .* not found",
    "no_tools_in_list": "'tools': empty array|too short - 'tools'",
    "parallel_without_tools": "'parallel_tool_calls' is only allowed when",
    "parallel_refused": "'parallel_tool_calls' is not supp|disable_parallel_tool_use|^parallel_tool_calls: Extra",
    "choice_without_tools": "'tool_choice' is only allowed|must be specified with|while providing tools",
    "choice_unknown": "^Tool .* not found in|no function named",
    "choice_shape": "tool_choice|'none', 'auto', and 'required'",
    "forced_refused": "not supported for this model|forces tool use",
    "all_deferred": "defer_loading",
    "effort_and_tools": "^Function tools with reasoning_effort",
    "responses_only": "only supported in v1/responses",
    "tools_shape": "Invalid type for '(tools|parallel_tool_calls)'",
    "too_many_tools": "'tools': array too long",
    "tool_name": "^(Invalid 'tools.N.*name'|tools.N.custom.name: String should)",
    "tool_name_twice": "Tool names must be unique",
    "tool_description": "function.description': string too long",
    "tool_form": "'tools.N..(function|type|name)'|custom.(function|name): (Extra|Field)|^tools.N: Input tag",
    "schema": "missing (properties|items)|is not of type|must be a JSON Schema|parameters': expected"
    "|input_schema",
    "strict_schema": "additionalProperties|'required' is required",
}


def test_cases_are_put_to_the_cause_that_their_words_tell() -> None:
    """The cause of every text about tool calls is the one that its own words name, and no other."""
    told = {(w.cause.rule, w.text) for w in wordings() if w.cause.tools}
    assert {rule for rule, _ in told} == set(WORDS)
    assert [(rule, text) for rule, text in told if not re.search(WORDS[rule], text)] == []


# --- What concerns tool calls ------------------------------------------------------------------------

ABOUT = re.compile(r"tool|func|\bcall|arguments")
"""A refusal concerns tool calls if its text or its `param` names one of these …"""

NOT_SO = {
    ("claude", "x9"): "a list of everything that can be a block",
    ("claude", "o2"): "no text of the API, but the offline model's own",
    ("claude", "x19"): "blocks that are not calls, in a list of what may stand there",
}
"""… but not these …"""

ALSO = {
    "no_content": "a tool's None, and the content of an assistant message with calls",
    "prefill": "in a tool loop, the results were not appended",
    "empty_text": "a tool's empty text",
    "result_shape": "the result is in the field, not in the words",
    "reasoning_left_out": "what must travel with the calls",
    "item_twice": "calls sent again",
    "item_not_stored": "calls and their reasoning, referred to",
    "item_id": "the id of a call",
    "previous_unknown": "how a tool loop goes on",
    "responses_only": "where a model takes its tools",
    "history_form": "calls and results in another API's form",
}
"""… and also those of these causes, each for its reason."""


def names_a_call(case: Case) -> bool:
    return bool(ABOUT.search(f"{case.expected['message']} {case.expected.get('param')}"))


def test_what_concerns_tool_calls_is_in_the_index() -> None:
    """Whether a refusal is in the pocket index follows a rule, with exceptions that have reasons."""
    for case in REFUSED:
        about = names_a_call(case) and (case.api, case.row) not in NOT_SO
        cause = cause_of(case)
        assert cause.tools == (about or cause.rule in ALSO), name(case)


def test_exceptions_are_needed() -> None:
    """An exception that no case needs any more is taken out."""
    silent = {cause_of(case).rule for case in REFUSED if not names_a_call(case)}
    assert set(ALSO) <= silent
    loud = {(case.api, case.row) for case in REFUSED if names_a_call(case)}
    assert set(NOT_SO) <= loud


# --- The texts -----------------------------------------------------------------------------------------


def test_every_text_of_the_data_is_a_line() -> None:
    """A refusal about tool calls is in the index once: its text, its status, its param, its cause."""
    entries = error_index().entries
    for case in REFUSED:
        cause = cause_of(case)
        text = shown(cut(str(case.expected["message"]), case))
        lines = [e for e in entries if (e.api, e.text) == (case.api, text)]
        assert len(lines) == (1 if cause.tools else 0), case
        for line in lines:
            assert (line.status, line.rule, line.title) == (case.status, cause.rule, cause.title)
            if param := case.expected.get("param"):
                assert placeless(param) in line.param.split(" or ")


def test_placeholders_stand_for_nothing_else() -> None:
    """A text cut into pieces is still the case's own, letter for letter."""
    for case in ALL:
        for text in [str(case.expected.get("message", "")), *case.older]:
            assert "".join(part for _, part in cut(text, case)) == text


def test_nothing_of_a_case_is_left() -> None:
    """No id, name or model of the data's requests shows in the index."""
    left = re.compile(
        r"(call|toolu|fc|rs|msg|resp)_[abx1]\b|gpt-|claude-[so]|nope|get_|mysql|\[\d\]"
    )
    assert [e.text for e in error_index().entries if left.search(e.text)] == []


def test_limits_are_shown() -> None:
    """The API's own limits stand in the texts as numbers; what was sent does not."""
    (line,) = [e for e in error_index("chat").entries if e.rule == "too_many_calls"]
    assert "maximum length 128, but got an array with length N" in line.text


def test_the_surest_mark_counts() -> None:
    """A text that one case has seen is seen, though another one fills something in."""
    (line,) = [e for e in error_index("chat").entries if e.rule == "unanswered"]
    assert line.mark == "seen"
    assert line.param == "messages or messages.[N].role"
    assert {e.mark for e in error_index().entries} <= {
        *("seen", "measured", "documented", "seen in part", "inferred")
    }


def test_older_texts_are_left_out() -> None:
    """What the APIs do not say any more is not in the index; `explain` knows it."""
    older = {w.text for w in wordings() if w.older} - {w.text for w in wordings() if not w.older}
    assert len(older) > 8
    assert not older & {entry.text for entry in error_index().entries}


def test_one_api_alone() -> None:
    """`error_index("claude")` has that API's texts and no other."""
    assert {e.api for e in error_index("claude").entries} == {"claude"}
    assert len(error_index()) == sum(len(error_index(api)) for api in APIS)
    with pytest.raises(ValueError, match="no API 'gemini'; there are chat, responses, claude"):
        error_index("gemini")


# --- The lessons ---------------------------------------------------------------------------------------


def test_no_pointer_is_dead() -> None:
    """A lesson that is not there is not shown; the one on the same rule in Chat Completions is."""
    assert all(entry.lesson in {"", *lessons()} for entry in error_index().entries)
    cause = Cause(
        rule="r", title="t", cause="c", mend="m", lessons={"chat": "02", "responses": "99"}
    )
    assert cause.lesson("responses") == "02"
    assert dataclasses.replace(cause, lessons={"chat": "99"}).lesson("chat") == ""


def test_causes_are_worded() -> None:
    """Every cause has a title that fits its column, whole sentences, and no name twice."""
    for cause in causes():
        assert len(cause.title) <= 72, cause.title
        assert cause.title[0].islower() or cause.title.startswith(("tool", "parallel"))
        for text in (cause.cause, cause.mend, *cause.note.values(), *cause.mends.values()):
            assert text.endswith(".")
    assert len({cause.rule for cause in causes()}) == len(causes())


# --- How it is shown -------------------------------------------------------------------------------------


class Seen(HTMLParser):
    """The tags of a piece of HTML with their attributes, the texts, and whether all are closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def named(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.tags if name == tag)


def test_the_table_is_accessible() -> None:
    """Each API is a table with a caption and headers of columns and rows, and every text is whole in it."""
    index = error_index()
    seen = Seen(index._repr_html_())
    assert seen.open == []
    assert len(list(seen.named("table"))) == len(list(seen.named("caption"))) == 3
    scopes = [attributes.get("scope") for attributes in seen.named("th")]
    assert scopes.count("col") == 6 + 6 + 5, "Claude's errors have no param"
    assert scopes.count("row") == len(index)
    assert {entry.text for entry in index.entries} <= set(seen.texts)


def test_several_apis_are_folded_one_is_open() -> None:
    """A pocket index: three folded tables, or one that is open; long texts open one by one."""
    folded = [a for a in Seen(error_index()._repr_html_()).named("details") if "open" in a]
    assert folded == []
    opened = [a for a in Seen(error_index("chat")._repr_html_()).named("details") if "open" in a]
    assert len(opened) == 1


def test_colours_are_the_surroundings() -> None:
    """Nothing but mixed grey and the notebook's own colours: it reads in light and in dark."""
    html = error_index()._repr_html_()
    assert set(re.findall(r"rgba?\([^)]*\)|#[0-9a-fA-F]{3,6}\b", html)) == {
        "rgba(128,128,128,0.45)"
    }


@pytest.mark.parametrize("api", [None, *APIS])
def test_it_reads_in_a_terminal(api: str | None) -> None:
    """`print` gives a line for each text, under its cause, in at most 120 columns."""
    index = error_index(api)
    lines = str(index).splitlines()
    assert max(map(len, lines)) <= 120
    assert sum(line.startswith("    4") for line in lines) == len(index)
    assert repr(index) == str(index)


def test_it_fits_into_a_pocket() -> None:
    """No API has more than 45 lines."""
    assert max(len(group) for _, group in error_index().groups()) <= 45


def test_it_is_on_the_face() -> None:
    """`fanout.error_index` and `fanout.explain` are the functions, not modules."""
    assert isinstance(fanout.error_index("chat"), ErrorIndex)
    assert fanout.explain("Invalid bearer token").rule == "key"
