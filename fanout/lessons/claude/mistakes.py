"""Plausible wrong solutions of lesson 05, each rejected by the criterion that names it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fanout.checks.exercise import Mistake
from fanout.lessons.claude.loop_mistakes import LOOP_MISTAKES
from fanout.lessons.claude.tool_mistakes import TOOL_MISTAKES

Functions = dict[str, Callable[..., Any]]
Block = dict[str, Any]


def _asked(message: Any) -> list[Any]:
    return [block for block in message.content if block.type == "tool_use"]


def _result(block: Any, functions: Functions, content: str | None = None) -> Block:
    """A result, right in every respect."""
    answer = {"type": "tool_result", "tool_use_id": block.id}
    try:
        value = json.dumps(functions[block.name](**block.input)) if content is None else content
    except Exception as error:  # noqa: BLE001 (whatever a tool raises)
        return answer | {"content": repr(error), "is_error": True}
    return answer | {"content": value}


def _results(message: Any, functions: Functions) -> list[Block]:
    return [_result(block, functions) for block in _asked(message)]


def _user(*blocks: Block) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


# --- answer_turn ----------------------------------------------------------------------------------


def first_block_only(message: Any, functions: Functions) -> Any:
    """Answers the first tool_use block and forgets that there may be more."""
    return _user(_results(message, functions)[0])


def text_first(message: Any, functions: Functions) -> Any:
    """Introduces the results politely."""
    polite = {"type": "text", "text": "Here are the results:"}
    return _user(polite, *_results(message, functions))


def message_for_each(message: Any, functions: Functions) -> Any:
    """Writes one user message for each result, as with OpenAI's tool messages."""
    return [_user(result) for result in _results(message, functions)]


def openai_messages(message: Any, functions: Functions) -> Any:
    """Answers as one answers OpenAI."""
    return [
        {"role": "tool", "tool_call_id": result["tool_use_id"], "content": result["content"]}
        for result in _results(message, functions)
    ]


def openai_field(message: Any, functions: Functions) -> Any:
    """Keeps OpenAI's word for the id inside Claude's block."""
    return _user(
        *(
            {"tool_call_id" if key == "tool_use_id" else key: value for key, value in r.items()}
            for r in _results(message, functions)
        )
    )


def input_parsed(message: Any, functions: Functions) -> Any:
    """Parses the input, which is a dict already, and takes the exception for the tool's."""

    def result(block: Any) -> Block:
        answer = {"type": "tool_result", "tool_use_id": block.id}
        try:
            output = functions[block.name](**json.loads(block.input))
        except Exception as error:  # noqa: BLE001 (whatever is raised here)
            return answer | {"content": repr(error), "is_error": True}
        return answer | {"content": json.dumps(output)}

    return _user(*map(result, _asked(message)))


def lost_id(message: Any, functions: Functions) -> Any:
    """Puts the tool's name where the id belongs."""
    pairs = zip(_asked(message), _results(message, functions), strict=True)
    return _user(*(result | {"tool_use_id": block.name} for block, result in pairs))


def starts_with_call(message: Any, functions: Functions) -> Any:
    """Takes a turn that begins with a text for a turn without calls."""
    called = message.content[0].type == "tool_use"
    return _user(*_results(message, functions)) if called else _user()


def matched_by_position(message: Any, functions: Functions) -> Any:
    """Takes the blocks off a stack, and gives the results back in the order in which they came."""
    stack = _asked(message)
    contents = [_result(stack.pop(), functions)["content"] for _ in _asked(message)]
    pairs = zip(_asked(message), contents, strict=True)
    return _user(*(_result(block, functions, content) for block, content in pairs))


def one_result_per_tool(message: Any, functions: Functions) -> Any:
    """Keeps results by the tool's name: the last call of a tool answers them all."""
    by_name = {block.name: _result(block, functions) for block in _asked(message)}
    return _user(*(by_name[block.name] | {"tool_use_id": block.id} for block in _asked(message)))


def error_swallowed(message: Any, functions: Functions) -> Any:
    """Sends what a failing tool gave, nothing, as if it were a result."""
    results = _results(message, functions)
    return _user(
        *({**r, "content": "null", "is_error": False} if "is_error" in r else r for r in results)
    )


def failed_left_out(message: Any, functions: Functions) -> Any:
    """Answers what went well and leaves the rest unanswered."""
    return _user(*(result for result in _results(message, functions) if "is_error" not in result))


def error_not_caught(message: Any, functions: Functions) -> Any:
    """Lets one tool's exception take all results with it."""
    outputs = [functions[block.name](**block.input) for block in _asked(message)]
    pairs = zip(_asked(message), outputs, strict=True)
    return _user(*(_result(block, functions, json.dumps(output)) for block, output in pairs))


def one_fails_all_fail(message: Any, functions: Functions) -> Any:
    """Has one `try` around the whole turn."""
    results = _results(message, functions)
    failed = [result for result in results if "is_error" in result]
    return _user(
        *(
            {**r, "content": failed[0]["content"], "is_error": True} if failed else r
            for r in results
        )
    )


def error_by_str(message: Any, functions: Functions) -> Any:
    """Relies on the exception having a text."""

    def result(block: Any) -> Block:
        answer = {"type": "tool_result", "tool_use_id": block.id}
        try:
            return answer | {"content": json.dumps(functions[block.name](**block.input))}
        except Exception as error:  # noqa: BLE001 (whatever a tool raises)
            return answer | {"content": str(error), "is_error": True}

    return _user(*map(result, _asked(message)))


def python_instead_of_json(message: Any, functions: Functions) -> Any:
    """Writes a result as Python shows it."""

    def result(block: Any) -> Block:
        one = _result(block, functions)
        return one if "is_error" in one else one | {"content": str(json.loads(one["content"]))}

    return _user(*map(result, _asked(message)))


def text_answered_too(message: Any, functions: Functions) -> Any:
    """Answers each block of the turn in its kind, texts by texts."""
    answered = []
    for block in message.content:
        if block.type == "tool_use":
            answered.append(_result(block, functions))
        elif block.type == "text":
            answered.append({"type": "text", "text": block.text})
    return _user(*answered)


TURN_MISTAKES = tuple(
    Mistake(exercise="answer_turn", name=name, fails=fails, function=function)
    for name, fails, function in (
        (
            "Python in place of JSON",
            "gives each tool_use block its own result",
            python_instead_of_json,
        ),
        ("text answered too", "puts the results before anything else", text_answered_too),
        ("first block only", "answers every tool_use block exactly once", first_block_only),
        ("text before the results", "puts the results before anything else", text_first),
        ("a message for each result", "puts all results into one user message", message_for_each),
        ("OpenAI's tool messages", "puts all results into one user message", openai_messages),
        ("OpenAI's field for the id", "gives the API what it takes", openai_field),
        (
            "input parsed as JSON text",
            "runs each tool once, with the input as it came",
            input_parsed,
        ),
        ("lost id", "answers every tool_use block exactly once", lost_id),
        (
            "a turn begins with its calls",
            "finds the tool_use blocks beside a text and thinking",
            starts_with_call,
        ),
        ("matched by position", "gives each tool_use block its own result", matched_by_position),
        (
            "one result per tool",
            "keeps several tool_use blocks of one tool apart",
            one_result_per_tool,
        ),
        ("error swallowed", "marks a failed tool with is_error, and no other", error_swallowed),
        (
            "failed call left out",
            "marks a failed tool with is_error, and no other",
            failed_left_out,
        ),
        ("error not caught", "marks a failed tool with is_error, and no other", error_not_caught),
        (
            "one fails, all fail",
            "marks a failed tool with is_error, and no other",
            one_fails_all_fail,
        ),
        ("exception without a text", "says what went wrong", error_by_str),
    )
)

MISTAKES = (*TURN_MISTAKES, *TOOL_MISTAKES, *LOOP_MISTAKES)
