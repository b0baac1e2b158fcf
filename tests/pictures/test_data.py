"""The pictures as data: what a page of its own is given to draw."""

from __future__ import annotations

import json

from fanout.pictures.data import as_data
from tests.pictures.runs import ASK, CALLS, Film, answered, concurrent


def test_a_run_as_data() -> None:
    """Lanes, bars and scenes hold what the pictures show, and are JSON."""
    data = json.loads(json.dumps(as_data(concurrent())))
    assert [lane["kind"] for lane in data["lanes"]] == ["model", "call", "call", "call"]
    assert [len(lane["bars"]) for lane in data["lanes"]] == [2, 1, 1, 1]
    assert "the calls ran at the same time" in data["caption"]
    assert [len(scene["calls"]) for scene in data["scenes"]] == [3, 0]
    assert data["scenes"][0]["calls"][0]["answers"][0]["text"]


def test_what_goes_on_is_not_judged() -> None:
    """While a call is at work its times and its answer are open, and nothing is said of them."""
    film = Film()
    film.model(0, 0.6, (ASK,), *CALLS)
    film.service(0.61, 0.9, city="Tokyo")
    film.service(0.95, None, city="Paris")
    data = as_data(film.run)
    assert data["caption"] == "1 model turn and 3 tool calls so far."
    assert data["alt"] == "Timeline of 1 model turn and 3 tool calls, still going on."
    assert data["lanes"][2]["bars"][0]["in_flight"]


def test_a_refusal_has_its_status() -> None:
    """The status of the last round trip is given, if it was an error."""
    film = Film()
    film.model(0, 0.6, (ASK,), *CALLS)
    film.model(0.7, 0.71, answered(*CALLS[:1]), refused="An assistant message must be followed.")
    data = as_data(film.run)
    assert data["status"] == 400
    assert data["scenes"][1]["alarm"]
    assert data["lanes"][2]["trouble"] == "not answered"


def test_a_long_history_is_told_from_its_end() -> None:
    """Of a request that brings many messages the last eight are told, and how many came before."""
    film = Film()
    film.model(0, 0.1, (ASK,) * 20, text="Yes.")
    (scene,) = as_data(film.run)["scenes"]
    assert (scene["earlier"], len(scene["said"])) == (12, 8)
