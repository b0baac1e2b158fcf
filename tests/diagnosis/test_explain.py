"""`fanout.explain` on every text of the data, on the SDKs' exceptions, and on what it does not know."""

from __future__ import annotations

import io
import json
import random
import re
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import openai
import pytest
from anthropic import Anthropic
from openai import OpenAI

from fanout.cli import main
from fanout.diagnosis import Explanation, diagnose, explain
from fanout.diagnosis.causes import APIS, cause_of, causes, wanted
from fanout.diagnosis.places import ordinal, place
from fanout.dialects.conformance import Case, cases
from fanout.simulator.server import Server
from fanout.simulator.world import World

KEY = "sk-explain-0123456789"

Text = tuple[Case, str]
TEXTS: list[Text] = [
    (case, text)
    for api in APIS
    for case in cases(api)
    if wanted(case)
    for text in ([str(case.expected["message"])] if case.status != 200 else []) + list(case.older)
]


def name(value: object) -> str:
    return f"{value.api} {value}" if isinstance(value, Case) else ""


def every_text(claim: Callable[[Case, str], None]) -> Callable[[str], None]:
    """A claim on a case and its text as one test an API; the text that breaks it is named."""

    @pytest.mark.parametrize("api", APIS)
    def over_all(api: str) -> None:
        for case, text in (one for one in TEXTS if one[0].api == api):
            try:
                claim(case, text)
            except BaseException as error:
                error.add_note(f"{api} {case}: {text}")
                raise

    over_all.__doc__ = claim.__doc__
    return over_all


# --- Every text of the data, as it is found -----------------------------------------------------------


def body(case: Case, text: str) -> dict[str, Any]:
    """An error body as the API of the case sends it."""
    error = {"message": text, "type": "invalid_request_error"}
    if case.api == "claude":
        return {"type": "error", "error": error, "request_id": "req_011CZAau"}
    return {"error": error | {"param": case.expected.get("param"), "code": None}}


def as_sdk(case: Case, text: str) -> str:
    return f"Error code: {case.status} - {body(case, text)}"


def as_json(case: Case, text: str) -> str:
    return json.dumps(body(case, text))


def as_log(case: Case, text: str) -> str:
    return f"2026-11-20 10:00:01 ERROR worker-3 request failed: {as_sdk(case, text)} (attempt 1)"


def as_traceback(case: Case, text: str) -> str:
    module = "anthropic" if case.api == "claude" else "openai"
    return (
        'Traceback (most recent call last):\n  File "loop.py", line 12, in <module>\n'
        f"    reply = client.create(**request)\n{module}.BadRequestError: {as_sdk(case, text)}\n"
    )


def as_quoted_json(case: Case, text: str) -> str:
    """A log line in JSON that holds the body as a text."""
    return json.dumps({"level": "error", "body": as_json(case, text)})


def as_it_is(_case: Case, text: str) -> str:
    return text


WRAPPINGS = (as_it_is, as_sdk, as_json, as_log, as_traceback, as_quoted_json)


@every_text
def test_every_text_names_its_rule(case: Case, text: str) -> None:
    """A text of the data has its cause, alone or in any of the wrappings it is found in."""
    for put in WRAPPINGS:
        told = explain(put(case, text))
        assert (told.rule, told.by_kind) == (cause_of(case).rule, False), put.__name__
        assert case.api in told.apis, put.__name__


# Ids in the data, and what an id looks like elsewhere: the providers' own, a uuid, a proxy's.
ID = re.compile(r"\b(?:call|toolu|fc|rs|msg|resp)_(?!id\b|ids\b)[a-z0-9]\b|\bitem_1\b")
INDEX = re.compile(r"(?<=\[)\d+(?=\])|(?<=[a-z]\.)\d+(?=[.:])")


def another_id(rng: random.Random) -> str:
    letters = "".join(rng.choices(string.ascii_letters + string.digits, k=24))
    uuid = "-".join("".join(rng.choices("0123456789abcdef", k=n)) for n in (8, 4, 4, 4, 12))
    return rng.choice(
        [f"call_{letters}", f"toolu_01{letters}", uuid, f"chatcmpl-tool-{letters}", "functions.f:0"]
    )


@every_text
def test_other_ids_and_places_have_the_same_rule(case: Case, text: str) -> None:
    """With other ids and other indices than in the data the rule is the same, and the ids are told."""
    rng = random.Random(f"{case} {text}")
    ids: list[str] = []

    def other(_match: re.Match[str]) -> str:
        ids.append(another_id(rng))
        return ids[-1]

    moved = INDEX.sub(lambda _: str(rng.randrange(200)), ID.sub(other, text))
    explanation = explain(moved)
    assert explanation.rule == cause_of(case).rule
    assert list(explanation.ids) == ids


PAIRING = {
    "unanswered": {"unanswered"},
    "duplicate": {"duplicate"},
    "stray": {"stray"},
    # Claude has one text for two rules, Responses for three.
    "unknown": {"unknown", "stray", "duplicate"},
}


@every_text
def test_explain_and_diagnose_agree(case: Case, text: str) -> None:
    """Where an error is about pairs, looking at the conversation finds the same rule."""
    told = explain(text).rule
    if told not in PAIRING or case.stored or "previous_response_id" in case.request:
        return
    if (case.api, case.row) in {("chat", "2b")}:
        return  # The quirk: the API's words, and no pair is broken.
    found = {finding.rule for finding in diagnose(case.request, case.api).findings}
    assert found & PAIRING[told]


@pytest.mark.parametrize("many", [1, 2, 3, 17])
@pytest.mark.parametrize(("api", "row"), [("chat", "1"), ("claude", "a1")])
def test_any_number_of_ids(api: str, row: str, many: int) -> None:
    """However many ids a text names, all of them are told, in its order."""
    case = next(c for c in cases(api) if c.row == row)
    rng = random.Random(many)
    ids = [another_id(rng) for _ in range(many)]
    explanation = explain(ID.sub(", ".join(ids), str(case.expected["message"])))
    assert (explanation.rule, explanation.ids) == ("unanswered", tuple(ids))


@every_text
def test_a_text_without_its_quotes(case: Case, text: str) -> None:
    """A text that a shell or a chat program took the quotes from is still recognised, or near."""
    stripped = re.sub(r"['\"`]", "", text)
    explanation = explain(stripped)
    if explanation.known:
        assert explanation.rule == cause_of(case).rule
    else:
        assert explanation.nearest or len(text) < 60


def test_names_are_told() -> None:
    """Tools, models and values that a text names are told, too."""
    schema = "Invalid schema for function 'book_seat': In context=('properties', 'seat'), array schema missing items."
    assert explain(schema).names == ("book_seat",)
    assert explain("The model `gpt-7` does not exist or you do not have access to it.").names == (
        "gpt-7",
    )
    assert explain("Tool choice 'required' must be specified with 'tools' parameter.").names == (
        "required",
    )


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Unknown parameter: 'tools[3].strictness'.", "tool_form"),
        ("Missing required parameter: 'tools[0].parameters'.", "tool_form"),
        ("Unknown parameter: 'input[7].tool_call_id'.", "history_form"),
        ("Unknown parameter: 'seed'.", "unknown_field"),
        ("Missing required parameter: 'messages[0].role'.", "missing_field"),
        (
            "Invalid schema for function 'f': 'strin' is not valid under any of the given schemas.",
            "schema",
        ),
        ("tools.4.custom.cache: Extra inputs are not permitted", "tool_form"),
        ("messages.9.tool_call_id: Extra inputs are not permitted", "history_form"),
        ("tool_choice.tool.name: Field required", "choice_shape"),
        ("top_p: Extra inputs are not permitted", "unknown_field"),
        (
            "messages.3.content.0: `thinking` or `redacted_thinking` blocks in the latest assistant "
            "message cannot be modified. These blocks must remain as they were in the original response.",
            "thinking_left_out",
        ),
        ("API Error: 400 due to tool use concurrency issues.", "unanswered"),
        ("You exceeded your current quota, please check your plan and billing details.", "quota"),
    ],
)
def test_texts_beside_the_data(text: str, rule: str) -> None:
    """What has no case but the form of one is recognised by that form."""
    assert explain(text).rule == rule


def test_one_text_of_two_apis() -> None:
    """A text that two APIs share names both; a body that shows which it was names one."""
    text = "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 130 instead."
    assert explain(text).apis == ("chat", "responses")
    assert "OpenAI Chat Completions or OpenAI Responses" in str(explain(text))


def test_an_older_text_is_said_to_be_older() -> None:
    """A text of former times has its cause, and the note that the API says it in other words now."""
    older = explain("messages.4.content.2.tool_use.input: Input should be a valid dictionary")
    newer = explain("messages.4.content.2.tool_use.input: Input should be an object")
    assert older.rule == newer.rule == "arguments_shape"
    assert (older.older, newer.older) == (True, False)
    assert "older text" in str(older)
    assert "older text" not in str(newer)


# --- What the API points at ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("messages.[2].role", "index 2 of `messages` (the 3rd message), `role`"),
        ("tools[0].function.name", "index 0 of `tools` (the 1st tool), `function`, `name`"),
        (
            "messages[11].tool_calls[1].id",
            "index 11 of `messages` (the 12th message), index 1 of `tool_calls` (the 2nd call), `id`",
        ),
        (
            "messages.2.content.0",
            "index 2 of `messages` (the 3rd message), index 0 of `content` (the 1st block)",
        ),
        ("input[21].call_id", "index 21 of `input` (the 22nd item), `call_id`"),
        ("messages", ""),
        ("tool_choice", ""),
    ],
)
def test_a_path_in_words(path: str, words: str) -> None:
    """A path says which entry it means, counted as people count."""
    assert place(path) == words


def test_ordinals() -> None:
    """11th, 12th and 13th are not 11st, 12nd and 13rd."""
    said = [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111, 112)]
    assert " ".join(said) == "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 101st 111th 112th"


def test_the_list_as_a_whole() -> None:
    """`param` `messages` alone is explained: the list ended before the results."""
    case = next(c for c in cases("chat") if c.row == "1b")
    told = explain(as_sdk(case, str(case.expected["message"])))
    assert told.param == "messages"
    assert "the list ends before the results" in told.points_at


def test_a_text_without_param_says_what_it_would_be() -> None:
    """The message alone does not say where; the explanation says what `param` would."""
    case = next(c for c in cases("chat") if c.row == "1")
    told = explain(str(case.expected["message"]))
    assert told.param == ""
    assert "messages.[N].role" in str(told)


# --- The SDKs' exceptions, over HTTP ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A simulator that knows a good key from a bad one."""
    server = Server(World(pace=0, key=KEY)).start()
    yield server
    server.stop()


PATH = {"chat": "/chat/completions", "responses": "/responses", "claude": "/v1/messages"}


def refusal(server: Server, case: Case) -> Exception:
    """What the real SDK raises when it sends the request of a case."""
    client: Any = (
        Anthropic(base_url=server.url, api_key=KEY, max_retries=0)
        if case.api == "claude"
        else OpenAI(base_url=f"{server.url}/v1", api_key=KEY, max_retries=0)
    )
    names = ("authorization", "x-api-key", "anthropic-version", "anthropic-beta")
    headers = {k: v for k, v in case.headers.items() if k in names}
    options = {"headers": headers} if headers else {}
    with client, pytest.raises((openai.APIError, anthropic.APIError)) as caught:
        client.post(PATH[case.api], body=case.request, cast_to=object, options=options)
    return caught.value


def sample() -> Iterator[Case]:
    """A refusal of every row of every API; none that needs a stored reply or lacks a header."""
    seen = set()
    for case, _ in TEXTS:
        key = (case.api, case.row)
        sendable = case.status != 200 and not case.stored and None not in case.headers.values()
        if sendable and key not in seen:
            seen.add(key)
            yield case


@pytest.mark.parametrize("case", list(sample()), ids=name)
def test_the_sdk_s_exceptions(server: Server, case: Case) -> None:
    """An exception of the real SDK over HTTP is explained: rule, the one API, status, param."""
    error = refusal(server, case)
    told = explain(error)
    assert told.rule == cause_of(case).rule, str(error)
    assert (told.apis, told.status) == ((case.api,), case.status)
    if case.expected.get("param"):
        assert told.param == case.expected["param"]
    assert explain(str(error)).rule == told.rule


FAULTS = {
    "unauthorized": "key",
    "rate_limit": "rate_limit",
    "quota": "quota",
    "server_error": "server",
    "overloaded": "server",
}


@pytest.mark.parametrize(
    ("kind", "api"),
    [(kind, api) for kind in FAULTS for api in APIS if (kind, api) != ("quota", "claude")],
)
def test_trouble_that_no_request_earns(kind: str, api: str) -> None:
    """Limits, money, overload and trouble at the far end are explained, from every API."""
    world = World(pace=0, key=KEY)
    case = next(c for c in cases(api) if c.status == 200 and not c.stored)
    world.faults.add(kind)
    server = Server(world).start()
    told = explain(refusal(server, case))
    server.stop()
    assert (told.rule, told.by_kind) == (FAULTS[kind], False)


@pytest.mark.parametrize("make", [OpenAI, Anthropic])
def test_nobody_there(make: Any) -> None:
    """An address where nobody listens is `connection`, from both SDKs."""
    client = make(base_url="http://127.0.0.1:9/v1", api_key=KEY, max_retries=0)
    with pytest.raises((openai.APIConnectionError, anthropic.APIConnectionError)) as caught:
        client.models.list()
    assert explain(caught.value).rule == "connection"
    assert "fanout.start()" in explain(caught.value).mend


def test_wrapped_and_grouped_exceptions(server: Server) -> None:
    """An SDK's exception is found behind a framework's, and in the group of a task group."""
    case = next(c for c in cases("chat") if c.row == "4")
    error = refusal(server, case)
    wrapper = RuntimeError("the agent failed")
    wrapper.__cause__ = error
    assert explain(wrapper).rule == "duplicate"
    assert explain(ExceptionGroup("two tasks", [ValueError("x"), error])).rule == "duplicate"


def test_an_error_body() -> None:
    """A body as a dict, of either provider, will do."""
    case, text = TEXTS[0]
    assert explain(body(case, text)).rule == explain(body(case, text)["error"]).rule == "unanswered"


# --- What is not known -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "KeyError: 'city'",
        "Overloaded operators are not supported.",
        "1 validation error for City\nname\n  Field required [type=missing, input_value={}]",
        "The weather in Paris is 18 degrees.",
        "model: gpt-5.2, attempts: 3",
        "It costs 429 euros, or 500 with breakfast.",
        "Error code: 400 - The moon is not in the right phase for this request.",
        "",
    ],
)
def test_what_is_no_such_error_is_not_claimed(text: str) -> None:
    """A text that is none of these errors is not explained as one, and nothing is near it."""
    told = explain(text)
    assert (told.known, told.rule, told.nearest) == (False, "", "")
    assert "not in the index" in str(told)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        (
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'.",
            "did not have response messages: <id>",
        ),
        (
            "No tool outputs found for the function call call_8.",
            "No tool output found for function call",
        ),
        (
            "messages.2:  ids were found without  blocks immediately after: toolu_1. Each  block must have a corresponding  block in the next message.",
            "were found without `tool_result` blocks",
        ),
    ],
)
def test_the_nearest_is_named(text: str, near: str) -> None:
    """A text that was cut off, or is worded a little differently, gets the nearest, and is not claimed."""
    told = explain(text)
    assert not told.known
    assert near in told.nearest
    assert "  nearest  " in str(told)


def test_by_status_alone() -> None:
    """A log line with a status that speaks for itself is explained, and says by what."""
    told = explain(
        'HTTP Request: POST https://x.example/v1/messages "HTTP/1.1 429 Too Many Requests"'
    )
    assert (told.rule, told.by_kind, told.status) == ("rate_limit", True, 429)
    assert "by its kind alone" in str(told)


@pytest.mark.parametrize("value", [None, 400, ["messages"]])
def test_a_value_that_is_no_error(value: object) -> None:
    """What is neither exception nor text nor body is refused, and the text says what is wanted."""
    with pytest.raises(TypeError, match=f"of type `{type(value).__name__}`"):
        explain(value)


def test_a_very_long_log() -> None:
    """Of a log of megabytes the end is read; the error there is found."""
    case, text = TEXTS[0]
    log = "GET /health 200\n" * 200_000 + as_log(case, text)
    assert explain(log).rule == "unanswered"


# --- How it is shown ----------------------------------------------------------------------------------------


def shown() -> Iterator[Explanation]:
    yield from (explain(text) for _, text in TEXTS)
    yield explain("nothing of the kind <b>bold</b> & co \x1b[31m")


def test_it_reads_in_a_terminal() -> None:
    """Every explanation has lines of at most 100 columns, and no control characters."""
    for told in shown():
        lines = str(told).splitlines()
        assert max(map(len, lines)) <= 100, told
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", str(told))
        assert repr(told) == str(told)


def test_it_is_html_in_a_notebook() -> None:
    """The table has a caption and row headers; what came from outside is escaped."""
    html = explain("nothing of the kind <b>bold</b> & co")._repr_html_()
    assert "<b>" not in html
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; co" in html
    for part in ("<caption", 'scope="row"', "<strong>This error is not in the index.</strong>"):
        assert part in html


def test_every_explanation_helps() -> None:
    """Every known text has a cause and a remedy, and the lesson, if there is one, with its title."""
    for told in shown():
        if told.known:
            assert told.cause
            assert told.mend
            assert (
                (f"{told.lesson}, " in str(told))
                if told.lesson
                else ("lesson" not in dict(told.lines))
            )


def test_claude_is_told_in_claude_s_words() -> None:
    """The same rule is mended in each API's own terms."""
    mends = {
        api: explain(str(next(c for c in cases(api) if c.row == row).expected["message"])).mend
        for api, row in (("chat", "1"), ("claude", "a2"), ("responses", "50"))
    }
    assert "tool_result block" in mends["claude"]
    assert "function_call_output" in mends["responses"]
    assert "tool_result" not in mends["chat"]


def test_no_sdk_is_loaded_for_a_text() -> None:
    """Explaining a text loads neither SDK, nor the server, nor matplotlib."""
    probe = (
        "import sys, fanout\n"
        "fanout.explain('Invalid bearer token'); fanout.error_index()\n"
        "heavy = {'openai', 'anthropic', 'starlette', 'uvicorn', 'httpx2', 'matplotlib'}\n"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


# --- The command -------------------------------------------------------------------------------------------


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`fanout explain TEXT` prints what the function says: 0 if it is known, 1 if it is not."""
    text = "messages.1.content.0: `tool_use` ids must be unique"
    assert main(["explain", text]) == 0
    assert capsys.readouterr().out == f"{explain(text)}\n"
    assert main(["explain", "no", "such", "error"]) == 1
    assert "not in the index" in capsys.readouterr().out


def test_the_command_reads(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`fanout explain -` reads a log from standard input; an empty one is told."""
    monkeypatch.setattr("sys.stdin", io.StringIO(as_traceback(*TEXTS[0])))
    assert main(["explain", "-"]) == 0
    assert "unanswered" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert main(["explain", "-"]) == 1
    assert "There is no text to explain" in capsys.readouterr().err


def test_every_cause_can_be_reached() -> None:
    """No cause of the data file is out of reach: a case or a form leads to it."""
    reached = {told.rule for told in shown() if told.known} | set(FAULTS.values()) | {"connection"}
    assert {cause.rule for cause in causes()} <= reached
