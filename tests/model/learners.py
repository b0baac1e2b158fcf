"""What learners type: small letters, exceptions, corrections, lists in several sentences. As data.

Written like `prompts.py`: tools by their signatures, the prompt, the calls in order.
"""

from __future__ import annotations

from tests.model.prompts import CONVERT, EMAIL, RATE, STOCK, WEATHER

POPULATION = "get_population(city) Number of inhabitants of a city"
TIME = "get_local_time(city) Local time in a city"
LIGHT = "switch_light(room, on: boolean) Switch the light in a room on or off"
ADD = "add(a: number, b: number) Add two numbers"
MULTIPLY = "multiply(a: number, b: number) Multiply two numbers"
READ = "read_file(path) Read a file"
DELETE = "delete_file(path) Delete a file"
FOOD = "get_nutrition(food, grams: number) Nutrition facts of a food"
POST = "post_message(channel, text) Post a message to a channel"
PLAIN_RATE = "get_exchange_rate(base, target) Exchange rate between two currencies"


def weather(*cities: str) -> list[str]:
    """A call for each city."""
    return [f"get_weather(city={city!r})" for city in cities]


# (tools, prompt, the calls in order)
PROMPTS: list[tuple[list[str], str, list[str]]] = [
    # --- small letters
    (
        [WEATHER],
        "what's the weather in tokyo, reykjavik and tromsø?",
        weather("Tokyo", "Reykjavik", "Tromsø"),
    ),
    ([WEATHER], "weather in ulm and poznan please", weather("Ulm", "Poznan")),
    ([WEATHER], "how is the weather in mexico city and lima", weather("Mexico City", "Lima")),
    (
        [POPULATION, WEATHER],
        "how many people live in new york and in porto alegre, and what's the weather there?",
        [
            "get_population(city='New York')",
            "get_population(city='Porto Alegre')",
            *weather("New York", "Porto Alegre"),
        ],
    ),
    ([WEATHER], "What is the weather in general?", []),
    (
        [PLAIN_RATE],
        "usd to eur and gbp to jpy please",
        [
            "get_exchange_rate(base='USD', target='EUR')",
            "get_exchange_rate(base='GBP', target='JPY')",
        ],
    ),
    # --- exceptions and corrections
    ([WEATHER], "Weather in Paris and Rome, but not London.", weather("Paris", "Rome")),
    (
        [WEATHER],
        "weather for all of Oslo, Bergen and Trondheim except Bergen",
        weather("Oslo", "Trondheim"),
    ),
    ([WEATHER], "Weather in Rome instead of Paris", weather("Rome")),
    ([WEATHER], "Do not check London. Check Paris and Madrid weather.", weather("Paris", "Madrid")),
    ([WEATHER], "Don't forget Oslo: the weather in Oslo and Rome!", weather("Oslo", "Rome")),
    ([WEATHER], "Weather in Paris, no wait, in Rome.", weather("Rome")),
    ([WEATHER], "Weather in Lima and Oslo, sorry, I mean Quito", weather("Lima", "Quito")),
    (
        [CONVERT],
        "Convert 50 euros to dollars, no, 60 euros to dollars",
        ["convert(amount=60, from_currency='EUR', to_currency='USD')"],
    ),
    # --- several sentences
    (
        [WEATHER, TIME],
        "First I'll be in Lisbon. After that I go to Madrid. Finally I visit Barcelona. Tell me the "
        "weather in each of these cities and the local time in Madrid.",
        [*weather("Lisbon", "Madrid", "Barcelona"), "get_local_time(city='Madrid')"],
    ),
    (
        [POPULATION, WEATHER],
        "I live in Utrecht. What's the weather there and how many people live there?",
        ["get_population(city='Utrecht')", *weather("Utrecht")],
    ),
    ([WEATHER], "Is it warmer in Cairo than in Athens?", weather("Cairo", "Athens")),
    (
        [EMAIL],
        "Send an email to ann@x.org with subject 'Lunch' saying see you at noon, and one to bob@x.org "
        "with subject 'Dinner' saying table is booked",
        [
            "send_email(to='ann@x.org', subject='Lunch', body='see you at noon')",
            "send_email(to='bob@x.org', subject='Dinner', body='table is booked')",
        ],
    ),
    # --- switches, files, amounts, tags
    (
        [LIGHT],
        "Turn on the light in each of these rooms: kitchen, bathroom, hall",
        [
            "switch_light(room='kitchen', on=True)",
            "switch_light(room='bathroom', on=True)",
            "switch_light(room='hall', on=True)",
        ],
    ),
    (
        [READ, DELETE],
        "Read notes.txt and data/report.csv, then delete old.log",
        [
            "read_file(path='notes.txt')",
            "read_file(path='data/report.csv')",
            "delete_file(path='old.log')",
        ],
    ),
    (
        [FOOD],
        "nutrition of 200 g of rice, 150 grams of chicken and 80g broccoli",
        [
            "get_nutrition(food='rice', grams=200)",
            "get_nutrition(food='chicken', grams=150)",
            "get_nutrition(food='broccoli', grams=80)",
        ],
    ),
    (
        [POST],
        "Post 'deploy done' to #ops and #dev",
        [
            "post_message(channel='#ops', text='deploy done')",
            "post_message(channel='#dev', text='deploy done')",
        ],
    ),
    (
        [ADD, MULTIPLY],
        "What is 3 plus 4, and 6 times 7?",
        ["add(a=3, b=4)", "multiply(a=6, b=7)"],
    ),
    (
        [MULTIPLY],
        "multiply 3 by 4, 5 by 6 and 7 by 8",
        ["multiply(a=3, b=4)", "multiply(a=5, b=6)", "multiply(a=7, b=8)"],
    ),
    (
        [STOCK, RATE],
        "price of NVDA vs AMD, and the EUR to CHF rate",
        [
            "fetch_stock_price(ticker='NVDA')",
            "fetch_stock_price(ticker='AMD')",
            "get_exchange_rate(from_currency='EUR', to_currency='CHF')",
        ],
    ),
]
