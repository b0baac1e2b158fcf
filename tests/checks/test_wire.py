"""The tools as a learner's function meets them."""

from __future__ import annotations

import gc
import warnings

from fanout.checks.wire import Wire


def test_a_forgotten_await_is_no_noise() -> None:
    """Python's own warning of a tool that was not awaited, with our file in it, is not shown."""
    gc.collect()  # what earlier tests left behind is not told of here
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        tool = Wire("http://127.0.0.1:9", dict).tool("get_weather", asynchronous=True)
        forgotten = tool(city="Oslo")
        assert "get_weather" in repr(forgotten)
        assert "Wire" not in repr(forgotten)
        del forgotten
        gc.collect()
    assert [str(told.message) for told in shown if told.category is RuntimeWarning] == []
