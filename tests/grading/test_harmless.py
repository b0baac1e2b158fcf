"""Which cells are run without a copy of the process behind them."""

from __future__ import annotations

import pytest

from fanout.grading.harmless import harmless


@pytest.mark.parametrize(
    "source",
    [
        "import fanout\nfanout.start()",
        "fanout.check(count_calls)",
        "import json\nfrom openai import OpenAI",
        "def f(a: list[int], b: str | None = None) -> dict[str, int]:\n    while True: pass",
        "async def f():\n    return 1",
        "",
    ],
)
def test_usual_cells(source: str) -> None:
    """Imports of usual modules, plain functions and calls of the course need no copy."""
    assert harmless(source)


@pytest.mark.parametrize(
    "source",
    [
        "f()",
        "while True: pass",
        "x = 1 / 0",
        "import subprocess",
        "from ctypes import string_at",
        "from . import x",
        "def f(a=exit()): pass",
        "def f(a: exit()): pass",
        "def f(a: [x for x in y]): pass",
        "def f() -> exit(): pass",
        "@exit\ndef f(): pass",
        "class A: pass",
        "fanout.check(f())",
        "fanout.x.y(f)",
        "%time 1",
        "!ls",
        "await f()",
        "-" * 3999,
        "(" * 3999,
        "\0",
        "# " + "x" * 5000,
    ],
)
def test_all_others(source: str) -> None:
    """Whatever runs something of the learner's own, or is not understood, gets a copy."""
    assert not harmless(source)
