"""What every test stands on: no real provider within reach, no progress written, fixed places."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Thousands of tests and two SDKs are loaded and stay. Looking through them for garbage again and again
# would take a fifth of the time; after the collection they are not looked at any more.
gc.set_threshold(100_000, 20, 20)

# Who starts the tests in the background may have had Ctrl-C ignored, and programs that they start would
# ignore it, too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# At import time, before any test module makes a client or starts a kernel that inherits these.
os.environ["FANOUT_PROGRESS"] = "off"
os.environ.pop("FANOUT_LIVE", None)
for _name in [name for name in os.environ if name.startswith(("OPENAI_", "ANTHROPIC_"))]:
    # Keys, and addresses, organisations and projects as well: nothing of the person's is used.
    del os.environ[_name]
# Everything is on loopback, without TLS. Reading certificates for a client, which none needs, takes
# thirty milliseconds of computing, and the tests make hundreds.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = "/"

with contextlib.suppress(ImportError):  # tests/frameworks runs in an environment without it
    from hypothesis import HealthCheck, settings

    # How long an example takes says how busy the machine is, and nothing about the code.
    settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("calm")

# Files that take longest, mostly waiting, the longest first: begun last, they would be waited for.
LONG = (
    "grading/test_hostile.py",
    "test_browser.py",
    "grading/test_class.py",
    "test_mistakes.py",
    "grading/test_boxes.py",
    "authoring/test_gates.py",
    "test_browser_room.py",
    "authoring/test_sabotage.py",
    "clinic/test_cases.py",
    "authoring/test_building.py",
    "test_front_door.py",
    "test_lab.py",
    "simulator/test_leaving.py",
    "simulator/test_live_trouble.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files; the order within a file, and of the others, stays."""
    place = {ROOT / "tests" / name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path, len(LONG)))


def pytest_collection_finish() -> None:
    """Leave all that is loaded out of every search for garbage from here on."""
    gc.freeze()


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return ROOT
