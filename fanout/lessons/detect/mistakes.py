"""Plausible wrong solutions of lesson 01, each rejected by the criterion that names it."""

from __future__ import annotations

import ast
import json
from typing import Any

from openai.types.chat import ChatCompletion

from fanout.checks.exercise import Mistake


def _parsed(text: str) -> Any:
    try:
        return json.loads(text or "{}")
    except ValueError:
        return None


def _calls(response: ChatCompletion) -> list[Any]:
    return list(response.choices[0].message.tool_calls or [])


# --- count_calls --------------------------------------------------------------------------------


def length_of_none(response: Any) -> int:
    """Forgets that the field is None when there is nothing to call."""
    return len(response.choices[0].message.tool_calls)


def one_at_most(response: ChatCompletion) -> int:
    """Sees that there is a call, not how many."""
    return 1 if response.choices[0].message.tool_calls else 0


def trusts_finish_reason(response: ChatCompletion) -> int:
    """Looks for calls only where finish_reason announces them."""
    return len(_calls(response)) if response.choices[0].finish_reason == "tool_calls" else 0


def text_means_none(response: ChatCompletion) -> int:
    """Takes a text for the end."""
    return 0 if response.choices[0].message.content else len(_calls(response))


def counts_choices(response: ChatCompletion) -> int:
    """Counts alternatives of the reply instead of tool calls."""
    return len(response.choices)


# --- read_calls ---------------------------------------------------------------------------------


def arguments_unparsed(response: ChatCompletion) -> Any:
    """Hands the JSON text on."""
    return [(c.id, c.function.name, c.function.arguments) for c in _calls(response)]


def by_name(response: ChatCompletion) -> Any:
    """Collects in a dict by tool name, so that a second call overwrites the first."""
    found = {c.function.name: (c.id, _parsed(c.function.arguments)) for c in _calls(response)}
    return [(call_id, name, arguments) for name, (call_id, arguments) in found.items()]


def first_only(response: ChatCompletion) -> Any:
    """Stops after the first call."""
    return [(c.id, c.function.name, _parsed(c.function.arguments)) for c in _calls(response)[:1]]


def by_alphabet(response: ChatCompletion) -> Any:
    """Sorts the calls, for a tidy log."""
    read = [(c.id, c.function.name, _parsed(c.function.arguments)) for c in _calls(response)]
    return sorted(read, key=lambda triple: triple[1])


def arguments_as_python(response: ChatCompletion) -> Any:
    """Takes the text for Python, which it resembles until a `true` or a `null` comes."""
    return [(c.id, c.function.name, _evaluated(c.function.arguments)) for c in _calls(response)]


def _evaluated(text: str) -> Any:
    try:
        return ast.literal_eval(text or "{}")
    except (ValueError, SyntaxError):
        return None


def reply_id(response: ChatCompletion) -> Any:
    """Takes the id of the reply for the id of the call."""
    return [(response.id, c.function.name, _parsed(c.function.arguments)) for c in _calls(response)]


def always_loads(response: ChatCompletion) -> Any:
    """Parses without looking: an empty string is not JSON."""
    return [
        (c.id, c.function.name, None if _broken(c) else json.loads(c.function.arguments))
        for c in _calls(response)
    ]


def _broken(call: Any) -> bool:
    return _parsed(call.function.arguments) is None


def repairs_cut_json(response: ChatCompletion) -> Any:
    """Mends cut arguments until they parse: a call nobody made."""
    return [(c.id, c.function.name, _mended(c.function.arguments)) for c in _calls(response)]


def _mended(text: str) -> Any:
    for end in ("", '"}', "}"):
        try:
            return json.loads((text or "{}") + end)
        except ValueError:
            continue
    return {}


# --- next_step ----------------------------------------------------------------------------------


def step_by_finish_reason(response: ChatCompletion) -> str:
    """Believes finish_reason alone."""
    names = {"tool_calls": "run tools", "stop": "answer"}
    return names.get(response.choices[0].finish_reason, "incomplete")


def step_by_content(response: ChatCompletion) -> str:
    """Takes any text for the answer."""
    if response.choices[0].finish_reason in ("length", "content_filter"):
        return "incomplete"
    return "answer" if response.choices[0].message.content else "run tools"


def step_without_length(response: ChatCompletion) -> str:
    """Never asks whether the reply is whole."""
    return "run tools" if _calls(response) else "answer"


def step_calls_first(response: ChatCompletion) -> str:
    """Asks whether the reply is whole only when there are no calls, and runs cut ones."""
    if _calls(response):
        return "run tools"
    return "answer" if response.choices[0].finish_reason == "stop" else "incomplete"


def step_forgets_filter(response: ChatCompletion) -> str:
    """Knows `length` but not `content_filter`."""
    if response.choices[0].finish_reason == "length":
        return "incomplete"
    return "run tools" if _calls(response) else "answer"


MISTAKES = tuple(
    Mistake(exercise=exercise, name=name, fails=fails, function=function)
    for exercise, name, fails, function in (
        ("count_calls", "length of None", "says 0 when there are none", length_of_none),
        ("count_calls", "one call at most", "counts several tool calls", one_at_most),
        (
            "count_calls",
            "trusts finish_reason",
            "counts them whatever finish_reason says",
            trusts_finish_reason,
        ),
        (
            "count_calls",
            "a text means no calls",
            "counts the tool calls beside a text",
            text_means_none,
        ),
        ("count_calls", "counts the choices", "counts several tool calls", counts_choices),
        (
            "read_calls",
            "arguments not parsed",
            "returns the arguments as a dict",
            arguments_unparsed,
        ),
        ("read_calls", "one call per name", "keeps two tool calls of one tool apart", by_name),
        (
            "read_calls",
            "first call only",
            "returns the name of every tool call",
            first_only,
        ),
        (
            "read_calls",
            "calls sorted by name",
            "returns the id of every tool call, in order",
            by_alphabet,
        ),
        (
            "read_calls",
            "reads JSON as Python",
            "returns the arguments as a dict",
            arguments_as_python,
        ),
        ("read_calls", "lost id", "returns the id of every tool call, in order", reply_id),
        (
            "read_calls",
            "empty arguments break it",
            "reads an empty string of arguments as no arguments",
            always_loads,
        ),
        (
            "read_calls",
            "repairs cut JSON",
            "gives None for arguments that are not JSON",
            repairs_cut_json,
        ),
        (
            "next_step",
            "trusts finish_reason",
            "says `run tools` although finish_reason is `stop`",
            step_by_finish_reason,
        ),
        (
            "next_step",
            "a text means done",
            "says `run tools` when a text comes with tool calls",
            step_by_content,
        ),
        (
            "next_step",
            "never looks at length",
            "says `incomplete` for a reply cut off by the token limit",
            step_without_length,
        ),
        (
            "next_step",
            "runs calls that were cut off",
            "says `incomplete` for a reply cut off by the token limit",
            step_calls_first,
        ),
        (
            "next_step",
            "forgets the content filter",
            "says `incomplete` for a filtered reply",
            step_forgets_filter,
        ),
    )
)
