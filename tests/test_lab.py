"""Opening JupyterLab: where it listens, what it reads and writes, how it ends."""

from __future__ import annotations

import contextlib
import html
import io
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import nbformat
import pytest
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook, new_output

from fanout.lab import (
    LabError,
    Launch,
    find_root,
    plan,
    ports,
    start,
    stop,
    trust,
    wait_until_up,
)
from fanout.lab import launch as lab_launch
from fanout.lab.ports import free_port

FIRST = "notebooks/00_start_here.ipynb"


def write_notebook(path: Path) -> None:
    """A notebook with an HTML output, as a lesson with a picture has."""
    picture = new_output("display_data", data={"text/html": "<figure>two bars</figure>"})
    cell = new_code_cell("1 + 1", outputs=[picture])
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=[cell]), path)


def write_course(root: Path) -> Path:
    for name in (FIRST, "solutions/00_start_here.ipynb", "exercises/00_start_here.ipynb"):
        write_notebook(root / name)
    return root


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A small course in a folder whose name has a space."""
    return write_course(tmp_path / "mon cours (été)")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


# --- finding the course --------------------------------------------------------------------------


def test_the_course_is_found_from_a_folder_inside_it(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a folder below, the nearest course above is taken."""
    monkeypatch.chdir(course / "exercises")

    assert find_root() == course


def test_a_folder_without_the_course_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no course, the error names the folder and the file that is missing."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(LabError) as caught:
        find_root("notebooks/of_another_course.ipynb")

    assert str(tmp_path) in str(caught.value)
    assert "notebooks/of_another_course.ipynb" in str(caught.value)


# --- ports ---------------------------------------------------------------------------------------


def test_a_wanted_port_that_is_taken_is_refused(taken: int) -> None:
    """A port named on the command line is not silently swapped for another."""
    with pytest.raises(LabError, match=f"Port {taken} is taken"):
        free_port(taken)


def test_the_first_free_port_is_chosen(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no port named, a taken one is passed over."""
    monkeypatch.setattr(ports, "FIRST_PORT", taken)

    assert taken < free_port() < taken + ports.PORTS_TRIED


def test_no_free_port_is_an_error_that_says_what_to_do(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When every port tried is taken, the way out is named."""
    monkeypatch.setattr(ports, "FIRST_PORT", taken)
    monkeypatch.setattr(ports, "PORTS_TRIED", 1)

    with pytest.raises(LabError, match="fanout lab --port"):
        free_port()


# --- the plan ------------------------------------------------------------------------------------


def test_each_start_has_its_own_token_and_keeps_it_off_the_command_line(course: Path) -> None:
    """The token is new each time, long, and nowhere that other people on the machine can list."""
    one, two = plan(course), plan(course)

    assert one.token != two.token
    assert len(one.token) >= 32
    assert one.token not in " ".join(one.argv)
    assert one.url.endswith(f"/lab/tree/{FIRST}?token={one.token}")


def test_root_may_start_it_and_nobody_else_is_asked_to(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--allow-root` is given for root, and for no one else."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "--allow-root" in plan(course).argv

    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "--allow-root" not in plan(course).argv


def test_what_the_shell_says_about_jupyter_is_left_out(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables that point Jupyter elsewhere do not reach the lab."""
    for name in lab_launch.FOREIGN:
        monkeypatch.setenv(name, "/somewhere/else")

    assert "/somewhere/else" not in plan(course).env.values()


def test_a_folder_that_cannot_be_written_is_named(course: Path) -> None:
    """Where the lab's settings have no place, the error names it and says what to do."""
    (course / ".fanout").write_text("in the way", encoding="utf-8")

    with pytest.raises(LabError, match="copy the course to a folder you may write in"):
        plan(course)


# --- trust ---------------------------------------------------------------------------------------


def test_what_is_shipped_executed_is_trusted_and_nothing_else(course: Path) -> None:
    """Lessons and solutions are signed; what the learner writes is not."""
    launch = plan(course)

    assert trust(launch) == 2

    notary = NotebookNotary(data_dir=launch.env["JUPYTER_DATA_DIR"])
    notary.store_factory = lambda: pytest.fail("the signatures were kept in memory only")
    other = new_notebook(cells=[new_code_cell("'mine'")])
    assert notary.check_signature(nbformat.read(course / FIRST, as_version=4))
    assert not notary.check_signature(other)
    notary.store.close()


def test_a_broken_notebook_does_not_keep_the_others_from_being_trusted(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is no notebook is named, and the rest is signed."""
    (course / "notebooks" / "01_broken.ipynb").write_text("{", encoding="utf-8")

    assert trust(plan(course)) == 2
    assert "01_broken.ipynb could not be read" in capsys.readouterr().out


# --- the server ----------------------------------------------------------------------------------


def test_a_server_that_ends_at_once_is_reported_with_its_exit_code(course: Path) -> None:
    """When JupyterLab ends before it answers, waiting stops and says so."""
    server = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])

    with pytest.raises(LabError, match="exit code 3"):
        wait_until_up(server, plan(course))


def test_a_server_that_never_answers_is_given_up(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting has an end, and the server that kept silent can be stopped."""
    monkeypatch.setattr("fanout.lab.server.START_SECONDS", 0.2)
    server = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])

    with pytest.raises(LabError, match="did not answer"):
        wait_until_up(server, plan(course))
    stop(server)

    assert server.returncode is not None


HOSTILE = """
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.base_url = "/elsewhere/"
c.ServerApp.password = "argon2:no"
c.MultiKernelManager.default_kernel_name = "nothing"
raise RuntimeError("the person's own configuration was read")
"""


def write_hostile_home(home: Path) -> Path:
    """A home whose Jupyter configuration would break or expose the lab, were it read."""
    kernel = home / ".local" / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps({"argv": ["/bin/false"], "display_name": "Broken"}), "utf-8")
    for name in ("jupyter_config", "jupyter_server_config", "jupyter_lab_config"):
        file = home / ".jupyter" / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(HOSTILE, encoding="utf-8")
    return home


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@dataclass(frozen=True)
class Unlucky:
    """A lab that lost its first port, in the home of somebody with an odd configuration."""

    launch: Launch
    home: Path
    lost: int
    said: str


@pytest.fixture(scope="module")
def unlucky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unlucky]:
    """One JupyterLab, started for real, for the tests that only look at it."""
    folder = tmp_path_factory.mktemp("unlucky")
    home, said = write_hostile_home(folder / "home"), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        lost = taken.getsockname()[1]
        chosen = iter([lost])
        patch.setenv("HOME", str(home))
        patch.setattr(
            "fanout.lab.launch.free_port", lambda _wanted: next(chosen, None) or free_port()
        )
        with contextlib.redirect_stdout(said):
            launch, server = start(write_course(folder / "mon cours (été)"))
    try:
        yield Unlucky(launch, home, lost, said.getvalue())
    finally:
        stop(server)


def test_a_lab_that_loses_its_port_takes_the_next(unlucky: Unlucky) -> None:
    """Two labs started in the same second: the second is not taken for the first."""
    assert unlucky.launch.port != unlucky.lost
    assert f"quicker to take port {unlucky.lost}" in unlucky.said


def test_the_lab_is_the_course_s_own(unlucky: Unlucky) -> None:
    """A hostile configuration at home is neither read nor changed; kernel and files are ours.

    Without the token nothing is shown, and what signs cookies is not readable by others.
    """
    launch, where = unlucky.launch, f"http://127.0.0.1:{unlucky.launch.port}"
    before = files(unlucky.home)

    with httpx2.Client(trust_env=False, base_url=where, params={"token": launch.token}) as client:
        listed = client.get("/api/contents/notebooks").json()["content"]
        specs = client.get("/api/kernelspecs").json()["kernelspecs"]
        page = client.get(f"/lab/tree/{FIRST}")
        client.put("/lab/api/settings/@jupyterlab/apputils-extension:themes", json={"raw": "{}"})

    with httpx2.Client(trust_env=False) as stranger:
        assert stranger.get(f"{where}/api/contents").status_code == 403
    assert [entry["path"] for entry in listed] == [FIRST]
    assert specs["python3"]["spec"]["display_name"] != "Broken"
    assert page.status_code == 200
    own = json.dumps(str(launch.root / ".fanout" / "jupyter"))
    assert own.strip('"') in html.unescape(page.text)
    assert files(unlucky.home) == before
    secrets = [path for path in files(launch.root / ".fanout") if "secret" in path.name]
    assert secrets
    assert [path for path in secrets if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_ctrl_c_ends_the_lab_and_frees_its_port(course: Path) -> None:
    """`fanout lab` prints its address; one Ctrl-C stops JupyterLab, with exit code 0."""
    server = subprocess.Popen(
        [sys.executable, "-m", "fanout.cli", "lab", "--no-browser"],
        cwd=course,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    try:
        address = next(line.strip() for line in server.stdout if "http://" in line)
        where, token = address.split(f"/lab/tree/{FIRST}?token=")
        assert token

        server.send_signal(signal.SIGINT)

        assert server.wait(timeout=20) == 0
    finally:
        server.kill()
        server.wait()
        server.stdout.close()  # not read to its end: a JupyterLab that goes on would never end it
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(where.rsplit(":", 1)[1]))) != 0
