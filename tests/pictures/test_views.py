from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanout.conversation import ToolCall, ToolResult, Turn
from fanout.pictures import Timeline, Transcript, timeline, transcript
from fanout.pictures.drawing import draw
from fanout.recording import Run
from tests.pictures import runs


class Page(HTMLParser):
    """Reads HTML strictly enough to notice a tag that is not closed."""

    VOID = ("img", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def shown(thing: Timeline | Transcript) -> Page:
    """What a notebook is given, read as a page."""
    return Page(thing._repr_mimebundle_()["text/html"])


def test_the_picture_has_its_finding_as_alternative_text() -> None:
    """Alt text, printed text and plain output are the same sentences."""
    picture = timeline(runs.concurrent())
    images = [attrs for tag, attrs in shown(picture).tags if tag == "img"]
    assert [image["alt"] for image in images] == [str(picture)]
    assert picture._repr_mimebundle_()["text/plain"] == str(picture) == repr(picture)
    assert str(images[0]["src"]).startswith("data:image/png;base64,iVBORw0KGgo")


def test_the_picture_is_drawn_at_twice_its_shown_width() -> None:
    """The image has two dots for each one that is shown, and never leaves its column."""
    picture = timeline(runs.concurrent())
    image = next(attrs for tag, attrs in shown(picture).tags if tag == "img")
    assert int.from_bytes(picture.png[16:20], "big") == 2 * int(str(image["width"]))
    assert "max-width:100%" in str(image["style"])


def test_a_run_can_be_drawn_to_the_scale_of_another() -> None:
    """With `seconds`, the axis of a short run goes on as far as that of a long one; words stay."""
    slow, quick = runs.sequential(), runs.concurrent()
    scaled = timeline(quick, seconds=slow.seconds)
    ends = [draw(picture.spans).get_xlim()[1] for picture in (timeline(slow), scaled)]
    assert ends[0] == pytest.approx(ends[1])
    assert str(scaled) == str(timeline(quick))


def test_a_picture_stays_as_it_was_made() -> None:
    """What is recorded after `timeline(run)` does not change it."""
    run = runs.text_only()
    picture, text = timeline(run), transcript(run)
    before = str(picture), str(text)
    run.exchanges += runs.odd().exchanges
    assert (str(picture), str(text)) == before


def test_saving_writes_a_png(tmp_path: Path) -> None:
    """`save` writes the file, and refuses with the reason where there is nothing to draw."""
    path = tmp_path / "timeline.png"
    timeline(runs.sequential()).save(path)
    assert path.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match=r"no picture to save.*Nothing crossed the wire"):
        timeline(Run()).save(tmp_path / "empty.png")


def test_an_empty_run_is_a_sentence() -> None:
    """No picture is drawn of nothing."""
    assert [tag for tag, _ in shown(timeline(Run())).tags] == ["p"]
    assert "Nothing was said in this run." in shown(transcript(Run())).words


def test_only_the_times_differ_between_two_runs() -> None:
    """With pictures and times taken out, a repeated run gives the same HTML."""

    def still(run: Run) -> str:
        html = timeline(run)._repr_mimebundle_()["text/html"]
        return re.sub(r"base64,[A-Za-z0-9+/=]+|\d+\.\d+ s\b", "", html)

    assert still(runs.three(0.62, 1.06, 1.50, lasting=0.43)) == still(runs.sequential())


def test_matplotlib_is_loaded_only_to_draw() -> None:
    """Importing the pictures, and a transcript, cost no matplotlib."""
    code = (
        "import sys; from fanout.pictures import timeline, transcript; from fanout.recording import Run;"
        "str(timeline(Run())); str(transcript(Run())); assert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- Transcript ----------------------------------------------------------------------------------

TEXT = """\
user       What is the weather in Tokyo, Paris and Lima?
model      turn 1 · 3 tool calls · finish: tool_calls · 100 tokens
  call     call_1AbC…  get_weather {"city": "Tokyo"}
  result   call_1AbC…  {"temperature_c": 18}
  call     call_2AbC…  get_weather {"city": "Paris"}
  result   call_2AbC…  {"temperature_c": 18}
  call     call_3AbC…  get_weather {"city": "Lima"}
  result   call_3AbC…  ✕ not answered
model      turn 2 · ✕ refused with status 400
           An assistant message with 'tool_calls' must be followed by tool messages responding to
           each 'tool_call_id'. The following tool_call_ids did not have response messages:
           call_3AbCdEfGhIjKlMnOp"""


def test_the_transcript_of_a_terminal() -> None:
    """In text, calls and results stand in a column beside who spoke."""
    assert str(transcript(runs.one_unanswered())) == TEXT


def test_the_transcript_holds_no_times() -> None:
    """The same conversation at another pace has the same transcript."""
    fast, slow = transcript(runs.concurrent()), transcript(runs.sequential())
    assert fast._repr_mimebundle_() == slow._repr_mimebundle_()


def test_the_transcript_is_a_list_with_tables() -> None:
    """Who spoke is an ordered list; calls are a table with caption and scoped headers."""
    page = shown(transcript(runs.one_unanswered()))
    tags = [tag for tag, _ in page.tags]
    assert (tags.count("ol"), tags.count("li"), tags.count("table")) == (1, 3, 1)
    assert tags[tags.index("table") + 1] == "caption"
    scopes = [attrs.get("scope") for tag, attrs in page.tags if tag == "th"]
    assert scopes == ["col"] * 3 + ["row"] * 3
    assert "✕ not answered" in page.words
    assert "✕ refused with status 400" in page.words
    assert not any(re.fullmatch("h[1-6]|style|script", tag) for tag in tags)


def test_only_the_cell_at_fault_has_the_thick_border() -> None:
    """A call without its result is outlined; the answered ones are not."""
    page = shown(transcript(runs.one_unanswered()))
    cells = [attrs["style"] for tag, attrs in page.tags if tag == "td"]
    assert ["3px solid" in str(style) for style in cells] == [False] * 5 + [True]


def test_what_crossed_the_wire_is_never_markup() -> None:
    """Prompts, names, arguments, results and refusals are shown as text."""
    evil = "<img src=x onerror=alert(1)>&lt;</td>"
    film = runs.Film()
    asked = ToolCall(id=evil, name='" onload=alert(2) x="', arguments=evil)
    film.model(0, 1, (runs.user(evil),), asked, text=evil)
    turns = (
        runs.user(evil),
        runs.asks(asked, text=evil),
        runs.result(evil, evil),
        runs.result(evil),
    )
    film.model(2, 3, (*turns, runs.result("<b>" + evil, evil)), refused=evil)
    page = shown(transcript(film.run))
    assert not any(tag == "img" for tag, _ in page.tags)
    assert page.words.count("onerror=alert(1)") >= 6
    image = [attrs for tag, attrs in shown(timeline(film.run)).tags if tag == "img"]
    assert len(image) == 1
    assert set(image[0]) == {"alt", "width", "style", "src"}


def test_lines_fit_a_terminal() -> None:
    """No line of the text form is longer than 100 columns, whatever the texts hold."""
    film = runs.Film()
    film.model(0, 1, (runs.user("word " * 300 + "\n\x1b[31mred\n" + "y" * 500),), text="x" * 5000)
    text = str(transcript(film.run))
    assert max(map(len, text.splitlines())) <= 100
    assert "(5000 characters)" in text
    assert "\x1b" not in text


def test_several_conversations_have_headings() -> None:
    """With one conversation there is no heading; with two each has its own."""
    film = runs.Film()
    film.model(0, 1, (runs.user("One?"),), text="1")
    assert "Conversation" not in str(transcript(film.run))
    film.model(2, 3, (runs.user("Two?"),), text="2")
    text = str(transcript(film.run))
    assert text.index("Conversation 1") < text.index("One?") < text.index("Conversation 2")


# --- Nothing raises ------------------------------------------------------------------------------

WORDS = st.text(max_size=12) | st.sampled_from(["a", "b", "c", '{"city": "x"}', "{", "[1"])
A_CALL = st.builds(ToolCall, id=WORDS, name=WORDS, arguments=WORDS)
A_TURN = st.builds(
    Turn,
    role=st.sampled_from(["user", "assistant", "tool", "system"]),
    text=WORDS,
    calls=st.lists(A_CALL, max_size=2).map(tuple),
    results=st.lists(st.builds(ToolResult, call_id=WORDS, content=WORDS), max_size=2).map(tuple),
)
TIME = st.floats(0, 3)


@st.composite
def any_run(draw: st.DrawFn) -> Run:
    """A run of anything at all."""
    film = runs.Film()
    turns: tuple[Turn, ...] = ()
    for start in sorted(draw(st.lists(TIME, max_size=6))):
        lasting = draw(st.none() | TIME)
        end = None if lasting is None else start + lasting
        if draw(st.booleans()):
            film.service(start, end, draw(st.sampled_from([200, 404, 503])), city=draw(WORDS))
            continue
        turns += tuple(draw(st.lists(A_TURN, max_size=2)))
        calls = draw(st.lists(A_CALL, max_size=3))
        said = draw(st.sampled_from([turns, None]))
        film.model(
            start,
            end,
            said,
            *calls,
            text=draw(st.none() | WORDS),
            refused=draw(st.just("") | WORDS),
        )
    return film.run


@settings(max_examples=75)
@given(any_run())
def test_no_record_is_too_odd_for_words(run: Run) -> None:
    """Whatever crossed the wire, transcript, alt text and markup come out whole."""
    shown(transcript(run))
    assert str(transcript(run))
    assert str(timeline(run))


@settings(max_examples=8)
@given(any_run())
def test_no_record_is_too_odd_to_draw(run: Run) -> None:
    """Whatever crossed the wire is drawn, without a warning."""
    shown(timeline(run))


def test_huge_texts_stay_small() -> None:
    """A megabyte of arguments and result is cut, in both forms."""
    film = runs.Film()
    huge = ToolCall(id="a" * 1000, name="n" * 1000, arguments="x" * 1_000_000)
    film.model(0, 1, (runs.ASK,), huge)
    film.model(2, 3, (runs.ASK, runs.asks(huge), runs.result(huge.id, "y" * 1_000_000)), text="z")
    bundle = transcript(film.run)._repr_mimebundle_()
    assert max(map(len, bundle.values())) < 20_000
    assert len(str(timeline(film.run))) < 500


def test_in_a_terminal_a_text_is_as_wide_as_the_terminal() -> None:
    """A transcript printed in a terminal of 60 columns has no line that the terminal must break."""
    pty = pytest.importorskip("pty", reason="terminals are POSIX's")
    program = (
        "from fanout import timeline, transcript; from tests.pictures import runs; film = runs.Film();"
        "film.model(0, 1, (runs.user('word ' * 99),), text='x' * 99); print(transcript(film.run));"
        "print(timeline(runs.sequential()))"
    )
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", program],
        stdout=theirs,
        env={**os.environ, "COLUMNS": "60"},
        check=True,
    )
    os.close(theirs)
    with os.fdopen(ours, "rb") as terminal:
        lines = terminal.read1().decode().splitlines()
    assert 50 < max(map(len, lines)) <= 60


@pytest.mark.parametrize("picture", [timeline, transcript])
def test_what_is_no_run_is_named(picture: Callable[[Any], object]) -> None:
    """Asked to draw a reply, a picture says what it wants and what it was given."""
    with pytest.raises(TypeError, match=r"with fanout.record\(\) as run:.*`str`"):
        picture("a reply")
