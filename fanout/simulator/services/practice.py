"""Weather, exchange rates and stock quotes, from the tables in `practice.toml`."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from fanout.simulator.services.service import NotKnown, Service


@cache
def _table(name: str) -> dict[str, Any]:
    """One table of the data file, under keys in plain lower case: (the name as written, its value)."""
    text = files(__package__).joinpath("practice.toml").read_text(encoding="utf-8")
    return {_plain(key): (key, value) for key, value in tomllib.loads(text)[name].items()}


def _plain(name: str) -> str:
    """`São Paulo ` as `sao paulo`: people type names in many ways."""
    decomposed = unicodedata.normalize("NFKD", name.strip().casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _look_up(table: str, name: str, thing: str) -> tuple[str, Any]:
    known = _table(table)
    if _plain(name) not in known:
        raise NotKnown(
            f"No {thing} for {name!r}. Known: {_some(key for key, _ in known.values())}."
        )
    found: tuple[str, Any] = known[_plain(name)]
    return found


def _some(names: Iterable[str], limit: int = 5) -> str:
    listed = list(names)
    more = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return ", ".join(listed[:limit]) + more


def weather(city: str) -> dict[str, Any]:
    """Temperature in degrees Celsius and sky of a city, as `{"city", "temperature_c", "condition"}`."""
    name, (temperature, condition) = _look_up("weather", city, "weather station")
    return {"city": name, "temperature_c": temperature, "condition": condition}


def rates(base: str, quote: str) -> dict[str, Any]:
    """How much of `quote` one unit of `base` buys, as `{"base", "quote", "rate"}`."""
    (base, sells), (quote, buys) = (_look_up("rates", c, "exchange rate") for c in (base, quote))
    return {"base": base, "quote": quote, "rate": round(buys / sells, 4)}


def quotes(symbol: str) -> dict[str, Any]:
    """The price of a share, as `{"symbol", "company", "price", "currency"}`."""
    name, (company, price) = _look_up("quotes", symbol, "stock quote")
    return {"symbol": name, "company": company, "price": price, "currency": "USD"}


def _service(name: str, parameters: tuple[str, ...], answer: Any) -> Service:
    shortest, longest = _table("latency")[name][1]
    return Service(parameters=parameters, latency=(shortest, longest), answer=answer)


PRACTICE = {
    "weather": _service("weather", ("city",), weather),
    "rates": _service("rates", ("base", "quote"), rates),
    "quotes": _service("quotes", ("symbol",), quotes),
}
"""The services every lesson may use, by name: `GET {SERVICES_URL}/weather?city=Tokyo`."""
