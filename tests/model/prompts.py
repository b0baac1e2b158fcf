"""Prompts with the calls that they ask for, written by hand in plain words, as data.

A tool is written as its signature, `name(param: type = default)`, a `?` behind an optional one, then
what it does. A call is written as in Python. The order of the calls is the order of the text.
"""

from __future__ import annotations

WEATHER = "get_weather(city) Get the current weather in a city"
RATE = "get_exchange_rate(from_currency, to_currency) Get the exchange rate between two currencies"
STOCK = "fetch_stock_price(ticker) Fetch the latest price of a stock"
CONVERT = "convert(amount: number, from_currency, to_currency) Convert an amount of money"
EMAIL = "send_email(to, subject, body) Send an email"
TIMER = "set_timer(minutes: integer, label) Start a kitchen timer"
TIMER_ONLY = "set_timer(minutes: integer) Start a kitchen timer"
TABLE = "book_table(restaurant, people: integer, time) Book a table in a restaurant"
FLIGHTS = "search_flights(origin, destination, date) Search for flights on a date"
DICE = "roll_dice(sides: integer, count: integer) Roll some dice"
TRANSLATE = "translate(text, target_language) Translate a text"
LIGHT = "set_light(room, brightness: integer) Set the brightness of the light in a room, in percent"
RECIPE = "find_recipe(dish, servings: integer?) Find a recipe for a dish"
DISTANCE = "driving_distance(start, end) Driving distance between two places"
BOOKS = "search_books(author, language?: English|French|German) Find books of an author"
ROUTE = "plan_route(start, end, mode: walk|bike|car|train) Plan a route between two places"
SQUARE = "square_root(number: number) Calculate the square root of a number"
RECTANGLE = "rectangle_area(width: number, height: number) Area of a rectangle"
PLAYLIST = "add_song(title, artist) Add a song to the playlist"
SENSOR = "read_sensor(sensor_id) Read the value of a sensor"
MEAN = "mean(numbers: number[]) The mean of a list of numbers"
TAGS = "tag_photo(photo_id, tags: string[]) Put tags on a photo"
HOTEL = "search_hotels(city, check_in, check_out, guests: integer) Search hotels in a city"
LOAN = (
    "monthly_payment(principal: number, rate_percent: number, years: integer) "
    "Monthly payment of a loan"
)
POPULATION = "get_population(country, year: integer) Population of a country in a year"
TIME = "get_time(city) Current local time in a city"
ALARM = "set_alarm(time, label?) Set an alarm"
STATUS = "ticket_status(ticket_id) Status of a support ticket"
GCD = "greatest_common_divisor(a: integer, b: integer) Greatest common divisor of two integers"
CALORIES = "log_food(food, calories: integer) Log a food with its calories"
SPEED = "average_speed(distance_km: number, hours: number) Average speed of a trip"
DELIVERY = "order_pizza(size: small|medium|large, topping, quantity: integer = 1) Order a pizza"
TEMPERATURE = "set_thermostat(room, celsius: number) Set the temperature of a room"
TEAM = "team_wins(team, season: integer) Number of wins of a team in a season"
COLOR = "mix_color(color) How to mix a color from primary colors"
UNITS = "convert_units(value: number, from_unit, to_unit) Convert a value from one unit to another"

# (tools, prompt, the calls in order)
PROMPTS: list[tuple[list[str], str, list[str]]] = [
    ([WEATHER], "What's the weather in Oslo?", ["get_weather(city='Oslo')"]),
    (
        [WEATHER, RATE],
        "What's the weather in Tokyo and London, and what's the USD to JPY rate?",
        [
            "get_weather(city='Tokyo')",
            "get_weather(city='London')",
            "get_exchange_rate(from_currency='USD', to_currency='JPY')",
        ],
    ),
    (
        ["fetch_weather(city)", "fetch_stock_price(ticker)"],
        "What's the weather in Tokyo and what's the AAPL stock price?",
        ["fetch_weather(city='Tokyo')", "fetch_stock_price(ticker='AAPL')"],
    ),
    (
        [WEATHER],
        "Weather in Tokyo, London, Paris, New York, São Paulo and Cape Town?",
        [
            "get_weather(city='Tokyo')",
            "get_weather(city='London')",
            "get_weather(city='Paris')",
            "get_weather(city='New York')",
            "get_weather(city='São Paulo')",
            "get_weather(city='Cape Town')",
        ],
    ),
    (
        [CONVERT],
        "Convert 100 EUR to USD, GBP and JPY",
        [
            "convert(amount=100, from_currency='EUR', to_currency='USD')",
            "convert(amount=100, from_currency='EUR', to_currency='GBP')",
            "convert(amount=100, from_currency='EUR', to_currency='JPY')",
        ],
    ),
    (
        [CONVERT],
        "How much is 250 dollars in euros, and how much is 40 pounds in yen?",
        [
            "convert(amount=250, from_currency='USD', to_currency='EUR')",
            "convert(amount=40, from_currency='GBP', to_currency='JPY')",
        ],
    ),
    (
        [STOCK],
        "Please look up the stock prices of Apple, Microsoft, Nvidia, IBM, TSLA and Netflix.",
        [
            "fetch_stock_price(ticker='AAPL')",
            "fetch_stock_price(ticker='MSFT')",
            "fetch_stock_price(ticker='NVDA')",
            "fetch_stock_price(ticker='IBM')",
            "fetch_stock_price(ticker='TSLA')",
            "fetch_stock_price(ticker='NFLX')",
        ],
    ),
    (
        [EMAIL],
        'Send an email to ada@example.com with subject "Lunch" and body "See you at noon"',
        ["send_email(to='ada@example.com', subject='Lunch', body='See you at noon')"],
    ),
    (
        [EMAIL],
        'Email bob@example.org and eve@example.org with the subject "Moved", saying the meeting '
        "starts at three",
        [
            "send_email(to='bob@example.org', subject='Moved', body='the meeting starts at three')",
            "send_email(to='eve@example.org', subject='Moved', body='the meeting starts at three')",
        ],
    ),
    (
        [TIMER],
        'Set a timer for 10 minutes labelled "pasta" and one for 3 minutes labelled "eggs".',
        ["set_timer(minutes=10, label='pasta')", "set_timer(minutes=3, label='eggs')"],
    ),
    (
        [TABLE],
        "Book a table at Mirabelle for 4 people at 7pm and at Sushi Bar for 2 people at 8:30 pm",
        [
            "book_table(restaurant='Mirabelle', people=4, time='7pm')",
            "book_table(restaurant='Sushi Bar', people=2, time='8:30 pm')",
        ],
    ),
    (
        [FLIGHTS],
        "Find flights from Berlin to Rome on 2025-06-01 and from Rome to Madrid on 2025-06-05",
        [
            "search_flights(origin='Berlin', destination='Rome', date='2025-06-01')",
            "search_flights(origin='Rome', destination='Madrid', date='2025-06-05')",
        ],
    ),
    (
        [FLIGHTS],
        "Search flights from Zurich to Lisbon, Porto, Seville, Malaga, Naples and Athens on "
        "May 3, 2025.",
        [
            "search_flights(origin='Zurich', destination='Lisbon', date='2025-05-03')",
            "search_flights(origin='Zurich', destination='Porto', date='2025-05-03')",
            "search_flights(origin='Zurich', destination='Seville', date='2025-05-03')",
            "search_flights(origin='Zurich', destination='Malaga', date='2025-05-03')",
            "search_flights(origin='Zurich', destination='Naples', date='2025-05-03')",
            "search_flights(origin='Zurich', destination='Athens', date='2025-05-03')",
        ],
    ),
    (
        [DICE],
        "Roll 3 dice with 6 sides and 2 dice with 20 sides",
        ["roll_dice(sides=6, count=3)", "roll_dice(sides=20, count=2)"],
    ),
    (
        [TRANSLATE],
        "Translate 'good morning' into French, German, Italian, Japanese, Korean, Polish and "
        "Swedish",
        [
            "translate(text='good morning', target_language='French')",
            "translate(text='good morning', target_language='German')",
            "translate(text='good morning', target_language='Italian')",
            "translate(text='good morning', target_language='Japanese')",
            "translate(text='good morning', target_language='Korean')",
            "translate(text='good morning', target_language='Polish')",
            "translate(text='good morning', target_language='Swedish')",
        ],
    ),
    (
        [TRANSLATE],
        "Translate good evening to Spanish",
        ["translate(text='good evening', target_language='Spanish')"],
    ),
    (
        [LIGHT],
        "Set the light in the kitchen to 80% and in the bedroom to 20%.",
        ["set_light(room='kitchen', brightness=80)", "set_light(room='bedroom', brightness=20)"],
    ),
    (
        [RECIPE, WEATHER],
        "Find a recipe for lentil soup and tell me the weather in Graz.",
        ["find_recipe(dish='lentil soup')", "get_weather(city='Graz')"],
    ),
    (
        [DISTANCE],
        "What is the driving distance between Lyon and Nice, and from Nice to Genoa?",
        [
            "driving_distance(start='Lyon', end='Nice')",
            "driving_distance(start='Nice', end='Genoa')",
        ],
    ),
    (
        [BOOKS],
        "Search for books by Toni Morrison in English and by Annie Ernaux in French.",
        [
            "search_books(author='Toni Morrison', language='English')",
            "search_books(author='Annie Ernaux', language='French')",
        ],
    ),
    (
        [ROUTE],
        "Plan a route from Aarhus to Odense by bike and another from Odense to Copenhagen by train",
        [
            "plan_route(start='Aarhus', end='Odense', mode='bike')",
            "plan_route(start='Odense', end='Copenhagen', mode='train')",
        ],
    ),
    (
        [SQUARE],
        "Calculate the square roots of 2, 3, 5, 7, 11 and 13.",
        [f"square_root(number={n})" for n in (2, 3, 5, 7, 11, 13)],
    ),
    (
        [RECTANGLE],
        "What is the area of a rectangle with width 4 and height 2.5, and of one with width 10 and "
        "height 3?",
        ["rectangle_area(width=4, height=2.5)", "rectangle_area(width=10, height=3)"],
    ),
    (
        [PLAYLIST],
        'Add "Hallelujah" by Leonard Cohen and "Respect" by Aretha Franklin to my playlist.',
        [
            "add_song(title='Hallelujah', artist='Leonard Cohen')",
            "add_song(title='Respect', artist='Aretha Franklin')",
        ],
    ),
    (
        [SENSOR],
        "Read the sensors A1, A2, B1, B2, C1 and C2 please",
        [f"read_sensor(sensor_id='{s}')" for s in ("A1", "A2", "B1", "B2", "C1", "C2")],
    ),
    (
        [MEAN],
        "What is the mean of [2, 4, 6] and of [1, 1, 2, 3]?",
        ["mean(numbers=[2, 4, 6])", "mean(numbers=[1, 1, 2, 3])"],
    ),
    (
        [TAGS],
        "Tag photo P77 with 'beach', 'sunset' and 'family'.",
        ["tag_photo(photo_id='P77', tags=['beach', 'sunset', 'family'])"],
    ),
    (
        [HOTEL],
        "Search hotels in Vienna and Prague from 2025-09-01 to 2025-09-04 for 2 guests.",
        [
            "search_hotels(city='Vienna', check_in='2025-09-01', check_out='2025-09-04', guests=2)",
            "search_hotels(city='Prague', check_in='2025-09-01', check_out='2025-09-04', guests=2)",
        ],
    ),
    (
        [LOAN],
        "What is the monthly payment for a loan of $200,000 at 4% over 15, 20 and 30 years?",
        [
            "monthly_payment(principal=200000, rate_percent=4, years=15)",
            "monthly_payment(principal=200000, rate_percent=4, years=20)",
            "monthly_payment(principal=200000, rate_percent=4, years=30)",
        ],
    ),
    (
        [POPULATION],
        "What was the population of Norway, Sweden and Finland in 1990 and 2020?",
        [
            f"get_population(country='{c}', year={y})"
            for c in ("Norway", "Sweden", "Finland")
            for y in (1990, 2020)
        ],
    ),
    (
        [WEATHER, TIME],
        "Give me the weather and the local time in Lima, Quito and Bogota.",
        [
            "get_weather(city='Lima')",
            "get_weather(city='Quito')",
            "get_weather(city='Bogota')",
            "get_time(city='Lima')",
            "get_time(city='Quito')",
            "get_time(city='Bogota')",
        ],
    ),
    ([ALARM], "Set an alarm for 6:45 am", ["set_alarm(time='6:45 am')"]),
    (
        [STATUS],
        "What's the status of tickets 4711, 4712 and 4890?",
        [f"ticket_status(ticket_id='{n}')" for n in (4711, 4712, 4890)],
    ),
    (
        [GCD],
        "Find the greatest common divisor of 12 and 18, and of 100 and 75.",
        ["greatest_common_divisor(a=12, b=18)", "greatest_common_divisor(a=100, b=75)"],
    ),
    (
        [CALORIES],
        "Log an apple with 95 calories, a bagel with 250 calories and a coffee with 5 calories.",
        [
            "log_food(food='apple', calories=95)",
            "log_food(food='bagel', calories=250)",
            "log_food(food='coffee', calories=5)",
        ],
    ),
    (
        [SPEED],
        "What was my average speed if I rode 120 km in 5 hours and then 90 km in 3 hours?",
        ["average_speed(distance_km=120, hours=5)", "average_speed(distance_km=90, hours=3)"],
    ),
    (
        [DELIVERY],
        "Order a large pizza with mushrooms and a small pizza with olives.",
        [
            "order_pizza(size='large', topping='mushrooms')",
            "order_pizza(size='small', topping='olives')",
        ],
    ),
    (
        [TEMPERATURE, LIGHT],
        "Set the thermostat in the office to 21.5 degrees and the light in the hall to 30%.",
        ["set_thermostat(room='office', celsius=21.5)", "set_light(room='hall', brightness=30)"],
    ),
    (
        [TEAM],
        "How many wins did Arsenal and Chelsea have in the seasons 2004 and 2017, respectively?",
        ["team_wins(team='Arsenal', season=2004)", "team_wins(team='Chelsea', season=2017)"],
    ),
    (
        [COLOR],
        "How do I mix the colors teal, olive, maroon, navy, beige and coral?",
        [f"mix_color(color='{c}')" for c in ("teal", "olive", "maroon", "navy", "beige", "coral")],
    ),
    (
        [UNITS],
        "Convert 5 miles to kilometers and 70 kilograms to pounds.",
        [
            "convert_units(value=5, from_unit='miles', to_unit='kilometers')",
            "convert_units(value=70, from_unit='kilograms', to_unit='pounds')",
        ],
    ),
    (
        [WEATHER, RATE, STOCK],
        "I need the weather in Madrid, Oslo and Cairo, the exchange rate from EUR to NOK and from "
        "EUR to EGP, and the stock price of Tesla.",
        [
            "get_weather(city='Madrid')",
            "get_weather(city='Oslo')",
            "get_weather(city='Cairo')",
            "get_exchange_rate(from_currency='EUR', to_currency='NOK')",
            "get_exchange_rate(from_currency='EUR', to_currency='EGP')",
            "fetch_stock_price(ticker='TSLA')",
        ],
    ),
    (
        [WEATHER],
        "weather berlin, munich, hamburg",
        [
            "get_weather(city='Berlin')",
            "get_weather(city='Munich')",
            "get_weather(city='Hamburg')",
        ],
    ),
    (
        [WEATHER],
        "How hot is it in Dubai right now? And in Riyadh?",
        [
            "get_weather(city='Dubai')",
            "get_weather(city='Riyadh')",
        ],
    ),
    (
        ["add_reminder(what, when) Add a reminder", TIMER_ONLY],
        "Remind me to call mum tomorrow at 5pm and to pay the rent on Friday. Also set timers of 5, "
        "10 and 15 minutes.",
        [
            "add_reminder(what='call mum', when='tomorrow at 5pm')",
            "add_reminder(what='pay the rent', when='Friday')",
            "set_timer(minutes=5)",
            "set_timer(minutes=10)",
            "set_timer(minutes=15)",
        ],
    ),
    (
        ["book_seat(flight, seat) Book a seat on a flight"],
        "Book seats 12A, 12B and 14C on flight LH123",
        [
            "book_seat(flight='LH123', seat='12A')",
            "book_seat(flight='LH123', seat='12B')",
            "book_seat(flight='LH123', seat='14C')",
        ],
    ),
    (
        [RATE],
        "Rates please: USD->EUR, GBP->CHF and JPY/USD",
        [
            "get_exchange_rate(from_currency='USD', to_currency='EUR')",
            "get_exchange_rate(from_currency='GBP', to_currency='CHF')",
            "get_exchange_rate(from_currency='JPY', to_currency='USD')",
        ],
    ),
    (
        ["get_stock_price(symbol)"],
        "Compare AAPL, MSFT and GOOGL",
        [f"get_stock_price(symbol='{s}')" for s in ("AAPL", "MSFT", "GOOGL")],
    ),
    (
        ["fetch_url(url) Fetch a web page"],
        "Fetch https://example.com/a and https://example.com/b.",
        [
            "fetch_url(url='https://example.com/a')",
            "fetch_url(url='https://example.com/b')",
        ],
    ),
    (
        ["add_todo(task) Add a task to the to-do list"],
        "Add milk, eggs and bread to my to-do list",
        [
            "add_todo(task='milk')",
            "add_todo(task='eggs')",
            "add_todo(task='bread')",
        ],
    ),
    (
        ["web_search(query) Search the web"],
        "Search the web for best pizza in Rome and for cheap hotels in Milan",
        [
            "web_search(query='best pizza in Rome')",
            "web_search(query='cheap hotels in Milan')",
        ],
    ),
    (
        ["tip(bill: number, percent: number) Calculate the tip for a bill"],
        "Calculate the tip for a $45 bill at 18% and a $120 bill at 20%",
        [
            "tip(bill=45, percent=18)",
            "tip(bill=120, percent=20)",
        ],
    ),
    (
        ["switch_light(room, on: boolean) Switch the light in a room on or off"],
        "Turn off the lights in the kitchen, the bathroom and the garage",
        [
            "switch_light(room='kitchen', on=False)",
            "switch_light(room='bathroom', on=False)",
            "switch_light(room='garage', on=False)",
        ],
    ),
    (
        [
            "order_status(order_id: integer) Status of an order",
            "get_customer(customer_id: integer) Look up a customer",
        ],
        "What's the status of order 1001, order 1002, and who is customer 55?",
        [
            "order_status(order_id=1001)",
            "order_status(order_id=1002)",
            "get_customer(customer_id=55)",
        ],
    ),
    (
        [TEAM],
        "How many wins did Arsenal and Chelsea have in 2004 and 2017, respectively, and Everton in "
        "1987?",
        [
            "team_wins(team='Arsenal', season=2004)",
            "team_wins(team='Chelsea', season=2017)",
            "team_wins(team='Everton', season=1987)",
        ],
    ),
]
