"""A request that was read before is not worked out again, and nobody can tell but by the time."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from fanout.recording import Run
from fanout.simulator.apis.openai import ChatApi
from fanout.simulator.heard import KEPT, LONGEST, Heard, Hearing
from fanout.simulator.memory import Memory
from fanout.simulator.scripts import ScriptedTurn
from fanout.simulator.server import Server
from fanout.simulator.world import World
from tests.simulator.wires import CHAT, CLAUDE, HEADERS, RESPONSES, WIRES, Wire

EVERY_API = pytest.mark.parametrize("wire", WIRES, ids=[wire.path for wire in WIRES])


def post(server: Server, path: str, body: Any, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.post(server.url + path, json=body, headers=HEADERS | named)


def kept(run: Run) -> bool:
    """Whether the last request was not read anew: what it says is then the very same object."""
    return run.exchanges[-1].conversation is run.exchanges[0].conversation is not None


@EVERY_API
def test_again(server: Server, world: World, wire: Wire) -> None:
    """The second of two equal requests says the same under other ids, and is recorded as its own."""
    with world.recorder.record() as run:
        first, second = (post(server, wire.path, wire.good[0]).json() for _ in range(2))
    assert kept(run)
    assert first["id"] != second["id"]
    assert run.exchanges[0].request == run.exchanges[1].request == wire.good[0]
    assert [e.tokens for e in run.exchanges] == [run.exchanges[0].tokens] * 2


def test_faults_and_scripts_come_in_between(server: Server, world: World) -> None:
    """What was asked for after a request meets the same request when it comes again."""
    body = CHAT.good[0]
    assert post(server, CHAT.path, body).status_code == 200
    world.faults.add("rate_limit")
    assert post(server, CHAT.path, body).status_code == 429
    world.scripts.set([ScriptedTurn(text="Scripted.")] * 2)
    assert "Scripted." in post(server, CHAT.path, body).text


def test_each_account_has_its_own(server: Server, world: World) -> None:
    """A fault for one key does not meet the same bytes from another."""
    statuses = []
    world.faults.add("server_error", key="sk-mine", times=None)
    for key in ("sk-theirs", "sk-mine", "sk-theirs"):
        answer = post(server, CHAT.path, CHAT.good[0], authorization=f"Bearer {key}")
        statuses.append(answer.status_code)
    assert statuses == [200, 500, 200]


def test_each_account_goes_on_from_its_own(server: Server) -> None:
    """Of two accounts that ask the same, each can go on from its own response."""
    for key in ("sk-first", "sk-second"):
        bearer = {"authorization": f"Bearer {key}"}
        asked = {"model": "gpt-5.2", "input": "Hello"}
        first = post(server, RESPONSES.path, asked, **bearer).json()
        more = {"model": "gpt-5.2", "input": "Go on", "previous_response_id": first["id"]}
        assert post(server, RESPONSES.path, more, **bearer).status_code == 200


def test_a_key_is_asked_for_every_time(server: Server, world: World) -> None:
    """Bytes that were once accepted do not stand for a key."""
    world.key = "sk-right"
    good, bad = (
        post(server, CHAT.path, CHAT.good[0], authorization=f"Bearer {key}").status_code
        for key in ("sk-right", "sk-wrong")
    )
    assert (good, bad) == (200, 401)


def test_headers_that_matter(server: Server) -> None:
    """The same bytes under another API version are read by that version's rules."""
    body = CLAUDE.good[0] | {"model": "claude-haiku-4-5", "temperature": 0.5}
    older, newer = (
        post(server, CLAUDE.path, body, anthropic_version=version).status_code
        for version in ("2023-06-01", "2026-10-21")
    )
    assert (older, newer) == (200, 400)


def test_what_refers_to_something_is_read_anew(server: Server, world: World) -> None:
    """A request that goes on from a stored response is refused once that is forgotten."""
    first = post(server, RESPONSES.path, {"model": "gpt-5.2", "input": "Hello"}).json()
    body = {
        "model": "gpt-5.2",
        "input": "Go on",
        "previous_response_id": first["id"],
        "store": False,
    }
    assert post(server, RESPONSES.path, body).status_code == 200
    world.memory.responses("sk-fuzz").clear()
    assert post(server, RESPONSES.path, body).status_code == 400


def test_long_ones_are_not_kept(server: Server, world: World) -> None:
    """A request longer than the limit is read anew."""
    body = {"model": "gpt-5.2", "messages": [{"role": "user", "content": "x" * LONGEST}]}
    with world.recorder.record() as run:
        assert [post(server, CHAT.path, body).status_code for _ in range(2)] == [200, 200]
    assert not kept(run)


def test_only_the_latest_are_kept() -> None:
    """The requests kept are counted; the one that was silent longest goes first."""
    raw = json.dumps(CHAT.good[0])
    asked = ChatApi().read(json.loads(raw), {"authorization": "Bearer k"}, Memory())
    hearing, heard = Hearing(), Heard(asked)
    for number in range(KEPT):
        hearing.keep((str(number),), heard)
    assert hearing.again(("0",)) is heard
    hearing.keep(("new",), heard)
    assert hearing.again(("1",)) is None
    assert hearing.again(("0",)) is heard
