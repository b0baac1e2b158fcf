"""Conversations made at random, over HTTP: complete ones are answered, and one planted fault is not.

The generator knows what it planted, so it needs no rule of the simulator's to judge the answer.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanout.simulator.server import Server
from fanout.simulator.world import World
from tests.simulator.wires import (
    CHAT,
    CLAUDE,
    HEADERS,
    RESPONSES,
    WIRES,
    Wire,
    said,
    said_in_pieces,
)

QUIET = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
ASK = "What is the weather in Oslo, Rome and Lima?"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@dataclass(frozen=True)
class Said:
    """One event of a history: a text of a role, calls, or results, by their ids."""

    kind: str
    ids: tuple[str, ...] = ()


User, Assistant = Said("user"), Said("assistant")


def calls(*ids: str) -> Said:
    return Said("calls", ids)


def results(*ids: str) -> Said:
    return Said("results", ids)


@st.composite
def histories(draw: st.DrawFn) -> list[Said]:
    """A complete history: rounds of 1 to 5 calls, the results in any order, in one lot or in several."""
    history = [User]
    for number in range(draw(st.integers(1, 4))):
        ids = [f"id_{number}_{i}" for i in range(draw(st.integers(1, 5)))]
        order = draw(st.permutations(ids))
        cut = draw(st.integers(0, len(ids)))
        history += [calls(*ids), *(results(*lot) for lot in (order[:cut], order[cut:]) if lot)]
        if draw(st.booleans()):
            history += [Assistant, User]
    return history


# --- The same history in each API's own form ------------------------------------------------------


def chat(history: Sequence[Said]) -> dict[str, Any]:
    function = {"name": "get_weather", "description": "Weather in a city.", "parameters": CITY}
    tools = [{"type": "function", "function": function}]
    messages = [m for event in history for m in _chat(event)]
    return {"model": "gpt-5.2", "messages": messages, "tools": tools}


def _chat(event: Said) -> Iterator[dict[str, Any]]:
    if event.kind == "calls":
        function = {"name": "get_weather", "arguments": '{"city":"Oslo"}'}
        made = [{"id": i, "type": "function", "function": function} for i in event.ids]
        yield {"role": "assistant", "content": None, "tool_calls": made}
    elif event.kind == "results":
        yield from ({"role": "tool", "tool_call_id": i, "content": "18 degrees"} for i in event.ids)
    else:
        yield {"role": event.kind, "content": ASK if event.kind == "user" else "18 degrees."}


def responses(history: Sequence[Said]) -> dict[str, Any]:
    tools = [{"type": "function", "name": "get_weather", "parameters": CITY, "strict": False}]
    return {
        "model": "gpt-5.2",
        "input": [i for event in history for i in _items(event)],
        "tools": tools,
    }


def _items(event: Said) -> Iterator[dict[str, Any]]:
    if event.kind == "calls":
        call = {"type": "function_call", "name": "get_weather", "arguments": '{"city":"Oslo"}'}
        yield from ({**call, "call_id": i} for i in event.ids)
    elif event.kind == "results":
        result = {"type": "function_call_output", "output": "18 degrees"}
        yield from ({**result, "call_id": i} for i in event.ids)
    else:
        yield {"role": event.kind, "content": ASK if event.kind == "user" else "18 degrees."}


def claude(history: Sequence[Said]) -> dict[str, Any]:
    tools = [{"name": "get_weather", "description": "Weather in a city.", "input_schema": CITY}]
    body = {"model": "claude-sonnet-5", "max_tokens": 1000, "tools": tools}
    return body | {"messages": [_message(event) for event in history]}


def _message(event: Said) -> dict[str, Any]:
    if event.kind == "calls":
        use = {"type": "tool_use", "name": "get_weather", "input": {"city": "Oslo"}}
        return {"role": "assistant", "content": [{**use, "id": i} for i in event.ids]}
    if event.kind == "results":
        result = {"type": "tool_result", "content": "18 degrees"}
        return {"role": "user", "content": [{**result, "tool_use_id": i} for i in event.ids]}
    return {"role": event.kind, "content": ASK if event.kind == "user" else "18 degrees."}


WRITERS: dict[str, Callable[[Sequence[Said]], dict[str, Any]]] = {
    CHAT.path: chat,
    RESPONSES.path: responses,
    CLAUDE.path: claude,
}


# --- The faults -----------------------------------------------------------------------------------
# Each takes a complete history and the index of a lot of results in it, and returns a broken one
# with the id that the refusal must name.

Plant = Callable[[list[Said], int], tuple[list[Said], str]]


def leave_one_out(history: list[Said], at: int) -> tuple[list[Said], str]:
    """One call has no result."""
    lot = history[at].ids
    history[at : at + 1] = [results(*lot[1:])] if lot[1:] else []
    return history, lot[0]


def leave_all_out(history: list[Said], at: int) -> tuple[list[Said], str]:
    """A turn with calls has no result at all, or lacks a whole lot."""
    lot = history.pop(at).ids
    return history, lot[0]


def answer_twice(history: list[Said], at: int) -> tuple[list[Said], str]:
    """One call has two results."""
    lot = history[at].ids
    history[at] = results(*lot, lot[-1])
    return history, lot[-1]


def answer_nobody(history: list[Said], at: int) -> tuple[list[Said], str]:
    """A result has an id that no call has."""
    history[at] = results(*history[at].ids, "id_nobody")
    return history, "id_nobody"


def answer_too_early(history: list[Said], at: int) -> tuple[list[Said], str]:
    """A result stands before any call."""
    return [User, results("id_0_0"), *history], "id_0_0"


def answer_the_round_before(history: list[Said], at: int) -> tuple[list[Said], str]:
    """After the turn is over a result of an earlier one comes once more."""
    first = history[2].ids[0]
    return [*history, Assistant, User, calls("id_9"), results("id_9", first)], first


def talk_in_between(history: list[Said], at: int) -> tuple[list[Said], str]:
    """The user speaks before the last of the results."""
    lot = history[at].ids
    broken = [results(*lot[:-1])] if lot[:-1] else []
    history[at : at + 1] = [*broken, User, results(lot[-1])]
    return history, lot[-1]


UNANSWERED = {
    CHAT.path: r"did not have response messages: .*\b{id}\b",
    RESPONSES.path: r"No tool output found for function call \w+\.",
    CLAUDE.path: r"`tool_use` ids were found without `tool_result` blocks.*\b{id}\b",
}
NOBODY = {
    CHAT.path: r"'tool_call_id' of '{id}' not found in|must be a response to a preceeding message",
    RESPONSES.path: r"No tool call found for function call output with call_id {id}\.",
    CLAUDE.path: r"unexpected `tool_use_id` found in `tool_result` blocks: {id}\.",
}
TWICE = {
    **NOBODY,
    CHAT.path: r"Duplicate value for 'tool_call_id' of '{id}'",
    CLAUDE.path: r"each tool_use must have a single result\. .* with id: {id}$",
}
FAULTS: list[tuple[Plant, dict[str, str]]] = [
    (leave_one_out, UNANSWERED),
    (leave_all_out, UNANSWERED),
    (answer_twice, TWICE),
    (answer_nobody, NOBODY),
    (answer_too_early, NOBODY),
    (answer_the_round_before, NOBODY),
    (talk_in_between, UNANSWERED),
]


# --- The tests ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def far() -> Iterator[httpx2.Client]:
    """A client of one far end."""
    server = Server(World(pace=0)).start()
    with httpx2.Client(base_url=server.url, headers=HEADERS, timeout=20) as client:
        yield client
    server.stop()


EVERY_API = pytest.mark.parametrize("wire", WIRES, ids=[wire.path for wire in WIRES])


@EVERY_API
@QUIET
@given(history=histories())
def test_complete(far: httpx2.Client, wire: Wire, history: list[Said]) -> None:
    """Any complete history is answered, whole and in pieces alike, with ids that it does not have."""
    body = WRITERS[wire.path](history)
    whole, flow = (far.post(wire.path, json=body | {"stream": s}) for s in (False, True))
    assert (whole.status_code, flow.status_code) == (200, 200), whole.text
    wire.check(whole)
    wire.check(flow)
    assert said(whole.json()) == said_in_pieces(wire.events(flow))
    assert not any(f'"{i}"' in whole.text for event in history for i in event.ids)


@EVERY_API
@pytest.mark.parametrize(("plant", "words"), FAULTS, ids=[plant.__name__ for plant, _ in FAULTS])
@QUIET
@given(history=histories(), data=st.data(), stream=st.booleans())
def test_broken(
    far: httpx2.Client,
    wire: Wire,
    plant: Plant,
    words: dict[str, str],
    history: list[Said],
    data: st.DataObject,
    stream: bool,
) -> None:
    """A history with one planted fault is refused with 400, in the words of that rule."""
    lots = [i for i, event in enumerate(history) if event.kind == "results"]
    broken, named = plant(copy.copy(history), data.draw(st.sampled_from(lots)))
    if broken[-1].kind == "calls":
        broken.append(User)  # how a list that just ends is refused: see test_broken_off
    answer = far.post(wire.path, json=WRITERS[wire.path](broken) | {"stream": stream})
    if plant is talk_in_between and wire is RESPONSES:
        assert answer.status_code == 200  # here an output may stand anywhere behind its call
        return
    assert answer.status_code == 400, answer.text
    wire.check(answer)
    assert re.search(words[wire.path].format(id=named), answer.json()["error"]["message"])


@EVERY_API
@QUIET
@given(history=histories())
def test_broken_off(far: httpx2.Client, wire: Wire, history: list[Said]) -> None:
    """A history that ends with its calls is refused: as unanswered, by Claude as a prefill."""
    last = max(i for i, event in enumerate(history) if event.kind == "calls")
    answer = far.post(wire.path, json=WRITERS[wire.path](history[: last + 1]))
    assert answer.status_code == 400
    words = "assistant message prefill" if wire is CLAUDE else UNANSWERED[wire.path]
    named = history[last].ids[0]
    assert re.search(words.format(id=named), answer.json()["error"]["message"])
