"""The practice services that change something: seats, accounts, idempotency keys, and their reset."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest

from fanout.simulator.server import Server
from fanout.simulator.services import practice
from fanout.simulator.world import World

# To set up TLS takes a tenth of a second for each client, and nothing here is encrypted.
PLAIN: dict[str, Any] = {"verify": False, "trust_env": False}
ADA = {"seat": "12A", "passenger": "Ada"}
BEN = {"seat": "12A", "passenger": "Ben"}


def get(server: Server, path: str, **params: str) -> Any:
    return httpx2.get(f"{server.url}/services/{path}", params=params, **PLAIN).json()


def post(server: Server, path: str, body: Any, key: str | None = None) -> httpx2.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return httpx2.post(f"{server.url}/services/{path}", json=body, headers=headers, **PLAIN)


def transfer(source: str, target: str, amount: Any) -> dict[str, Any]:
    return {"from_account": source, "to_account": target, "amount": amount}


def balances(server: Server) -> dict[str, float]:
    found: dict[str, float] = get(server, "accounts")["balances"]
    return found


# --- Seats ----------------------------------------------------------------------------------------


def test_a_seat_is_booked_once(server: Server) -> None:
    """The first gets the seat, the second a 409 that says whose it is."""
    assert post(server, "bookings", ADA).json() == {**ADA, "booked": True}
    second = post(server, "bookings", BEN)
    assert second.status_code == 409
    assert second.json()["error"] == "Seat 12A is already booked, by Ada. Choose a free one."
    assert get(server, "seats")["taken"]["12A"] == "Ada"


def test_the_same_booking_again_is_a_second_one(server: Server) -> None:
    """Without a key, the same request sent twice is refused like anybody else's."""
    post(server, "bookings", ADA)
    again = post(server, "bookings", {**ADA, "passenger": "ADA"})
    assert again.status_code == 409
    assert "the same passenger" in again.json()["error"]


def test_a_seat_that_does_not_exist(server: Server) -> None:
    """A seat outside the plane is 404, and the map does not change."""
    before = get(server, "seats")
    assert post(server, "bookings", {**ADA, "seat": "99Z"}).status_code == 404
    assert get(server, "seats") == before


def test_the_map_adds_up(server: Server) -> None:
    """A booked seat moves from the free to the taken ones."""
    before = get(server, "seats")
    post(server, "bookings", ADA)
    after = get(server, "seats")
    assert set(before["free"]) - set(after["free"]) == {"12A"}
    assert set(after["taken"]) - set(before["taken"]) == {"12A"}


# --- Accounts -------------------------------------------------------------------------------------


def test_a_transfer_moves_money(server: Server) -> None:
    """What leaves one account arrives in the other, and the answer tells what is left."""
    before = balances(server)
    assert post(server, "transfers", transfer("ada", "Ben", 120.5)).json()["left"] == 379.5
    after = balances(server)
    assert (after["Ada"], after["Ben"]) == (before["Ada"] - 120.5, before["Ben"] + 120.5)
    assert get(server, "accounts", account="Ben")["balance"] == after["Ben"]


def test_the_order_of_transfers_matters(server: Server) -> None:
    """In one order both go through; in the other the first is refused, and nothing moves."""
    first, second = transfer("Ada", "Ben", 250), transfer("Ben", "Cleo", 300)
    assert [post(server, "transfers", t).status_code for t in (first, second)] == [200, 200]
    in_order = balances(server)
    post(server, "reset", {})
    refused, done = (post(server, "transfers", t) for t in (second, first))
    assert (refused.status_code, done.status_code) == (409, 200)
    assert "it holds 100 EUR, and 300 EUR were asked for" in refused.json()["error"]
    assert balances(server) != in_order


@pytest.mark.parametrize("amount", [0, -5, "80", True, None, [1]])
def test_amounts_that_are_none(server: Server, amount: Any) -> None:
    """Only a number above zero is an amount; anything else is 400 and moves nothing."""
    before = balances(server)
    answer = post(server, "transfers", transfer("Ada", "Ben", amount))
    assert answer.status_code == 400
    assert "`amount`" in answer.json()["error"]
    assert balances(server) == before


def test_to_itself(server: Server) -> None:
    """A transfer from an account to itself is refused."""
    assert post(server, "transfers", transfer("Ada", "ADA", 5)).status_code == 400


@pytest.mark.parametrize("body", ["text", [1, 2], 7, None, {}])
def test_a_body_that_is_no_object(server: Server, body: Any) -> None:
    """Without a JSON object the service says which parameters it needs, and where."""
    answer = post(server, "bookings", body)
    assert answer.status_code == 400
    assert answer.json()["error"] == "This service needs `seat` and `passenger` in a JSON object."


def test_of_two_at_once_the_quicker_comes_first(server: Server, world: World) -> None:
    """The work is done when the waiting time is over, whoever asked first."""
    world.pace = 0.5
    late, early = {"seat": "14C", "passenger": "Ada"}, {"seat": "14C", "passenger": "Ben"}
    booking = practice()["bookings"]
    assert booking.seconds(late) > booking.seconds(early) + 0.2

    async def both() -> list[int]:
        async with httpx2.AsyncClient(base_url=f"{server.url}/services", **PLAIN) as http:
            posts = [http.post("/bookings", json=body) for body in (late, early)]
            return [answer.status_code for answer in await asyncio.gather(*posts)]

    assert asyncio.run(both()) == [409, 200]
    assert get(server, "seats")["taken"]["14C"] == "Ben"


def test_giving_up_waiting_undoes_nothing(server: Server, world: World) -> None:
    """A client that stops waiting for its booking has booked all the same."""
    world.pace = 0.5
    with pytest.raises(httpx2.ReadTimeout):
        httpx2.post(f"{server.url}/services/bookings", json=ADA, timeout=0.05, **PLAIN)
    world.pace = 2.0  # so that the next request is answered after the first one has ended
    assert get(server, "seats")["taken"]["12A"] == "Ada"


# --- Idempotency keys -----------------------------------------------------------------------------


def test_one_key_one_transfer(server: Server) -> None:
    """The same request under the same key gets the same answer, and the money moves once."""
    body = transfer("Ada", "Ben", 100)
    first, again = (post(server, "transfers", body, key="k1") for _ in range(2))
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert balances(server)["Ben"] == 200


def test_two_keys_two_transfers(server: Server) -> None:
    """Another key is another wish; so is no key at all."""
    body = transfer("Ada", "Ben", 100)
    for key in ("k1", "k2", None, None):
        post(server, "transfers", body, key=key)
    assert balances(server)["Ben"] == 500


def test_a_refusal_is_kept_too(server: Server) -> None:
    """Under its key a refused request stays refused, even when it could be done by now."""
    body = transfer("Cleo", "Ben", 50)
    assert post(server, "transfers", body, key="k").status_code == 409
    post(server, "transfers", transfer("Ada", "Cleo", 50))
    assert post(server, "transfers", body, key="k").status_code == 409
    assert post(server, "transfers", body, key="new").status_code == 200


def test_a_malformed_request_uses_up_no_key(server: Server) -> None:
    """What was refused with 400 can be mended and sent again under its key."""
    assert post(server, "transfers", transfer("Ada", "Ben", -1), key="k").status_code == 400
    assert post(server, "transfers", transfer("Ada", "Ben", 1), key="k").status_code == 200


def test_a_key_used_for_something_else(server: Server) -> None:
    """The key of another request is 422, and nothing is done."""
    post(server, "transfers", transfer("Ada", "Ben", 100), key="k")
    answer = post(server, "transfers", transfer("Ada", "Ben", 200), key="k")
    assert answer.status_code == 422
    assert "'k'" in answer.json()["error"]
    assert balances(server)["Ben"] == 200


def test_a_key_belongs_to_its_service(server: Server) -> None:
    """The same key at another service is another key."""
    post(server, "transfers", transfer("Ada", "Ben", 100), key="k")
    assert post(server, "bookings", ADA, key="k").status_code == 200


def test_a_key_sent_twice_at_once(server: Server, world: World) -> None:
    """Two requests in flight under one key book one seat and get one answer."""
    world.pace = 0.2

    async def both() -> list[Any]:
        async with httpx2.AsyncClient(base_url=f"{server.url}/services", **PLAIN) as http:
            headers = {"Idempotency-Key": "k"}
            posts = [http.post("/bookings", json=ADA, headers=headers) for _ in range(2)]
            return [answer.json() for answer in await asyncio.gather(*posts)]

    assert asyncio.run(both()) == [{**ADA, "booked": True}] * 2


# --- State ----------------------------------------------------------------------------------------


def test_reset(server: Server) -> None:
    """After a reset seats, balances and keys are as at the start."""
    before = get(server, "seats"), balances(server)
    post(server, "bookings", ADA, key="k")
    post(server, "transfers", transfer("Ada", "Ben", 100), key="k")
    assert (get(server, "seats"), balances(server)) != before
    assert post(server, "reset", {}).json() == {"reset": True}
    assert (get(server, "seats"), balances(server)) == before
    assert post(server, "bookings", BEN, key="k").json() == {**BEN, "booked": True}


def test_far_ends_share_nothing(server: Server) -> None:
    """What is booked at one far end is free at another."""
    other = Server(World(pace=0)).start()
    try:
        post(server, "bookings", ADA)
        assert post(other, "bookings", BEN).status_code == 200
    finally:
        other.stop()


def test_posts_are_recorded(server: Server, world: World) -> None:
    """A POST stands in the record with its body, and a refusal with its words."""
    with world.recorder.record() as run:
        post(server, "bookings", ADA)
        post(server, "bookings", BEN)
    assert [e.request for e in run.service_exchanges] == [ADA, BEN]
    assert run.exchanges[0].error is None
    assert "already booked" in (run.exchanges[1].error or "")
