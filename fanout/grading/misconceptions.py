"""Names for what went wrong: a submission that misses what a planted mistake misses may be that mistake.

Each lesson's planted mistakes are judged on the same cases as the class, in a process of their own
while the class is graded; which criteria each misses is its pattern. Run as a module, this prints
the patterns of the named exercises as lines of JSON.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TextIO

import fanout
from fanout.checks import LocalFunction, Mistake, exercises, judge, mistakes
from fanout.checks.report import shown
from fanout.grading.autograde import Versions
from fanout.grading.results import ExerciseResult
from fanout.grading.store import Store

MOST_NAMED = 2

Pattern = Mapping[str, str]
"""The criteria that are missed, each with what came instead."""


@dataclass(frozen=True)
class Suggestion:
    """A planted mistake that a submission resembles."""

    mistake: str
    meaning: str
    """What a function with this mistake does, in a sentence."""


def suggest(result: ExerciseResult, patterns: Mapping[str, Pattern]) -> list[Suggestion]:
    """The planted mistakes that a submission most resembles: none, one, or two that fit alike.

    A pattern fits when the submission misses all that it misses; one that is missed to the letter
    fits better than a part, a larger part better than a smaller, and among equals the one that gave
    the same wrong values. Where three fit alike, none is named.
    """
    missed = {one.criterion: one.yours or "" for one in result.verdicts if not one.met}
    fits = {
        name: _fit(missed, pattern)
        for name, pattern in patterns.items()
        if pattern and set(pattern) <= set(missed)
    }
    # Who misses most of the criteria resembles anyone: then a wrong value must be the same, too.
    half = len(result.verdicts) / 2
    fits = {name: fit for name, fit in fits.items() if len(missed) <= half or fit.same_values}
    best = max(fits.values(), default=None)
    names = [name for name, fit in fits.items() if fit == best]
    few = names if len(names) <= MOST_NAMED else []
    return [Suggestion(name, meaning(result.exercise, name)) for name in few]


class _Fit(NamedTuple):
    """How well a pattern fits; the greater, the better."""

    to_the_letter: bool
    criteria: int
    same_values: int


def _fit(missed: Pattern, pattern: Pattern) -> _Fit:
    same_values = sum(missed[criterion] == yours for criterion, yours in pattern.items())
    return _Fit(set(pattern) == set(missed), len(pattern), same_values)


def meaning(exercise: str, mistake: str) -> str:
    """What a function with a planted mistake does: the first sentence that its author gave it."""
    for one in _planted(exercise):
        if one.name == mistake:
            return (one.function.__doc__ or "").strip().split("\n", 1)[0]
    return ""


def _planted(exercise: str) -> list[Mistake]:
    return [one for one in mistakes(exercises()[exercise].lesson) if one.exercise == exercise]


# --- Patterns -----------------------------------------------------------------------------------


class PatternFinder:
    """Finds the patterns that are not stored yet, beside the grading."""

    def __init__(self, names: Sequence[str], seed: int, store: Store, versions: Versions) -> None:
        self._seed, self._store, self._versions = seed, store, versions
        missing = [name for name in names if _planted(name) and not self._known(name)]
        self._out = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (closed in `stop`)
        self._process = _started(missing, seed, self._out) if missing else None

    def _known(self, name: str) -> bool:
        stored = self._store.patterns(name, self._seed, self._versions[name])
        return {one.name for one in _planted(name)} <= set(stored)

    def finish(self, timeout: float = 120) -> bool:
        """Wait for the patterns and store them.

        False when they could not all be found, which is no reason to go without grades.
        """
        if self._process is None:
            return True
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        self._out.seek(0)
        for line in self._out:
            found = json.loads(line)
            version = self._versions[found["exercise"]]
            self._store.add_pattern(
                found["exercise"], found["mistake"], self._seed, version, found["missed"]
            )
        return code == 0

    def stop(self) -> None:
        """End the process, whatever it has found."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._out.close()


def _started(names: Sequence[str], seed: int, out: TextIO) -> subprocess.Popen[str]:
    parent = str(Path(fanout.__file__).parent.parent)
    path = os.pathsep.join(filter(None, [parent, os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(  # noqa: S603 (our own interpreter, names of our own exercises)
        [sys.executable, "-m", "fanout.grading.misconceptions", str(seed), *names],
        stdin=subprocess.PIPE,  # it ends with us, whatever ends us: see `main`
        stdout=out,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )


def pattern_of(mistake: Mistake, seed: int) -> dict[str, str]:
    """Judge a planted mistake and return its pattern."""
    report = judge(exercises()[mistake.exercise], LocalFunction(mistake.function), seed)
    return {v.criterion.name: shown(v.finding.yours) for v in report.verdicts if v.finding}


def main(argv: Sequence[str]) -> None:
    """Print the patterns of the named exercises for a seed: `SEED EXERCISE…`."""
    seed, *names = argv
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(10)  # the class goes first
    planted = [one for name in names for one in _planted(name)]
    # Judging mostly waits for its far end, so several at once take no more of the processor. What
    # mistakes print must not come between these lines.
    sys.stdout = io.StringIO()
    with ThreadPoolExecutor(8) as threads:
        patterns = threads.map(lambda one: pattern_of(one, int(seed)), planted)
        for one, missed in zip(planted, patterns, strict=True):
            found = {"exercise": one.exercise, "mistake": one.name, "missed": missed}
            print(json.dumps(found), file=sys.__stdout__, flush=True)


def _end_with_parent() -> None:
    """Wait for the end of the standard input, which the grader holds open as long as it lives."""
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
