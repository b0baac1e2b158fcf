"""Over several turns: what was called is not called again, results lead on, follow-ups go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from fanout.conversation import Conversation, ToolCall, ToolChoice, ToolResult, Turn
from fanout.simulator.model import Decision, Wanted, decide
from tests.model.prompts import RATE, WEATHER
from tests.model.signatures import tool

CUSTOMER = "get_customer(name) Find a customer by name"
ORDERS = "list_orders(customer_id) List the orders of a customer"
STATUS = "order_status(order_id) Status of one order"
SHOP = (CUSTOMER, ORDERS, STATUS)


def user(text: str) -> Turn:
    """What a person says."""
    return Turn(role="user", text=text)


def called(*wanted: Wanted) -> Turn:
    """An assistant turn with these calls; their ids are c0, c1 and so on."""
    calls = tuple(
        ToolCall(id=f"c{i}", name=w.name, arguments=json.dumps(w.arguments))
        for i, w in enumerate(wanted)
    )
    return Turn(role="assistant", calls=calls)


def answered(*contents: Any, is_error: bool = False) -> Turn:
    """The results for the calls of the turn before, in their order."""
    results = tuple(
        ToolResult(
            call_id=f"c{i}", content=c if isinstance(c, str) else json.dumps(c), is_error=is_error
        )
        for i, c in enumerate(contents)
    )
    return Turn(role="tool", results=results)


def ask(turns: Sequence[Turn], *tools: str, **settings: Any) -> Decision:
    """What the model decides after these turns."""
    offered = tuple(tool(t) for t in tools)
    return decide(Conversation(model="m", turns=tuple(turns), tools=offered, **settings))


def run(
    text: str, tools: Sequence[str], world: dict[str, Callable[..., Any]], parallel: bool = True
) -> tuple[list[list[str]], str]:
    """Play a request to its end as a program would; the calls of each turn, and the final text."""
    turns = [user(text)]
    rounds: list[list[str]] = []
    for n in range(12):
        decision = ask(turns, *tools, parallel=parallel)
        if decision.text is not None:
            return rounds, decision.text
        wanted = decision.wanted if parallel else decision.wanted[:1]
        rounds.append([f"{w.name}({', '.join(map(str, w.arguments.values()))})" for w in wanted])
        calls = called(*wanted).calls
        renamed = [ToolCall(id=f"{n}.{c.id}", name=c.name, arguments=c.arguments) for c in calls]
        turns.append(Turn(role="assistant", calls=tuple(renamed)))
        results = [
            ToolResult(call_id=c.id, content=json.dumps(world[w.name](**w.arguments)))
            for c, w in zip(renamed, wanted, strict=True)
        ]
        turns.append(Turn(role="tool", results=tuple(results)))
    raise AssertionError(f"no end after {rounds}")


WORLD: dict[str, Callable[..., Any]] = {
    "get_customer": lambda name: {"customer_id": f"C-{name[0]}", "name": name},
    "list_orders": lambda customer_id: {
        "orders": [{"id": f"{customer_id}-1", "total": 20.5}, {"id": f"{customer_id}-2"}]
    },
    "order_status": lambda order_id: {"order_id": order_id, "status": "shipped"},
    "get_weather": lambda city: {"city": city, "temperature_c": 24, "condition": "clear"},
    "get_exchange_rate": lambda from_currency, to_currency: {"rate": 149.5},
}


def test_a_chain_of_tools_comes_out_as_several_turns() -> None:
    """What needs a result waits for it, and each value of a result gets its own call."""
    rounds, text = run("What is the status of Ada Lovelace's orders?", SHOP, WORLD)
    assert rounds == [
        ["get_customer(Ada Lovelace)"],
        ["list_orders(C-A)"],
        ["order_status(C-A-1)", "order_status(C-A-2)"],
    ]
    assert "C-A-2: status shipped" in text


def test_a_chain_goes_no_further_than_asked() -> None:
    """A result that could fill another tool does not make the model call it."""
    rounds, _ = run("List the orders of Ada Lovelace.", SHOP, WORLD)
    assert rounds == [["get_customer(Ada Lovelace)"], ["list_orders(C-A)"]]


def test_a_chain_for_two_people_fans_out_at_each_step() -> None:
    """Both customers, both lists, all orders: the same order of tools as for one."""
    text = "What is the status of the orders of Ada Lovelace and Grace Hopper?"
    rounds, _ = run(text, SHOP, WORLD)
    assert [len(r) for r in rounds] == [2, 2, 4]
    one_by_one, _ = run(text, SHOP, WORLD, parallel=False)
    assert [r[0].split("(")[0] for r in one_by_one] == [
        *["get_customer"] * 2, *["list_orders"] * 2, *["order_status"] * 4
    ]  # fmt: skip


def test_without_parallel_calls_all_of_them_still_come() -> None:
    """One call a turn, in the same order, until all are done."""
    text = "What's the weather in Oslo, Rome and Cairo, and the exchange rate from USD to JPY?"
    rounds, _ = run(text, (WEATHER, RATE), WORLD, parallel=False)
    assert rounds == [
        ["get_weather(Oslo)"],
        ["get_weather(Rome)"],
        ["get_weather(Cairo)"],
        ["get_exchange_rate(USD, JPY)"],
    ]


def test_a_call_in_the_conversation_is_not_made_again() -> None:
    """Only what is left is wanted, whatever the spelling and the order of the arguments."""
    turns = [
        user("The exchange rates from USD to JPY and from USD to EUR?"),
        called(
            Wanted(
                name="get_exchange_rate",
                arguments={"to_currency": "jpy", "from_currency": "USD"},
            )
        ),
        answered({"rate": 149.5}),
    ]
    wanted = ask(turns, RATE).wanted
    assert [w.arguments["to_currency"] for w in wanted] == ["EUR"]


def test_a_combination_named_twice_is_called_once() -> None:
    """The same tool with the same arguments comes once in a turn."""
    wanted = ask([user("Weather in Rome, Oslo and Rome, please")], WEATHER).wanted
    assert [w.arguments["city"] for w in wanted] == ["Rome", "Oslo"]


def test_the_answer_is_composed_from_the_results() -> None:
    """Arguments first, then what the results add, a sentence each, in the order of the calls."""
    _, text = run("Weather in Oslo and the rate from USD to JPY?", (WEATHER, RATE), WORLD)
    assert text == "Oslo: temperature 24 °C, clear. USD, JPY: rate 149.5."


def test_a_large_result_is_told_by_its_first_items() -> None:
    """A list of forty is not read out; the text says how many more there are."""
    turns = [
        user("List the orders of customer C7"),
        called(Wanted(name="list_orders", arguments={"customer_id": "C7"})),
        answered({"orders": list(range(40))}),
    ]
    assert ask(turns, ORDERS).text == "C7: orders 0, 1, 2, 3, 4, and 35 more."


def test_an_error_is_told_and_not_tried_again() -> None:
    """The other results are told as well; the failed call is not repeated."""
    turns = [
        user("Weather in Atlantis and Oslo?"),
        called(
            Wanted(name="get_weather", arguments={"city": "Atlantis"}),
            Wanted(name="get_weather", arguments={"city": "Oslo"}),
        ),
        answered({"error": "city not found"}, {"temperature_c": 3}),
    ]
    text = ask(turns, WEATHER).text
    assert text == "Atlantis: error, city not found. Oslo: temperature 3 °C."


def test_an_error_flag_or_word_marks_an_error() -> None:
    """Plain text results are errors by their flag or by beginning with the word."""
    turns = [
        user("Weather in Oslo?"),
        called(Wanted(name="get_weather", arguments={"city": "Oslo"})),
    ]
    assert ask([*turns, answered("timed out", is_error=True)], WEATHER).text == (
        "Oslo: error, timed out."
    )
    assert ask([*turns, answered("Error: no route")], WEATHER).text == "Oslo: error, no route."


def test_a_step_that_fails_ends_the_chain() -> None:
    """Without the customer there are no orders to ask for; the text says what is missing."""
    world = {**WORLD, "get_customer": lambda name: {"error": f"no customer {name}"}}
    rounds, text = run("What is the status of Ada Lovelace's orders?", SHOP, world)
    assert rounds == [["get_customer(Ada Lovelace)"]]
    assert text.startswith("Ada Lovelace: error, no customer Ada Lovelace.")


def test_values_of_one_object_stay_together() -> None:
    """A latitude goes with its own longitude, not with each one there is."""
    tools = (
        "geocode(place) Latitude and longitude of a place",
        "sunrise(latitude: number, longitude: number) Time of sunrise",
    )
    spots = {"Oslo": (59.9, 10.7), "Rome": (41.9, 12.5)}
    world: dict[str, Callable[..., Any]] = {
        "geocode": lambda place: dict(zip(("lat", "lon"), spots[place], strict=True)),
        "sunrise": lambda latitude, longitude: {"sunrise": "06:00"},
    }
    rounds, _ = run("When is sunrise in Oslo and Rome?", tools, world)
    assert rounds == [
        ["geocode(Oslo)", "geocode(Rome)"],
        ["sunrise(59.9, 10.7)", "sunrise(41.9, 12.5)"],
    ]


def test_a_follow_up_reuses_the_tool() -> None:
    """Texts like "and in Paris?" and "no, I meant Kyoto" make the last call again with the new value."""
    before = [
        user("What's the weather in Tokyo?"),
        called(Wanted(name="get_weather", arguments={"city": "Tokyo"})),
        answered({"temperature_c": 24}),
        Turn(role="assistant", text="Tokyo: 24 °C."),
    ]
    for text, city in (("And in Paris?", "Paris"), ("No, I meant Kyoto.", "Kyoto")):
        wanted = ask([*before, user(text)], WEATHER, RATE).wanted
        assert wanted == (Wanted(name="get_weather", arguments={"city": city}),)
    assert not ask([*before, user("Thanks!")], WEATHER, RATE).wanted


def test_a_number_that_an_earlier_call_gives_is_waited_for() -> None:
    """ "The result" is what the call before gave, in the place where the text has it."""
    tools = ("add(a: number, b: number) Add numbers", "divide(a: number, b: number) Divide a by b")
    world = {"add": lambda a, b: {"result": a + b}, "divide": lambda a, b: {"result": a / b}}
    rounds, text = run("Add 3 and 5, then divide the result by 4", tools, world)
    assert rounds == [["add(3, 5)"], ["divide(8, 4)"]]
    assert "2" in text


def test_coordinates_are_looked_up_where_a_tool_wants_latitude_and_longitude() -> None:
    """A tool that gives the whole is asked for its parts, and a pair stays together."""
    tools = (
        "geocode(place) Coordinates of a place",
        "get_weather_at(latitude: number, longitude: number) Weather at coordinates",
    )
    world = {
        "geocode": lambda place: {"latitude": len(place), "longitude": -len(place)},
        "get_weather_at": lambda latitude, longitude: {"temp_c": latitude},
    }
    rounds, _ = run("What's the weather in Ghent and Bruges?", tools, world)
    assert rounds == [
        ["geocode(Ghent)", "geocode(Bruges)"],
        ["get_weather_at(5, -5)", "get_weather_at(6, -6)"],
    ]


def test_a_missing_value_is_asked_for_and_then_used() -> None:
    """The question names the tool and the parameter; the reply to it is enough."""
    first = ask([user("What's the weather?")], WEATHER)
    assert first.text == "For which city? (get_weather needs `city`.)"
    turns = [user("What's the weather?"), Turn(role="assistant", text=first.text), user("Oslo")]
    assert ask(turns, WEATHER).wanted == (Wanted(name="get_weather", arguments={"city": "Oslo"}),)


def test_a_text_behind_results_goes_on_with_the_same_request() -> None:
    """Some programs add a user text to the results; nothing is called a second time for it."""
    turns = [
        user("What's the weather in Oslo?"),
        called(Wanted(name="get_weather", arguments={"city": "Oslo"})),
        answered({"temperature_c": 3}),
        user("Please continue."),
    ]
    assert ask(turns, WEATHER).text == "Oslo: temperature 3 °C."


def test_tool_choice_none_gives_no_call() -> None:
    """With `none` the model talks, though the text asks for a tool."""
    choice = ToolChoice(mode="none")
    assert not ask([user("Weather in Oslo?")], WEATHER, choice=choice).wanted


def test_tool_choice_limits_the_tools() -> None:
    """A forced function gives its own calls only, as asked for; the others come later."""
    text = "What's the weather in Oslo and Rome, and the rate from USD to JPY?"
    choice = ToolChoice(mode="required", names=("get_exchange_rate",), forced=True)
    wanted = ask([user(text)], WEATHER, RATE, choice=choice).wanted
    assert [w.name for w in wanted] == ["get_exchange_rate"]


def test_tool_choice_required_fills_by_shape_where_the_text_is_silent() -> None:
    """A call has to come, also for "hello": its required arguments have the right types."""
    choice = ToolChoice(mode="required")
    sized = "order_shirt(size: small|large, count: integer, gift: boolean) Order a shirt"
    (want,) = ask([user("Hello there")], sized, choice=choice).wanted
    assert want.arguments == {"size": "small", "count": 1, "gift": False}


def test_broken_arguments_are_tried_again_but_not_for_ever() -> None:
    """After two turns with unreadable JSON the model gives the tool up."""
    broken = Turn(
        role="assistant", calls=(ToolCall(id="c0", name="get_weather", arguments='{"city": "O'),)
    )
    turns = [user("Weather in Oslo?"), broken, answered("Error: arguments are no JSON")]
    assert ask(turns, WEATHER).wanted
    assert not ask([*turns, broken, answered("Error: arguments are no JSON")], WEATHER).wanted


def test_small_talk_is_answered_honestly() -> None:
    """The model says what it is, names the tools it looked at, and obeys a tiny wish."""
    shrug = ask([user("Tell me a joke")], WEATHER, RATE).text
    assert shrug is not None
    assert "offline model" in shrug
    assert "get_weather or get_exchange_rate" in shrug
    assert ask([user("Reply with the word ready.")]).text == "ready"
    assert "offline model" in (ask([user("What is 2+2?")]).text or "")
