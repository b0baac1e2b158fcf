"""`fanout diagnose FILE`: conversations in files, one or many, and folders of logs."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fanout.diagnosis.diagnose import diagnose
from fanout.diagnosis.unwrapping import conversations_in, is_message

ENDINGS = (".json", ".jsonl", ".ndjson", ".log")


class _Unreadable(ValueError):
    """A file, or a line of one, that holds no data."""


def run(paths: list[Path], api: str | None = None) -> int:
    """Print a diagnosis of every conversation in the files; 1 if anything was found, else 0.

    What holds no conversation is told and counts as found: silence would look like health.
    """
    found = looked_at = unread = 0
    for path in _files(paths):
        for name, data in _conversations(path):
            try:
                if isinstance(data, _Unreadable):
                    raise data
                diagnosis = diagnose(data, api)
            except ValueError as error:
                unread += 1
                print(f"{name}: {error}")
                continue
            looked_at += 1
            found += not diagnosis.ok
            print(f"{name}: {diagnosis}")
    if not looked_at and not unread:
        print(f"No conversation found: looked for files that end in {', '.join(ENDINGS)}.")
        return 1
    left = f"; {unread} could not be read as one" if unread else ""
    print(f"{_counted(looked_at)} looked at, {found} with something wrong{left}.")
    return 1 if found or unread else 0


def _counted(number: int) -> str:
    return f"{number} conversation{'' if number == 1 else 's'}"


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix in ENDINGS and p.is_file())
        else:
            yield path


def _conversations(path: Path) -> Iterator[tuple[str, Any]]:
    """The conversations of a file, each with its place.

    A file may be one piece of JSON, or have one on each line: a conversation, a request in a log's own
    wrapping, or a single message. Lines that are messages are one conversation.
    """
    try:
        text = _text(path)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        yield str(path), _Unreadable(f"cannot be read: {why}.")
        return
    whole = _data(text)
    if not isinstance(whole, _Unreadable):
        yield from _inside(str(path), whole)
        return
    lines = [(n, _data(line)) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    data = [(number, one) for number, one in lines if not isinstance(one, _Unreadable)]
    if not any(isinstance(one, (dict, list)) for _, one in data) or _is_cut(path, text, data):
        yield str(path), whole
    elif all(is_message(one) for _, one in data):
        yield str(path), [one for _, one in data]
    else:
        for number, one in data:
            yield from _inside(f"{path}:{number}", one)
    if data and len(data) < len(lines) and not _is_cut(path, text, data):
        first = next(number for number, one in lines if isinstance(one, _Unreadable))
        rest = len(lines) - len(data)
        yield f"{path}:{first}", _Unreadable(f"{_lines(rest)} no JSON; this is the first.")


def _lines(count: int) -> str:
    return "1 line is" if count == 1 else f"{count} lines are"


def _is_cut(path: Path, text: str, data: list[tuple[int, Any]]) -> bool:
    """Whether it is one piece of JSON over several lines, and broken: its lines say nothing then."""
    return text.lstrip()[:1] == "[" and path.suffix == ".json" and len(data) < 2


def _text(path: Path) -> str:
    raw = path.read_bytes()
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return raw.decode("utf-16" if wide else "utf-8-sig")


def _inside(name: str, data: Any) -> Iterator[tuple[str, Any]]:
    """What lies in the data, by its path; the data as they are where nothing does."""
    found = list(conversations_in(data))
    for where, one in found:
        yield f"{name} ({where})" if where else name, one
    if not found:
        yield name, data


def _data(text: str) -> Any:
    if not text.strip():
        return _Unreadable("is empty.")
    try:
        return json.loads(text)
    except RecursionError:
        return _Unreadable("is no JSON: it is nested too deeply.")
    except ValueError as error:
        like = text.lstrip()[:2] in ("[{", "{'") and "'role'" in text
        python = " It looks like Python's own writing: use `json.dumps` for it." if like else ""
        return _Unreadable(f"is no JSON: {error}.{python}")
