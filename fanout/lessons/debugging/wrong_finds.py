"""Plausible wrong solutions of `find_fault`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Messages = list[dict[str, Any]]
Fault = dict[str, Any] | None


def _walk(messages: Messages, told: Callable[..., Fault], seen_before: str = "twice") -> Fault:
    """The right walk; `told` says what to make of a message that finds somebody waiting."""
    asking, waiting, answered = 0, list[str](), set[str]()
    end: dict[str, Any] = {"role": "end"}
    for at, message in enumerate([*messages, end]):
        if message["role"] == "tool":
            call_id = message["tool_call_id"]
            if call_id not in waiting:
                name = seen_before if call_id in answered else "no call"
                return {"fault": name, "id": call_id, "at": at}
            waiting.remove(call_id)
            answered.add(call_id)
        elif waiting:
            return told(waiting=waiting, at=at, asking=asking)
        else:
            asking = at
            waiting = [call["id"] for call in message.get("tool_calls") or []]
    return None


def _results(messages: Messages) -> list[str]:
    return [m["tool_call_id"] for m in messages if m["role"] == "tool"]


def _told(messages: Messages, place: str) -> Callable[..., Fault]:
    """What is right but for the place of a late result."""

    def tell(waiting: list[str], at: int, asking: int) -> Fault:
        if waiting[0] in _results(messages):
            where = {"message": at, "call": asking, "result": _place(messages, waiting[0])}
            return {"fault": "too late", "id": waiting[0], "at": where[place]}
        return {"fault": "no result", "id": waiting[0], "at": asking}

    return tell


def _place(messages: Messages, call_id: str) -> int:
    return next(at for at, m in enumerate(messages) if m.get("tool_call_id") == call_id)


def only_as_sets(messages: Messages) -> Fault:
    """Compares all ids asked with all ids answered, and no places."""
    asked = [(c["id"], at) for at, m in _askers(messages) for c in m["tool_calls"]]
    results = [(m["tool_call_id"], at) for at, m in enumerate(messages) if m["role"] == "tool"]
    for call_id, at in asked:
        if call_id not in dict(results):
            return {"fault": "no result", "id": call_id, "at": at}
    for call_id, at in results:
        if call_id not in dict(asked):
            return {"fault": "no call", "id": call_id, "at": at}
        if [i for i, _ in results].index(call_id) != results.index((call_id, at)):
            return {"fault": "twice", "id": call_id, "at": at}
    return None


def _askers(messages: Messages) -> Iterator[tuple[int, dict[str, Any]]]:
    return ((at, m) for at, m in enumerate(messages) if m.get("tool_calls"))


def late_is_missing(messages: Messages) -> Fault:
    """Takes a late result for one that is not there."""
    return _walk(
        messages,
        lambda waiting, at, asking: {"fault": "no result", "id": waiting[0], "at": asking},
    )


def points_at_the_result(messages: Messages) -> Fault:
    """Names the late result, not what stands before it."""
    return _walk(messages, _told(messages, "result"))


def points_at_the_call(messages: Messages) -> Fault:
    """Names the message with the call."""
    return _walk(messages, _told(messages, "call"))


def second_is_a_stranger(messages: Messages) -> Fault:
    """Forgets what was answered already."""
    return _walk(messages, _told(messages, "message"), seen_before="no call")


def forgets_the_end(messages: Messages) -> Fault:
    """Looks for missing results only where another message follows; the end is no message."""
    fault = _walk(messages, _told(messages, "message"))
    last = max((at for at, _ in _askers(messages)), default=-1)
    at_the_end = last >= 0 and all(m["role"] == "tool" for m in messages[last + 1 :])
    return None if fault and fault["at"] == last and at_the_end else fault


def demands_call_order(messages: Messages) -> Fault:
    """Wants the results in the order of the calls."""
    for at, message in _askers(messages):
        for offset, call in enumerate(message["tool_calls"], 1):
            if at + offset >= len(messages) or messages[at + offset]["role"] != "tool":
                break
            if messages[at + offset]["tool_call_id"] != call["id"]:
                return {"fault": "no call", "id": call["id"], "at": at + offset}
    return _walk(messages, _told(messages, "message"))


def stray_counts_as_answered(messages: Messages) -> Fault:
    """Lets results pass that nobody awaits."""
    fault = _walk(messages, _told(messages, "message"))
    return None if fault and fault["fault"] == "no call" else fault
