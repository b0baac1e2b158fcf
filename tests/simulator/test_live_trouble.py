"""The relay between a client and providers that misbehave, or are not there: no hang, no secret told."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic
from anthropic import AuthenticationError as AnthropicAuthenticationError
from openai import AuthenticationError, InternalServerError, OpenAI

from fanout.recording import Run
from fanout.simulator.live.choice import Live, Upstream
from fanout.simulator.server import Server
from tests.simulator.live_ends import (
    ASKED,
    BODIES,
    CHAT,
    CLAUDE,
    ENTRANCE,
    HEADERS,
    KEY,
    PATHS,
    free_port,
    live_for,
    relaying,
    serving,
)

Pairs = list[tuple[bytes, bytes]]
JSON: Pairs = [(b"content-type", b"application/json")]
EVENTS: Pairs = [(b"content-type", b"text/event-stream")]


class Provider:
    """An app that answers as it is told, and remembers who asked."""

    def __init__(self, *pieces: bytes, status: int = 200, headers: Pairs = JSON) -> None:
        self.pieces, self.status, self.headers = pieces, status, headers
        self.asked: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.queries: list[bytes] = []
        self.gate: threading.Event | None = None
        self.left = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, waiting before the second piece where there is a gate."""
        names = [name for name, _ in scope["headers"]]
        assert len(set(names)) == len(names), "a header came twice"
        self.asked.append({k.decode(): v.decode() for k, v in scope["headers"]})
        self.bodies.append((await receive())["body"])
        self.queries.append(scope["query_string"])
        start = {"type": "http.response.start", "status": self.status}
        await send({**start, "headers": self._echoed(self.headers)})
        for number, piece in enumerate(self.pieces):
            if number and self.gate is not None:
                await self._wait(receive)
            piece = piece.replace(b"<auth>", self.asked[-1].get("authorization", "").encode())
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _echoed(self, headers: Pairs) -> Pairs:
        said = self.asked[-1].get("authorization", "").encode()
        return [(name, value.replace(b"<auth>", said)) for name, value in headers]

    async def _wait(self, receive: Any) -> None:
        gone = asyncio.ensure_future(receive())
        for _ in range(1000):
            if self.gate is not None and self.gate.is_set():
                break
            if gone.done():
                self.left.set()
                break
            await asyncio.sleep(0.01)
        gone.cancel()


def ask(live: Live, path: str = PATHS[0], **more: Any) -> tuple[httpx2.Response, Run]:
    """One request through a relay, and what was recorded of it."""
    with relaying(live) as near, near.world.recorder.record() as run:
        answer = httpx2.post(near.url + path, json=BODIES[path] | more, headers=HEADERS)
    return answer, run


def asking(near: Server) -> AbstractContextManager[httpx2.Response]:
    """A request whose answer is read piece by piece."""
    return httpx2.stream("POST", near.url + PATHS[0], json=BODIES[PATHS[0]], headers=HEADERS)


def sse(*data: Any) -> bytes:
    return b"".join(b"data: " + json.dumps(d).encode() + b"\n\n" for d in data)


# --- Bytes and headers ------------------------------------------------------------------------------


def test_bytes_pass_as_they_come() -> None:
    """The first piece is there before the second is sent, however oddly the stream is cut."""
    text = 'data: {"choices": [{"delta": {"content": "é\\u00e9"}}]}\r\n\r\ndata: [DONE]\r\n\r\n'.encode()
    cut = text.index("é".encode()) + 1
    provider = Provider(text[:cut], text[cut:-1], text[-1:], headers=EVENTS)
    provider.gate = threading.Event()
    came = []
    with (
        serving(provider) as url,
        relaying(live_for(url)) as near,
        near.world.recorder.record() as run,
        asking(near) as answer,
    ):
        for piece in answer.iter_raw():
            came.append(piece)
            provider.gate.set()
    assert came[0] == text[:cut]
    assert b"".join(came) == text
    assert run.exchanges[0].reply.text == "éé"


def test_the_record_is_complete_before_the_last_event_is_read() -> None:
    """A client that goes on at `[DONE]` finds the exchange ended, though the connection is open."""
    provider = Provider(
        sse({"choices": [{"delta": {"content": "Hello."}}]}) + b"data: [DONE]\n\n",
        b": the end",
        headers=EVENTS,
    )
    provider.gate = threading.Event()
    with (
        serving(provider) as url,
        relaying(live_for(url)) as near,
        near.world.recorder.record() as run,
        asking(near) as answer,
    ):
        assert next(answer.iter_raw()).endswith(b"[DONE]\n\n")
        assert run.exchanges[0].ended is not None
        assert run.exchanges[0].reply.text == "Hello."
        provider.gate.set()


def test_headers_there() -> None:
    """The provider gets the client's headers, query and body, its own host and the real key."""
    provider = Provider(b"{}")
    odd = {"connection": "x-private", "x-private": "1", "cookie": "a=b", "x-mine": "kept"}
    raw = b'{"model":  "gpt-5.2", "messages": []}'
    with serving(provider) as url, relaying(live_for(url)) as near:
        httpx2.post(near.url + PATHS[0] + "?a=1", content=raw, headers=HEADERS | odd)
        with Anthropic(base_url=near.url, api_key=ENTRANCE) as client:
            client.messages.create(model=CLAUDE, max_tokens=5, messages=ASKED)
    first, second = provider.asked
    assert first["authorization"] == f"Bearer {KEY}"
    assert first["host"] == url.removeprefix("http://")
    assert first["x-mine"] == "kept"
    assert not {"x-private", "cookie"} & first.keys()
    assert (provider.bodies[0], provider.queries[0]) == (raw, b"a=1")
    assert KEY in (second.get("x-api-key"), second.get("authorization", "")[7:])
    assert ENTRANCE not in repr(provider.asked)


def test_the_key_goes_where_the_clients_stood() -> None:
    """A client that sends x-api-key gets the real key into x-api-key, and nowhere else."""
    provider = Provider(b"{}")
    with serving(provider) as url, relaying(live_for(url)) as near:
        headers = {"x-api-key": ENTRANCE, "anthropic-version": "2023-06-01"}
        httpx2.post(near.url + PATHS[2], json=BODIES[PATHS[2]], headers=headers)
    assert provider.asked[0]["x-api-key"] == KEY
    assert "authorization" not in provider.asked[0]


def test_headers_back() -> None:
    """Request ids and limits come back; cookies and what speaks of the connection do not."""
    headers = [
        *JSON,
        (b"x-request-id", b"req_1"),
        (b"x-ratelimit-remaining-requests", b"9"),
        (b"set-cookie", b"a=b"),
        (b"strict-transport-security", b"max-age=1"),
    ]
    provider = Provider(b"{}", headers=headers)
    with serving(provider) as url:
        answer, _ = ask(live_for(url))
    assert answer.headers["x-request-id"] == "req_1"
    assert answer.headers["x-ratelimit-remaining-requests"] == "9"
    assert not {"set-cookie", "strict-transport-security"} & set(answer.headers)
    assert len(answer.headers.get_list("date")) == 1


def test_a_packed_answer_is_unpacked() -> None:
    """A provider that sends gzip unasked is read, and its answer passes unpacked."""
    packed = gzip.compress(b'{"choices": [{"message": {"content": "Hello."}}]}')
    provider = Provider(packed, headers=[*JSON, (b"content-encoding", b"gzip")])
    with serving(provider) as url:
        answer, run = ask(live_for(url))
    assert answer.json()["choices"][0]["message"]["content"] == "Hello."
    assert run.exchanges[0].reply.text == "Hello."


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[1]",
        b"<html>",
        b'{"choices": [null], "usage": 3, "output": [3, {"type": "message", "content": 5}]}',
        b'{"choices": [{"message": {"tool_calls": [{"function": 3}, 4]}, "finish_reason": []}]}',
        b'{"content": [{"type": "tool_use", "input": 3}, {}], "stop_reason": {}, "usage": {}}',
        b'{"output": [{"type": "function_call", "arguments": {"a": 1}}], "incomplete_details": 4}',
        b"[" * 5000,
    ],
)
def test_odd_bodies_pass(path: str, body: bytes) -> None:
    """Whatever a provider answers, and in whichever form, the client gets it byte for byte."""
    provider = Provider()
    with serving(provider) as url, relaying(live_for(url)) as near:
        for headers, sent in ((JSON, body), (EVENTS, b"data: " + body + b"\n\n")):
            provider.headers, provider.pieces = headers, (sent,)
            with near.world.recorder.record() as run:
                answer = httpx2.post(near.url + path, json=BODIES[path], headers=HEADERS)
            assert (answer.status_code, answer.content) == (200, sent)
            assert run.exchanges[0].status == 200


def test_odd_requests_pass() -> None:
    """The provider judges the request: bytes that are no JSON reach it as they are."""
    provider = Provider(b'{"error": {"message": "no"}}', status=400)
    with serving(provider) as url, relaying(live_for(url)) as near:
        for path in PATHS:
            for raw in (b"", b"\xff{", b"[" * 5000, b'{"messages": 4, "input": {}}'):
                answer = httpx2.post(near.url + path, content=raw, headers=HEADERS)
                assert answer.status_code == 400
                assert provider.bodies[-1] == raw


# --- The key ----------------------------------------------------------------------------------------

ECHO = (
    b'{"error": {"message": "Incorrect API key provided: <auth>, that is sk-proj-*******fXYZ or '
    b'sk-p...fXYZ"}, "headers": {"authorization": "<auth>"}}'
)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Everything that any library logs."""
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.mark.parametrize("status", [200, 401])
def test_an_echo_does_not_give_the_key_away(
    status: int, log: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """A provider that repeats the key, in body and headers, has it taken out; so has the record."""
    provider = Provider(ECHO, status=status, headers=[*JSON, (b"x-echo", b"<auth>")])
    with serving(provider) as url:
        live = live_for(url)
        answer, run = ask(live)
    assert provider.asked[0]["authorization"] == f"Bearer {KEY}"
    told = [
        answer.text,
        repr(answer.headers),
        repr([vars(e) for e in run.exchanges]),
        repr(live),
        repr(vars(live.upstreams["openai"])),
        *capfd.readouterr(),
        *(record.getMessage() for record in log.records),
    ]
    assert not [text for text in told if KEY in text]
    assert answer.headers["x-echo"] == "Bearer [key]"
    if status == 401:
        assert "fXYZ" not in answer.text
        assert "fXYZ" not in str(run.exchanges[0].error)


@pytest.mark.parametrize("path", PATHS)
def test_a_streamed_echo_does_not_give_it_away(path: str) -> None:
    """The key is found in a stream wherever the pieces are cut; what only begins like it passes."""
    half = len(KEY) // 2
    begins = b"data: " + KEY[:half].encode()
    pieces = [b"data: " + KEY[:half].encode(), KEY[half:].encode() + b"\n\n", begins]
    with serving(Provider(*pieces, headers=EVENTS)) as url:
        answer, run = ask(live_for(url), path)
    assert answer.content == b"data: [key]\n\n" + begins
    assert KEY not in repr([vars(e) for e in run.exchanges])


def test_a_key_in_fragments_is_not_recorded() -> None:
    """A model that spells the key out in many deltas does not bring it into the record."""
    chunks = [{"choices": [{"delta": {"content": letter}}]} for letter in f"It is {KEY}!"]
    with serving(Provider(sse(*chunks), b"data: [DONE]\n\n", headers=EVENTS)) as url:
        _, run = ask(live_for(url))
    assert run.exchanges[0].reply.text == "It is [key]!"
    assert KEY not in repr([vars(e) for e in run.exchanges])


def test_a_key_in_the_prompt_is_not_recorded() -> None:
    """A learner who pastes the key into a message sends it, but does not find it in the record."""
    provider = Provider(b"{}")
    with serving(provider) as url:
        _, run = ask(live_for(url), messages=[{"role": "user", "content": f"My key: {KEY}"}])
    assert KEY.encode() in provider.bodies[0]
    assert "[key]" in repr(run.exchanges[0].request)
    assert KEY not in repr([vars(e) for e in run.exchanges])


def test_only_the_notebook_may_spend() -> None:
    """A request without the entrance key is refused, and the provider never hears of it."""
    provider = Provider(b"{}")
    with serving(provider) as url, relaying(live_for(url)) as near:
        for headers in ({}, {"authorization": "Bearer sk-offline"}, {"x-api-key": "ü".encode()}):
            answer = httpx2.post(near.url + PATHS[0], json=BODIES[PATHS[0]], headers=headers)
            assert answer.status_code == 401
            assert "fanout.start()" in answer.json()["error"]["message"]
    assert provider.asked == []


# --- Nobody there -----------------------------------------------------------------------------------


@pytest.fixture
def stopwatch() -> Iterator[None]:
    """Fails a test that takes as long as a hang would seem."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < 20


def test_no_key() -> None:
    """Without a key both SDKs raise their authentication error, with what to do, at once."""
    provider = Provider(b"{}")
    with serving(provider) as url:
        live = live_for(url, key=None)
        for name, upstream in live.upstreams.items():
            missing = f"set {upstream.provider.key} in the environment before fanout.start()"
            live.upstreams = {**live.upstreams, name: _without_key(upstream, missing)}
        with relaying(live) as near:
            openai = OpenAI(base_url=f"{near.url}/v1", api_key=ENTRANCE)
            with pytest.raises(AuthenticationError, match="set OPENAI_API_KEY in the environment"):
                openai.chat.completions.create(model=CHAT, messages=ASKED)
            anthropic = Anthropic(base_url=near.url, api_key=ENTRANCE)
            with pytest.raises(AnthropicAuthenticationError, match="set ANTHROPIC_API_KEY"):
                anthropic.messages.create(model=CLAUDE, max_tokens=5, messages=ASKED)
    assert provider.asked == []


def _without_key(upstream: Upstream, missing: str) -> Upstream:
    return replace(upstream, key=None, missing=missing)


def test_no_network(stopwatch: None) -> None:
    """Where nobody answers the SDK raises once, with the host and the way back offline."""
    live = live_for(f"http://127.0.0.1:{free_port()}")
    with relaying(live) as near, near.world.recorder.record() as run:
        client = OpenAI(base_url=f"{near.url}/v1", api_key=ENTRANCE, max_retries=5)
        with pytest.raises(InternalServerError, match=r'Check the network.*live=""') as refused:
            client.chat.completions.create(model=CHAT, messages=ASKED)
    assert refused.value.status_code == 503
    assert len(run.exchanges) == 1


def test_an_unknown_host(stopwatch: None) -> None:
    """A host that no name server knows is told in the same way."""
    answer, _ = ask(live_for("https://provider.invalid"), PATHS[2])
    assert answer.status_code == 503
    assert "provider.invalid" in answer.json()["error"]["message"]
    assert answer.json()["type"] == "error"


def test_silence(stopwatch: None) -> None:
    """A provider that takes the request and says nothing is given up, with a 504."""

    async def mute(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(30)

    with serving(mute) as url:
        answer, run = ask(live_for(url, silence_s=0.3))
    assert answer.status_code == 504
    assert "has not answered in time" in str(run.exchanges[0].error)


def test_silence_in_mid_stream(stopwatch: None) -> None:
    """A stream that falls silent is cut, and the record has what came before."""
    provider = Provider(
        sse({"choices": [{"delta": {"content": "Hel"}}]}), b"data: [DONE]\n\n", headers=EVENTS
    )
    provider.gate = threading.Event()
    with (
        serving(provider) as url,
        relaying(live_for(url, silence_s=0.3)) as near,
        near.world.recorder.record() as run,
    ):
        with pytest.raises(httpx2.RemoteProtocolError):
            httpx2.post(near.url + PATHS[0], json=BODIES[PATHS[0]], headers=HEADERS)
        provider.gate.set()
    assert run.exchanges[0].reply.text == "Hel"
    assert "broke the stream off" in str(run.exchanges[0].error)


def test_a_redirect_is_not_followed() -> None:
    """Neither the relay nor the client goes where a provider sends them; the key stays home."""
    elsewhere = Provider(b"{}")
    with serving(elsewhere) as other:
        to = [(b"location", f"{other}/v1/chat/completions".encode())]
        with serving(Provider(b"", status=307, headers=to)) as url:
            answer, _ = ask(live_for(url))
    assert answer.status_code == 502
    assert "no other host" in answer.json()["error"]["message"]
    assert elsewhere.asked == []


def test_a_client_that_leaves_costs_no_more() -> None:
    """When the client hangs up, so does the relay, in mid-stream; the record says so."""
    provider = Provider(
        sse({"choices": [{"delta": {"content": "Hel"}}]}), b"data: [DONE]\n\n", headers=EVENTS
    )
    provider.gate = threading.Event()
    with serving(provider) as url, relaying(live_for(url)) as near:
        with near.world.recorder.record() as run, asking(near) as answer:
            next(answer.iter_raw())
        assert provider.left.wait(timeout=5)
    assert run.exchanges[0].error == "The client left in mid-stream."
    assert run.exchanges[0].left
    assert run.exchanges[0].reply.text == "Hel"


def test_a_process_of_its_own() -> None:
    """`fanout serve --live` relays, prints who pays and the key for clients, and not the real one."""
    provider = Provider(b'{"choices": [{"message": {"content": "Hello."}}]}')
    with serving(provider) as url:
        command = [sys.executable, "-m", "fanout.cli", "serve", "--port", "0"]
        server = subprocess.Popen(
            [*command, "--live", f"openai={url}/v1"],
            stdout=subprocess.PIPE,
            text=True,
            env={"FANOUT_LIVE_OPENAI_KEY": KEY, "PYTHONUNBUFFERED": "1"},
        )
        try:
            lines: list[str] = []
            while not lines or "LIVE" not in lines[-1]:
                lines.append(server.stdout.readline())
            address = next(w for w in lines[0].split() if w.startswith("http"))
            client = OpenAI(base_url=address, api_key=lines[-1].split()[-1])
            reply = client.chat.completions.create(model="any", messages=ASKED)
        finally:
            server.terminate()
            rest = server.communicate(timeout=30)[0]
    assert reply.choices[0].message.content == "Hello."
    assert "with your key" in lines[-1]
    assert KEY not in "".join(lines) + rest
    assert provider.asked[0]["authorization"] == f"Bearer {KEY}"
