"""An interpreter of a submission, seen from outside: its process and the line to it."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from fanout.grading.process import Process
from fanout.grading.wire import Line


@dataclass
class State:
    """An interpreter of the submission and the line to it."""

    line: Line
    process: Process

    @classmethod
    def greeted(cls, line: Line, deadline: float) -> State:
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
