"""Finds the patterns of planted mistakes: which criteria each misses on the cases of the class.

A mistake is judged when somebody in the class has missed the criterion that it fails by its nature, in
a process of its own while the class is graded. Run as a module, this reads the mistakes as lines of
JSON and prints their patterns.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TextIO

import fanout
from fanout.checks import LocalFunction, Mistake, exercises, judge
from fanout.checks.report import shown
from fanout.grading.autograde import Versions
from fanout.grading.gradebook import untried
from fanout.grading.misconceptions import planted
from fanout.grading.results import ExerciseResult
from fanout.grading.store import Store

_AT_ONCE = 4
"""Mistakes that are judged together. Judging mostly waits, so several take no more of the processor."""


class PatternFinder:
    """Finds the patterns that results call for and that are not stored yet, beside the grading."""

    def __init__(self, seed: int, store: Store, versions: Versions) -> None:
        self._seed, self._store, self._versions = seed, store, versions
        self._known: dict[str, set[str]] = {}
        self._out = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (closed in `stop`)
        self._process: subprocess.Popen[str] | None = None

    def look_at(self, result: ExerciseResult) -> None:
        """Ask for the patterns that this result may resemble."""
        if untried(result):
            return
        name = result.exercise
        if name not in self._known:
            self._known[name] = set(self._store.patterns(name, self._seed, self._versions[name]))
        missed = {one.criterion for one in result.verdicts if not one.met}
        for mistake in planted(name):
            if mistake.fails in missed and mistake.name not in self._known[name]:
                self._known[name].add(mistake.name)
                self._ask(mistake)

    def _ask(self, mistake: Mistake) -> None:
        if self._process is None:
            self._process = _started(self._seed, self._out)
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended: `finish` will tell
            self._process.stdin.write(json.dumps([mistake.exercise, mistake.name]) + "\n")
            self._process.stdin.flush()

    def finish(self, timeout: float = 120) -> bool:
        """Wait for the patterns and store them.

        False when they could not all be found, which is no reason to go without grades.
        """
        if self._process is None:
            return True
        assert self._process.stdin is not None
        try:
            with contextlib.suppress(OSError):
                self._process.stdin.write("\n")
                self._process.stdin.flush()
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
            with contextlib.suppress(OSError):  # what it was to be told may still be in the pipe
                self._process.communicate()
        self._out.close()


def _started(seed: int, out: TextIO) -> subprocess.Popen[str]:
    parent = str(Path(fanout.__file__).parent.parent)
    path = os.pathsep.join(filter(None, [parent, os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(  # noqa: S603 (our own interpreter, names of our own exercises)
        [sys.executable, "-m", "fanout.grading.patterns", str(seed)],
        stdin=subprocess.PIPE,
        stdout=out,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
    )


def pattern_of(mistake: Mistake, seed: int) -> dict[str, str]:
    """Judge a planted mistake and return its pattern."""
    report = judge(exercises()[mistake.exercise], LocalFunction(mistake.function), seed)
    return {v.criterion.name: shown(v.finding.yours) for v in report.verdicts if v.finding}


# --- The process ----------------------------------------------------------------------------------


def main(argv: Sequence[str]) -> None:
    """Print the pattern of each mistake that the standard input names, for a seed, up to an empty line."""
    seed = int(argv[0])
    asked: SimpleQueue[str] = SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin, asked), daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(10)  # the class goes first
    out, writing = sys.stdout, threading.Lock()
    sys.stdout = io.StringIO()  # what mistakes print must not come between the lines

    def find(mistake: Mistake) -> None:
        missed = pattern_of(mistake, seed)
        found = {"exercise": mistake.exercise, "mistake": mistake.name, "missed": missed}
        with writing:
            print(json.dumps(found), file=out, flush=True)

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        finds = [threads.submit(find, mistake) for mistake in _named(asked)]
    for each in finds:
        each.result()


def _listen(lines: TextIO, asked: SimpleQueue[str]) -> None:
    """Pass the lines on. When they end, so has the grader that asks, and there is no one to find for."""
    for line in lines:
        asked.put(line)
    os._exit(1)


def _named(asked: SimpleQueue[str]) -> Iterator[Mistake]:
    while line := asked.get().strip():
        exercise, name = json.loads(line)
        yield next(one for one in planted(exercise) if one.name == name)


if __name__ == "__main__":
    main(sys.argv[1:])
    # At once: an interpreter that shuts down in order would stumble over the thread that still reads.
    os._exit(0)
