"""What the model read once is not read again, and nothing of it leaks from one request to another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

from fanout.conversation import Conversation, Tool, Turn
from fanout.dialects.keeping import KEPT, kept
from fanout.simulator.model import Decision, decide
from fanout.simulator.model.plan import plan, read_for
from fanout.simulator.model.scan import hints, scan
from fanout.simulator.model.schema import read_tools
from tests.model.prompts import PROMPTS
from tests.model.signatures import tool

WEATHER = tool("get_weather(city) Weather in a city.")
ASKED = "What's the weather in Oslo and Lima?"


def ask(text: str, *tools: Tool) -> Decision:
    """What the model does with a text."""
    return decide(Conversation(model="m", turns=(Turn(role="user", text=text),), tools=tools))


def test_the_same_tools_are_the_same_readings() -> None:
    """Tools that say the same are read once, though each request brings objects of its own."""
    again = Tool(**json.loads(json.dumps(vars(WEATHER))))
    assert again is not WEATHER
    assert read_tools([again])[0] is read_tools([WEATHER])[0]
    assert read_tools([replace(WEATHER, description="Else.")])[0] is not read_tools([WEATHER])[0]


def test_the_same_text_is_read_once_for_the_same_tools() -> None:
    """A plan is kept with the text and the tools: other tools, another plan."""
    other = tool("get_weather(place) Weather in a place.")
    assert plan(ASKED, [WEATHER]) is plan(ASKED, [WEATHER])
    assert [list(r.arguments) for r in plan(ASKED, [other])] == [["place"], ["place"]]
    readings = read_tools([WEATHER])
    assert read_for(ASKED, readings) is read_for(ASKED, readings)


def test_a_tool_that_is_changed_afterwards_is_read_anew() -> None:
    """What was read is no window on the caller's schema, nor is that a window on what was read."""
    parameters: dict[str, Any] = json.loads(json.dumps(WEATHER.parameters))
    mine = Tool(name="get_weather", description="Weather in a city.", parameters=parameters)
    assert [w.arguments for w in ask(ASKED, mine).wanted] == [{"city": "Oslo"}, {"city": "Lima"}]
    parameters["properties"]["place"] = parameters["properties"].pop("city")
    parameters["required"] = ["place"]
    assert [w.arguments for w in ask(ASKED, mine).wanted] == [{"place": "Oslo"}, {"place": "Lima"}]


def test_a_default_given_out_is_not_changed_for_later_requests() -> None:
    """Arguments that come from the schema are the same in the next request."""
    parameters = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "tags": {"type": "array", "default": ["a"]}},
        "required": ["city", "tags"],
    }
    mine = Tool(name="get_weather", description="Weather in a city.", parameters=parameters)
    first = ask("Weather in Oslo?", mine).wanted[0].arguments
    assert first == {"city": "Oslo", "tags": ["a"]}
    assert ask("Weather in Lima?", mine).wanted[0].arguments["tags"] == ["a"]


def test_tools_that_are_no_json_are_read_all_the_same() -> None:
    """A schema built by a program may hold anything; then nothing is kept, and nothing breaks."""
    parameters = {
        "type": "object",
        "properties": {"city": {"type": "string", "default": object()}},
        "required": ["city"],
    }
    odd = Tool(name="get_weather", description="Weather.", parameters=parameters)
    assert [w.arguments for w in ask("Weather in Oslo?", odd).wanted] == [{"city": "Oslo"}]


def test_only_so_much_is_kept() -> None:
    """Long texts are not kept, and of short ones the latest."""
    made: list[str] = []

    @kept(5)
    def read(text: str) -> str:
        made.append(text)
        return text.upper()

    for text in ("abc", "abc", "too long", "too long"):
        assert read(text) == text.upper()
    assert made == ["abc", "too long", "too long"]
    for number in range(KEPT):
        read(str(number))
    read("abc")
    assert made[-1] == "abc"


def test_a_hint_is_there_wherever_something_is_found() -> None:
    """Leaving out scanners by their hints changes nothing: every scanner's finds have a hint."""
    from fanout.simulator.model.scan import _SCANNERS

    more = "Say «hi» to a@b.co on 3/4/2025 at 5pm, or NOON; JUNE 3rd, in oslo or são paulo: ٣ km, x^2+1"
    for text in [*(prompt for _, prompt, _ in PROMPTS), more, more.upper(), more.lower()]:
        for scanner, wanted in _SCANNERS:
            if list(scanner(text, frozenset())):
                assert wanted is None or wanted & hints(text), (scanner.__name__, text)
    assert len(scan(more)) > 8


TIE = """
from fanout.conversation import *
from fanout.simulator.model import decide

# A word weighs most in a description, less among the options, least beside a parameter. Both tools
# have the same weights, on other words: added up in another order they differ in the last digit.
WORDS = "garden music toilet wifi lift parking cafe piano".split()
def find(name, words):
    place = {"type": "string", "description": " ".join(words[4:])}
    wish = {"type": "string", "enum": words[2:4]}
    parameters = {"type": "object", "properties": {"place": place, "wish": wish}, "required": ["place"]}
    return Tool(name=f"{name}_finder", description=" ".join(words[:2]), parameters=parameters)
tools = (find("store", WORDS), find("library", WORDS[::-1]))
for first in range(8):
    text = " ".join(WORDS[first:] + WORDS[:first]) + " in Oslo"
    print(decide(Conversation(model="m", turns=(Turn(role="user", text=text),), tools=tools)).wanted)
"""


def test_two_tools_that_suit_alike_are_chosen_between_alike_in_every_process() -> None:
    """Python orders sets anew in each process; which of two tools is called does not hang on it."""
    said = {
        subprocess.run(
            [sys.executable, "-c", TIE],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(1, 9)
    }
    assert len(said) == 1
    assert "_finder" in said.pop()
