"""Plausible wrong solutions of lesson 02, each rejected by the criterion that names it."""

from __future__ import annotations

import json
from typing import Any

from fanout.checks.exercise import Mistake
from fanout.lessons.answer.loop_mistakes import (
    LOOP_MISTAKES,
    Functions,
    all_answered,
    result_of,
    tool_message,
)


def first_call_only(message: Any, functions: Functions) -> Any:
    """Answers the first tool call and forgets that there may be more."""
    call = message.tool_calls[0]
    return [tool_message(call, result_of(call, functions))]


def matched_by_position(message: Any, functions: Functions) -> Any:
    """Takes the calls off a stack, and gives the results back in the order in which they came."""
    stack = list(message.tool_calls)
    results = [result_of(stack.pop(), functions) for _ in message.tool_calls]
    pairs = zip(message.tool_calls, results, strict=True)
    return [tool_message(call, result) for call, result in pairs]


def one_result_per_tool(message: Any, functions: Functions) -> Any:
    """Keeps results by the tool's name: the last call of a tool answers them all."""
    results = {call.function.name: result_of(call, functions) for call in message.tool_calls}
    return [tool_message(call, results[call.function.name]) for call in message.tool_calls]


def lost_id(message: Any, functions: Functions) -> Any:
    """Puts the tool's name where the id belongs."""
    return [
        {"role": "tool", "tool_call_id": call.function.name, "content": result_of(call, functions)}
        for call in message.tool_calls
    ]


def answered_twice(message: Any, functions: Functions) -> Any:
    """Adds a note with the id of a call that has its result already."""
    answers = all_answered(message, functions)
    return [*answers, tool_message(message.tool_calls[-1], "all done")]


def role_function(message: Any, functions: Functions) -> Any:
    """Uses the role of the API's first years."""
    return [{**answer, "role": "function"} for answer in all_answered(message, functions)]


def content_as_dict(message: Any, functions: Functions) -> Any:
    """Sends the result as it is, not as text."""
    answers = all_answered(message, functions)
    return [{**answer, "content": json.loads(answer["content"])} for answer in answers]


def content_as_python(message: Any, functions: Functions) -> Any:
    """Writes the result as Python does, with single quotes."""
    answers = all_answered(message, functions)
    return [{**answer, "content": str(json.loads(answer["content"]))} for answer in answers]


def content_dumped_twice(message: Any, functions: Functions) -> Any:
    """Makes JSON of what is JSON text already."""
    answers = all_answered(message, functions)
    return [{**answer, "content": json.dumps(answer["content"])} for answer in answers]


def arguments_not_parsed(message: Any, functions: Functions) -> Any:
    """Hands the JSON text of the arguments to the tool."""
    return [
        tool_message(call, json.dumps(functions[call.function.name](city=call.function.arguments)))
        for call in message.tool_calls
    ]


def runs_twice(message: Any, functions: Functions) -> Any:
    """Runs every tool once for the log and once for the answer."""
    for call in message.tool_calls:
        print(call.function.name, result_of(call, functions))
    return all_answered(message, functions)


MISTAKES = (
    *(
        Mistake(exercise="answer_calls", name=name, fails=fails, function=function)
        for name, fails, function in (
            ("first call only", "answers every id exactly once", first_call_only),
            (
                "matched by position",
                "gives each tool call its own result",
                matched_by_position,
            ),
            (
                "one result per tool",
                "keeps several calls of one tool apart",
                one_result_per_tool,
            ),
            ("lost id", "answers every id exactly once", lost_id),
            ("id answered twice", "answers every id exactly once", answered_twice),
            (
                "old role",
                "marks each message with role and tool_call_id",
                role_function,
            ),
            (
                "result sent as a dict",
                "sends each result as JSON text",
                content_as_dict,
            ),
            (
                "result sent as Python",
                "sends each result as JSON text",
                content_as_python,
            ),
            (
                "JSON within JSON",
                "sends each result as JSON text",
                content_dumped_twice,
            ),
            (
                "arguments not parsed",
                "runs each tool call once, with its arguments parsed",
                arguments_not_parsed,
            ),
            (
                "runs tools twice",
                "runs each tool call once, with its arguments parsed",
                runs_twice,
            ),
        )
    ),
    *LOOP_MISTAKES,
)
