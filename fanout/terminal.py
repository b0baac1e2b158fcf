"""How wide a text may be where it is printed."""

from __future__ import annotations

import shutil
import sys
import textwrap


def columns(most: int) -> int:
    """The terminal's width where this process prints to one, and `most` at most; elsewhere `most`.

    A notebook, a file and a pipe are no terminal, so that what is kept reads the same everywhere.
    """
    if sys.stdout is None or not sys.stdout.isatty():
        return most
    return max(40, min(most, shutil.get_terminal_size().columns))


def fitted(text: str) -> str:
    """A sentence in lines that fit the terminal; as it is where it is printed elsewhere."""
    width = columns(len(text))
    return textwrap.fill(text, width) if len(text) > width else text
