"""Whose a file is, and which version of it, read from its path as platforms write paths.

Known: `<learner>/<notebook>.ipynb`, nbgrader's `submitted/<learner>/<assignment>/<notebook>.ipynb`,
and the flat names of Canvas (`doejane_LATE_12345_67890_01_detect-1.ipynb`) and Moodle
(`Jane Doe_123_assignsubmission_file_01_detect.ipynb`, or a folder of that name without the last
part).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

_CANVAS = re.compile(
    r"(?P<name>[^_]+)_(?:(?P<late>LATE)_)?(?P<id>\d+)_(?P<upload>\d+)_(?P<rest>.+)", re.DOTALL
)
_MOODLE = re.compile(
    r"(?P<name>.*?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<rest>.*)", re.DOTALL
)
_AGAIN = re.compile(r"(?:-(\d+)| ?\((\d+)\))$")
_WRAPPERS = {"submitted", "submissions", "autograded"}


@dataclass(frozen=True, order=True)
class Learner:
    """Someone whose work is graded. Two learners may share a name, but not a key."""

    key: str
    """How the platform tells them apart: the folder's name, or the name with its number."""
    name: str
    canvas_id: str = ""
    """The number behind the name in Canvas's download; empty elsewhere."""
    moodle_id: str = ""
    """The number of "Participant 123" in Moodle; empty elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Handed:
    """What a path says about a file."""

    learner: Learner
    stem: str
    """The learner's own name for the file, without version and ending."""
    version: tuple[int, int] = (0, 0)
    """Orders the versions of one file: the number behind it, then Canvas's number of the upload."""
    late: bool = False


def handed(parts: Sequence[str], hint: Sequence[str] = ()) -> Handed:
    """Read the path of a submitted file, given as its parts below the folder of submissions.

    :param hint: names of notebooks; in a flat folder of unknown style, what is left of a file's
        name without one of these is the learner's.
    """
    parts = [unicodedata.normalize("NFC", part) for part in parts]
    for number, part in enumerate(parts):
        match = _MOODLE.fullmatch(part)
        if match and match["name"].strip():
            rest = match["rest"].strip("_") if number == len(parts) - 1 else parts[-1]
            learner = _numbered(match["name"].strip(), match["id"], moodle=True)
            return _versioned(learner, rest)
    if len(parts) > 1:
        return _versioned(Learner(parts[0], parts[0]), parts[-1])
    return _canvas(parts[0]) or _flat(parts[0], hint)


def wrapper(paths: Sequence[Sequence[str]]) -> int:
    """How many leading parts of all paths are a wrapping folder, and nobody's name: 0 or more."""
    depth = 0
    while (rest := [path[depth:] for path in paths]) and _is_wrapped(rest):
        depth += 1
    return depth


def _is_wrapped(paths: Sequence[Sequence[str]]) -> bool:
    """Whether the first part is a folder around the whole class.

    A single learner's folder looks alike, unless several learners' folders, or a platform's file
    names, come next.
    """
    firsts = {path[0] for path in paths}
    if len(firsts) != 1 or any(len(path) < 2 for path in paths):
        return False
    if firsts.pop().lower() in _WRAPPERS:
        return True
    if any(_MOODLE.fullmatch(path[1]) or _CANVAS.fullmatch(path[1]) for path in paths):
        return not any(_MOODLE.fullmatch(path[0]) for path in paths)
    if any(len(path) < 3 for path in paths) or len({path[1] for path in paths}) < 2:
        return False
    # One learner's folder with an assignment a lesson: the notebooks are called as their folders.
    return not all(path[1].lower() in path[-1].lower() for path in paths)


def _numbered(name: str, number: str, *, moodle: bool) -> Learner:
    ids = {"moodle_id" if moodle else "canvas_id": number}
    return Learner(f"{name}_{number}", name, **ids)


def _canvas(name: str) -> Handed | None:
    match = _CANVAS.fullmatch(name)
    if match is None:
        return None
    learner = _numbered(match["name"], match["id"], moodle=False)
    return _versioned(learner, match["rest"], int(match["upload"][:18]), bool(match["late"]))


def _flat(name: str, hint: Sequence[str]) -> Handed:
    """A file in no folder and of no known style: the learner is what is not the notebook's name."""
    stem = PurePosixPath(name).stem
    for notebook in hint:
        left = re.sub(re.escape(notebook), "", stem, flags=re.IGNORECASE)
        if left != stem:
            owner = _AGAIN.sub("", left).strip(" _-.") or stem
            return _versioned(Learner(owner, owner), name)
    return _versioned(Learner(stem, stem), name)


def _versioned(learner: Learner, name: str, upload: int = 0, late: bool = False) -> Handed:
    stem = PurePosixPath(name).stem
    again = _AGAIN.search(stem)
    number = int((again[1] or again[2])[:9]) if again else 0
    return Handed(learner=learner, stem=_AGAIN.sub("", stem), version=(number, upload), late=late)
