"""Inside the box: runs a learner's cells and calls the learner's function, on the grader's word.

Strategy: a process waits on its line for one order at a time. `fork` makes a copy of the state that
waits on a line of its own, as a snapshot to fall back to or as a place to try a function in; `cell`
runs a cell; `call` calls a function. The learner's code shares this process and may break anything
in it; it can only ever spoil its own answers, and the grader outside believes none of them. Still,
what a later cell needs is held here by private names and mended before each cell, so that patching
a library costs no other cell its worth.
"""

from __future__ import annotations

import asyncio
import builtins
import gc
import os
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from fanout.checks import driver
from fanout.grading import inner_wire as wire
from fanout.grading import kernel
from fanout.grading.sink import Sink

_exit, _fork, _getpid, _close, _waitpid = os._exit, os.fork, os.getpid, os.close, os.waitpid
_open, _read = os.open, os.read
_Thread, _active_threads = threading.Thread, threading.active_count
_call_function = driver.call
_PRINTED = 20_000
_WORDS = 400


# --- The shell ------------------------------------------------------------------------------------


def new_shell() -> InteractiveShell:
    """The shell that cells run in, as a notebook has it, without history, output and tracebacks."""
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    shell = InteractiveShell.instance(config=config)
    for name in ("showtraceback", "showsyntaxerror", "showindentationerror"):
        setattr(shell, name, _shows_nothing)
    return shell


def _shows_nothing(*_arguments: Any, **_settings: Any) -> None:
    pass


class Mender:
    """Puts a shell back as it was, but for what the learner's names stand for."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._of_class = {
            kind: dict(vars(kind)) for kind in type(shell).__mro__ if kind is not object
        }
        self._own = dict(vars(shell))
        self._builtins = dict(vars(builtins))
        self._depth = sys.getrecursionlimit()
        self._trace, self._profile = sys.settrace, sys.setprofile
        self._limit_depth = sys.setrecursionlimit

    def mend(self) -> None:
        """Undo what was set on the shell, its class and the interpreter's own functions."""
        self._trace(None)
        self._profile(None)
        self._limit_depth(self._depth)
        vars(builtins).update(self._builtins)
        for kind, before in self._of_class.items():
            for name, value in before.items():
                if vars(kind).get(name) is not value and not name.startswith("__"):
                    setattr(kind, name, value)
        for name in [n for n in vars(self._shell) if n not in self._own]:
            if callable(getattr(type(self._shell), name, None)):
                delattr(self._shell, name)
        for name in ("run_cell_async", "showtraceback", "showsyntaxerror", "showindentationerror"):
            if name in self._own:
                vars(self._shell)[name] = self._own[name]
        self._shell.ast_transformers = []
        for callbacks in self._shell.events.callbacks.values():
            callbacks.clear()


class Kernel:
    """A learner's interpreter: a shell, and the loop that runs while a cell runs, as in Jupyter."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._mender = Mender(shell)
        self._run_cell: Any = type(shell).run_cell_async
        self._transform: Any = type(shell).transform_cell
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._run, self._cancel = self._loop.run_until_complete, asyncio.Task.cancel
        self._new_task = self._loop.create_task

    def mend(self) -> None:
        """Put back what a cell may have changed and a function should find as it was."""
        self._mender.mend()

    def names(self) -> dict[str, Any]:
        """What the learner's names stand for."""
        names: dict[str, Any] = self._shell.user_ns
        return names

    def run(self, source: str) -> str | None:
        """Run a cell; the words for what it raised, or None."""
        self.mend()
        sys.stdout, sys.stderr = Sink(_PRINTED), Sink(_PRINTED)
        task = self._new_task(self._cell(source))
        try:
            result = self._run(task)
        except BaseException as error:  # noqa: BLE001 (an interrupt, or whatever a cell lets escape)
            self._give_up(task)
            return _words(error)
        failed = result.error_in_exec or result.error_before_exec
        return None if failed is None else _words(failed)

    async def _cell(self, source: str) -> Any:
        """As a kernel does it: magics become Python first, and an error there is the cell's own."""
        failed = None
        try:
            python = self._transform(self._shell, source)
        except Exception:  # noqa: BLE001 (the shell reports it as the cell's error)
            python, failed = source, sys.exc_info()
        return await self._run_cell(
            self._shell,
            source,
            silent=True,
            transformed_cell=python,
            preprocessing_exc_tuple=failed,
        )

    def _give_up(self, task: Any) -> None:
        """End a cell that was interrupted while it waited."""
        if not task.done():
            self._cancel(task)
            try:
                self._run(task)
            except BaseException:  # noqa: BLE001 (it was cancelled; how it takes that is its own affair)
                return


def _words(error: BaseException) -> str:
    try:
        text = "".join(traceback.format_exception_only(type(error), error)).strip()
    except BaseException:  # noqa: BLE001 (an exception's own text may raise)
        text = type(error).__name__
    return text.splitlines()[-1][:_WORDS] if text else type(error).__name__


# --- Orders ---------------------------------------------------------------------------------------


def serve(line: int, kernel_: Kernel) -> None:
    """Carry out orders until the grader hangs up, then end the process."""
    copies: list[int] = []
    while (order := wire.receive(line)) is not None:
        message, files = order
        kind = message["do"]
        if kind == "fork":
            pid = _copy(files)
            if pid == 0:
                _close(line)
                line, copies = files[0], []
                wire.send_hello(line)
            else:
                _close(files[0])
                copies = _reaped([*copies, pid])
        elif kind == "bury":
            _bury_all()
            copies = []
            wire.send(line, wire.encoded({}))
        elif kind == "ping":
            wire.send(line, wire.encoded({}))
        else:
            here = _getpid()
            answer = _cell(kernel_, message) if kind == "cell" else _call(kernel_, message)
            if _getpid() != here:
                _exit(0)  # a copy that the learner's code made by itself
            wire.send(line, answer)
    _exit(0)


def _copy(files: list[int]) -> int:
    """Fork; -1 when the learner's processes have used up what there is."""
    try:
        return _fork()
    except OSError:
        return -1


def _reaped(pids: list[int]) -> list[int]:
    """Those of our copies that are still alive. The learner's own children are left to them."""
    alive = []
    for pid in pids:
        try:
            if pid > 0 and _waitpid(pid, os.WNOHANG)[0] == 0:
                alive.append(pid)
        except OSError:
            continue
    return alive


def _bury_all() -> None:
    """Take note of the end of every child, the learner's too: the grader has just ended them."""
    try:
        while _waitpid(-1, os.WNOHANG)[0]:
            pass
    except OSError:
        return


def _cell(kernel_: Kernel, message: wire.Json) -> bytes:
    error = kernel_.run(message["source"])
    return wire.encoded({"error": error, "threads": _active_threads()})


def _call(kernel_: Kernel, message: wire.Json) -> bytes:
    """Call the function named, in a thread without a loop, as `fanout.check` does."""
    kernel_.mend()
    function = kernel_.names().get(message["function"])
    if not callable(function):
        return wire.encoded({"missing": type(function).__name__, "defined": function is not None})
    printed = Sink(_PRINTED)
    sys.stdout = sys.stderr = printed
    outcomes: list[bytes] = []
    thread = _Thread(target=lambda: outcomes.append(_outcome(function, message)), daemon=True)
    thread.start()
    thread.join()
    if not outcomes:
        return wire.encoded({"raised": "raised an exception that ended its thread"})
    return outcomes[0]


def _outcome(function: Callable[..., Any], message: wire.Json) -> bytes:
    before = _waited()
    outcome = _call_function(function, message["arguments"], message["url"], message["limit"])
    sink = sys.stdout
    answer = {
        "returned": outcome.returned,
        "raised": outcome.raised,
        "unwritten": outcome.unwritten,
        "stopped": outcome.stopped_after is not None,
        "not_json": outcome.not_json,
        "changed": outcome.changed,
        "forgotten": outcome.forgotten,
        "waited": _waited_since(before),
        "printed": sink.text() if type(sink) is Sink else "",
    }
    try:
        return wire.encoded(answer)
    except (ValueError, TypeError, RecursionError) as error:
        return wire.encoded({"not_json": f"returned what has no form in JSON ({error})"[:_WORDS]})


def _waited() -> float | None:
    """Seconds that this thread was ready to run and had no processor; None if unknown."""
    try:
        file = _open("/proc/thread-self/schedstat", os.O_RDONLY)
        try:
            return int(_read(file, 100).split()[1]) / 1e9
        finally:
            _close(file)
    except (OSError, ValueError, IndexError):
        return None


def _waited_since(before: float | None) -> float | None:
    now = _waited()
    return None if before is None or now is None else now - before


def begin(line: int, shell: InteractiveShell, *, boxed: bool) -> None:
    """Become a learner's interpreter that takes orders on this line. Does not return."""
    if boxed:
        kernel.hide_memory(False)
    gc.enable()
    wire.send_hello(line)
    try:
        serve(line, Kernel(shell))
    finally:
        _exit(1)
