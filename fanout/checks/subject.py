"""What the judge tests: a function it can have called somewhere, with a time limit."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import io
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Protocol

from fanout.checks import driver
from fanout.checks.driver import Outcome, TimeIsUp
from fanout.checks.scenario import Argument


class Subject(Protocol):
    """A learner's function, wherever it runs."""

    def call(self, arguments: Mapping[str, Argument], url: str, limit: float) -> Outcome:
        """Call it once with the described arguments, for at most `limit` seconds."""


_LOADED_FOR = {
    "chat_reply": "openai.types.chat",
    "chat_message": "openai.types.chat",
    "claude_message": "anthropic.types",
    "client": "openai.resources.chat",
    "claude_client": "anthropic.resources.messages",
}
"""What takes seconds to import on a busy machine, by the kind of argument that needs it."""
_loading = threading.Lock()


class LocalFunction:
    """A function of this process, called in a thread of its own.

    The thread has no event loop, so an async function works even where a notebook's loop runs. A
    function that does not end is interrupted by an exception; one that swallows that too is left
    behind in its thread.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        driver.forget_clients()  # one that the last check's function closed is of no use

    def call(self, arguments: Mapping[str, Argument], url: str, limit: float) -> Outcome:
        """Call it once, for at most `limit` seconds; what it prints is kept, not shown."""
        _load(arguments)  # before the clock starts: it is not the function's time
        outcomes: list[Outcome] = []
        printed = io.StringIO()

        def work() -> None:
            with contextlib.suppress(TimeIsUp):
                outcomes.append(driver.call(self.function, arguments, url, limit))

        thread = threading.Thread(target=work, name="fanout-check", daemon=True)
        with contextlib.redirect_stdout(printed):
            try:
                thread.start()
                thread.join(limit + 0.2)
            finally:  # also where the learner interrupts the check: their loop must not go on
                if thread.is_alive():
                    with _unraisable_ignored():
                        _interrupt(thread)
        outcome = outcomes[0] if outcomes else Outcome(stopped_after=limit)
        return replace(outcome, printed=printed.getvalue())


def _load(arguments: Mapping[str, Argument]) -> None:
    """Import what the arguments need. Two threads that import parts of one SDK at once may get halves."""
    with _loading:
        for kind in {a["kind"] for a in arguments.values()} & _LOADED_FOR.keys():
            importlib.import_module(_LOADED_FOR[kind])


def _interrupt(thread: threading.Thread, attempts: int = 20) -> None:
    """Raise `TimeIsUp` in the thread until it ends; it takes effect at its next Python step."""
    for _ in range(attempts):
        if not thread.is_alive() or thread.ident is None:
            return
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(TimeIsUp)
        )
        thread.join(0.05)


@contextlib.contextmanager
def _unraisable_ignored() -> Iterator[None]:
    """Keep Python quiet when the interruption happens to strike inside a destructor."""
    before = sys.unraisablehook

    def hook(unraisable: sys.UnraisableHookArgs) -> None:
        if unraisable.exc_type is not TimeIsUp:
            before(unraisable)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before
