"""A whole class, from its folder to its gradebook: once, again, killed and resumed."""

from __future__ import annotations

import inspect
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest

from fanout.checks import exercises
from fanout.grading import autograde, versions
from fanout.grading.autograde import Ended, Task
from fanout.grading.command import grade
from fanout.grading.errors import GradeError
from fanout.grading.options import Options
from fanout.grading.results import Work
from tests.grading.classroom import (
    REPOSITORY,
    everything_in,
    grade_here,
    grader,
    hand_in,
    moments_in,
    solved,
    table,
    unsolved,
    with_mistake,
)

SEED = 11


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Four learners: all right, one mistake, nothing written, and a broken file."""
    return hand_in(
        tmp_path / "in",
        {
            "ann/01_detect.ipynb": solved(),
            "bob/01_detect.ipynb": with_mistake("count_calls", "counts the choices"),
            "cy/01_detect.ipynb": unsolved(),
            "dee/01_detect.ipynb": "oh no",
        },
    )


def run(place: Path, out: Path, **more: object) -> int:
    return grade(Options(submissions=place, out=out, seed=SEED, **more), grader())


class Counting:
    """A grader that counts what it is asked, and fails at what it is told to fail at."""

    def __init__(self, failing: str = "", times: int = 99) -> None:
        self.asked: list[tuple[str, ...]] = []
        self._failing, self._times = failing, times

    def __call__(self, tasks: Sequence[Task], seed: int) -> Iterator[Ended]:
        for task in tasks:
            self.asked.append(task.exercises)
            if self._failing and self._failing in "".join(task.work.cells) and self._times > 0:
                self._times -= 1
                yield Ended(task, None, "the box broke")
            else:
                yield Ended(task, grade_here(task, seed))

    def grade(self, place: Path, out: Path, **more: object) -> int:
        return grade(Options(submissions=place, out=out, seed=SEED, **more), nullcontext(self))


def test_everyone_gets_what_a_patient_human_gives(place: Path, tmp_path: Path) -> None:
    """Right, nearly right, unwritten and unreadable notebooks get their points and their words."""
    assert run(place, tmp_path / "out") == 0
    rows = {row["Learner"]: row for row in table(tmp_path / "out/grades.csv")}

    assert {key: row["01_detect (18)"] for key, row in rows.items()} == {
        "ann": "18",
        "bob": "14",
        "cy": "0",
        "dee": "0",
    }
    assert rows["bob"]["count_calls (5)"] == "1"
    assert rows["dee"]["Status"] == "could not be read"
    assert "not JSON" in rows["dee"]["Remarks"]
    for name in ("ann", "bob", "cy", "dee"):
        assert (tmp_path / f"out/feedback/{name}.html").exists()


def test_the_same_class_and_seed_give_the_same_gradebook(place: Path, tmp_path: Path) -> None:
    """Two runs of the same submissions with one seed leave the same files and verdicts."""
    run(place, tmp_path / "a")
    run(place, tmp_path / "b")

    assert everything_in(tmp_path / "a") == everything_in(tmp_path / "b")


def test_a_folder_with_something_in_it_is_refused(place: Path, tmp_path: Path) -> None:
    """Without --resume a used folder is refused with what to do; a foreign one always is."""
    run(place, tmp_path / "out")
    with pytest.raises(GradeError, match="add --resume"):
        run(place, tmp_path / "out")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign/thesis.txt").write_text("mine")
    with pytest.raises(GradeError, match=r"no grades\.db"):
        run(place, tmp_path / "foreign", resume=True)
    with pytest.raises(GradeError, match="lies inside"):
        run(place, place / "out")


def test_a_grader_killed_at_once_leaves_nothing_to_mind(place: Path, tmp_path: Path) -> None:
    """A folder with a lock and no verdicts yet can be graded into, with --resume or without."""
    for name, resume in (("a", False), ("b", True)):
        hand_in(tmp_path / name, {"grades.lock": ""})
        assert run(place, tmp_path / name, resume=resume) == 0


def test_resuming_grades_what_is_new_and_nothing_twice(place: Path, tmp_path: Path) -> None:
    """A finished run resumes without work; a learner who comes later is graded alone."""
    first, second, third = Counting(), Counting(), Counting()
    first.grade(place, tmp_path / "out")
    second.grade(place, tmp_path / "out", resume=True)
    hand_in(place, {"eve/02_answer.ipynb": solved("02_answer")})
    third.grade(place, tmp_path / "out", resume=True)

    assert [len(one.asked) for one in (first, second, third)] == [3, 0, 1]
    assert third.asked == [("answer_calls", "converse")]


def test_equal_work_is_graded_once(tmp_path: Path) -> None:
    """Two learners with the same code share a verdict, and both have a row."""
    place = hand_in(tmp_path / "in", {f"{name}/01_detect.ipynb": solved() for name in "ab"})
    counting = Counting()
    counting.grade(place, tmp_path / "out")

    assert len(counting.asked) == 1
    assert [row["Points"] for row in table(tmp_path / "out/grades.csv")] == ["18", "18"]


def test_another_seed_needs_another_folder(place: Path, tmp_path: Path) -> None:
    """A run keeps its seed: without --seed it is the old one, with another it is refused."""
    run(place, tmp_path / "out")
    again = Options(submissions=place, out=tmp_path / "out", resume=True)
    assert grade(again, grader()) == 0
    with pytest.raises(GradeError, match="begun with --seed 11"):
        grade(Options(submissions=place, out=tmp_path / "out", resume=True, seed=12), grader())


def test_a_crash_of_the_grader_is_no_zero(place: Path, tmp_path: Path) -> None:
    """What the grader fails at twice has no number, a reason, exit code 1, and is tried on resume."""
    failing = Counting(failing="counts_choices")
    assert failing.grade(place, tmp_path / "out") == 1
    row = next(row for row in table(tmp_path / "out/grades.csv") if row["Learner"] == "bob")
    assert (row["Points"], row["01_detect (18)"], row["Status"]) == ("", "", "not graded")
    assert "the box broke" in row["Remarks"]
    assert len(failing.asked) == 3 + 1  # once more, when the rest was done

    assert Counting().grade(place, tmp_path / "out", resume=True) == 0
    run(place, tmp_path / "whole")
    assert everything_in(tmp_path / "out") == everything_in(tmp_path / "whole")


def test_a_failure_that_passes_is_not_seen(place: Path, tmp_path: Path) -> None:
    """What fails once and works alone afterwards is graded like everything else."""
    assert Counting(failing="counts_choices", times=1).grade(place, tmp_path / "out") == 0
    run(place, tmp_path / "whole")
    assert everything_in(tmp_path / "out") == everything_in(tmp_path / "whole")


def test_an_answer_to_another_question_is_a_failure() -> None:
    """A result that names other exercises than were asked for is not written as theirs."""
    task = Task(digest="d", work=None, exercises=("next_step",))
    other = grade_here(Task(digest="d", work=_work(), exercises=("count_calls",)), SEED)
    assert autograde.complete(task, other).result is None


def _work() -> Work:
    return Work(cells=("def count_calls(response):\n    return 0",))


def test_changed_checks_regrade_what_they_touch(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When one exercise's checks change it alone is graded again; the others keep their verdicts."""
    run(place, tmp_path / "out")
    _pretend_changed(monkeypatch, "next_step")
    counting = Counting()
    counting.grade(place, tmp_path / "out", resume=True)

    assert counting.asked == [("next_step",)] * 3


def test_grades_by_older_checks_are_marked(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a regrade was not possible the older grade stands, and everything says so."""
    run(place, tmp_path / "out")
    _pretend_changed(monkeypatch, "next_step")
    Counting(failing="counts_choices").grade(place, tmp_path / "out", resume=True)
    rows = {row["Learner"]: row for row in table(tmp_path / "out/grades.csv")}

    assert (rows["bob"]["Checks"], rows["bob"]["next_step (6)"]) == ("older", "6")
    assert "next_step: graded by an older version" in rows["bob"]["Remarks"]
    assert rows["ann"]["Checks"] == "current"
    assert "earlier version" in (tmp_path / "out/feedback/bob.html").read_text()
    assert "older version" in (tmp_path / "out/overview.html").read_text()


def _pretend_changed(monkeypatch: pytest.MonkeyPatch, changed: str) -> None:
    """As if the checks of one exercise had been edited since."""
    real = versions.version_of
    monkeypatch.setattr(
        autograde, "version_of", lambda name: "edited" if name == changed else real(name)
    )


def test_a_version_covers_what_decides_and_nothing_else() -> None:
    """The judge, the far end and the sandbox are part of a version; pages and exports are not."""
    files = {path.relative_to(versions._PACKAGE).as_posix() for path in versions._deciding_files()}

    assert {"checks/judge.py", "simulator/server.py", "grading/results.py"} <= files
    assert {"lessons/syllabus.toml", "conversation.py"} <= files
    assert not {"grading/page.py", "pictures/views.py", "cli.py"} & files
    assert versions.version_of("next_step") == versions.version_of("count_calls")
    assert versions.version_of("next_step") != versions.version_of("converse")


def test_a_version_covers_the_modules_that_checks_are_split_into() -> None:
    """Wherever in the lessons a criterion or a scenario is written, its file is part of the version."""
    for exercise in exercises().values():
        written = [exercise.scenarios, *(criterion.look for criterion in exercise.criteria)]
        files = {Path(inspect.getfile(one)) for one in written if inspect.isfunction(one)}
        of_lessons = {path for path in files if "lessons" in path.parts}
        assert of_lessons <= versions.checks_of(exercise.lesson), exercise.name


def test_unsafe_is_marked_and_not_taken_for_safe(place: Path, tmp_path: Path) -> None:
    """What ran without a sandbox is graded again by a run with one."""
    Counting().grade(place, tmp_path / "out", unsafe=True)
    safe = Counting()
    safe.grade(place, tmp_path / "out", resume=True)

    assert len(safe.asked) == 3


# --- Killed ---------------------------------------------------------------------------------------


def _started(place: Path, out: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "tests.grading.classroom",
        str(place),
        str(out),
        str(SEED),
        *more,
    ]
    return subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_and_resumed_is_as_if_nothing_had_happened(tmp_path: Path) -> None:
    """SIGKILL at random moments, then --resume: the same gradebook, nothing twice, nothing lost."""
    mistakes = ["length of None", "one call at most", "a text means no calls", "counts the choices"]
    submissions = {f"ann{n}/01_detect.ipynb": with_mistake("count_calls", name)
                   for n, name in enumerate(mistakes)}  # fmt: skip
    submissions |= {f"bob/{name}.ipynb": solved(name) for name in ("02_answer", "03_fan_out")}
    place, out = hand_in(tmp_path / "in", submissions), tmp_path / "out"
    run(place, tmp_path / "whole")
    moments = random.Random(SEED)
    kept: dict[tuple[str, str], str] = {}
    process = _started(place, out)
    for goal in (1, 4, 8):
        while len(moments_in(out)) < goal and process.poll() is None:
            time.sleep(0.01)
        time.sleep(moments.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        now = moments_in(out)
        assert kept.items() <= now.items()
        kept = now
        process = _started(place, out, "--resume")
    assert process.wait(timeout=60) == 0

    assert 0 < len(kept) < len(moments_in(out))
    assert kept.items() <= moments_in(out).items()
    assert everything_in(out) == everything_in(tmp_path / "whole")
