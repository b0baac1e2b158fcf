"""Every submission of the hostile set gets its true grade, and nothing outside is touched.

The set is graded in a process of its own, as root (where the tests run as root) and as an ordinary
user. Each submission finds canaries to go for: files, a key, servers, the grader's memory.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from fanout.grading.layers import probe
from tests.grading.canaries import new_token
from tests.grading.submissions_by_hand import HERE, cases

CASES = {case.name: case for case in cases()}
USERS = ("root", "ordinary")
Graded = dict[str, dict[str, Any]]
# All is graded at once: much of it waits for what a submission keeps waiting.
PARTS = 2
_at_once = ThreadPoolExecutor(len(USERS) * PARTS)
_runs: dict[str, list[Future[list[dict[str, Any]]]]] = {}

layers = probe()
needs_box = pytest.mark.skipif(
    not layers.enough, reason=f"no sandbox on this machine: {layers.advice}"
)


def run(*arguments: str) -> list[dict[str, Any]]:
    """Grade in a process of its own, which has a person's key in its environment."""
    done = subprocess.run(
        [sys.executable, str(HERE / "grade_all.py"), *arguments],
        env={**os.environ, "OPENAI_API_KEY": new_token()},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def graded(user: str) -> Graded:
    """The whole set, graded once by this kind of user."""
    if user == "root" and os.getuid() != 0:
        pytest.skip("the tests do not run as root, so root cannot be tried")
    if not _runs:
        _runs["ordinary"] = started(*["--as-nobody"] if os.getuid() == 0 else [])
        if os.getuid() == 0:
            _runs["root"] = started()
    return {one["case"]: one for part in _runs[user] for one in part.result()}


def started(*arguments: str) -> list[Future[list[dict[str, Any]]]]:
    """The whole set, begun in parts."""
    parts = [list(CASES)[number::PARTS] for number in range(PARTS)]
    return [_at_once.submit(run, *arguments, *names) for names in parts]


def test_there_are_enough() -> None:
    """The set has more than thirty submissions, over at least five exercises."""
    assert len(CASES) >= 30
    assert len({name for case in CASES.values() for name in case.grade}) >= 5


@needs_box
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("name", CASES)
def test_the_true_grade(graded: Graded, name: str) -> None:
    """Each submission gets the points that a patient human would give, and the words that say why."""
    case, result = CASES[name], graded[name]["result"]
    points = {exercise["exercise"]: exercise["points"] for exercise in result["exercises"]}
    said = " ".join(
        [*result["notes"], *(exercise["reason"] or "" for exercise in result["exercises"])]
    )
    assert points == case.grade, said
    assert [words for words in case.says if words not in said] == [], said


@needs_box
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("name", CASES)
def test_nothing_outside_is_touched(graded: Graded, name: str) -> None:
    """No canary shows in a result, hears a call, is deleted; no process is left."""
    assert graded[name]["alarms"] == []


@needs_box
@pytest.mark.parametrize("user", USERS)
def test_who_graded(graded: Graded, user: str) -> None:
    """The two runs are what they say: one by root, one by an ordinary user; both say their layers."""
    users = {one["user"] for one in graded.values()}
    assert (users == {0}) == (user == "root")
    assert {tuple(one["result"]["layers"]) for one in graded.values()} == {layers.names}


@needs_box
@pytest.mark.parametrize("user", USERS)
def test_the_grader_stays_small(graded: Graded) -> None:
    """Floods and huge values leave the grader's own memory within 100 MiB of where it was."""
    assert sum(one["memory"] for one in graded.values()) < 100 << 20


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
def test_bubblewrap_keeps_in_as_well() -> None:
    """Where bubblewrap makes the box, grades and canaries are the same."""
    drop = ["--as-nobody"] if os.getuid() == 0 else []
    for one in run("--bubblewrap", *drop, "a01", "b03", "b10", "b14", "d0"):
        points = {e["exercise"]: e["points"] for e in one["result"]["exercises"]}
        assert points == CASES[one["case"]].grade, one
        assert one["alarms"] == [], one
        assert one["result"]["layers"][0] == "bubblewrap"


@pytest.mark.skipif(sys.platform != "linux", reason="the canaries look into /proc")
def test_the_canaries_can_be_found() -> None:
    """Without a sandbox the same notebooks find the secret, the key, the servers and the answers."""
    found = {one["case"]: one["alarms"] for one in run("--unsafe", "d01", "d02", "d03", "d04")}
    assert [name for name, alarms in found.items() if not alarms] == []
    assert any("a datagram" in alarm for alarm in found["d03_network"])
    assert any("a connection" in alarm for alarm in found["d03_network"])


def test_without_a_sandbox_every_result_says_so() -> None:
    """An unsafe run is marked in its layers, and grades all the same."""
    (one,) = run("--unsafe", "a01")
    assert one["result"]["layers"] == ["unsafe", "limits"]
    assert sum(exercise["points"] for exercise in one["result"]["exercises"]) == 18
