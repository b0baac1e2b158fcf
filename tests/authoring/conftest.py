from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from fanout.authoring import build
from fanout.authoring.gates import Gates

HERE = Path(__file__).parent
STAND_IN = HERE / "stand_in"

Edit = Callable[[str, str, str], None]


@pytest.fixture(scope="session")
def registry() -> ModuleType:
    """The tiny course's registry, as a module of this process."""
    spec = importlib.util.spec_from_file_location("tiny_checks", STAND_IN / "fanout" / "checks.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["tiny_checks"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory, registry: ModuleType) -> Path:
    """The tiny course, built; copied for each test that wants it, because kernels take a second."""
    root = tmp_path_factory.mktemp("course") / "course"
    shutil.copytree(HERE / "course", root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(STAND_IN))
        build(root, registry=registry)
    return root


@pytest.fixture
def course(built_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built copy of the tiny course; its kernels import the stand-in for the course's face."""
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN))
    return Path(shutil.copytree(built_once, tmp_path / "course"))


@pytest.fixture
def edit(course: Path) -> Edit:
    """Replaces one place in one file of the course, and insists that the place is there."""

    def replace(file: str, old: str, new: str) -> None:
        path = course / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


@pytest.fixture
def gates(course: Path, registry: ModuleType) -> Callable[[], Gates]:
    """Makes the gates over the course as it is when they are asked for."""
    return lambda: Gates(course, registry)
