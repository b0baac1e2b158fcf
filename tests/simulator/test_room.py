"""A room over HTTP: who is who, what the record says, and who may steer it."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from openai import APIConnectionError, InternalServerError, OpenAI, RateLimitError

from fanout.pictures.data import as_data
from fanout.simulator.room import Room
from fanout.simulator.room.book import Book
from fanout.simulator.room.clients import Clients, clean
from fanout.simulator.room.limit import MOST
from fanout.simulator.server import Server
from fanout.simulator.world import World

MODEL, KEY = "gpt-5.2", "room-4711-lima"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FUNCTION = {"name": "get_weather", "description": "Weather in a city.", "parameters": CITY}
TOOLS: Any = [{"type": "function", "function": FUNCTION}]
QUESTION = "What's the weather in Oslo and Rome?"


@contextmanager
def far_end(key: str | None = None, pace: float = 0) -> Iterator[httpx2.Client]:
    """A client of a room of its own."""
    server = Server(World(key=key, pace=pace, room=Room(as_data, key))).start()
    with httpx2.Client(base_url=server.url, timeout=20) as http:
        yield http
    server.stop()


@pytest.fixture
def room() -> Iterator[httpx2.Client]:
    """A room on this machine, without a key."""
    with far_end() as http:
        yield http


@pytest.fixture
def locked() -> Iterator[httpx2.Client]:
    """A room with a key."""
    with far_end(KEY) as http:
        yield http


def sdk(room: httpx2.Client, key: str = "sk-ann-12345678", **options: Any) -> OpenAI:
    return OpenAI(base_url=f"{room.base_url}/v1", api_key=key, max_retries=0, **options)


def ask(client: OpenAI, text: str = QUESTION, **options: Any) -> Any:
    messages: Any = [{"role": "user", "content": text}]
    return client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS, **options)


def converse(room: httpx2.Client, client: OpenAI, question: str = QUESTION) -> str:
    """A question, its calls asked of the weather service, an answer."""
    messages: Any = [{"role": "user", "content": question}]
    message = ask(client, question).choices[0].message
    messages.append(message)
    for call in message.tool_calls or []:
        given = json.loads(call.function.arguments)
        reply = room.get("/services/weather", params=given, headers={"x-api-key": client.api_key})
        messages.append({"role": "tool", "tool_call_id": call.id, "content": reply.text})
    final = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)
    return final.choices[0].message.content or ""


def record(room: httpx2.Client, **asked: Any) -> dict[str, Any]:
    return dict(room.get("/fanout/record", params=asked).json())


def clients(room: httpx2.Client) -> list[str]:
    return list(record(room)["clients"])


# --- The record -----------------------------------------------------------------------------------


def test_the_record_tells_a_conversation(room: httpx2.Client) -> None:
    """Calls, results, service work, text and times stand in the record, in order."""
    answer = converse(room, sdk(room))
    lines = record(room)["exchanges"]
    assert [line["kind"] for line in lines] == ["model", "service", "service", "model"]
    first, weather, _, last = lines
    assert first["asked"] == QUESTION
    assert [json.loads(call["arguments"])["city"] for call in first["calls"]] == ["Oslo", "Rome"]
    assert weather["request"] == {"city": "Oslo"}
    assert [r["id"] for r in last["results"]] == [c["id"] for c in first["calls"]]
    assert last["text"] == answer
    assert all(0 <= line["started"] <= line["ended"] for line in lines)
    assert len({line["client"] for line in lines}) == 1


def test_only_what_is_new(room: httpx2.Client) -> None:
    """With `since` from the answer before there is what began or ended after it, and nothing else."""
    client = sdk(room)
    ask(client, "What is there?")
    before = record(room)
    assert record(room, since=before["next"])["exchanges"] == []
    ask(client, "Who are you?")
    (line,) = record(room, since=before["next"])["exchanges"]
    assert line["asked"] == "Who are you?"
    wrong = room.get("/fanout/record", params={"since": "yesterday"})
    assert (wrong.status_code, "'yesterday'" in wrong.text) == (400, True)


def test_what_is_in_flight_comes_again(room: httpx2.Client) -> None:
    """An exchange is in the record while it runs, and `since` gives it once more when it ends."""
    room.post("/fanout/faults", json={"kind": "slow", "seconds": 0.6})
    thread = threading.Thread(target=ask, args=(sdk(room),))
    thread.start()
    deadline = time.monotonic() + 10
    while not (seen := record(room))["exchanges"] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert seen["exchanges"][0]["ended"] is None
    thread.join()
    (line,) = record(room, since=seen["next"])["exchanges"]
    assert (line["status"], line["faults"]) == (200, ["slow"])


def test_no_key_is_ever_told(locked: httpx2.Client) -> None:
    """Neither a learner's key, nor the room's, nor a wrong one: not even where a text holds it."""
    good, wrong = f"{KEY}.ann", "sk-wrong-key"
    ask(sdk(locked, good), f"My key is {good}, and the room's {KEY}.")
    with pytest.raises(Exception, match="401"):
        ask(sdk(locked, wrong))
    headers = {"x-api-key": KEY}
    told = locked.get("/fanout/record", headers=headers).text
    told += "".join(news(locked, 1, headers))
    told += locked.get("/fanout/faults", headers=headers).text
    assert "My key is [key].ann" in told or "My key is [key]" in told
    assert KEY not in told
    assert "sk-wrong" not in told
    assert '"wrong key"' in told


def test_no_key_is_told_while_a_request_runs(room: httpx2.Client) -> None:
    """What is shown of a request in flight is freed of keys too."""
    key = "sk-ann-12345678"
    room.post("/fanout/faults", json={"kind": "slow", "seconds": 1.5})
    thread = threading.Thread(target=ask, args=(sdk(room, key), f"My key is {key}."))
    thread.start()
    while not record(room)["exchanges"]:
        time.sleep(0.02)
    time.sleep(0.2)
    (card,) = news(room, 1)
    assert json.loads(card)["data"]["busy"]
    assert "My key is [key]." in card
    assert key not in card
    thread.join()


# --- Who is who -----------------------------------------------------------------------------------


def test_two_clients_do_not_mix(room: httpx2.Client) -> None:
    """Same words at the same time, two keys: two clients, each with its own line of the record."""
    ann, ben = sdk(room, "sk-ann"), sdk(room, "sk-ben")
    threads = [threading.Thread(target=converse, args=(room, c)) for c in (ann, ben)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    both = clients(room)
    assert len(both) == 2
    for label in both:
        lines = record(room, client=label)["exchanges"]
        assert [line["kind"] for line in lines] == ["model", "service", "service", "model"]


def test_names(room: httpx2.Client) -> None:
    """A name in the header is the label; without one it is made of the key, the same each time."""
    named = {"x-fanout-name": "Ann"}
    ask(sdk(room, "sk-1", default_headers=named))
    ask(sdk(room, "sk-2"))
    ask(sdk(room, "sk-2"))
    # Somebody else of that name stays somebody else.
    ask(sdk(room, "sk-3", default_headers=named))
    first, second, third = clients(room)
    assert first == "Ann"
    assert second.startswith("learner-")
    assert third.startswith("Ann-")


def test_names_in_keys(locked: httpx2.Client) -> None:
    """In a room with a key, KEY.NAME lets in and names; its services take the key in their address."""
    ask(sdk(locked, f"{KEY}.ann"))
    auth = httpx2.BasicAuth("ann", KEY)
    assert locked.get("/services/weather?city=Oslo", auth=auth).status_code == 200
    refused = locked.get("/services/weather?city=Oslo")
    assert (refused.status_code, "SERVICES_URL" in refused.text) == (401, True)
    lines = locked.get("/fanout/record", headers={"x-api-key": KEY}).json()["exchanges"]
    assert [line["client"] for line in lines] == ["ann", "ann", "ann"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("  Ann \t Lee\n", "Ann Lee"),
        ("José".encode().decode("latin-1"), "José"),
        ("a\u202eb\u200bc\x00", "a b c"),
        ("x" * 300, "x" * 24),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert"),
        ("\u200b", ""),
    ],
)
def test_a_name_is_made_fit_to_show(given: str, shown: str) -> None:
    """One line, nothing that cannot be seen, 24 characters; markup stays text for the page."""
    assert clean(given) == shown


def test_a_tool_without_a_key_belongs_to_its_address() -> None:
    """A service request without a key is its neighbour's, as long as there is only one at that place."""
    known = Clients()
    ann = known.label({"x-api-key": "sk-ann"}, "10.0.0.1")
    assert known.label({}, "10.0.0.1") == ann
    assert known.label({}, "10.0.0.2") == "no key"
    known.label({"x-api-key": "sk-ben"}, "10.0.0.1")
    assert known.label({}, "10.0.0.1") == "no key"


def test_each_has_its_own_seats(room: httpx2.Client) -> None:
    """What one learner books is not taken for another."""
    booking = {"seat": "12A", "passenger": "Ann"}
    statuses = [
        room.post("/services/bookings", json=booking, headers={"x-api-key": key}).status_code
        for key in ("sk-ann", "sk-ann", "sk-ben")
    ]
    assert statuses == [200, 409, 200]


# --- Steering -------------------------------------------------------------------------------------


def test_a_fault_for_one(room: httpx2.Client) -> None:
    """A fault scoped to a client's label is met by that client alone, and shown in the record."""
    ann, ben = sdk(room, "sk-ann"), sdk(room, "sk-ben")
    ask(ann)
    (label,) = clients(room)
    body = {"kind": "rate_limit", "times": 1, "client": label, "retry_after": 0.1}
    assert room.post("/fanout/faults", json=body).json() == {
        "kind": "rate_limit",
        "times": 1,
        "client": label,
    }
    assert ask(ben).choices
    with pytest.raises(RateLimitError):
        ask(ann)
    assert record(room, client=label)["exchanges"][-1]["faults"] == ["rate_limit"]


def test_faults_wait_and_are_cleared(room: httpx2.Client) -> None:
    """GET lists the kinds and what is waiting; DELETE forgets it."""
    room.post("/fanout/faults", json={"kind": "slow", "times": None, "key": "sk-x"})
    told = room.get("/fanout/faults").json()
    assert "rate_limit" in told["kinds"]
    assert told["waiting"] == [{"kind": "slow", "times": None, "client": None}]
    assert room.delete("/fanout/faults").json() == {"waiting": 0}


def test_a_fault_for_somebody_who_comes_later(locked: httpx2.Client) -> None:
    """In a class a fault can be asked for before its learner was seen; the answer says for whom."""
    headers = {"x-api-key": KEY}
    body = {"kind": "server_error", "client": "Ann"}
    told = locked.post("/fanout/faults", json=body, headers=headers).json()
    assert told["client"] == "Ann"
    (waiting,) = locked.get("/fanout/faults", headers=headers).json()["waiting"]
    assert waiting["client"] == "Ann"
    assert ask(sdk(locked, f"{KEY}.Ben")).choices
    with pytest.raises(InternalServerError):
        ask(sdk(locked, f"{KEY}.Ann"))


def test_a_script_for_one_client(room: httpx2.Client) -> None:
    """A script scoped by key is followed for that key; null ends it."""
    ann, ben = sdk(room, "sk-ann"), sdk(room, "sk-ben")
    turns = [[["get_weather", {"city": "Lima"}]], "Done."]
    room.post("/fanout/script", json={"turns": turns, "key": "sk-ann"})
    said = [ask(c, "Hello").choices[0].message for c in (ann, ben)]
    assert [bool(message.tool_calls) for message in said] == [True, False]
    room.post("/fanout/script", json={"turns": None, "key": "sk-ann"})
    assert not ask(ann, "Hello").choices[0].message.tool_calls


def test_reset_for_one_and_for_all(room: httpx2.Client) -> None:
    """Reset forgets a client's exchanges, faults, script and seats, and leaves the others alone."""
    for key in ("sk-ann", "sk-ben"):
        ask(sdk(room, key))
        headers = {"x-api-key": key}
        room.post("/services/bookings", json={"seat": "12A", "passenger": "A"}, headers=headers)
        room.post("/fanout/script", json={"turns": ["Scripted."], "key": key})
    ann, ben = clients(room)
    assert room.post("/fanout/reset", json={"client": ann}).json() == {"reset": ann}
    assert clients(room) == [ben]
    assert ask(sdk(room, "sk-ann"), "Hi").choices[0].message.content != "Scripted."
    assert ask(sdk(room, "sk-ben"), "Hi").choices[0].message.content == "Scripted."
    again = {"seat": "12A", "passenger": "A"}
    answer = room.post("/services/bookings", json=again, headers={"x-api-key": "sk-ann"})
    assert answer.status_code == 200
    room.post("/fanout/reset")
    room.post("/fanout/reset", json={})
    assert clients(room) == []


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("faults", {"kind": "rate_limits"}, 400, "Did you mean 'rate_limit'"),
        ("faults", {"kind": "slow", "seconds": "long"}, 400, "seconds='long'"),
        ("faults", {"kind": "slow", "client": "zoe"}, 404, "No client is called 'zoe'"),
        ("faults", {"kind": "slow", "key": 7}, 400, "a string"),
        ("script", {}, 400, "null ends"),
        ("script", {"turns": ["a", 3]}, 400, "Turn 2"),
        ("reset", [], 400, "not a JSON object"),
    ],
)
def test_wrong_orders(room: httpx2.Client, path: str, body: Any, status: int, says: str) -> None:
    """What cannot be done is refused with the reason, as JSON."""
    answer = room.post(f"/fanout/{path}", json=body)
    assert answer.status_code == status
    assert says in answer.json()["error"]["message"]


def test_other_pages_cannot_steer(room: httpx2.Client) -> None:
    """A form of another site, another origin and another name for this machine are refused."""
    url = "/fanout/reset"
    assert room.post(url, content="{}", headers={"content-type": "text/plain"}).status_code == 415
    origin = {"origin": "http://evil.example"}
    assert room.post(url, json={}, headers=origin).status_code == 403
    host = {"host": "evil.example:8000"}
    for path in ("/", "/fanout/record", "/fanout/events"):
        assert room.get(path, headers=host).status_code == 403


# --- The key --------------------------------------------------------------------------------------


def test_nothing_is_shown_without_the_key(locked: httpx2.Client) -> None:
    """Every route of the room asks for the key; a learner's KEY.NAME is none for steering."""
    for method, path in [
        *(("GET", f"/fanout/{name}") for name in ("record", "faults", "events")),
        *(("POST", f"/fanout/{name}") for name in ("faults", "script", "reset")),
        ("DELETE", "/fanout/faults"),
    ]:
        for headers in ({}, {"x-api-key": "wrong"}, {"authorization": f"Bearer {KEY}.ann"}):
            assert locked.request(method, path, headers=headers).status_code == 401, path
    assert locked.get("/fanout/record", headers={"authorization": f"Bearer {KEY}"}).is_success


def test_the_door(locked: httpx2.Client) -> None:
    """The page asks for the key; the right one, typed or in the address, opens it and disappears."""
    door = locked.get("/")
    assert (door.status_code, 'name="key"' in door.text) == (401, True)
    wrong = locked.post("/fanout/enter", data={"key": "nope"})
    assert (wrong.status_code, "not the key" in wrong.text) == (401, True)
    assert not wrong.cookies
    for opened in (
        locked.post("/fanout/enter", data={"key": KEY}),
        locked.get("/", params={"key": KEY}),
    ):
        assert (opened.status_code, opened.headers["location"]) == (303, "/")
        cookie = opened.headers["set-cookie"].lower()
        assert KEY not in cookie
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
    assert "wall" in locked.get("/").text  # the client keeps the cookie
    assert locked.get("/fanout/record").is_success


@pytest.mark.parametrize(("key", "status"), [(KEY, 200), (f"{KEY}-new", 401)])
def test_a_restart_asks_only_where_the_key_changed(
    locked: httpx2.Client, key: str, status: int
) -> None:
    """Who was let in is known after a restart with the same key, and with no other."""
    locked.post("/fanout/enter", data={"key": KEY})
    with far_end(key) as restarted:
        restarted.cookies.update(locked.cookies)
        assert restarted.get("/").status_code == status


def test_the_page_loads_nothing_from_elsewhere(room: httpx2.Client) -> None:
    """Page and files name no other host, and the policy allows only this server."""
    page = room.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for path in ("/", "/fanout/page/room.css", "/fanout/page/room.js", "/fanout/page/draw.js"):
        text = room.get(path).text
        assert "//" not in text.replace("// ", "").replace("// -", ""), path
        assert "innerHTML" not in text
    assert room.get("/fanout/page/../room.py").status_code == 404


# --- News -----------------------------------------------------------------------------------------


def news(room: httpx2.Client, count: int, headers: Any = None) -> list[str]:
    """The first `count` cards that a page is sent."""
    found: list[str] = []
    with room.stream("GET", "/fanout/events", headers=headers) as stream:
        kind = ""
        for line in stream.iter_lines():
            kind = line[7:] if line.startswith("event: ") else kind
            if line.startswith("data: ") and kind == "card":
                found.append(line[6:])
                if len(found) == count:
                    return found
    return found


def test_events_tell_what_happens(room: httpx2.Client) -> None:
    """A page that is open hears of a new client, with its timeline and its transcript."""
    cards: queue.Queue[dict[str, Any]] = queue.Queue()

    def watch() -> None:
        with httpx2.Client(base_url=room.base_url, timeout=20) as http:
            for text in news(http, 1):
                cards.put(json.loads(text)["data"])

    thread = threading.Thread(target=watch)
    thread.start()
    time.sleep(0.3)
    converse(room, sdk(room))
    thread.join()
    first = cards.get(timeout=5)
    assert first["client"] in clients(room)
    (last,) = news(room, 1)
    (conversation,) = json.loads(last)["data"]["conversations"]
    assert [lane["kind"] for lane in conversation["lanes"]] == ["model", "call", "call"]
    assert conversation["scenes"][0]["said"][0]["text"] == QUESTION
    assert conversation["scenes"][0]["calls"][1]["answers"][0]["text"]


def test_a_cut_history_is_still_one_conversation(room: httpx2.Client) -> None:
    """Long texts are cut in the record, and a conversation that holds one is still told apart."""
    long = f"What's the weather in Oslo and Rome? {'Thank you. ' * 900}"
    converse(room, sdk(room), long)
    (card,) = news(room, 1)
    (conversation,) = json.loads(card)["data"]["conversations"]
    assert len(conversation["scenes"]) == 2
    assert "characters)" in record(room)["exchanges"][0]["asked"]


def test_half_a_surrogate_and_deep_nesting_do_no_harm(room: httpx2.Client) -> None:
    """Whatever a stranger sends, record and events can still be read by everybody."""
    headers = {"x-api-key": "sk-odd", "content-type": "application/json"}
    odd = '{"model": "gpt-5.2", "messages": [{"role": "user", "content": "\\ud800"}]}'
    deep = '{"seat": ' + "[" * 900 + "]" * 900 + ', "passenger": NaN}'
    room.post("/v1/chat/completions", content=odd, headers={"authorization": "Bearer sk-odd"})
    room.post("/services/bookings", content=deep, headers=headers)
    converse(room, sdk(room))
    # JSON that a browser can read: without NaN.
    for text in (room.get("/fanout/record").text, *news(room, 2)):
        json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


# --- Bounds ---------------------------------------------------------------------------------------


def book_of(exchanges: int, of: int = 1, text: str = "x", **bounds: int) -> Book:
    """A book in which some clients had exchanges, one after another."""
    from fanout.conversation import Conversation, Turn
    from fanout.recording import Recorder

    book, recorder = Book(lambda _client: str, **bounds), Recorder()
    recorder.listen(book.note)
    for number in range(exchanges):
        exchange = recorder.begin(
            "model", "/v1", {"model": "m", "padding": "p" * 99}, f"c{number % of}"
        )
        turns = (Turn(role="user", text=text),)
        exchange.conversation = Conversation(model="m", turns=turns)
        exchange.finish(status=200, response={"choices": [], "padding": "p" * 99})
    return book


def kept(book: Book) -> int:
    return sum(len(page.entries) for page in book.clients().values())


def test_the_newest_are_kept() -> None:
    """Of many exchanges the newest stay; the counts go on."""
    book = book_of(500, of=5, kept=50)
    assert kept(book) == 50
    assert [entry.exchange.number for entry in book.since(0)] == list(range(451, 501))
    assert sum(page.requests for page in book.clients().values()) == 500


def test_one_that_loops_does_not_push_out_the_others() -> None:
    """A client has so many exchanges and no more."""
    book = book_of(30, of=3, of_one=8)
    assert {label: len(page.entries) for label, page in book.clients().items()} == {
        "c0": 8,
        "c1": 8,
        "c2": 8,
    }


def test_long_texts_are_bounded_too() -> None:
    """Whatever is sent, the book holds no more characters than it may, and no bodies."""
    book = book_of(200, text="y" * 100_000, characters=50_000)
    assert 1 <= kept(book) <= 50_000 // 4_000
    for entry in book.since(0):
        assert "padding" not in repr(vars(entry.exchange))


def test_too_long_a_request_is_refused(room: httpx2.Client) -> None:
    """A body over the limit gets 413, and the room goes on."""
    answer = room.post(
        "/v1/chat/completions",
        content=b"x" * (MOST + 1),
        headers={"authorization": "Bearer sk-x", "content-type": "application/json"},
    )
    assert answer.status_code == 413
    assert ask(sdk(room)).choices


# --- Its own process ------------------------------------------------------------------------------


@contextmanager
def process(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "fanout.cli", "serve", "--port", "0", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        try:
            yield server, line[line.index("http") :].split("/v1")[0]
        finally:
            if server.poll() is None:
                server.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_gracefully(number: signal.Signals) -> None:
    """On SIGINT and SIGTERM a request in flight is answered, open pages are closed, exit is 0."""
    with process() as (server, url), httpx2.Client(base_url=url, timeout=20) as http:
        http.post("/fanout/faults", json={"kind": "slow", "seconds": 1.0})
        answers: list[Any] = []
        asking = threading.Thread(target=lambda: answers.append(ask(sdk(http))))
        opened = threading.Event()
        watching = threading.Thread(target=lambda: list_all(url, opened))
        asking.start()
        watching.start()
        assert opened.wait(timeout=15)
        deadline = time.monotonic() + 15
        while not record(http)["exchanges"] and time.monotonic() < deadline:
            time.sleep(0.05)
        server.send_signal(number)
        began = time.monotonic()
        assert server.wait(timeout=15) == 0
        assert time.monotonic() - began < 10
        asking.join()
        watching.join()
        assert answers[0].choices[0].message.tool_calls
        assert server.stderr is not None
        assert server.stderr.read() == ""
        with pytest.raises(APIConnectionError):
            ask(sdk(http))


def list_all(url: str, opened: threading.Event) -> None:
    """Watch until the room closes."""
    with httpx2.Client(base_url=url, timeout=30) as http, http.stream("GET", "/fanout/events") as s:
        opened.set()
        list(s.iter_lines())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--host", "0.0.0.0"], "--open-to-network"),
        (["--host", "0.0.0.0", "--key", KEY], "--open-to-network"),
        (["--host", "0.0.0.0", "--open-to-network"], "needs a key of 8 characters"),
        (["--host", "0.0.0.0", "--open-to-network", "--key", "abc"], "needs a key of 8"),
        (["--key", "ann.b"], "a key is made of letters"),
    ],
)
def test_the_network_is_asked_for_twice(
    options: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An address that others can reach takes the flag and a key, and is refused with a sentence."""
    from fanout.cli import main

    try:
        code = main(["serve", "--port", "0", *options])
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    assert code != 0
    assert says in capsys.readouterr().err


def test_open_to_the_network() -> None:
    """With both it listens, says where, and asks everybody for the key."""
    options = ("--host", "0.0.0.0", "--open-to-network", "--key", KEY)
    with process(*options) as (_, url):
        assert "0.0.0.0" not in url
        port = url.rpartition(":")[2]
        here = f"http://127.0.0.1:{port}"
        assert httpx2.get(f"{here}/fanout/record").status_code == 401
        assert httpx2.get(f"{here}/fanout/record", headers={"x-api-key": KEY}).is_success


def test_a_far_end_without_a_room_cannot_be_steered(server: Server) -> None:
    """What a check or a notebook runs against has none of these routes."""
    for path in ("/", "/fanout/record", "/fanout/events"):
        assert httpx2.get(server.url + path).status_code == 404
    for path in ("faults", "script", "reset"):
        assert httpx2.post(f"{server.url}/fanout/{path}", json={}).status_code == 404
