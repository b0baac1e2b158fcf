"""One small plane: which seats are free, and booking one."""

from __future__ import annotations

from typing import Any

from fanout.simulator.services.declined import Declined
from fanout.simulator.services.tables import look_up, plain, table


class Seats:
    """Who has which seat. A seat is booked once."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}
        self.reset()

    def reset(self) -> None:
        """As it was at the start."""
        self._taken = {seat: who for seat, who in table("seats").values() if who}

    def map(self) -> dict[str, Any]:
        """The seats, as `{"free": [seat, …], "taken": {seat: passenger, …}}`."""
        free = [seat for seat, _ in table("seats").values() if seat not in self._taken]
        return {"free": free, "taken": dict(sorted(self._taken.items()))}

    def book(self, seat: str, passenger: str) -> dict[str, Any]:
        """Give a seat to a passenger, as `{"seat", "passenger", "booked"}`; 409 if it is taken.

        The same passenger asking for it again is refused too: only an idempotency key tells a
        request that is repeated from a second wish.
        """
        known, _ = look_up("seats", seat, "seat")
        if known in self._taken:
            whose = self._taken[known]
            by = "the same passenger" if plain(whose) == plain(passenger) else whose
            raise Declined(f"Seat {known} is already booked, by {by}. Choose a free one.")
        self._taken[known] = str(passenger)
        return {"seat": known, "passenger": str(passenger), "booked": True}
