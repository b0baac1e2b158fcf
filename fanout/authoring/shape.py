"""The shape of a built notebook: its headings, pictures, links, cells and stored outputs.

Each gate here looks at one notebook and returns what is wrong with it, in words.
"""

from __future__ import annotations

import ast
import os
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from fanout.authoring.form import has_tag
from fanout.authoring.problem import Problem
from fanout.authoring.prose import Heading, alts, headings, html_alts, links, words

MEDIAN_LINES, MOST_LINES, MOST_WORDS = 6, 25, 120
RAISES = "raises-exception"

_FILE_NAME = re.compile(r"[\w./-]+\.(png|jpe?g|svg|gif|webp)", re.IGNORECASE)
_EMPTY_ALTS = {"image", "picture", "figure", "plot", "chart", "diagram", "graph", "timeline"}
_EMPTY_LINKS = {"", "click here", "here", "link", "more", "read more", "this", "this link"}
_SET_UP = re.compile(r"^\s*(import\s+fanout\b|from\s+fanout\b)|\bfanout\.start\(", re.MULTILINE)
# A path of somebody's machine, not the path of an address or of a file in the repository.
_NOT_INSIDE = r"(?<![\w.:/-])"
_MACHINE_PATH = re.compile(
    _NOT_INSIDE + r"(?:/(?:home|Users|root|tmp|var|opt|usr|private|mnt)/|[A-Za-z]:\\\\?)[^\s'\"<>]+"
)
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2705\u274c\u2757\u2b50\u26a0]")


@dataclass(frozen=True)
class Measures:
    """How long the parts of a notebook are."""

    markdown_cells: int
    code_cells: int
    median_lines: float
    longest_cell: int
    most_words: int
    """The most words of prose between two code cells."""

    @property
    def ratio(self) -> float:
        """Markdown cells for each code cell."""
        return self.markdown_cells / max(self.code_cells, 1)

    def __str__(self) -> str:
        return (
            f"{self.markdown_cells} markdown to {self.code_cells} code cells ({self.ratio:.1f} to 1)"
            f", code cells of {self.median_lines:g} lines at the median and {self.longest_cell} at "
            f"most, up to {self.most_words} words between two"
        )


def measures(notebook: NotebookNode) -> Measures:
    """The measures of a notebook, for the gates and for an author to read."""
    lines = [len(cell.source.splitlines()) for cell in _code(notebook)]
    return Measures(
        markdown_cells=len(notebook.cells) - len(lines),
        code_cells=len(lines),
        median_lines=statistics.median(lines or [0]),
        longest_cell=max(lines, default=0),
        most_words=max(_words_between(notebook), default=0),
    )


def accessible(file: str, notebook: NotebookNode) -> list[Problem]:
    """One H1, no skipped heading level, alt text on every picture, links that say where they go."""
    found = [*_heading_order(notebook), *_bare_pictures(notebook), *_bare_links(notebook)]
    found += [(f"it has {n} emoji in one cell.", "Use words.") for n in _emoji(notebook)]
    return [Problem(file, what, to_do) for what, to_do in found]


def sized(file: str, notebook: NotebookNode) -> list[Problem]:
    """Small code cells, and few words between two of them."""
    found: list[_Finding] = []
    size = measures(notebook)
    if size.median_lines > MEDIAN_LINES:
        to_do = f"Split cells until it has at most {MEDIAN_LINES}."
        found.append((f"the median code cell has {size.median_lines:g} lines.", to_do))
    for cell in _code(notebook):
        count = len(cell.source.splitlines())
        if count > MOST_LINES:
            to_do = f"Split it into cells of at most {MOST_LINES}."
            found.append((f"{_named(cell)} has {count} lines.", to_do))
    for cell, count in zip(_code(notebook)[1:], _words_between(notebook), strict=False):
        if count > MOST_WORDS:
            to_do = f"Keep at most {MOST_WORDS} between two code cells: shorten, or run something."
            found.append((f"{count} words stand before {_named(cell)}.", to_do))
    return [Problem(file, what, to_do) for what, to_do in found]


def in_order(file: str, notebook: NotebookNode, *, recall: bool) -> list[Problem]:
    """The fixed headings in the fixed order; `recall` is false for the first lesson of all."""
    texts = [h.text for h in _headings(notebook)]
    wanted = ["What you will be able to do", "Recall", "Key points", "Words", "Next"]
    if not recall:
        wanted.remove("Recall")
    found: list[_Finding] = []
    for text in wanted:
        if texts.count(text) != 1:
            to_do = "Every lesson has it exactly once."
            found.append((f"the heading “{text}” stands {texts.count(text)} times.", to_do))
    predictions = [i for i, text in enumerate(texts) if re.match(r"Predict\b", text)]
    if not predictions:
        to_do = "Let the learner predict before something is run."
        found.append(("no heading begins with “Predict”.", to_do))
    if not found:
        before = [texts.index(text) for text in wanted[:-3]]
        after = [texts.index(text) for text in wanted[-3:]]
        places = [*before, predictions[0], predictions[-1], *after]
        if places != sorted(places):
            order = ", ".join([*wanted[:-3], "Predict …", *wanted[-3:]])
            found.append(("the fixed headings are out of order.", f"Their order is: {order}."))
    return [Problem(file, what, to_do) for what, to_do in found]


def honest_code(file: str, notebook: NotebookNode) -> list[Problem]:
    """The set-up in the first code cell only; nothing that stops Run All or fails in a notebook."""
    found: list[_Finding] = []
    code = _code(notebook)
    if not code or "fanout.start(" not in code[0].source:
        to_do = "Begin with the cell `import fanout`, `fanout.start()`."
        found.append(("the first code cell does not start the course.", to_do))
    for cell in code[1:]:
        if _SET_UP.search(cell.source):
            to_do = "Only the first code cell may import fanout or call `fanout.start()`."
            found.append((f"{_named(cell)} sets up the course again.", to_do))
    for cell in code:
        found += [(f"{_named(cell)} {what}", to_do) for what, to_do in _calls_not_allowed(cell)]
    return [Problem(file, what, to_do) for what, to_do in found]


def clean_outputs(file: str, notebook: NotebookNode, root: Path) -> list[Problem]:
    """Stored outputs hold no error that was not announced, nothing of stderr, no machine's path."""
    found: list[_Finding] = []
    for cell in _code(notebook):
        found += [(f"{_named(cell)} {what}", to_do) for what, to_do in _unclean(cell, root)]
    return [Problem(file, what, to_do) for what, to_do in found]


_Finding = tuple[str, str]


def _code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _prose(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def _headings(notebook: NotebookNode) -> list[Heading]:
    return [heading for text in _prose(notebook) for heading in headings(text)]


def _named(cell: NotebookNode) -> str:
    lines = cell.source.strip().splitlines()
    return f"the code cell that begins with `{lines[0]}`" if lines else "an empty code cell"


def _words_between(notebook: NotebookNode) -> list[int]:
    """For each code cell but the first: the words of prose since the code cell before it."""
    counts: list[int] = []
    count = 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            count += words(cell.source)
        elif cell.cell_type == "code":
            counts.append(count)
            count = 0
    return counts[1:]


def _heading_order(notebook: NotebookNode) -> Iterator[_Finding]:
    found = _headings(notebook)
    top = [h.text for h in found if h.level == 1]
    if len(top) != 1:
        yield f"it has {len(top)} headings of level 1.", "Write exactly one, the title."
    start = Heading(0, "") if top else Heading(6, "")  # One complaint is enough.
    for before, heading in zip([start, *found], found, strict=False):
        if heading.level > before.level + 1:
            yield (
                f"the heading “{heading.text}” has level {heading.level} after level {before.level}.",
                f"Give it level {before.level + 1}, so that none is skipped.",
            )


def _bare_pictures(notebook: NotebookNode) -> Iterator[_Finding]:
    markup = [text for prose in _prose(notebook) for text in alts(prose)]
    for cell in _code(notebook):
        for output in cell.outputs:
            data = output.get("data", {})
            markup += html_alts(data.get("text/html", ""))
            if "text/html" not in data and any(kind.startswith("image/") for kind in data):
                yield f"{_named(cell)} shows a picture that cannot carry alt text.", _SHOW_BY_FACE
    for alt in markup:
        if len(alt.split()) < 2 or alt.lower() in _EMPTY_ALTS or _FILE_NAME.fullmatch(alt):
            yield f"a picture has the alt text “{alt}”.", "Say what the picture shows."


_SHOW_BY_FACE = "Show it as HTML `<img alt=… src=…>`, as `fanout.timeline` does."


def _bare_links(notebook: NotebookNode) -> Iterator[_Finding]:
    for text in (text for prose in _prose(notebook) for text in links(prose)):
        if text.strip(" .:!").lower() in _EMPTY_LINKS:
            yield f"a link reads “{text}”.", "Let its text say where it goes."


def _emoji(notebook: NotebookNode) -> Iterator[int]:
    counts = (len(_EMOJI.findall(text)) for text in _prose(notebook))
    return (count for count in counts if count > 1)


def _calls_not_allowed(cell: NotebookNode) -> Iterator[_Finding]:
    try:
        tree = ast.parse(TransformerManager().transform_cell(cell.source))
    except SyntaxError:
        return  # It raises when it is run; then `clean_outputs` wants the tag.
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    if "input" in calls:
        yield "asks with `input(`, which stops Run All.", "Let the learner assign a variable."
    # After nest_asyncio's apply() it works in a notebook; the lesson on it has to show that.
    excused = has_tag(cell, RAISES) or "nest_asyncio" in cell.source
    if not excused and "asyncio.run" in _calls_at_top_level(tree):
        yield (
            "calls `asyncio.run(` at the top level, which fails where a loop is running.",
            f"Use `await`, or tag the cell `{RAISES}` if the error is the lesson.",
        )


def _calls_at_top_level(tree: ast.Module) -> set[str]:
    """What is called when the cell runs, without what stands inside its functions."""
    found: set[str] = set()
    open_nodes: list[ast.AST] = list(tree.body)
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call):
            found.add(ast.unparse(node.func))
        open_nodes += ast.iter_child_nodes(node)
    return found


def _unclean(cell: NotebookNode, root: Path) -> Iterator[_Finding]:
    raised = any(output.output_type == "error" for output in cell.outputs)
    announced = has_tag(cell, RAISES)
    if raised and not announced:
        yield (
            "has stored an error.",
            f"Correct it, or tag it `{RAISES}` if the error is the lesson.",
        )
    if announced and not raised:
        yield f"is tagged `{RAISES}` but raises nothing.", "Let it show the error, or drop the tag."
    for output in cell.outputs:
        if output.get("name") == "stderr":
            yield f"writes to stderr: “{output.text.strip()[:80]}”.", "Remove the cause."
        for path in _machine_paths(_texts(output), root):
            yield f"shows the path `{path}` of one machine.", "Print a relative path, or none."


def _texts(output: NotebookNode) -> str:
    """Everything in an output that a person would read."""
    data = output.get("data", {})
    parts = [text for kind, text in data.items() if kind.startswith("text/")]
    parts += [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", [])]
    return re.sub(r"base64,[A-Za-z0-9+/=\s]+", "", "\n".join(parts))


def _machine_paths(text: str, root: Path) -> set[str]:
    places = {str(root.resolve()), sys.prefix, str(Path.home()), tempfile.gettempdir()}
    found = {
        p for p in places if len(p) > 1 and re.search(_NOT_INSIDE + re.escape(p + os.sep), text)
    }
    innermost = {p for p in found if not any(q.startswith(p + os.sep) for q in found)}
    return innermost or set(_MACHINE_PATH.findall(text)[:1])


def lesson_shape(
    file: str, notebook: NotebookNode, root: Path, *, first_lesson: bool
) -> Sequence[Problem]:
    """Everything that is asked of the notebook of a lesson."""
    return [
        *accessible(file, notebook),
        *sized(file, notebook),
        *in_order(file, notebook, recall=not first_lesson),
        *honest_code(file, notebook),
        *clean_outputs(file, notebook, root),
    ]
