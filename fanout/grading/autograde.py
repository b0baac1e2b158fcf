"""Grading a class: what is still to be graded, on whatever grades it, each verdict written at once.

A `Backend` takes tasks and yields how each ended, in any order: this machine's boxes, or a cluster's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from fanout.grading.results import Work, WorkResult
from fanout.grading.store import Key, Store
from fanout.grading.submissions import Submission
from fanout.grading.versions import version_of


@dataclass(frozen=True, kw_only=True)
class Task:
    """One work and the exercises of it that are still to be graded."""

    digest: str
    work: Work
    exercises: tuple[str, ...]


@dataclass(frozen=True)
class Ended:
    """How a task ended: with a result, or with why the grader itself failed."""

    task: Task
    result: WorkResult | None
    failure: str = ""


class Backend(Protocol):
    """Something that grades tasks."""

    def __call__(self, tasks: Sequence[Task], seed: int) -> Iterator[Ended]:
        """Grade all tasks and yield each as it ends, in any order."""


BackendContext: TypeAlias = AbstractContextManager[Backend]
"""A backend that holds something, boxes or a connection, until the end."""

GradeOne = Callable[[Task, int], WorkResult]
"""Grades one task; raises whatever goes wrong in the grader itself."""


class Versions:
    """The versions of the checks by exercise, as this run writes them.

    What was graded without a sandbox has versions of its own, so that a safe run grades it again.
    """

    def __init__(self, *, unsafe: bool) -> None:
        self._suffix = "-unsafe" if unsafe else ""

    def __getitem__(self, exercise: str) -> str:
        return version_of(exercise) + self._suffix

    def of(self, names: Iterable[str]) -> dict[str, str]:
        """The versions of these exercises."""
        return {name: self[name] for name in names}


def pending(
    submissions: Iterable[Submission],
    wanted: Mapping[str, Sequence[str]],
    store: Store,
    seed: int,
    versions: Versions,
) -> list[Task]:
    """What has no verdict yet by the present checks; equal works of several learners only once."""
    found: dict[str, tuple[Work, dict[str, None]]] = {}
    for submission in submissions:
        if submission.work is None or submission.lesson is None:
            continue
        _, names = found.setdefault(submission.digest, (submission.work, {}))
        key = Key(submission.digest, seed)
        for name in wanted.get(submission.lesson, ()):
            if not store.has(key, name, versions[name]):
                names[name] = None
    return [
        Task(digest=digest, work=work, exercises=tuple(names))
        for digest, (work, names) in found.items()
        if names
    ]


def grade_all(
    tasks: Sequence[Task],
    backend: Backend,
    store: Store,
    seed: int,
    versions: Versions,
    step: Callable[[Ended], None] = lambda _: None,
) -> int:
    """Grade the tasks and write each verdict when it is reached; returns how many failed.

    What the grader failed at is tried once more when the rest is done and the machine is quiet.
    """
    failed = _grade(tasks, backend, store, seed, versions, step, last=False)
    return len(_grade(failed, backend, store, seed, versions, step, last=True))


def _grade(
    tasks: Sequence[Task],
    backend: Backend,
    store: Store,
    seed: int,
    versions: Versions,
    step: Callable[[Ended], None],
    *,
    last: bool,
) -> list[Task]:
    failed: list[Task] = []
    for ended in backend(tasks, seed) if tasks else ():
        key = Key(ended.task.digest, seed)
        if ended.result is not None:
            store.add(key, ended.result, versions.of(ended.task.exercises))
        else:
            failed.append(ended.task)
            store.add_failure(key, versions.of(ended.task.exercises), ended.failure)
        if last or ended.result is not None:
            step(ended)
    return failed


def in_threads(grade_one: GradeOne, threads: int) -> Backend:
    """A backend of so many threads that call `grade_one`; whatever it raises is a failure."""

    def backend(tasks: Sequence[Task], seed: int) -> Iterator[Ended]:
        pool = ThreadPoolExecutor(threads, thread_name_prefix="fanout-grade")
        try:
            running = {pool.submit(grade_one, task, seed): task for task in tasks}
            while running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield _ended(running.pop(future), future)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    return backend


def _ended(task: Task, future: Future[WorkResult]) -> Ended:
    error = future.exception()
    if error is None:
        return complete(task, future.result())
    return Ended(task, None, f"{type(error).__name__}: {error}"[:2000])


def complete(task: Task, result: WorkResult) -> Ended:
    """The end of a task with this result, provided that the result answers the task."""
    names = tuple(one.exercise for one in result.exercises)
    if names == task.exercises:
        return Ended(task, result)
    return Ended(task, None, f"Asked for {task.exercises}, the grader answered with {names}.")
