"""Plausible wrong solutions of `test_trim`: tests that prove too little, or ask for too much."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Functions = dict[str, Callable[..., Any]]
Messages = list[dict[str, Any]]


def _turn(*ids: str) -> Messages:
    function = {"name": "get_weather", "arguments": "{}"}
    calls = [{"id": i, "type": "function", "function": function} for i in ids]
    asking = {"role": "assistant", "content": None, "tool_calls": calls}
    results = [{"role": "tool", "tool_call_id": i, "content": f"result {i}"} for i in ids]
    return [asking, *results, {"role": "assistant", "content": f"Answer to {', '.join(ids)}."}]


def _talk(*sizes: int) -> Messages:
    """A conversation with a turn of so many calls for each size, and a question at the end."""
    talk: Messages = []
    for number, size in enumerate(sizes):
        talk.append({"role": "user", "content": f"Question {number}?"})
        talk += _turn(*(f"call_{number}_{i}" for i in range(size)))
    return [*talk, {"role": "user", "content": "And now?"}]


def _every_length(functions: Functions, talk: Messages) -> Iterator[tuple[int, Messages]]:
    for most in range(1, len(talk) + 1):
        yield most, functions["trim"](messages=talk, most=most)


def _pairs(messages: Messages) -> bool:
    """Whether every result is awaited where it stands, and nothing else while one is."""
    waiting: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                return False
            waiting.remove(message["tool_call_id"])
        elif waiting:
            return False
        else:
            waiting = {call["id"] for call in message.get("tool_calls") or []}
    return not waiting


def _asserts(
    functions: Functions,
    talk: Messages,
    *,
    last: bool = True,
    same: bool = True,
    length: bool = True,
) -> None:
    """The right asserts, each of which can be left out."""
    for most, kept in _every_length(functions, talk):
        if length:
            assert len(kept) <= most, f"{len(kept)} messages, {most} were allowed"
        if last:
            assert kept[-1:] == talk[-1:], "the last message is lost"
        if same:
            assert kept == [m for m in talk if m in kept], "messages made up or moved"
        assert _pairs(kept), "calls and results do not pair"


def one_call_a_turn(functions: Functions) -> None:
    """Has only turns with one call."""
    _asserts(functions, _talk(1, 1, 1))


def counts_only(functions: Functions) -> None:
    """Tests the count, and no pairs."""
    talk = _talk(3, 1)
    for most, kept in _every_length(functions, talk):
        assert len(kept) <= most, "too many messages"
        assert kept[-1:] == talk[-1:], "the last message is lost"


def first_message_only(functions: Functions) -> None:
    """Looks whether the list begins with a result, as in the report."""
    talk = _talk(3, 1)
    for most, kept in _every_length(functions, talk):
        assert len(kept) <= most, "too many messages"
        assert kept[-1] == talk[-1], "the last message is lost"
        assert kept[0]["role"] != "tool", "begins with a result"


def one_length_only(functions: Functions) -> None:
    """Tries one length, at which the published code happens to be right."""
    talk = _talk(3, 1)
    kept = functions["trim"](messages=talk, most=5)
    assert len(kept) <= 5, "too many messages"
    assert kept[-1] == talk[-1], "the last message is lost"
    assert _pairs(kept), "calls and results do not pair"


def last_not_tested(functions: Functions) -> None:
    """Does not ask whether the question is still there."""
    _asserts(functions, _talk(3, 1), last=False)


def length_not_tested(functions: Functions) -> None:
    """Does not ask whether anything was cut."""
    _asserts(functions, _talk(3, 1), length=False)


def content_not_tested(functions: Functions) -> None:
    """Does not compare the messages with those there were."""
    _asserts(functions, _talk(3, 1), same=False)


def one_right_answer(functions: Functions) -> None:
    """Knows one right answer, and takes every other for wrong."""
    talk = _talk(3, 1)
    begins = [at for at, message in enumerate(talk) if message["role"] == "user"]
    for most, kept in _every_length(functions, talk):
        fits = [at for at in begins if len(talk) - at <= most]
        assert kept == talk[fits[0] :], "not the answer that was expected"


def exact_length(functions: Functions) -> None:
    """Demands that as many messages are kept as are allowed."""
    for most, kept in _every_length(functions, _talk(3, 1)):
        assert len(kept) == most, f"{len(kept)} messages instead of {most}"
        assert _pairs(kept), "calls and results do not pair"


def without_words(functions: Functions) -> None:
    """Asserts everything, and says nothing."""
    try:
        _asserts(functions, _talk(3, 1))
    except AssertionError:
        raise AssertionError from None


def returns_a_verdict(functions: Functions) -> bool:
    """Returns whether all is well, instead of raising."""
    try:
        _asserts(functions, _talk(3, 1))
    except AssertionError:
        return False
    return True


def always_red(functions: Functions) -> None:
    """Has a mistake of its own: asks for an order that no history has."""
    for _, kept in _every_length(functions, _talk(3, 1)):
        assert kept == sorted(kept, key=lambda m: str(m["role"])), "out of order"
        assert not kept, "not empty"
