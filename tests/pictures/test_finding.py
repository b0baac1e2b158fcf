from __future__ import annotations

import re

import pytest

from fanout.pictures.finding import caption, finding
from fanout.pictures.spans import spans
from fanout.recording import Run
from tests.pictures import runs


def said(run: Run) -> str:
    """The finding of a run."""
    return finding(spans(run))


def test_one_after_another() -> None:
    """Sequential calls are named with their times, and their sum against the time they took."""
    assert said(runs.sequential()) == (
        "Timeline of 2.37 s: 2 model turns and 3 tool calls. The tool calls ran one after another: "
        "get_weather(Tokyo) 0.40 s, get_weather(Paris) 0.40 s and get_weather(Lima) 0.40 s; "
        "1.20 s of work in 1.24 s."
    )


def test_at_the_same_time() -> None:
    """Concurrent calls are said to have run at the same time, in less time than their sum."""
    text = said(runs.three(0.61, 0.61, 0.63))
    assert "The tool calls ran at the same time: get_weather(Tokyo) 0.40 s" in text
    assert text.endswith("1.20 s of work in 0.42 s.")


def test_a_call_left_out_and_the_refusal() -> None:
    """Which call was not answered and which turn was refused for it are both said."""
    assert said(runs.one_unanswered()).endswith(
        "1 of 3 calls was not answered: get_weather(Lima). Turn 2 was refused with status 400."
    )


def test_a_run_that_ends_with_open_calls() -> None:
    """One round trip with calls is no mistake: the run ended first."""
    film = runs.Film()
    film.model(0, 0.5, (runs.ASK,), *runs.CALLS)
    assert said(film.run) == (
        "Timeline of 0.50 s: 1 model turn and 3 tool calls. "
        "The run ended before 3 of 3 tool calls were answered."
    )


def test_text_only() -> None:
    """A run without tools says so."""
    assert said(runs.text_only()) == "Timeline of 0.50 s: 1 model turn and no tool call."


def test_many_calls_are_not_all_listed() -> None:
    """The first four are named, in the order asked: which is slowest may be chance."""
    assert "get_weather(City 3) 0.40 s and 26 more; 10.50 s of work in" in said(runs.many(30))
    assert "partly overlapped" in said(runs.many(30))


def test_calls_of_several_turns_are_told_turn_by_turn() -> None:
    """Calls that were asked for in different turns are not mixed into one relation."""
    film = runs.Film()
    tokyo, paris, lima = runs.CALLS
    film.model(0, 0.5, (runs.ASK,), tokyo, paris)
    film.service(0.51, 0.9, city="Tokyo")
    film.service(0.52, 0.9, city="Paris")
    turns = (runs.ASK, runs.asks(tokyo, paris), runs.result(tokyo.id), runs.result(paris.id))
    film.model(1, 1.5, turns, lima)
    film.service(1.51, 1.9, city="Lima")
    film.model(2, 2.5, (*turns, runs.asks(lima), runs.result(lima.id)), text="Done.")
    assert "The tool calls of turn 1 ran at the same time" in said(film.run)
    assert "The tool call get_weather(Lima) of turn 2 took 0.39 s." in said(film.run)


def test_one_call_a_turn() -> None:
    """Turn after turn with one call each is one after another, and says why."""
    assert "The tool calls, one a turn, ran one after another" in said(runs.rounds())


def test_calls_too_brief_to_tell() -> None:
    """Of calls of a few milliseconds nothing is claimed, unless a turn of the model parts them."""
    brief = said(runs.three(0.61, 0.613, 0.616, lasting=0.002))
    assert "The tool calls were too brief to tell whether they overlapped" in brief
    film = runs.Film()
    tokyo, paris, _ = runs.CALLS
    film.model(0, 0.01, (runs.ASK,), tokyo)
    film.service(0.011, 0.013, city="Tokyo")
    turns = (runs.ASK, runs.asks(tokyo), runs.result(tokyo.id))
    film.model(0.02, 0.03, turns, paris)
    film.service(0.031, 0.033, city="Paris")
    film.model(0.04, 0.05, (*turns, runs.asks(paris), runs.result(paris.id)), text="Done.")
    assert "one a turn, ran one after another" in said(film.run)


def test_calls_off_the_wire() -> None:
    """Nothing is claimed about calls that left nothing on the wire."""
    text = said(runs.three())
    assert "The tools left nothing on the wire: only asked and answered are known." in text
    assert not re.search("one after another|same time|overlapped", text)


def test_all_that_went_wrong_is_said() -> None:
    """Doubled, unknown, failed, in flight and unclaimed each have their sentence."""
    text = said(runs.odd())
    for sentence in (
        "get_weather(Paris) was answered twice.",
        "A result for call_zzzzzzzzzzzz answers no call: its id is unknown.",
        "Turn 2 was refused with status 400.",
        "Turn 4 was still in flight when the run ended.",
        "The service of get_weather(Tokyo) failed with status 503.",
        "1 service request belonged to no tool call.",
    ):
        assert sentence in text


def test_only_services() -> None:
    """A run without a model is described by its service requests."""
    film = runs.Film()
    film.service(0, 0.2, city="Lima")
    assert said(film.run) == "Timeline of 0.20 s: 1 request to services, none to the model."


def test_an_empty_run_asks_the_likely_question() -> None:
    """An empty run names its likely cause instead of showing an empty picture."""
    assert said(Run()) == caption(spans(Run()))
    assert "`with fanout.record()`" in said(Run())


@pytest.mark.parametrize("jitter", [0.0, 0.0007, 0.0031])
def test_a_repeated_run_reads_the_same_apart_from_its_times(jitter: float) -> None:
    """With the times taken out, noise of the clock changes no word."""
    plain = re.compile(r"\d+\.\d+ s\b")
    noisy = runs.three(0.61 + jitter, 1.03 - jitter, 1.45 + jitter, lasting=0.41 + 2 * jitter)
    assert plain.sub("TIME", said(noisy)) == plain.sub("TIME", said(runs.sequential()))


def test_a_client_that_left_is_told_and_not_called_a_refusal() -> None:
    """Who left before the answer, or in mid-stream, is told so, turn by turn."""
    film = runs.Film()
    film.model(0, 1, (runs.user("Weather?"),), status=499).left = True
    film.model(1, 2, (runs.user("Weather?"),), text="It r", stream=True).left = True
    text = finding(spans(film.run))
    assert "The client left turn 1 before it was answered." in text
    assert "The client left turn 2 in mid-stream." in text
    assert "refused" not in text
