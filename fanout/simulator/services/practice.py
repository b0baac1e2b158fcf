"""The practice services by name, and the state that one far end of them has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from fanout.simulator.services import lookups
from fanout.simulator.services.accounts import Accounts
from fanout.simulator.services.memory import Memory
from fanout.simulator.services.seats import Seats
from fanout.simulator.services.service import Service
from fanout.simulator.services.tables import table


class State:
    """What the services of one far end change: seats, balances, and the keys they have seen."""

    def __init__(self) -> None:
        self.seats = Seats()
        self.accounts = Accounts()
        self.booked = Memory()
        self.transferred = Memory()

    def reset(self) -> dict[str, Any]:
        """Put everything back to the start, as `{"reset": True}`."""
        self.seats.reset()
        self.accounts.reset()
        self.booked.forget()
        self.transferred.forget()
        return {"reset": True}


def practice(state: State | None = None) -> Mapping[str, Service]:
    """The services every lesson may use, by name, over a state of their own.

    `GET {SERVICES_URL}/weather?city=Tokyo`, `POST {SERVICES_URL}/bookings` with a JSON object, and
    `POST {SERVICES_URL}/reset`, after which everything is as at the start.
    """
    mine = state or State()
    transfer = ("from_account", "to_account", "amount")
    return {
        **PRACTICE,
        "seats": _service("seats", (), mine.seats.map),
        "bookings": _post("bookings", ("seat", "passenger"), mine.seats.book, mine.booked),
        "accounts": _service("accounts", (), mine.accounts.balance, optional=("account",)),
        "transfers": _post("transfers", transfer, mine.accounts.transfer, mine.transferred),
        "reset": _post("reset", (), mine.reset, None),
    }


def _service(
    name: str,
    parameters: tuple[str, ...],
    answer: Callable[..., dict[str, Any]],
    optional: tuple[str, ...] = (),
    method: Literal["GET", "POST"] = "GET",
    memory: Memory | None = None,
) -> Service:
    shortest, longest = table("latency")[name][1]
    return Service(
        parameters=parameters,
        latency=(shortest, longest),
        answer=answer,
        optional=optional,
        method=method,
        memory=memory,
    )


def _post(
    name: str,
    parameters: tuple[str, ...],
    answer: Callable[..., dict[str, Any]],
    memory: Memory | None,
) -> Service:
    return _service(name, parameters, answer, method="POST", memory=memory)


PRACTICE = {
    "weather": _service("weather", ("city",), lookups.weather),
    "rates": _service("rates", ("base", "quote"), lookups.rates),
    "quotes": _service("quotes", ("symbol",), lookups.quotes),
    "customers": _service("customers", ("name",), lookups.customers),
    "orders": _service("orders", ("customer_id",), lookups.orders),
    "order_status": _service("order_status", ("order_id",), lookups.order_status),
}
"""The services that only know, the same for every far end."""
