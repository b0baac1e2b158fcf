"""The command line: what each word does, and what it says when it cannot."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from fanout import doctor
from fanout.cli import main
from fanout.doctor import Finding, examine

FANOUT = [sys.executable, "-m", "fanout.cli"]


def said(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str]:
    """The exit code of a command and all that it printed."""
    try:
        code = main(argv)
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(("argv", "exit_code"), [(["--help"], 0), ([], 2)])
def test_help_names_every_command(
    capsys: pytest.CaptureFixture[str], argv: list[str], exit_code: int
) -> None:
    """`fanout --help` lists the commands and exits with 0; `fanout` alone does too, and asks for one."""
    code, text = said(capsys, *argv)

    assert code == exit_code
    for word in ("lab", "serve", "doctor", "build", "check"):
        assert f"\n    {word} " in text


def test_help_loads_nothing_heavy() -> None:
    """`fanout --help` imports neither a server, nor an SDK, nor a notebook library."""
    probe = (
        "import sys; from fanout.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'openai', 'anthropic', 'starlette', 'uvicorn', 'httpx2', 'nbformat', 'matplotlib'}\n"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )

    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("argv", [(), ("labb",), ("lab", "--colour"), ("lab", "--port", "0")])
def test_a_wrong_command_line_exits_with_2(
    capsys: pytest.CaptureFixture[str], argv: tuple[str, ...]
) -> None:
    """A command line that cannot be read gets the usage and exit code 2."""
    code, text = said(capsys, *argv)

    assert code == 2
    assert "usage: fanout" in text


def test_an_unknown_command_is_answered_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A misspelt command is named, beside the commands there are."""
    _, text = said(capsys, "labb")

    assert "'labb'" in text
    assert "doctor" in text


@pytest.mark.parametrize("pace", ["fast", "-1", "nan", "inf"])
def test_a_pace_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], pace: str) -> None:
    """`--pace` takes a number from 0 up, and says so."""
    code, text = said(capsys, "serve", f"--pace={pace}")

    assert code == 2
    assert f"'{pace}' is not a pace" in text


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "::", ""])
def test_serving_other_machines_is_refused(capsys: pytest.CaptureFixture[str], host: str) -> None:
    """`fanout serve` refuses every address but those of this machine."""
    code, text = said(capsys, "serve", f"--host={host}")

    assert code == 1
    assert "listens on this machine only" in text


def test_serving_on_a_taken_port_names_the_port(capsys: pytest.CaptureFixture[str]) -> None:
    """A taken port is named, with another one to try."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        code, text = said(capsys, "serve", "--port", str(port))

    assert code == 1
    assert f"port {port}" in text
    assert f"--port {port + 1}" in text


def test_serve_answers_until_it_is_interrupted() -> None:
    """`fanout serve` answers over HTTP, and ends without a traceback on Ctrl-C."""
    port = free_port()
    server = subprocess.Popen(
        [*FANOUT, "serve", "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        assert str(port) in server.stdout.readline()
        with httpx2.Client(trust_env=False) as client:
            url = f"http://127.0.0.1:{port}/services/weather"
            assert client.get(url, params={"city": "Paris"}).status_code == 200
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=15)
    finally:
        server.kill()
        server.wait()

    assert "Traceback" not in errors
    assert server.returncode in (0, 130)


def test_building_an_unknown_lesson_names_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`fanout build` of a lesson that does not exist names it and the lessons there are."""
    code, text = said(capsys, "build", "no_such_lesson")

    assert code == 1
    assert "no_such_lesson" in text
    assert "detect" in text


def test_a_command_outside_the_course_says_where_to_go(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Away from the course, with the package installed elsewhere, `lab` says what is missing."""
    monkeypatch.chdir(tmp_path)
    elsewhere = tmp_path / "fanout" / "lab" / "course.py"
    monkeypatch.setattr("fanout.lab.course.__file__", str(elsewhere))

    code, text = said(capsys, "lab", "--no-browser")

    assert code == 1
    assert "notebooks/00_start_here.ipynb" in text
    assert "Go to the folder" in text


# --- doctor --------------------------------------------------------------------------------------


def test_the_doctor_finds_the_simulator_answering() -> None:
    """The doctor really starts the simulator and gets an answer from it."""
    by_name = {finding.name: finding for finding in examine({})}

    assert by_name["simulator"].todo is None
    assert by_name["simulator"].found.startswith("answered in")


def test_the_doctor_never_shows_a_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys and proxies are reported as present; their values do not appear."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setenv("https_proxy", "http://me:hidden@proxy.invalid:3128")

    doctor.report()

    text = capsys.readouterr().out
    assert "https_proxy" in text
    assert "sk-very-secret" not in text
    assert "hidden" not in text


def test_the_doctor_shows_no_folder_of_the_person(capsys: pytest.CaptureFixture[str]) -> None:
    """The table can be published: neither the home folder nor the course's place is in it."""
    doctor.report()

    text = capsys.readouterr().out
    assert str(Path.home()) + os.sep not in text
    assert str(Path(doctor.__file__).parents[1]) not in text


def test_what_is_missing_is_said_with_the_next_step(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that is not installed fails the examination, with what to do."""
    monkeypatch.setattr(doctor, "PACKAGES", ("openai", "no-such-package"))

    code = doctor.report()

    text = capsys.readouterr().out
    assert code == 1
    assert "FIX no-such-package    not installed" in text
    assert "make lab" in text.split("To do:")[1]


def test_a_simulator_that_fails_is_reported_not_raised() -> None:
    """Whatever goes wrong in the round trip ends up in the table, with its kind and words."""

    def refuse() -> str:
        raise ConnectionRefusedError("nobody there")

    assert doctor.simulator(refuse) == Finding(
        "simulator", "failed: ConnectionRefusedError: nobody there", doctor.REPORT_IT
    )
