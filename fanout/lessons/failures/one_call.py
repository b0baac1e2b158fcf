"""The scenarios of `answer_safely`: one call that goes well, and one for each way in which it fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.scenario import (
    CANCELS_ITSELF,
    IS_NO_JSON,
    STOPS_ITS_CALLER,
    Scenario,
    raising,
    tools,
    value,
)
from fanout.simulator.tools import ScenarioTool, ToolFailed

HANGS = 2.5
"""Seconds that a tool takes that hangs. Who waits for it gets its answer, and has waited too long."""
TIMEOUT, PATIENT = 0.25, 37.5


def failing(text: str) -> ScenarioTool:
    """A tool that raises a `RuntimeError` with this text."""

    def answer(_given: Mapping[str, Any]) -> Any:
        raise ToolFailed(text)

    return ScenarioTool(answer=answer)


def answering(answer: Any) -> ScenarioTool:
    """A tool that answers this, whatever it is asked."""
    return ScenarioTool(answer=lambda _: answer)


_ALSO = {"well": ("answered",), "cancels": (), "stopped": ()}
"""More words for what a scenario is about. All others are answered, and fail; a cancellation is a
matter of its own, so that who forgets it loses nothing else."""


def scenarios(draw: Draw) -> list[Scenario]:
    """One call for each way to fail, with the words that its answer must and must not have."""
    name, other = draw.tool_names(2)
    city, answer, said = draw.cities(1)[0], draw.text(8), f"station {draw.text(5)} is closed"
    good, works = json.dumps({"city": city}), answering({"answer": answer})
    # Cut anywhere; inside the city; and before the brace, where completing it would look right.
    cuts = (good[: draw.number(1, len(good) - 1)], good[: -2 - draw.number(1, 3)], good[:-1])
    shapes = draw.some([f'["{city}"]', f'"{city}"', "null", "17", f'[{{"city": "{city}"}}]'], 2)
    types = draw.some([7, None, [city], {"name": city}, True], 2)
    hanging = ScenarioTool(answer=lambda _: {"answer": answer}, seconds=HANGS)
    selfish, stopping = answering(CANCELS_ITSELF), answering(STOPS_ITS_CALLER)

    def one(title: str, about: str, tool: ScenarioTool, arguments: str, **facts: Any) -> Scenario:
        call_id = draw.call_id()
        return Scenario(
            title=title,
            arguments={
                "call_id": value(call_id),
                "name": value(facts.pop("asked", name)),
                "arguments": value(arguments),
                "functions": tools([name, other], asynchronous=True),
                "timeout": value(facts.pop("timeout", 20)),
            },
            about=frozenset({about, *_ALSO.get(about, ("answered", "fails"))}),
            facts={"id": call_id, "runs": 0, **facts},
            tools={name: tool, other: works},
            by_the_clock=about == "hangs",
        )

    typed = [json.dumps({"city": wrong}) for wrong in types]
    return [
        one("a call that goes well", "well", works, good, answer=answer, runs=1),
        one("a tool that raises", "raises", failing(said), good, says=[said], runs=1),
        one(
            "an exception without a text", "empty", failing(""), good, says=["RuntimeError"], runs=1
        ),
        *_exceptions(draw, one, good),
        one("an unknown tool", "unknown", works, good, asked="get_all", says=[name, other]),
        *(one("arguments that are cut", "cut", works, cut) for cut in cuts),
        one("arguments that are a sentence", "cut", works, f"the city is {city}"),
        *(one("JSON of the wrong shape", "invalid", works, shape) for shape in shapes),
        *(one("a city that is no text", "field", works, text, says=["city"]) for text in typed),
        one("an argument missing", "field", works, "{}", says=["city"]),
        one("an argument too many", "field", works, good[:-1] + ', "force": true}', says=["force"]),
        one("a tool that cancels itself", "cancels", selfish, good, runs=1),
        one("its caller stops it while the tool is at work", "stopped", stopping, good, runs=1),
        one("a hang", "hangs", hanging, good, timeout=TIMEOUT, says=[f"{TIMEOUT:g}"], runs=1),
    ]


def _exceptions(draw: Draw, one: Callable[..., Scenario], good: str) -> list[Scenario]:
    """Exceptions that are no `RuntimeError`, and a result that raises one when it is written."""
    key, own = f"sk-{draw.text(12)}", f"pool {draw.text(5)} is exhausted"
    texts = {
        "ConnectionError": f"GET https://rates.example/v1?key={key} failed",
        draw.some(["KeyError", "ValueError", "OSError"], 1)[0]: key,
    }
    leaks = {kind: answering(raising(kind, text)) for kind, text in texts.items()}
    title = "a tool raises {}, with a key in its text".format
    late = {"timeout": PATIENT, "says": ["TimeoutError"], "hides": [own, f"{PATIENT:g}"]}
    busy, odd = answering(raising("TimeoutError", own)), answering(IS_NO_JSON)
    return [
        *(one(title(k), "other", t, good, says=[k], hides=[key], runs=1) for k, t in leaks.items()),
        one("a tool whose own TimeoutError comes at once", "own", busy, good, **late, runs=1),
        one("a result that JSON has no form for", "no json", odd, good, runs=1),
    ]
