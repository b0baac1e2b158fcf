"""The file of verdicts: each written once, by one grader at a time."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from fanout.grading.errors import StoreError
from fanout.grading.results import CriterionResult, ExerciseResult, WorkResult
from fanout.grading.store import SCHEMA, Key, Store, opened

KEY = Key("a" * 64, 7)


def result(points: int = 2) -> WorkResult:
    verdict = CriterionResult(
        criterion="works", points=points, max_points=3, met=False, yours="\ud800 😀 <b>", expected="1",
        rule="r", scenario="s", evidence_html=None,
    )  # fmt: skip
    graded = ExerciseResult(
        exercise="one", points=points, max_points=3, verdicts=(verdict,), reason=None
    )
    return WorkResult(exercises=(graded,), layers=("box",), seconds=0.5, notes=("a note",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "grades.db"


def test_a_verdict_comes_back_as_it_was(path: Path) -> None:
    """What is written is read again, also by another process of another day."""
    with opened(path) as store:
        store.add(KEY, result(), {"one": "v1"})
    with opened(path) as store:
        verdict = store.verdict(KEY, "one", "v1")

    assert verdict is not None
    assert (verdict.result, verdict.layers, verdict.notes) == (
        result().exercises[0],
        ("box",),
        ("a note",),
    )


def test_nothing_is_written_twice(path: Path) -> None:
    """A second verdict on the same work, seed and version is refused."""
    with opened(path) as store:
        store.add(KEY, result(), {"one": "v1"})
        with pytest.raises(sqlite3.IntegrityError):
            store.add(KEY, result(points=3), {"one": "v1"})
        assert store.verdict(KEY, "one", "v1").result.points == 2


def test_an_older_verdict_stands_in_until_there_is_a_new_one(path: Path) -> None:
    """Without a verdict by the present checks the one by older checks is given, with its version."""
    with opened(path) as store:
        store.add(KEY, result(points=1), {"one": "old"})
        before = store.verdict(KEY, "one", "new")
        store.add(KEY, result(points=3), {"one": "new"})
        after = store.verdict(KEY, "one", "new")

    assert (before.version, before.result.points) == ("old", 1)
    assert (after.version, after.result.points) == ("new", 3)


def test_another_seed_is_another_grade(path: Path) -> None:
    """A verdict under another seed is not mistaken for this one."""
    with opened(path) as store:
        store.add(KEY, result(), {"one": "v1"})
        assert store.verdict(Key(KEY.work, 8), "one", "v1") is None
        assert not store.has(Key(KEY.work, 8), "one", "v1")


def test_a_failure_of_the_grader_is_no_grade(path: Path) -> None:
    """A failure is kept with its reason, has no points, and ends with the verdict."""
    with opened(path) as store:
        store.add_failure(KEY, {"one": "v1"}, "the box broke")
        failed = store.failure(KEY, "one", "v1"), store.verdict(KEY, "one", "v1")
        store.add(KEY, result(), {"one": "v1"})
        healed = store.failure(KEY, "one", "v1")

    assert failed == ("the box broke", None)
    assert healed is None


def test_one_grader_at_a_time(path: Path) -> None:
    """A second grader on the same folder is refused, until the first one is gone."""
    with opened(path), pytest.raises(StoreError, match="Another grader"):
        Store(path)
    Store(path).close()


def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    """Tables of a newer version are named, not touched."""
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    db.close()
    with pytest.raises(StoreError, match="newer version of fanout"):
        Store(path)


def test_a_file_that_is_no_database_is_named(path: Path) -> None:
    """A damaged file gives a sentence, and no lock stays behind."""
    path.write_text("this is no database, and longer than a header of one would be" * 20)
    for _ in range(2):
        with pytest.raises(StoreError, match="not a file of verdicts"):
            Store(path)
