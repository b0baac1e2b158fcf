from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest
from nbformat import NotebookNode, v4

from fanout.authoring.execution import CellFailed, execute, kernel_environment


def notebook(*sources: str, tags: tuple[str, ...] = ()) -> NotebookNode:
    """A notebook of code cells."""
    return v4.new_notebook(cells=[v4.new_code_cell(s, metadata={"tags": [*tags]}) for s in sources])


def printed(run: NotebookNode) -> str:
    """What the last cell printed."""
    return "".join(output.text for output in run.cells[-1].outputs)


def test_kernel_is_this_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel is the running interpreter even if the user has another kernel called python3."""
    spec = tmp_path / "kernels" / "python3"
    spec.mkdir(parents=True)
    other = {"argv": ["/bin/false"], "display_name": "Other", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(other), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    run = execute(notebook("import os, sys; print(sys.executable, os.getcwd(), sep='|')"), tmp_path)
    assert printed(run).strip() == f"{sys.executable}|{tmp_path}"


def test_environment_of_a_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key and nothing live reaches a kernel, and progress is off; the rest stays."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_BASE_URL", "MISTRAL_API_KEY"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("FANOUT_LIVE", "openai")
    monkeypatch.setenv("FANOUT_PROGRESS", "somewhere.json")
    monkeypatch.setenv("FOR_THE_KERNEL", "yes")
    environment = kernel_environment()
    assert "secret" not in environment.values()
    assert {k: v for k, v in environment.items() if k.startswith("FANOUT")} == {
        "FANOUT_PROGRESS": "off"
    }
    assert environment["FOR_THE_KERNEL"] == "yes"


def test_original_stays_as_it_was(tmp_path: Path) -> None:
    """Executing returns a copy; the notebook handed in has no outputs, and the copy no times."""
    given = notebook("print(1)", "await __import__('asyncio').sleep(0, 2)")
    run = execute(given, tmp_path)
    assert given.cells[0].outputs == []
    assert [cell.execution_count for cell in run.cells] == [1, 2]
    assert run.cells[1].outputs[0].data["text/plain"] == "2"
    assert "execution" not in run.cells[0].metadata


def test_failing_cell_is_named(tmp_path: Path) -> None:
    """A cell that raises stops the run and is named by number, source and the end of its error."""
    with pytest.raises(CellFailed) as failed:
        execute(notebook("x = 1", "x / 0", "print(x)"), tmp_path)
    assert (failed.value.number, failed.value.source) == (2, "x / 0")
    assert failed.value.lines.endswith("ZeroDivisionError: division by zero")


def test_announced_error_is_kept(tmp_path: Path) -> None:
    """A cell tagged raises-exception may raise, and the run goes on."""
    run = execute(notebook("1 / 0", "print('on')", tags=("raises-exception",)), tmp_path)
    assert run.cells[0].outputs[0].ename == "ZeroDivisionError"
    assert printed(run) == "on\n"


def test_endless_cell(tmp_path: Path) -> None:
    """A cell that does not end is stopped at the limit and said to be endless."""
    began = time.perf_counter()
    with pytest.raises(CellFailed, match="did not end within 1 seconds") as failed:
        execute(notebook("x = 1", "while True: pass"), tmp_path, timeout=1)
    assert failed.value.number == 2
    assert time.perf_counter() - began < 60


def test_dying_kernel(tmp_path: Path) -> None:
    """A cell that takes its kernel down is named too."""
    with pytest.raises(CellFailed, match="kernel died") as failed:
        execute(notebook("x = 1", "import os; os._exit(1)"), tmp_path)
    assert failed.value.number == 2


def test_start_up_files_are_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a user has their IPython do at its start does not reach a lesson."""
    startup = tmp_path / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("from_profile = True", encoding="utf-8")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    assert printed(execute(notebook("print('from_profile' in globals())"), tmp_path)) == "False\n"
