"""The few Linux system calls that keep a process in, by ctypes: no package, no root needed.

Every function does one thing and raises `OSError` with the call's name when the kernel says no.
Loading the module works everywhere; calling works on Linux only. The numbers are the kernel's own
(`include/uapi/linux`).
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import socket
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_libc: Any = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

NEW_MOUNTS, NEW_HOST, NEW_IPC = 0x20000, 0x4000000, 0x8000000
NEW_USER, NEW_PIDS, NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000

_READ_ONLY, _NO_SETUID, _NO_DEVICES, _NO_PROGRAMS = 1, 2, 4, 8
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18
_DETACH = 2
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_MOUNT_SETATTR = 442
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _path(path: str | Path | None) -> bytes | None:
    return None if path is None else os.fsencode(path)


# --- Namespaces -----------------------------------------------------------------------------------


def unshare(kinds: int) -> None:
    """Leave the namespaces of these kinds for new ones. New process ids begin with the next fork."""
    _checked(_libc.unshare(kinds), "unshare")


def rejoin(namespace: int, kind: int) -> None:
    """Go (back) to the namespace behind an open file of `/proc/self/ns`."""
    _checked(_libc.setns(namespace, kind), "setns")


def loopback_up() -> None:
    """Bring up `lo` in this network namespace, where it is born down."""
    import fcntl

    up = struct.pack("16sh22x", b"lo", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        fcntl.ioctl(handle, 0x8914, up)  # SIOCSIFFLAGS


# --- Mounts ---------------------------------------------------------------------------------------


def keep_mounts_private() -> None:
    """Mounts made from here on are seen by this mount namespace alone."""
    _checked(_libc.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None), "mount --make-private")


def mount_memory(target: str | Path, size: str, mode: str = "755", files: int = 4096) -> None:
    """An empty file system in memory, for at most `size` (as in "64m") and `files` files."""
    data = f"size={size},mode={mode},nr_inodes={files}".encode()
    flags = _NO_SETUID | _NO_DEVICES
    result = _libc.mount(b"tmpfs", _path(target), b"tmpfs", flags, data)
    _checked(result, f"mount tmpfs on {target}")


def mount_processes(target: str | Path) -> None:
    """A `/proc` that shows the processes of this namespace only."""
    flags = _NO_SETUID | _NO_DEVICES | _NO_PROGRAMS
    _checked(_libc.mount(b"proc", _path(target), b"proc", flags, None), f"mount proc on {target}")


def bind(source: str | Path, target: str | Path, *, device: bool = False) -> None:
    """Show `source` (a file or a tree) at `target`; read-only, except for devices."""
    result = _libc.mount(_path(source), _path(target), None, _BIND | _RECURSIVE, None)
    _checked(result, f"mount --bind {source}")
    seal(target, device=device)


def seal(target: str | Path, *, device: bool = False, below: bool = True) -> None:
    """Make a mount read-only, with the mounts below it; device files stay usable where asked for."""
    flags = _NO_SETUID if device else _READ_ONLY | _NO_SETUID | _NO_DEVICES
    attributes = struct.pack("QQQQ", flags, 0, 0, 0)
    depth, here = 0x8000 if below else 0, -100
    result = _libc.syscall(_MOUNT_SETATTR, here, _path(target), depth, attributes, len(attributes))
    _checked(result, f"mount_setattr {target}")


def pivot_root(new: str | Path, old: str | Path) -> None:
    """Make `new` the root; what was the root is then found at `old`, a folder inside `new`."""
    number = _PIVOT_ROOT[platform.machine()]
    _checked(_libc.syscall(number, _path(new), _path(old)), "pivot_root")


def unmount(target: str | Path) -> None:
    """Take a mount away, with everything below it."""
    _checked(_libc.umount2(_path(target), _DETACH), f"umount {target}")


# --- Rights ---------------------------------------------------------------------------------------


def keep_rights_over_user_change() -> None:
    """A later change from root to another user keeps the rights inside this user namespace."""
    set_secure_bits, no_fixup = 28, 4
    _checked(_libc.prctl(set_secure_bits, no_fixup, 0, 0, 0), "prctl SECUREBITS")


def drop_rights() -> None:
    """Give up every capability, for good: no program started later can have one again."""
    drop_from_bounds, last = 24, 63
    for capability in range(last + 1):
        if _libc.prctl(drop_from_bounds, capability, 0, 0, 0) < 0:
            break  # past the last one that this kernel knows
    header = struct.pack("Ii", 0x20080522, 0)
    _checked(_libc.capset(header, struct.pack("6I", 0, 0, 0, 0, 0, 0)), "capset")
    no_more_rights()


def no_more_rights() -> None:
    """No program that is started from here on gains rights, setuid or not."""
    _checked(_libc.prctl(38, 1, 0, 0, 0), "prctl NO_NEW_PRIVS")


def hide_memory(hidden: bool = True) -> None:
    """Keep other processes of this user from reading or tracing this one, or let them again."""
    _checked(_libc.prctl(4, 0 if hidden else 1, 0, 0, 0), "prctl DUMPABLE")


def adopt_orphans() -> None:
    """Become the parent of every process below this one whose own parent ends."""
    _checked(_libc.prctl(36, 1, 0, 0, 0), "prctl CHILD_SUBREAPER")


def die_with_parent() -> None:
    """Be killed when the thread that forked this process ends."""
    _checked(_libc.prctl(1, signal.SIGKILL, 0, 0, 0), "prctl PDEATHSIG")


# --- Landlock -------------------------------------------------------------------------------------


def landlock_version() -> int:
    """The version of Landlock that the kernel offers; 0 for none."""
    return max(0, int(_libc.syscall(_LANDLOCK_CREATE, None, 0, 1)))


def landlock(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Restrict this process and its children to reading here and writing there.

    From version 6 on, signals and abstract sockets stay among them as well. TCP is left alone: the
    network namespace has nothing but its own loopback.
    """
    version = landlock_version()
    everything = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    scoped = 3 if version >= 6 else 0
    attributes = struct.pack("QQQ", everything, 0, scoped)
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = _libc.syscall(_LANDLOCK_CREATE, attributes[:size], size, 0)
    _checked(rules, "landlock_create_ruleset")
    run, read, list_ = 1, 4, 8
    for paths, access in ((readable, run | read | list_), (writable, everything)):
        for path in paths:
            _landlock_rule(rules, path, access)
    no_more_rights()
    _checked(_libc.syscall(_LANDLOCK_RESTRICT, rules, 0), "landlock_restrict_self")
    os.close(rules)


def _landlock_rule(rules: int, path: str, access: int) -> None:
    run, write, read, truncate = 1, 2, 4, 1 << 14
    if not Path(path).is_dir():
        access &= run | write | read | (truncate if landlock_version() >= 3 else 0)
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=QI", access, folder)
        _checked(_libc.syscall(_LANDLOCK_ADD, rules, 1, rule, 0), f"landlock_add_rule {path}")
    finally:
        os.close(folder)


# --- System call filter ---------------------------------------------------------------------------


def filter_calls(program: bytes) -> None:
    """Let a filter decide about every later system call of this process and its children.

    :param program: instructions of 8 bytes, as `seccomp.program()` makes them.
    """
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    no_more_rights()
    _checked(_libc.prctl(22, 2, header, 0, 0), "prctl SECCOMP")
