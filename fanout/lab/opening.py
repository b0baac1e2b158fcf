"""`fanout lab`: JupyterLab opened for a person, until they stop it."""

from __future__ import annotations

import os
import signal
import sys
import webbrowser

from fanout.lab.course import find_root
from fanout.lab.launch import Launch
from fanout.lab.server import start, stop


def has_browser() -> bool:
    """Whether a window can be opened here; a text browser in this terminal does not count."""
    if sys.platform in ("darwin", "win32"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"))


def _announce(launch: Launch, browser: bool) -> None:
    # The token goes to the browser in the address, not in a redirect file as Jupyter has it:
    # browsers installed as a snap cannot read files in hidden folders.
    opened = browser and has_browser() and webbrowser.open(launch.url)
    lead = "JupyterLab is open in your browser" if opened else "Open this address in a browser"
    print(f"\n{lead}:\n\n    {launch.url}\n\nStop it here with Ctrl-C.\n", flush=True)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _treat_as_ctrl_c() -> None:
    """A closed terminal or a plain `kill` ends like Ctrl-C: no server is left behind."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _interrupt)


def open_lab(port: int | None = None, browser: bool = True) -> int:
    """Open JupyterLab on the first lesson and stay until it ends; returns an exit code.

    Raises LabError when there is no course here, no free port, or JupyterLab does not start.
    """
    root = find_root()
    _treat_as_ctrl_c()
    print("Starting JupyterLab ...", flush=True)
    server = None
    try:
        launch, server = start(root, port)
        _announce(launch, browser)
        return server.wait()
    except KeyboardInterrupt:
        print("\nStopping JupyterLab; what you saved is kept.", flush=True)
        return 0
    finally:
        if server is not None:
            stop(server)
