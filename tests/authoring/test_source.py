from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat import v4

from fanout.authoring import AuthoringError
from fanout.authoring.source import fill, header, read_source, to_notebook, to_text
from fanout.authoring.syllabus import read_syllabus

KNOWN = {"title": "A title", "models.chat": "m-1"}


def test_fills_known_forms_everywhere() -> None:
    """Known forms are filled in, in prose, in inline code and in code cells."""
    text = "# {{ title }}\n\n`{{ models.chat }}`\n\n```{code-cell}\nm = '{{ models.chat }}'\n```\n"
    filled = fill(text, KNOWN, "f.md")
    assert filled == "# A title\n\n`m-1`\n\n```{code-cell}\nm = 'm-1'\n```\n"


@pytest.mark.parametrize(
    "code",
    ['f"{{{x}}}"', 'd = {"a": {"b": {}}}', 'f"{{title}}"', '"{{ a, b }}"', 'f"{{}} {{ x + 1 }}"'],
)
def test_braces_of_code_stay(code: str) -> None:
    """Braces of f-strings and dictionaries are left alone, in cells and in inline code."""
    cell = f"```{{code-cell}} ipython3\n{code}\n```\n"
    assert fill(cell, KNOWN, "f.md") == cell
    assert fill(f"Like `{code}`.", KNOWN, "f.md") == f"Like `{code}`."


@pytest.mark.parametrize(
    ("text", "line", "form"),
    [
        ("one\n\nsee {{ titel }}\n", 3, "{{ titel }}"),
        ("see {{titel}}\n", 1, "{{titel}}"),
        ("see {{ a, b }}\n", 1, "{{ a, b }}"),
        ("see {{title}}\n", 1, "{{title}}"),
        ("```{code-cell}\nm = '{{ models.chta }}'\n```\n", 2, "{{ models.chta }}"),
        ("```python\nx\n```\nsee {{ exercise nope }}\n", 4, "{{ exercise nope }}"),
        ("`{{ titel }}`\n", 1, "{{ titel }}"),
    ],
)
def test_unknown_form_is_named(text: str, line: int, form: str) -> None:
    """An unknown form is an error that names file, line, the form, and the known ones."""
    with pytest.raises(AuthoringError) as error:
        fill(text, KNOWN, "f.md")
    assert f"f.md, line {line}: `{form}` is not known" in str(error.value)
    assert "{{ models.chat }}" in str(error.value)


def test_exercise_header(registry: ModuleType) -> None:
    """An exercise's header is a heading, then difficulty, importance and minutes on one line."""
    assert header(registry.Exercise()) == (
        "## Double it\n\nDifficulty ●●○○○ (2 of 5) · Importance ●●●●○ (4 of 5) · about 10 minutes"
    )


def test_source_is_filled_in(course: Path, registry: ModuleType) -> None:
    """Title, outcomes and exercise headers come from the syllabus and the checks."""
    syllabus = read_syllabus(course)
    hello, double = syllabus.lessons
    lesson = read_source(course, hello, "lesson.md", syllabus, registry)
    assert "# Hello\n" in lesson.text
    assert "- start the course\n- run a cell\n" in lesson.text
    assert "## Double it\n" in read_source(course, double, "exercise.md", syllabus, registry).text


def test_exercise_minutes_are_the_sum(course: Path, registry: ModuleType) -> None:
    """A lesson can say how long its exercises take together."""
    syllabus = read_syllabus(course)
    hello, double = syllabus.lessons
    for lesson, minutes in ((hello, 0), (double, 10)):
        path = course / f"fanout/lessons/{lesson.slug}/lesson.md"
        path.write_text(path.read_text("utf-8") + "\n{{ exercise_minutes }} more.\n", "utf-8")
        source = read_source(course, lesson, "lesson.md", syllabus, registry)
        assert f"\n{minutes} more.\n" in source.text


def test_digest_follows_the_syllabus(course: Path, registry: ModuleType) -> None:
    """A change in the syllabus that a source uses changes its digest."""
    lesson = read_syllabus(course).lessons[0]
    before = read_source(course, lesson, "lesson.md", read_syllabus(course), registry).digest
    path = course / "fanout/lessons/syllabus.toml"
    path.write_text(path.read_text("utf-8").replace("minutes = 5", "minutes = 6"), "utf-8")
    changed = read_syllabus(course)
    after = read_source(course, changed.lessons[0], "lesson.md", changed, registry).digest
    assert before != after


def test_missing_source(course: Path, registry: ModuleType) -> None:
    """A lesson in the syllabus without its file is an error that names the file."""
    syllabus = read_syllabus(course)
    (course / "fanout/lessons/hello/lesson.md").unlink()
    with pytest.raises(AuthoringError, match=r"fanout/lessons/hello/lesson\.md is missing"):
        read_source(course, syllabus.lessons[0], "lesson.md", syllabus, registry)


@pytest.mark.parametrize("file", ["hello/lesson.md", "double/lesson.md", "double/exercise.md"])
def test_mirror(course: Path, file: str) -> None:
    """From source to notebook and back nothing is lost, down to the last character."""
    text = (course / "fanout/lessons" / file).read_text(encoding="utf-8")
    assert to_text(to_notebook(text)) == text


WORDS = st.text("abc def{}#*`'\"\n", min_size=1).filter(lambda t: t.strip() == t and "```" not in t)


@given(st.lists(st.tuples(st.booleans(), WORDS), max_size=5))
def test_mirror_of_cells(cells: list[tuple[bool, str]]) -> None:
    """Any cells that a source can hold come back as they were: type, text and tags."""
    head = "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\n"
    head += "kernelspec:\n  display_name: Python 3\n  name: python3\n---\n"
    notebook = to_notebook(head)
    notebook.cells = [
        v4.new_code_cell(text, metadata={"tags": ["solution"]})
        if is_code
        else v4.new_markdown_cell(text)
        for is_code, text in cells
    ]
    again = to_notebook(to_text(notebook))
    assert [(c.cell_type, c.source, dict(c.metadata)) for c in again.cells] == [
        (c.cell_type, c.source, dict(c.metadata)) for c in notebook.cells
    ]
