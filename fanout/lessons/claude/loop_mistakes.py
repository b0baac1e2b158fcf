"""Plausible wrong loops around Claude. `given` is what `converse_claude` is called with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from fanout.checks.exercise import Mistake
from fanout.lessons.syllabus import model

Given = Mapping[str, Any]
_BROKEN = ("max_tokens", "refusal", "model_context_window_exceeded")


# --- The parts of a loop that are right -----------------------------------------------------------


def _ask(given: Given, history: list[Any], **other: Any) -> Any:
    choice = {"type": "auto", "disable_parallel_tool_use": not given["parallel"]}
    options = {
        "model": given["model"],
        "max_tokens": 2000,
        "tools": given["tools"],
        "tool_choice": choice,
    }
    return given["client"].messages.create(messages=history, **(options | other))


def _require_whole(reply: Any, broken: tuple[str, ...] = _BROKEN) -> None:
    if reply.stop_reason in broken:
        raise RuntimeError(f"The reply was broken off: {reply.stop_reason}.")


def _calls(reply: Any) -> list[Any]:
    return [block for block in reply.content if block.type == "tool_use"]


def _text(reply: Any) -> str:
    return "".join(block.text for block in reply.content if block.type == "text")


def _turn(content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


def _answer(given: Given, calls: list[Any]) -> dict[str, Any]:
    return {"role": "user", "content": [_result(given, block) for block in calls]}


def _result(given: Given, block: Any) -> dict[str, Any]:
    answer = {"type": "tool_result", "tool_use_id": block.id}
    try:
        value = json.dumps(given["functions"][block.name](**block.input))
    except RuntimeError as error:
        return answer | {"content": repr(error), "is_error": True}
    return answer | {"content": value}


def _loop(
    given: Given,
    read: Callable[[Any], str] = _text,
    *,
    broken: tuple[str, ...] = _BROKEN,
    history: list[Any] | None = None,
    **other: Any,
) -> str:
    """A right loop, but for what a mistake does in its place, or adds to its requests."""
    history = list(given["messages"]) if history is None else history
    for _ in range(given["max_rounds"]):
        reply = _ask(given, history, **other)
        _require_whole(reply, broken)
        if not _calls(reply):
            return read(reply)
        history += [_turn(reply.content), _answer(given, _calls(reply))]
    raise RuntimeError("No answer.")


# --- converse_claude ------------------------------------------------------------------------------


def trusts_stop_reason(**given: Any) -> Any:
    """Goes on only while stop_reason announces calls."""
    history = list(given["messages"])
    for _ in range(given["max_rounds"]):
        reply = _ask(given, history)
        _require_whole(reply)
        if reply.stop_reason != "tool_use":
            return _text(reply)
        history += [_turn(reply.content), _answer(given, _calls(reply))]
    raise RuntimeError("No answer.")


def takes_cut_text(**given: Any) -> Any:
    """Returns whatever text there is, broken off or not, and runs whatever calls there are."""
    return _loop(given, broken=())


def runs_cut_calls(**given: Any) -> Any:
    """Runs the calls first, and looks afterwards whether the reply was whole."""
    history = list(given["messages"])
    for _ in range(given["max_rounds"]):
        reply = _ask(given, history)
        results = _answer(given, _calls(reply))
        _require_whole(reply)
        if not _calls(reply):
            return _text(reply)
        history += [_turn(reply.content), results]
    raise RuntimeError("No answer.")


def without_end(**given: Any) -> Any:
    """Trusts the model to stop by itself."""
    return _loop({**given, "max_rounds": 1000})


def one_turn_only(**given: Any) -> Any:
    """Knows two requests: one that asks, one that answers."""
    reply = _ask(given, given["messages"])
    _require_whole(reply)
    if not _calls(reply):
        return _text(reply)
    results = _answer(given, _calls(reply))
    return _text(_ask(given, [*given["messages"], _turn(reply.content), results]))


def first_call_of_a_turn(**given: Any) -> Any:
    """Answers one call a turn, as if the switch were always off."""
    history = list(given["messages"])
    for _ in range(given["max_rounds"]):
        reply = _ask(given, history)
        _require_whole(reply)
        if not _calls(reply):
            return _text(reply)
        history += [_turn(reply.content), _answer(given, _calls(reply)[:1])]
    raise RuntimeError("No answer.")


def turn_left_out(**given: Any) -> Any:
    """Sends results without the turn that asked for them."""
    history = list(given["messages"])
    for _ in range(given["max_rounds"]):
        reply = _ask(given, history)
        _require_whole(reply)
        if not _calls(reply):
            return _text(reply)
        history += [_answer(given, _calls(reply))]
    raise RuntimeError("No answer.")


def text_dropped(**given: Any) -> Any:
    """Sends back the calls of a turn, and leaves its text out."""
    history = list(given["messages"])
    for _ in range(given["max_rounds"]):
        reply = _ask(given, history)
        _require_whole(reply)
        if not _calls(reply):
            return _text(reply)
        history += [_turn(_calls(reply)), _answer(given, _calls(reply))]
    raise RuntimeError("No answer.")


def error_ends_the_loop(**given: Any) -> Any:
    """Lets a tool's exception end the conversation."""
    history = list(given["messages"])
    for _ in range(given["max_rounds"]):
        reply = _ask(given, history)
        _require_whole(reply)
        if not _calls(reply):
            return _text(reply)
        results = [_result(given, block) for block in _calls(reply)]
        if any("is_error" in result for result in results):
            raise RuntimeError("A tool failed.")
        history += [_turn(reply.content), {"role": "user", "content": results}]
    raise RuntimeError("No answer.")


def error_as_result(**given: Any) -> Any:
    """Hides a failure in an ordinary result."""
    history = list(given["messages"])
    for _ in range(given["max_rounds"]):
        reply = _ask(given, history)
        _require_whole(reply)
        if not _calls(reply):
            return _text(reply)
        results = [_result(given, block) | {"is_error": False} for block in _calls(reply)]
        history += [_turn(reply.content), {"role": "user", "content": results}]
    raise RuntimeError("No answer.")


def switch_of_openai(**given: Any) -> Any:
    """Sends OpenAI's switch, past the SDK, which knows no such parameter."""
    other = {"extra_body": {"parallel_tool_calls": given["parallel"]}}
    reply = _ask(given, given["messages"], tool_choice={"type": "auto"}, **other)
    return _text(reply)


def switch_in_first_request(**given: Any) -> Any:
    """Sets the switch once, and takes it for a setting of the conversation."""
    history = list(given["messages"])
    for number in range(given["max_rounds"]):
        reply = _ask(given, history, **({"tool_choice": {"type": "auto"}} if number else {}))
        _require_whole(reply)
        if not _calls(reply):
            return _text(reply)
        history += [_turn(reply.content), _answer(given, _calls(reply))]
    raise RuntimeError("No answer.")


def always_one_at_a_time(**given: Any) -> Any:
    """Switches parallel calls off for good, to be on the safe side."""
    return _loop({**given, "parallel": False})


def first_block_is_the_text(**given: Any) -> Any:
    """Takes the first block of the answer for its text."""
    return _loop(given, read=lambda reply: reply.content[0].text)


def first_text_only(**given: Any) -> Any:
    """Takes the first of several texts for the whole answer."""
    return _loop(
        given, read=lambda reply: next((b.text for b in reply.content if b.type == "text"), "")
    )


def full_window_forgotten(**given: Any) -> Any:
    """Knows of two ways in which a reply is broken off."""
    return _loop(given, broken=_BROKEN[:2])


def appends_to_what_was_given(**given: Any) -> Any:
    """Keeps the conversation in the caller's list."""
    return _loop(given, history=given["messages"])


def must_call(**given: Any) -> Any:
    """Switches parallel calls off with a choice that forces one."""
    kind = "auto" if given["parallel"] else "any"
    choice = {"type": kind, "disable_parallel_tool_use": not given["parallel"]}
    return _loop(given, tool_choice=choice)


def message_for_each_result(**given: Any) -> Any:
    """Writes one user message for each result, as with OpenAI's tool messages."""
    history = list(given["messages"])
    for _ in range(given["max_rounds"]):
        reply = _ask(given, history)
        _require_whole(reply)
        if not _calls(reply):
            return _text(reply)
        history += [_turn(reply.content), *(_answer(given, [call]) for call in _calls(reply))]
    raise RuntimeError("No answer.")


def model_of_its_own(**given: Any) -> Any:
    """Asks the model that it was tried out with."""
    return _loop(given, model=model("claude"))


_BLOCKS = "runs calls that come with the stop_reason `end_turn`"
_REFUSED = "never sends a request that is refused"
_OFF = "lets the model ask for one call at a time when parallel is False"
_ON = "leaves parallel calls on when parallel is True"
_CUT = "raises RuntimeError for a reply that was broken off"
_TEXT = "answers a turn with several calls and returns the final text"
_REPORTS = "reports a failing tool and goes on"
_AS_IS = "leaves the messages that it was given as they are"

LOOP_MISTAKES = tuple(
    Mistake(exercise="converse_claude", name=name, fails=fails, function=function)
    for name, fails, function in (
        ("stop_reason trusted over blocks", _BLOCKS, trusts_stop_reason),
        ("takes a cut reply for an answer", _CUT, takes_cut_text),
        ("runs calls that were cut", "runs no call of a reply that was broken off", runs_cut_calls),
        ("loop without an end", "stops with RuntimeError after max_rounds", without_end),
        ("first block taken for the text", _TEXT, first_block_is_the_text),
        ("first text taken for all", _TEXT, first_text_only),
        ("full window forgotten", _CUT, full_window_forgotten),
        ("the caller's list used", _AS_IS, appends_to_what_was_given),
        ("a call forced", "leaves it to the model whether to call", must_call),
        (
            "a message for each result",
            "answers each turn in one user message",
            message_for_each_result,
        ),
        ("a model of its own", "asks the model that it is given", model_of_its_own),
        ("one turn only", "goes on for as many turns as the model needs", one_turn_only),
        ("first call of a turn", _REFUSED, first_call_of_a_turn),
        ("assistant's turn left out", _REFUSED, turn_left_out),
        ("text of the turn dropped", "sends the assistant's turn back whole", text_dropped),
        ("a failing tool ends the loop", _REPORTS, error_ends_the_loop),
        ("failure sent as a result", _REPORTS, error_as_result),
        ("OpenAI's switch", _REFUSED, switch_of_openai),
        ("switch in the first request only", _OFF, switch_in_first_request),
        ("always one at a time", _ON, always_one_at_a_time),
    )
)
