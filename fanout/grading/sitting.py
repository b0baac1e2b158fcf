"""A submission's session in a box, and the far end that answers in it."""

from __future__ import annotations

from fanout.checks.exercise import Exercise
from fanout.checks.judge import judge
from fanout.checks.report import Report
from fanout.grading.box import Box
from fanout.grading.guard import Guard
from fanout.grading.pool import Pool
from fanout.grading.results import Work
from fanout.grading.subject import BoxedFunction
from fanout.simulator.app import create_app
from fanout.simulator.world import World

_ALSO = {
    "anthropic": "anthropic",
    "matplotlib": "matplotlib.pyplot",
    "nest_asyncio": "nest_asyncio",
    "numpy": "numpy",
    "pandas": "pandas",
}
"""Modules worth loading before the fork, by a word in the notebook that tells that it wants them."""


class Sitting:
    """A session in a box together with the far end that answers in it."""

    def __init__(self, work: Work, box: Box, pool: Pool) -> None:
        self._hall, self._work = pool.hall, work
        text = "\n".join(work.cells)
        also = [module for word, module in _ALSO.items() if word in text]
        self.session = box.open(also, pool.patience, pool.pulse)
        self.world = World(pace=0)
        self._guard = Guard(create_app(self.world))
        self._end = self._hall.open(self._guard, self.session.listening)

    @property
    def url(self) -> str:
        """Where the box finds the far end."""
        return self.session.url

    def run(self, leave_out: frozenset[int], *, spares: bool) -> None:
        """Run the notebook's cells. The offline model answers them, without its waiting times."""
        self.session.run(self._work.cells, leave_out, spares=spares)

    def judge(self, exercise: Exercise, seed: int, *, direct: bool) -> tuple[Report, BoxedFunction]:
        """Put the notebook's function through the exercise's scenarios."""
        self._guard.refill()
        self._hall.cut(self._end)  # an answer that someone before did not wait for reaches no one
        subject = BoxedFunction(
            self.session, exercise.name, self._guard, sated=self._sated, direct=direct
        )
        try:
            return judge(exercise, subject, seed, self), subject
        finally:
            subject.close()

    def _sated(self) -> bool:
        return self.world.fill is not None and self.world.fill.reached

    def close(self) -> None:
        """End the session; nothing of it is left."""
        try:
            self._hall.close(self._end)
        finally:
            self.session.close()
