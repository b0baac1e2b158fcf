"""The SDK's own loops over the dialect: manual, tool runner, message threads, sync and async."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from anthropic import (
    Anthropic,
    AsyncAnthropic,
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    beta_async_tool,
    beta_tool,
)

from fanout.conversation import Conversation, Reply, ToolCall
from fanout.dialects import claude
from fanout.dialects.claude import threads
from fanout.dialects.errors import ApiError
from fanout.dialects.tokens import estimate
from fanout.simulator import claude_models

MODEL = "claude-sonnet-5"
ASK: Any = [{"role": "user", "content": "Weather in Paris and Rome?"}]


def decide(said: Conversation, seed: str) -> Reply:
    """Asks for the weather twice, then tells what came back, then answers anything."""
    last = said.turns[-1]
    if last.results:
        return Reply(text=" and ".join(result.content for result in last.results))
    if not said.tools:
        return Reply(text="Yes.")
    calls = (
        ToolCall(id=claude.call_id(seed, i), name="weather", arguments=json.dumps({"city": city}))
        for i, city in enumerate(("Paris", "Rome"))
    )
    return Reply(text="I'll look.", calls=tuple(calls))


class FarEnd:
    """A server in a function: what a real one does around the dialect, and what it was sent."""

    def __init__(self) -> None:
        self.threads = claude.Threads()
        self.bodies: list[dict[str, Any]] = []
        self.read: list[Conversation] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        headers = claude.headers(str(len(self.bodies)))
        body = claude.parse(request.content)
        self.bodies.append(body)
        try:
            return self.answer(request, body, headers)
        except ApiError as error:
            payload = claude.write_error(error, headers["request-id"])
            return httpx2.Response(error.status, headers=headers | error.headers, json=payload)

    def answer(
        self, request: httpx2.Request, sent: dict[str, Any], headers: dict[str, str]
    ) -> httpx2.Response:
        """The answer to a request, streamed where it asks for it."""
        access = claude.admit({k.lower(): v for k, v in request.headers.items()})
        if access.key != "good":
            raise claude.bad_key(access.key, bearer=access.bearer)
        body = self.threads.resume(sent)
        model = claude_models.find(claude.model_of(body))
        if model is None:
            raise claude.unknown_model(claude.model_of(body))
        said = claude.read(body, model, version=access.version, betas=access.betas)
        self.read.append(said)
        seed = json.dumps(body, sort_keys=True)
        reply = decide(said, seed)
        how: Any = {
            "reply_id": claude.reply_id(seed),
            "created": 0,
            "model": model.snapshot,
            "usage": estimate(said, reply),
            "rules": model,
        }
        payload = claude.write(reply, **how)
        self.threads.hold(body, payload)
        if not said.stream:
            return httpx2.Response(200, headers=headers, json=payload)
        events = b"".join(e.encode() for e in claude.stream(reply, **how, eager=claude.eager(body)))
        kind = {"content-type": "text/event-stream; charset=utf-8"}
        return httpx2.Response(200, headers=headers | kind, content=events)


@pytest.fixture
def far() -> FarEnd:
    return FarEnd()


def sync(far: FarEnd, key: str = "good") -> Anthropic:
    """The real client, at this far end."""
    http = httpx2.Client(transport=httpx2.MockTransport(far))
    return Anthropic(api_key=key, base_url="http://far", http_client=http, max_retries=0)


@beta_tool
def weather(city: str) -> str:
    """Look up the weather.

    Args:
        city: Name of the city.
    """
    return f"18 degrees in {city}"


@beta_async_tool
async def weather_later(city: str) -> str:
    """Look up the weather.

    Args:
        city: Name of the city.
    """
    return f"18 degrees in {city}"


weather_later.name = "weather"
ANSWER = "18 degrees in Paris and 18 degrees in Rome"


def said_by(message: Any) -> str:
    """The text of the last block of a message."""
    return str(message.content[-1].text)


# --- The tool runner ------------------------------------------------------------------------------


def test_runner_with_its_defaults(far: FarEnd) -> None:
    """The tool runner, as it is, runs over a thread: its second request has the results alone."""
    runner = sync(far).beta.messages.tool_runner(
        model=MODEL, max_tokens=500, system="Be brief.", tools=[weather], messages=ASK
    )
    assert said_by(runner.until_done()) == ANSWER
    first, second = far.bodies
    assert first["thread"] == {"type": "create"}
    assert second["thread"] == {"type": "continue", "previous_message_id": claude_id(far, 0)}
    assert [m["role"] for m in second["messages"]] == ["user"]
    assert not {"tools", "system"} & set(second)


def claude_id(far: FarEnd, index: int) -> str:
    """The id of the reply that was given to a request."""
    return claude.reply_id(json.dumps(far.bodies[index], sort_keys=True))


def test_thread_is_read_whole(far: FarEnd) -> None:
    """A request that continues is read with all that came before: turns, tools, system prompt."""
    sync(far).beta.messages.tool_runner(
        model=MODEL, max_tokens=500, system="Be brief.", tools=[weather], messages=ASK
    ).until_done()
    roles = [turn.role for turn in far.read[1].turns]
    assert roles == ["system", "user", "assistant", "tool"]
    assert [tool.name for tool in far.read[1].tools] == ["weather"]


@pytest.mark.parametrize("eagerly", [True, False])
def test_streaming_runner(far: FarEnd, eagerly: bool) -> None:
    """The streaming tool runner works over a thread as well, and eagerly, too."""
    runner = sync(far).beta.messages.tool_runner(
        model=MODEL,
        max_tokens=500,
        tools=[weather],
        messages=ASK,
        stream=True,
        run_tools_eagerly=eagerly,
    )
    texts = [said_by_stream(stream.get_final_message()) for stream in runner]
    assert texts == ["I'll look.", ANSWER]
    assert [body["stream"] for body in far.bodies] == [True, True]


def said_by_stream(message: Any) -> str:
    """The text of the first block of a message."""
    return str(message.content[0].text)


def test_asynchronous_runner(far: FarEnd) -> None:
    """The asynchronous tool runner works with its defaults."""

    async def run() -> Any:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(far))
        async with AsyncAnthropic(
            api_key="good", base_url="http://far", http_client=http
        ) as client:
            runner = client.beta.messages.tool_runner(
                model=MODEL, max_tokens=500, tools=[weather_later], messages=ASK
            )
            return await runner.until_done()

    assert said_by(asyncio.run(run())) == ANSWER
    assert len(far.bodies) == 2


def test_runner_without_thread(far: FarEnd) -> None:
    """With `thread=False` the runner sends everything each time, and gets the same answer."""
    runner = sync(far).beta.messages.tool_runner(
        model=MODEL, max_tokens=500, tools=[weather], messages=ASK, thread=False
    )
    assert said_by(runner.until_done()) == ANSWER
    assert all("thread" not in body for body in far.bodies)
    assert len(far.bodies[1]["messages"]) == 3


def test_runner_after_the_thread_was_lost(far: FarEnd) -> None:
    """Where the server has lost the thread, the SDK sends the whole conversation again."""
    runner = sync(far).beta.messages.tool_runner(
        model=MODEL, max_tokens=500, tools=[weather], messages=ASK
    )
    next(runner)
    far.threads = claude.Threads()
    assert said_by(runner.until_done()) == ANSWER
    kinds = [body["thread"]["type"] for body in far.bodies]
    assert kinds == ["create", "continue", "create"]


def test_same_cell_twice(far: FarEnd) -> None:
    """The same conversation can be had again: a new thread takes the place of the old one."""
    for _ in range(2):
        runner = sync(far).beta.messages.tool_runner(
            model=MODEL, max_tokens=500, tools=[weather], messages=ASK
        )
        assert said_by(runner.until_done()) == ANSWER
    assert len(far.bodies) == 4


# --- Threads by hand ------------------------------------------------------------------------------


def held() -> tuple[claude.Threads, dict[str, Any]]:
    """A thread of one reply, and a request that continues it."""
    body = {
        "model": MODEL,
        "max_tokens": 9,
        "messages": ASK,
        "thread": {"type": "create"},
        "tools": [],
    }
    store = claude.Threads()
    store.hold(body, {"id": "msg_1", "content": [{"type": "text", "text": "Yes."}]})
    thread = {"type": "continue", "previous_message_id": "msg_1"}
    return store, {"model": MODEL, "max_tokens": 7, "messages": ASK, "thread": thread}


def refusal(act: Callable[[], object]) -> ApiError:
    """The error that something earns."""
    with pytest.raises(ApiError) as caught:
        act()
    return caught.value


def test_resume() -> None:
    """What is continued is kept: messages and tools; what is sent counts for the rest."""
    store, body = held()
    whole = store.resume(body)
    assert [message["role"] for message in whole["messages"]] == ["user", "assistant", "user"]
    assert (whole["tools"], whole["max_tokens"]) == ([], 7)
    assert len(body["messages"]) == 1  # the request itself is left alone


def test_refused_turn_can_be_tried_again() -> None:
    """Only an answered turn uses a reply up: after a refusal it can be continued still."""
    store, body = held()
    store.resume(body)
    assert store.resume(body)


def test_continued_once_only() -> None:
    """A reply that was continued cannot be continued again."""
    store, body = held()
    store.hold(store.resume(body), {"id": "msg_2", "content": []})
    error = refusal(lambda: store.resume(body))
    assert (error.status, error.type) == (400, "invalid_request_error")
    written = claude.write_error(error)["error"]
    assert written["details"] == {"error_code": "thread_already_continued"}
    assert "already been continued" in written["message"]


def test_unknown_reply() -> None:
    """A reply that the server does not hold is a 404 with a code for the SDK."""
    _, body = held()
    error = refusal(lambda: claude.Threads().resume(body))
    assert (error.status, error.type) == (404, "not_found_error")
    details = claude.write_error(error)["error"]["details"]
    assert details == {"error_code": "thread_not_found"}


@pytest.mark.parametrize("name", ["system", "tools", "output_config"])
def test_what_the_thread_keeps_does_not_change(name: str) -> None:
    """A request that continues must not send system prompt or tools, or change its effort."""
    store, body = held()
    error = refusal(lambda: store.resume(body | {name: {"effort": "low"}}))
    assert f"`{name}`" in error.message
    details = claude.write_error(error)["error"]["details"]
    assert details == {"error_code": "thread_fingerprint_mismatch"}


@pytest.mark.parametrize(
    ("thread", "said"),
    [
        ("create", "thread: Input should be an object"),
        ({"type": "go"}, "thread: Input tag 'go' found"),
        ({"type": "continue"}, "thread.continue.previous_message_id: Field required"),
        ({"type": "create", "id": "x"}, "thread.create.id: Extra inputs are not permitted"),
    ],
)
def test_shape_of_thread(thread: object, said: str) -> None:
    """A `thread` of a wrong shape is refused by its path."""
    _, body = held()
    assert refusal(lambda: claude.Threads().resume(body | {"thread": thread})).message.startswith(
        said
    )


def test_oldest_replies_are_let_go() -> None:
    """A server holds so many replies and no more; the one held longest goes first."""
    store, body = held()
    for i in range(threads.HELD_MOST):
        new = body | {"thread": {"type": "create"}}
        store.hold(new, {"id": f"msg_new_{i}", "content": []})
    assert refusal(lambda: store.resume(body)).status == 404
    last = {"type": "continue", "previous_message_id": "msg_new_0"}
    assert store.resume(body | {"thread": last})


def test_a_reply_held_again_is_new() -> None:
    """The same reply to the same request counts from the last time it was given."""
    store, body = held()
    new = body | {"thread": {"type": "create"}}
    for i in range(threads.HELD_MOST - 1):
        store.hold(new, {"id": f"msg_new_{i}", "content": []})
    store.hold(new, {"id": "msg_1", "content": []})
    store.hold(new, {"id": "msg_last", "content": []})
    assert store.resume(body)


# --- A loop by hand -------------------------------------------------------------------------------


def test_loop_by_hand(far: FarEnd) -> None:
    """A loop as the documentation has it: the SDK's blocks go back as they came, results in one."""
    client = sync(far)
    messages = list(ASK)
    tools: Any = [weather.to_dict()]
    reply = client.messages.create(model=MODEL, max_tokens=500, tools=tools, messages=messages)
    assert reply.stop_reason == "tool_use"
    results = [
        {"type": "tool_result", "tool_use_id": block.id, "content": str(block.input["city"])}
        for block in reply.content
        if block.type == "tool_use"
    ]
    messages += [
        {"role": "assistant", "content": reply.content},
        {"role": "user", "content": results},
    ]
    last = client.messages.create(model=MODEL, max_tokens=500, tools=tools, messages=messages)
    assert (said_by(last), last.stop_reason) == ("Paris and Rome", "end_turn")


def test_errors_as_the_sdk_raises_them(far: FarEnd) -> None:
    """The SDK makes its own exceptions of the refusals, with type and request id."""
    with pytest.raises(BadRequestError, match="first message must use") as bad:
        sync(far).messages.create(
            model=MODEL, max_tokens=9, messages=[{"role": "assistant", "content": "Hi"}]
        )
    assert bad.value.type == "invalid_request_error"
    told: Any = bad.value.body
    assert bad.value.request_id == claude.request_id("0") == told["request_id"]
    with pytest.raises(NotFoundError, match="model: claude-9"):
        sync(far).messages.create(model="claude-9", max_tokens=9, messages=ASK)
    with pytest.raises(AuthenticationError, match="Invalid bearer token"):
        sync(far, key="bad").messages.create(model=MODEL, max_tokens=9, messages=ASK)
