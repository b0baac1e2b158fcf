"""JupyterLab on the lessons: this machine only, nothing fetched, the learner's own settings untouched."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LabError", "Launch", "find_root", "open_lab", "plan", "stop", "trust", "wait_until_up"]

START = "notebooks/00_start_here.ipynb"
HOST = "127.0.0.1"
FIRST_PORT = 8888
PORTS_TRIED = 50
START_SECONDS = 90.0

# Jupyter reads these from the shell; each can swap in another kernel, another configuration or
# another folder of extensions than the course's own.
FOREIGN = (
    "JUPYTER_CONFIG_PATH",
    "JUPYTER_NO_CONFIG",
    "JUPYTER_PATH",
    "JUPYTER_PLATFORM_DIRS",
    "JUPYTER_RUNTIME_DIR",
    "JUPYTERLAB_DIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
)

# JupyterLab otherwise asks everyone, once, whether it may fetch news: in a pop-up over the lesson.
DEFAULT_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}


class LabError(Exception):
    """JupyterLab could not be opened; the text says why and what to do."""


def find_root(marker: str = START) -> Path:
    """The course's folder: the nearest one, from here upwards, that holds the file `marker`.

    Failing that, the folder this package was installed from. Raises LabError when neither has it.
    """
    here = Path.cwd()
    clone = Path(__file__).resolve().parents[1]
    for folder in (here, *here.parents, clone):
        if (folder / marker).is_file():
            return folder
    raise LabError(
        f"There is no {marker} in {here}, in a folder above it, or in {clone}. Go to the folder "
        f"that the course was cloned into (it holds README.md and notebooks/) and try again."
    )


@dataclass(frozen=True)
class Launch:
    """Everything needed to start one JupyterLab: the command, its environment, its address."""

    argv: list[str]
    env: dict[str, str]
    root: Path
    port: int
    token: str

    @property
    def url(self) -> str:
        """The address of the first lesson, with the token that lets a browser in."""
        return f"http://{HOST}:{self.port}/lab/tree/{START}?token={self.token}"


def command(root: Path, port: int) -> list[str]:
    """The JupyterLab command line for the course in `root` on `port`, without the token."""
    argv = [
        # The interpreter that runs this is the project's; its kernel is the one notebooks get.
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.allow_remote_access=False",
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{START}",
        "--ServerApp.open_browser=False",
        "--ServerApp.answer_yes=True",
        "--Application.log_level=ERROR",
        # Three things JupyterLab asks the network about: news, updates, extensions.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        # Looking for language servers runs `npm` where there is one, which takes a second.
        "--LanguageServerManager.autodetect=False",
    ]
    if _can_encrypt():
        # Without it every kernel prints a warning that others on this machine could listen in.
        argv.append("--MappingKernelManager.transport_encryption=auto")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        argv.append("--allow-root")
    return argv


def _can_encrypt() -> bool:
    import zmq

    return bool(zmq.has("curve"))


def _environment(root: Path, token: str) -> dict[str, str]:
    """The shell's environment, with Jupyter's own folders moved into the project.

    Settings, the list of open tabs and signatures then live in `.fanout/jupyter`: what the learner
    has in `~/.jupyter` is neither read nor changed.
    """
    own = root / ".fanout" / "jupyter"
    env = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    env |= {
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        # Not on the command line: other people on the machine can list those.
        "JUPYTER_TOKEN": token,
    }
    return env


def _is_free(port: int) -> bool:
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
        if not _is_free(wanted):
            raise LabError(
                f"Port {wanted} is taken by another program (perhaps a lab that is still open in "
                f"another terminal). Leave --port away and a free one is chosen."
            )
        return wanted
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        if _is_free(port):
            return port
    raise LabError(
        f"All ports from {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1} are taken. Stop the "
        f"Jupyter servers you no longer need, or name a free port: fanout lab --port 9500"
    )


def _prepare(config: Path, data: Path) -> None:
    """Make Jupyter's folders, and set what JupyterLab starts from; choices made in it win."""
    defaults = config / "labconfig" / "default_setting_overrides.json"
    for folder in (defaults.parent, data):
        folder.mkdir(parents=True, exist_ok=True)
    defaults.write_text(json.dumps(DEFAULT_SETTINGS, indent=2), encoding="utf-8")


def plan(root: Path, port: int | None = None) -> Launch:
    """What to start for the course in `root`; makes the folder its settings live in."""
    root = root.resolve()
    token = secrets.token_hex(16)
    env = _environment(root, token)
    try:
        _prepare(Path(env["JUPYTER_CONFIG_DIR"]), Path(env["JUPYTER_DATA_DIR"]))
    except OSError as error:
        raise LabError(
            f"{error.filename} cannot be written ({error.strerror}). The lab keeps its settings "
            f"there: copy the course to a folder you may write in."
        ) from error
    chosen = free_port(port)
    return Launch(command(root, chosen), env, root, chosen, token)


def trust(launch: Launch) -> int:
    """Sign the built notebooks, so that JupyterLab shows their pictures; returns how many.

    Pictures are HTML, which JupyterLab leaves out of notebooks that came from elsewhere. Only what
    the project ships executed is signed, and only for labs that are opened from here.
    """
    import nbformat
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary(data_dir=launch.env["JUPYTER_DATA_DIR"])
    signed = 0
    for folder in ("notebooks", "solutions"):
        for path in sorted((launch.root / folder).glob("*.ipynb")):
            try:
                notary.sign(nbformat.read(path, as_version=4))
            except (OSError, ValueError, nbformat.ValidationError) as error:
                # JupyterLab will open the others, and says itself what is wrong with this one.
                print(f"{path.relative_to(launch.root)} could not be read: {error}")
            else:
                signed += 1
    notary.store.close()
    return signed


def _answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until_up(server: subprocess.Popen[bytes], port: int) -> None:
    """Return when the server takes connections; raise LabError when it ended or never does."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise LabError(
                f"JupyterLab ended at once, with exit code {server.returncode}; its own words are "
                f"above. `fanout doctor` looks for the usual reasons."
            )
        if _answers(port):
            return
        time.sleep(0.05)
    raise LabError(
        f"JupyterLab did not answer on port {port} within {START_SECONDS:.0f} seconds. "
        f"`fanout doctor` looks for the usual reasons."
    )


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
    launch = plan(find_root(), port)
    _treat_as_ctrl_c()
    print("Starting JupyterLab ...", flush=True)
    # In a session of its own, Ctrl-C reaches only this process, which then ends the server once.
    server = subprocess.Popen(launch.argv, env=launch.env, cwd=launch.root, start_new_session=True)
    try:
        trust(launch)
        wait_until_up(server, launch.port)
        _announce(launch, browser)
        return server.wait()
    except KeyboardInterrupt:
        print("\nStopping JupyterLab; what you saved is kept.", flush=True)
        return 0
    finally:
        stop(server)
