"""The house keeps its walls and its measures."""

from __future__ import annotations

import ast
import io
import re
import statistics
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import fanout

PACKAGE = Path(fanout.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# Who may import whom, by room; every room may import its own. The face imports lazily and is left
# out, as are the entrances (cli, lab, doctor), which may use everything.
ROOMS: dict[str, set[str]] = {
    "conversation": set(),
    "terminal": set(),
    "dialects": {"conversation"},
    "recording": {"conversation"},
    "trace": {"conversation", "recording"},
    "simulator": {"conversation", "dialects", "recording", "trace"},
    "pictures": {"conversation", "recording", "trace", "terminal"},
    "checks": {
        "conversation",
        "dialects",
        "recording",
        "trace",
        "terminal",
        "simulator",
        "lessons.syllabus",
    },
    "lessons": {"conversation", "checks", "simulator.tools"},
    "diagnosis": {"conversation", "dialects", "terminal", "lessons.syllabus"},
    "conform": {"dialects", "simulator"},
    "authoring": {"checks", "lessons.syllabus"},
    "_session": {"recording", "simulator"},
    "grading": {
        "conversation",
        "dialects",
        "recording",
        "trace",
        "simulator",
        "pictures",
        "checks",
        "lessons.syllabus",
    },
}
ENTRANCES = {"", "cli", "lab", "doctor"}


def name_of(path: Path) -> str:
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    """A file of the package, read once for all tests."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def every_node(path: Path) -> list[ast.AST]:
    """All of its tree."""
    return list(ast.walk(tree(path)))


def imports(path: Path, *, anywhere: bool) -> Iterator[str]:
    """The modules of the package that a file imports, as names below `fanout`."""
    nodes = every_node(path) if anywhere else list(_at_import_time(tree(path)))
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "fanout":
            base = (node.module or "").removeprefix("fanout").lstrip(".")
            for alias in node.names:
                full = f"{base}.{alias.name}".strip(".")
                yield full if _is_module(full) else base
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("fanout."):
                    yield alias.name.removeprefix("fanout.")


def _at_import_time(node: ast.AST) -> Iterator[ast.AST]:
    """Everything that runs when the module is imported: no functions, no TYPE_CHECKING."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _at_import_time(child)


def _is_module(name: str) -> bool:
    path = PACKAGE.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()


def allowed(room: str, target: str) -> bool:
    own = target.split(".")[0]
    return own == room or any(
        target == entry or target.startswith(entry + ".") for entry in ROOMS[room]
    )


def through_walls(path: Path) -> set[str]:
    """What a module imports though its room may not know it."""
    room = name_of(path).split(".")[0]
    if room in ENTRANCES:
        return set()
    return {name for name in imports(path, anywhere=True) if name and not allowed(room, name)}


def test_walls() -> None:
    """A module imports only from the rooms that its own room may know."""
    assert {name_of(path): found for path in MODULES if (found := through_walls(path))} == {}


def test_no_import_cycles() -> None:
    """Following imports at import time never leads back."""
    graph = {name_of(p): set(imports(p, anywhere=False)) - {name_of(p)} for p in MODULES}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " imports ".join([*path[path.index(name) :], name])
        if name not in done:
            for target in graph.get(name, ()):
                # A package's face imports its own modules; they do not import it back.
                visit(target, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def functions() -> Iterator[tuple[str, int]]:
    """Each function of the package with its length in lines, the docstring left out."""
    for path in MODULES:
        for node in every_node(path):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if ast.get_docstring(node):
                    text = node.body[0]
                    lines -= (text.end_lineno or text.lineno) - text.lineno + 1
                yield f"{name_of(path)}.{node.name}", lines


def test_functions_are_short() -> None:
    """Half of all functions have 7 lines or fewer, nine in ten 25, and none more than 60."""
    lengths = dict(functions())
    ordered = sorted(lengths.values())
    assert statistics.median(ordered) <= 7
    assert ordered[int(len(ordered) * 0.9)] <= 25
    assert {name: n for name, n in lengths.items() if n > 60} == {}


def test_modules_are_short() -> None:
    """A module has at most 300 lines; with a reason at most 500."""
    long = {name_of(p): len(p.read_text(encoding="utf-8").splitlines()) for p in MODULES}
    assert {name: n for name, n in long.items() if n > 300 and name not in LONG} == {}
    assert {name: n for name, n in long.items() if n > 500} == {}


LONG: dict[str, str] = {
    "lessons.answer.checks": "a lesson's exercises in one place, mostly words for the learner",
    "lessons.detect.checks": "likewise",
    "lessons.fan_out.checks": "likewise",
    "cli": "one command line, each command a few lines; what they do stands elsewhere",
    "simulator.model.fill": "filling parameters is one story; its helpers stand in modules of their own",
}
"""Modules that may have up to 500 lines, each with its reason."""


Function = ast.FunctionDef | ast.AsyncFunctionDef


def public_functions() -> Iterator[tuple[str, Function]]:
    """Functions of a module, and methods of its public classes, whose names do not begin with _."""
    for path in MODULES:
        body = tree(path).body
        classes = [n for n in body if isinstance(n, ast.ClassDef) and n.name[0] != "_"]
        for node in [*body, *(member for c in classes for member in c.body)]:
            if isinstance(node, Function) and not node.name.startswith("_"):
                yield f"{name_of(path)}.{node.name}", node


def test_public_functions_say_what_they_are() -> None:
    """Every public function has a docstring and every parameter a type."""
    bare = []
    for name, node in public_functions():
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        untyped = [
            a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")
        ]
        if not ast.get_docstring(node) or untyped or node.returns is None:
            bare.append(name)
    assert bare == []


def test_hardly_any_mocks() -> None:
    """Tests bring a world of their own; fewer than 3 in 100 replace a part of ours."""
    tests = mocks = 0
    for path in Path(__file__).parent.rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        tests += len(re.findall(r"^def test_", text, re.MULTILINE))
        mocks += len(re.findall(r"monkeypatch\.setattr\(|mock\.patch|Mock\(", text))
    assert mocks < 0.03 * tests


def test_comments_say_why() -> None:
    """There are a few comments, and not many: 2 to 15 in 100 lines of code, dialects up to 50."""
    for room, most in (("dialects", 50), ("", 15)):
        files = [p for p in MODULES if name_of(p).startswith(room) == bool(room) or not room]
        comments = code = 0
        for path in files:
            source = path.read_text(encoding="utf-8")
            tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
            comments += sum(t.type == tokenize.COMMENT for t in tokens)
            code += len({t.start[0] for t in tokens if t.type in (tokenize.NAME, tokenize.OP)})
        assert 1 <= 100 * comments / code <= most


def test_the_face_is_complete() -> None:
    """`fanout.__all__` is what the face offers, sorted, and each name leads to something."""
    assert fanout.__all__ == sorted(fanout.__all__)
    for name in fanout.__all__:
        assert callable(getattr(fanout, name))
    with pytest.raises(AttributeError, match="it has bars"):
        fanout.nonsense  # noqa: B018
