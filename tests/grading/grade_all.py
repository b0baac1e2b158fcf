"""Grade the hostile set and print what came of it as JSON; `--as-nobody` drops root first.

A process of its own, so that the same run can be had as root and as an ordinary user.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
HARMLESS = ("a01", "d01", "d02", "d03", "d04", "d09")
"""Cases that look and do not touch."""


def main(arguments: list[str]) -> None:
    """Grade the cases named, or all."""
    from fanout.grading.layers import Kind
    from fanout.grading.pool import Pool
    from fanout.grading.session import Patience
    from tests.grading.canaries import Canaries
    from tests.grading.submissions_by_hand import cases

    unsafe = "--unsafe" in arguments
    kind: Kind | None = "bubblewrap" if "--bubblewrap" in arguments else None
    names = [a for a in arguments if not a.startswith("--")]
    chosen = [case for case in cases() if not names or any(case.name.startswith(n) for n in names)]
    if unsafe and any(case.name[:3] not in HARMLESS for case in chosen):
        raise SystemExit(f"Without a sandbox only {', '.join(HARMLESS)} may run.")
    canaries = Canaries()
    try:
        patience = Patience(cell=2)
        with Pool(jobs=1, unsafe=unsafe, patience=patience, kind=kind) as pool:
            for case in chosen:
                print(json.dumps(_graded(case, pool, canaries)), flush=True)
    finally:
        canaries.close()


def _graded(case: Any, pool: Any, canaries: Any) -> dict[str, Any]:
    from fanout.grading.grade_one import grade_work

    began, before = time.perf_counter(), _memory()
    result = grade_work(
        case.work(canaries.places()), case.exercises(), seed=77, pool=pool
    ).to_json()
    return {
        "case": case.name,
        "user": os.getuid(),
        "result": result,
        "alarms": canaries.alarms(json.dumps(result)),
        "seconds": time.perf_counter() - began,
        "memory": _memory() - before,
    }


def _memory() -> int:
    """The most that the grader's own process has held so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def become_nobody() -> None:
    """An ordinary user who can reach the interpreter and the course, also where only root could."""
    from fanout.grading import kernel, view

    kernel.unshare(kernel.NEW_MOUNTS)
    kernel.keep_mounts_private()
    for folder, paths in _out_of_reach([*view.shown(), ROOT]).items():
        _uncover(folder, paths)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def _out_of_reach(paths: list[Path]) -> dict[Path, list[Path]]:
    """Which of the paths lie in a folder that others may not enter, by that folder."""
    found: dict[Path, list[Path]] = {}
    for path in {p for one in paths for p in (one, one.resolve())}:
        closed = [p for p in reversed(path.parents) if not p.stat().st_mode & 0o001]
        if closed:
            found.setdefault(closed[0], []).append(path)
    return found


def _uncover(folder: Path, paths: list[Path]) -> None:
    from fanout.grading import kernel

    aside = Path(tempfile.mkdtemp(prefix="fanout-reach-"))
    kernel.mount_memory(aside, "1m")
    kept = []
    for number, path in enumerate(sorted(set(_outer(paths)))):
        place = aside / str(number)
        place.mkdir() if path.is_dir() else place.touch()
        kernel.bind(path, place)
        kept.append((place, path))
    kernel.mount_memory(folder, "1m")
    for place, path in kept:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if place.is_dir() else path.touch()
        kernel.bind(place, path)


def _outer(paths: list[Path]) -> Iterator[Path]:
    """The paths that lie in none of the others."""
    for path in paths:
        if not any(path != other and path.is_relative_to(other) for other in paths):
            yield path


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if "--as-nobody" in sys.argv:
        become_nobody()
        os.environ["HOME"] = tempfile.mkdtemp(prefix="fanout-home-")
        rest = [a for a in sys.argv if a != "--as-nobody"]
        os.execv(sys.executable, [sys.executable, *rest])
    main(sys.argv[1:])
