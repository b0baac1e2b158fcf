"""What every test stands on: no real provider within reach, no progress written, fixed places."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# At import time, before any test module makes a client or starts a kernel that inherits these.
os.environ["FANOUT_PROGRESS"] = "off"
os.environ.pop("FANOUT_LIVE", None)
for _name in [name for name in os.environ if name.startswith(("OPENAI_", "ANTHROPIC_"))]:
    # Keys, and addresses, organisations and projects as well: nothing of the person's is used.
    del os.environ[_name]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return ROOT
