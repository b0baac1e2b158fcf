"""Plausible wrong loops of lesson 02, each rejected by the criterion that names it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from fanout.checks.exercise import Mistake
from fanout.lessons.syllabus import model as name_of

Functions = dict[str, Callable[..., Any]]


def result_of(call: Any, functions: Functions) -> str:
    """The result of one call, as JSON text."""
    arguments = json.loads(call.function.arguments)
    return json.dumps(functions[call.function.name](**arguments))


def tool_message(call: Any, content: Any) -> dict[str, Any]:
    """The message that answers one call."""
    return {"role": "tool", "tool_call_id": call.id, "content": content}


def all_answered(message: Any, functions: Functions) -> list[dict[str, Any]]:
    """The right messages for one turn."""
    return [tool_message(call, result_of(call, functions)) for call in message.tool_calls]


def _broken_off(choice: Any) -> bool:
    return choice.finish_reason in ("length", "content_filter")


def _holds_no_calls(choice: Any) -> bool:
    return not choice.message.tool_calls


@dataclass(frozen=True, kw_only=True)
class _Loop:
    """The right loop, of which a mistake replaces one part. What is left out is as it should be."""

    begin: Callable[[list[Any]], list[Any]] = list
    """The history of the first request, from the messages given."""
    options: Callable[[int, list[Any]], dict[str, Any]] = lambda _, tools: {"tools": tools}
    """The options of a request, from the number of those before it and the tools given."""
    is_cut: Callable[[Any], bool] = _broken_off
    is_answer: Callable[[Any], bool] = _holds_no_calls
    turn: Callable[[Any], list[Any]] = lambda message: [message]
    """What goes into the history before the results."""
    rounds: Callable[[int], Iterable[int]] = range

    def run(
        self,
        client: Any,
        model: str,
        messages: list[Any],
        tools: list[Any],
        functions: Functions,
        max_rounds: int,
    ) -> Any:
        history = self.begin(messages)
        for number in self.rounds(max_rounds):
            options = self.options(number, tools)
            choice = _ask(client, model, history, **options)
            if self.is_cut(choice):
                raise RuntimeError(f"The reply ended with {choice.finish_reason}.")
            if self.is_answer(choice):
                return choice.message.content
            history += [*self.turn(choice.message), *all_answered(choice.message, functions)]
        raise RuntimeError(f"No answer after {max_rounds} rounds.")


def _ask(client: Any, model: str, history: list[Any], **options: Any) -> Any:
    return client.chat.completions.create(model=model, messages=history, **options).choices[0]


def loop_trusts_finish_reason(**given: Any) -> Any:
    """Goes on only while finish_reason announces tool calls."""
    return _Loop(is_answer=lambda choice: choice.finish_reason == "stop").run(**given)


def loop_without_end(**given: Any) -> Any:
    """Trusts the model to stop by itself."""
    return _Loop(rounds=lambda _: itertools.count()).run(**given)


def one_round_too_many(**given: Any) -> Any:
    """Counts the rounds with tools, and asks once more than it may."""
    return _Loop(rounds=lambda most: range(most + 1)).run(**given)


def loop_without_assistant_message(**given: Any) -> Any:
    """Sends results without the tool calls that they answer."""
    return _Loop(turn=lambda _: []).run(**given)


def comment_in_between(**given: Any) -> Any:
    """Slips a remark between the tool calls and their results."""
    remark = {"role": "user", "content": "Here are the results."}
    return _Loop(turn=lambda message: [message, remark]).run(**given)


def one_turn_only(client: Any, model: str, messages: list[Any], **given: Any) -> Any:
    """Knows two requests: one that asks, one that answers."""
    tools = given["tools"]
    choice = _ask(client, model, messages, tools=tools)
    if _holds_no_calls(choice):
        return choice.message.content
    history = [*messages, choice.message, *all_answered(choice.message, given["functions"])]
    return _ask(client, model, history, tools=tools).message.content


def one_request_per_result(client: Any, model: str, messages: list[Any], **given: Any) -> Any:
    """Sends each result as soon as it is there, in a request of its own."""
    history = list(messages)
    choice = _ask(client, model, history, tools=given["tools"])
    while choice.message.tool_calls:
        history.append(choice.message)
        for answer in all_answered(choice.message, given["functions"]):
            history.append(answer)
            choice = _ask(client, model, history, tools=given["tools"])
    return choice.message.content


def loop_takes_cut_text(**given: Any) -> Any:
    """Returns whatever text there is, broken off or not."""
    return _Loop(is_cut=lambda _: False).run(**given)


def loop_takes_filtered_text(**given: Any) -> Any:
    """Knows of `length`, and takes what a content filter has left for the answer."""
    return _Loop(is_cut=lambda choice: choice.finish_reason == "length").run(**given)


def runs_cut_calls(**given: Any) -> Any:
    """Asks whether the reply is whole only where it holds no tool calls."""
    return _Loop(is_cut=lambda choice: _holds_no_calls(choice) and _broken_off(choice)).run(**given)


def remark_for_an_answer(**given: Any) -> Any:
    """Takes a remark beside the tool calls for the answer."""
    return _Loop(is_answer=lambda choice: bool(choice.message.content)).run(**given)


def asks_the_lesson_s_model(model: str, **given: Any) -> Any:
    """Copies the lesson's loop, the name of the model included."""
    return _Loop().run(model=name_of("chat"), **given)


def tools_once(**given: Any) -> Any:
    """Takes it that the API remembers the tools of the first request."""
    return _Loop(options=lambda number, tools: {} if number else {"tools": tools}).run(**given)


def last_message_only(**given: Any) -> Any:
    """Begins with the question alone, and forgets what the system said."""
    return _Loop(begin=lambda messages: messages[-1:]).run(**given)


def grows_the_caller_s_list(**given: Any) -> Any:
    """Writes the conversation into the list that it was given."""
    return _Loop(begin=lambda messages: messages).run(**given)


_GIVEN = "sends the model, the tools and all messages it was given each time"

LOOP_MISTAKES = tuple(
    Mistake(exercise="converse", name=name, fails=fails, function=function)
    for name, fails, function in (
        (
            "loop that trusts finish_reason",
            "runs tool calls that come with the finish_reason `stop`",
            loop_trusts_finish_reason,
        ),
        (
            "loop without an end",
            "stops with RuntimeError after max_rounds",
            loop_without_end,
        ),
        (
            "assistant message left out",
            "never sends a request that is refused",
            loop_without_assistant_message,
        ),
        (
            "one turn only",
            "goes on for as many turns as the model needs",
            one_turn_only,
        ),
        (
            "one request per result",
            "never sends a request that is refused",
            one_request_per_result,
        ),
        (
            "takes a cut reply for an answer",
            "raises RuntimeError for a reply that was cut off or filtered",
            loop_takes_cut_text,
        ),
        (
            "takes a filtered reply for an answer",
            "raises RuntimeError for a reply that was cut off or filtered",
            loop_takes_filtered_text,
        ),
        ("asks the lesson's model", _GIVEN, asks_the_lesson_s_model),
        ("tools only in the first request", _GIVEN, tools_once),
        ("keeps the last message only", _GIVEN, last_message_only),
        (
            "grows the caller's list",
            "leaves the messages that it was given as they are",
            grows_the_caller_s_list,
        ),
        (
            "takes a remark for the answer",
            "runs tool calls that come with a text",
            remark_for_an_answer,
        ),
        (
            "runs calls that were cut off",
            "raises RuntimeError for a reply that was cut off or filtered",
            runs_cut_calls,
        ),
        (
            "message in between",
            "never sends a request that is refused",
            comment_in_between,
        ),
        (
            "one round too many",
            "stops with RuntimeError after max_rounds",
            one_round_too_many,
        ),
    )
)
