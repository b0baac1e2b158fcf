from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from nbformat import NotebookNode, v4

from fanout.authoring.form import read_notebook
from fanout.authoring.shape import lesson_shape, measures

Change = Callable[[NotebookNode], None]


def faults(notebook: NotebookNode, *, first: bool = False) -> list[str]:
    """What the gate says about a notebook, in words."""
    found = lesson_shape("n.ipynb", notebook, Path("/a/course"), first_lesson=first)
    return [str(problem) for problem in found]


@pytest.fixture
def good(course: Path) -> NotebookNode:
    """A notebook in which the gate finds nothing."""
    notebook = read_notebook(course / "notebooks" / "01_double.ipynb")
    assert faults(notebook) == []
    return notebook


def swap(old: str, new: str) -> Change:
    """Replaces a text in the prose and code of all cells."""

    def change(notebook: NotebookNode) -> None:
        assert any(old in cell.source for cell in notebook.cells), old
        for cell in notebook.cells:
            cell.source = cell.source.replace(old, new)

    return change


def append(cell: NotebookNode, at: int = -1) -> Change:
    """Puts a cell into the notebook."""
    return lambda notebook: notebook.cells.insert(at, cell)


def output(**data: str) -> Change:
    """Adds a displayed output to the second code cell."""
    kinds = {"html": "text/html", "plain": "text/plain", "png": "image/png"}

    def change(notebook: NotebookNode) -> None:
        cell = [c for c in notebook.cells if c.cell_type == "code"][1]
        node = v4.new_output("display_data", data={kinds[k]: v for k, v in data.items()})
        cell.outputs.append(node)

    return change


def stream(name: str, text: str) -> Change:
    """Adds a stream to the second code cell."""

    def change(notebook: NotebookNode) -> None:
        cell = [c for c in notebook.cells if c.cell_type == "code"][1]
        cell.outputs.append(v4.new_output("stream", name=name, text=text))

    return change


def untag(notebook: NotebookNode) -> None:
    """Takes all tags away."""
    for cell in notebook.cells:
        cell.metadata.pop("tags", None)


def tag_second(notebook: NotebookNode) -> None:
    """Announces an error where there is none."""
    cell = [c for c in notebook.cells if c.cell_type == "code"][1]
    cell.metadata["tags"] = ["raises-exception"]


def code(source: str, *tags: str) -> NotebookNode:
    """A code cell."""
    return v4.new_code_cell(source, metadata={"tags": [*tags]} if tags else {})


def prose(source: str) -> NotebookNode:
    """A Markdown cell."""
    return v4.new_markdown_cell(source)


SIX = "a = 1\nb = 2\nc = 3\nd = 4\ne = 5\nf = 6\ng = 7"


def all_long(notebook: NotebookNode) -> None:
    """Makes the median code cell seven lines long."""
    for _ in range(9):
        notebook.cells.insert(-1, code(SIX))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (append(prose("# Another title")), "it has 2 headings of level 1"),
        (swap("# Twice as much", "Twice as much"), "it has 0 headings of level 1"),
        (append(prose("Again\n=====")), "it has 2 headings of level 1"),
        (append(prose("<h1>Again</h1>")), "it has 2 headings of level 1"),
        (append(prose("## A\n\n#### D")), "“D” has level 4 after level 2. Give it level 3"),
        (append(prose("![](x.png)")), "a picture has the alt text “”"),
        (append(prose("![timeline.png](x.png)")), "alt text “timeline.png”"),
        (append(prose("![picture](x.png)")), "alt text “picture”"),
        (append(prose('<img src="x.png">')), "alt text “”"),
        (output(html="<p>x</p>\n\n    <img src='data:,'>"), "alt text “”"),
        (output(html="<svg><path/></svg>"), "alt text “”"),
        (output(png="AAAA"), "shows a picture that cannot carry alt text"),
        (append(prose("See [here](x.md).")), "a link reads “here”"),
        (append(prose("See [this link][1].\n\n[1]: x.md")), "a link reads “this link”"),
        (append(prose("[](x.md)")), "a link reads “”"),
        (append(prose('<a href="x.md">click here</a>')), "a link reads “click here”"),
        (append(prose("\U0001f680\U0001f389")), "it has 2 emoji in one cell"),
        (append(code("\n".join(["x = 1"] * 26))), "begins with `x = 1` has 26 lines"),
        (all_long, "the median code cell has 7 lines"),
        (append(prose("word " * 111), 4), "121 words stand before the code cell"),
        (swap("## Recall", "## Remember"), "heading “Recall” stands 0 times"),
        (swap("## Words", "## Terms"), "heading “Words” stands 0 times"),
        (append(prose("## Next")), "heading “Next” stands 2 times"),
        (swap("### Predict", "### Guess"), "no heading begins with “Predict”"),
        (append(prose("### Predict: and this?"), 99), "the fixed headings are out of order"),
        (swap("fanout.start()", "pass"), "the first code cell does not start the course"),
        (append(code("import fanout")), "begins with `import fanout` sets up the course again"),
        (append(code("if 1:\n    fanout.start()")), "sets up the course again"),
        (append(code("from fanout.simulator import x")), "sets up the course again"),
        (append(code("name = input('?')")), "asks with `input(`"),
        (append(code("import asyncio\nasyncio.run(main())")), "calls `asyncio.run(` at the top"),
        (append(code("with x:\n    y = asyncio.run(main())")), "calls `asyncio.run(` at the top"),
        (untag, 'begins with `"2" + 2` has stored an error'),
        (tag_second, "is tagged `raises-exception` but raises nothing"),
        (stream("stderr", "Warning: x"), "writes to stderr: “Warning: x”"),
        (stream("stdout", "in /home/ann/course/x.py"), "the path `/home/ann/course/x.py` of one"),
        (stream("stdout", "in C:\\Users\\ann\\x.py"), "shows the path `C:\\Users\\ann\\x.py`"),
        (stream("stdout", f"{sys.prefix}/lib/x.py"), f"shows the path `{sys.prefix}`"),
        (stream("stdout", "/a/course/x.py"), "shows the path `/a/course`"),
    ],
)
def test_each_fault_is_named(good: NotebookNode, change: Change, said: str) -> None:
    """Each way to be wrong is found in an otherwise good notebook, and it alone."""
    change(good)
    found = faults(good)
    assert len(found) == 1, found
    assert said in found[0]
    assert found[0].startswith("n.ipynb: ")


def as_second_output(notebook: NotebookNode) -> None:
    """Shows a picture as it should be."""
    output(html='<img alt="Three bars at once" src="data:,">', plain="Three bars at once")(notebook)


@pytest.mark.parametrize(
    "change",
    [
        append(prose("```python\n# Not a heading\n```")),
        append(prose("`![](x.png)` and `[here](x)`")),
        append(prose("[The Messages API, as documented](x.md)")),
        append(prose("```\n" + "word " * 300 + "\n```"), 4),
        append(prose("word " * 400), -1),
        append(code("fanout.timeline(run)")),
        append(code("def main():\n    return asyncio.run(work())")),
        append(code("import nest_asyncio\nnest_asyncio.apply()\nasyncio.run(work())")),
        append(code("%%writefile x.py\nasyncio.run(main())")),
        append(code("user_input(1)")),
        stream("stdout", "GET https://example.com/home/ann/x 200\n/v1/chat/completions"),
        stream("stdout", "1/tmp/2 and 3 /temporary/"),
        as_second_output,
    ],
)
def test_what_is_allowed(good: NotebookNode, change: Change) -> None:
    """What only looks like a fault is none."""
    change(good)
    assert faults(good) == []


def test_first_lesson_has_no_recall(course: Path) -> None:
    """The first lesson needs no recall, any other does."""
    hello = read_notebook(course / "notebooks" / "00_hello.ipynb")
    assert faults(hello, first=True) == []
    assert "heading “Recall” stands 0 times" in faults(hello)[0]


def test_measures(good: NotebookNode) -> None:
    """The measures count cells, lines and the words between two code cells."""
    size = measures(good)
    assert (size.markdown_cells, size.code_cells, size.longest_cell) == (5, 6, 10)
    assert size.most_words == 19
    assert "5 markdown to 6 code cells (0.8 to 1)" in str(size)
