"""The processes that learners' interpreters are forked from. None of them runs a learner's code.

The first has everything loaded and forks a box when asked; so however many there are, loading is paid
for once. A box puts on the outer shell of the sandbox and forks one learner's interpreter after
another.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from typing import TYPE_CHECKING

from fanout.grading import inner_wire as wire
from fanout.grading import kernel, loading, sandbox

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def main(line: int, kind: str) -> None:
    """Load, then fork a box for each line that the grader sends, until it hangs up.

    :param kind: what keeps learners' code in: "namespaces" of its own, "bubblewrap" around this
        process, or nothing ("unsafe").
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if kind == "bubblewrap":
        kernel.hide_memory()  # from learners' processes, which stand beside this one
    shell: InteractiveShell | None = None
    why = ""
    try:
        shell = loading.prepare()
    except Exception as error:  # noqa: BLE001 (whatever it is, the grader must hear of it)
        why = _words(error)
    while (order := wire.receive(line)) is not None:
        message, (end,) = order
        for name in message["also"]:
            loading.load(name)
        if os.fork() == 0:
            os.close(line)
            _box(end, kind, shell, why)
        os.close(end)
        _reap()
    _reap(wait=True)  # the grader has hung up on the boxes, too


def _box(line: int, kind: str, shell: InteractiveShell | None, why: str) -> None:
    """Be a box: put on the outer shell, then fork an interpreter for each submission. Does not return.

    :param why: what went wrong with loading, if something did.
    """
    try:
        if sys.platform == "linux":
            kernel.die_with_parent()
        wire.send_hello(line)
        if shell is None:
            wire.send(line, wire.encoded({"failed": why}))
            return
        try:
            layers = _enter(kind)
        except Exception as error:  # noqa: BLE001 (whatever it is, the grader must hear of it)
            wire.send(line, wire.encoded({"failed": _words(error)}))
            return
        wire.send(line, wire.encoded({"layers": layers, "memory": loading.memory()}))
        _serve(line, kind, shell)
    finally:
        os._exit(0)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _serve(line: int, kind: str, shell: InteractiveShell) -> None:
    while (order := wire.receive(line)) is not None:
        message, files = order
        pid = sandbox.fork_apart() if kind == "namespaces" else os.fork()
        if pid == 0:
            os.close(line)
            _keep(files, shell, sandbox.Limits(**message["limits"]), kind)
        for number in files:
            os.close(number)
        _reap()


def _enter(kind: str) -> tuple[str, ...]:
    if kind == "namespaces":
        return sandbox.enter()
    if kind == "bubblewrap":
        return ("bubblewrap", *sandbox.filters(), "limits")
    return ("unsafe", "limits")


_ENCLOSE = {
    "namespaces": sandbox.enclose,
    "bubblewrap": sandbox.enclose_within,
    "unsafe": sandbox.enclose_unsafely,
}


def _keep(files: list[int], shell: InteractiveShell, limits: sandbox.Limits, kind: str) -> None:
    """Be the first process of one submission: start the interpreter, bury orphans, end with it all.

    It never runs a learner's code. When it ends, the kernel ends every process of the submission.
    """
    line, first = files
    try:
        os.setsid()
        listening = _ENCLOSE[kind](limits)
        for number in (0, 1, 2):
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
        wire.send_hello(line, (listening.fileno(),))
        url = _url(listening)
        listening.close()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        if os.fork() == 0:
            os.close(line)
            _begin(first, shell, url, boxed=kind != "unsafe")
        os.close(first)
        wire.receive(line)
        if kind != "namespaces":
            os.killpg(0, signal.SIGKILL)
    finally:
        os._exit(1)


def _begin(line: int, shell: InteractiveShell, url: str, *, boxed: bool) -> None:
    from fanout.grading.child import begin
    from fanout.grading.stand_in import point_to, stand_in

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    stand_in(url)
    point_to(url)
    begin(line, shell, boxed=boxed)


def _url(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


def _reap(*, wait: bool = False) -> None:
    """Bury children that have ended; or wait until all have."""
    try:
        while os.waitpid(-1, 0 if wait else os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return
