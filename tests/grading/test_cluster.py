"""Grading on several machines, tried with several worker processes on this one."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fanout.grading import cluster
from fanout.grading.command import grade
from fanout.grading.errors import GradeError
from fanout.grading.layers import probe
from fanout.grading.options import Options
from tests.grading.classroom import grades_in, hand_in, moments_in, solved, with_mistake

try:
    import distributed
except ImportError:
    distributed = None

with_cluster = pytest.mark.skipif(distributed is None, reason="dask.distributed is not installed")
in_boxes = pytest.mark.skipif(
    not probe().enough, reason="this machine has no sandbox for learners' code"
)

MISTAKES = ("length of None", "one call at most", "a text means no calls", "counts the choices")


@pytest.mark.skipif(distributed is not None, reason="dask.distributed is installed")
def test_without_distributed_it_is_said_what_to_install(tmp_path: Path) -> None:
    """`--scheduler` without dask.distributed names the extra."""
    place = hand_in(tmp_path / "in", {"ann/01_detect.ipynb": solved()})
    with pytest.raises(GradeError, match=r"pip install 'fanout\[cluster\]'"):
        grade(Options(submissions=place, out=tmp_path / "out", scheduler="tcp://127.0.0.1:1"))


@pytest.fixture(scope="module")
def workers() -> Iterator[Any]:
    """A scheduler with three worker processes."""
    with distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None
    ) as running:
        yield running


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Twenty learners with four different mistakes, no two notebooks alike."""
    submissions = {}
    for number in range(20):
        made = with_mistake("count_calls", MISTAKES[number % len(MISTAKES)])
        made["cells"][-1]["source"] += f"\n# learner {number}"
        submissions[f"learner{number:02}/01_detect.ipynb"] = made
    return hand_in(tmp_path / "in", submissions)


@with_cluster
def test_a_scheduler_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address where nobody answers is said to be one, with how to start a scheduler."""
    monkeypatch.setattr(cluster, "_PATIENCE", 1)
    place = hand_in(tmp_path / "in", {"ann/01_detect.ipynb": solved()})
    with pytest.raises(GradeError, match=r"No scheduler answers at `tcp://127\.0\.0\.1:9`"):
        grade(Options(submissions=place, out=tmp_path / "out", scheduler="tcp://127.0.0.1:9"))


@with_cluster
@in_boxes
@pytest.mark.filterwarnings("ignore")
def test_a_worker_that_dies_costs_no_grade(place: Path, tmp_path: Path, workers: Any) -> None:
    """With a worker killed in the middle, the class has the grades of a quiet run on one machine."""
    alone = Options(submissions=place, out=tmp_path / "alone", seed=6, jobs=2)
    assert grade(alone) == 0

    spread = Options(
        submissions=place, out=tmp_path / "spread", seed=6, scheduler=workers.scheduler_address
    )
    killed = threading.Thread(target=_kill_one, args=(workers, tmp_path / "spread/grades.db"))
    killed.start()
    assert grade(spread) == 0
    killed.join()

    assert grades_in(tmp_path / "spread") == grades_in(tmp_path / "alone")
    assert (tmp_path / "killed").exists()


def _kill_one(workers: Any, store: Path) -> None:
    """Wait for the first verdicts, then end one worker at once, without a word to anyone."""
    deadline = time.monotonic() + 60
    while len(moments_in(store.parent)) < 6 and time.monotonic() < deadline:
        time.sleep(0.02)
    pid = next(iter(workers.workers.values())).pid
    os.kill(pid, signal.SIGKILL)
    (store.parent.parent / "killed").touch()


@with_cluster
@pytest.mark.filterwarnings("ignore")
def test_a_worker_with_other_checks_refuses(workers: Any) -> None:
    """A worker whose checks are not those of the machine that asks says so, and grades nothing."""
    payload = (
        '{"digest": "d", "cells": ["x = 1"], "exercises": ["count_calls"],'
        ' "versions": {"count_calls": "other"}, "seed": 1, "unsafe": false}'
    )
    with distributed.Client(workers.scheduler_address) as client:
        future = client.submit(cluster.grade_on_worker, payload, retries=0)
        with pytest.raises(cluster.OtherVersion, match="Install the same version"):
            future.result(timeout=60)
