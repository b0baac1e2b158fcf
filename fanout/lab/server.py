"""JupyterLab as a process: started, waited for, stopped."""

from __future__ import annotations

import http.client
import subprocess
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from fanout.lab.course import LabError
from fanout.lab.launch import Launch, plan
from fanout.lab.ports import HOST, is_free
from fanout.lab.signatures import trust

START_SECONDS = 90.0


def _answers(launch: Launch) -> bool:
    """Whether this very lab answers: another server on its port does not take the token."""
    status = urllib.request.Request(
        f"http://{HOST}:{launch.port}/api/status",
        headers={"Authorization": f"token {launch.token}"},
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        direct.open(status, timeout=2).close()
    except (OSError, http.client.HTTPException):
        return False
    return True


def wait_until_up(server: subprocess.Popen[bytes], launch: Launch) -> None:
    """Return when the server answers; raise LabError when it ended or never does."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise LabError(
                f"JupyterLab ended at once, with exit code {server.returncode}; its own words are "
                f"above. `fanout doctor` looks for the usual reasons."
            )
        if _answers(launch):
            return
        time.sleep(0.05)
    raise LabError(
        f"JupyterLab did not answer on port {launch.port} within {START_SECONDS:.0f} seconds. "
        f"`fanout doctor` looks for the usual reasons."
    )


def start(
    root: Path, port: int | None = None, options: Sequence[str] = ()
) -> tuple[Launch, subprocess.Popen[bytes]]:
    """Start JupyterLab for the course in `root`, and return when it answers.

    Of two labs started in the same second, both may choose the same port; the one that loses it
    takes the next, unless `port` was named. Raises LabError when JupyterLab does not start.
    """
    while True:
        launch = plan(root, port)
        # In a session of its own, Ctrl-C reaches only this process, which then ends the server.
        server = subprocess.Popen(
            [*launch.argv, *options], env=launch.env, cwd=launch.root, start_new_session=True
        )
        try:
            trust(launch)
            wait_until_up(server, launch)
            return launch, server
        except BaseException as error:
            stop(server)
            if port or not isinstance(error, LabError) or is_free(launch.port):
                raise
            print(f"Another program was quicker to take port {launch.port}: trying the next.")


def stop(server: subprocess.Popen[bytes]) -> None:
    """End the server politely, so that it stops its kernels; after ten seconds without asking."""
    if server.poll() is not None:
        return
    server.terminate()
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
