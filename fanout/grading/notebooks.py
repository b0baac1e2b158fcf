"""The code cells of a notebook file, out of whatever a learner handed in.

Only `json` is used: nbformat refuses files that still hold perfectly good code, takes a second to
import, and no rule of the notebook format matters here but where code stands. What cannot be read
is answered with a sentence, never with an exception of another kind than `Unreadable`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

LARGEST = 128 * 1024 * 1024
"""Bytes. A notebook that keeps 50 MB of printed output is still read; this much is not work."""
MOST_CODE = 2 * 1024 * 1024
"""Bytes of code that are handed on to be run."""

_CELLS = re.compile(r'"cells"\s*:\s*\[')


class Unreadable(ValueError):
    """Nothing can be graded in a file; the text says why, for its owner."""


@dataclass(frozen=True, kw_only=True)
class NotebookFile:
    """What grading needs of a notebook file."""

    cells: tuple[str, ...]
    """The sources of the code cells, in order."""
    grade_ids: frozenset[str]
    """The names that nbgrader's metadata gives to cells."""
    notes: tuple[str, ...]
    """Sentences on what is odd about the file."""

    @property
    def digest(self) -> str:
        """The name of what is graded: equal code has equal digests, whatever its outputs."""
        return hashlib.sha256(json.dumps(self.cells).encode()).hexdigest()


def read_notebook(data: bytes) -> NotebookFile:
    """Read a notebook file. Raises `Unreadable` when no code can be found in it."""
    if len(data) > LARGEST:
        raise Unreadable(
            f"The file has {len(data) // 2**20} MB; at most {LARGEST // 2**20} MB are read. "
            "Clear the outputs, save, and hand it in again."
        )
    text = _decoded(data)
    notes: tuple[str, ...] = ()
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        whole, notes = _salvaged(text, error)
    cells = list(_cells(whole))
    code = tuple(_source(cell) for cell in cells if _is_code(cell))
    if sum(map(len, code)) > MOST_CODE:
        raise Unreadable(f"The notebook holds more than {MOST_CODE // 2**20} MB of code.")
    if not any(source.strip() for source in code):
        raise Unreadable("The notebook holds no code.")
    return NotebookFile(
        cells=code, grade_ids=frozenset(_grade_ids(cells)), notes=(*notes, *_remarks(whole))
    )


def _decoded(data: bytes) -> str:
    if not data.strip(b"\0 \t\r\n"):
        raise Unreadable("The file is empty.")
    # UTF-16 with its mark is what some Windows editors save; everything else is UTF-8.
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return data.decode(encoding, errors="replace")


def _salvaged(text: str, error: Exception) -> tuple[Any, tuple[str, ...]]:
    """The cells that stand complete in a broken file, with a note; `Unreadable` without any."""
    start = _CELLS.search(text)
    cells = list(_complete_cells(text, start.end())) if start else []
    if not cells:
        raise Unreadable(f"The file is not a notebook: {_said(error)}") from error
    note = f"The file is broken off or damaged; its first {len(cells)} cells were graded."
    return {"cells": cells}, (note,)


def _complete_cells(text: str, position: int) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    while True:
        position = _past(text, position, " \t\r\n,")
        try:
            cell, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return
        yield cell


def _past(text: str, position: int, skipped: str) -> int:
    while position < len(text) and text[position] in skipped:
        position += 1
    return position


def _said(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"it is not JSON ({error.msg}, line {error.lineno})."
    return "its JSON is nested too deeply."


def _cells(whole: Any) -> Iterator[dict[str, Any]]:
    """All cells; notebooks of format 3 keep them in worksheets."""
    if not isinstance(whole, dict):
        raise Unreadable("The file is JSON, but not a notebook.")
    sheets = whole.get("worksheets")
    pages = [whole, *(sheets if isinstance(sheets, list) else [])]
    for page in pages:
        found = page.get("cells") if isinstance(page, dict) else None
        if isinstance(found, list):
            yield from (cell for cell in found if isinstance(cell, dict))


def _is_code(cell: dict[str, Any]) -> bool:
    kind = cell.get("cell_type")
    return kind == "code" or (kind is None and "outputs" in cell)


def _source(cell: dict[str, Any]) -> str:
    """The text of a cell: a string, or a list of lines; format 3 calls it `input`."""
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    # Lone surrogates, which JSON can spell, have no bytes and no place in code.
    return source.encode(errors="replace").decode() if isinstance(source, str) else ""


def _grade_ids(cells: list[dict[str, Any]]) -> Iterator[str]:
    for cell in cells:
        metadata = cell.get("metadata")
        marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        name = marks.get("grade_id") if isinstance(marks, dict) else None
        if isinstance(name, str):
            yield name


def _remarks(whole: dict[str, Any]) -> Iterator[str]:
    metadata = whole.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = kernel.get("language", "python") if isinstance(kernel, dict) else "python"
    if isinstance(language, str) and language.lower() != "python":
        yield f"The notebook names a kernel for {language[:40]}; it was run as Python."
    if isinstance(whole.get("worksheets"), list):
        yield "The notebook is in the old format 3."
