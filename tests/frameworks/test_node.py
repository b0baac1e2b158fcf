"""Node's SDKs hold the same conversation over the same wire."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.frameworks.conftest import Far

TALK = Path(__file__).parent / "node" / "talk.mjs"
MODULES = Path(os.environ.get("FANOUT_NODE_MODULES", TALK.parent / "node_modules"))
APIS = {"chat": "/v1/chat/completions", "responses": "/v1/responses", "claude": "/v1/messages"}


def _missing(api: str) -> str | None:
    """What there is not, of what Node needs for this API."""
    if shutil.which("node") is None:
        return "node is not installed"
    package = "@anthropic-ai/sdk" if api == "claude" else "openai"
    if not (MODULES / package).is_dir():
        return f"{package} is not in {MODULES} (set FANOUT_NODE_MODULES)"
    return None


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("manner", ["whole", "streamed"])
def test_node(far: Far, api: str, manner: str) -> None:
    """The official SDK for Node calls three tools of one turn, answers all, and has the final text."""
    missing = _missing(api)
    if missing:
        pytest.skip(missing)
    command = ["node", str(TALK), far.url, api, manner]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    far.cities = said["called"]
    far.check(said["text"], APIS[api], stream=manner == "streamed")
