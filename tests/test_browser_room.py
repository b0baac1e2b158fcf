"""The room's live page in a real browser: what a class sees on the wall."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2
import pytest
from openai import OpenAI

from fanout.doctor import find_chromium
from fanout.pictures.data import as_data
from fanout.simulator.room import Room
from fanout.simulator.server import Server
from fanout.simulator.world import World

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = find_chromium()
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PATIENCE = 30_000  # ms, on a busy machine
KEY = "wall-key-2026"
HOSTILE = "<img src=x onerror=\"document.title='taken over'\">"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FUNCTION = {"name": "get_weather", "description": "Weather in a city.", "parameters": CITY}
TOOLS: Any = [{"type": "function", "function": FUNCTION}]

pytestmark = pytest.mark.skipif(
    CHROMIUM is None,
    reason="no Chromium here: install chromium, or name one in FANOUT_CHROMIUM",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    # Requests to loopback must not go through a proxy of the machine.
    env: dict[str, str | float | bool] = {
        name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")
    }
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=env)
        yield chromium
        chromium.close()


@dataclass
class Wall:
    """A page that watches a room, and what it asked for and complained of."""

    page: Page
    server: Server
    hosts: set[str | None] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.server.url

    def open(self, path: str = "/") -> None:
        self.page.on("request", lambda r: self.hosts.add(urlsplit(r.url).hostname))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._complain)
        self.page.goto(self.url + path)

    def restart(self, key: str) -> None:
        """Stop the room and open it at the same address, with everything forgotten."""
        port = int(self.url.rsplit(":", 1)[1])
        self.server.stop()
        self.server = Server(World(key=key, pace=0.2, room=Room(as_data, key)), port=port).start()

    def _complain(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def card(self, name: str) -> Any:
        """The card of a client, found as a screen reader finds it."""
        heading = self.page.get_by_role("button", name=name, exact=True)
        return self.page.get_by_role("article").filter(has=heading)


def opened(browser: Browser, key: str | None = None, **options: Any) -> Iterator[Wall]:
    server = Server(World(key=key, pace=0.2, room=Room(as_data, key))).start()
    page = browser.new_page(viewport={"width": 1600, "height": 900}, **options)
    page.set_default_timeout(PATIENCE)
    wall = Wall(page, server)
    yield wall
    page.close()
    wall.server.stop()


@pytest.fixture
def wall(browser: Browser) -> Iterator[Wall]:
    yield from opened(browser)


@pytest.fixture
def locked(browser: Browser) -> Iterator[Wall]:
    yield from opened(browser, KEY)


def converse(
    wall: Wall,
    name: str,
    question: str = "What's the weather in Oslo and Rome?",
    key: str = "",
) -> None:
    """A learner's conversation: a question, tools at work one after another, an answer."""
    headers = {"x-fanout-name": name}
    own = f"{key}.{name}" if key else f"sk-{name}"
    client = OpenAI(base_url=f"{wall.url}/v1", api_key=own, default_headers=headers)
    messages: Any = [{"role": "user", "content": question}]
    for _ in range(2):
        reply = client.chat.completions.create(model="gpt-5.2", messages=messages, tools=TOOLS)
        messages.append(reply.choices[0].message)
        for call in messages[-1].tool_calls or []:
            given = json.loads(call.function.arguments)
            found = httpx2.get(
                f"{wall.url}/services/weather",
                params=given,
                headers=headers | {"x-api-key": own},
            )
            messages.append({"role": "tool", "tool_call_id": call.id, "content": found.text})


def test_two_clients_appear_without_a_reload(wall: Wall) -> None:
    """The page is open and empty; two learners talk; both stand there, timeline and transcript."""
    wall.open()
    wall.page.get_by_text("Nobody has called yet.").wait_for()
    wall.page.evaluate("window.unchanged = true")

    threads = [threading.Thread(target=converse, args=(wall, name)) for name in ("Ann", "Ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for name in ("Ann", "Ben"):
        card = wall.card(name)
        card.get_by_text(
            "2 model turns and 2 tool calls; the calls ran one after another"
        ).wait_for()
        picture = card.get_by_role("img")
        assert "2 model turns and 2 tool calls" in (picture.get_attribute("aria-label") or "")
        card.get_by_role("rowheader", name="get_weather").nth(1).wait_for()
        assert card.locator(".bar.turn").count() == 2
        assert card.locator(".bar.work").count() == 2
    counts = wall.page.get_by_text("2 clients · 4 round trips · 4 tool calls")
    counts.wait_for()
    assert wall.page.evaluate("window.unchanged")
    assert wall.hosts == {"127.0.0.1"}
    assert wall.complaints == []


def test_bars_stand_where_the_times_say(wall: Wall) -> None:
    """Calls that ran one after another are drawn one after another, inside their track."""
    wall.open()
    converse(wall, "Ann")
    card = wall.card("Ann")
    card.get_by_text("ran one after another").wait_for()
    card.get_by_text("2 model turns and 2 tool calls").wait_for()
    track, first, second = wall.page.evaluate(
        """() => [".track", ".lane:nth-child(2) .bar.work", ".lane:nth-child(3) .bar.work"]
        .map((name) => document.querySelector(name).getBoundingClientRect())
        .map((box) => [box.left, box.right])"""
    )
    assert track[0] <= first[0] < first[1] <= second[0] + 1
    assert second[0] < second[1] <= track[1] + 1


def test_bars_move_when_another_card_comes(wall: Wall) -> None:
    """Each new card makes the others narrower: their bars stay in their tracks, their transcripts at
    the end. The same holds after the window was made smaller."""
    wall.open()
    for name in ("Ann", "Ben", "Cem"):
        converse(wall, name)
        wall.card(name).get_by_text("2 model turns and 2 tool calls").wait_for()
    for width in (1600, 1000):
        wall.page.set_viewport_size({"width": width, "height": 900})
        wall.page.wait_for_function(SETTLED, arg=3)


def test_hostile_text_stays_text(wall: Wall) -> None:
    """Markup in a prompt, a name and a result is shown as it was written, and does nothing."""
    wall.open()
    script = [[["get_weather", {"city": HOSTILE}]], f"{HOSTILE} it is."]
    httpx2.post(f"{wall.url}/fanout/script", json={"turns": script}).raise_for_status()
    converse(wall, "<b>Eve</b>", f"{HOSTILE} What's the weather?")

    card = wall.card("<b>Eve</b>")
    card.get_by_text(f"{HOSTILE} it is.").wait_for()
    card.get_by_text(f"{HOSTILE} What's the weather?").wait_for()
    assert wall.page.locator("img, #wall b b, h2 b").count() == 0
    assert "taken over" not in wall.page.title()
    assert wall.hosts == {"127.0.0.1"}
    assert wall.complaints == []


def test_a_failure_is_seen_from_afar(wall: Wall) -> None:
    """A refused request and the fault behind it stand in words on the card."""
    wall.open()
    body = {"kind": "server_error", "times": None}
    httpx2.post(f"{wall.url}/fanout/faults", json=body).raise_for_status()
    with pytest.raises(Exception, match="500"):
        OpenAI(base_url=f"{wall.url}/v1", api_key="sk-x", max_retries=0).chat.completions.create(
            model="gpt-5.2", messages=[{"role": "user", "content": "Hello"}]
        )
    card = wall.page.get_by_role("article")
    card.get_by_text("✕ 500").wait_for()
    card.get_by_text(re.compile(r"fault server_error")).first.wait_for()


def test_the_keyboard_is_enough(wall: Wall) -> None:
    """Tab to a name, Enter shows it large, arrows go on to the next, Escape leads back."""
    wall.open()
    for name in ("Ann", "Ben"):
        converse(wall, name)
    wall.card("Ben").wait_for()
    dialog = wall.page.get_by_role("dialog")
    for _ in range(6):
        wall.page.keyboard.press("Tab")
        if wall.page.evaluate("document.activeElement.textContent") == "Ann":
            break
    wall.page.keyboard.press("Enter")
    dialog.get_by_role("heading", name="Ann").wait_for()
    wall.page.keyboard.press("ArrowRight")
    dialog.get_by_role("heading", name="Ben").wait_for()
    assert dialog.get_by_role("table").count() == 1
    wall.page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    # The browser first gives the focus back to where it was; the page hears of the end a moment later.
    wall.page.wait_for_function("document.activeElement.textContent === 'Ben'")


def test_the_door(locked: Wall) -> None:
    """Without the key nothing is shown; typed in, it opens the wall, and does not stay in sight."""
    headers = {"x-fanout-name": "Ann"}
    client = OpenAI(base_url=f"{locked.url}/v1", api_key=f"{KEY}.Ann", default_headers=headers)
    client.chat.completions.create(model="gpt-5.2", messages=[{"role": "user", "content": "Hi"}])
    locked.open()
    assert "Ann" not in locked.page.content()
    locked.page.get_by_label("The room's key").fill("guess")
    locked.page.keyboard.press("Enter")
    locked.page.get_by_role("alert").get_by_text("not the key").wait_for()
    locked.page.get_by_label("The room's key").fill(KEY)
    locked.page.keyboard.press("Enter")
    locked.card("Ann").wait_for()
    assert locked.page.url == f"{locked.url}/"
    assert KEY not in locked.page.content()
    assert KEY not in locked.page.evaluate("document.cookie")


def test_it_comes_back_by_itself(locked: Wall) -> None:
    """After a restart the cards are gone without a reload, and new ones come; with a new key for the
    room, the page asks for it."""
    locked.open(f"/?key={KEY}")
    converse(locked, "Ann", key=KEY)
    locked.card("Ann").wait_for()
    locked.page.evaluate("window.unchanged = true")
    locked.restart(KEY)
    locked.page.get_by_text("Nobody has called yet.").wait_for()
    converse(locked, "Ben", key=KEY)
    locked.card("Ben").wait_for()
    assert locked.page.get_by_role("article").count() == 1
    assert locked.page.evaluate("window.unchanged")
    locked.restart("another-key")
    locked.page.get_by_label("The room's key").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read_in_both_schemes(browser: Browser, scheme: str) -> None:
    """Text stands out from its ground at least as 4.5 to 1, also in the bars."""
    for wall in opened(browser, color_scheme=scheme):
        wall.open()
        converse(wall, "Ann")
        wall.card("Ann").get_by_text("ran one after another").wait_for()
        ratios = wall.page.evaluate(CONTRAST)
        assert len(ratios) > 10
        assert {what: ratio for what, ratio in ratios.items() if ratio < 4.5} == {}


# No bar leaves its track, and each transcript shows its end.
SETTLED = """(cards) => {
  const lists = [...document.querySelectorAll(".transcript")];
  const tracks = [...document.querySelectorAll(".track")];
  const box = (element) => element.getBoundingClientRect();
  return lists.length === cards && tracks.length === cards * 3
    && tracks.every((track) => [...track.querySelectorAll(".bar")].every(
      (bar) => box(bar).left >= box(track).left - 1 && box(bar).right <= box(track).right + 1))
    && lists.some((list) => list.scrollHeight > list.clientHeight)
    && lists.every((list) => list.scrollTop + list.clientHeight > list.scrollHeight - 24);
}"""

# The contrast of each text with what is painted under its middle, by WCAG's formula.
CONTRAST = """() => {
  const rgb = (text) => {
    const dot = new OffscreenCanvas(1, 1).getContext("2d");
    dot.fillStyle = text;
    dot.fillRect(0, 0, 1, 1);
    return [...dot.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const part = (v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const found = {};
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const box = element.getBoundingClientRect();
    if (!own || !box.width || !box.height || element.closest(".hidden, [hidden], noscript")) continue;
    const x = Math.min(box.x + 12, box.x + box.width / 2), y = box.y + box.height / 2;
    const under = document.elementsFromPoint(x, y);
    // Texts in bars let the pointer through; then their own ground is the bar they stand in.
    const stack = under.includes(element) ? under.slice(under.indexOf(element)) : under;
    const ground = stack.map((e) => rgb(getComputedStyle(e).backgroundColor)).find((c) => c[3] > 200);
    if (!ground) continue;
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(ground)].sort((m, n) => n - m);
    found[`${element.className || element.tagName}: ${element.textContent.slice(0, 30)}`] = (a + 0.05) / (b + 0.05);
  }
  return found;
}"""
