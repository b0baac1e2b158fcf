"""A client that hangs up: while it waits, or in the middle of a stream, for each API."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from anthropic import Anthropic
from openai import OpenAI

from fanout.pictures import timeline, transcript
from fanout.recording import Exchange, Run
from fanout.simulator.app import create_app
from fanout.simulator.scripts import read_script
from fanout.simulator.server import Server
from fanout.simulator.world import World
from tests.simulator.wires import HEADERS, WIRES, Wire

TEXT = "Tell me about the weather in Tokyo, and then look it up."
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FUNCTION = {"name": "get_weather", "description": "Weather in a city.", "parameters": SCHEMA}
ASKED = [{"role": "user", "content": TEXT}]
CHAT, CLAUDE = "gpt-4o", "claude-sonnet-4-6"
STORY = " ".join(f"On day {day} it rained." for day in range(1, 400))
"""Some thousand tokens: at pace 1 a model takes half a minute for them."""
TURN = [{"text": STORY, "calls": [("get_weather", {"city": "Tokyo"})]}]


def chat(client: Any, **more: Any) -> Any:
    """The question in Chat Completions."""
    tools = [{"type": "function", "function": FUNCTION}]
    return client.chat.completions.create(model=CHAT, messages=ASKED, tools=tools, **more)


def responses(client: Any, **more: Any) -> Any:
    """The same in Responses."""
    tools = [{"type": "function", **FUNCTION, "strict": False}]
    return client.responses.create(model=CHAT, input=TEXT, tools=tools, **more)


def claude(client: Any, **more: Any) -> Any:
    """The same in Messages."""
    tools = [{"name": "get_weather", "description": "Weather.", "input_schema": SCHEMA}]
    return client.messages.create(
        model=CLAUDE, max_tokens=5000, messages=ASKED, tools=tools, **more
    )


ASK: dict[str, Callable[..., Any]] = {"chat": chat, "responses": responses, "claude": claude}
EVERY_API = pytest.mark.parametrize("api", ASK)


@pytest.fixture(autouse=True)
def own_rubbish() -> Iterator[None]:
    """What a test drops is found at its own end, not in one that listens for noise."""
    yield
    gc.collect()


@pytest.fixture
def slow() -> Iterator[Server]:
    """A far end with a long story to tell: one can leave it, whatever the machine is doing."""
    running = Server(World()).start()
    running.world.scripts.set(read_script(TURN))
    yield running
    running.stop()


def sdk(api: str, server: Server, **options: Any) -> Any:
    """The real SDK of an API, pointed at a far end; nothing is tried again."""
    if api == "claude":
        return Anthropic(base_url=server.url, api_key="sk-ant", max_retries=0, **options)
    return OpenAI(base_url=f"{server.url}/v1", api_key="sk-test", max_retries=0, **options)


def ended(run: Run) -> Exchange:
    """The only exchange of a run, when it is over."""
    deadline = time.monotonic() + 5
    while not (run.exchanges and run.exchanges[0].ended) and time.monotonic() < deadline:
        threading.Event().wait(0.005)
    (exchange,) = run.exchanges
    assert exchange.ended is not None, "the exchange is still in flight"
    return exchange


def leave_in_mid_stream(api: str, server: Server) -> Exchange:
    """Read a few events of a stream, and close it."""
    with server.world.recorder.record() as run, sdk(api, server) as client:
        stream = ASK[api](client, stream=True)
        for _, _event in zip(range(12), stream, strict=False):
            pass
        stream.close()
        return ended(run)


# --- In mid-stream --------------------------------------------------------------------------------


@EVERY_API
def test_in_mid_stream_the_record_says_that_the_client_left(slow: Server, api: str) -> None:
    """The exchange ends when the client leaves, and says so, with how far the stream had come."""
    exchange = leave_in_mid_stream(api, slow)
    assert exchange.left
    assert exchange.status == 200
    assert str(exchange.error).startswith("The client left in mid-stream. It was sent ")
    sent, of = (int(w) for w in str(exchange.error).split() if w.isdigit())
    assert 12 <= sent < of


@EVERY_API
def test_in_mid_stream_the_record_holds_what_was_sent(slow: Server, api: str) -> None:
    """The reply in the record is the beginning that went out, not the whole that would have."""
    exchange = leave_in_mid_stream(api, slow)
    assert exchange.reply is not None
    assert exchange.reply.calls == ()
    assert 0 < len(str(exchange.reply.text)) < len(STORY)
    assert STORY.startswith(str(exchange.reply.text))
    assert isinstance(exchange.response, dict)
    assert 20 < exchange.tokens < len(STORY) / 4


@EVERY_API
def test_a_stream_that_is_read_to_its_end_is_no_leaving(server: Server, api: str) -> None:
    """Whoever reads everything has not left, though the connection is closed right after it."""
    with server.world.recorder.record() as run, sdk(api, server) as client:
        list(ASK[api](client, stream=True))
    exchange = ended(run)
    assert (exchange.left, exchange.status, exchange.error) == (False, 200, None)
    assert len(exchange.reply.calls) == 1


@pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.path)
def test_a_connection_that_is_reset(slow: Server, wire: Wire) -> None:
    """A client that dies leaves in the same way as one that closes."""
    body = json.dumps({**wire.good[0], "stream": True}).encode()
    head = [f"POST {wire.path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}"]
    head += [f"{name}: {value}" for name, value in HEADERS.items()]
    address = ("127.0.0.1", int(slow.url.rpartition(":")[2]))
    with slow.world.recorder.record() as run:
        with socket.create_connection(address, 10) as wired:
            wired.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
            assert wired.recv(100).startswith(b"HTTP/1.1 200")
            wired.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        exchange = ended(run)
    assert exchange.left


# --- Before the answer ----------------------------------------------------------------------------


@EVERY_API
def test_a_client_that_gives_up(slow: Server, api: str) -> None:
    """A client whose patience ends before the answer is ready: 499, nothing was sent, no reply."""
    with slow.world.recorder.record() as run, sdk(api, slow, timeout=0.3) as client:
        with pytest.raises((openai.APITimeoutError, anthropic.APITimeoutError)):
            ASK[api](client)
        exchange = ended(run)
    assert exchange.left
    assert (exchange.status, exchange.response, exchange.reply) == (499, None, None)
    assert exchange.error == "The client left before it was answered."
    assert exchange.tokens == 0
    assert exchange.conversation is not None
    assert exchange.seconds < 10, "it goes on only as long as the client"


def test_a_client_that_gives_up_on_a_slow_answer(server: Server) -> None:
    """The fault `slow` is left in the same way."""
    server.world.faults.add("slow", seconds=30)
    with server.world.recorder.record() as run, sdk("chat", server, timeout=0.3) as client:
        with pytest.raises(openai.APITimeoutError):
            chat(client)
        exchange = ended(run)
    assert (exchange.left, exchange.status, exchange.faults) == (True, 499, ("slow",))


def test_who_gave_up_may_ask_again(server: Server) -> None:
    """A far end that was left answers the next request as ever, and the SDK's own second try."""
    server.world.faults.add("slow", seconds=30)
    client = OpenAI(base_url=f"{server.url}/v1", api_key="sk-test", max_retries=1, timeout=1)
    with server.world.recorder.record() as run, client:
        assert len(chat(client).choices[0].message.tool_calls) == 1
    assert [(e.left, e.status) for e in run.exchanges] == [(True, 499), (False, 200)]
    assert "The client left turn 1 before it was answered." in str(timeline(run))


# --- Nothing is left behind -----------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
@EVERY_API
def test_no_noise_and_nothing_left_running(
    slow: Server, api: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """The server says nothing about a client that left, and none of its tasks stays behind."""
    leave_in_mid_stream(api, slow)
    with slow.world.recorder.record() as run, sdk(api, slow, timeout=0.3) as client:
        with pytest.raises((openai.APITimeoutError, anthropic.APITimeoutError)):
            ASK[api](client)
        ended(run)
    slow.world.pace = 0
    httpx2.get(slow.url)
    running = slow._server
    assert running is not None
    deadline = time.monotonic() + 5
    while running.server_state.tasks and time.monotonic() < deadline:
        threading.Event().wait(0.005)
    assert not running.server_state.tasks
    slow.stop()
    assert not slow.alive
    gc.collect()  # a task that was never awaited would say so now
    assert capfd.readouterr() == ("", "")
    assert [r for r in caplog.records if r.name.startswith(("uvicorn", "asyncio"))] == []


def test_nobody_goes_on_listening() -> None:
    """When an answer is out, its endpoint does not listen any more for the client's leaving."""

    async def scene() -> int:
        body = json.dumps({"model": CHAT, "messages": ASKED, "stream": True}).encode()
        arrived = iter([{"type": "http.request", "body": body}])

        async def receive() -> dict[str, Any]:
            return next(arrived, None) or await asyncio.get_running_loop().create_future()

        async def send(_message: Any) -> None: ...

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/chat/completions",
            "headers": [(b"authorization", b"Bearer sk-test")],
        }
        await create_app(World(pace=0))(scope, receive, send)
        await asyncio.sleep(0)
        return len(asyncio.all_tasks())

    assert asyncio.run(scene()) == 1


# --- The pictures ---------------------------------------------------------------------------------


@EVERY_API
def test_the_pictures_say_it(slow: Server, api: str) -> None:
    """Timeline and transcript say in words that the client left, and do not speak of a refusal."""
    with slow.world.recorder.record() as run, sdk(api, slow) as client:
        stream = ASK[api](client, stream=True)
        next(iter(stream))
        stream.close()
        ended(run)
    assert "The client left turn 1 in mid-stream." in timeline(run).alt
    assert "◁ the client left in mid-stream" in str(transcript(run))
    assert "refused" not in timeline(run).alt + str(transcript(run))
    assert "finish" not in str(transcript(run))
