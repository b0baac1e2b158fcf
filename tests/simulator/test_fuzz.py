"""Whatever crosses the wire, the far end answers: junk, headers, sizes, requests with places changed.

Everything here goes over HTTP to a running server. An answer is judged by the SDKs' own types.
"""

from __future__ import annotations

import copy
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fanout.simulator.server import Server
from fanout.simulator.services import practice
from fanout.simulator.world import World
from tests.simulator.wires import CHAT, HEADERS, RESPONSES, WIRES, Wire, said, said_in_pieces

QUIET = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
PATIENCE = 20.0
"""Seconds after which no answer counts as a hang."""


EVERY_API = pytest.mark.parametrize("wire", WIRES, ids=[wire.path for wire in WIRES])


@pytest.fixture(scope="module")
def far() -> Iterator[httpx2.Client]:
    """A client of one far end, which all the tests here trouble together."""
    server = Server(World(pace=0)).start()
    with httpx2.Client(base_url=server.url, headers=HEADERS, timeout=PATIENCE) as client:
        yield client
    server.stop()


WORDS = st.sampled_from(
    """user assistant system tool text function custom auto any none required f get_weather stream
    tool_use tool_result function_call function_call_output reasoning call_a toolu_a""".split()
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5) | WORDS, inner),
    max_leaves=10,
)


# --- Junk -----------------------------------------------------------------------------------------

PATHS = [
    *(wire.path for wire in WIRES),
    *("/", "/v1/models", "/v1/messages/count_tokens", "/v1/responses/resp_1", "//", "/%00", "/v1"),
    *("/services/weather", "/services/transfer", "/services/nothing", "/tools/f", "/fanout/record"),
]
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"]


@settings(QUIET, max_examples=150)
@given(
    path=st.sampled_from(PATHS),
    method=st.sampled_from([*METHODS, *["POST"] * 9]),
    content=st.binary(max_size=200) | st.sampled_from([b"{}", b"[]", b"null", b'"x"', b"NaN"]),
    query=st.binary(max_size=10),
)
@example(path="/tools/f", method="POST", content=b"\xff", query=b"")
@example(path="/services/weather", method="POST", content=b"[1]", query=b"")
@example(path="/services/weather", method="POST", content=b"[" * 50_000, query=b"city=%ff")
def test_any_bytes_anywhere(
    far: httpx2.Client, path: str, method: str, content: bytes, query: bytes
) -> None:
    """Any bytes on any route by any method are refused, not stumbled over."""
    url = httpx2.URL(str(far.base_url) + path, params={"city": query.decode("latin-1")})
    assert far.request(method, url, content=content).status_code < 500


SERVICES = practice()
GIVEN = sorted({name for s in SERVICES.values() for name in (*s.parameters, *s.optional)})


@QUIET
@given(service=st.sampled_from(sorted(SERVICES)), given=st.data())
@example(service="weather", given=None)
def test_any_service(far: httpx2.Client, service: str, given: st.DataObject | None) -> None:
    """A service takes any JSON in its parameters, and declines what it cannot use."""
    fields = st.dictionaries(st.sampled_from(GIVEN), JSON)
    asked = {"city": "\ud800"} if given is None else given.draw(fields)
    answer = far.post(f"/services/{service}", content=json.dumps(asked))
    assert answer.status_code < 500
    assert isinstance(answer.json(), dict)


def spoken(far: httpx2.Client, sent: bytes) -> bytes:
    """What a bare socket gets back for these bytes, until the far end hangs up."""
    address = (far.base_url.host, far.base_url.port or 0)
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        got = b""
        try:
            while piece := connection.recv(65536):
                got += piece
        except ConnectionResetError:
            pass
        return got


LINES = st.sampled_from([b"POST /v1/messages HTTP/1.1", b"GET / HTTP/1.0", b"POST * HTTP/9.9"])


@QUIET
@given(st.binary(max_size=300) | st.builds(lambda a, b: a + b"\r\n" + b, LINES, st.binary()))
def test_what_is_no_http(far: httpx2.Client, sent: bytes) -> None:
    """Bytes that are no HTTP get a 4xx or a closed connection, and the next client is served."""
    assert not spoken(far, sent).startswith(b"HTTP/1.1 5")
    assert far.get("/").status_code == 404


NAMES = [
    *(b"Authorization", b"X-Api-Key", b"Anthropic-Version", b"Anthropic-Beta", b"Content-Type"),
    *(b"Accept", b"Content-Encoding", b"Expect", b"Upgrade", b"Cookie", b"X-Stainless-Lang"),
]
VALUES = st.binary(max_size=30) | st.sampled_from(
    [b"Bearer", b"Bearer  ", b"bearer \xff", b"Basic eA==", b"2023-06-01", b"h2c", b"100-continue"]
)


@QUIET
@given(st.sampled_from(WIRES), st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=4))
def test_any_headers(far: httpx2.Client, wire: Wire, headers: list[tuple[bytes, bytes]]) -> None:
    """Any values in the headers that matter are answered: with a 4xx, or as if they were not there."""
    body = json.dumps(wire.good[0]).encode()
    lines = [f"POST {wire.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n".encode()]
    lines += [name + b": " + value + b"\r\n" for name, value in headers]
    status = spoken(far, b"".join(lines) + b"\r\n" + body)[9:10]
    assert status in (b"2", b"4", b"1", b"")


@EVERY_API
def test_a_client_that_leaves(far: httpx2.Client, wire: Wire) -> None:
    """A request whose body never comes to its end leaves nothing in flight behind it."""
    world = World(pace=0)
    server = Server(world).start()
    with httpx2.Client(base_url=server.url) as client, world.recorder.record() as run:
        spoken(
            client, f"POST {wire.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{{".encode()
        )
        client.get("/")
    server.stop()
    assert [e.error for e in run.exchanges if e.kind == "model"] == [
        "The request did not arrive whole."
    ]


# --- Requests with places changed -----------------------------------------------------------------


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) inside a JSON value."""
    if isinstance(value, dict):
        pairs: list[tuple[Any, Any]] = list(value.items())
    else:
        pairs = list(enumerate(value)) if isinstance(value, list) else []
    return [p for key, inner in pairs for p in ((value, key), *places(inner))]


def changed(body: Any, data: st.DataObject) -> Any:
    """The body with up to two places replaced, copied from elsewhere, or cut out."""
    body = copy.deepcopy(body)
    for _ in range(data.draw(st.integers(0, 2))):
        found = places(body)
        if not found:
            break
        owner, key = data.draw(st.sampled_from(found))
        other, name = data.draw(st.sampled_from(found))
        match data.draw(st.sampled_from(["replace", "copy", "cut"])):
            case "replace":
                owner[key] = data.draw(JSON)
            case "copy":
                owner[key] = copy.deepcopy(other[name])
            case "cut":
                del owner[key]
    return body


@EVERY_API
@settings(QUIET, max_examples=70)
@given(data=st.data())
def test_changed_requests(far: httpx2.Client, wire: Wire, data: st.DataObject) -> None:
    """A good request with places changed is refused, or answered as the SDK's types say, both ways."""
    body = changed(data.draw(st.sampled_from(wire.good)), data)
    whole = far.post(wire.path, content=json.dumps({**body, "stream": False}))
    wire.check(whole)
    flow = far.post(wire.path, content=json.dumps({**body, "stream": True}))
    wire.check(flow)
    if whole.status_code == flow.status_code == 200 and not cut_short(whole.json()):
        assert said_in_pieces(wire.events(flow)) == said(whole.json())
    else:
        # `stream_options` is refused without a stream
        assert flow.status_code == whole.status_code or "stream_options" in body


def cut_short(body: Any) -> bool:
    """Whether the reply ran out of tokens: arguments cut in the middle are then no JSON."""
    reasons = (body.get("stop_reason"), body.get("status"))
    return "max_tokens" in reasons or "incomplete" in reasons


# --- Sizes ----------------------------------------------------------------------------------------


def many(wire: Wire, rounds: int, each: int) -> dict[str, Any]:
    """A complete conversation of so many rounds of so many calls."""
    numbers = [[f"{i}_{j}" for j in range(each)] for i in range(rounds)]
    ask = {"role": "user", "content": "Weather in Oslo?"}
    match wire.path:
        case CHAT.path:
            turns = [turn for ids in numbers for turn in chat_round(ids)]
            return {"model": "gpt-5.2", "messages": [ask, *turns]}
        case RESPONSES.path:
            call = {"type": "function_call", "name": "f", "arguments": "{}"}
            result = {"type": "function_call_output", "output": "1"}
            items = [
                {**item, "call_id": f"c{n}"}
                for ids in numbers
                for item in (call, result)
                for n in ids
            ]
            return {"model": "gpt-5.2", "input": [ask, *items]}
    turns = [turn for ids in numbers for turn in claude_round(ids)]
    return {"model": "claude-sonnet-5", "max_tokens": 99, "messages": [ask, *turns]}


def chat_round(ids: list[str]) -> list[dict[str, Any]]:
    function = {"name": "f", "arguments": "{}"}
    calls = [{"id": f"c{n}", "type": "function", "function": function} for n in ids]
    results = [{"role": "tool", "tool_call_id": f"c{n}", "content": "1"} for n in ids]
    return [{"role": "assistant", "tool_calls": calls}, *results]


def claude_round(ids: list[str]) -> list[dict[str, Any]]:
    calls = [{"type": "tool_use", "id": f"c{n}", "name": "f", "input": {}} for n in ids]
    results = [{"type": "tool_result", "tool_use_id": f"c{n}", "content": "1"} for n in ids]
    return [{"role": "assistant", "content": calls}, {"role": "user", "content": results}]


@EVERY_API
@pytest.mark.parametrize(("rounds", "each"), [(1, 128), (400, 10), (2000, 1)])
def test_long_conversations(far: httpx2.Client, wire: Wire, rounds: int, each: int) -> None:
    """Thousands of calls and results are read in a time that grows as their number does."""
    began = time.process_time()
    assert far.post(wire.path, json=many(wire, rounds, each)).status_code == 200
    assert time.process_time() - began < 3


@EVERY_API
@pytest.mark.parametrize(
    "text", ["Oslo, Rome and 1.5 ", "\n", "1,", "((", "Aa-", '"', "\U0001f600"]
)
def test_long_texts(far: httpx2.Client, wire: Wire, text: str) -> None:
    """A megabyte of anything in a prompt is answered before a person would think of a hang."""
    body = copy.deepcopy(wire.good[0])
    asked = {"role": "user", "content": text * (1_000_000 // len(text)) + "x"}
    body["input" if wire is RESPONSES else "messages"] = [asked]
    began = time.process_time()
    assert far.post(wire.path, json=body).status_code == 200
    assert time.process_time() - began < 5


@EVERY_API
@pytest.mark.parametrize("depth", [150, 1_000, 200_000])
@pytest.mark.parametrize("around", ["[%s]", '{"input": %s}', '{"messages": [{"content": %s}]}'])
def test_deep_bodies(far: httpx2.Client, wire: Wire, depth: int, around: str) -> None:
    """A body nested deeper than Python could walk is refused."""
    answer = far.post(wire.path, content=around % ("[" * depth + "]" * depth))
    assert answer.status_code == 400
    wire.check(answer)
