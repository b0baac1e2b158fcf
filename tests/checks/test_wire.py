"""The tools as a learner's function meets them."""

from __future__ import annotations

import gc
import socket
import threading
import warnings

import pytest

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


def test_an_end_with_nothing_under_way_is_not_told() -> None:
    """A function that leaves no call behind costs no request at its end; most do not."""

    async def nothing() -> None:
        pass

    with socket.create_server(("127.0.0.1", 0)) as far_end:
        wire = Wire(f"http://127.0.0.1:{far_end.getsockname()[1]}", dict)
        # In a thread: who tells something waits for an answer, and nobody answers here.
        running = threading.Thread(target=wire.run, args=[nothing], daemon=True)
        running.start()
        running.join(5)
        assert not running.is_alive()
        far_end.setblocking(False)
        with pytest.raises(BlockingIOError):
            far_end.accept()
