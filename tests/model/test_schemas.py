"""Tools whose schemas pydantic made: references, optional fields, enums, dates, lists, objects."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from fanout.conversation import Conversation, Tool, Turn
from fanout.simulator.model import Decision, decide


class Unit(StrEnum):
    celsius = "celsius"
    fahrenheit = "fahrenheit"


class Weather(BaseModel):
    city: str = Field(description="City name")
    unit: Unit | None = None


class Priority(StrEnum):
    low = "low"
    high = "high"


class Ticket(BaseModel):
    title: str
    priority: Priority = Priority.low
    assignee: str | None = None


class Event(BaseModel):
    title: str
    start: date
    duration_minutes: int
    attendees: list[str] = []


class Docs(BaseModel):
    query: str
    max_results: int = Field(5, ge=1, le=50)
    language: Literal["en", "de", "fr"] = "en"


class Transfer(BaseModel):
    iban: str
    amount: float
    currency: Literal["EUR", "USD"] = "EUR"


class Mode(StrEnum):
    driving = "driving"
    cycling = "cycling"


class Trip(BaseModel):
    start: str
    end: str
    mode: Mode | None = None


class Patient(BaseModel):
    name: str
    age: int
    symptoms: list[str]


class Item(BaseModel):
    product: str
    quantity: int = 1


class Order(BaseModel):
    customer: str
    items: list[Item]


def ask(text: str, name: str, model: type[BaseModel], description: str) -> Decision:
    """What the model does with a text when this one tool is on offer."""
    tool = Tool(name=name, description=description, parameters=model.model_json_schema())
    return decide(Conversation(model="m", turns=(Turn(role="user", text=text),), tools=(tool,)))


CASES: list[tuple[type[BaseModel], str, str, str, list[dict[str, Any]]]] = [
    (
        Weather,
        "get_weather",
        "Current weather for a city.",
        "Weather in Oslo in fahrenheit and in Rome in celsius",
        [{"city": "Oslo", "unit": "fahrenheit"}, {"city": "Rome", "unit": "celsius"}],
    ),
    (
        Ticket,
        "create_ticket",
        "Create a support ticket.",
        "Create a high priority ticket 'Login fails' for Anna",
        [{"title": "Login fails", "priority": "high", "assignee": "Anna"}],
    ),
    (
        Event,
        "create_event",
        "Create a calendar event.",
        "Schedule 'Sprint review' on 2026-12-01 for 45 minutes with Ben and Cleo",
        [
            {
                "title": "Sprint review",
                "start": "2026-12-01",
                "duration_minutes": 45,
                "attendees": ["Ben", "Cleo"],
            }
        ],
    ),
    (
        Docs,
        "search_docs",
        "Search the documentation.",
        "Search the docs for 'retry policy' and for 'rate limits', 3 results each, in German",
        [
            {"query": "retry policy", "max_results": 3, "language": "de"},
            {"query": "rate limits", "max_results": 3, "language": "de"},
        ],
    ),
    (
        Transfer,
        "transfer_money",
        "Transfer money to an account.",
        "Transfer 120.50 euros to DE89370400440532013000 and 80 dollars to GB29NWBK60161331926819",
        [
            {"iban": "DE89370400440532013000", "amount": 120.5, "currency": "EUR"},
            {"iban": "GB29NWBK60161331926819", "amount": 80, "currency": "USD"},
        ],
    ),
    (
        Trip,
        "travel_time",
        "Travel time between two places.",
        "How long from Berlin to Potsdam by bike and from Berlin to Munich driving?",
        [
            {"start": "Berlin", "end": "Potsdam", "mode": "cycling"},
            {"start": "Berlin", "end": "Munich", "mode": "driving"},
        ],
    ),
    (
        Patient,
        "admit_patient",
        "Admit a patient to the hospital.",
        "Admit John Smith, 45, with fever and cough",
        [{"name": "John Smith", "age": 45, "symptoms": ["fever", "cough"]}],
    ),
]


@pytest.mark.parametrize(
    ("model", "name", "about", "text", "wanted"), CASES, ids=lambda v: str(v)[:40]
)
def test_a_schema_of_pydantic_is_filled(
    model: type[BaseModel], name: str, about: str, text: str, wanted: list[dict[str, Any]]
) -> None:
    """The calls have what the text says, and pydantic takes their arguments."""
    calls = ask(text, name, model, about).wanted
    assert [call.arguments for call in calls] == wanted
    for call in calls:
        model.model_validate(call.arguments)


def test_what_cannot_be_filled_is_asked_for() -> None:
    """A list of objects is beyond the model: it says what it needs, and calls nothing."""
    decision = ask("Order 2 keyboards for Tom", "place_order", Order, "Place an order.")
    assert decision.wanted == ()
    assert "place_order needs" in str(decision.text)
    assert "`items`" in str(decision.text)
