"""Patterns are found when a result calls for them, in a process that ends with the grader."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fanout.checks import exercises
from fanout.grading.autograde import Versions
from fanout.grading.misconceptions import planted
from fanout.grading.patterns import PatternFinder
from fanout.grading.results import CriterionResult, ExerciseResult
from fanout.grading.store import Store, opened

EXERCISE, SEED = "count_calls", 5
VERSIONS = Versions(unsafe=False)


def result(missed: set[str], yours: str = "7") -> ExerciseResult:
    """A result that misses these criteria."""
    verdicts = tuple(
        CriterionResult(
            criterion=one.name, points=0, max_points=1, met=one.name not in missed, yours=yours,
            expected="8", rule="", scenario=None, evidence_html=None,
        )
        for one in exercises()[EXERCISE].criteria
    )  # fmt: skip
    return ExerciseResult(exercise=EXERCISE, points=0, max_points=9, verdicts=verdicts, reason=None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path / "grades.db") as one:
        yield one


def test_only_what_is_called_for_is_found(store: Store) -> None:
    """Of the mistakes those that fail a missed criterion are judged, and none of them twice."""
    criterion = planted(EXERCISE)[0].fails
    alike = {one.name for one in planted(EXERCISE) if one.fails == criterion}
    finder = PatternFinder(SEED, store, VERSIONS)
    for _ in range(2):
        finder.look_at(result({criterion}))
    assert finder.finish()
    finder.stop()
    found = store.patterns(EXERCISE, SEED, VERSIONS[EXERCISE])
    assert set(found) == alike != {one.name for one in planted(EXERCISE)}
    assert all(criterion in pattern for pattern in found.values())

    again = PatternFinder(SEED, store, VERSIONS)
    again.look_at(result({criterion}))
    assert again._process is None
    again.stop()


@pytest.mark.parametrize("missed", [set(), {one.name for one in exercises()[EXERCISE].criteria}])
def test_no_process_without_a_need(store: Store, missed: set[str]) -> None:
    """A full solution, and a function that is as it was handed out, resemble no mistake."""
    finder = PatternFinder(SEED, store, VERSIONS)
    finder.look_at(result(missed, yours="nothing yet: the function is not written"))
    assert finder._process is None
    assert finder.finish()
    finder.stop()


def test_it_ends_with_the_grader() -> None:
    """When nobody is left to ask, the process goes, though it was not told that this was all."""
    command = [sys.executable, "-m", "fanout.grading.patterns", str(SEED)]
    asked = json.dumps([EXERCISE, planted(EXERCISE)[0].name]) + "\n"
    ended = subprocess.run(
        command, input=asked, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
