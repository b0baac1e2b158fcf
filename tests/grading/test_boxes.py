"""The pool and its boxes: what is the same each time, what is tried again, what ends with what."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fanout.authoring.rehearsal import SEEDS
from fanout.checks import mistakes
from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.registry import exercises
from fanout.checks.scenario import Scenario, tools, value
from fanout.grading import process, pulse
from fanout.grading.grade_one import grade_work
from fanout.grading.layers import probe
from fanout.grading.pool import Pool
from fanout.grading.results import Work, WorkResult
from fanout.grading.session import Patience
from fanout.simulator.tools import ScenarioTool
from tests.grading.submissions_by_hand import HERE, ROOT, START, solutions

layers = probe()
pytestmark = pytest.mark.skipif(
    not layers.enough, reason=f"no sandbox on this machine: {layers.advice}"
)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(2, patience=Patience(cell=2)) as opened:
        yield opened


def grade(pool: Pool, cells: Sequence[str], *names: str, seed: int = 5) -> WorkResult:
    asked = [exercises()[name] for name in names]
    return grade_work(Work(cells=tuple(cells)), asked, seed=seed, pool=pool)


def notebook(name: str, folder: str = "solutions") -> list[str]:
    data = json.loads((ROOT / folder / f"{name}.ipynb").read_text(encoding="utf-8"))
    return ["".join(c["source"]) for c in data["cells"] if c["cell_type"] == "code"]


def by_lesson() -> dict[str, list[Exercise]]:
    """The exercises in each solution notebook, by the notebook's name."""
    found = {}
    for path in sorted((ROOT / "solutions").glob("*.ipynb")):
        text = "\n".join(notebook(path.stem))
        found[path.stem] = [e for e in exercises().values() if f"def {e.name}(" in text]
    return found


# --- Grades ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", by_lesson())
def test_every_solution_gets_full_points(pool: Pool, name: str, seed: int) -> None:
    """The worked solutions, with their checks and pictures in them, get all points and no note."""
    work = Work(cells=tuple(notebook(name)))
    result = grade_work(work, by_lesson()[name], seed=seed, pool=pool)
    assert [(e.exercise, e.points) for e in result.exercises] == [
        (e.name, e.points) for e in by_lesson()[name]
    ]
    assert result.notes == ()


@pytest.mark.parametrize("name", by_lesson())
def test_every_notebook_as_handed_out_gets_none(pool: Pool, name: str) -> None:
    """An exercise that nobody touched gets 0 points, and the reason is that it is not written."""
    work = Work(cells=tuple(notebook(name, "exercises")))
    result = grade_work(work, by_lesson()[name], seed=11, pool=pool)
    assert all(e.verdicts for e in result.exercises)
    assert not any(verdict.met for e in result.exercises for verdict in e.verdicts)
    assert all("not written yet" in str(e.reason) for e in result.exercises)


def test_a_mistake_costs_what_it_costs_in_the_check(pool: Pool) -> None:
    """The criterion that the learner's own check names is the one that the grader names."""
    (mistake,) = [m for m in mistakes("start_here") if m.name.startswith("ignores the question")]
    cell = """def first_reply(client, model, question):
        reply = client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "Are you there?"}])
        return reply.choices[0].message.content"""
    (result,) = grade(pool, [START, cell], "first_reply").exercises
    missed = [v for v in result.verdicts if not v.met]
    assert mistake.fails in [v.criterion for v in missed]
    assert "Are you there?" in str(missed[0].evidence_html)
    assert "Are you there?" in str(missed[0].yours)


def test_the_same_seed_gives_the_same_result(pool: Pool) -> None:
    """Grading again gives the same, times apart; another seed draws other cases."""
    cells = [START, "def next_step(response):\n    return 'answer'"]

    def graded(seed: int) -> dict[str, Any]:
        return replace(grade(pool, cells, "next_step", seed=seed), seconds=0).to_json()

    assert graded(3) == graded(3)
    assert grade(pool, [START, "def count_calls(r): return None"], "count_calls", seed=1) != grade(
        pool, [START, "def count_calls(r): return None"], "count_calls", seed=4
    )


def test_a_result_survives_being_written(pool: Pool) -> None:
    """A result is JSON, and reads back as it was."""
    cells = [START, "1 / 0", "def first_reply(client, model, question):\n    return '<b>\\x1b'"]
    result = grade(pool, cells, "first_reply")
    text = json.dumps(result.to_json())
    assert WorkResult.from_json(json.loads(text)) == result
    assert "\\u001b" not in text


def test_what_a_learner_sent_is_escaped(pool: Pool) -> None:
    """Markup that crossed the wire is text in the evidence."""
    cell = """def first_reply(client, model, question):
        messages = [{"role": "user", "content": "<script>alert(1)</script>"}]
        return client.chat.completions.create(model=model, messages=messages).choices[0].message.content"""
    (result,) = grade(pool, [START, cell], "first_reply").exercises
    evidence = " ".join(v.evidence_html or "" for v in result.verdicts)
    assert "&lt;script&gt;" in evidence
    assert "<script>" not in evidence


def test_a_lost_client_does_not_answer_the_next(pool: Pool) -> None:
    """An answer that a stopped function did not wait for does not reach the next function."""
    cells = [
        START + "mine = OpenAI()\nmine.models",
        "mine.chat.completions.create(model='gpt-5.2', messages=[{'role': 'user', 'content': 'Hi'}])",
        """def first_reply(client, model, question):
    import os, threading
    ask = lambda: mine.chat.completions.create(model=model, messages=[{'role': 'user', 'content': 'x'}])
    threading.Thread(target=ask).start()
    os._exit(0)""",
        solutions()["answer_calls"],
        """def converse(client, model, messages, tools, functions, max_rounds):
    return plain(mine, model, messages, tools, functions, max_rounds)""",
    ]
    text = solutions()["converse"].replace("def converse(", "def plain(")
    result = grade(pool, [*cells, text], "first_reply", "converse")
    assert [e.points for e in result.exercises] == [0, 14]


# --- Again, alone ---------------------------------------------------------------------------------


def timed_exercise(looks: Sequence[NotYet | None]) -> Exercise:
    """An exercise with a time limit to keep, and a criterion that answers as it is told."""
    answers = iter(looks)

    def scenarios(draw: Draw) -> list[Scenario]:
        tool = ScenarioTool(answer=lambda given: 1)
        arguments = {"number": value(1), "functions": tools(["note"])}
        return [
            Scenario(title="timed", arguments=arguments, tools={"note": tool}, by_the_clock=True)
        ]

    def look(attempt: Attempt) -> NotYet | None:
        return next(answers)

    return Exercise(
        name="work",
        lesson="none",
        title="-",
        difficulty=1,
        importance=1,
        minutes=1,
        scenarios=scenarios,
        criteria=(Criterion(name="is quick", rule="-", look=look, points=3),),
        hints=("-", "-", "-"),
        more="-",
        limit=1,
    )


MISS = NotYet(yours="late", expected="in time")
ASKS = Work(cells=("def work(number, functions):\n    return functions['note'](value=1)",))


def test_a_doubtful_miss_is_tried_again(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a busy machine may have cost is tried once more, and the second try counts."""
    monkeypatch.setattr(pulse, "HARMLESS", 0.0)  # however little a call was kept waiting
    lucky = timed_exercise([MISS, None])
    assert grade_work(ASKS, [lucky], seed=1, pool=pool).points == 3
    wrong = timed_exercise([MISS, MISS])
    assert grade_work(ASKS, [wrong], seed=1, pool=pool).points == 0


def test_a_miss_while_the_machine_was_free_is_not_tried_again(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A time limit is missed for good by a function that was never kept from running."""
    monkeypatch.setattr(pulse, "HARMLESS", 60.0)  # however busy the machine is that tests this
    wrong = timed_exercise([MISS, None])
    assert grade_work(ASKS, [wrong], seed=1, pool=pool).points == 0


def test_a_clear_miss_is_not_tried_again(pool: Pool) -> None:
    """A miss that has nothing to do with time is final."""
    calls = []

    def look(attempt: Attempt) -> NotYet | None:
        calls.append(attempt)
        return NotYet(yours=1, expected=2)

    plain = replace(
        timed_exercise([]),
        scenarios=lambda draw: [Scenario(title="plain", arguments={"number": value(1)})],
        criteria=(Criterion(name="is right", rule="-", look=look),),
    )
    grade_work(Work(cells=("def work(number): return 1",)), [plain], seed=1, pool=pool)
    assert len(calls) == 1


def test_alone_is_alone(pool: Pool) -> None:
    """Who asks to be alone waits until all boxes are back and nobody waits for one."""
    order: list[str] = []
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with pool.box(), pool.box():
            entered.set()
            leave.wait(5)
            order.append("other")

    def later() -> None:
        with pool.box():
            assert not pool._quiet
            order.append("later")

    def alone() -> None:
        with pool.alone():
            assert pool._lent == 1
            order.append("alone")
            time.sleep(0.05)

    with ThreadPoolExecutor(3) as threads:
        threads.submit(other)
        entered.wait(5)
        third = threads.submit(later)
        wait_until(lambda: pool._waiting == 1)
        second = threads.submit(alone)
        wait_until(lambda: pool._waiting_alone == 1)
        assert order == []
        leave.set()
        second.result(10)
        third.result(10)
    assert order == ["other", "later", "alone"]


def test_many_who_want_to_be_alone_are_not_put_off(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once enough of them wait, they come one after another before those who wait for any box."""
    monkeypatch.setattr("fanout.grading.pool.MOST_WAITING", 2)
    order: list[str] = []
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with pool.box(), pool.box():
            entered.set()
            leave.wait(5)

    def later() -> None:
        with pool.box():
            order.append("later")

    def alone() -> None:
        with pool.alone():
            assert pool._lent == 1
            order.append("alone")

    with ThreadPoolExecutor(4) as threads:
        threads.submit(other)
        entered.wait(5)
        waiting = [threads.submit(later)]
        wait_until(lambda: pool._waiting == 1)
        waiting += [threads.submit(alone), threads.submit(alone)]
        wait_until(lambda: pool._waiting_alone == 2)
        leave.set()
        for each in waiting:
            each.result(10)
    assert order == ["alone", "alone", "later"]


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait until another thread has come so far."""
    end = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


# --- Ends -----------------------------------------------------------------------------------------


def test_a_box_that_dies_is_replaced(pool: Pool) -> None:
    """When the process in a box is killed from outside, the grade is the same, in another box."""
    with pool.box() as box, pool.box() as second:
        for one in (box, second):
            assert one._process is not None
            one._process.kill()
    result = grade(pool, notebook("00_start_here"), "first_reply")
    assert result.points == 4


def test_a_state_that_is_about_to_end_is_not_gone_on_with(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cell that kills every process costs itself alone, however long those take to end."""
    # On a busy machine a process that was killed is still there for a while.
    monkeypatch.setattr(process.Process, "alive", True)
    kills = "import os\nfor pid in (os.getppid(), 1, 0, -1):\n    os.kill(pid, 9)"
    cells = [START, solutions()["count_calls"], kills, solutions()["read_calls"]]
    result = grade(pool, cells, "count_calls", "read_calls")
    assert result.points == 12, result.notes
    assert not any("cell 4" in note for note in result.notes)


def test_nothing_is_left_after_a_pool() -> None:
    """Closing the pool ends its processes, those of a hanging notebook with them."""
    with Pool(1, patience=Patience(cell=1)) as opened:
        (box,) = opened._free
        assert box._process is not None
        pid = box._process.pid
        grade(opened, ["import os\nos.system('sleep 4711 &')"], "first_reply")
        assert len(process.below(pid)) == 1  # the loaded process, waiting for the next
    assert process.below(pid) == {}
    assert not Path(f"/proc/{pid}").exists()


def test_a_killed_grader_leaves_nothing() -> None:
    """When the grader is killed in the middle of a submission, every process of it ends."""
    command = [sys.executable, str(HERE / "grade_all.py"), "b05"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as grader:
        deadline = time.monotonic() + 20
        while len(process.below(grader.pid)) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        inside = set(process.below(grader.pid))
        assert len(inside) >= 4
        grader.kill()
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in inside) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in inside if Path(f"/proc/{pid}").exists()] == []


def test_open_files_do_not_add_up(pool: Pool) -> None:
    """Grading many notebooks, hanging and dying ones too, leaves the grader's open files as they were."""
    cells = ["import os\nos._exit(0)", "def first_reply(client, model, question):\n    os._exit(1)"]
    grade(pool, cells, "first_reply")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        grade(pool, cells, "first_reply")
    time.sleep(0.2)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1


def test_the_time_of_a_notebook_is_limited() -> None:
    """A notebook whose cells use up its time gets a reason, and the grader goes on."""
    with Pool(1, patience=Patience(cell=1, session=1.5)) as opened:
        cells = ["import time\ntime.sleep(30)"] * 3 + [solutions()["first_reply"]]
        result = grade(opened, cells, "first_reply")
        assert result.points == 0
        assert "used up its time" in " ".join(result.notes)
        assert grade(opened, notebook("00_start_here"), "first_reply").points == 4


def test_memory_is_counted_together() -> None:
    """Processes that are small each and too much together end with the cell that started them."""
    eater = """import os, time
for _ in range(6):
    if os.fork() == 0:
        block = b"x" * (500 << 20)
        time.sleep(60)
time.sleep(60)"""
    with Pool(1, patience=Patience(cell=30)) as opened:
        result = grade(opened, [START, eater, solutions()["first_reply"]], "first_reply")
    assert result.points == 4
    assert result.notes == ("Code cell 2 used more memory than there is for one notebook.",)


def test_a_flood_meets_a_limit(pool: Pool) -> None:
    """A body that is too large is refused, and honest requests after it are answered."""
    cell = """def first_reply(client, model, question):
    import httpx2
    base = str(client.base_url).removesuffix("v1/")
    status = httpx2.post(base + "tools/x", content=b"x" * 1_000_000).status_code
    assert status == 413, status
""" + solutions()["first_reply"].split('"""')[2]
    (result,) = grade(pool, [START, cell], "first_reply").exercises
    assert result.reason == (
        "A call of `first_reply` went wrong: it was stopped: it sent more to the far end than any "
        "solution needs."
    )


def test_speed(pool: Pool, capsys: pytest.CaptureFixture[str]) -> None:
    """Forty ordinary submissions, two at a time: printed, and far under a second each."""
    lessons = [(notebook(name), asked) for name, asked in list(by_lesson().items())[:3]]
    work = [(Work(cells=tuple(cells)), asked) for cells, asked in lessons] * 14
    began = time.perf_counter()
    with ThreadPoolExecutor(pool.jobs) as threads:
        results = list(
            threads.map(lambda one: grade_work(one[0], one[1], seed=5, pool=pool), work[:40])
        )
    each = (time.perf_counter() - began) / 40
    median = statistics.median(result.seconds for result in results)
    with capsys.disabled():
        print(f"\n40 submissions, 2 at a time: {each:.3f} s each; median of one {median:.3f} s")
    assert all(result.points == result.max_points for result in results)
    assert each < 1
