"""Going in: first the process that forks learners' processes, then each submission's own part.

Strategy: two shells. The outer one is put on once per box (user, view of the files, rights), the
inner one per submission (processes, network, places to write, limits, filters), so that nothing of
one submission is left for the next. Both are put on from within, before a learner's code is read.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fanout.grading import kernel, seccomp, view

NOBODY = 65534
PORT = 8000
"""Where a submission's far end listens, inside its own network."""

_OUTER = (
    kernel.NEW_USER
    | kernel.NEW_MOUNTS
    | kernel.NEW_PIDS
    | kernel.NEW_NETWORK
    | kernel.NEW_IPC
    | kernel.NEW_HOST
)
_INNER = kernel.NEW_MOUNTS | kernel.NEW_NETWORK | kernel.NEW_IPC | kernel.NEW_HOST


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one process of a submission may use, and how many there may be."""

    memory: int = 2 << 30
    """Bytes of address space."""
    cpu_seconds: int = 60
    file_size: int = 16 << 20
    open_files: int = 256
    processes: int = 128
    """Processes and threads of one submission together."""


def enter() -> tuple[str, ...]:
    """Put on the outer shell, and return the names of the layers that are on.

    Returns in a new process, the first of its process namespace; the caller's own process stays
    behind, waits for that one and ends with it. Raises `OSError` where the kernel refuses.
    """
    root = os.getuid() == 0
    mapper = _mapper() if root else None
    owner = (os.getuid(), os.getgid())
    kernel.unshare(_OUTER)
    if mapper is not None:
        _map_by(mapper)
    else:
        _map_self(*owner)
    _become_first()
    view.build(*((NOBODY, NOBODY) if root else owner))
    if root:
        _become_nobody()
    kernel.die_with_parent()
    return ("namespaces", *filters(), "limits")


def filters() -> list[str]:
    """Which of the additional layers this kernel has."""
    landlock = ["landlock"] if kernel.landlock_version() else []
    return landlock + (["seccomp"] if seccomp.supported() else [])


def _mapper() -> tuple[int, int]:
    """A process that stays outside to map the users of the namespace: (process id, pipe to it)."""
    listening, telling = os.pipe()
    outside = os.getpid()
    pid = os.fork()
    if pid:
        os.close(listening)
        return pid, telling
    os.close(telling)
    try:
        os.read(listening, 1)
        for kind in ("uid_map", "gid_map"):
            # The users that there are, each as itself, so that no file is out of root's reach yet.
            lines = Path(f"/proc/self/{kind}").read_text().splitlines()
            ranges = [f"{inside} {inside} {count}" for inside, _, count in map(str.split, lines)]
            Path(f"/proc/{outside}/{kind}").write_text("\n".join(ranges))
        os._exit(0)
    finally:
        os._exit(1)


def _map_by(mapper: tuple[int, int]) -> None:
    pid, telling = mapper
    os.write(telling, b".")
    os.close(telling)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise PermissionError("the users of a namespace cannot be mapped here")


def _map_self(user: int, group: int) -> None:
    """An ordinary user may map itself, and no one else."""
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _become_first() -> None:
    """Go on in a child, which is the first process of the new namespace."""
    pid = os.fork()
    if pid:
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os._exit(code if code >= 0 else 128 - code)


def _become_nobody() -> None:
    """An ordinary user from here on, who keeps rights over this namespace and nothing else."""
    kernel.keep_rights_over_user_change()
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


# --- Per submission -------------------------------------------------------------------------------


def fork_apart() -> int:
    """Like `os.fork`, but the child is the first process of a process namespace of its own."""
    own = os.open("/proc/self/ns/pid", os.O_RDONLY)
    try:
        kernel.unshare(kernel.NEW_PIDS)
        pid = os.fork()
        if pid:
            kernel.rejoin(own, kernel.NEW_PIDS)
        return pid
    finally:
        os.close(own)


def enclose(limits: Limits) -> socket.socket:
    """Put on the inner shell, and return the listening socket of the network that has nothing else.

    Afterwards this process and all it starts have no rights, no network, empty places to write to,
    and limits.
    """
    kernel.unshare(_INNER)
    kernel.loopback_up()
    view.processes()
    view.own_places()
    return enclose_within(limits)


def enclose_within(limits: Limits) -> socket.socket:
    """The part of `enclose` that is left where another program made the namespaces."""
    kernel.die_with_parent()
    listening = listen(PORT)
    set_limits(limits)
    kernel.adopt_orphans()
    kernel.drop_rights()
    kernel.hide_memory()
    if kernel.landlock_version():
        kernel.landlock(["/"], [str(view.HOME), "/tmp", "/dev"])  # noqa: S108
    if seccomp.supported():
        kernel.filter_calls(seccomp.program())
    return listening


def enclose_unsafely(limits: Limits) -> socket.socket:
    """What is left of `enclose` without a sandbox: a folder, a loopback port, some limits."""
    if sys.platform == "linux":
        kernel.adopt_orphans()
    os.chdir(tempfile.mkdtemp(prefix="fanout-unsafe-"))
    os.environ["HOME"] = str(Path.cwd())
    limit_memory = sys.platform == "linux"
    set_limits(limits, memory=limit_memory, processes=False)
    return listen(0)


def listen(port: int) -> socket.socket:
    """A listening socket on loopback. See `simulator.server` for why the protocol is named."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen(64)
    return listening


def set_limits(limits: Limits, *, memory: bool = True, processes: bool = True) -> None:
    """Hard limits for this process and each one it forks."""
    import resource

    chosen = {
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: limits.file_size,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,
    }
    if memory:
        chosen[resource.RLIMIT_AS] = limits.memory
    if processes:
        # Counted within the user namespace of the box, so a person's own programs do not count.
        chosen[resource.RLIMIT_NPROC] = limits.processes
    for what, most in chosen.items():
        resource.setrlimit(what, (most, most))
    # A file that grows too large is an OSError for the learner, not the end of the process.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
