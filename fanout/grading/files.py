"""The files of a folder or a zip of submissions, read without unpacking anything.

Strategy: a zip is read member by member into memory, so that no name in it, however written, can
lead to a place on this machine. From a folder only ordinary files are read; a link may point to
anything its owner likes, and is named instead of followed.
"""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from fanout.grading.errors import NoSubmissions
from fanout.grading.notebooks import LARGEST, Unreadable

MOST_FILES = 100_000
_SKIPPED = {"__MACOSX", ".ipynb_checkpoints", "__pycache__"}


@dataclass(frozen=True, kw_only=True)
class FoundFile:
    """One file of the submissions, not read yet."""

    parts: tuple[str, ...]
    """Its path below the folder or in the zip."""
    modified: float
    """Seconds since 1970 in this machine's clock; for zips, what the archive says."""
    read: Callable[[], bytes]
    """Its content, at most `LARGEST` bytes and one. Raises `Unreadable`."""

    @property
    def path(self) -> str:
        """The path for a person, cut where it is absurdly long."""
        text = "/".join(self.parts)
        return text if len(text) <= 300 else f"{text[:297]}..."

    @property
    def is_notebook(self) -> bool:
        """Whether its name says that it is a notebook."""
        return PurePosixPath(self.parts[-1]).suffix.lower() == ".ipynb"


def files_of(place: Path) -> list[FoundFile]:
    """All files at a place, a folder or a zip, in the order of their names."""
    if place.is_dir():
        found = list(_in_folder(place))
    elif place.is_file() and zipfile.is_zipfile(place):
        found = list(_in_zip(place))
    else:
        what = "is neither a folder nor a zip" if place.exists() else "does not exist"
        raise NoSubmissions(
            f"`{place}` {what}. Give the folder of submissions, or the zip as Canvas or Moodle made it."
        )
    if len(found) > MOST_FILES:
        raise NoSubmissions(
            f"`{place}` holds {len(found)} files; at most {MOST_FILES} are taken as one class."
        )
    return sorted(found, key=lambda file: file.parts)


def _skipped(parts: tuple[str, ...]) -> bool:
    return any(part in _SKIPPED or part.startswith(".") for part in parts)


# --- A folder -----------------------------------------------------------------------------------


def _in_folder(root: Path) -> Iterator[FoundFile]:
    for folder, subfolders, names in os.walk(root):
        here = Path(folder)
        subfolders[:] = [name for name in subfolders if not _skipped((name,))]
        # A learner's folder that is a link is named as a file that cannot be read.
        links = [name for name in subfolders if (here / name).is_symlink()]
        for name in [*names, *links]:
            path = here / name
            parts = path.relative_to(root).parts
            if not _skipped(parts):
                yield _plain_file(path, tuple(_legible(part) for part in parts))


def _legible(name: str) -> str:
    """A name whose bytes are not UTF-8 has no spelling in CSV or HTML; it gets one."""
    return name.encode(errors="surrogateescape").decode(errors="replace")


def _plain_file(path: Path, parts: tuple[str, ...]) -> FoundFile:
    return FoundFile(parts=parts, modified=path.lstat().st_mtime, read=lambda: _read_plain(path))


def _read_plain(path: Path) -> bytes:
    """The bytes of an ordinary file. A pipe or a device would never end, and a link may lie."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:  # noqa: PTH123 (flags)
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode) or path.is_symlink():
                raise Unreadable("This is a link or a device, not a file.")
            return file.read(LARGEST + 1)
    except OSError as error:
        said = "This is a link, not a file" if path.is_symlink() else error.strerror
        raise Unreadable(f"The file cannot be opened: {said}.") from error


# --- A zip --------------------------------------------------------------------------------------


def _in_zip(place: Path) -> Iterator[FoundFile]:
    archive = zipfile.ZipFile(place)
    for member in archive.infolist():
        if not member.is_dir() and not _skipped(parts := _parts(member)):
            yield FoundFile(parts=parts, modified=_time(member), read=_reader(archive, member))


def _reader(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with archive.open(member) as file:
                return file.read(LARGEST + 1)
        except NotImplementedError as error:  # a RuntimeError, too
            raise Unreadable(f"The file cannot be unpacked here ({error}).") from error
        except RuntimeError as error:
            raise Unreadable("The file is encrypted in the zip.") from error
        except (zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
            raise Unreadable(f"The file is damaged in the zip ({error}).") from error
        except Exception as error:  # zlib.error and lzma.LZMAError derive from Exception
            raise Unreadable(f"The file cannot be unpacked ({error}).") from error

    return read


def _parts(member: zipfile.ZipInfo) -> tuple[str, ...]:
    """The path of a member without what would lead out of a folder: it only names things here."""
    name = member.filename
    if not member.flag_bits & 0x800:  # not marked as UTF-8, which many archivers write all the same
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = member.filename
    parts = (part.strip() for part in name.replace("\\", "/").split("/"))
    return tuple(part for part in parts if part not in ("", ".", "..")) or ("unnamed",)


def _time(member: zipfile.ZipInfo) -> float:
    try:
        return datetime(*member.date_time, tzinfo=UTC).timestamp()
    except ValueError:
        return 0.0
