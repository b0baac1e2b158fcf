"""Run everything: style, format, types, tests, and every notebook. This is what `make test` does.

Every part runs, whatever the others said. The tests and the notebooks run side by side: while one
waits, the other computes; what the notebooks print stands below what the tests print.

A file that fails is tried once more, alone, when nothing else runs here. Wrong code fails twice; a
test that a busy machine disturbed does not, and the summary names it. Where many files fail, nothing
is tried again.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MANY = 3
"""With more failing files than this, it is not the machine."""
SOME_TESTS_FAILED = 1
"""The exit code of pytest that a second try can mend; it has others, for errors of other kinds."""
NOT_FOR_TESTS = re.compile(r"^(OPENAI|ANTHROPIC)_|^FANOUT_LIVE$|^PYTHONDONTWRITEBYTECODE$")
"""Nothing of a person's key or account; and without bytecode every kernel would compile the course."""


@dataclass
class Part:
    """One command, and what came of it."""

    name: str
    command: Sequence[str]
    paths: Sequence[str] = ()
    """What pytest is asked to run; empty for a part that is not pytest."""
    workers: int = 1
    folder: Path = ROOT
    passed: bool = field(default=False, init=False)
    printed: bytes | None = field(default=None, init=False)
    seconds: float = field(default=0.0, init=False)
    tried_again: Sequence[str] = field(default=(), init=False)

    def run(self, *, live: bool = True) -> None:
        """Run the command to its end; `live` shows what it prints at once, else it is kept."""
        self._time([*self.command, *self._pytest(self.workers), *self.paths], live)

    def run_again(self, files: Sequence[str]) -> None:
        """Run the files that failed once more, alone."""
        self.tried_again = files
        self._time([*self.command, *self._pytest(1), *files], live=True)

    def failed_files(self) -> Sequence[str]:
        """The files with failures, if a second try could mend them; none otherwise."""
        if self.passed or not self.paths or self._code != SOME_TESTS_FAILED:
            return ()
        kept = self._cache / "v" / "cache" / "lastfailed"
        failed = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
        files = sorted({name.partition("::")[0] for name in failed})
        return files if len(files) <= MANY else ()

    def summary(self) -> str:
        """One line: the name, what it said, how long it took."""
        said = "passed" if self.passed else "FAILED"
        again = f"   second try: {', '.join(self.tried_again)}" if self.tried_again else ""
        return f"{self.name:<12}{said:<8}{self.seconds:4.0f} s{again}"

    @property
    def _cache(self) -> Path:
        return self.folder / ".pytest_cache" / self.name

    def _pytest(self, workers: int) -> list[str]:
        if not self.paths:
            return []
        options = ["-o", f"cache_dir={self._cache}"]
        if workers > 1 and importlib.util.find_spec("xdist"):
            options += ["-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder"]
        return options

    def _time(self, command: Sequence[str], live: bool) -> None:
        began = time.monotonic()
        kept = {k: v for k, v in os.environ.items() if not NOT_FOR_TESTS.search(k)}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=kept | {"FANOUT_PROGRESS": "off"},
            stdout=None if live else subprocess.PIPE,
            stderr=None if live else subprocess.STDOUT,
            check=False,
        )
        self._code, self.passed, self.printed = done.returncode, done.returncode == 0, done.stdout
        self.seconds += time.monotonic() - began


def headline(text: str) -> None:
    """Print a line that opens a part of the report."""
    print(f"\n=== {text}", flush=True)


def run(first: Sequence[Part], tests: Part, beside: Sequence[Part]) -> bool:
    """Run all parts and sum them up; true if all passed.

    :param first: parts of a moment, before the others.
    :param tests: shown while they run.
    :param beside: run one after another beside the tests, and shown after them.
    """
    for part in first:
        headline(part.name)
        part.run()
    headline(tests.name)
    with ThreadPoolExecutor(1) as other:
        running = [(part, other.submit(part.run, live=False)) for part in beside]
        try:
            tests.run()
            for part, done in running:
                done.result()
                headline(part.name)
                sys.stdout.buffer.write(part.printed or b"")
                sys.stdout.buffer.flush()
        except KeyboardInterrupt:
            other.shutdown(wait=False, cancel_futures=True)
            raise
    parts = [*first, tests, *beside]
    for part in parts:
        if files := part.failed_files():
            headline(f"{part.name}, once more: {', '.join(files)}")
            part.run_again(files)
    headline("summary")
    print(*(part.summary() for part in parts), sep="\n", flush=True)
    return all(part.passed for part in parts)


def main() -> int:
    """Run the course's own parts; the exit code for the shell."""
    python = sys.executable
    nbval = [python, "-m", "pytest", "--nbval-current-env", "--nbval-cell-timeout=120"]
    compared = [*nbval, "--nbval", "--nbval-sanitize-with=tests/nbval_sanitize.cfg"]
    processors = os.cpu_count() or 1
    passed = run(
        first=[
            Part("style", [python, "-m", "ruff", "check"]),
            Part("format", [python, "-m", "ruff", "format", "--check"]),
            Part("types", [python, "-m", "pyrefly", "check", "--python-interpreter-path", python]),
        ],
        tests=Part(
            "tests",
            [python, "-m", "pytest", "-p", "no:nbval"],
            paths=["tests"],
            workers=min(8, 2 * processors),
        ),
        beside=[
            Part("notebooks", compared, paths=["notebooks", "solutions"], workers=processors),
            Part("exercises", [*nbval, "--nbval-lax"], paths=["exercises"], workers=processors),
        ],
    )
    print("All parts passed." if passed else "Something failed; look above for the part that did.")
    return 0 if passed else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
