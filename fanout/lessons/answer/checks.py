"""Lesson 02: the tool messages of one turn, and the loop around them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet, unchanged
from fanout.checks.material import chat_body, city_tool, script, sends_given, some_model
from fanout.checks.scenario import Argument, Scenario, chat_message, client, tools, value
from fanout.conversation import Reply, ToolCall
from fanout.lessons.answer.talking import (
    accepted,
    answers_to,
    last_turn,
    raises_in_time,
    returns_answer,
    round_trips,
    tools_for,
)

# --- answer_calls ---------------------------------------------------------------------------------


def _answer_scenarios(draw: Draw) -> list[Scenario]:
    several = draw.city_calls(draw.number(3, 5))
    name, cities = draw.tool_names(1)[0], draw.cities(3)
    same = tuple(draw.call(name, city=city) for city in cities)
    return [
        _turn(draw, f"a turn with {len(several)} tool calls", several),
        _turn(draw, "a turn with three tool calls of one tool", same, "same"),
        _turn(draw, "a turn with one tool call", draw.city_calls(1)),
    ]


def _turn(draw: Draw, title: str, calls: tuple[ToolCall, ...], *about: str) -> Scenario:
    answers = answers_to(draw, calls)
    return Scenario(
        title=title,
        arguments={
            "message": chat_message(chat_body(draw.reply(*calls))),
            "functions": tools(sorted({call.name for call in calls})),
        },
        about=frozenset(about),
        facts={"calls": calls, "answers": answers},
        tools=tools_for(calls, answers),
    )


def _messages(attempt: Attempt) -> list[Mapping[str, Any]]:
    """The returned messages; anything that is no list of dicts counts as none."""
    items = attempt.returned if isinstance(attempt.returned, list) else []
    return [item for item in items if isinstance(item, Mapping)]


def _ids(attempt: Attempt) -> list[str]:
    return [call.id for call in attempt.facts["calls"]]


def _every_id_once(attempt: Attempt) -> NotYet | None:
    yours = [message.get("tool_call_id") for message in _messages(attempt)]
    expected = _ids(attempt)
    if sorted(map(str, yours)) == sorted(expected):
        return None
    return NotYet(yours=yours or attempt.returned, expected=expected)


def _roles(attempt: Attempt) -> NotYet | None:
    messages = _messages(attempt)
    yours = [{key: m.get(key) for key in ("role", "tool_call_id")} for m in messages]
    right = messages and all(m.get("role") == "tool" and m.get("tool_call_id") for m in messages)
    expected = [{"role": "tool", "tool_call_id": i} for i in _ids(attempt)]
    return None if right else NotYet(yours=yours or attempt.returned, expected=expected)


def _content_is_json(attempt: Attempt) -> NotYet | None:
    contents = [message.get("content") for message in _messages(attempt)]
    expected = [json.dumps({"answer": a}) for a in attempt.facts["answers"].values()]
    right = contents and all(map(_is_json, contents))
    return None if right else NotYet(yours=contents or attempt.returned, expected=expected)


def _is_json(content: Any) -> bool:
    """Whether it is a result as JSON text, and not JSON text that was made into JSON once more."""
    try:
        return not isinstance(json.loads(content), str)
    except (TypeError, ValueError):
        return False


def _own_result(attempt: Attempt) -> NotYet | None:
    """Each message must hold the answer of its own call; in which spelling is free."""
    answers = attempt.facts["answers"]
    messages = _messages(attempt)
    paired = {str(m.get("tool_call_id")): m.get("content") for m in messages}
    right = all(answer in json.dumps(paired.get(i)) for i, answer in answers.items())
    expected = {i: json.dumps({"answer": a}) for i, a in answers.items()}
    return None if right else NotYet(yours=paired or attempt.returned, expected=expected)


def _runs_each_once(attempt: Attempt) -> NotYet | None:
    ran = [(e.request["tool"], e.request["arguments"]) for e in attempt.run.service_exchanges]
    wanted = [(call.name, json.loads(call.arguments)) for call in attempt.facts["calls"]]
    same = sorted(map(repr, ran)) == sorted(map(repr, wanted))
    return None if same else NotYet(yours=_written(ran), expected=_written(wanted))


def _written(calls: Sequence[tuple[str, Any]]) -> str:
    listed = ", ".join(f"{name}({json.dumps(arguments)})" for name, arguments in calls)
    return listed or "no tool was run"


ANSWER_CALLS = Exercise(
    name="answer_calls",
    lesson="answer",
    title="Answer one turn",
    difficulty=2,
    importance=5,
    minutes=8,
    scenarios=_answer_scenarios,
    criteria=(
        Criterion(
            name="answers every id exactly once",
            rule="Each tool call needs one result: a missing, a doubled or an unknown id is a 400.",
            look=_every_id_once,
            points=2,
        ),
        Criterion(
            name="marks each message with role and tool_call_id",
            rule="A tool result is a message of role `tool` that names the call it answers.",
            look=_roles,
        ),
        Criterion(
            name="sends each result as JSON text",
            rule="`content` must be a string: a dict is refused with 400, invalid_type. `json.dumps`, "
            "once, writes JSON; `str` writes Python.",
            look=_content_is_json,
        ),
        Criterion(
            name="gives each tool call its own result",
            rule="Results are paired by id. Neither the tool's name nor a position is enough.",
            look=_own_result,
            points=2,
        ),
        Criterion(
            name="keeps several calls of one tool apart",
            about="same",
            rule="Three calls of one tool are three questions with three answers.",
            look=_own_result,
        ),
        Criterion(
            name="runs each tool call once, with its arguments parsed",
            rule="A tool that runs twice may book twice; a tool that is not run has no result.",
            look=_runs_each_once,
        ),
    ),
    hints=(
        "One tool call in, one message out. What does the loop go over, so that nothing can be left out?",
        "For each tool call: find the function by its name, parse the arguments, run it with them as "
        "keyword arguments, and put the id of this very call beside the result.",
        "Each message has the keys role, tool_call_id and content; `json.dumps` makes a text of a "
        "result, as `json.loads` made a dict of the arguments.",
    ),
    more="the order of the results is free, as the ids do the pairing. It is worth keeping the order of "
    "the calls all the same: people read logs.",
)

# --- converse -------------------------------------------------------------------------------------


def _converse_scenarios(draw: Draw) -> list[Scenario]:
    both = draw.city_calls(5)
    first, second = both[:3], both[3:]
    alone, forced, spoken = draw.city_calls(1), draw.city_calls(2), draw.city_calls(2)
    whole, call = draw.city_calls(2)
    cut = (whole, replace(call, arguments=call.arguments[:-3]))
    return [
        _talk(draw, "the model answers at once", [], "plain"),
        _talk(draw, "one turn with three tool calls, then the answer", [first], "once"),
        _talk(draw, "two turns with tool calls, then the answer", [first, second], "turns"),
        _talk(draw, "tool calls under the finish_reason `stop`", [forced], "forced", stop=True),
        _talk(draw, "tool calls with a remark beside them", [spoken], "spoken", text="One moment."),
        _broken_off(draw, "the second reply is cut off by the token limit", alone, "length"),
        _broken_off(draw, "the first reply is cut off in a tool call", cut, "length", rounds=1),
        _broken_off(draw, "the second reply is filtered", alone, "content_filter"),
        _endless(draw, "the model never stops asking", draw.number(3, 5)),
    ]


def _talk(
    draw: Draw,
    title: str,
    turns: Sequence[tuple[ToolCall, ...]],
    about: str,
    *,
    stop: bool = False,
    text: str | None = None,
) -> Scenario:
    calls = [call for turn in turns for call in turn]
    answers, words = answers_to(draw, calls), f"Done: {draw.text(8)}."
    replies = [Reply(text=text, calls=turn, stop="stop" if stop else None) for turn in turns]
    return Scenario(
        title=title,
        arguments=_arguments(draw, calls, rounds=10),
        about=frozenset({about, "ends"}),
        facts={"answer": words, "rounds": len(turns) + 1},
        mind=script(*replies, last_turn([*answers.values()], words)),
        tools=tools_for(calls, answers),
    )


def _broken_off(
    draw: Draw, title: str, calls: tuple[ToolCall, ...], stop: Any, *, rounds: int = 2
) -> Scenario:
    """A conversation whose first reply, or the second, is not whole."""
    half = Reply(text="The answer to your question is that", stop=stop)
    turns = (Reply(calls=calls, stop=stop),) if rounds == 1 else (Reply(calls=calls), half)
    asked = calls[:1]
    return Scenario(
        title=title,
        arguments=_arguments(draw, calls, rounds=10),
        about=frozenset({"cut"}),
        facts={"rounds": rounds},
        mind=script(*turns),
        tools=tools_for(asked, answers_to(draw, asked)),
    )


def _endless(draw: Draw, title: str, rounds: int) -> Scenario:
    calls = draw.city_calls(20)
    turns = [calls[i : i + 2] for i in range(0, len(calls), 2)]
    return Scenario(
        title=f"{title}, and max_rounds is {rounds}",
        arguments=_arguments(draw, calls, rounds=rounds),
        about=frozenset({"endless"}),
        facts={"rounds": rounds},
        mind=script(*(draw.reply(*turn) for turn in turns)),
        tools=tools_for(calls, answers_to(draw, calls)),
    )


def _arguments(draw: Draw, calls: Sequence[ToolCall], rounds: int) -> dict[str, Argument]:
    names = sorted({call.name for call in calls} or draw.tool_names(2))
    question = f"Question {draw.text(6)}: what do the tools say?"
    return {
        "client": client(),
        "model": value(some_model(draw)),
        "messages": value(
            [
                {"role": "system", "content": f"Your name is {draw.text(4)}."},
                {"role": "user", "content": question},
            ]
        ),
        "tools": value([city_tool(name) for name in names]),
        "functions": tools(names),
        "max_rounds": value(rounds),
    }


CONVERSE = Exercise(
    name="converse",
    lesson="answer",
    title="The complete loop",
    difficulty=3,
    importance=5,
    minutes=15,
    scenarios=_converse_scenarios,
    criteria=(
        Criterion(
            name="returns the answer when no tool is needed",
            about="plain",
            rule="Zero tool calls in the first reply is the shortest conversation there is.",
            look=returns_answer,
        ),
        Criterion(
            name="answers a turn with several tool calls and returns the final text",
            about="once",
            rule="Assistant message first, then one tool message for each of its ids, in one request.",
            look=returns_answer,
            points=2,
        ),
        Criterion(
            name="goes on for as many turns as the model needs",
            about="turns",
            rule="The reply to results may hold more tool calls. Loop until it holds none.",
            look=returns_answer,
            points=2,
        ),
        Criterion(
            name="never sends a request that is refused",
            about="ends",
            rule="A 400 says what is wrong; mostly calls and results do not pair. Read which id it names, "
            "and where.",
            look=accepted,
            even_if_raised=True,
        ),
        Criterion(
            name="sends the model, the tools and all messages it was given each time",
            about="ends",
            rule="The API keeps nothing between two requests: what a request leaves out, the model does "
            "not know.",
            look=sends_given("model", "tools", "messages"),
        ),
        Criterion(
            name="leaves the messages that it was given as they are",
            about="ends",
            rule="Who calls it again with the same list would send your turns twice. Begin with a copy.",
            look=unchanged("messages"),
        ),
        Criterion(
            name="takes as many round trips as the conversation needs",
            about="ends",
            rule="All results of a turn go into one request: a round trip per turn, and one to begin.",
            look=round_trips,
            even_if_raised=True,
        ),
        Criterion(
            name="runs tool calls that come with the finish_reason `stop`",
            about="forced",
            rule="Decide by the list of tool calls, not by finish_reason.",
            look=returns_answer,
        ),
        Criterion(
            name="runs tool calls that come with a text",
            about="spoken",
            rule="A text beside tool calls is a remark on the way, not the answer.",
            look=returns_answer,
        ),
        Criterion(
            name="raises RuntimeError for a reply that was cut off or filtered",
            about="cut",
            rule="Half an answer must not pass for an answer, nor half a call for a call. Look at that "
            "first, and say what happened.",
            look=raises_in_time,
            even_if_raised=True,
        ),
        Criterion(
            name="stops with RuntimeError after max_rounds",
            about="endless",
            rule="A model can ask for ever, at your expense. A loop needs an end of its own.",
            look=raises_in_time,
            points=2,
            even_if_raised=True,
        ),
    ),
    hints=(
        "Everything in the loop's body you have written already: asking, deciding what comes next, "
        "answering a turn. What must the list of messages hold when the next request goes out?",
        "Count the rounds with a `for`, so that the loop has an end, and let the case analysis of lesson "
        "01 decide: broken off, answer, or tool calls.",
        "In each round: ask, raise if the reply was cut, return its text if there are no tool calls, "
        "otherwise add the assistant message and then the results. After the last round, raise.",
    ),
    more="a round limit is also a limit on cost: with n rounds a conversation is sent n times, each time "
    "longer. Lesson 07 adds limits in seconds and in tokens.",
)

EXERCISES = (ANSWER_CALLS, CONVERSE)
