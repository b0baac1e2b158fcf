from __future__ import annotations

import pytest

from fanout.pictures.spans import cut, in_seconds, spans
from fanout.recording import Run
from tests.pictures import runs


def test_time_begins_with_the_first_request() -> None:
    """All times are seconds after the first request, whatever the clock said."""
    found = spans(runs.concurrent())
    assert found.turns[0].start == 0
    assert found.turns[0].end == pytest.approx(0.6)
    assert found.calls[0].work == pytest.approx((0.61, 1.01))
    assert found.seconds == pytest.approx(runs.concurrent().seconds)


def test_one_lane_for_each_call_in_the_order_asked() -> None:
    """The model's lane comes first, then the calls, then results and work that fit no call."""
    labels = [lane.label for lane in spans(runs.odd()).lanes]
    assert labels == [
        "model",
        "get_weather(Tokyo)",
        "get_weather(Paris)",
        "get_weather(Lima)",
        "result for call_zzzzzzzzzzzz",
        "other",
    ]


def test_a_call_off_the_wire_is_a_wait_from_asked_to_answered() -> None:
    """Where no service was asked, only the time between question and answer is drawn."""
    (bar,) = spans(runs.three()).calls[0].bars
    assert bar.kind == "wait"
    assert (bar.start, bar.end) == pytest.approx((0.6, 0.62))


def test_a_call_is_at_fault_only_if_its_conversation_went_on() -> None:
    """A result left out by the next request is `not answered`; with no next request, `not yet`."""
    left_out = spans(runs.one_unanswered()).calls
    assert [(c.trouble, c.pending) for c in left_out] == [
        ("", False),
        ("", False),
        ("not answered", False),
    ]
    film = runs.Film()
    film.model(0, 0.5, (runs.ASK,), *runs.CALLS)
    assert {(c.trouble, c.pending) for c in spans(film.run).calls} == {("not answered yet", True)}


def test_what_is_in_flight_ends_where_the_record_ends() -> None:
    """A picture of an unfinished run does not depend on when it is asked for."""
    first, again = spans(runs.odd()), spans(runs.odd())
    assert first == again
    assert first.turns[-1].in_flight
    assert first.turns[-1].end == first.seconds == pytest.approx(1.5)


def test_failures_carry_their_status() -> None:
    """A refused turn and a failed service request keep the number that came back."""
    found = spans(runs.odd())
    assert [bar.failed for bar in found.turns] == [None, 400, 400, None]
    assert [bar.failed for bar in found.calls[0].bars] == [503, None]


def test_an_empty_run_has_no_lanes() -> None:
    """Nothing crossed: nothing to draw."""
    assert spans(Run()).lanes == ()


def test_seconds_are_always_written_alike() -> None:
    """Every time has a decimal point and the unit, and a short one does not become zero."""
    assert [in_seconds(s) for s in (0, 0.0042, 0.42, 12.345)] == [
        "0.00 s",
        "0.004 s",
        "0.42 s",
        "12.35 s",
    ]


def test_names_are_cut_to_one_line() -> None:
    """A long name ends in an ellipsis and a line break becomes a blank."""
    assert cut("a\n\tb\x00c", 10) == "a b c"
    assert cut("x" * 50, 10) == "x" * 9 + "…"
