"""Lesson 05, the first half: the one user message that answers a turn of Claude."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.material import claude_body, claude_refusal
from fanout.checks.scenario import Scenario, claude_message, tools
from fanout.conversation import ToolCall
from fanout.lessons.answer.talking import answers_to, city_of, tools_for


def claude_calls(draw: Draw, calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    """The same calls with ids in the shape of Claude's."""
    return tuple(replace(call, id=f"toolu_01{draw.text(22)}") for call in calls)


# --- Scenarios ------------------------------------------------------------------------------------


def _scenarios(draw: Draw) -> list[Scenario]:
    count, name = draw.number(3, 5), draw.tool_names(1)[0]
    several = claude_calls(draw, draw.city_calls(count))
    same = claude_calls(draw, [draw.call(name, city=city) for city in draw.cities(3)])
    beside, failed, silent = (claude_calls(draw, draw.city_calls(n)) for n in (2, 3, 3))
    here = draw.some(failed, 1)[0]
    words = {here.id: f"No answer about {city_of(here)}, code {draw.text(6)}."}
    mute = {silent[1].id: ""}
    return [
        _turn(draw, f"a turn with {count} tool_use blocks", several, "plain"),
        _turn(draw, "a turn with three tool_use blocks of one tool", same, "plain", "same"),
        _turn(draw, "thinking and a text before two tool_use blocks", beside, "beside"),
        _turn(draw, "one of three tools raises an exception", failed, "fails", failing=words),
        _turn(draw, "a tool raises an exception without a text", silent, "fails", failing=mute),
    ]


def _turn(
    draw: Draw,
    title: str,
    calls: tuple[ToolCall, ...],
    *about: str,
    failing: Mapping[str, str] | None = None,
) -> Scenario:
    answers, names = answers_to(draw, calls, failing), sorted({call.name for call in calls})
    body = claude_body(draw.reply(*calls))
    if "beside" in about:
        thought = {"type": "thinking", "thinking": "Two look-ups.", "signature": draw.text(20)}
        spoken = {"type": "text", "text": "I will look that up."}
        body["content"] = [thought, spoken, *body["content"]]
    facts = {"calls": calls, "answers": answers, "failing": failing or {}, "turn": body["content"]}
    return Scenario(
        title=title,
        arguments={"message": claude_message(body), "functions": tools(names)},
        about=frozenset(about),
        facts=facts,
        tools=tools_for(calls, answers, failing),
    )


# --- What is looked at ----------------------------------------------------------------------------


def _messages(attempt: Attempt) -> list[Any]:
    """What was returned as a list of messages: some write one message for each result."""
    returned = attempt.returned
    return returned if isinstance(returned, list) else [returned]


def _blocks(attempt: Attempt) -> list[Mapping[str, Any]]:
    """All content blocks of what was returned, whoever's messages they stand in."""
    contents = [m.get("content") for m in _messages(attempt) if isinstance(m, Mapping)]
    lists = [content for content in contents if isinstance(content, list)]
    return [block for blocks in lists for block in blocks if isinstance(block, Mapping)]


def _results(attempt: Attempt) -> list[Mapping[str, Any]]:
    return [block for block in _blocks(attempt) if block.get("type") == "tool_result"]


def _by_id(attempt: Attempt) -> dict[str, Mapping[str, Any]]:
    return {str(result.get("tool_use_id")): result for result in _results(attempt)}


def _one_user_message(attempt: Attempt) -> NotYet | None:
    yours = attempt.returned
    if isinstance(yours, Mapping) and yours.get("role") == "user" and _results(attempt):
        return None
    count = len(attempt.facts["calls"])
    expected = f'{{"role": "user", "content": [{count} tool_result blocks]}}'
    return NotYet(yours=yours, expected=expected)


def _every_id_once(attempt: Attempt) -> NotYet | None:
    yours = [result.get("tool_use_id") for result in _results(attempt)]
    expected = [call.id for call in attempt.facts["calls"]]
    if sorted(map(str, yours)) == sorted(expected):
        return None
    return NotYet(yours=yours or attempt.returned, expected=expected)


def _results_first(attempt: Attempt) -> NotYet | None:
    kinds = [block.get("type") for block in _blocks(attempt)]
    count = kinds.count("tool_result")
    if count and all(kind == "tool_result" for kind in kinds[:count]):
        return None
    return NotYet(
        yours=kinds or attempt.returned, expected=["tool_result"] * len(attempt.facts["calls"])
    )


def _own_result(attempt: Attempt) -> NotYet | None:
    """Each result must hold the answer of its own call, as JSON text; its spelling is free."""
    answers, found = attempt.facts["answers"], _by_id(attempt)
    contents = {i: result.get("content") for i, result in found.items()}
    if all({"answer": answer} == _read(contents.get(i)) for i, answer in answers.items()):
        return None
    expected = {i: json.dumps({"answer": answer}) for i, answer in answers.items()}
    return NotYet(yours=contents or attempt.returned, expected=expected)


def _read(content: Any) -> Any:
    """What the JSON text of a result says, be it a string or a text block; else the content itself."""
    match content:
        case [{"type": "text", "text": str(text)}] | str(text):
            with contextlib.suppress(ValueError):
                return json.loads(text)
    return content


def _runs_each_once(attempt: Attempt) -> NotYet | None:
    ran = [(e.request["tool"], e.request["arguments"]) for e in attempt.run.service_exchanges]
    wanted = [(call.name, json.loads(call.arguments)) for call in attempt.facts["calls"]]
    same = sorted(map(repr, ran)) == sorted(map(repr, wanted))
    return None if same else NotYet(yours=_written(ran), expected=_written(wanted))


def _written(calls: Sequence[tuple[str, Any]]) -> str:
    listed = ", ".join(f"{name}({json.dumps(arguments)})" for name, arguments in calls)
    return listed or "no tool was run"


def _marked(attempt: Attempt) -> NotYet | None:
    """`is_error` on the failed call, and on no other."""
    yours = {i: bool(result.get("is_error")) for i, result in _by_id(attempt).items()}
    expected = {call.id: call.id in attempt.facts["failing"] for call in attempt.facts["calls"]}
    return None if yours == expected else NotYet(yours=yours or attempt.returned, expected=expected)


def _says_why(attempt: Attempt) -> NotYet | None:
    found = _by_id(attempt)
    for call_id, words in attempt.facts["failing"].items():
        content = found.get(call_id, {}).get("content")
        if not content or words not in json.dumps(content, ensure_ascii=False):
            expected = words or "some words: the kind of exception, if nothing else"
            return NotYet(yours={call_id: content}, expected={call_id: expected})
    return None


def _accepted(attempt: Attempt) -> NotYet | None:
    question = {"role": "user", "content": "What do the tools say?"}
    turn = {"role": "assistant", "content": attempt.facts["turn"]}
    refusal = claude_refusal([question, turn, *_messages(attempt)])
    return NotYet(yours=f"400: {refusal}", expected="the API takes it") if refusal else None


ANSWER_TURN = Exercise(
    name="answer_turn",
    lesson="claude",
    title="Answer a turn of Claude",
    difficulty=2,
    importance=5,
    minutes=10,
    scenarios=_scenarios,
    criteria=(
        Criterion(
            name="puts all results into one user message",
            about="plain",
            rule="Claude has no role for tools: the results of a turn are blocks of one user message.",
            look=_one_user_message,
        ),
        Criterion(
            name="answers every tool_use block exactly once",
            about="plain",
            rule="Each tool_use id needs one tool_result: a missing, doubled or unknown id is a 400.",
            look=_every_id_once,
            points=2,
        ),
        Criterion(
            name="finds the tool_use blocks beside a text and thinking",
            about="beside",
            rule="A turn is a list of blocks of several kinds. Go by each block's `type`.",
            look=_every_id_once,
        ),
        Criterion(
            name="puts the results before anything else",
            rule="A text is allowed after the last result, and nowhere before it.",
            look=_results_first,
        ),
        Criterion(
            name="gives each tool_use block its own result",
            about="plain",
            rule="Results are paired by id, not by name or position, and are JSON text: `json.dumps`.",
            look=_own_result,
            points=2,
        ),
        Criterion(
            name="keeps several tool_use blocks of one tool apart",
            about="same",
            rule="Three calls of one tool are three questions with three answers.",
            look=_own_result,
        ),
        Criterion(
            name="runs each tool once, with the input as it came",
            about="plain",
            rule="`input` is a dict already. A tool that runs twice may book twice.",
            look=_runs_each_once,
        ),
        Criterion(
            name="marks a failed tool with is_error, and no other",
            about="fails",
            rule="One failure costs one result: that one says so, the others keep theirs.",
            look=_marked,
            points=2,
        ),
        Criterion(
            name="says what went wrong",
            about="fails",
            rule="The model can only act on words, and `is_error` with empty content is a 400. The "
            "text of an exception may be empty.",
            look=_says_why,
        ),
        Criterion(
            name="gives the API what it takes",
            rule="Read what the refusal names: a message by its index, an id, or a field.",
            look=_accepted,
        ),
    ),
    hints=(
        "What do the blocks of a turn have in common, and by which field do you tell those that want a "
        "result? Start with a turn in which nothing fails.",
        "Write a small function for one block: it runs the tool and returns one result block. There, "
        "and not around the whole turn, is the place for try and except.",
        "In the `except`, the block gets the same id, `is_error` set to True, and words about the "
        "exception. `repr` of an exception is never empty; `str` of it may be.",
    ),
    more="a tool call that you decide not to run is owed a result as well: `is_error` with a sentence "
    "such as “Not executed: the preceding call failed.” is what the documentation suggests.",
)
