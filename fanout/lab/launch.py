"""What to start: JupyterLab's command line, its environment, its own folders in the course."""

from __future__ import annotations

import json
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

from fanout.lab.course import START, LabError
from fanout.lab.ports import HOST, free_port

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

    return zmq.has("curve")


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
