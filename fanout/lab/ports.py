"""The port that JupyterLab listens on."""

from __future__ import annotations

import os
import socket

from fanout.lab.course import LabError

HOST = "127.0.0.1"
FIRST_PORT = 8888
PORTS_TRIED = 50


def is_free(port: int) -> bool:
    """Whether a server on this machine could listen on `port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            # As the server does; a port left a moment ago by another server is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(wanted: int | None = None) -> int:
    """A free port: `wanted`, or the first free one from 8888 up.

    Raises LabError when `wanted` is taken, or fifty ports in a row are.
    """
    if wanted is not None:
        if not is_free(wanted):
            raise LabError(
                f"Port {wanted} is taken by another program (perhaps a lab that is still open in "
                f"another terminal). Leave --port away and a free one is chosen."
            )
        return wanted
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        if is_free(port):
            return port
    raise LabError(
        f"All ports from {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1} are taken. Stop the "
        f"Jupyter servers you no longer need, or name a free port: fanout lab --port 9500"
    )
