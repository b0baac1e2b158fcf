"""Lesson 05: the conversations that the loop is put through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.material import claude_city_tool, claude_reply, results_of, script
from fanout.checks.scenario import Argument, Scenario, claude_client, tools, value
from fanout.conversation import Conversation, Reply, ToolCall
from fanout.lessons.answer.talking import answers_to, city_of, last_turn, tools_for
from fanout.lessons.claude.answering import claude_calls
from fanout.lessons.syllabus import model

Calls = tuple[ToolCall, ...]
_FULL = "model_context_window_exceeded"
"""A stop_reason that only Claude has."""


def talks(draw: Draw) -> list[Scenario]:
    """One conversation for each way in which a loop may end, or go wrong."""
    both, gateway, failed, single, cut = (
        claude_calls(draw, draw.city_calls(count)) for count in (5, 2, 2, 3, 2)
    )
    first, second = both[:3], both[3:]
    told = [
        _talk(draw, "no tool is needed", [], "plain"),
        _talk(
            draw, "thinking, two texts and three calls; the answer in two texts", [first], "once"
        ),
        _talk(draw, "a turn with three calls, then a reply without a text", [second], "once", ""),
        _talk(draw, "two turns with calls, then the answer", [first, second], "turns"),
        _talk(draw, "tool_use blocks under the stop_reason `end_turn`", [gateway], "gateway"),
        _talk(draw, "one of two tools raises an exception", [failed], "fails"),
        _one_by_one(draw, "three calls, and parallel is False", single),
        _broken_off(draw, "the second reply is cut off by `max_tokens`", [cut], "length"),
        _broken_off(draw, "the second reply ends with `refusal`", [cut], "content_filter"),
        _broken_off(
            draw, "the second reply ends with `model_context_window_exceeded`", [cut], _FULL
        ),
        _broken_off(draw, "the calls of the first reply are cut off", [], "length", cut),
        _endless(draw, draw.number(3, 5)),
    ]
    names = draw.shuffled([model("claude"), model("unforced")])
    return [_with_model(talk, names[number % 2]) for number, talk in enumerate(told)]


def _with_model(talk: Scenario, name: str) -> Scenario:
    """The talk with another model; the names change from talk to talk, so that none can be meant."""
    arguments = {**talk.arguments, "model": value(name)}
    return replace(talk, arguments=arguments, facts={**talk.facts, "model": name})


def _talk(
    draw: Draw, title: str, turns: Sequence[Calls], about: str, words: str | None = None
) -> Scenario:
    calls = [call for turn in turns for call in turn]
    failing = {calls[0].id: f"No answer today, code {draw.text(6)}."} if about == "fails" else {}
    answers = answers_to(draw, calls, failing)
    words = f"Done: {draw.text(8)}." if words is None else words
    said = [*answers.values(), *failing.values()]
    stop: Any = "stop" if about == "gateway" else None
    replies = [replace(draw.reply(*turn), stop=stop) for turn in turns]
    last = last_turn(said, words)
    if about == "once":
        replies = [_thoughtful(draw, reply) for reply in replies]
        last = _in_two_texts(last)
    return Scenario(
        title=title,
        arguments=_arguments(draw, calls),
        about=frozenset({about, "ends", "parallel"}),
        facts={"answer": words, "rounds": len(turns) + 1},
        mind=script(*replies, last),
        tools=tools_for(calls, answers, failing),
    )


def _thoughtful(draw: Draw, reply: Reply) -> Reply:
    """The turn with thinking in front of it, and a text in two pieces."""
    thought = {"type": "thinking", "thinking": "One look-up each.", "signature": draw.text(20)}
    texts = [{"type": "text", "text": words} for words in ("I will look that up.", "One moment.")]
    return claude_reply(reply, thought, *texts)


def _in_two_texts(turn: Callable[[Conversation], Reply]) -> Callable[[Conversation], Reply]:
    """The same answer, with its text in two blocks; one without a text stays as it is."""

    def said(conversation: Conversation) -> Reply:
        reply = turn(conversation)
        words = reply.text or ""
        pieces = [words[: len(words) // 2], words[len(words) // 2 :]] if words else []
        return claude_reply(reply, *({"type": "text", "text": piece} for piece in pieces))

    return said


def _one_by_one(draw: Draw, title: str, calls: Calls) -> Scenario:
    """A model that asks for all that is left, or for the next one where it may ask for one only."""
    answers, words = answers_to(draw, calls), f"Done: {draw.text(8)}."

    def mind(conversation: Conversation) -> Reply:
        heard = " ".join(results_of(conversation))
        left = [call for call in calls if answers[call.id] not in heard]
        asked = left if conversation.parallel else left[:1]
        return Reply(calls=tuple(asked)) if asked else Reply(text=words)

    return Scenario(
        title=title,
        arguments=_arguments(draw, calls, parallel=False),
        about=frozenset({"single", "ends"}),
        facts={"answer": words, "rounds": len(calls) + 1},
        mind=mind,
        tools=tools_for(calls, answers),
    )


def _broken_off(
    draw: Draw, title: str, turns: Sequence[Calls], stop: Any, broken: Calls = ()
) -> Scenario:
    calls = [*broken, *(call for turn in turns for call in turn)]
    said = draw.reply(*broken, text="The answer to your question is")
    half = claude_reply(said, reason=stop) if stop == _FULL else replace(said, stop=stop)
    return Scenario(
        title=title,
        arguments=_arguments(draw, calls),
        about=frozenset({"cut"}),
        facts={"rounds": len(turns) + 1, "ran": sum(map(len, turns))},
        mind=script(*(draw.reply(*turn) for turn in turns), half),
        tools=tools_for(calls, answers_to(draw, calls)),
    )


def _endless(draw: Draw, rounds: int) -> Scenario:
    """A model that asks for the same two things again and again; it gives up in the end."""
    calls, asked = claude_calls(draw, draw.city_calls(2)), 30
    turns = [draw.reply(*claude_calls(draw, calls)) for _ in range(asked)]
    return Scenario(
        title=f"the model asks {asked} times, and max_rounds is {rounds}",
        arguments=_arguments(draw, calls, rounds=rounds),
        about=frozenset({"endless"}),
        facts={"rounds": rounds},
        mind=script(*turns, Reply(text=f"An answer after {asked + 1} round trips.")),
        tools=tools_for(calls, answers_to(draw, calls)),
    )


def _arguments(
    draw: Draw, calls: Sequence[ToolCall], rounds: int = 10, parallel: bool = True
) -> dict[str, Argument]:
    names = sorted({call.name for call in calls} or draw.tool_names(2))
    cities = ", ".join(map(city_of, calls)) or "no city"
    question = f"Question {draw.text(6)} about {cities}: what do the tools say?"
    return {
        "client": claude_client(),
        "messages": value([{"role": "user", "content": question}]),
        "tools": value([claude_city_tool(name) for name in names]),
        "functions": tools(names),
        "max_rounds": value(rounds),
        "parallel": value(parallel),
    }
