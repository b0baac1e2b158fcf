"""Things on the host that no learner's code may find, reach, change or leave behind."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path


def new_token() -> str:
    """A word that is nowhere else."""
    return f"canary-{secrets.token_hex(12)}"


class Canaries:
    """Planted on the host for one run of the hostile set; `alarms` says which were touched."""

    def __init__(self) -> None:
        # In the environment from the start, as a person's key is: a process shows what it began with.
        given = os.environ.get("OPENAI_API_KEY", "")
        self.token = given if given.startswith("canary-") else new_token()
        self.marker = f"left-{secrets.token_hex(8)}"
        self.naptime = str(secrets.randbelow(10**8) + 10**9)
        self.folder = Path(tempfile.mkdtemp(prefix="fanout-class-"))
        (self.folder / "secret.txt").write_text(self.token)
        (self.folder / "peer").mkdir()
        (self.folder / "peer" / "detect.ipynb").write_text(f"peer's work {self.token}")
        os.environ["OPENAI_API_KEY"] = self.token
        self._heard: list[str] = []
        self._tcp = self._listening(socket.AF_INET, ("0.0.0.0", 0))
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("0.0.0.0", 0))
        self._unix = self._listening(socket.AF_UNIX, str(self.folder / "canary.sock"))
        self._abstract = self._listening(socket.AF_UNIX, f"\0{self.marker}")
        for one in (self._tcp, self._unix, self._abstract):
            threading.Thread(target=self._accept, args=(one,), daemon=True).start()
        threading.Thread(target=self._hear, daemon=True).start()

    def places(self) -> dict[str, str]:
        """What the notebooks are told, so that they can try."""
        return {
            "token": "".join(chr(ord(c) ^ 1) for c in self.token),
            "marker": self.marker,
            "naptime": self.naptime,
            "folder": str(self.folder),
            "secret": str(self.folder / "secret.txt"),
            "peer": str(self.folder / "peer" / "detect.ipynb"),
            "touched": str(self.folder / "touched"),
            "unix": str(self.folder / "canary.sock"),
            "tcp_port": str(self._tcp.getsockname()[1]),
            "udp_port": str(self._udp.getsockname()[1]),
            "address": _own_address(),
            "answers": "the answers were found",
        }

    def alarms(self, result: str) -> list[str]:
        """What of all this shows in a result, or was touched, or is still there."""
        found = [f"heard {what}" for what in self._heard]
        words = (self.token, self.places()["token"], "the answers were found", "vsock", "dns")
        found += [f"the result holds {word!r}" for word in words if word in result]
        if not (self.folder / "secret.txt").exists() or not (self.folder / "peer").exists():
            found.append("the host's files were deleted")
        if (self.folder / "touched").exists():
            found.append("a command ran on the host")
        found += [f"process {pid} is still there" for pid in self._processes()]
        self._heard.clear()
        return found

    def _processes(self) -> Iterator[str]:
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                line = (folder / "cmdline").read_bytes()
                if self.marker.encode() in line or self.naptime.encode() in line.split(b"\0"):
                    yield folder.name

    def close(self) -> None:
        """Take them all away."""
        for one in (self._tcp, self._udp, self._unix, self._abstract):
            one.close()
        shutil.rmtree(self.folder)

    def _listening(self, family: int, address: object) -> socket.socket:
        one = socket.socket(family)
        one.bind(address)
        one.listen()
        return one

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                listening.accept()[0].close()
                self._heard.append("a connection")

    def _hear(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._udp.recv(100)
                self._heard.append("a datagram")


def _own_address() -> str:
    """An address of this machine that is not loopback, where it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.connect(("192.0.2.1", 9))
            return str(one.getsockname()[0])
        except OSError:
            return "127.0.0.2"
