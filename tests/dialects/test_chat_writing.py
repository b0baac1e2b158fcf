"""Replies as Chat Completions bodies."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from openai.types.chat import ChatCompletion

from fanout.conversation import Conversation, Reply, Tool, ToolCall, ToolChoice, ToolResult, Turn
from fanout.dialects import chat
from fanout.dialects.errors import ApiError
from fanout.dialects.tokens import Usage, count_tokens, estimate
from fanout.simulator import profiles

CALLS = tuple(ToolCall(id=chat.call_id("s", i), name="f", arguments="{}") for i in range(2))
FORCED = ToolChoice(mode="required", names=("f",), forced=True)


def written(reply: Reply, model: str = "gpt-5.2", choice: ToolChoice | None = None) -> Any:
    """The body in which a model's reply is written."""
    rules = profiles.find(model)
    assert rules is not None
    return chat.write(
        reply,
        reply_id=chat.completion_id("s"),
        created=1_800_000_000,
        model=rules.snapshot,
        usage=Usage(prompt=20, completion=10),
        choice=choice,
        rules=rules,
    )


@pytest.mark.parametrize("model", ["gpt-5.2", "gpt-4o-mini", "o3"])
@pytest.mark.parametrize(
    "reply", [Reply(text="Hello."), Reply(calls=CALLS), Reply(text="Look.", calls=CALLS)]
)
def test_sdk_reads_all_of_it(reply: Reply, model: str) -> None:
    """The SDK's types take the body, every field of it, and give the same body back."""
    body = written(reply, model)
    read = ChatCompletion.model_validate(body, strict=True)
    assert not read.model_extra
    assert not read.choices[0].message.model_extra
    assert read.model_dump(exclude_unset=True) == body


def test_calls_without_text() -> None:
    """Calls alone have content null, keep their order, and end with tool_calls."""
    choice = written(Reply(calls=CALLS, stop="tool_calls"))["choices"][0]
    assert list(choice["message"]) == ["role", "content", "tool_calls", "refusal", "annotations"]
    assert choice["message"]["content"] is None
    assert [c["id"] for c in choice["message"]["tool_calls"]] == [c.id for c in CALLS]
    assert choice["finish_reason"] == "tool_calls"


def test_text_has_no_tool_calls_key() -> None:
    """A reply without calls has no `tool_calls`, since an empty list would be refused later."""
    message = written(Reply(text="Hello."))["choices"][0]["message"]
    assert "tool_calls" not in message
    assert message["content"] == "Hello."


def test_families() -> None:
    """gpt-4o has `logprobs: null` and a fingerprint; gpt-5 has no such key and the value null."""
    old, new = written(Reply(text="a"), "gpt-4o-mini"), written(Reply(text="a"), "gpt-5")
    assert old["choices"][0]["logprobs"] is None
    assert old["system_fingerprint"] == "fp_59e007eafa"
    assert "logprobs" not in new["choices"][0]
    assert new["system_fingerprint"] is None
    assert old["model"] == "gpt-4o-mini-2024-07-18"
    assert old["service_tier"] == new["service_tier"] == "default"


@pytest.mark.parametrize(
    ("model", "choice", "stop", "said"),
    [
        ("gpt-4o", FORCED, "tool_calls", "stop"),
        ("gpt-4o-mini", FORCED, "tool_calls", "stop"),
        ("gpt-5-mini", FORCED, "tool_calls", "tool_calls"),
        ("gpt-4o", ToolChoice(mode="required"), "tool_calls", "tool_calls"),
        ("gpt-4o", ToolChoice(mode="required", names=("f",)), "tool_calls", "tool_calls"),
        ("gpt-4o", FORCED, "length", "length"),
        ("gpt-5.2", None, "content_filter", "content_filter"),
        ("gpt-5.2", None, None, "tool_calls"),
        ("gpt-5.2", None, "stop", "stop"),
    ],
)
def test_finish_reason(model: str, choice: ToolChoice | None, stop: Any, said: str) -> None:
    """A function forced by name ends with `stop` on gpt-4o; a reply's own reason is kept."""
    body = written(Reply(calls=CALLS, stop=stop), model, choice)
    assert body["choices"][0]["finish_reason"] == said


@pytest.mark.parametrize("exclude_unset", [True, False])
def test_message_returns_as_input(exclude_unset: bool) -> None:
    """The SDK's message object, dumped in either way, is accepted as the next request's turn."""
    completion = ChatCompletion.model_validate(written(Reply(calls=CALLS)))
    message = completion.choices[0].message.model_dump(exclude_unset=exclude_unset)
    results = [{"role": "tool", "tool_call_id": c.id, "content": "1"} for c in CALLS]
    user = {"role": "user", "content": "Do f twice."}
    request = {"model": "gpt-5.2", "messages": [user, message, *results]}
    said = chat.read(request, profiles.find("gpt-5.2"))
    assert said.turns[1].calls == CALLS


def test_usage() -> None:
    """Usage adds up, and has the details with zeros for what the offline model never does."""
    usage = written(Reply(text="a"))["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] == 30
    assert usage["prompt_tokens_details"] == {"cached_tokens": 0, "audio_tokens": 0}
    assert set(usage["completion_tokens_details"].values()) == {0}


def test_error_body() -> None:
    """A refusal is an object `error` with message, type, param and code, null included."""
    error = ApiError("No.", param="messages")
    assert chat.write_error(error) == {
        "error": {
            "message": "No.",
            "type": "invalid_request_error",
            "param": "messages",
            "code": None,
        }
    }


def test_arguments_text() -> None:
    """Several calls are written with spaces, one call compactly; letters stay as they are."""
    arguments = {"city": "Zürich", "days": [1, 2]}
    assert chat.arguments_text(arguments, parallel=True) == '{"city": "Zürich", "days": [1, 2]}'
    assert chat.arguments_text(arguments, parallel=False) == '{"city":"Zürich","days":[1,2]}'
    assert json.loads(chat.arguments_text({}, parallel=False)) == {}


def test_ids() -> None:
    """Ids have the API's shape, are the same for a seed, and differ between seeds and indexes."""
    ids = [chat.call_id(seed, i) for seed in ("a", "b", "\ud800") for i in range(3)]
    assert all(re.fullmatch("call_[0-9A-Za-z]{24}", i) for i in ids)
    assert len(set(ids)) == 9
    assert chat.call_id("a", 0) == ids[0]
    assert re.fullmatch("chatcmpl-[0-9A-Za-z]{29}", chat.completion_id("a"))
    assert chat.completion_id("a") != chat.completion_id("b")


def test_ids_do_not_depend_on_the_process() -> None:
    """An id is a function of its seed alone: this one was computed once and must never change."""
    assert chat.call_id("seed", 0) == "call_wWPvG0NSAQyU3SsiPY7gEvlI"


def test_headers() -> None:
    """Every answer has a request id in the API's shape, the same for the same seed."""
    found = chat.headers("a")
    assert re.fullmatch("req_[0-9a-f]{32}", found["x-request-id"])
    assert found == chat.headers("a") != chat.headers("b")
    assert found["x-request-id"] == chat.request_id("a")


def test_limits_in_the_headers() -> None:
    """An answer tells the account's limits, six of them; a refusal has none, and the same id."""
    found, refused = chat.headers("a"), chat.headers("a", refused=True)
    limits = {name for name in found if name.startswith("x-ratelimit-")}
    assert len(limits) == 6
    assert {name: found[name] for name in found.keys() - limits} == refused
    assert refused.keys() == {"x-request-id", "openai-organization", "openai-version"}


def test_count_tokens() -> None:
    """Four bytes are a token, rounded up."""
    assert [count_tokens(t) for t in ("", "a", "abcd", "abcde", "äöü")] == [0, 1, 1, 2, 2]


def test_estimate_counts_everything() -> None:
    """Tools, texts, calls and results all cost prompt tokens; text and calls cost the reply."""
    user = Turn(role="user", text="Hello there")
    asked = Turn(role="assistant", calls=CALLS)
    answered = Turn(role="tool", results=(ToolResult(call_id="c", content="x" * 40),))
    sizes = [
        estimate(Conversation(model="m", turns=turns, tools=tools), Reply()).prompt
        for turns, tools in [
            ((), ()),
            ((user,), ()),
            ((user,), (Tool(name="f"),)),
            ((user, asked), (Tool(name="f"),)),
            ((user, asked, answered), (Tool(name="f"),)),
        ]
    ]
    assert sizes == sorted(set(sizes))
    assert sizes[0] == 0
    empty = Conversation(model="m", turns=())
    assert estimate(empty, Reply(text="x" * 8)).completion == 2
    assert estimate(empty, Reply(calls=CALLS)).completion > 2
