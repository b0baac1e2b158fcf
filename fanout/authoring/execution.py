"""Runs a notebook in a kernel of this very interpreter, far from a learner's keys and progress."""

from __future__ import annotations

import copy
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ipykernel.kernelspec
import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from fanout.authoring.form import plain

TIMEOUT = 120
"""Seconds that one cell may take."""

# FANOUT_LIVE among them: a build must neither cost money nor depend on what a provider says today.
_NOT_FOR_KERNELS = re.compile(r"^(OPENAI|ANTHROPIC|AZURE_OPENAI|FANOUT)_|_(API_KEY|AUTH_TOKEN)$")


class CellFailed(Exception):
    """A cell raised or did not end. `number` counts code cells from 1; `lines` end the error."""

    def __init__(self, number: int, source: str, lines: str) -> None:
        super().__init__(f"code cell {number} failed: {lines}")
        self.number, self.source, self.lines = number, source, lines


class _ThisInterpreter(KernelSpecManager):
    """Knows one kernel, that of the running interpreter, whatever else the user has installed."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        resources = ipykernel.kernelspec.RESOURCES
        return KernelSpec(resource_dir=resources, **ipykernel.kernelspec.get_kernel_dict())


def kernel_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for building and testing: no keys, nothing live, no progress kept."""
    kept = {k: v for k, v in os.environ.items() if not _NOT_FOR_KERNELS.search(k)}
    return kept | {"FANOUT_PROGRESS": "off"} | dict(extra or {})


def execute(notebook: NotebookNode, folder: Path, timeout: float = TIMEOUT) -> NotebookNode:
    """A copy of the notebook with its outputs, run with `folder` as the working directory.

    Raises `CellFailed` for a cell that raises without the tag `raises-exception`, runs longer than
    `timeout` seconds, or takes its kernel down.
    """
    run = copy.deepcopy(notebook)
    started: list[NotebookNode] = []
    client = NotebookClient(
        run,
        on_cell_start=lambda cell, cell_index: started.append(cell),
        timeout=int(timeout),
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(folder)}},
    )
    with tempfile.TemporaryDirectory() as profile:
        # A profile of its own: a start-up file of the user's must not change what a lesson shows.
        environment = kernel_environment({"IPYTHONDIR": profile})
        try:
            _execute(client, environment, Path(profile))
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as failure:
            raise _cell_failed(run, started[-1], failure, timeout) from None
    return run


def _execute(client: NotebookClient, environment: dict[str, str], place: Path) -> None:
    client.create_kernel_manager = lambda: _manager(client, place)  # pyrefly: ignore[method-assign]
    client.execute(env=environment)


def _manager(client: NotebookClient, place: Path) -> Any:
    client.km = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=_ThisInterpreter(),
        # Files in a folder of its own: a port that was free a moment ago may be another kernel's by now.
        transport="tcp" if sys.platform == "win32" else "ipc",
        connection_file=str(place / "kernel.json"),
        # Without keys each kernel warns on stderr that others on this machine could listen.
        transport_encryption="auto" if zmq.has("curve") else "disabled",
    )
    return client.km


def _cell_failed(
    run: NotebookNode, cell: NotebookNode, failure: Exception, timeout: float
) -> CellFailed:
    code = [id(each) for each in run.cells if each.cell_type == "code"]
    return CellFailed(code.index(id(cell)) + 1, cell.source, _last_lines(failure, timeout))


def _last_lines(failure: Exception, timeout: float) -> str:
    if isinstance(failure, CellTimeoutError):
        return f"it did not end within {timeout:g} seconds"
    if isinstance(failure, DeadKernelError):
        return "its kernel died"
    lines = [line for line in plain(str(failure)).splitlines() if line.strip()]
    return "\n".join(lines[-3:])
