"""Which layers of a sandbox this machine has, and what to do where they are too few.

Enough is: an own network, an own view of the files, own processes (Linux namespaces give all three,
made by ourselves or by bubblewrap) and limits. Landlock and a filter for system calls are put on besides wherever the kernel has them.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fanout.grading import bubblewrap

Kind = Literal["namespaces", "bubblewrap", "unsafe"]
"""What a box is made with."""

UNSAFE = (
    "To grade without a sandbox all the same, pass --unsafe: then learners' code can read your files, "
    "use your network and change its own grade, and every report says so."
)


class Refused(RuntimeError):
    """This machine cannot keep learners' code in. The text says what to install or to do."""


@dataclass(frozen=True, kw_only=True)
class Layers:
    """What was found on this machine."""

    system: str
    namespaces: bool = False
    landlock: int = 0
    """Version of the kernel's Landlock; 0 for none."""
    seccomp: bool = False
    bubblewrap: bool = False
    """It works for this user; asked only where namespaces of our own do not."""
    missing: str | None = None
    """Why there are no namespaces, in the kernel's words."""

    @property
    def enough(self) -> bool:
        """Whether learners' code can be kept in."""
        return self.namespaces or self.bubblewrap

    @property
    def kind(self) -> Kind:
        """What boxes are made with here."""
        if self.namespaces:
            return "namespaces"
        return "bubblewrap" if self.bubblewrap else "unsafe"

    @property
    def names(self) -> tuple[str, ...]:
        """The layers that a box here puts on, outermost first."""
        if not self.enough:
            return ()
        besides = [name for name in ("landlock", "seccomp") if getattr(self, name)]
        return (self.kind, *besides, "limits")

    @property
    def advice(self) -> str:
        """What to do on this machine, in sentences; nothing to do where it is enough."""
        return "" if self.enough else f"{_advice(self)} {UNSAFE}"


def probe() -> Layers:
    """Try each layer in a process of its own. Takes a few milliseconds and changes nothing here."""
    if sys.platform != "linux":
        return Layers(system=platform.system())
    from fanout.grading import kernel, seccomp

    why = _try(_namespaces)
    return Layers(
        system="Linux",
        namespaces=why is None,
        landlock=kernel.landlock_version(),
        seccomp=seccomp.supported(),
        bubblewrap=why is not None and bubblewrap.works(),
        missing=why,
    )


def _namespaces() -> None:
    from fanout.grading import sandbox

    sandbox.enter()


def _try(what: Callable[[], None]) -> str | None:
    """Why it does not work here, as tried in a child; None when it works."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            what()
        except Exception as error:  # noqa: BLE001 (all that matters is what it says)
            os.write(writing, str(error).encode()[:500])
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    os.waitpid(pid, 0)
    return said or None


# --- Words ----------------------------------------------------------------------------------------


def _advice(layers: Layers) -> str:
    if layers.system == "Darwin":
        return (
            "macOS has no sandbox that this grader can use: its processes have no network and no view "
            "of the files of their own. Grade on a Linux machine, or in a Linux virtual machine (Lima, "
            "UTM, a cloud machine)."
        )
    if layers.system != "Linux":
        return (
            f"{layers.system} has no sandbox that this grader can use. Grade on a Linux machine; on "
            "Windows, WSL 2 is one: install it with `wsl --install`, and the course inside it."
        )
    return f"This machine does not give learners' code a place of its own ({layers.missing}). {_switches()}"


def _switches() -> str:
    """Which of the usual switches is off, and how to turn it on."""
    if _setting("kernel/apparmor_restrict_unprivileged_userns") == "1" and os.getuid():
        return (
            "Ubuntu's AppArmor refuses user namespaces to ordinary programs. Install bubblewrap where "
            "Ubuntu lets it have them (25.04 and later: `sudo apt install bubblewrap`), or run the "
            "grader as root (it drops root before any learner's code runs), or allow them: "
            "`sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`."
        )
    if _setting("kernel/unprivileged_userns_clone") == "0" and os.getuid():
        return "Allow user namespaces: `sudo sysctl kernel.unprivileged_userns_clone=1`."
    if _setting("user/max_user_namespaces") == "0":
        return "Allow user namespaces: `sudo sysctl user.max_user_namespaces=10000`."
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        return (
            "Containers take these rights away. Start this one with `--security-opt seccomp=unconfined "
            "--security-opt apparmor=unconfined --cap-add SYS_ADMIN`, or grade outside it."
        )
    return (
        "It needs Linux 5.12 or later with user namespaces (CONFIG_USER_NS). On a machine that you do "
        "not look after, ask for these, or grade in a virtual machine."
    )


def _setting(name: str) -> str | None:
    try:
        return (Path("/proc/sys") / name).read_text().strip()
    except OSError:
        return None
