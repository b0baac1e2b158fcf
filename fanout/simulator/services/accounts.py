"""A few bank accounts: what is in them, and moving money between two."""

from __future__ import annotations

import math
from typing import Any

from fanout.simulator.services.declined import Declined, NotKnown
from fanout.simulator.services.tables import look_up, table

CURRENCY = "EUR"


class Accounts:
    """The balances. No account goes below zero, so the order of transfers matters."""

    def __init__(self) -> None:
        self._balances: dict[str, float] = {}
        self.reset()

    def reset(self) -> None:
        """As it was at the start."""
        self._balances = dict(table("accounts").values())

    def balance(self, account: str | None = None) -> dict[str, Any]:
        """One balance, as `{"account", "balance", "currency"}`; without a name `{"balances"}`, all."""
        if account is None:
            return {"balances": dict(self._balances), "currency": CURRENCY}
        name = _known(account)
        return {"account": name, "balance": self._balances[name], "currency": CURRENCY}

    def transfer(self, from_account: str, to_account: str, amount: float) -> dict[str, Any]:
        """Move money, as `{"from_account", "to_account", "amount", "left"}`; 409 if it is not there.

        `left` is what remains in the account that it was taken from.
        """
        source, target, moved = _known(from_account), _known(to_account), _positive(amount)
        if source == target:
            raise NotKnown(f"A transfer from {source!r} to itself moves nothing.", status=400)
        if moved > self._balances[source]:
            raise Declined(
                f"Not enough money in {source!r}: it holds {self._balances[source]:g} {CURRENCY}, "
                f"and {moved:g} {CURRENCY} were asked for. Nothing was moved."
            )
        self._balances[source] = round(self._balances[source] - moved, 2)
        self._balances[target] = round(self._balances[target] + moved, 2)
        left = self._balances[source]
        return {"from_account": source, "to_account": target, "amount": moved, "left": left}


def _known(account: str) -> str:
    return look_up("accounts", account, "account")[0]


def _positive(amount: Any) -> float:
    number = isinstance(amount, int | float) and not isinstance(amount, bool)
    if not number or not math.isfinite(amount) or amount <= 0:
        raise NotKnown(f"`amount` is a number above zero, not {amount!r}.", status=400)
    rounded: float = round(amount, 2)
    return rounded
