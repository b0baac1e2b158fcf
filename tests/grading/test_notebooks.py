"""Reading what learners hand in, however it looks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from fanout.grading.notebooks import LARGEST, Unreadable, read_notebook
from tests.grading.classroom import as_bytes, cell, code_cells, solved


def sources(data: bytes) -> tuple[str, ...]:
    return read_notebook(data).cells


def test_code_comes_in_order_and_nothing_else() -> None:
    """The sources of the code cells are read in order; text and outputs are not."""
    notebook = {
        "cells": [
            {"cell_type": "markdown", "source": "# title"},
            {"cell_type": "code", "source": ["a = 1\n", "b = 2"], "outputs": [{"text": "noise"}]},
            {"cell_type": "code", "source": "c = 3"},
        ]
    }
    assert sources(as_bytes(notebook)) == ("a = 1\nb = 2", "c = 3")


def test_a_copied_cell_and_odd_metadata_change_nothing() -> None:
    """Copied cells, schema numbers of another age and metadata of a wrong type are no obstacle."""
    notebook = solved()
    cells = code_cells(notebook)
    notebook["cells"].append(cells[1])
    cells[0]["metadata"] = {"nbgrader": {"schema_version": 99, "grade_id": ["no", "name"]}}
    cells[1]["metadata"] = "none"
    notebook["metadata"] = []

    assert len(sources(as_bytes(notebook))) == len(cells) + 1


def test_an_unknown_kernel_is_noted() -> None:
    """A kernel of another language is named in a note, and its cells are read."""
    kernel = {"kernelspec": {"name": "ir", "language": "R"}}
    read = read_notebook(as_bytes({"cells": [cell("x = 1")], "metadata": kernel}))

    assert read.cells == ("x = 1",)
    assert "a kernel for R" in read.notes[0]


def test_format_3_keeps_cells_in_worksheets() -> None:
    """Notebooks of format 3 are read from their worksheets, where code is called input."""
    old = {
        "nbformat": 3,
        "worksheets": [{"cells": [{"cell_type": "code", "input": ["x = ", "1"]}]}],
    }
    assert sources(as_bytes(old)) == ("x = 1",)


def test_half_a_file_is_graded_by_its_complete_cells() -> None:
    """A file that breaks off keeps the cells that stand complete, with a note."""
    whole = as_bytes(solved())
    read = read_notebook(whole[: len(whole) * 2 // 3])

    assert 0 < len(read.cells) < len(sources(whole))
    assert read.cells == sources(whole)[: len(read.cells)]
    assert "broken off" in read.notes[0]


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("\n", "\r\n").encode(),
    ],
    ids=["BOM", "UTF-16", "CRLF"],
)
def test_encodings_of_editors(encode: Callable[[str], bytes]) -> None:
    """A byte order mark, UTF-16 and Windows line ends are read like plain UTF-8."""
    text = json.dumps({"cells": [cell("x = 'é'")]}, ensure_ascii=False, indent=1)
    assert sources(encode(text)) == ("x = 'é'",)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\0\0\0\0", "empty"),
        (b"<html>Please log in</html>", "not JSON"),
        (b"[1, 2]", "not a notebook"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"cells": 7}', "no code"),
        (b'{"cells": [{"cell_type": "code", "source": 5}, 3, null]}', "no code"),
        (as_bytes({"cells": [cell("#" * 3_000_000)]}), "MB of code"),
        (b" " * (LARGEST + 1), "MB are read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_answered_in_words(data: bytes, said: str) -> None:
    """A file with no code to grade gives a reason that names what is wrong with it."""
    with pytest.raises(Unreadable, match=said):
        read_notebook(data)


def test_fifty_megabytes_of_output_are_no_obstacle() -> None:
    """A notebook that kept a flood of output is read within seconds."""
    loud = cell("x = 1")
    loud["outputs"] = [{"output_type": "stream", "text": "spam " * 10_000_000}]
    data = as_bytes({"cells": [loud]})
    began = time.perf_counter()

    assert sources(data) == ("x = 1",)
    assert time.perf_counter() - began < 10


def test_equal_code_has_an_equal_digest() -> None:
    """The digest of a work depends on its code, not on outputs, ids or metadata."""
    a, b = solved(), solved()
    for one in b["cells"]:
        one["id"], one["metadata"] = "other", {}
    code_cells(b)[0]["outputs"] = [{"output_type": "stream", "text": "hello"}]
    changed = solved()
    code_cells(changed)[-1]["source"] = "pass"

    digests = [read_notebook(as_bytes(one)).digest for one in (a, b, changed)]
    assert digests[0] == digests[1] != digests[2]
