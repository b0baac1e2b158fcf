"""Services that only know: weather, rates, quotes, and the chain from a customer to an order."""

from __future__ import annotations

from typing import Any

from fanout.simulator.services.tables import look_up


def weather(city: str) -> dict[str, Any]:
    """Temperature in degrees Celsius and sky of a city, as `{"city", "temperature_c", "condition"}`."""
    name, (temperature, condition) = look_up("weather", city, "weather station")
    return {"city": name, "temperature_c": temperature, "condition": condition}


def rates(base: str, quote: str) -> dict[str, Any]:
    """How much of `quote` one unit of `base` buys, as `{"base", "quote", "rate"}`."""
    (base, sells), (quote, buys) = (look_up("rates", c, "exchange rate") for c in (base, quote))
    return {"base": base, "quote": quote, "rate": round(buys / sells, 4)}


def quotes(symbol: str) -> dict[str, Any]:
    """The price of a share, as `{"symbol", "company", "price", "currency"}`."""
    name, (company, price) = look_up("quotes", symbol, "stock quote")
    return {"symbol": name, "company": company, "price": price, "currency": "USD"}


def customers(name: str) -> dict[str, Any]:
    """The id of a customer, as `{"name", "customer_id"}`. Ids cannot be guessed from names."""
    known, customer_id = look_up("customers", name, "customer")
    return {"name": known, "customer_id": customer_id}


def orders(customer_id: str) -> dict[str, Any]:
    """The orders of a customer, oldest first, as `{"customer_id", "order_ids"}`."""
    known, order_ids = look_up("orders", customer_id, "order")
    return {"customer_id": known, "order_ids": list(order_ids)}


def order_status(order_id: str) -> dict[str, Any]:
    """Where an order is, as `{"order_id", "item", "status"}`."""
    known, (item, status) = look_up("order_status", order_id, "order status")
    return {"order_id": known, "item": item, "status": status}
