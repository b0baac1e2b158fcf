"""What stands at the entrance: Makefile, lock, build script, and what no file may contain."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
MAKE = shutil.which("make")
needs_make = pytest.mark.skipif(MAKE is None, reason="no make here")
WHAT_MAKE_PASSES_ON = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES", "PYTHON")


def make(folder: Path, *argv: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run make in `folder` as a person would, also when these tests were started by make."""
    dropped = (*WHAT_MAKE_PASSES_ON, "FANOUT_INSTALL")
    env = {name: value for name, value in os.environ.items() if name not in dropped}
    return subprocess.run(
        [str(MAKE), *argv],
        cwd=folder,
        env=env | {"PATH": path or env["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


# --- make ----------------------------------------------------------------------------------------


# A wheel of one module, built by itself: pip has nothing to fetch.
BACKEND = """
import zipfile
INFO = "tiny-1.dist-info"
FILES = {
    "tiny.py": "import sys\\ndef main():\\n    print('started: fanout', *sys.argv[1:])\\n",
    f"{INFO}/METADATA": "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\n",
    f"{INFO}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    f"{INFO}/entry_points.txt": "[console_scripts]\\nfanout = tiny:main\\n",
    f"{INFO}/RECORD": "",
}

def build_wheel(folder, settings=None, metadata=None):
    name = "tiny-1-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        for path, text in FILES.items():
            wheel.writestr(path, text)
    return name
"""

# A Python that makes environments and installs in no time. Its pip refuses what it does not know,
# and dies half-way where the requirements say so.
QUICK = """\
#!/bin/sh
case "$*" in
  -c*|"-m pip --version") exit 0 ;;
  --version) echo Python 3.13.0 ;;
  "-m venv --clear .venv") rm -rf .venv && mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  "-m pip install"*)
    if grep -q unknown requirements.txt; then echo 'ERROR: unknown' >&2; exit 1; fi
    if grep -q deadly requirements.txt; then kill -9 $PPID; exit 1; fi
    printf '#!/bin/sh\\necho "started: fanout $*"\\n' > .venv/bin/fanout
    chmod +x .venv/bin/fanout ;;
  *) exit 0 ;;
esac
"""


def executable(path: Path, text: str) -> Path:
    """A program at `path`."""
    path.unlink(missing_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with the Makefile and nothing to install, in a folder with an odd name."""
    clone = tmp_path / "my course (1)"
    clone.mkdir()
    shutil.copy(ROOT / "Makefile", clone)
    (clone / "requirements.txt").write_text("", encoding="utf-8")
    (clone / "pyproject.toml").write_text("", encoding="utf-8")
    return clone


@pytest.fixture
def quick(tmp_path: Path) -> str:
    """The make argument that chooses the quick Python."""
    return f"PYTHON={executable(tmp_path / 'quick-python', QUICK)}"


def require(clone: Path, what: str) -> None:
    """Change requirements.txt, visibly later than the installation."""
    file = clone / "requirements.txt"
    file.write_text(f"{what}\n", encoding="utf-8")
    later = time.time() + 5
    os.utime(file, (later, later))


@needs_make
def test_make_lab_installs_once_and_then_starts_at_once(clone: Path) -> None:
    """The first `make lab` installs and starts; the second starts, well within a second."""
    package = clone / "tiny"
    package.mkdir()
    (package / "backend.py").write_text(BACKEND, encoding="utf-8")
    (package / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n', "utf-8"
    )
    (clone / "requirements.txt").write_text("--no-index\n./tiny\n", encoding="utf-8")
    first = make(clone, "lab")
    began = time.perf_counter()
    second = make(clone, "lab")
    took = time.perf_counter() - began

    assert (first.returncode, first.stderr) == (0, "")
    assert "Installing" in first.stdout
    assert first.stdout.endswith("started: fanout lab\n")
    assert (second.stdout, second.stderr) == ("started: fanout lab\n", "")
    assert took < 1


@needs_make
def test_changed_requirements_are_installed_and_the_environment_is_kept(
    clone: Path, quick: str
) -> None:
    """A newer requirements.txt is installed into the same environment."""
    make(clone, "lab", quick)
    kept = clone / ".venv" / "kept"
    kept.touch()
    require(clone, "something-new")

    assert "Installing" in make(clone, "lab", quick).stdout
    assert kept.exists()


@needs_make
def test_an_installation_that_was_killed_is_started_from_nothing(clone: Path, quick: str) -> None:
    """Half an environment, left by a killed installation, is made anew."""
    require(clone, "deadly")
    assert make(clone, "lab", quick).returncode != 0
    half = clone / ".venv" / "half"
    half.touch()
    require(clone, "something-harmless")

    again = make(clone, "lab", quick)

    assert "The last installation was interrupted" in again.stdout
    assert again.stdout.endswith("started: fanout lab\n")
    assert not half.exists()
    assert not (clone / ".venv" / ".unfinished").exists()


@needs_make
def test_a_failed_installation_says_so_and_keeps_the_old_environment(
    clone: Path, quick: str
) -> None:
    """Without a network the update fails with a sentence; the next try starts where it stood."""
    make(clone, "lab", quick)
    kept = clone / ".venv" / "kept"
    kept.touch()
    require(clone, "unknown")

    failed, again = make(clone, "lab", quick), make(clone, "lab", quick)

    for run in (failed, again):
        assert run.returncode != 0
        assert "ERROR: unknown" in run.stderr
        assert "The installation did not work" in run.stdout
        assert "started:" not in run.stdout
    assert kept.exists()


@needs_make
def test_a_moved_course_is_installed_again(clone: Path, quick: str) -> None:
    """An environment cannot be moved: in a renamed folder it is made again, once."""
    make(clone, "lab", quick)
    moved = clone.rename(clone.with_name("renamed"))

    again = make(moved, "lab", quick)

    assert "The folder was moved or copied" in again.stdout
    assert again.stdout.endswith("started: fanout lab\n")
    assert make(moved, "lab", quick).stdout == "started: fanout lab\n"


@needs_make
def test_without_a_python_it_says_which_one_is_needed(clone: Path, tmp_path: Path) -> None:
    """Where only an old Python is found, one sentence says what to install."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("sh", "cat", "rm", "mkdir"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    executable(tools / "python3", "#!/bin/sh\nexit 1\n")

    run = make(clone, "lab", path=str(tools))

    assert run.returncode != 0
    assert "The course needs Python 3.11" in run.stdout
    assert not (clone / ".venv").exists()


@needs_make
def test_without_the_venv_module_it_says_what_to_install(clone: Path, tmp_path: Path) -> None:
    """Debian's Python without venv gets the name of the missing package."""
    python = executable(
        tmp_path / "python-without-venv",
        f'#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"\n',
    )

    run = make(clone, "lab", f"PYTHON={python}")

    assert run.returncode != 0
    assert "apt install python3-venv" in run.stdout


@needs_make
def test_make_test_ends_as_its_parts_do(clone: Path, quick: str) -> None:
    """`make test` runs tests/run.py, and fails when that does."""
    make(clone, "lab", quick)
    python = '#!/bin/sh\necho "ran: $*"\nexit {}\n'
    for code in (0, 1):
        executable(clone / ".venv" / "bin" / "python", python.format(code))
        run = make(clone, "test", quick)
        assert run.stdout == "ran: tests/run.py\n"
        assert (run.returncode == 0) == (code == 0)


@needs_make
def test_make_alone_lists_the_targets() -> None:
    """`make` explains each target that the Makefile declares for people."""
    listed = set(re.findall(r"^make (\w+)", make(ROOT).stdout, re.MULTILINE))
    declared = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)

    assert declared is not None
    assert listed == set(declared[1].split()) - {"help", "again"}


# --- the build script ----------------------------------------------------------------------------


def test_the_build_script_can_be_run_and_stops_at_errors() -> None:
    """`.ci/run` is executable, and its first command is `set -euo pipefail`."""
    script = ROOT / ".ci" / "run"
    lines = script.read_text(encoding="utf-8").splitlines()

    assert os.access(script, os.X_OK)
    assert lines[0] == "#!/usr/bin/env bash"
    assert next(line for line in lines if line and line[0] != "#") == "set -euo pipefail"
    assert lines[-1] == "make test"


@pytest.mark.parametrize("name", ["Makefile", ".ci/run"])
def test_no_exit_code_is_hidden(name: str) -> None:
    """No command hands its output to another through a pipe, and no failure is waved through."""
    text = (ROOT / name).read_text(encoding="utf-8")

    assert re.findall(r"(?<!\|)\|(?!\|)", text) == []
    assert re.findall(r"\|\| *(?:true|:)", text) == []
    assert re.findall(r"^\t-", text, re.MULTILINE) == []


# --- the lock ------------------------------------------------------------------------------------


def locked() -> dict[str, str]:
    """The versions in requirements.txt by package name."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = (line.split(";")[0].split("==") for line in lines if "==" in line.split(";")[0])
    return {canonicalize_name(name.strip()): version.strip() for name, version in pinned}


def test_the_lock_holds_what_the_project_asks_for() -> None:
    """Every dependency of pyproject.toml is in requirements.txt, in a version that it allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    versions = locked()

    for requirement in map(Requirement, asked):
        version = versions.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} is not in requirements.txt; run `make lock`"
        assert requirement.specifier.contains(version), f"{requirement}: locked is {version}"


def test_the_lock_installs_the_course_itself() -> None:
    """requirements.txt installs this repository, in place."""
    assert "-e ." in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()


# --- what no file may contain --------------------------------------------------------------------

IGNORED = [".git", *(ROOT / ".gitignore").read_text(encoding="utf-8").replace("/\n", "\n").split()]
FORBIDDEN = {
    # In pieces, so that this file passes its own test.
    "a package registry": re.compile(
        "|".join(
            re.escape(name + end)
            for name, end in (
                ("pypi", ".org"),
                ("pythonhosted", ".org"),
                ("npmjs", ".org"),
                ("npmjs", ".com"),
                ("crates", ".io"),
                ("anaconda", ".org"),
            )
        )
    ),
    # Ann is the person in examples.
    "a place on someone's machine": re.compile(
        r"(?<![\w.~])/(?:home/(?!ann/)[a-z]\w*/|Users/(?!ann/)\w+/|root/\w|work/\w)"
        + r"|[A-Z]:\\\\?Users\\(?!\\?ann\b)"
    ),
}


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name is kept out of the repository."""
    return any(fnmatch(name, pattern) for pattern in IGNORED)


def text_files() -> list[Path]:
    """Every text file that belongs to the repository, committed or not."""
    found = []
    for folder, inside, names in os.walk(ROOT):
        inside[:] = [name for name in inside if not is_ignored(name)]
        found += [Path(folder, name) for name in names if not is_ignored(name)]
    return [path for path in found if b"\0" not in path.read_bytes()[:4096]]


def test_every_kind_of_file_is_looked_at() -> None:
    """The search below sees code, data, build files and hidden files."""
    seen = {path.relative_to(ROOT).as_posix() for path in text_files()}

    assert {"Makefile", "requirements.txt", ".ci/run", "fanout/__init__.py"} <= seen
    assert not [name for name in seen if name.startswith((".git/", ".venv/"))]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str) -> None:
    """No file contains the address of a package registry, or a path of the machine it came from."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in text_files()
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        if (match := FORBIDDEN[what].search(line))
    ]

    assert found == []


@pytest.mark.parametrize(
    "text",
    ["/home/" + "ada/course", "/Users/" + "ada/course", "/root/" + "x", r"C:\Users" + "\\ada"],
)
def test_a_place_on_a_machine_is_recognised(text: str) -> None:
    """Home folders of the usual systems are found; addresses and routes are not."""
    place = FORBIDDEN["a place on someone's machine"]

    assert place.search(f'see "{text}" there')
    assert not place.search("https://example.org/home/ada/ and /v1/users/1 and ~/work/notes")


def test_every_test_says_its_claim() -> None:
    """Each test function has a docstring: the list of tests reads as a specification."""
    silent = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.name.startswith("test_") and not ast.get_docstring(node)
    ]

    assert silent == []
