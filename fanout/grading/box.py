"""The outside of a box: start it, put a notebook in, try its functions, throw everything away.

A `Box` is one preloaded process in its sandbox; a `Session` is one submission in it. What comes out
of either is believed as far as the kernel vouches for it, and read as data otherwise.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import fanout
from fanout.grading import process, wire
from fanout.grading.process import Process
from fanout.grading.sandbox import Limits
from fanout.grading.wire import Babble, Gone, Line, Silence

_START = 60.0
_ANSWER = 20.0
"""Seconds that our own code in the box may take; only a broken or an overloaded machine does."""
_LOOK_EVERY = 0.25
_SHELL_TIME = 1.0


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a submission may take, in seconds."""

    cell: float = 10.0
    session: float = 120.0
    """For all its cells and calls together."""


class BoxFailed(RuntimeError):
    """The box itself does not work: it could not be started, or its process is gone."""


class Box:
    """One process that has everything loaded and forks a learner's interpreter when asked."""

    def __init__(self, *, boxed: bool = True, limits: Limits | None = None) -> None:
        self.boxed = boxed
        self.layers: tuple[str, ...] = ()
        self._limits = limits or Limits()
        self._memory = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Line | None = None

    def start(self) -> Box:
        """Start the process; `ready` waits for it. Several boxes can so load at the same time."""
        line, inner = wire.pair()
        number = inner.fileno()
        command = [sys.executable, "-I", "-c", _BEGIN, str(number), str(int(self.boxed))]
        self._process = subprocess.Popen(  # noqa: S603 (our own interpreter with our own words)
            [*command, *_search_path()],
            pass_fds=[number],
            env=_environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        inner.close()
        self._line = line
        return self

    def ready(self) -> Box:
        """Wait until everything is loaded. Raises `BoxFailed` with the kernel's words."""
        assert self._line is not None
        try:
            hello = self._line.receive(time.monotonic() + _START)
        except (Gone, Silence, Babble) as error:
            self.stop()
            raise BoxFailed(f"the process in the box did not come up ({error!r})") from None
        if "failed" in hello:
            self.stop()
            raise BoxFailed(str(hello["failed"]))
        self.layers, self._memory = tuple(hello["layers"]), int(hello["memory"])
        return self

    def stop(self) -> None:
        """End it and everything in it."""
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=2)
            self._process.kill()
            self._process.wait()
            self._process = None

    def open(self, also: Sequence[str] = (), patience: Patience | None = None) -> Session:
        """An empty interpreter for one submission. Raises `BoxFailed` when the box is broken."""
        assert self._line is not None
        keeper, keeper_inner = wire.pair()
        first, first_inner = wire.pair()
        deadline = time.monotonic() + _ANSWER
        with keeper_inner, first_inner:
            order = {"also": list(also), "limits": asdict(self._limits)}
            try:
                self._line.send(order, [keeper_inner.fileno(), first_inner.fileno()], deadline)
            except (Gone, Silence) as error:
                raise BoxFailed(f"the process in the box does not listen ({error!r})") from None
        try:
            pid, sockets = keeper.receive_hello(deadline)
            state = _State.greeted(first, deadline)
        except (Gone, Silence) as error:
            keeper.close()
            first.close()
            raise BoxFailed(f"no interpreter came up in the box ({error!r})") from None
        return Session(
            keeper=_State(keeper, Process(pid)),
            current=state,
            listening=sockets[0],
            memory=self._memory,
            most_memory=self._limits.memory,
            patience=patience or Patience(),
        )


_BEGIN = (
    "import sys; sys.path[:] = sys.argv[3:]; from fanout.grading.zygote import main; "
    "main(int(sys.argv[1]), boxed=sys.argv[2] == '1')"
)


def _search_path() -> list[str]:
    """Where the packages are. The folder of the course itself comes first, wherever one stands."""
    own = str(Path(fanout.__file__).parent.parent)
    return [own, *(str(Path(entry).absolute()) for entry in sys.path if entry and entry != own)]


def _environment() -> dict[str, str]:
    """All that a learner's code sees of the environment: nothing of the person who grades."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/home/learner",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "MPLBACKEND": "Agg",
        "MALLOC_ARENA_MAX": "2",
        "PIP_NO_INDEX": "1",
        "PIP_RETRIES": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


# --- One submission -------------------------------------------------------------------------------


@dataclass
class _State:
    """An interpreter of the submission and the line to it."""

    line: Line
    process: Process

    @classmethod
    def greeted(cls, line: Line, deadline: float) -> _State:
        """The interpreter that says hello on a line."""
        pid, sockets = line.receive_hello(deadline)
        for unasked in sockets:
            unasked.close()
        process = Process(pid)
        line.watch(process.handle)
        return cls(line, process)

    def end(self) -> None:
        """Kill it, if it lives, and let go of it."""
        self.process.signal(signal.SIGKILL)
        self.process.close()
        self.line.close()


class TooMuchMemory(Exception):
    """The submission's processes hold more memory than they may."""


@dataclass
class Session:
    """One submission in a box. Close it, and nothing of it is left."""

    keeper: _State
    current: _State
    listening: socket.socket
    """Where the submission's far end is to answer."""
    memory: int
    most_memory: int
    patience: Patience
    notes: list[str] = field(default_factory=list)
    lost: set[int] = field(default_factory=set)
    """Cells that could not be run, by number from 1."""
    threads: bool = False
    """The learner's cells started threads; a fork has none of them."""
    over: bool = False
    """There is no interpreter left to go on with."""

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        host, port = self.listening.getsockname()
        self.url = f"http://{host}:{port}"

    @property
    def time_left(self) -> float:
        """Seconds until the submission has used up what it may."""
        return self._began + self.patience.session - time.monotonic()

    def close(self) -> None:
        """End every process of the submission, and with them their files and their network."""
        self.current.end()
        self.listening.close()
        self.keeper.line.close()
        self.keeper.process.kill()
        self.keeper.process.close()

    def left_behind(self) -> int:
        """How many processes there are besides our own two."""
        own = {self.keeper.process.pid, self.current.process.pid}
        return len(process.below(self.keeper.process.pid).keys() - own)

    # Cells

    def run(self, cells: Sequence[str], leave_out: frozenset[int] = frozenset()) -> None:
        """Run the cells in order. What one does to its process costs that cell alone."""
        for number, source in enumerate(cells, 1):
            if number in leave_out or not source.strip():
                continue
            if self.over or self.time_left <= 0:
                self._lose(number, "was not run: the notebook had used up its time or its processes")
                continue
            self._run_cell(number, source)

    def _run_cell(self, number: int, source: str) -> None:
        snapshot = self._fork_with_room()
        if snapshot is None:
            self.over = True
            self._lose(number, "was not run: no new process could be started for it")
            return
        why = self._try_cell(number, source)
        if why is None:
            snapshot.end()
            return
        self._lose(number, why)
        self.current.end()
        self.current = snapshot
        self._end_all_but(snapshot)

    def _try_cell(self, number: int, source: str) -> str | None:
        """Why the interpreter is lost with this cell, or None when it goes on."""
        limit = min(self.patience.cell, self.time_left)
        deadline = time.monotonic() + limit
        try:
            self.current.line.send({"do": "cell", "source": source}, [], deadline)
            answer = self._answer(self.current, deadline)
        except Silence:
            return self._interrupt(number, limit)
        except (Gone, Babble, TooMuchMemory) as error:
            return _reason(error)
        return self._note_cell(number, answer)

    def _interrupt(self, number: int, limit: float) -> str | None:
        """As a person does with a cell that hangs: interrupt it, and if that helps, go on."""
        words = f"did not end within {limit:g} s"
        self.current.process.signal(signal.SIGINT)
        try:
            self._answer(self.current, time.monotonic() + _SHELL_TIME)
        except Silence:
            return f"{words}, and not when it was interrupted"
        except (Gone, Babble, TooMuchMemory) as error:
            return _reason(error)
        self._note(number, f"{words} and was interrupted")
        return None

    def _note_cell(self, number: int, answer: Any) -> str | None:
        if not isinstance(answer, dict):
            return _reason(Babble("no answer but something else"))
        if isinstance(answer.get("error"), str):
            self._note(number, f"raised {readable(answer['error'])}")
        self.threads |= answer.get("threads") != 1
        return None

    def _lose(self, number: int, why: str) -> None:
        self.lost.add(number)
        self._note(number, why)

    def _note(self, number: int, words: str) -> None:
        self.notes.append(f"Code cell {number} {words}.")

    # Interpreters

    def fork(self) -> _State:
        """A copy of the state after the cells so far. Raises `BoxFailed` when there can be none."""
        copy = None if self.over else self._fork_with_room()
        if copy is None:
            raise BoxFailed("no process could be started")
        return copy

    def _fork_with_room(self) -> _State | None:
        """A copy of the current interpreter; what the learner left running makes room if it must."""
        copy = self._fork()
        if copy is None and self.current.process.alive:
            self._end_all_but(self.current)
            copy = self._fork()
        return copy

    def _fork(self) -> _State | None:
        line, inner = wire.pair()
        deadline = time.monotonic() + _ANSWER
        with inner:
            try:
                self.current.line.send({"do": "fork"}, [inner.fileno()], deadline)
            except (Gone, Silence):
                line.close()
                return None
        try:
            return _State.greeted(line, deadline)
        except (Gone, Silence):
            line.close()
            return None

    def _end_all_but(self, state: _State) -> None:
        own = (self.keeper.process.pid, state.process.pid)
        process.end_below(self.keeper.process.pid, own)

    def ask(self, state: _State, order: wire.Json, limit: float) -> Any:
        """Give an order to an interpreter and wait for its answer, for at most `limit` seconds.

        Raises `Silence`, `Gone`, `Babble` or `TooMuchMemory`.
        """
        deadline = time.monotonic() + limit
        state.line.send(order, [], deadline)
        return self._answer(state, deadline)

    def _answer(self, state: _State, deadline: float) -> Any:
        """The next message of an interpreter; looks now and then at what all processes hold."""
        while True:
            try:
                return state.line.receive(min(deadline, time.monotonic() + _LOOK_EVERY))
            except Silence:
                if time.monotonic() >= deadline:
                    raise
                self._check_memory()

    def _check_memory(self) -> None:
        held = process.below(self.keeper.process.pid).values()
        if sum(max(0, each - self.memory) for each in held) > self.most_memory:
            raise TooMuchMemory


def _reason(error: Exception) -> str:
    if isinstance(error, Gone):
        return "ended the process it ran in"
    if isinstance(error, TooMuchMemory):
        return "used more memory than there is for one notebook"
    return f"wrote to the grader's line ({error})"


def readable(text: str, most: int = 300) -> str:
    """Words from a box as plain text: no control characters, one line, cut to a length."""
    plain = "".join(c if c.isprintable() else " " for c in text[: most * 2])
    plain = " ".join(plain.split())
    return plain if len(plain) <= most else f"{plain[:most]} …"
