"""A real browser on the real JupyterLab: what a learner sees after Run All Cells."""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from fanout.doctor import find_chromium
from fanout.lab import START, Launch, start, stop

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = find_chromium()
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 120_000  # ms; a lesson with real waiting times on a busy machine
DRAWING = ("01", "02")  # lessons that promise a picture
EXERCISED = "01"  # whose exercises run without being asked for

pytestmark = pytest.mark.skipif(
    CHROMIUM is None,
    reason="no Chromium here: install chromium, or name one in FANOUT_CHROMIUM",
)

# Cells as the notebook's own model has them, so that cells scrolled out of sight count as well.
CELLS = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  const outputs = cell => cell.type === 'code' ? cell.outputs.toJSON() : [];
  return {
    path: panel.context.path,
    kernel: panel.sessionContext.session?.kernel?.status ?? 'none',
    code: [...panel.content.model.cells]
      .filter(cell => cell.type === 'code' && cell.sharedModel.getSource().trim())
      .map(cell => ({
        count: cell.executionCount,
        outputs: outputs(cell),
        trusted: cell.trusted,
        fails: (cell.getMetadata('tags') ?? []).includes('raises-exception'),
      })),
  };
}"""
READY = """path => {
  const panel = window.jupyterapp?.shell.currentWidget;
  return panel?.context?.path === path && panel.context.isReady
    && panel.content.widgets.length > 0
    && panel.sessionContext.session?.kernel?.status === 'idle';
}"""
CLEAN = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
  .every(cell => cell.type !== 'code' || cell.executionCount === null)"""
PICTURES = """async () => {
  const seen = [];
  for (const image of window.jupyterapp.shell.currentWidget.node.querySelectorAll('.jp-OutputArea img')) {
    image.scrollIntoView();
    await image.decode().catch(() => {});
    seen.push({alt: image.alt, width: image.naturalWidth, shown: image.getClientRects().length > 0});
  }
  return seen;
}"""

# Without a graphics card, what turns and fades while a kernel works takes a third of all the computing.
STILL = """addEventListener('DOMContentLoaded', () => {
  const style = document.createElement('style');
  style.textContent = '*, *::before, *::after {animation: none !important; transition: none !important}';
  document.head.append(style);
});"""
COMMAND = "async command => { await window.jupyterapp.commands.execute(command); }"
OPEN = """async path => {
  await window.jupyterapp.commands.execute('docmanager:open', {path});
}"""
CLOSE = """async () => {
  const panel = window.jupyterapp.shell.currentWidget;
  await panel.sessionContext?.shutdown();
  panel.dispose();
}"""
CURRENT = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook"

# The host of every request that the page has made; None for pictures that carry their own bytes.
HOSTS: list[str | None] = []


def lessons(exercises: bool = False) -> list[Any]:
    """The built files of the syllabus. Left out unless asked for: lessons of level 2 and up, and the
    exercises of all but one.

    A browser shows a lesson no differently for being harder, and nbval runs every one of them.
    """
    syllabus = ROOT / "fanout" / "lessons" / "syllabus.toml"
    later = pytest.mark.skipif(
        os.environ.get("FANOUT_BROWSER") != "all", reason="in the browser with FANOUT_BROWSER=all"
    )

    def spared(one: dict[str, Any]) -> bool:
        return one["number"] != EXERCISED if exercises else one["level"] > 1

    return [
        pytest.param(f"{one['number']}_{one['slug']}", marks=[later] if spared(one) else [])
        for one in tomllib.loads(syllabus.read_text(encoding="utf-8"))["lesson"]
        if one["exercises"] or not exercises
    ]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """JupyterLab over a copy of the built notebooks, started as `fanout lab` starts it."""
    root = tmp_path_factory.mktemp("course")
    for folder in ("notebooks", "exercises"):
        shutil.copytree(ROOT / folder, root / folder)
    # The one addition: a handle on the application, for the questions asked above.
    launch, server = start(root, options=["--LabApp.expose_app_in_browser=True"])
    try:
        yield launch
    finally:
        stop(server)


@pytest.fixture(scope="module")
def page(lab: Launch) -> Iterator[Page]:
    """A fresh browser that has opened the address which `fanout lab` prints."""
    from playwright.sync_api import sync_playwright

    # Requests to loopback must not go through a proxy of the machine.
    env: dict[str, str | float | bool] = {
        name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")
    }
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env=env)
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.add_init_script(STILL)
        page.on("request", lambda request: HOSTS.append(urlsplit(request.url).hostname))
        page.on("websocket", lambda socket: HOSTS.append(urlsplit(socket.url).hostname))
        page.goto(lab.url)
        page.wait_for_function(READY, arg=START)
        page.evaluate(CLOSE)
        yield page
        chromium.close()


@pytest.fixture
def notebook(page: Page) -> Iterator[Page]:
    """The page, with whatever a test opens in it closed again and its kernel stopped."""
    yield page
    page.evaluate(CLOSE)


def open_notebook(page: Page, path: str) -> None:
    """Open a notebook in its own tab and wait for its kernel."""
    page.evaluate(OPEN, path)
    page.wait_for_function(READY, arg=path)


def run_all(page: Page) -> list[dict[str, Any]]:
    """Clear what is there, run all cells, and return the code cells with their outputs."""
    page.evaluate(COMMAND, "notebook:clear-all-cell-outputs")
    page.wait_for_function(CLEAN)
    page.evaluate(COMMAND, "notebook:run-all-cells")
    return list(page.evaluate(CELLS)["code"])


def errors(cells: list[dict[str, Any]]) -> list[str]:
    """The error outputs that no lesson announces, as one line each."""
    return [
        f"cell {number}: {output['ename']}: {output['evalue']}"
        for number, cell in enumerate(cells, 1)
        for output in cell["outputs"]
        if output["output_type"] == "error" and not cell["fails"]
    ]


def assert_all_ran(cells: list[dict[str, Any]]) -> None:
    """Every code cell has a number of its own, in order: none was skipped, none ran twice."""
    assert cells
    assert [cell["count"] for cell in cells] == list(range(1, len(cells) + 1))


def assert_stayed_here(page: Page) -> None:
    """Up to now nothing was asked of another machine, and no news popped up."""
    page.wait_for_timeout(500)
    assert {"127.0.0.1"} <= set(HOSTS) <= {"127.0.0.1", None}
    assert page.locator(".Toastify__toast").all_inner_texts() == []


@pytest.mark.parametrize("stem", lessons())
def test_a_lesson_runs_from_top_to_bottom(notebook: Page, stem: str) -> None:
    """A lesson opens trusted, with its pictures; Run All Cells runs every cell, shows them again and
    asks nothing of the net."""
    open_notebook(notebook, f"notebooks/{stem}.ipynb")

    assert all(cell["trusted"] for cell in notebook.evaluate(CELLS)["code"])
    if stem.startswith(DRAWING):
        # JupyterLab draws the cells below the window's edge when it has a moment.
        notebook.wait_for_selector(f"{CURRENT} .jp-OutputArea img", state="attached")
        assert [picture for picture in notebook.evaluate(PICTURES) if picture["width"] > 0]

    cells = run_all(notebook)

    assert_all_ran(cells)
    assert errors(cells) == []
    pictures = notebook.evaluate(PICTURES)
    assert pictures or not stem.startswith(DRAWING)
    for picture in pictures:
        assert picture["shown"]
        assert picture["width"] > 0
        assert picture["alt"].strip()
    assert_stayed_here(notebook)


@pytest.mark.parametrize("stem", lessons(exercises=True))
def test_an_unsolved_exercise_says_not_yet(notebook: Page, stem: str) -> None:
    """An exercise nobody has touched runs to its end, and each check says: not yet."""
    open_notebook(notebook, f"exercises/{stem}.ipynb")

    cells = run_all(notebook)

    assert_all_ran(cells)
    assert errors(cells) == []
    assert "not yet" in notebook.locator(CURRENT).inner_text().lower()
    assert_stayed_here(notebook)
