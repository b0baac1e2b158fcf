"""Plausible wrong solutions of lesson 02, each rejected by the criterion that names it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fanout.checks.exercise import Mistake

Functions = dict[str, Callable[..., Any]]


def _result(call: Any, functions: Functions) -> str:
    arguments = json.loads(call.function.arguments)
    return json.dumps(functions[call.function.name](**arguments))


def _tool_message(call: Any, content: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call.id, "content": content}


def _all_answered(message: Any, functions: Functions) -> list[dict[str, Any]]:
    return [_tool_message(call, _result(call, functions)) for call in message.tool_calls]


# --- answer_calls ---------------------------------------------------------------------------------


def first_call_only(message: Any, functions: Functions) -> Any:
    """Answers the first tool call and forgets that there may be more."""
    call = message.tool_calls[0]
    return [_tool_message(call, _result(call, functions))]


def matched_by_position(message: Any, functions: Functions) -> Any:
    """Takes the calls off a stack, and gives the results back in the order in which they came."""
    stack = list(message.tool_calls)
    results = [_result(stack.pop(), functions) for _ in message.tool_calls]
    pairs = zip(message.tool_calls, results, strict=True)
    return [_tool_message(call, result) for call, result in pairs]


def one_result_per_tool(message: Any, functions: Functions) -> Any:
    """Keeps results by the tool's name: the last call of a tool answers them all."""
    results = {call.function.name: _result(call, functions) for call in message.tool_calls}
    return [_tool_message(call, results[call.function.name]) for call in message.tool_calls]


def lost_id(message: Any, functions: Functions) -> Any:
    """Puts the tool's name where the id belongs."""
    return [
        {"role": "tool", "tool_call_id": call.function.name, "content": _result(call, functions)}
        for call in message.tool_calls
    ]


def answered_twice(message: Any, functions: Functions) -> Any:
    """Adds a note with the id of a call that has its result already."""
    answers = _all_answered(message, functions)
    return [*answers, _tool_message(message.tool_calls[-1], "all done")]


def role_function(message: Any, functions: Functions) -> Any:
    """Uses the role of the API's first years."""
    return [{**answer, "role": "function"} for answer in _all_answered(message, functions)]


def content_as_dict(message: Any, functions: Functions) -> Any:
    """Sends the result as it is, not as text."""
    answers = _all_answered(message, functions)
    return [{**answer, "content": json.loads(answer["content"])} for answer in answers]


def content_as_python(message: Any, functions: Functions) -> Any:
    """Writes the result as Python does, with single quotes."""
    answers = _all_answered(message, functions)
    return [{**answer, "content": str(json.loads(answer["content"]))} for answer in answers]


def arguments_not_parsed(message: Any, functions: Functions) -> Any:
    """Hands the JSON text of the arguments to the tool."""
    return [
        _tool_message(call, json.dumps(functions[call.function.name](city=call.function.arguments)))
        for call in message.tool_calls
    ]


def runs_twice(message: Any, functions: Functions) -> Any:
    """Runs every tool once for the log and once for the answer."""
    for call in message.tool_calls:
        print(call.function.name, _result(call, functions))
    return _all_answered(message, functions)


# --- converse -------------------------------------------------------------------------------------


def _ask(client: Any, model: str, history: list[Any], tools: list[Any]) -> Any:
    return client.chat.completions.create(model=model, messages=history, tools=tools).choices[0]


def _broken_off(choice: Any) -> bool:
    return choice.finish_reason in ("length", "content_filter")


def loop_trusts_finish_reason(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    max_rounds: int,
) -> Any:
    """Goes on only while finish_reason announces tool calls."""
    history = list(messages)
    for _ in range(max_rounds):
        choice = _ask(client, model, history, tools)
        if _broken_off(choice):
            raise RuntimeError(f"The reply ended with {choice.finish_reason}.")
        if choice.finish_reason == "stop":
            return choice.message.content
        history += [choice.message, *_all_answered(choice.message, functions)]
    raise RuntimeError(f"No answer after {max_rounds} rounds.")


def loop_without_end(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    max_rounds: int,
) -> Any:
    """Trusts the model to stop by itself."""
    history = list(messages)
    while True:
        choice = _ask(client, model, history, tools)
        if _broken_off(choice):
            raise RuntimeError(f"The reply ended with {choice.finish_reason}.")
        if not choice.message.tool_calls:
            return choice.message.content
        history += [choice.message, *_all_answered(choice.message, functions)]


def loop_without_assistant_message(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    max_rounds: int,
) -> Any:
    """Sends results without the tool calls that they answer."""
    history = list(messages)
    for _ in range(max_rounds):
        choice = _ask(client, model, history, tools)
        if _broken_off(choice):
            raise RuntimeError(f"The reply ended with {choice.finish_reason}.")
        if not choice.message.tool_calls:
            return choice.message.content
        history += _all_answered(choice.message, functions)
    raise RuntimeError(f"No answer after {max_rounds} rounds.")


def one_turn_only(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    max_rounds: int,
) -> Any:
    """Knows two requests: one that asks, one that answers."""
    choice = _ask(client, model, messages, tools)
    if not choice.message.tool_calls:
        return choice.message.content
    history = [*messages, choice.message, *_all_answered(choice.message, functions)]
    return _ask(client, model, history, tools).message.content


def one_request_per_result(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    max_rounds: int,
) -> Any:
    """Sends each result as soon as it is there, in a request of its own."""
    history = list(messages)
    choice = _ask(client, model, history, tools)
    while choice.message.tool_calls:
        history.append(choice.message)
        for answer in _all_answered(choice.message, functions):
            history.append(answer)
            choice = _ask(client, model, history, tools)
    return choice.message.content


def loop_takes_cut_text(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    max_rounds: int,
) -> Any:
    """Returns whatever text there is, broken off or not."""
    history = list(messages)
    for _ in range(max_rounds):
        choice = _ask(client, model, history, tools)
        if not choice.message.tool_calls:
            return choice.message.content
        history += [choice.message, *_all_answered(choice.message, functions)]
    raise RuntimeError(f"No answer after {max_rounds} rounds.")


def loop_takes_filtered_text(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    max_rounds: int,
) -> Any:
    """Knows of `length`, and takes what a content filter has left for the answer."""
    history = list(messages)
    for _ in range(max_rounds):
        choice = _ask(client, model, history, tools)
        if choice.finish_reason == "length":
            raise RuntimeError("The reply was cut off.")
        if not choice.message.tool_calls:
            return choice.message.content
        history += [choice.message, *_all_answered(choice.message, functions)]
    raise RuntimeError(f"No answer after {max_rounds} rounds.")


def comment_in_between(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    max_rounds: int,
) -> Any:
    """Slips a remark between the tool calls and their results."""
    history = list(messages)
    for _ in range(max_rounds):
        choice = _ask(client, model, history, tools)
        if _broken_off(choice):
            raise RuntimeError(f"The reply ended with {choice.finish_reason}.")
        if not choice.message.tool_calls:
            return choice.message.content
        remark = {"role": "user", "content": "Here are the results."}
        history += [choice.message, remark, *_all_answered(choice.message, functions)]
    raise RuntimeError(f"No answer after {max_rounds} rounds.")


def one_round_too_many(
    client: Any,
    model: str,
    messages: list[Any],
    tools: list[Any],
    functions: Functions,
    max_rounds: int,
) -> Any:
    """Counts the rounds with tools, and asks once more than it may."""
    history = list(messages)
    for _ in range(max_rounds + 1):
        choice = _ask(client, model, history, tools)
        if _broken_off(choice):
            raise RuntimeError(f"The reply ended with {choice.finish_reason}.")
        if not choice.message.tool_calls:
            return choice.message.content
        history += [choice.message, *_all_answered(choice.message, functions)]
    raise RuntimeError(f"No answer after {max_rounds} rounds.")


MISTAKES = tuple(
    Mistake(exercise=exercise, name=name, fails=fails, function=function)
    for exercise, name, fails, function in (
        ("answer_calls", "first call only", "answers every id exactly once", first_call_only),
        (
            "answer_calls",
            "matched by position",
            "gives each tool call its own result",
            matched_by_position,
        ),
        (
            "answer_calls",
            "one result per tool",
            "keeps several calls of one tool apart",
            one_result_per_tool,
        ),
        ("answer_calls", "lost id", "answers every id exactly once", lost_id),
        ("answer_calls", "id answered twice", "answers every id exactly once", answered_twice),
        (
            "answer_calls",
            "old role",
            "marks each message with role and tool_call_id",
            role_function,
        ),
        (
            "answer_calls",
            "result sent as a dict",
            "sends each result as JSON text",
            content_as_dict,
        ),
        (
            "answer_calls",
            "result sent as Python",
            "sends each result as JSON text",
            content_as_python,
        ),
        (
            "answer_calls",
            "arguments not parsed",
            "runs each tool call once, with its arguments parsed",
            arguments_not_parsed,
        ),
        (
            "answer_calls",
            "runs tools twice",
            "runs each tool call once, with its arguments parsed",
            runs_twice,
        ),
        (
            "converse",
            "loop that trusts finish_reason",
            "runs tool calls that come with the finish_reason `stop`",
            loop_trusts_finish_reason,
        ),
        (
            "converse",
            "loop without an end",
            "stops with RuntimeError after max_rounds",
            loop_without_end,
        ),
        (
            "converse",
            "assistant message left out",
            "never sends a request that is refused",
            loop_without_assistant_message,
        ),
        (
            "converse",
            "one turn only",
            "goes on for as many turns as the model needs",
            one_turn_only,
        ),
        (
            "converse",
            "one request per result",
            "never sends a request that is refused",
            one_request_per_result,
        ),
        (
            "converse",
            "takes a cut reply for an answer",
            "raises RuntimeError for a reply that was cut off or filtered",
            loop_takes_cut_text,
        ),
        (
            "converse",
            "takes a filtered reply for an answer",
            "raises RuntimeError for a reply that was cut off or filtered",
            loop_takes_filtered_text,
        ),
        (
            "converse",
            "message in between",
            "never sends a request that is refused",
            comment_in_between,
        ),
        (
            "converse",
            "one round too many",
            "stops with RuntimeError after max_rounds",
            one_round_too_many,
        ),
    )
)
