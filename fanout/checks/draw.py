"""Random but repeatable material for scenarios: the same seed draws the same things."""

from __future__ import annotations

import itertools
import json
import random
import string
from collections.abc import Sequence
from typing import Any, TypeVar

from fanout.conversation import Reply, ToolCall

T = TypeVar("T")

_ALPHANUMERIC = string.ascii_letters + string.digits
_CITIES = (
    "Accra Bergen Cusco Dakar Essen Fukuoka Galway Haifa Izmir Jaipur Kyoto Leeds Malmo Nantes Oaxaca "
    "Porto Quito Recife Seville Tampere Utrecht Varna Windhoek Xiamen Yerevan Zagreb"
).split()
_TOOLS = (
    "get_weather get_tide get_air_quality get_pollen get_sunrise get_traffic get_population get_events"
).split()


class Draw:
    """Draws values from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def number(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return self._random.randint(low, high)

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different items, in random order."""
        return self._random.sample(items, count)

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """All items in random order."""
        return self.some(items, len(items))

    def cities(self, count: int) -> list[str]:
        """`count` different cities."""
        return self.some(_CITIES, count)

    def tool_names(self, count: int) -> list[str]:
        """`count` different names of tools that take a `city`."""
        return self.some(_TOOLS, count)

    def text(self, length: int) -> str:
        """`length` random letters and digits."""
        return "".join(self._random.choices(_ALPHANUMERIC, k=length))

    def call_id(self) -> str:
        """A tool call id in the shape of the real API's."""
        return f"call_{self.text(24)}"

    def call(self, name: str, **arguments: Any) -> ToolCall:
        """A tool call with a fresh id."""
        return ToolCall(id=self.call_id(), name=name, arguments=json.dumps(arguments))

    def city_calls(self, count: int) -> tuple[ToolCall, ...]:
        """`count` tool calls on different cities; two of them or more share a tool."""
        names = self.tool_names(min(max(count - 1, 1), len(_TOOLS)))
        pairs = zip(itertools.cycle(names), self.cities(count), strict=False)
        return tuple(self.shuffled([self.call(name, city=city) for name, city in pairs]))

    def reply(self, *calls: ToolCall, text: str | None = None) -> Reply:
        """A turn of the model with these calls, or with a text only."""
        return Reply(text=text, calls=calls)
