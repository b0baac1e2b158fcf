"""The exercise `mended`: a loop with four published faults, to be mended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.material import city_tool, results_of, script
from fanout.checks.scenario import Scenario, client, tools, value
from fanout.conversation import Conversation, Reply, ToolCall
from fanout.lessons.syllabus import model
from fanout.simulator.tools import ScenarioTool

Calls = Sequence[ToolCall]


def _scenarios(draw: Draw) -> list[Scenario]:
    four, two = draw.city_calls(4), draw.city_calls(2)
    twin = _again(draw, two[0])
    doubled = [two[0], twin, two[1]]
    later = [_again(draw, two[0])]
    endless = [draw.city_calls(2) for _ in range(6)]
    return [
        _talk(draw, "four calls; the first one takes longest", {"several"}, [four]),
        _talk(draw, "two turns with calls", {"several", "turns"}, [draw.city_calls(3), two]),
        _talk(draw, "the same call twice in one turn", {"doubled"}, [doubled], runs=2),
        _talk(draw, "the same call again in the next turn", {"again"}, [two, later], runs=3),
        _talk(draw, "a model that refuses the switch", {"refuses"}, [two], use="refuses_parallel"),
        _talk(draw, "no tools at all", {"no tools"}, []),
        _talk(draw, "a model that never stops asking", {"endless"}, endless, rounds=3),
    ]


def _again(draw: Draw, call: ToolCall) -> ToolCall:
    """The same wish under another id."""
    return ToolCall(id=draw.call_id(), name=call.name, arguments=call.arguments)


def _talk(
    draw: Draw,
    title: str,
    about: set[str],
    turns: Sequence[Calls],
    *,
    use: str = "chat",
    rounds: int = 10,
    runs: int | None = None,
) -> Scenario:
    calls = [call for turn in turns for call in turn]
    word, note, answers = draw.text(8), f"Note {draw.text(6)}.", _answers(draw, calls)
    names = sorted({call.name for call in calls})
    return Scenario(
        title=title,
        arguments={
            "client": client(),
            "model": value(model(use)),
            "messages": value([{"role": "user", "content": f"Question {draw.text(6)}?"}]),
            "tools": value([city_tool(name) for name in names]),
            "functions": tools(names),
            "note": value(note),
            "max_rounds": value(rounds),
        },
        about=frozenset(about | ({"ends"} if "endless" not in about else set())),
        facts={
            "answer": f"Done: {word}.",
            "calls": calls,
            "answers": answers,
            "note": note,
            "rounds": rounds,
            "turns": len(turns),
            "runs": len(calls) if runs is None else runs,
        },
        mind=script(*(draw.reply(*turn) for turn in turns), _last(word, answers)),
        tools=_tools(calls, answers),
    )


def _answers(draw: Draw, calls: Calls) -> dict[str, str]:
    """An unguessable answer for each wish, by name and city; two equal wishes have one answer."""
    return {wish: draw.text(8) for wish in dict.fromkeys(map(_wish, calls))}


def _wish(call: ToolCall) -> str:
    return f"{call.name} {json.loads(call.arguments)['city']}"


def _tools(calls: Calls, answers: Mapping[str, str]) -> dict[str, ScenarioTool]:
    """The tools that the calls name; the first wish takes longest, so it is never done first."""
    first = next(iter(answers), "")

    def tool(name: str) -> ScenarioTool:
        def answer(given: Mapping[str, Any]) -> Any:
            return {"answer": answers.get(f"{name} {given.get('city')}", "asked for another city")}

        def seconds(given: Mapping[str, Any]) -> float:
            return 0.1 if f"{name} {given.get('city')}" == first else 0.0

        return ScenarioTool(answer=answer, seconds=seconds)

    return {call.name: tool(call.name) for call in calls}


def _last(word: str, answers: Mapping[str, str]) -> Any:
    def say(conversation: Conversation) -> Reply:
        heard = " ".join(results_of(conversation))
        complete = all(answer in heard for answer in answers.values())
        return Reply(text=f"Done: {word}." if complete else "Some results are missing.")

    return say


# --- What is asked of the loop ---------------------------------------------------------------------


def _sent(attempt: Attempt) -> list[dict[str, Any]]:
    """The messages of the longest request: the last one that was sent."""
    exchanges = attempt.run.model_exchanges
    return list(exchanges[-1].request.get("messages", [])) if exchanges else []


def _accepted(attempt: Attempt) -> NotYet | None:
    for number, exchange in enumerate(attempt.run.model_exchanges, 1):
        if exchange.error:
            yours = f"request {number} got {exchange.status}: {exchange.error}"
            return NotYet(yours=yours, expected="every request is accepted")
    return None


def _returns_answer(attempt: Attempt) -> NotYet | None:
    wanted = attempt.facts["answer"]
    if attempt.returned == wanted:
        return None
    return NotYet(yours=attempt.returned, expected=wanted)


def _own_results(attempt: Attempt) -> NotYet | None:
    """Each id that was asked for carries the answer of its own wish, as far as it was sent."""
    sent = {m["tool_call_id"]: m.get("content") for m in _sent(attempt) if m["role"] == "tool"}
    answers = attempt.facts["answers"]
    wanted = {call.id: answers[_wish(call)] for call in attempt.facts["calls"]}
    if sent and all(answer in str(sent.get(i)) for i, answer in wanted.items()):
        return None
    return NotYet(yours=sent or "no results were sent", expected=wanted)


def _notes(attempt: Attempt) -> NotYet | None:
    """One note a turn, directly behind the results of the turn."""
    roles = [_role(m, attempt.facts["note"]) for m in _sent(attempt)]
    yours = " ".join(roles)
    wanted = "user " + " ".join(_turn_roles(turn) for turn in _turns(attempt))
    return None if yours == wanted.strip() else NotYet(yours=yours, expected=wanted.strip())


def _role(message: Mapping[str, Any], note: str) -> str:
    is_note = message.get("role") == "user" and message.get("content") == note
    return "note" if is_note else str(message.get("role"))


def _turns(attempt: Attempt) -> list[int]:
    """How many calls each turn of the model had, as the far end saw it."""
    replies = [e.reply for e in attempt.run.model_exchanges if e.reply]
    return [len(reply.calls) for reply in replies if reply.calls]


def _turn_roles(count: int) -> str:
    return " ".join(["assistant", *["tool"] * count, "note"])


def _runs(attempt: Attempt) -> NotYet | None:
    ran, wanted = len(attempt.run.service_exchanges), attempt.facts["runs"]
    if ran == wanted:
        return None
    return NotYet(yours=f"tools ran {ran} times", expected=f"{wanted} times")


def _runs_once(attempt: Attempt) -> NotYet | None:
    return _runs(attempt) or _own_results(attempt)


def _works(attempt: Attempt) -> NotYet | None:
    return _accepted(attempt) or _returns_answer(attempt)


def _gives_up(attempt: Attempt) -> NotYet | None:
    raised, trips = attempt.outcome.raised or "", attempt.run.round_trips
    if raised.startswith("raised RuntimeError") and trips == attempt.facts["rounds"]:
        return None
    return NotYet(
        yours=f"{raised or attempt.returned!r}, after {trips} round trips",
        expected=f"RuntimeError after {attempt.facts['rounds']} round trips",
    )


MENDED = Exercise(
    name="mended",
    lesson="debugging",
    title="Mend a published loop",
    difficulty=3,
    importance=5,
    minutes=18,
    scenarios=_scenarios,
    criteria=(
        Criterion(
            name="returns the final text",
            about="several",
            rule="Whatever you mend: what worked must go on working.",
            look=_returns_answer,
        ),
        Criterion(
            name="sends nothing that the API refuses",
            about="several",
            rule="Results stand directly behind their calls. What else is to be said comes after.",
            look=_accepted,
            even_if_raised=True,
        ),
        Criterion(
            name="sends the note once in each turn, behind the results",
            about="turns",
            rule="Mending is not leaving out: the note has its purpose, only not its place.",
            look=_notes,
            points=2,
            even_if_raised=True,
        ),
        Criterion(
            name="gives each id its own result, whichever is done first",
            about="several",
            rule="A result keeps its call from the start. Whoever pairs later pairs by chance.",
            look=_own_results,
            points=2,
            even_if_raised=True,
        ),
        Criterion(
            name="carries out equal calls of one turn once, and answers each id",
            about="doubled",
            rule="A model that doubles a call doubles a payment. Its ids are owed a result all the same.",
            look=_runs_once,
            points=2,
            even_if_raised=True,
        ),
        Criterion(
            name="carries out the same call again in another turn",
            about="again",
            rule="Asked anew is a new wish: the weather may have changed since.",
            look=_runs,
        ),
        Criterion(
            name="works with a model that refuses parallel_tool_calls",
            about="refuses",
            rule="Some models refuse the parameter, whatever its value.",
            look=_works,
        ),
        Criterion(
            name="works without tools",
            about="no tools",
            rule="An empty list of tools is refused, and so is a switch without tools.",
            look=_works,
        ),
        Criterion(
            name="raises RuntimeError after max_rounds",
            about="endless",
            rule="The limit was there already. See that it still is.",
            look=_gives_up,
            even_if_raised=True,
        ),
    ),
    hints=(
        "Run the published code first, and take one line of the report at a time: which of the "
        "lesson's cases has this symptom?",
        "Two faults are in the request's settings and in the place of the note. The other two are in "
        "how calls are run: what is one thing to do, and how does its result find its ids?",
        "Make the settings a dict that is empty without tools. Collect the wishes of the turn in a "
        "dict by name and arguments, run each once, and look the content up for every call.",
    ),
    more="equal is a question of its own: lesson 06 compares arguments as data, so that another order of "
    "keys or another space makes no difference.",
)
