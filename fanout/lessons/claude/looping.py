"""Lesson 05, the second half: the complete loop with Claude."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet, unchanged
from fanout.lessons.answer.talking import (
    accepted,
    raises_in_time,
    returns_answer,
    round_trips,
    trips,
)
from fanout.lessons.claude.talks import talks


def _reports(attempt: Attempt) -> NotYet | None:
    """It answers, and the failure reached the model as one."""
    last = [e.conversation for e in attempt.run.model_exchanges if e.conversation][-1:]
    results = [result for c in last for turn in c.turns for result in turn.results]
    failed = sum(result.is_error for result in results)
    if failed == 1:
        return returns_answer(attempt)
    yours = f"{failed} of {len(results)} results with is_error"
    return NotYet(yours=attempt.outcome.trouble or yours, expected="1 of 2 results with is_error")


def _whole_turns(attempt: Attempt) -> NotYet | None:
    """The assistant's turn goes back with every block that came."""
    if attempt.run.round_trips < 2:
        return NotYet(yours=trips(attempt.run.round_trips), expected="at least 2 round trips")
    first, second = attempt.run.model_exchanges[:2]
    came = _kinds([{"role": "assistant", "content": first.response["content"]}])
    yours = _kinds(second.request["messages"])
    return None if yours == came else NotYet(yours=yours, expected=came)


def _kinds(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """The kinds of block that the assistant's messages hold."""
    contents = [m["content"] for m in messages if m["role"] == "assistant"]
    lists = [c if isinstance(c, list) else [{"type": "text"}] for c in contents]
    return [block["type"] for blocks in lists for block in blocks]


def _switch(parallel: bool) -> Callable[[Attempt], NotYet | None]:
    """Looks whether each request that was accepted allowed parallel calls, or did not."""

    def look(attempt: Attempt) -> NotYet | None:
        said = [e.conversation.parallel for e in attempt.run.model_exchanges if e.conversation]
        words = {True: "several calls allowed", False: "at most one call"}
        expected = [words[parallel]] * attempt.facts["rounds"]
        yours = [words[each] for each in said]
        if yours and set(yours) == {words[parallel]}:
            return None
        return NotYet(yours=yours or "no request was accepted", expected=expected)

    return look


def _one_user_message(attempt: Attempt) -> NotYet | None:
    """Between two turns of the model stands one user message, as they came on the wire."""
    for request in _requests(attempt):
        roles = [message.get("role") for message in request["messages"]]
        expected = [("user", "assistant")[number % 2] for number in range(len(roles))]
        if roles != expected:
            return NotYet(yours=roles, expected="user and assistant in turn")
    return None if _requests(attempt) else _nothing_asked(attempt)


def _free_to_answer(attempt: Attempt) -> NotYet | None:
    for request in _requests(attempt):
        choice = request.get("tool_choice") or {"type": "auto"}
        if choice.get("type") != "auto":
            return NotYet(yours={"tool_choice": choice}, expected="a tool_choice of type `auto`")
    return None if _requests(attempt) else _nothing_asked(attempt)


def _model_given(attempt: Attempt) -> NotYet | None:
    yours, expected = {r.get("model") for r in _requests(attempt)}, attempt.facts["model"]
    if yours == {expected}:
        return None
    return (
        NotYet(yours=", ".join(map(str, yours)), expected=expected)
        if yours
        else _nothing_asked(attempt)
    )


def _requests(attempt: Attempt) -> list[Mapping[str, Any]]:
    return [exchange.request for exchange in attempt.run.model_exchanges]


def _nothing_asked(attempt: Attempt) -> NotYet:
    return NotYet(yours=attempt.outcome.trouble or "no request was sent", expected="a request")


def _runs_nothing_broken(attempt: Attempt) -> NotYet | None:
    ran, expected = len(attempt.run.service_exchanges), attempt.facts["ran"]
    if ran == expected and attempt.run.round_trips:
        return None
    return NotYet(yours=f"tools run: {ran}", expected=f"tools run: {expected}")


CONVERSE_CLAUDE = Exercise(
    name="converse_claude",
    lesson="claude",
    title="The complete loop, with Claude",
    difficulty=3,
    importance=5,
    minutes=15,
    scenarios=talks,
    criteria=(
        Criterion(
            name="returns the answer when no tool is needed",
            about="plain",
            rule="No tool_use block in the first reply is the shortest conversation there is.",
            look=returns_answer,
        ),
        Criterion(
            name="answers a turn with several calls and returns the final text",
            about="once",
            rule="The assistant's turn first, then one user message with a result for each of its ids. "
            "The final text may stand in several blocks, or in none.",
            look=returns_answer,
            points=2,
        ),
        Criterion(
            name="sends the assistant's turn back whole",
            about="once",
            rule="Texts and thinking belong to the turn. Send back `content` as it came, not a part.",
            look=_whole_turns,
            even_if_raised=True,
        ),
        Criterion(
            name="goes on for as many turns as the model needs",
            about="turns",
            rule="The reply to results may hold more calls. Loop until it holds none.",
            look=returns_answer,
            points=2,
        ),
        Criterion(
            name="never sends a request that is refused",
            about="ends",
            rule="A 400 means that calls and results do not pair, or that a field is not Claude's.",
            look=accepted,
            even_if_raised=True,
        ),
        Criterion(
            name="asks as often as needed",
            about="ends",
            rule="A round trip for each turn with calls, which takes all its results, and one to begin.",
            look=round_trips,
            even_if_raised=True,
        ),
        Criterion(
            name="answers each turn in one user message",
            about="ends",
            rule="The API joins split results, but the documentation says that they teach Claude to "
            "call less in parallel.",
            look=_one_user_message,
            even_if_raised=True,
        ),
        Criterion(
            name="leaves it to the model whether to call",
            about="ends",
            rule="With `any` or `tool` the model must call each time: it can never answer.",
            look=_free_to_answer,
            even_if_raised=True,
        ),
        Criterion(
            name="asks the model that it is given",
            about="ends",
            rule="A name in the middle of the code is the one that is forgotten when it retires.",
            look=_model_given,
            even_if_raised=True,
        ),
        Criterion(
            name="leaves the messages that it was given as they are",
            about="ends",
            rule="Who calls it again with the same list would send your turns twice. Begin with a copy.",
            look=unchanged("messages"),
        ),
        Criterion(
            name="runs calls that come with the stop_reason `end_turn`",
            about="gateway",
            rule="Gateways have been seen to say `end_turn` beside calls. Decide by the blocks.",
            look=returns_answer,
        ),
        Criterion(
            name="reports a failing tool and goes on",
            about="fails",
            rule="A tool that fails owes the model a result, with is_error and a reason.",
            look=_reports,
        ),
        Criterion(
            name="lets the model ask for one call at a time when parallel is False",
            about="single",
            rule="The switch stands inside `tool_choice`, and is about the next reply alone: it "
            "belongs into every request.",
            look=_switch(parallel=False),
            points=2,
            even_if_raised=True,
        ),
        Criterion(
            name="leaves parallel calls on when parallel is True",
            about="parallel",
            rule="One call at a time costs a round trip for each call. Only when asked for.",
            look=_switch(parallel=True),
            even_if_raised=True,
        ),
        Criterion(
            name="raises RuntimeError for a reply that was broken off",
            about="cut",
            rule="After `max_tokens`, `refusal` or `model_context_window_exceeded` something is missing. "
            "Say so, and ask no further.",
            look=raises_in_time,
            even_if_raised=True,
        ),
        Criterion(
            name="runs no call of a reply that was broken off",
            about="cut",
            rule="A cut call can look whole: its `input` is a dict in which arguments are missing.",
            look=_runs_nothing_broken,
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
        "It is the loop of lesson 02. Go through it line by line: which words in it are OpenAI's, and "
        "what did the lesson's table say in their place?",
        "Make the settings that stay the same for all requests once, before the loop, `tool_choice` "
        "among them. Inside it: ask, is it whole, are there tool_use blocks, otherwise the text.",
        "Two messages are added in a round: the assistant's with `content` as it came, and the user's "
        "that answer_turn gives you. The final text is that of the blocks of type text.",
    ),
    more="with `any` or `tool` in place of `auto` the same switch means exactly one call (Anthropic's "
    "documentation, 2026-08). The newest models refuse both; lesson 06 lists which.",
)
