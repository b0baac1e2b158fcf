"""What each layer of the sandbox keeps from a process, alone; and what is said without them."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fanout.grading import kernel, sandbox, seccomp
from fanout.grading.layers import UNSAFE, Layers, Refused, probe
from fanout.grading.pool import Pool

found = probe()
linux = pytest.mark.skipif(sys.platform != "linux", reason="these are layers of Linux")
needs_landlock = pytest.mark.skipif(not found.landlock, reason="this kernel has no Landlock")
needs_seccomp = pytest.mark.skipif(
    not (sys.platform == "linux" and seccomp.supported()),
    reason="the filter is not written for this processor",
)
needs_namespaces = pytest.mark.skipif(not found.namespaces, reason=found.advice or "-")


def inside(prepare: Callable[[], object], attempt: Callable[[], object]) -> int:
    """The error number that the attempt ends with in a process of its own; 0 when it works."""
    pid = os.fork()
    if pid == 0:
        code = 255
        try:
            prepare()
            attempt()
            code = 0
        except OSError as error:
            code = error.errno or 254
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def names_in(folder: str | Path) -> set[str]:
    return {path.name for path in Path(folder).iterdir()}


def nothing() -> None:
    pass


@linux
def test_probing_changes_nothing_here() -> None:
    """This process still has its own user and sees its own files after probing."""
    network = Path("/proc/self/ns/net")
    before = (os.getuid(), network.readlink(), names_in("/"))
    probe()
    assert before == (os.getuid(), network.readlink(), names_in("/"))


@needs_seccomp
@pytest.mark.parametrize(
    ("attempt", "number"),
    [
        (lambda: kernel.unshare(kernel.NEW_USER), errno.EPERM),
        (lambda: kernel.unmount("/proc"), errno.EPERM),
        (lambda: os.memfd_create("x"), errno.EPERM),
        (lambda: os.chroot("/"), errno.EPERM),
        (lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM), errno.EAFNOSUPPORT),
        (lambda: socket.socketpair(), 0),
        (lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM), 0),
        (lambda: os.waitpid(os.fork() or os._exit(0), 0), 0),
    ],
)
def test_the_filter(attempt: Callable[[], object], number: int) -> None:
    """The filter refuses what reaches around a namespace, and lets ordinary calls through."""
    assert inside(lambda: kernel.filter_calls(seccomp.program()), attempt) == number


@needs_landlock
def test_landlock(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Files can be read and written only where it was said."""
    readable, writable = (tmp_path_factory.mktemp(name) for name in ("readable", "writable"))
    (readable / "there").write_text("x")

    def restrict() -> None:
        kernel.landlock([str(readable)], [str(writable)])

    assert inside(restrict, lambda: (readable / "there").read_text()) == 0
    assert inside(restrict, lambda: (readable / "new").write_text("x")) == errno.EACCES
    assert inside(restrict, lambda: (writable / "new").write_text("x")) == 0
    assert inside(restrict, lambda: names_in("/etc")) == errno.EACCES
    assert inside(nothing, lambda: names_in("/etc")) == 0


@needs_namespaces
def test_the_view() -> None:
    """Inside there is no folder of this repository but the package, and that without its lessons."""

    def look() -> None:
        import fanout

        package = Path(fanout.__file__).parent
        above = names_in(package.parent) - {".venv", "fanout"}
        if above and package.parent.name != "site-packages":
            raise OSError(1, "the repository is there")
        if names_in(package / "lessons"):
            raise OSError(2, "the lessons are there")

    assert inside(sandbox.enter, look) == 0
    assert inside(nothing, look) == 1


@needs_namespaces
def test_nobody_inside(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Inside, root is an ordinary user, and files cannot be written."""

    def user() -> None:
        if os.getuid() == 0:
            raise OSError(1, "root")

    assert inside(sandbox.enter, user) == 0
    assert inside(sandbox.enter, lambda: Path("/usr/bin/mine").touch()) == errno.EROFS


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (Layers(system="Darwin"), "virtual machine"),
        (Layers(system="Windows"), "WSL 2"),
        (Layers(system="Linux", missing="unshare: not permitted"), "unshare: not permitted"),
    ],
)
def test_the_advice(layers: Layers, words: str) -> None:
    """Where it is not enough, the text says what this machine lacks, what to do, and how to do without."""
    assert not layers.enough
    assert words in layers.advice
    assert UNSAFE in layers.advice


@linux
def test_landlock_and_seccomp_alone_are_not_enough() -> None:
    """Without a network and a view of its own a box is none, whatever else there is."""
    assert not Layers(system="Linux", landlock=7, seccomp=True).enough


@needs_namespaces
def test_a_machine_without_namespaces_is_refused() -> None:
    """Where the kernel gives no namespaces the pool refuses, with the reason; unsafe it still opens."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        said = "opened"
        try:
            _take_namespaces_away()
            with Pool(1):
                pass
        except Refused as refused:
            said = str(refused)
        except BaseException as error:  # noqa: BLE001
            said = f"{error!r}"
        finally:
            os.write(writing, said.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    assert "does not give learners' code a place of its own" in said
    assert "--unsafe" in said


def _take_namespaces_away() -> None:
    """In a new user namespace, set the number of further ones to zero."""
    user, group = os.getuid(), os.getgid()
    kernel.unshare(kernel.NEW_USER)
    if user:
        sandbox._map_self(user, group)
    Path("/proc/sys/user/max_user_namespaces").write_text("0")


def test_a_pool_of_nothing() -> None:
    """A pool needs at least one job, and says so."""
    with pytest.raises(ValueError, match="at least 1"):
        Pool(0)
