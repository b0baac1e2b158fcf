"""The verdicts of a class in one SQLite file, each written at the moment it is reached.

Strategy: a verdict is keyed by all that it depends on (the work's digest, the exercise, the seed,
the version of the checks), is inserted once and is never changed. So whatever moment the grader is
killed at, what is in the file is right, and what is missing is still to be graded.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from fanout.grading.errors import StoreError
from fanout.grading.results import ExerciseResult, WorkResult

SCHEMA = 1
"""The version of the tables below; it stands in the file as SQLite's `user_version`."""

_TABLES = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE verdict (
    work TEXT NOT NULL, exercise TEXT NOT NULL, seed INTEGER NOT NULL, version TEXT NOT NULL,
    points INTEGER NOT NULL, max_points INTEGER NOT NULL,
    result TEXT NOT NULL, layers TEXT NOT NULL, notes TEXT NOT NULL,
    seconds REAL NOT NULL, graded_at TEXT NOT NULL,
    PRIMARY KEY (work, exercise, seed, version)
) WITHOUT ROWID;
CREATE TABLE failure (
    work TEXT NOT NULL, exercise TEXT NOT NULL, seed INTEGER NOT NULL, version TEXT NOT NULL,
    reason TEXT NOT NULL, failed_at TEXT NOT NULL,
    PRIMARY KEY (work, exercise, seed, version)
) WITHOUT ROWID;
CREATE TABLE pattern (
    exercise TEXT NOT NULL, mistake TEXT NOT NULL, seed INTEGER NOT NULL, version TEXT NOT NULL,
    missed TEXT NOT NULL,
    PRIMARY KEY (exercise, mistake, seed, version)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A stored verdict on one exercise of one work."""

    result: ExerciseResult
    version: str
    layers: tuple[str, ...]
    notes: tuple[str, ...]
    graded_at: str

    @property
    def unsafe(self) -> bool:
        """Whether the learner's code ran without a sandbox."""
        return "unsafe" in self.layers


@dataclass(frozen=True, order=True)
class Key:
    """Everything that a verdict depends on, but for the exercise."""

    work: str
    seed: int


class Store:
    """The verdicts in one file. Opened by one grader at a time; used from one thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = _locked(path.with_suffix(".lock"))
        try:
            self._db = _opened(path)
        except sqlite3.DatabaseError as error:
            self._lock.close()
            raise StoreError(
                f"`{path}` is not a file of verdicts, or is damaged ({error}). Grade into another folder."
            ) from error
        except StoreError:
            self._lock.close()
            raise

    def close(self) -> None:
        """Close the file; another grader may open it then."""
        self._db.close()
        self._lock.close()

    # --- Settings -------------------------------------------------------------------------------

    def setting(self, name: str) -> str | None:
        """A setting that was kept, or None."""
        row = self._db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def keep(self, name: str, value: str) -> None:
        """Keep a setting for whoever resumes."""
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))

    # --- Verdicts -------------------------------------------------------------------------------

    def add(self, key: Key, result: WorkResult, versions: Mapping[str, str]) -> None:
        """Write the verdicts on one work, all of them or none.

        :param versions: by exercise. Raises `sqlite3.IntegrityError` for one that is there already:
            nothing is graded twice.
        """
        layers, notes = json.dumps(result.layers), json.dumps(result.notes)
        rows = [
            (key.work, one.exercise, key.seed, versions[one.exercise], one.points, one.max_points,
             json.dumps(asdict(one)), layers, notes, result.seconds, _now())
            for one in result.exercises
        ]  # fmt: skip
        with self._db:
            self._db.executemany(f"INSERT INTO verdict VALUES ({_marks(11)})", rows)  # noqa: S608
            self._db.executemany(
                "DELETE FROM failure WHERE work = ? AND exercise = ? AND seed = ? AND version = ?",
                [row[:4] for row in rows],
            )

    def add_failure(self, key: Key, versions: Mapping[str, str], reason: str) -> None:
        """Write that the grader itself failed at these exercises: they stay without a grade."""
        rows = [(key.work, name, key.seed, v, reason, _now()) for name, v in versions.items()]
        with self._db:
            self._db.executemany(
                f"INSERT OR REPLACE INTO failure VALUES ({_marks(6)})",  # noqa: S608
                rows,
            )

    def has(self, key: Key, exercise: str, version: str) -> bool:
        """Whether this verdict has been reached."""
        found = self._db.execute(
            "SELECT 1 FROM verdict WHERE work = ? AND exercise = ? AND seed = ? AND version = ?",
            (key.work, exercise, key.seed, version),
        )
        return found.fetchone() is not None

    def verdict(self, key: Key, exercise: str, version: str) -> Verdict | None:
        """The verdict by these checks, or, where there is none, the latest by older ones."""
        row = self._db.execute(
            "SELECT result, version, layers, notes, graded_at FROM verdict"
            " WHERE work = ? AND exercise = ? AND seed = ?"
            " ORDER BY version = ? DESC, graded_at DESC LIMIT 1",
            (key.work, exercise, key.seed, version),
        ).fetchone()
        if row is None:
            return None
        result, found, layers, notes, graded_at = row
        return Verdict(
            result=ExerciseResult.from_json(json.loads(result)),
            version=found,
            layers=tuple(json.loads(layers)),
            notes=tuple(json.loads(notes)),
            graded_at=graded_at,
        )

    def failure(self, key: Key, exercise: str, version: str) -> str | None:
        """Why the grader failed at this, where it did."""
        row = self._db.execute(
            "SELECT reason FROM failure WHERE work = ? AND exercise = ? AND seed = ? AND version = ?",
            (key.work, exercise, key.seed, version),
        ).fetchone()
        return str(row[0]) if row else None

    def count(self) -> int:
        """How many verdicts are in the file, of all versions."""
        return int(self._db.execute("SELECT count(*) FROM verdict").fetchone()[0])

    # --- Patterns of planted mistakes -----------------------------------------------------------

    def add_pattern(
        self, exercise: str, mistake: str, seed: int, version: str, missed: Mapping[str, str]
    ) -> None:
        """Write which criteria a planted mistake misses, each with what it gave instead."""
        with self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO pattern VALUES (?, ?, ?, ?, ?)",
                (exercise, mistake, seed, version, json.dumps(dict(missed))),
            )

    def patterns(self, exercise: str, seed: int, version: str) -> dict[str, dict[str, str]]:
        """The patterns of an exercise's planted mistakes, by mistake."""
        rows: Iterable[tuple[str, str]] = self._db.execute(
            "SELECT mistake, missed FROM pattern WHERE exercise = ? AND seed = ? AND version = ?",
            (exercise, seed, version),
        )
        return {mistake: json.loads(missed) for mistake, missed in rows}


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    """The store in a file, made when there is none, and closed at the end."""
    store = Store(path)
    try:
        yield store
    finally:
        store.close()


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=30)
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA:
        db.close()
        raise StoreError(
            f"`{path}` was written by a newer version of fanout (tables {version}, this one knows "
            f"{SCHEMA}). Update fanout, or grade into another folder."
        )
    db.execute("PRAGMA journal_mode = WAL")
    # With WAL a killed process loses nothing; FULL keeps a verdict through a power cut as well.
    db.execute("PRAGMA synchronous = FULL")
    if version == 0:
        db.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {SCHEMA}; COMMIT;")
    return db


def _locked(path: Path) -> sqlite3.Connection:
    """A lock that the system takes back when its holder dies, however it dies."""
    lock = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        raise StoreError(
            f"Another grader is writing to `{path.parent}`. Wait for it, or grade into another folder."
        ) from error
    return lock
