"""`fanout conform`: the simulator agrees with its tables, and whoever does not is found out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fanout.cli import main
from fanout.conform.asking import Asker, renamed
from fanout.conform.command import _address
from fanout.conform.outcome import judged
from fanout.dialects.conformance import Case, cases
from fanout.simulator.server import Server
from fanout.simulator.world import World
from tests.simulator.live_ends import free_port, serving

KEY = "sk-conform-0123456789"
NAME = "A_KEY_FOR_CONFORM"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key, in the environment."""
    monkeypatch.setenv(NAME, KEY)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A simulator that knows a good key from a bad one."""
    server = Server(World(pace=0, key=KEY)).start()
    yield server.url
    server.stop()


Conform = Callable[..., tuple[int, str]]


@pytest.fixture
def conform(capsys: pytest.CaptureFixture[str]) -> Conform:
    """Runs the command; gives its exit code and what it printed."""

    def run(url: str, *more: str) -> tuple[int, str]:
        code = main(["conform", "--base-url", url, "--key-env", NAME, *more])
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


@pytest.mark.parametrize("dialect", ["chat", "responses", "claude"])
def test_the_simulator_agrees(conform: Conform, url: str, dialect: str, tmp_path: Path) -> None:
    """Every case of every table agrees, over HTTP, and those that need a stored reply are asked."""
    file = tmp_path / "answers.json"
    code, told = conform(url, "--dialect", dialect, "--json", str(file))
    outcomes = json.loads(file.read_text("utf-8"))["outcomes"]
    asked = [one for one in outcomes if one["verdict"] != "skipped"]
    assert code == 0, told
    assert [one for one in asked if one["verdict"] != "agrees"] == []
    assert len(outcomes) == len(cases(dialect))
    assert {one["row"] for one in outcomes if one not in asked} <= {"o1", "o2"}
    assert f"{len(asked)} agree" in told
    assert KEY not in told + file.read_text("utf-8")


def test_the_command_says_what_it_costs(conform: Conform, url: str) -> None:
    """Before the first request stands how many of them ask the model for an answer."""
    _, told = conform(url, "--row", "ok1", "--row", "9")
    assert told.startswith(f"2 cases of chat for {url}/v1/chat/completions. 1 of them ask")


def test_only_some_rows(conform: Conform, url: str) -> None:
    """--row asks these rows alone; a row that is not there is named, with those there are."""
    code, told = conform(url, "--row", "o1", "--dialect", "claude")
    assert (code, "1 cases: 1 agrees" in told) == (0, True)
    code, told = conform(url, "--row", "999")
    assert code == 1
    assert "no row '999'. It has: 1, 1b" in told


# --- Somebody who does not agree --------------------------------------------------------------------


def app(answer: Callable[[int, bytes, Mapping[str, str]], tuple[int, Any, dict[str, str]]]) -> Any:
    """An endpoint that answers what a function of number, body and headers says."""
    count = 0

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        nonlocal count
        count += 1
        headers = {k.decode(): v.decode() for k, v in scope["headers"]}
        status, body, more = answer(count, (await receive())["body"], headers)
        raw = [(k.encode(), v.encode()) for k, v in more.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    return asgi


def error(message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    kind = "invalid_request_error"
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def case_of(row: str) -> Case:
    return next(case for case in cases("chat") if case.row == row)


def test_what_was_seen_verbatim_counts(conform: Conform) -> None:
    """An endpoint with another text for a verbatim row fails, and the line says both texts."""
    with serving(app(lambda *_: (400, error("Nope."), {}))) as url:
        code, told = conform(url, "--row", "1b")
    assert code == 1
    assert "1b    V       differs" in told
    assert "but is 'Nope.'." in told
    assert "(inferred)" not in told


def test_what_is_inferred_is_only_told(conform: Conform) -> None:
    """A difference in what the table infers is shown as such, and fails nothing."""
    said = str(case_of("3").expected["message"])
    with serving(app(lambda *_: (400, error(said, "messages", None), {}))) as url:
        code, told = conform(url, "--row", "3")
    assert code == 0
    assert "(inferred) param should be" in told
    assert "1 differs only in what the table infers" in told


def test_an_inferred_case_accuses_nobody() -> None:
    """Of a case that is inferred as a whole no difference counts, not even its type."""
    case = next(case for case in cases("chat") if case.mark == "I" and case.status == 400)
    assert judged(case, 422, {"error": {"type": "other"}}).verdict == "inferred"


def test_who_accepts_and_who_refuses(conform: Conform) -> None:
    """An answer where a refusal is due is told in a line; a refusal where none is due has its reason."""
    with serving(app(lambda *_: (200, {"choices": []}, {}))) as url:
        code, told = conform(url, "--row", "1b")
    assert code == 1
    assert "status should be 400, but is 200." in told
    assert "message should be" not in told
    with serving(app(lambda *_: (400, error("No tools here."), {}))) as url:
        code, told = conform(url, "--row", "ok2")
    assert code == 1
    assert "It was refused: No tools here." in told


def test_too_soon(conform: Conform) -> None:
    """A 429 is waited for as long as it says, and asked again."""
    said = error(**{k: case_of("9").expected[k] for k in ("message", "param", "code")})
    later = {"retry-after": "0"}
    with serving(app(lambda n, *_: (429, {}, later) if n < 3 else (400, said, {}))) as url:
        code, told = conform(url, "--row", "9")
    assert code == 0, told


def test_a_reply_of_another_shape_is_a_reason(conform: Conform) -> None:
    """Where no reply to go on from can be had the case is skipped, with what came instead."""
    reply = {"id": "resp_9", "output": [{"type": "message", "id": "msg_9"}]}
    with serving(app(lambda *_: (200, reply, {}))) as url:
        code, told = conform(url, "--dialect", "responses", "--row", "ok4")
    assert code == 0
    assert "It goes on from reasoning, function_call, function_call; the endpoint's reply" in told
    assert "2 were skipped" in told


# --- Nobody to ask ----------------------------------------------------------------------------------


def test_a_refused_key_ends_it(conform: Conform, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong key costs one request, not seventy; neither the key nor its mask is shown."""
    monkeypatch.setenv(NAME, "sk-wrong-9876543210")
    code, told = conform(url)
    assert code == 1
    assert "refuses the key (status 401): Incorrect API key provided: [key]." in told
    assert "3210" not in told


def test_nobody_answers(conform: Conform) -> None:
    """An address where nobody listens is told at once."""
    code, told = conform(f"http://127.0.0.1:{free_port()}")
    assert code == 1
    assert "Nobody answers at http://127.0.0.1" in told


def test_no_such_api(conform: Conform) -> None:
    """A server that has no such path is asked once."""
    with serving(app(lambda *_: (404, {"detail": "Not Found"}, {}))) as url:
        code, told = conform(url)
    assert code == 1
    assert "no such API" in told


def test_no_key(conform: Conform, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is not set is named."""
    monkeypatch.delenv(NAME)
    code, told = conform(url)
    assert code == 1
    assert f"{NAME} is not set" in told


@pytest.mark.parametrize("base", ["localhost:8000", "http://me:sk-secret-12345@h/v1", "http://[x"])
def test_a_base_url_that_is_none(conform: Conform, base: str) -> None:
    """What is no base URL is refused, and a password in it is not shown."""
    code, told = conform(base)
    assert code == 1
    assert "is not a base URL" in told
    assert "secret" not in told


def test_addresses() -> None:
    """The base URL is what the API's SDK takes; a bare host gets the version."""
    assert _address("https://api.openai.com/v1/", "chat").endswith(".com/v1/chat/completions")
    assert _address("http://h:1", "responses") == "http://h:1/v1/responses"
    assert _address("http://h/api/paas/v4", "chat") == "http://h/api/paas/v4/chat/completions"
    assert _address("https://api.anthropic.com", "claude").endswith(".com/v1/messages")


# --- Other names ------------------------------------------------------------------------------------


def test_the_endpoints_own_ids() -> None:
    """Ids are replaced as whole words, in the request and in the expected text, and nothing else."""
    case = next(case for case in cases("responses") if case.row == "52")
    found = renamed(case, {"rs_a": "rs_77", "fc_a": "fc_77"})
    assert found.expected["message"] == str(case.expected["message"]).replace("_a'", "_77'")
    assert found.request["input"][1]["id"] == "fc_77"
    assert found.request["input"][1]["call_id"] == "call_a"
    longer = dataclasses.replace(case, request={"model": "my-gpt-5.2", "user": "gpt-5.2-pro"})
    assert renamed(longer, {"gpt-5.2": "llama"}).request == longer.request


def test_another_model() -> None:
    """--model is asked for where the case is of no certain one."""
    models = []

    def answer(_: int, body: bytes, __: Any) -> Any:
        models.append(json.loads(body)["model"])
        return 400, error("x"), {}

    with serving(app(answer)) as url:
        asker = Asker(_address(url, "chat"), "chat", model="llama")
        for row in ("9", "36"):
            asker.ask(case_of(row))
        asker.close()
    assert models == ["llama", "this-model-does-not-exist"]
