"""The conformance cases once more, over HTTP: as bytes, and as the real SDK sees them."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from openai import APIStatusError, OpenAI

from fanout.dialects.conformance import Case, cases, differences
from fanout.simulator.server import Server
from fanout.simulator.world import World

GOOD_KEY = "sk-good"


@pytest.fixture(scope="module")
def far() -> Iterator[httpx2.Client]:
    """A client of one far end with a key, which remembers nothing of one case in another."""
    server = Server(World(pace=0, key=GOOD_KEY)).start()
    with httpx2.Client(base_url=server.url) as client:
        yield client
    server.stop()


@pytest.mark.parametrize("case", cases("chat"), ids=str)
def test_over_http(case: Case, far: httpx2.Client) -> None:
    """The far end answers the case with its status, type, code, param and text."""
    headers = {"authorization": f"Bearer {GOOD_KEY}"} | dict(case.headers)
    sent = {name: value for name, value in headers.items() if value is not None}
    answer = far.post("/v1/chat/completions", json=case.request, headers=sent)
    assert differences(case, answer.status_code, answer.json()) == ()
    assert answer.headers["x-request-id"].startswith("req_")


def test_the_sdk_shows_all_of_it(client: OpenAI) -> None:
    """The SDK's exception carries message, code, param and request id of a refusal."""
    case = next(case for case in cases("chat") if case.row == "9")
    with pytest.raises(APIStatusError) as refused:
        client.post("/chat/completions", body=case.request, cast_to=object)
    error = refused.value
    assert error.message.endswith(str(case.expected["message"]))
    assert (error.code, error.param) == (case.expected["code"], case.expected["param"])
    assert error.request_id
