"""Where the course is, and what is said when JupyterLab cannot be opened on it."""

from __future__ import annotations

from pathlib import Path

START = "notebooks/00_start_here.ipynb"


class LabError(Exception):
    """JupyterLab could not be opened; the text says why and what to do."""


def find_root(marker: str = START) -> Path:
    """The course's folder: the nearest one, from here upwards, that holds the file `marker`.

    Failing that, the folder this package was installed from. Raises LabError when neither has it.
    """
    here = Path.cwd()
    clone = Path(__file__).resolve().parents[2]
    for folder in (here, *here.parents, clone):
        if (folder / marker).is_file():
            return folder
    raise LabError(
        f"There is no {marker} in {here}, in a folder above it, or in {clone}. Go to the folder "
        f"that the course was cloned into (it holds README.md and notebooks/) and try again."
    )
