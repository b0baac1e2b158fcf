"""A scenario: what a learner's function is given, and the far end it meets.

The function gets everything as arguments. A scenario describes them as plain JSON, because the
function may run in another process than the judge; `driver` turns the description into the real
things (a client, a reply of the SDK's own type, tools to call) on the function's side of the wire.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fanout.simulator.tools import ScenarioTool
    from fanout.simulator.world import Mind

Argument = dict[str, Any]
"""One argument, described in JSON: `{"kind": …}` and what that kind needs."""


def value(data: Any) -> Argument:
    """An argument that is plain JSON data."""
    return {"kind": "value", "data": data}


def chat_reply(body: Mapping[str, Any]) -> Argument:
    """A whole reply of Chat Completions, as the `openai` SDK's own `ChatCompletion`."""
    return {"kind": "chat_reply", "body": dict(body)}


def chat_message(body: Mapping[str, Any]) -> Argument:
    """The assistant message of a Chat Completions reply, as the SDK's `ChatCompletionMessage`."""
    return {"kind": "chat_message", "body": dict(body)}


def claude_message(body: Mapping[str, Any]) -> Argument:
    """A whole reply of the Messages API, as the `anthropic` SDK's own `Message`."""
    return {"kind": "claude_message", "body": dict(body)}


def client(asynchronous: bool = False) -> Argument:
    """An `OpenAI` (or `AsyncOpenAI`) client that talks to the scenario's far end."""
    return {"kind": "client", "asynchronous": asynchronous}


def claude_client(asynchronous: bool = False) -> Argument:
    """An `Anthropic` (or `AsyncAnthropic`) client that talks to the scenario's far end."""
    return {"kind": "claude_client", "asynchronous": asynchronous}


def tools(names: Sequence[str], asynchronous: bool | Sequence[str] = False) -> Argument:
    """A dict from tool name to a function; each call of one crosses the wire.

    :param asynchronous: whether the functions are async; or the names of those that are.
    """
    some = names if asynchronous is True else asynchronous or ()
    return {"kind": "tools", "names": list(names), "asynchronous": list(some)}


# What a tool of the far end answers to have something happen on the learner's side.
CANCELS_ITSELF: Any = {"fanout.cancelled": True}
"""An async tool that gets this raises `CancelledError`, as if its library had cancelled itself."""
STOPS_ITS_CALLER: Any = {"fanout.stopped": True}
"""An async tool that gets this has the learner's function cancelled from outside, and works on."""
IS_NO_JSON: Any = {"fanout.no_json": True}
"""A tool that gets this returns a set, which JSON has no form for."""
RAISES = "fanout.raises"
"""A tool that gets a dict with this key raises what `raising` put there."""


def raising(kind: str, text: str = "") -> dict[str, list[str]]:
    """What a tool answers to have the exception of this kind and text raised on the learner's side.

    :param kind: the name of a builtin exception; a tool that raises `ToolFailed` has `RuntimeError`.
    """
    return {RAISES: [kind, text]}


# What the learner's side announces to the far end, under the names of tools.
CALM = "fanout.calm"
BROKEN_OFF = "fanout.broken_off"
ENDED = "fanout.ended"


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One situation to put the learner's function into.

    `about` holds the words by which criteria say that they look at this scenario, and `facts` what
    only the judge may know (what is right here). A scenario is drawn anew for each seed.
    """

    title: str
    arguments: Mapping[str, Argument]
    about: frozenset[str] = frozenset()
    facts: Mapping[str, Any] = field(default_factory=dict)
    mind: Mind | None = None
    tools: Mapping[str, ScenarioTool] = field(default_factory=dict)
    by_the_clock: bool = False
    """The function has to keep a time limit of its own, which a slow machine could make a right one
    miss. Tools that only take time are no such thing: they make a wrong order show."""
