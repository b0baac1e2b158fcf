"""Plausible wrong solutions of `repair`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Messages = list[dict[str, Any]]

WORDS = "There is no result. It is not known whether the tool ran."


def _missing(call_id: str, content: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def _rebuilt(
    messages: Messages, content: str = json.dumps({"error": WORDS}), *, last: bool = False
) -> Messages:
    """The right repair, with two places in which a mistake differs."""
    results: dict[str, Any] = {}
    for message in messages:
        if message["role"] == "tool" and (last or message["tool_call_id"] not in results):
            results[message["tool_call_id"]] = message
    return list(_with_results(messages, results, content))


def _with_results(
    messages: Messages, results: dict[str, Any], content: str
) -> Iterator[dict[str, Any]]:
    for message in messages:
        if message["role"] == "tool":
            continue
        yield message
        for call in message.get("tool_calls") or []:
            yield results.get(call["id"], _missing(call["id"], content))


def invents_results(messages: Messages) -> Messages:
    """Fills the gap with something that looks like a result."""
    return _rebuilt(messages, json.dumps({"answer": "21 degrees"}))


def claims_failure(messages: Messages) -> Messages:
    """Takes a result that is missing for a tool that failed."""
    return _rebuilt(messages, json.dumps({"error": "The tool failed."}))


def in_place(messages: Messages) -> Messages:
    """Mends the caller's own list."""
    mended = _rebuilt(messages, json.dumps({"error": "There is no result for this call."}))
    messages[:] = mended
    return messages


def claims_success(messages: Messages) -> Messages:
    """Calls done what nobody knows to be done."""
    return _rebuilt(messages, json.dumps({"error": "The tool was carried out successfully."}))


def empty_result(messages: Messages) -> Messages:
    """Leaves the content empty."""
    return _rebuilt(messages, "")


def turn_left_out(messages: Messages) -> Messages:
    """Leaves out every message whose calls are not all answered."""
    answered = {m["tool_call_id"] for m in messages if m["role"] == "tool"}
    kept = [m for m in messages if {c["id"] for c in m.get("tool_calls") or []} <= answered]
    return _rebuilt(kept)


def cut_at_the_break(messages: Messages) -> Messages:
    """Ends the conversation in front of the first call that is not answered."""
    answered = {m["tool_call_id"] for m in messages if m["role"] == "tool"}
    for at, message in enumerate(messages):
        if not {c["id"] for c in message.get("tool_calls") or []} <= answered:
            return _rebuilt(messages[:at])
    return _rebuilt(messages)


def late_results_lost(messages: Messages) -> Messages:
    """Puts an error wherever the result does not follow at once, and drops the late one."""
    kept: Messages = []
    waiting: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] in waiting:
                waiting.remove(message["tool_call_id"])
                kept.append(message)
            continue
        waiting = {call["id"] for call in message.get("tool_calls") or []}
        kept.append(message)
    return _rebuilt(kept)


def only_fills_gaps(messages: Messages) -> Messages:
    """Appends what is missing behind each message with calls, and moves nothing."""
    answered = {m["tool_call_id"] for m in messages if m["role"] == "tool"}
    repaired: Messages = []
    for message in messages:
        repaired.append(message)
        ids = [call["id"] for call in message.get("tool_calls") or []]
        content = json.dumps({"error": WORDS})
        repaired += [_missing(i, content) for i in ids if i not in answered]
    return repaired


def gaps_filled_at_the_end(messages: Messages) -> Messages:
    """Answers everything that is open in the last place of the list."""
    answered = {m["tool_call_id"] for m in messages if m["role"] == "tool"}
    asked = [call["id"] for m in messages for call in m.get("tool_calls") or []]
    content = json.dumps({"error": WORDS})
    return [*messages, *(_missing(i, content) for i in asked if i not in answered)]


def last_result_wins(messages: Messages) -> Messages:
    """Keeps the newer of two results."""
    return _rebuilt(messages, last=True)


def strays_answered(messages: Messages) -> Messages:
    """Makes up a call for a result that has none."""
    asked = {call["id"] for m in messages for call in m.get("tool_calls") or []}
    repaired: Messages = []
    for message in messages:
        if message["role"] == "tool" and message["tool_call_id"] not in asked:
            function = {"name": "get_weather", "arguments": "{}"}
            call = {"id": message["tool_call_id"], "type": "function", "function": function}
            repaired.append({"role": "assistant", "content": None, "tool_calls": [call]})
        repaired.append(message)
    return repaired


def errors_everywhere(messages: Messages) -> Messages:
    """Answers every call of the conversation with an error, to be on the safe side."""
    return _rebuilt([m for m in messages if m["role"] != "tool"])
