"""What a box sees of this machine's files: an interpreter, its packages, and nothing of anyone's.

Strategy: not the machine with things taken away, but an empty root with few things put in, all of
them read-only. The course is put in without its lessons, so that no check and no solution can be
read. The folder above the package (exercises, solutions, tests) is not there at all.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import fanout
from fanout.grading import kernel

HOME = Path("/home/learner")
_OLD = Path("/old")
_TMP = Path("/tmp")  # noqa: S108
_kept: list[tuple[Path, Path]] = []
"""What lies in `/tmp` and is shown: where it is kept, and where it belongs."""
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store")
_SETTINGS = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_OF_A_PREFIX = ("bin", "lib", "lib64", "pyvenv.cfg")
_PACKAGE = Path(fanout.__file__).parent

LESSONS = _PACKAGE.resolve() / "lessons"
"""What holds the answers, and is covered in a box."""

_NAMES = {
    "passwd": "learner:x:{user}:{group}::/home/learner:/bin/sh\n",
    "group": "learner:x:{group}:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


def shown() -> list[Path]:
    """The files and folders that a box gets to see, as they are called on this machine."""
    wanted = [Path(path) for path in (*_SYSTEM, *_SETTINGS)]
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}:
        wanted += [Path(prefix) / name for name in _OF_A_PREFIX]
    wanted += [Path(entry) for entry in sys.path if _holds_packages(entry)]
    wanted += [Path(sys.executable).parent, Path(sys.executable).resolve().parent, _PACKAGE]
    return _outermost(path for path in wanted if path.exists())


def _holds_packages(entry: str) -> bool:
    return Path(entry).name in ("site-packages", "dist-packages", "lib-dynload")


def _outermost(paths: Iterator[Path]) -> list[Path]:
    """The paths that lie in none of the others, outer ones first."""
    chosen: list[Path] = []
    for path in sorted(set(paths), key=lambda path: (len(path.parts), path)):
        if not any(path.is_relative_to(other) and not other.is_symlink() for other in chosen):
            chosen.append(path)
    return chosen


def names(user: int, group: int) -> dict[str, str]:
    """Files of `/etc` that tell who is who, with nobody but the learner in them."""
    return {name: text.format(user=user, group=group) for name, text in _NAMES.items()}


def build(user: int, group: int) -> None:
    """Replace the root of this mount namespace by the view. What was there is out of reach then.

    `user` and `group` are the numbers that learners' code will run under.
    """
    paths = [(path, path.resolve()) for path in shown()]
    kernel.keep_mounts_private()
    kernel.mount_memory("/tmp", "1m")  # noqa: S108 (a place to stand, covered for this namespace alone)
    Path("/tmp/old").mkdir()  # noqa: S108
    kernel.pivot_root("/tmp", "/tmp/old")  # noqa: S108
    os.chdir("/")
    for folder in (Path("/proc"), _TMP, HOME):
        folder.mkdir(parents=True, exist_ok=True)
    for folder in (_TMP, HOME):  # for loading; each submission gets its own
        kernel.mount_memory(folder, "4m", mode="1777")
    for path, real in paths:
        _show(path, real)
    _hide_lessons()
    _keep(real for _, real in paths)
    _make_etc(user, group)
    _make_devices()
    processes()
    kernel.unmount(_OLD)
    _OLD.rmdir()
    kernel.seal("/", below=False)  # devices below must stay writable


def processes() -> None:
    """Show this namespace's processes in `/proc`; where the kernel refuses, the box has none."""
    try:
        kernel.mount_processes("/proc")
    except OSError:
        return


def own_places() -> None:
    """Empty folders for one submission: its home, `/tmp` and `/dev/shm`, gone with its processes."""
    kernel.mount_memory(HOME, "64m", mode="700")
    kernel.mount_memory("/tmp", "32m", mode="1777")  # noqa: S108
    kernel.mount_memory("/dev/shm", "16m", mode="1777")  # noqa: S108
    for kept, real in _kept:
        _bind_at(kept, real)
    os.chdir(HOME)


def _keep(reals: Iterable[Path]) -> None:
    """Keep a second way to what lies in `/tmp`, where each submission gets an empty folder.

    A clone of the course, or its environment, may well lie there.
    """
    there = dict.fromkeys(real for real in reals if real.is_relative_to(_TMP))
    for number, real in enumerate(there):
        kept = Path("/kept") / str(number)
        _bind_at(real, kept)
        _kept.append((kept, real))


def _show(path: Path, real: Path) -> None:
    if real != path and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(real)
    if real.exists():
        return  # it lies in something that is shown already
    _bind_at(_OLD / real.relative_to("/"), real)


def _bind_at(source: Path, target: Path) -> None:
    """Show `source` at a place that is not there yet."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        target.mkdir()
    else:
        target.touch()
    kernel.bind(source, target)


def _hide_lessons() -> None:
    """Cover what holds the answers. An empty `lessons` says that there is none, here."""
    kernel.mount_memory(LESSONS, "4k", files=2)
    kernel.seal(LESSONS)


def _make_etc(user: int, group: int) -> None:
    etc = Path("/etc")
    etc.mkdir(exist_ok=True)
    for name, text in names(user, group).items():
        (etc / name).write_text(text, encoding="utf-8")


def _make_devices() -> None:
    for name in _DEVICES:
        target = Path("/dev") / name
        target.parent.mkdir(exist_ok=True)
        target.touch()
        kernel.bind(_OLD / "dev" / name, target, device=True)
    Path("/dev/shm").mkdir()  # noqa: S108
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        (Path("/dev") / name).symlink_to(f"/proc/self/fd/{number}")
    Path("/dev/fd").symlink_to("/proc/self/fd")
