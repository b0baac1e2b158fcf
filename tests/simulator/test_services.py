"""The practice services: honest answers, declared waiting times."""

from __future__ import annotations

import httpx2
import pytest

from fanout.simulator.server import Server
from fanout.simulator.services import PRACTICE, NotKnown
from fanout.simulator.services.tables import table
from fanout.simulator.world import World


def get(server: Server, path: str, **params: str) -> httpx2.Response:
    return httpx2.get(f"{server.url}/services/{path}", params=params)


def test_what_they_know(server: Server) -> None:
    """Weather, rates and quotes answer with data that says what it is about."""
    assert get(server, "weather", city="tokyo").json() == {
        "city": "Tokyo",
        "temperature_c": 24,
        "condition": "clear",
    }
    assert get(server, "rates", base="usd", quote="JPY").json()["rate"] == 149.5
    assert get(server, "quotes", symbol="AAPL").json()["company"] == "Apple"


def test_spelling_does_not_matter() -> None:
    """Accents, case and blanks around a name make no difference."""
    assert PRACTICE["weather"].reply({"city": " são PAULO"})["city"] == "Sao Paulo"


def test_a_cross_rate_is_consistent() -> None:
    """One way times the other way is one."""
    there = PRACTICE["rates"].reply({"base": "EUR", "quote": "GBP"})["rate"]
    back = PRACTICE["rates"].reply({"base": "GBP", "quote": "EUR"})["rate"]
    assert there * back == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("service", "asked", "names"),
    [
        ("weather", {"city": "Atlantis"}, "Atlantis"),
        ("rates", {"base": "USD", "quote": "XXX"}, "XXX"),
        ("quotes", {"symbol": "NOPE"}, "NOPE"),
        ("customers", {"name": "Nobody"}, "Nobody"),
        ("orders", {"customer_id": "C-0000"}, "C-0000"),
        ("order_status", {"order_id": "A-0000"}, "A-0000"),
        ("accounts", {"account": "Zoe"}, "Zoe"),
    ],
)
def test_what_they_do_not_know(
    server: Server, service: str, asked: dict[str, str], names: str
) -> None:
    """The unknown gets 404 and a sentence that names it; nothing is made up."""
    answer = get(server, service, **asked)
    assert answer.status_code == 404
    assert names in answer.json()["error"]


def test_a_missing_parameter(server: Server) -> None:
    """Without its parameter a service says which it needs."""
    answer = get(server, "rates", base="USD")
    assert answer.status_code == 400
    assert "`quote`" in answer.json()["error"]


@pytest.mark.parametrize("name", PRACTICE)
def test_waiting_times(name: str) -> None:
    """A request waits between 0.2 and 0.6 s, the same each time, and not all alike."""
    service = PRACTICE[name]
    keys = ["Tokyo", "Oslo", "Rome", "Lima", "Cairo"]
    waits = [service.seconds(dict.fromkeys(service.parameters, key)) for key in keys]
    assert waits == [service.seconds(dict.fromkeys(service.parameters, key)) for key in keys]
    assert all(0.2 <= wait <= 0.6 for wait in waits)
    assert len(set(waits)) > 1


def test_they_are_recorded(server: Server, world: World) -> None:
    """A request to a service stands in the record with its parameters and its time."""
    world.pace = 0.5
    with world.recorder.record() as run:
        get(server, "weather", city="Oslo")
    (exchange,) = run.service_exchanges
    assert exchange.request == {"city": "Oslo"}
    assert exchange.seconds >= 0.5 * PRACTICE["weather"].seconds({"city": "Oslo"})


def test_a_chain(server: Server) -> None:
    """A name leads to a customer, the customer to orders, each order to its status."""
    customer = get(server, "customers", name="ada lovelace").json()["customer_id"]
    orders = get(server, "orders", customer_id=customer).json()["order_ids"]
    statuses = [get(server, "order_status", order_id=o).json() for o in orders]
    assert [s["status"] for s in statuses] == ["delivered", "on its way", "waiting for payment"]


def test_the_tables_of_the_chain_fit() -> None:
    """Every id that a service gives out is one that the next one knows."""
    ids = {value for _, value in table("customers").values()}
    assert ids == {name for name, _ in table("orders").values()}
    orders = {order for _, listed in table("orders").values() for order in listed}
    assert orders == {name for name, _ in table("order_status").values()}


def test_the_other_method(server: Server) -> None:
    """A GET where a POST belongs is refused with the method that is right; nothing happens."""
    answer = get(server, "bookings", seat="12A", passenger="Ada")
    assert answer.status_code == 405
    assert "POST, not to GET" in answer.json()["error"]
    assert "12A" in get(server, "seats").json()["free"]


def test_not_known_carries_its_status() -> None:
    """`NotKnown` is 404 unless it says otherwise."""
    assert NotKnown("x").status == 404
    assert NotKnown("x", status=400).status == 400
