"""The version of an exercise's checks: a digest of everything that decides a grade.

It covers the lesson's `checks.py` with all that it imports from the lessons, the judge, the far end and
the sandbox, and the SDKs in whose types learners get their arguments. Pictures, pages and exports may change without a regrade.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

import fanout
from fanout.checks import exercises

_PACKAGE = Path(fanout.__file__).parent
_DECIDES_NOTHING = {"authoring", "conform", "pictures", "lessons", "cli.py", "doctor.py", "lab"}
# Of the grading package, what stands after the verdict, or in front of it. A module that is not
# named here counts as deciding: a needless regrade is cheaper than a stale grade.
_AFTER_THE_VERDICT = {
    "autograde.py", "canvas.py", "cluster.py", "command.py", "errors.py", "exports.py", "feedback.py",
    "files.py", "gradebook.py", "local.py", "misconceptions.py", "moodle.py", "naming.py", "nbgrader.py", "notebooks.py", "patterns.py",
    "options.py",
    "overview.py", "page.py", "progress.py", "store.py", "submissions.py", "tables.py",
    "versions.py",
}  # fmt: skip
_SDKS = ("openai", "anthropic", "httpx2", "pydantic", "IPython")


@cache
def version_of(exercise: str) -> str:
    """The version of one exercise's checks, 12 hexadecimal digits."""
    digest = hashlib.sha256(_judge())
    for path in sorted(checks_of(exercises()[exercise].lesson)):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def checks_of(lesson: str) -> set[Path]:
    """The files of a lesson's checks: `checks.py`, and what it imports from the lessons."""
    found: set[Path] = set()
    new = {_PACKAGE / "lessons" / lesson / "checks.py"}
    while new:
        found |= new
        new = {path for one in new for path in _imported(one)} - found
    return found


def _imported(path: Path) -> Iterator[Path]:
    """The modules of lessons that a module imports by their full names."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            file = _PACKAGE.parent.joinpath(*name.split(".")).with_suffix(".py")
            if name.startswith("fanout.lessons.") and file.is_file():
                yield file


@cache
def _judge() -> bytes:
    digest = hashlib.sha256(sys.version.split(" ", 1)[0].rpartition(".")[0].encode())
    for name in _SDKS:
        digest.update(f"{name} {_installed(name)}\n".encode())
    for path in _deciding_files():
        digest.update(path.relative_to(_PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.digest()


def _installed(name: str) -> str:
    try:
        return installed(name)
    except PackageNotFoundError:
        return "none"


def _deciding_files() -> Iterator[Path]:
    for path in sorted([*_PACKAGE.rglob("*.py"), *_PACKAGE.rglob("*.toml")]):
        parts = path.relative_to(_PACKAGE).parts
        in_grading = parts[0] == "grading" and parts[-1] in _AFTER_THE_VERDICT
        about_models = parts[:2] in (("lessons", "syllabus.py"), ("lessons", "syllabus.toml"))
        if about_models or not (parts[0] in _DECIDES_NOTHING or in_grading):
            yield path
