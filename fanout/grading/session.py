"""One submission in a box, from outside: its cells run, its state copied, everything thrown away.

What comes out of a box is believed as far as the kernel vouches for it, and read as data otherwise.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fanout.grading import process, wire
from fanout.grading.harmless import harmless
from fanout.grading.pulse import Pulse, Watch
from fanout.grading.state import State
from fanout.grading.wire import Babble, Gone, Silence, readable

ANSWER = 10.0
"""Seconds that our own code in the box may take; only a broken or an overloaded machine does."""
_LOOK_EVERY = 0.25
_SHELL_TIME = 1.0
_BURIAL = 30.0
"""Seconds that the end of all processes of a session may take."""
OWN_FAULT = 0.9
"""Who used that much of the time in computing was not kept waiting by other programs."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a submission may take, in seconds."""

    cell: float = 10.0
    session: float = 120.0
    """For all its cells and calls together."""


class BoxFailed(RuntimeError):
    """The box itself does not work: it could not be started, or its process is gone."""


class TooMuchMemory(Exception):
    """The submission's processes hold more memory than they may."""


@dataclass
class Session:
    """One submission in a box. Close it, and nothing of it is left."""

    keeper: State
    current: State
    listening: socket.socket
    """Where the submission's far end is to answer."""
    apart: bool
    """Its processes have a namespace of their own, which ends with its first."""
    memory: int
    most_memory: int
    patience: Patience
    pulse: Pulse | None
    said: dict[int, str] = field(default_factory=dict)
    """What there is to say about cells, by number from 1: "raised …", "did not end …"."""
    lost: set[int] = field(default_factory=set)
    """Cells that could not be run, by number from 1."""
    stuck: set[int] = field(default_factory=set)
    """Those of them that did not end, and would not when they were interrupted."""
    threads: bool = False
    """The learner's cells started threads; a fork has none of them."""
    kept_waiting: bool = False
    """A cell was stopped that had hardly computed: the machine may be to blame."""
    over: bool = False
    """There is no interpreter left to go on with."""

    def __post_init__(self) -> None:
        self._began = time.monotonic()
        self._suspect: int | None = None
        self._spares = True
        self._ours = {self.keeper.process.pid, self.current.process.pid}
        host, port = self.listening.getsockname()
        self.url = f"http://{host}:{port}"

    @property
    def alive(self) -> bool:
        """Whether there is an interpreter to go on with."""
        return not self.over and self.current.process.alive

    @property
    def time_left(self) -> float:
        """Seconds until the submission has used up what it may."""
        return self._began + self.patience.session - time.monotonic()

    def close(self) -> None:
        """End every process of the submission, and with them their files and their network."""
        self.current.end()
        self.listening.close()
        if not self.apart:
            process.end_below(self.keeper.process.pid, ())
        self.keeper.line.close()
        # It has ended when all others have, which on a busy machine takes a crowd its time; until
        # then they count against the next session.
        self.keeper.process.kill(_BURIAL)
        self.keeper.process.close()

    def left_behind(self) -> int:
        """How many processes there are that the notebook started by itself."""
        return len(process.below(self.keeper.process.pid).keys() - self._ours)

    # Cells

    def run(
        self, cells: Sequence[str], leave_out: frozenset[int] = frozenset(), *, spares: bool = True
    ) -> None:
        """Run the cells in order. What one does to its process costs that cell alone.

        :param spares: keep a copy of the state before each cell, to go back to. Without them the
            session is `over` with the first cell that ends or blocks its process.
        """
        self._spares = spares
        for number, source in enumerate(cells, 1):
            if number in leave_out or not source.strip():
                continue
            if self.over:
                return
            if self.time_left <= 0:
                self.said[number] = "was not run: the notebook had used up its time"
            else:
                self._run_cell(number, source)
        self._require_answer()

    def _require_answer(self) -> None:
        """Make sure that the interpreter still takes orders; otherwise its last cell was too much."""
        with contextlib.suppress(Silence, Gone, Babble, TooMuchMemory):
            if self.alive:
                self.ask(self.current, {"do": "ping"}, ANSWER)
                return
        self._blame_earlier()

    def _blame_earlier(self) -> bool:
        """Lose the interpreter by the last cell that could have broken it, though it seemed through.

        A cell of definitions does not end a process: an alarm that was set before may. False when
        there was none that could.
        """
        self.over = True
        if self._suspect is None:
            return False
        self.lost.add(self._suspect)
        self.said[self._suspect] = "broke the process it ran in, when it seemed to be through"
        return True

    def _run_cell(self, number: int, source: str) -> None:
        defines_only = harmless(source)
        snapshot = None if defines_only or not self._spares else self._fork_with_room()
        if snapshot is None and self._spares and not defines_only:
            self._blame_earlier()
            return
        why = self._try_cell(number, source)
        if why is None:
            if snapshot is not None:
                snapshot.end()
            if not defines_only:
                self._suspect = number
            return
        if defines_only and self._blame_earlier():
            return
        self.lost.add(number)
        self.said[number] = why
        self._go_back(snapshot)

    def _go_back(self, snapshot: State | None) -> None:
        """To the state before the cell, if that is still there."""
        self.current.process.kill()
        if snapshot is None:
            self.over = True
            return
        self.current.end()
        self.current = snapshot
        # It may have been killed with the rest, and be a moment from its end: what answers, lives.
        self.over = not self.make_room()

    def _try_cell(self, number: int, source: str) -> str | None:
        """Why the interpreter is lost with this cell, or None when it goes on."""
        limit = min(self.patience.cell, self.time_left)
        deadline, used = time.monotonic() + limit, self.current.process.cpu_seconds()
        watch = Watch(self.current.process, self.pulse)
        try:
            self.current.line.send({"do": "cell", "source": source}, [], deadline)
            answer = self._answer(self.current, deadline)
        except Silence:
            used = self.current.process.cpu_seconds() - used
            self.kept_waiting |= used < OWN_FAULT * limit and not watch.silent_by_itself()
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
            self.stuck.add(number)
            return f"{words}, and not when it was interrupted"
        except (Gone, Babble, TooMuchMemory) as error:
            return _reason(error)
        self.said[number] = f"{words} and was interrupted"
        return None

    def _note_cell(self, number: int, answer: Any) -> str | None:
        if not isinstance(answer, dict):
            return _reason(Babble("no answer but something else"))
        if isinstance(answer.get("error"), str):
            self.said[number] = f"raised {readable(answer['error'])}"
        self.threads |= answer.get("threads") != 1
        return None

    # Interpreters

    def fork(self) -> State:
        """A copy of the state after the cells so far. Raises `BoxFailed` when there can be none."""
        copy = None if self.over else self._fork_with_room()
        if copy is None:
            self._blame_earlier()
            raise BoxFailed("no process could be started")
        return copy

    def _fork_with_room(self) -> State | None:
        """A copy of the current interpreter; what the learner left running makes room if it must."""
        copy = self._fork()
        if copy is None and self.current.process.alive:
            self.make_room()
            copy = self._fork()
        return copy

    def _fork(self) -> State | None:
        line, inner = wire.pair()
        deadline = time.monotonic() + ANSWER
        with inner:
            try:
                self.current.line.send({"do": "fork"}, [inner.fileno()], deadline)
            except (Gone, Silence):
                line.close()
                return None
        try:
            state = State.greeted(line, deadline)
        except (Gone, Silence):
            line.close()
            return None
        self._ours.add(state.process.pid)
        return state

    def make_room(self) -> bool:
        """End all that the notebook left running, and keep its state; whether that still answers."""
        own = (self.keeper.process.pid, self.current.process.pid)
        process.end_below(self.keeper.process.pid, own)
        try:
            # Until they are buried they count as processes; they are its own children.
            self.ask(self.current, {"do": "bury"}, ANSWER)
        except (Silence, Gone, Babble):
            return False
        except TooMuchMemory:
            pass  # held by those that have not quite ended
        return True

    def ask(self, state: State, order: wire.Json, limit: float) -> Any:
        """Give an order to an interpreter and wait for its answer, for at most `limit` seconds.

        Raises `Silence`, `Gone`, `Babble` or `TooMuchMemory`.
        """
        deadline = time.monotonic() + limit
        state.line.send(order, [], deadline)
        return self._answer(state, deadline)

    def _answer(self, state: State, deadline: float) -> Any:
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
