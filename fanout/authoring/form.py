"""The one form in which notebooks are written: the same content always gives the same bytes.

Ids come from the content, the keys are sorted, and nothing is kept of the machine, the moment or
the Python version. Times and pictures of times are real and differ from run to run, so two
notebooks can also be compared with those left out.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, cast

import nbformat
from nbformat import NotebookNode
from nbformat.v4.rwbase import split_lines

# What differs between two honest runs. `tests/nbval_sanitize.cfg` has the same list.
VOLATILE: dict[str, str] = {
    r"data:image/png;base64,[A-Za-z0-9+/=\s]+": "PICTURE",
    r"\d+\.\d+ s\b": "TIME",
    r"\b0x[0-9a-fA-F]{6,}\b": "ADDRESS",
    r"\b(127\.0\.0\.1|localhost):\d+": "HOST:PORT",
}
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


def write_text(notebook: NotebookNode, digest: str) -> str:
    """The notebook as the text of its file; `digest` is that of the source it was built from."""
    tidy = copy.deepcopy(notebook)
    tidy.metadata = nbformat.from_dict(
        {
            "fanout": {"source": digest},
            "kernelspec": _KERNELSPEC,
            "language_info": {"name": "python"},
        }
    )
    tidy.nbformat, tidy.nbformat_minor = 4, 5
    _name_cells(tidy)
    for cell in tidy.cells:
        _tidy_cell(cell)
    nbformat.validate(tidy)
    return _dump(tidy)


def read_text(text: str) -> NotebookNode:
    """A notebook file's text as a notebook."""
    notebook: Any = nbformat.reads(text, as_version=4)
    return cast(NotebookNode, notebook)


def read_notebook(path: Path) -> NotebookNode:
    """The notebook in a file."""
    return read_text(path.read_text(encoding="utf-8"))


def source_digest(notebook: NotebookNode) -> str | None:
    """The digest of the source that a notebook was built from; None if it is not a built one."""
    digest = notebook.metadata.get("fanout", {}).get("source")
    return str(digest) if digest else None


def without_outputs(notebook: NotebookNode) -> NotebookNode:
    """A copy with no outputs and no execution counts."""
    bare = copy.deepcopy(notebook)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return bare


def same_but_for_times(a: str, b: str) -> bool:
    """Whether two notebook files differ in nothing, or only in what no two runs have alike.

    Left out, and only in outputs: pictures (base64 PNG), times written like `1.25 s`, memory
    addresses, and the port of a server on this machine. Source, ids and metadata count in full.
    """
    return a == b or _calm(a) == _calm(b)


def has_tag(cell: NotebookNode, tag: str) -> bool:
    """Whether a cell carries the tag."""
    return tag in cell.metadata.get("tags", [])


def plain(text: str) -> str:
    """The text without a terminal's colour codes."""
    return _ANSI.sub("", text)


def calm(text: str) -> str:
    """The text with everything volatile replaced by the word for it."""
    for pattern, word in VOLATILE.items():
        text = re.sub(pattern, word, text)
    return text


def _calm(text: str) -> Any:
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if "outputs" in cell:
            cell["outputs"] = [_calm_value(output) for output in cell["outputs"]]
    return notebook


def _calm_value(value: Any, key: str = "") -> Any:
    if key == "image/png":
        return "PICTURE"
    if isinstance(value, dict):
        return {k: _calm_value(v, k) for k, v in value.items()}
    if isinstance(value, list):
        # Multi-line text is stored as a list of lines.
        if all(isinstance(item, str) for item in value):
            return calm("".join(value))
        return [_calm_value(item) for item in value]
    return calm(value) if isinstance(value, str) else value


def _dump(notebook: NotebookNode) -> str:
    split = split_lines(copy.deepcopy(notebook))
    return json.dumps(split, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _name_cells(notebook: NotebookNode) -> None:
    """Give each cell an id made from its content, with a counter where content repeats."""
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        content = f"{cell.cell_type}\n{cell.source}".encode()
        name = hashlib.sha256(content).hexdigest()[:12]
        seen[name] += 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"


def _tidy_cell(cell: NotebookNode) -> None:
    cell.metadata = nbformat.from_dict(
        {k: v for k, v in cell.metadata.items() if k in ("tags", "nbgrader")}
    )
    if cell.cell_type == "code":
        cell.outputs = _merged([_tidy_output(output) for output in cell.outputs])


def _tidy_output(output: NotebookNode) -> NotebookNode:
    if output.output_type == "error":
        output.traceback = _own_frames(output.traceback)
        output.evalue = plain(output.evalue)
    return output


def _own_frames(traceback: list[str]) -> list[str]:
    """A traceback with the frames of library files left out: they name paths of one machine."""
    frames: list[str] = []
    for part in (plain(part) for part in traceback):
        if not part.startswith("File "):
            frames.append(part)
        elif frames[-1:] != [_LEFT_OUT]:
            frames.append(_LEFT_OUT)
    return frames


_LEFT_OUT = "    (frames of library files left out)\n"


def _merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs with neighbouring pieces of one stream joined: where they break is chance."""
    merged: list[NotebookNode] = []
    for output in outputs:
        last = merged[-1] if merged else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged
