"""Grading on this machine: as many learners at once as there are jobs, each in a box."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from fanout.checks import exercises
from fanout.grading.autograde import Backend, Task, in_threads
from fanout.grading.errors import GradeError
from fanout.grading.results import WorkResult


@contextmanager
def local_backend(jobs: int, *, unsafe: bool) -> Iterator[Backend]:
    """Boxes on this machine. Raises `GradeError` where there can be none."""
    from fanout.grading.grade_one import grade_work
    from fanout.grading.layers import Refused
    from fanout.grading.pool import MOST_WAITING, Pool

    with ExitStack() as stack:
        try:
            pool = stack.enter_context(Pool(jobs, unsafe=unsafe))
        except Refused as error:
            raise GradeError(str(error)) from error

        def grade_one(task: Task, seed: int) -> WorkResult:
            asked = [exercises()[name] for name in task.exercises]
            return grade_work(task.work, asked, seed=seed, pool=pool)

        # Who waits to be alone keeps nobody else from being graded.
        yield in_threads(grade_one, jobs + MOST_WAITING)
