"""`make test` believes what its parts say, and tries again only what a busy machine may have broken."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.run import Part, run

GOOD = "def test_good() -> None:\n    assert True\n"
BAD = "def test_bad() -> None:\n    assert False\n"
# Fails where it has not left its mark yet.
DISTURBED = """\
from pathlib import Path


def test_disturbed() -> None:
    mark = Path(__file__).with_suffix(".mark")
    known = mark.exists()
    mark.touch()
    assert known
"""


def says(name: str, code: str) -> Part:
    """A part that runs some Python."""
    return Part(name, [sys.executable, "-c", code])


def of_pytest(folder: Path, name: str, **files: str) -> Part:
    """A part that runs these test files in a folder of their own."""
    place = folder / name
    place.mkdir()
    (place / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    for stem, text in files.items():
        (place / f"test_{stem}.py").write_text(text, encoding="utf-8")
    paths = [path.name for path in sorted(place.glob("test_*.py"))]
    return Part(name, [sys.executable, "-m", "pytest", "-q"], paths=paths, folder=place)


def test_all_parts_run_and_one_failure_fails_all(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Each part runs whatever the others said; what a part beside prints is shown; one red is red."""
    parts = [says(str(n), f"print('part', {n}); raise SystemExit({n == 2})") for n in range(4)]
    assert not run([parts[0]], parts[1], parts[2:])
    shown, summary = capfdbinary.readouterr().out.decode().split("=== summary")
    assert [line for line in shown.splitlines() if line.startswith("part")] == [
        f"part {n}" for n in range(4)
    ]
    assert [line.split()[1] for line in summary.split("\n")[1:5]] == [
        "passed",
        "passed",
        "FAILED",
        "passed",
    ]


def test_a_disturbed_file_passes_at_the_second_try_and_is_named(tmp_path: Path) -> None:
    """A file that fails once is run once more; then its part has passed, and the summary names it."""
    part = of_pytest(tmp_path, "tests", good=GOOD, disturbed=DISTURBED)
    assert run([], part, [])
    assert part.tried_again == ["test_disturbed.py"]
    assert part.summary().endswith("second try: test_disturbed.py")


def test_wrong_code_fails_both_times(tmp_path: Path) -> None:
    """A file that fails again fails its part."""
    part = of_pytest(tmp_path, "tests", good=GOOD, bad=BAD)
    assert not run([], part, [])
    assert part.tried_again == ["test_bad.py"]


def test_many_failures_are_not_tried_again(tmp_path: Path) -> None:
    """Four failing files are no disturbance."""
    part = of_pytest(tmp_path, "tests", a=BAD, b=BAD, c=BAD, d=DISTURBED)
    assert not run([], part, [])
    assert part.tried_again == ()


def test_what_could_not_be_collected_is_not_tried_again(tmp_path: Path) -> None:
    """An error while tests are collected, or a part that is not pytest, fails at once."""
    part = of_pytest(tmp_path, "tests", broken="import nothing_of_this_name\n")
    assert not run([], part, [says("types", "raise SystemExit(1)")])
    assert part.tried_again == ()
