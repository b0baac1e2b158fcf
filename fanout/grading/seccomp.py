"""A filter for system calls: what no notebook needs, and what reaches around a namespace.

Written as the kernel's own small machine wants it (classic BPF), so that no library is needed. The
calls named here fail with EPERM, as they do for anyone without rights; all others work.
"""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Iterator

_DENIED = {
    # By name: the number on x86_64 and on aarch64.
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "syslog": (103, 116),
    "quotactl": (179, 60),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "personality": (135, 92),
    # Memory that belongs to no process: no limit counts it.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
}
_CLONE, _CLONE3, _SOCKET = (56, 220), (435, 435), (41, 198)
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_NEW_NAMESPACES = 0x7E020000
_FAMILIES = (1, 2, 10, 16)  # unix, IPv4, IPv6, netlink: all of them end at the namespace's border

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _FAIL, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16


def supported() -> bool:
    """Whether the filter is written for this kind of processor."""
    return platform.machine() in _ARCHITECTURES


def program() -> bytes:
    """The filter for this machine. Raises `KeyError` where it is not `supported()`."""
    return b"".join(_instructions(*_ARCHITECTURES[platform.machine()]))


def _instructions(column: int, architecture: int) -> Iterator[bytes]:
    yield _step(_LOAD, _ARCHITECTURE)
    yield _step(_EQUAL, architecture, then=1)
    yield _step(_RETURN, _KILL)
    yield _step(_LOAD, _NUMBER)
    yield _step(_AT_LEAST, 0x40000000, otherwise=1)  # x32 has other numbers for the same calls
    yield _step(_RETURN, _FAIL | errno.EPERM)
    for numbers in _DENIED.values():
        yield _step(_EQUAL, numbers[column], otherwise=1)
        yield _step(_RETURN, _FAIL | errno.EPERM)
    # Without clone3, whose flags stand where no filter can read them, the C library takes clone.
    yield _step(_EQUAL, _CLONE3[column], otherwise=1)
    yield _step(_RETURN, _FAIL | errno.ENOSYS)
    yield _step(_EQUAL, _CLONE[column], otherwise=4)
    yield _step(_LOAD, _FIRST_ARGUMENT)
    yield _step(_ANY_BIT, _NEW_NAMESPACES, otherwise=1)
    yield _step(_RETURN, _FAIL | errno.EPERM)
    yield _step(_RETURN, _ALLOW)
    yield _step(_EQUAL, _SOCKET[column], otherwise=len(_FAMILIES) + 2)
    yield _step(_LOAD, _FIRST_ARGUMENT)
    for left, family in zip(range(len(_FAMILIES), 0, -1), _FAMILIES, strict=True):
        yield _step(_EQUAL, family, then=left)
    yield _step(_RETURN, _FAIL | errno.EAFNOSUPPORT)
    yield _step(_RETURN, _ALLOW)


def _step(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    """One instruction; a comparison skips `then` instructions if it holds, else `otherwise`."""
    return struct.pack("HBBI", code, then, otherwise, value)
