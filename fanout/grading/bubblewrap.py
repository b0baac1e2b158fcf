"""A box made by bubblewrap, a small program that may make namespaces where an ordinary one may not.

It shows the same view as `view` builds, from the outside. Needs version 0.7 or later, which can limit
the size of what is written in memory; for an ordinary user only, as it does not change users.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from fanout.grading import view

_PROGRAM = "bwrap"


def works() -> bool:
    """Whether it is installed, new enough, and allowed to make namespaces for this user."""
    program = shutil.which(_PROGRAM)
    if program is None or os.getuid() == 0:
        return False
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        tried = [program, "--unshare-all", "--size", "4096", "--tmpfs", "/tmp"]  # noqa: S108
        tried += ["--ro-bind", "/", "/mnt", "--ro-bind", "/usr", "/usr"]
        links = [a for name in _linked() for a in ("--symlink", f"usr/{name}", f"/{name}")]
        command = [*tried, *links, "--proc", "/proc", "--", "/usr/bin/true"]
        return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0  # noqa: S603
    return False


def _linked() -> list[str]:
    return [name for name in ("bin", "lib", "lib64") if Path("/", name).is_symlink()]


def around(files: contextlib.ExitStack) -> tuple[list[str], list[int]]:
    """The words to put before a command so that it runs in a box, and the open files they speak of.

    The files stay open until `files` is closed.
    """
    words = [shutil.which(_PROGRAM) or _PROGRAM, "--unshare-all", "--die-with-parent"]
    words += ["--cap-drop", "ALL", "--dev", "/dev", "--proc", "/proc"]
    # First, because the course or its environment may well lie in it, and is shown on top.
    words += _empty("/tmp", 32 << 20)  # noqa: S108
    for path in view.shown():
        real = path.resolve()
        if real != path:
            words += ["--symlink", str(real), str(path)]
        else:
            words += ["--ro-bind", str(path), str(path)]
    for place, size in ((view.LESSONS, 4 << 10), (view.HOME, 64 << 20), ("/dev/shm", 16 << 20)):  # noqa: S108
        words += _empty(place, size)
    numbers = []
    for name, text in view.names(os.getuid(), os.getgid()).items():
        file = files.enter_context(contextlib.closing(tempfile.TemporaryFile()))  # noqa: SIM115
        file.write(text.encode())
        file.seek(0)
        numbers.append(file.fileno())
        words += ["--ro-bind-data", str(file.fileno()), f"/etc/{name}"]
    for place in ("/dev", "/"):  # in memory as well, and of no stated size
        words += ["--remount-ro", place]
    return [*words, "--chdir", str(view.HOME), "--"], numbers


def _empty(place: Path | str, size: int) -> list[str]:
    """The words for an empty folder in memory, for at most `size` bytes."""
    return ["--size", str(size), "--tmpfs", str(place)]
