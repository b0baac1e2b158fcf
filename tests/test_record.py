"""Runs: which exchanges they hold, and what they sum up to."""

from __future__ import annotations

import pytest

from fanout.recording import Recorder


def test_a_run_holds_what_begins_inside_its_block() -> None:
    """Exchanges before and after the block are not in the run."""
    recorder = Recorder()
    recorder.begin("model", "/v1", {})
    with recorder.record() as run:
        inside = recorder.begin("service", "/weather", {})
    recorder.begin("model", "/v1", {})
    assert run.exchanges == [inside]


def test_runs_overlap() -> None:
    """An exchange goes to every open run, and numbers count on through all of them."""
    recorder = Recorder()
    with recorder.record() as outer:
        first = recorder.begin("model", "/v1", {})
        with recorder.record() as inner:
            second = recorder.begin("model", "/v1", {})
    assert outer.exchanges == [first, second]
    assert inner.exchanges == [second]
    assert (first.number, second.number) == (1, 2)


def test_an_exchange_in_flight_is_finished_later() -> None:
    """What was begun inside the block stays in the run and gets its end when it comes."""
    recorder = Recorder()
    with recorder.record() as run:
        late = recorder.begin("service", "/slow", {})
    assert run.exchanges[0].ended is None
    late.finish(status=200, response={})
    assert run.exchanges[0].ended is not None


def test_sums() -> None:
    """Round trips count requests to the model, seconds run from first request to last answer."""
    recorder = Recorder()
    with recorder.record() as run:
        model = recorder.begin("model", "/v1", {})
        model.tokens = 12
        model.finish(status=200, response={})
        refused = recorder.begin("model", "/v1", {})
        refused.finish(status=400, response={}, error="no")
        recorder.begin("service", "/weather", {}).finish(status=200, response={})
    assert run.round_trips == 2
    assert run.tokens == 12
    last = run.exchanges[-1]
    assert last.ended is not None
    assert run.seconds == pytest.approx(last.ended - model.started)
    assert refused.error == "no"


def test_an_empty_run() -> None:
    """A run in which nothing crossed takes no time."""
    with Recorder().record() as run:
        pass
    assert (run.seconds, run.round_trips, run.tokens) == (0.0, 0, 0)
