"""Going live: what is chosen, whose key goes where, and what `fanout.start()` does and prints."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic
from openai import OpenAI

import fanout
from fanout import _session
from fanout.simulator.live.choice import Live, Wanted, choose
from fanout.simulator.live.key import Key, Redactor, StreamRedactor
from fanout.simulator.server import Server
from fanout.simulator.world import World
from tests.simulator.live_ends import ASKED, CHAT, CLAUDE, KEY

LOCAL = "http://127.0.0.1:11434/v1"
HOME = "https://api.openai.com/v1"
OTHER_KEY = "sk-other-0123456789"


def chosen(wanted: Wanted, **environment: str) -> Live:
    live = choose(wanted, environment, "sk-fanout-test")
    assert live is not None
    return live


def where(wanted: Wanted, **environment: str) -> dict[str, str]:
    return {name: u.base for name, u in chosen(wanted, **environment).upstreams.items()}


def key_of(wanted: Wanted, **environment: str) -> str | None:
    key = chosen(wanted, **environment).upstreams["openai"].key
    return None if key is None else key.reveal()


# --- What is meant ------------------------------------------------------------------------------------


def test_ways_to_say_it() -> None:
    """Names, a name with an address, an address alone, or a mapping."""
    assert where("openai, anthropic") == {
        "openai": HOME,
        "anthropic": "https://api.anthropic.com",
    }
    assert (
        where(LOCAL) == where(f"openai={LOCAL}/") == where({"openai": LOCAL}) == {"openai": LOCAL}
    )
    assert where({"openai": None}) == {"openai": HOME}
    assert where("anthropic=http://127.0.0.1:8080/v1") == {"anthropic": "http://127.0.0.1:8080"}
    assert choose("", {}, "x") is None
    assert choose(" , ", {}, "x") is None


def test_the_address_of_a_request() -> None:
    """OpenAI's base URL holds the version, Anthropic's does not."""
    upstreams = chosen(f"openai={LOCAL},anthropic").upstreams
    assert upstreams["openai"].address("/v1/responses") == f"{LOCAL}/responses"
    assert upstreams["anthropic"].address("/v1/messages") == "https://api.anthropic.com/v1/messages"


def test_a_wrong_name() -> None:
    """A provider that nobody knows is named, with those there are."""
    with pytest.raises(ValueError, match=r"'opnai'.*openai, anthropic"):
        chosen("opnai")


@pytest.mark.parametrize("wanted", [True, 3, ["openai"]])
def test_no_name_at_all(wanted: Any) -> None:
    """Live without saying whose API is refused with the names there are."""
    with pytest.raises(TypeError, match=r"names no provider.*openai, anthropic.*live='openai'"):
        chosen(wanted)


@pytest.mark.parametrize(
    "address",
    ["ftp://host/v1", "127.0.0.1:11434", "http://", "http://h:port/v1", "http://[::1/v1"],
)
def test_a_wrong_address(address: str) -> None:
    """An address without scheme or host is refused, with one that would do."""
    with pytest.raises(ValueError, match="not a base URL such as http://127"):
        chosen({"openai": address})


@pytest.mark.parametrize("address", ["http://me:sk-secret-1@h/v1", "http://h/v1?key=sk-secret-1"])
def test_a_key_in_the_address(address: str) -> None:
    """A key does not belong into the address; the refusal does not repeat it."""
    with pytest.raises(ValueError, match="FANOUT_LIVE_OPENAI_KEY") as refused:
        chosen({"openai": address})
    assert "secret" not in str(refused.value)


def test_a_key_goes_to_its_own_host() -> None:
    """OPENAI_API_KEY is for OpenAI, or for the person's own base URL; another host never gets it."""
    own = {"OPENAI_BASE_URL": "https://gateway.example/v1", "OPENAI_API_KEY": KEY}
    assert key_of("openai", OPENAI_API_KEY=KEY) == KEY
    assert key_of(f"openai={HOME}", OPENAI_API_KEY=KEY) == KEY
    assert key_of(LOCAL, OPENAI_API_KEY=KEY) is None
    assert key_of("http://api.openai.com/v1", OPENAI_API_KEY=KEY) is None
    assert where("openai", **own) == {"openai": "https://gateway.example/v1"}
    assert key_of("openai", **own) == KEY
    assert key_of(HOME, **own) is None
    assert key_of(LOCAL, OPENAI_API_KEY=KEY, FANOUT_LIVE_OPENAI_KEY=OTHER_KEY) == OTHER_KEY


def test_the_notice() -> None:
    """One line says where requests go and who pays, or what is missing; never a key."""
    both = chosen("openai,anthropic", OPENAI_API_KEY=KEY).notice()
    assert both == (
        "fanout: LIVE: openai requests go to api.openai.com and are billed to your key; anthropic "
        "requests cannot go to api.anthropic.com yet: set ANTHROPIC_API_KEY in the environment "
        "before fanout.start(); the rest is offline."
    )
    assert "127.0.0.1:11434 without a key" in chosen(LOCAL).notice()
    elsewhere = chosen(LOCAL, FANOUT_LIVE_OPENAI_KEY=KEY).notice()
    assert "127.0.0.1:11434 with your key;" in elsewhere  # who pays there is not ours to say


@pytest.mark.parametrize("text", ["sk-a b c d e f g", "sk-abc\u00e9defgh", 'sk-abc"defgh', "sk\nx"])
def test_a_key_that_is_none(text: str) -> None:
    """A key with a space or an odd letter is not sent, and not shown in saying so."""
    notice = chosen("openai", OPENAI_API_KEY=text).notice()
    assert "OPENAI_API_KEY holds no key" in notice
    assert text not in notice


def test_a_key_hides() -> None:
    """A key shows itself in no representation and cannot be pickled; a line end is cut off."""
    live = chosen("openai", OPENAI_API_KEY=f"{KEY}\n")
    assert live.upstreams["openai"].key == Key(KEY)
    assert KEY not in repr(live) + str(vars(live)) + repr(World(live=live))
    with pytest.raises(TypeError):
        pickle.dumps(live.upstreams["openai"].key)


def test_redacting_at_every_cut() -> None:
    """However a stream is cut in two, the key is found, and everything else passes."""
    text = f"sk-pro {KEY}{KEY[:5]}{KEY} sk-".encode()
    for cut in range(len(text)):
        redactor = StreamRedactor(Redactor(Key(KEY)))
        out = redactor.feed(text[:cut]) + redactor.feed(text[cut:]) + redactor.end()
        assert out == b"sk-pro [key]sk-pr[key] sk-"


def test_a_short_key_is_a_word() -> None:
    """`ollama` as a key, which local servers want, is not taken out of texts."""
    assert Redactor(Key("ollama")).text("I am ollama.") == "I am ollama."


# --- start() ------------------------------------------------------------------------------------------


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A far end in the provider's place, and the person's environment that leads there."""
    server = Server(World(pace=0, key=KEY)).start()
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    yield server
    fanout.stop()
    server.stop()


def ask_both() -> None:
    OpenAI().chat.completions.create(model=CHAT, messages=ASKED)
    Anthropic().messages.create(model=CLAUDE, max_tokens=50, messages=ASKED)


def asked(provider: Server) -> list[str]:
    """The paths that reach the provider when a notebook asks both models."""
    with provider.world.recorder.record() as there:
        ask_both()
    return [e.path for e in there.exchanges]


def test_start_live(provider: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """The SDKs' clients, made without arguments, reach the provider; the run is recorded here."""
    fanout.start(live="openai,anthropic", pace=0)
    with fanout.record() as run:
        assert asked(provider) == ["/v1/chat/completions", "/v1/messages"]
    assert [e.reply is not None for e in run.exchanges] == [True, True]
    told = capsys.readouterr()
    assert told.out.count("\n") == 1
    assert told.out.startswith("fanout: LIVE: openai requests go to 127.0.0.1")
    assert KEY not in told.out + told.err + repr([vars(e) for e in run.exchanges])


def test_a_key_alone_changes_nothing(provider: Server, capsys: pytest.CaptureFixture[str]) -> None:
    """With keys in the environment and nobody saying `live`, everything is offline."""
    fanout.start(pace=0)
    assert asked(provider) == []
    assert capsys.readouterr().out == f"{_session.READY}\n"


def test_the_variable(provider: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """FANOUT_LIVE says what is live, and live="" in the notebook overrules it."""
    monkeypatch.setenv("FANOUT_LIVE", "anthropic")
    fanout.start(pace=0)
    assert asked(provider) == ["/v1/messages"]
    fanout.start(pace=0, live="")
    assert asked(provider) == []


def test_the_notebook_never_has_the_key(provider: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is live no variable holds a real key; afterwards all are as they were."""
    for name in ("FANOUT_LIVE_OPENAI_KEY", "FANOUT_LIVE_ANTHROPIC_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.setenv(name, KEY)
    before = dict(os.environ)
    fanout.start(live=f"openai={provider.url}/v1", pace=0)
    assert KEY not in repr(os.environ)
    fanout.stop()
    assert dict(os.environ) == before


def test_starting_again_keeps_clients(provider: Server) -> None:
    """A client made before start() was called again still gets through; a foreign key does not."""
    fanout.start(live="openai", pace=0)
    client = OpenAI(max_retries=0)
    fanout.start(live="openai", pace=0)
    assert client.chat.completions.create(model=CHAT, messages=ASKED).choices
    address = os.environ["OPENAI_BASE_URL"] + "/chat/completions"
    body: Any = {"model": CHAT, "messages": ASKED}
    stranger = httpx2.post(address, json=body, headers={"authorization": "Bearer sk-offline"})
    assert stranger.status_code == 401


def test_a_key_set_after_start(provider: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A learner who is told that the key is missing sets it, starts again, and gets through."""
    monkeypatch.delenv("OPENAI_API_KEY")
    fanout.start(live="openai", pace=0)
    with pytest.raises(Exception, match="didn't provide an API key"):
        OpenAI(max_retries=0).chat.completions.create(model=CHAT, messages=ASKED)
    os.environ["OPENAI_API_KEY"] = KEY
    fanout.start(live="openai", pace=0)
    assert OpenAI().chat.completions.create(model=CHAT, messages=ASKED).choices
    fanout.stop()
    assert os.environ.pop("OPENAI_API_KEY") == KEY


def test_a_mistake_changes_nothing(provider: Server) -> None:
    """A wrong name raises before anything is started or set."""
    with pytest.raises(ValueError, match="'opnai'"):
        fanout.start(live="opnai")
    assert os.environ["OPENAI_API_KEY"] == KEY
