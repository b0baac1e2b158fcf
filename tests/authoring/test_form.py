from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode, v4
from nbval.plugin import get_sanitize_patterns

from fanout.authoring import same_but_for_times
from fanout.authoring.form import VOLATILE, read_text, source_digest, write_text

SANITIZE = Path(__file__).parents[1] / "nbval_sanitize.cfg"


def notebook(*outputs: NotebookNode, source: str = "x", prose: str = "# T") -> NotebookNode:
    """A notebook of a heading and one executed code cell."""
    cell = v4.new_code_cell(source, outputs=list(outputs), execution_count=1)
    return v4.new_notebook(cells=[v4.new_markdown_cell(prose), cell])


def said(text: str) -> NotebookNode:
    """A printed output."""
    return v4.new_output("stream", name="stdout", text=text)


def shown(html: str, plain: str = "a picture") -> NotebookNode:
    """A displayed output."""
    return v4.new_output("display_data", data={"text/html": html, "text/plain": plain})


def same(a: NotebookNode, b: NotebookNode) -> bool:
    """Whether two notebooks are the same as files."""
    return same_but_for_times(write_text(a, "d"), write_text(b, "d"))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (said("took 1.02 s\n"), said("took 0.98 s\n")),
        (said("took 9.98 s\n"), said("took 10.02 s\n")),
        (
            shown('<img alt="0.5 s" src="data:image/png;base64,AAAA+/==">', "0.5 s"),
            shown('<img alt="0.6 s" src="data:image/png;base64,BB==">', "0.6 s"),
        ),
        (said("<f at 0x7f3d9417ce90>"), said("<f at 0x7f3d00000000>")),
        (said("http://127.0.0.1:40001/v1"), said("http://127.0.0.1:51234/v1")),
    ],
)
def test_times_and_pictures_do_not_count(a: NotebookNode, b: NotebookNode) -> None:
    """Outputs that differ only in times, pictures, addresses or ports are the same."""
    assert same(notebook(a), notebook(b))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (notebook(said("2 calls")), notebook(said("3 calls"))),
        (notebook(said("1.5 seconds")), notebook(said("1.6 seconds"))),
        (notebook(said("took 1.0 s")), notebook(said("took 1.0 s in all"))),
        (notebook(source="wait('1.0 s')"), notebook(source="wait('2.0 s')")),
        (notebook(prose="About 1.0 s."), notebook(prose="About 2.0 s.")),
        (
            notebook(shown('<img alt="a bar" src="data:image/png;base64,AA==">')),
            notebook(shown('<img alt="two bars" src="data:image/png;base64,AA==">')),
        ),
        (notebook(said("x")), notebook()),
    ],
)
def test_everything_else_counts(a: NotebookNode, b: NotebookNode) -> None:
    """Any other difference makes two notebooks different, also a time in source or prose."""
    assert not same(a, b)


def test_multi_line_picture_output() -> None:
    """A picture stored as image/png counts as a picture, however its base64 is broken into lines."""
    data: list[dict[str, Any]] = [{"image/png": "AAAA\nBBBB\n"}, {"image/png": "CCCC\n"}]
    a, b = (notebook(v4.new_output("display_data", data=d)) for d in data)
    assert same(a, b)


def test_digest_counts() -> None:
    """Notebooks from two different sources are different."""
    assert not same_but_for_times(write_text(notebook(), "a"), write_text(notebook(), "b"))


def test_one_form() -> None:
    """Writing what was read gives the same text again, with keys sorted and one newline at the end."""
    text = write_text(notebook(said("é\n")), "abc")
    assert write_text(read_text(text), "abc") == text
    assert text.endswith("}\n")
    assert "é" in text
    assert json.dumps(json.loads(text), indent=1, sort_keys=True, ensure_ascii=False) + "\n" == text


def test_nothing_of_the_machine_is_kept() -> None:
    """Version, kernel name, time stamps and random ids do not reach the file."""
    written = notebook(said("x"))
    written.metadata = NotebookNode(
        kernelspec={"name": "my-env", "display_name": "Mine"},
        language_info={"name": "python", "version": "3.11.7"},
    )
    written.cells[1].metadata = NotebookNode(execution={"iopub.execute_input": "2026"}, tags=["t"])
    metadata = json.loads(write_text(written, "abc"))["metadata"]
    assert metadata["language_info"] == {"name": "python"}
    assert metadata["kernelspec"]["name"] == "python3"
    assert json.loads(write_text(written, "abc"))["cells"][1]["metadata"] == {"tags": ["t"]}


def test_ids_come_from_content() -> None:
    """Equal cells get ids that differ by a counter; another cell's text does not change them."""
    cells = [v4.new_code_cell("x"), v4.new_code_cell("x"), v4.new_code_cell("y")]
    first = json.loads(write_text(v4.new_notebook(cells=cells), "d"))["cells"]
    cells = [v4.new_markdown_cell("new"), v4.new_code_cell("x"), v4.new_code_cell("x")]
    second = json.loads(write_text(v4.new_notebook(cells=cells), "d"))["cells"]
    assert first[1]["id"] == f"{first[0]['id']}-2"
    assert [c["id"] for c in second[1:]] == [c["id"] for c in first[:2]]


def test_stream_pieces_are_joined() -> None:
    """Where a stream was broken into pieces is chance, so the pieces are joined."""
    apart = write_text(notebook(said("a\n"), said("b\n")), "d")
    assert apart == write_text(notebook(said("a\nb\n")), "d")


def test_traceback_names_no_library_file() -> None:
    """A stored traceback keeps the cell's own frames and the message, and no path of a library."""
    frames = [
        "\x1b[31mValueError\x1b[39m   Traceback (most recent call last)",
        "\x1b[36mCell\x1b[39m In[1], line 1\n----> 1 f()",
        "\x1b[36mFile \x1b[39m/somewhere/lib/a.py:1, in f()",
        "File /somewhere/lib/b.py:1, in g()",
        "ValueError: no",
    ]
    error = v4.new_output("error", ename="ValueError", evalue="no", traceback=frames)
    kept = read_text(write_text(notebook(error), "d")).cells[1].outputs[0].traceback
    assert kept[1] == "Cell In[1], line 1\n----> 1 f()"
    assert kept[-1] == "ValueError: no"
    assert len(kept) == 4
    assert not any("/somewhere" in part for part in kept)


def test_source_digest_tells_built_files() -> None:
    """A built notebook knows its source's digest, another one does not."""
    assert source_digest(read_text(write_text(notebook(), "abc"))) == "abc"
    assert source_digest(notebook()) is None


def test_sanitize_file_has_the_same_list() -> None:
    """What nbval leaves out is what the build leaves out, pattern by pattern."""
    assert dict(get_sanitize_patterns(SANITIZE.read_text(encoding="utf-8"))) == VOLATILE


@pytest.mark.parametrize("text", ["3 calls", "1.5 seconds", "v1.2.3", "404", "0x1f", "a.b.c s"])
def test_sanitizing_spares_ordinary_words(text: str) -> None:
    """Counts, versions, statuses and words are compared as they are."""
    assert not any(re.search(pattern, text) for pattern in VOLATILE)
