"""The process that loads what notebooks use and forks boxes that have it, as the grader sees it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import fanout
from fanout.grading import bubblewrap, wire
from fanout.grading.layers import Kind
from fanout.grading.session import ANSWER
from fanout.grading.wire import Gone, Line, Silence


class Nursery:
    """Loads once for any number of boxes. It is started with the first, and anew if it has ended."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Line | None = None
        self._lock = threading.Lock()

    def box(self, also: Iterable[str]) -> Line:
        """The line to a new box, which says hello on it when these modules are loaded as well."""
        line, inner = wire.pair()
        with self._lock, inner:
            if self._process is None or self._process.poll() is not None:
                self._end()
                self._start()
            assert self._line is not None
            # What became of it is told on the new line, which is closed if there is nobody.
            with contextlib.suppress(Gone, Silence):
                order = {"also": sorted(also)}
                self._line.send(order, [inner.fileno()], time.monotonic() + ANSWER)
        return line

    def stop(self) -> None:
        """End it and all its boxes."""
        with self._lock:
            self._end()

    def _start(self) -> None:
        line, inner = wire.pair()
        number = inner.fileno()
        command = [sys.executable, "-I", "-c", _BEGIN, str(number), self._kind, *_search_path()]
        with inner, contextlib.ExitStack() as files:
            given = [number]
            if self._kind == "bubblewrap":
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
        self._line = line

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=2)
            self._process.kill()
            self._process.wait()
            self._process = None


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
