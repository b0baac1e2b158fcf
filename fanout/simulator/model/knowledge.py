"""What the offline model knows of the world: units, currencies, months, a few places and words.

Strategy: only tables, no logic. Everything here is common knowledge that a model brings along; no
tool and no prompt is named. Where a word is missing the model still works, it only guesses less.
"""

from __future__ import annotations

CURRENCIES = {
    "dollar": "USD", "dollars": "USD", "us dollar": "USD", "us dollars": "USD", "usd": "USD",
    "american dollars": "USD", "u.s. dollars": "USD", "euro": "EUR", "euros": "EUR",
    "yen": "JPY", "japanese yen": "JPY", "pound": "GBP", "pounds": "GBP",
    "british pounds": "GBP", "british pound": "GBP", "pounds sterling": "GBP", "sterling": "GBP",
    "swiss francs": "CHF", "swiss franc": "CHF", "francs": "CHF", "yuan": "CNY",
    "chinese yuan": "CNY", "renminbi": "CNY", "rupee": "INR", "rupees": "INR",
    "indian rupees": "INR", "won": "KRW", "korean won": "KRW", "peso": "MXN", "pesos": "MXN",
    "mexican pesos": "MXN", "real": "BRL", "reais": "BRL", "krona": "SEK", "swedish krona": "SEK",
    "krone": "NOK", "rand": "ZAR", "lira": "TRY", "zloty": "PLN", "ruble": "RUB", "rubles": "RUB",
    "canadian dollars": "CAD", "canadian dollar": "CAD", "australian dollars": "AUD",
    "australian dollar": "AUD", "baht": "THB", "bitcoin": "BTC",
}  # fmt: skip

CURRENCY_CODES = frozenset(
    "USD EUR JPY GBP CHF CNY INR KRW MXN BRL SEK NOK DKK ZAR TRY PLN RUB CAD AUD NZD SGD HKD THB "
    "CZK HUF ILS AED SAR IDR MYR PHP VND EGP NGN KES ARS CLP COP PEN TWD UAH RON BTC ETH".split()
)

# Words that need the word "currency" or another currency nearby before they mean money.
AMBIGUOUS_CURRENCIES = frozenset({"real", "won", "pound", "pounds", "rand", "sterling"})

SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}

TICKERS = {
    "apple": "AAPL", "microsoft": "MSFT", "google": "GOOGL", "alphabet": "GOOGL",
    "amazon": "AMZN", "tesla": "TSLA", "meta": "META", "facebook": "META", "netflix": "NFLX",
    "nvidia": "NVDA", "intel": "INTC", "amd": "AMD", "ibm": "IBM", "oracle": "ORCL",
    "disney": "DIS", "walmart": "WMT", "boeing": "BA", "pfizer": "PFE", "nike": "NKE",
}  # fmt: skip

MONTHS = {
    m: i // 3 + 1
    for i, m in enumerate(
        "january jan january february feb february march mar march april apr april may may may "
        "june jun june july jul july august aug august september sep sept october oct october "
        "november nov november december dec december".split()
    )
}

NUMBER_WORDS = {
    w: n
    for n, w in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100}
NUMBER_WORDS |= {"dozen": 12, "twice": 2}

SCALES = {"thousand": 10**3, "k": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}

# Spelling of a unit -> the word that schemas use for it.
UNITS = {
    "kg": "kilogram", "kgs": "kilogram", "kilo": "kilogram", "kilos": "kilogram", "g": "gram",
    "lb": "pound", "lbs": "pound", "oz": "ounce", "m": "meter", "metre": "meter",
    "metres": "meter", "km": "kilometer", "kms": "kilometer", "kilometres": "kilometer",
    "kilometre": "kilometer", "cm": "centimeter", "mm": "millimeter", "ft": "foot",
    "feet": "foot", "inches": "inch", "mi": "mile", "h": "hour", "hr": "hour", "hrs": "hour",
    "min": "minute", "mins": "minute", "s": "second", "sec": "second", "secs": "second",
    "yr": "year", "yrs": "year", "hz": "hertz", "khz": "kilohertz", "c": "celsius",
    "f": "fahrenheit", "k": "kelvin", "l": "liter", "litre": "liter", "litres": "liter",
    "ml": "milliliter", "n": "newton", "j": "joule", "w": "watt", "v": "volt", "amp": "ampere",
    "amps": "ampere", "a": "ampere", "t": "tesla", "mol": "mole", "sqft": "foot", "mph": "mph",
    "atm": "atm", "pa": "pascal", "gb": "gigabyte", "mb": "megabyte",
}  # fmt: skip

# What a unit measures: words that a parameter's name or description would use for it.
MEASURES = {
    "kilogram": "weight mass", "gram": "weight mass", "pound": "weight mass", "ounce": "weight",
    "meter": "distance length height radius", "kilometer": "distance length radius",
    "centimeter": "length height radius", "foot": "height length distance",
    "inch": "height length", "mile": "distance length radius", "hour": "time duration",
    "minute": "time duration", "second": "time duration", "day": "time duration period",
    "week": "duration period", "month": "duration period term", "year": "duration period term",
    "celsius": "temperature", "fahrenheit": "temperature", "kelvin": "temperature temp",
    "hertz": "frequency", "liter": "volume", "mole": "quantity amount", "newton": "force",
    "ampere": "current", "volt": "voltage", "tesla": "field", "percent": "rate percentage",
    "dollar": "amount price budget cost money investment income salary value payment revenue "
    "principal capital deposit payout dividend fee loan gain loss profit fund saving equity asset",
}  # fmt: skip
TIME_UNITS = frozenset("second minute hour day week month year night".split())

# Words of one meaning, written as one. Left: what people say. Right: what schemas say.
SAME = {
    "weigh": "weight", "tall": "height", "old": "age", "cost": "price", "pricing": "price",
    "stocks": "stock", "mail": "email", "e-mail": "email", "flights": "flight",
    "compute": "calculate", "retrieve": "get", "fetch": "get", "locate": "find", "look": "find",
    "search": "find", "reserve": "book", "movie": "film", "photo": "image", "picture": "image",
    "purchase": "buy", "people": "person", "guests": "person", "guest": "person",
    "children": "child", "kids": "child", "men": "man", "women": "woman", "automobile": "car",
    "ticker": "symbol", "diner": "person", "diners": "person", "average": "mean",
    "clients": "customer", "client": "customer", "amperes": "ampere", "percentage": "percent",
    "temp": "temperature", "sold": "sell", "bought": "buy", "sent": "send", "held": "hold",
    "lost": "loss", "lose": "loss", "history": "past", "historical": "past", "previous": "past",
    "last": "past", "next": "future", "coming": "future", "upcoming": "future",
    "bike": "cycle", "bicycle": "cycle", "project": "future", "projection": "future", "predict": "future", "prediction": "future",
}  # fmt: skip

# What people ask about -> the tool's word for it, where no tool has the word itself.
RELATED = {
    "temperature": "weather", "forecast": "weather", "hot": "weather", "cold": "weather",
    "warm": "weather", "warmer": "weather", "colder": "weather", "hotter": "weather", "snow": "weather",
    "live": "population", "inhabitant": "population", "heavy": "mass", "rain": "weather", "sunny": "weather", "umbrella": "weather",
    "exchange": "convert", "worth": "convert", "much": "price", "quote": "price",
    "share": "stock", "trade": "stock", "fly": "flight", "song": "music", "track": "music",
    "wrote": "author", "written": "author", "remind": "reminder", "wake": "alarm", "velocity": "speed", "throw": "roll",
    "message": "email", "write": "email", "doctor": "appointment", "dinner": "restaurant",
    "table": "restaurant", "trip": "route", "way": "route", "far": "distance", "say": "translate",
    "mean": "translate", "schedule": "event", "appointment": "event", "meeting": "event", "times": "multiply",
    "plus": "add", "sum": "add", "product": "multiply", "minus": "subtract", "package": "order", "parcel": "order", "deliver": "order",
}  # fmt: skip

COUNTRIES = frozenset(
    """usa us uk china india japan germany france italy spain portugal brazil canada mexico
    australia russia turkey egypt nigeria kenya argentina chile peru colombia sweden norway
    denmark finland poland austria switzerland belgium netherlands greece ireland scotland england
    wales iceland ukraine israel iran iraq pakistan bangladesh nepal malaysia thailand vietnam
    indonesia philippines singapore morocco ethiopia ghana cuba hungary romania croatia
    usa europe asia africa america""".split()
) | {"united states", "united kingdom", "new zealand", "south africa", "south korea", "north korea",
     "saudi arabia", "costa rica", "czech republic", "united arab emirates", "sri lanka"}  # fmt: skip

STATES = frozenset(
    """alabama alaska arizona arkansas california colorado connecticut delaware florida georgia
    hawaii idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts
    michigan minnesota mississippi missouri montana nebraska nevada ohio oklahoma oregon
    pennsylvania tennessee texas utah vermont virginia wisconsin wyoming ontario quebec
    bavaria""".split()
) | {"new jersey", "new mexico", "north carolina", "south carolina", "north dakota",
     "south dakota", "rhode island", "west virginia", "british columbia"}  # fmt: skip

CITIES = frozenset(
    """tokyo london paris berlin madrid rome milan vienna zurich geneva dublin lisbon oslo
    stockholm copenhagen helsinki warsaw prague budapest athens moscow istanbul cairo nairobi
    lagos mumbai delhi bangalore beijing shanghai shenzhen seoul osaka kyoto bangkok jakarta
    manila sydney melbourne brisbane auckland toronto vancouver montreal chicago boston seattle
    denver houston dallas austin miami atlanta phoenix philadelphia detroit portland washington
    orlando nashville baltimore sacramento oakland amsterdam brussels munich hamburg frankfurt
    barcelona lyon marseille naples venice florence edinburgh manchester dubai lima bogota
    santiago""".split()
) | {"new york", "new york city", "nyc", "los angeles", "san francisco", "san diego", "las vegas",
     "hong kong", "new delhi", "são paulo", "sao paulo", "rio de janeiro", "mexico city",
     "buenos aires", "cape town", "tel aviv", "kuala lumpur", "washington dc", "san jose",
     "new orleans", "salt lake city", "st. petersburg", "abu dhabi", "la", "sf"}  # fmt: skip

LANGUAGES = frozenset(
    """english french spanish german italian portuguese japanese chinese mandarin korean arabic
    russian hindi dutch swedish norwegian danish finnish polish turkish greek hebrew thai
    vietnamese indonesian latin czech ukrainian swahili bengali""".split()
)

LANGUAGE_CODES = {
    "english": "en", "french": "fr", "spanish": "es", "german": "de", "italian": "it",
    "portuguese": "pt", "japanese": "ja", "chinese": "zh", "korean": "ko", "arabic": "ar",
    "russian": "ru", "hindi": "hi", "dutch": "nl", "swedish": "sv", "polish": "pl", "turkish": "tr",
}  # fmt: skip

WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
