"""Grading on several machines: submissions mapped over a `dask.distributed` cluster.

Each worker process keeps boxes of its own and answers with JSON. A worker that dies is the
scheduler's to replace: its submissions are given to others. Needs the extra `cluster`.
"""

from __future__ import annotations

import atexit
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from fanout.grading.autograde import Backend, Ended, Task, Versions, complete
from fanout.grading.errors import GradeError
from fanout.grading.local import local_backend
from fanout.grading.results import Work, WorkResult

_PATIENCE = 20
"""Seconds to wait for the scheduler."""

_lock = threading.Lock()
_boxes: dict[bool, Backend] = {}


@contextmanager
def cluster_backend(address: str, *, unsafe: bool) -> Iterator[Backend]:
    """The workers of the cluster at an address, as `tcp://host:8786`. Raises `GradeError`."""
    try:
        from distributed import Client
    except ImportError as error:
        raise GradeError(
            "--scheduler needs dask.distributed, here and on every worker: pip install 'fanout[cluster]'"
        ) from error
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise GradeError(
            f"No scheduler answers at `{address}` ({type(error).__name__}). Start one with "
            "`dask scheduler`, workers with `dask worker ADDRESS`, and give the address it prints."
        ) from error
    with client:
        _require_workers(client, address)
        yield _mapped(client, unsafe=unsafe)


def _require_workers(client: Any, address: str) -> None:
    if not client.scheduler_info(n_workers=-1)["workers"]:
        raise GradeError(
            f"The scheduler at `{address}` has no workers. Start some with `dask worker {address}`."
        )


def _mapped(client: Any, *, unsafe: bool) -> Backend:
    versions = Versions(unsafe=unsafe)

    def backend(tasks: Sequence[Task], seed: int) -> Iterator[Ended]:
        from distributed import as_completed

        payloads = [_payload(task, seed, versions, unsafe=unsafe) for task in tasks]
        # Not pure: a result that the cluster remembers from another run is not this run's.
        futures = client.map(grade_on_worker, payloads, pure=False, retries=2, batch_size=50)
        by_future = dict(zip(futures, tasks, strict=True))
        try:
            for future in as_completed(futures, loop=client.loop):
                yield _ended(by_future[future], future)
        finally:
            client.cancel(futures)

    return backend


def _payload(task: Task, seed: int, versions: Versions, *, unsafe: bool) -> str:
    return json.dumps({
        "digest": task.digest,
        "cells": task.work.cells,
        "exercises": task.exercises,
        "versions": versions.of(task.exercises),
        "seed": seed,
        "unsafe": unsafe,
    })  # fmt: skip


def _ended(task: Task, future: Any) -> Ended:
    if future.status == "finished":
        return complete(task, WorkResult.from_json(json.loads(future.result())))
    return Ended(task, None, f"{future.status} on the cluster: {future.exception()}"[:2000])


# --- On a worker --------------------------------------------------------------------------------


class OtherVersion(RuntimeError):
    """A worker would judge by other checks than the machine that asks."""


def grade_on_worker(payload: str) -> str:
    """Grade one submission in this worker's boxes; JSON in, JSON out. Runs on the cluster."""
    asked = json.loads(payload)
    task = Task(
        digest=asked["digest"],
        work=Work(cells=tuple(asked["cells"])),
        exercises=tuple(asked["exercises"]),
    )
    if Versions(unsafe=asked["unsafe"]).of(task.exercises) != asked["versions"]:
        raise OtherVersion(
            "This worker has other checks, another Python or other SDKs than the machine that asks. "
            "Install the same version of fanout, and the same requirements, on all of them."
        )
    (ended,) = _own_boxes(asked["unsafe"])([task], asked["seed"])
    if ended.result is None:
        raise RuntimeError(ended.failure)
    return json.dumps(ended.result.to_json())


def _own_boxes(unsafe: bool) -> Backend:
    """This worker's boxes, made at the first submission and kept until the process ends."""
    with _lock:
        if unsafe not in _boxes:
            stack = ExitStack()
            _boxes[unsafe] = stack.enter_context(local_backend(_threads(), unsafe=unsafe))
            atexit.register(stack.close)
        return _boxes[unsafe]


def _threads() -> int:
    from distributed import get_worker

    return int(get_worker().state.nthreads)
