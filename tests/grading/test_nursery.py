"""The nursery: what is loaded once for all boxes, and what becomes of them when it ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fanout.grading import process
from fanout.grading.box import Box
from fanout.grading.layers import probe
from fanout.grading.nursery import Nursery
from fanout.grading.session import BoxFailed

layers = probe()
pytestmark = pytest.mark.skipif(
    layers.kind != "namespaces", reason=f"boxes with namespaces of their own: {layers.advice}"
)


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    made = Nursery("namespaces")
    yield made
    made.stop()


def said(box: Box, cell: str, also: tuple[str, ...] = ()) -> str:
    """What there is to say about a cell that is run in a new session of a box."""
    session = box.open(also)
    try:
        session.run([cell])
        return session.said.get(1, "")
    finally:
        session.close()


def ids(nursery: Nursery) -> set[int]:
    assert nursery._process is not None
    return set(process.below(nursery._process.pid))


def test_several_boxes_are_forked_from_one_process(nursery: Nursery) -> None:
    """Two boxes are two processes below the same one; stopping a box leaves the other at work."""
    first, second = (Box("namespaces", nursery).start() for _ in range(2))
    first.ready()
    second.ready()
    pids = [box._process.pid for box in (first, second) if box._process]
    assert len(pids) == 2
    assert set(pids) < ids(nursery)
    first.stop()
    assert pids[0] not in ids(nursery)
    assert said(second, "1 / 0") == "raised ZeroDivisionError: division by zero"


def test_what_a_notebook_wants_beyond_the_usual_is_loaded_before_it_is_forked(
    nursery: Nursery,
) -> None:
    """A box that lacks a module begins anew with it, and a box made later has it from the start."""
    box = Box("namespaces", nursery).start().ready()
    loaded = "import sys\nraise KeyError('anthropic' in sys.modules)"
    assert said(box, loaded) == "raised KeyError: False"
    assert said(box, loaded, ("anthropic",)) == "raised KeyError: True"
    later = Box("namespaces", nursery).start().ready()
    assert said(later, loaded) == "raised KeyError: True"


def test_its_boxes_end_with_it_and_the_next_begins_anew(nursery: Nursery) -> None:
    """Killed from outside, it leaves no process; a box that is asked for afterwards works."""
    box = Box("namespaces", nursery).start().ready()
    assert nursery._process is not None
    there = ids(nursery)
    assert there
    nursery._process.kill()
    nursery._process.wait()
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{pid}").exists() for pid in there) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not [pid for pid in there if Path(f"/proc/{pid}").exists()]
    with pytest.raises(BoxFailed):
        box.open()
    assert said(Box("namespaces", nursery).start().ready(), "1 / 0").startswith("raised Zero")


def test_a_nursery_that_cannot_load_says_why(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went wrong with loading reaches the one who asked for a box, in its own words."""
    monkeypatch.setattr("fanout.grading.nursery._BEGIN", _BREAKS)
    with pytest.raises(BoxFailed, match="ImportError: no such thing here"):
        Box("namespaces", nursery).start().ready()


_BREAKS = """
import sys
sys.path[:] = sys.argv[3:]
from fanout.grading import loading, zygote

def prepare():
    raise ImportError("no such thing here")

loading.prepare = prepare
zygote.main(int(sys.argv[1]), sys.argv[2])
"""
