"""The outside of a box: a preloaded process in its sandbox, started, asked for sessions, stopped."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import fanout
from fanout.grading import bubblewrap, wire
from fanout.grading.layers import Kind
from fanout.grading.process import Process
from fanout.grading.sandbox import Limits
from fanout.grading.session import ANSWER, BoxFailed, Patience, Session
from fanout.grading.state import State
from fanout.grading.wire import Babble, Gone, Line, Silence

_START = 60.0


class Box:
    """One process that has everything loaded and forks a learner's interpreter when asked.

    With bubblewrap it can give no submission namespaces of its own. Then the process serves one
    submission and is started anew for the next, which costs about a second.
    """

    def __init__(self, kind: Kind = "namespaces", *, limits: Limits | None = None) -> None:
        self.kind = kind
        self._used = False
        self.layers: tuple[str, ...] = ()
        self._limits = limits or Limits()
        self._memory = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Line | None = None

    def start(self) -> Box:
        """Start the process; `ready` waits for it. Several boxes can so load at the same time."""
        line, inner = wire.pair()
        number = inner.fileno()
        command = [sys.executable, "-I", "-c", _BEGIN, str(number), self.kind, *_search_path()]
        with inner, contextlib.ExitStack() as files:
            given = [number]
            if self.kind == "bubblewrap":
                around, more = bubblewrap.around(files)
                command, given = [*around, *command], [number, *more]
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter with our own words)
                command,
                pass_fds=given,
                env=_environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._line, self._used = line, False
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
        if self._used and self.kind == "bubblewrap":
            self.stop()
            self.start().ready()
        self._used = True
        assert self._line is not None
        keeper, keeper_inner = wire.pair()
        first, first_inner = wire.pair()
        deadline = time.monotonic() + ANSWER
        with keeper_inner, first_inner:
            order = {"also": list(also), "limits": asdict(self._limits)}
            try:
                self._line.send(order, [keeper_inner.fileno(), first_inner.fileno()], deadline)
            except (Gone, Silence) as error:
                raise BoxFailed(f"the process in the box does not listen ({error!r})") from None
        try:
            pid, sockets = keeper.receive_hello(deadline)
            state = State.greeted(first, deadline)
        except (Gone, Silence) as error:
            keeper.close()
            first.close()
            raise BoxFailed(f"no interpreter came up in the box ({error!r})") from None
        return Session(
            keeper=State(keeper, Process(pid)),
            current=state,
            listening=sockets[0],
            apart=self.kind == "namespaces",
            memory=self._memory,
            most_memory=self._limits.memory,
            patience=patience or Patience(),
        )


_BEGIN = (
    "import sys; sys.path[:] = sys.argv[3:]; from fanout.grading.zygote import main; "
    "main(int(sys.argv[1]), sys.argv[2])"
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
        "OPENBLAS_NUM_THREADS": "1",
        # No certificates: there is nothing to reach, and reading them for a notebook's own client
        # takes fifty milliseconds of computing.
        "SSL_CERT_DIR": "/",
    }
