"""The server: its thread, its socket, and the process of its own."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys

import httpx2
import pytest

from fanout.simulator.server import Server
from fanout.simulator.world import World


def test_it_listens_on_loopback_only(server: Server) -> None:
    """The address is loopback, and Nagle's algorithm is off from the start."""
    assert server._socket.getsockname()[0] == "127.0.0.1"
    assert server._socket.proto == socket.IPPROTO_TCP


def test_stop_frees_the_port() -> None:
    """After stop() nothing answers, and stopping a server that just began works too."""
    server = Server(World(pace=0)).start()
    server.stop()
    assert not server.alive
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(server.url, timeout=2)


def test_an_unknown_route_says_what_there_is(server: Server) -> None:
    """Anything not served is refused with the list of what is."""
    answer = httpx2.post(f"{server.url}/v1/embeddings", json={})
    assert answer.status_code == 404
    assert "/v1/chat/completions" in answer.json()["error"]["message"]


@pytest.mark.parametrize("raw", [b"", b"{", b"[1]", b"\xff\xfe", b'{"model": "gpt-5.2"', b"null"])
def test_any_bytes_get_a_400(server: Server, raw: bytes) -> None:
    """Bytes that are no JSON object are refused, not stumbled over."""
    headers = {"authorization": "Bearer sk-x"}
    answer = httpx2.post(f"{server.url}/v1/chat/completions", content=raw, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_an_unknown_tool_of_a_scenario(server: Server) -> None:
    """A scenario's far end names a tool that it does not have."""
    answer = httpx2.post(f"{server.url}/tools/nope", json={})
    assert answer.status_code == 404
    assert "nope" in answer.json()["error"]


def test_serve_as_a_process_of_its_own() -> None:
    """`fanout serve` prints its address, answers there with the key, and ends on Ctrl-C."""
    command = [sys.executable, "-m", "fanout.cli", "serve", "--port", "0", "--key", "sk-room"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/v1", line)
        assert found, line
        body = {"model": "gpt-5.2", "messages": [{"role": "user", "content": "Hello"}]}
        statuses = [
            httpx2.post(f"{found[0]}/chat/completions", json=body, headers=headers).status_code
            for headers in (
                {"authorization": "Bearer sk-room"},
                {"authorization": "Bearer sk-other"},
                {},
            )
        ]
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert statuses == [200, 401, 401]
    assert process.returncode == 0
    assert errors == ""
