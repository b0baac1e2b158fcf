"""`fanout diagnose FILE`: conversations in files, one or many, and folders of logs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fanout.diagnosis.diagnose import diagnose

ENDINGS = (".json", ".jsonl", ".ndjson")


def run(paths: list[Path], api: str | None = None) -> int:
    """Print a diagnosis of every conversation in the files; 1 if anything was found, else 0.

    A file that holds no conversation is told and counts as found: silence would look like health.
    """
    found = looked_at = 0
    for path in _files(paths):
        for name, data in _conversations(path):
            looked_at += 1
            try:
                diagnosis = diagnose(data, api)
            except ValueError as error:
                found += 1
                print(f"{name}: {error}")
                continue
            found += not diagnosis.ok
            print(f"{name}: {diagnosis}")
    if not looked_at:
        print(f"No conversation found: looked for files that end in {', '.join(ENDINGS)}.")
        return 1
    print(f"{looked_at} looked at, {found} with something wrong.")
    return 1 if found else 0


def _files(paths: list[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix in ENDINGS and p.is_file())
        else:
            yield path


def _conversations(path: Path) -> Iterator[tuple[str, Any]]:
    """The conversations of a file: one in .json, one a line in the others."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        yield str(path), f"cannot be read: {error.strerror}"
        return
    if path.suffix == ".json":
        yield str(path), _data(text)
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield f"{path}:{number}", _data(line)


def _data(text: str) -> Any:
    """The data of a text; a log line that wraps a request gives the request."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return text
    for key in ("request", "body", "payload"):
        inner = data.get(key) if isinstance(data, dict) else None
        if isinstance(inner, dict) and ("messages" in inner or "input" in inner):
            return inner
    return data
