"""The exercise `answer_safely`: one call, one message, whatever happens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.scenario import CANCELS_ITSELF, STOPS_ITS_CALLER, Scenario, tools, value
from fanout.simulator.tools import ScenarioTool, ToolFailed

HANGS = 2.5
"""Seconds that a tool takes that hangs. Who waits for it gets its answer, and has waited too long."""
TIMEOUT = 0.25


def failing(text: str) -> ScenarioTool:
    """A tool that raises a `RuntimeError` with this text."""

    def answer(_given: Mapping[str, Any]) -> Any:
        raise ToolFailed(text)

    return ScenarioTool(answer=answer)


_ALSO = {"well": ("answered",), "cancels": (), "stopped": ()}
"""More words for what a scenario is about. All others are answered, and fail; a cancellation is a
matter of its own, so that who forgets it loses nothing else."""


def _scenarios(draw: Draw) -> list[Scenario]:
    name, other = draw.tool_names(2)
    city, answer, said = draw.cities(1)[0], draw.text(8), f"station {draw.text(5)} is closed"
    good, works = json.dumps({"city": city}), ScenarioTool(answer=lambda _: {"answer": answer})
    cut = good[: draw.number(1, len(good) - 1)]
    shapes = draw.some([f'["{city}"]', f'"{city}"', "null", "17", f'[{{"city": "{city}"}}]'], 2)
    types = draw.some([7, None, [city], {"name": city}, True], 2)
    hanging = ScenarioTool(answer=lambda _: {"answer": answer}, seconds=HANGS)
    selfish = ScenarioTool(answer=lambda _: CANCELS_ITSELF)
    stopping = ScenarioTool(answer=lambda _: STOPS_ITS_CALLER)

    def one(title: str, about: str, tool: ScenarioTool, arguments: str, **facts: Any) -> Scenario:
        call_id = draw.call_id()
        return Scenario(
            title=title,
            arguments={
                "call_id": value(call_id),
                "name": value(facts.pop("asked", name)),
                "arguments": value(arguments),
                "functions": tools([name, other], asynchronous=True),
                "timeout": value(facts.pop("timeout", 20)),
            },
            about=frozenset({about, *_ALSO.get(about, ("answered", "fails"))}),
            facts={"id": call_id, "runs": 0, **facts},
            tools={name: tool, other: works},
        )

    typed = [json.dumps({"city": wrong}) for wrong in types]
    return [
        one("a call that goes well", "well", works, good, answer=answer, runs=1),
        one("a tool that raises", "raises", failing(said), good, says=[said], runs=1),
        one(
            "an exception without a text", "empty", failing(""), good, says=["RuntimeError"], runs=1
        ),
        one("an unknown tool", "unknown", works, good, asked="get_all", says=[name, other]),
        one("arguments that are cut", "cut", works, cut),
        one("arguments that are a sentence", "cut", works, f"the city is {city}"),
        *(one("JSON of the wrong shape", "invalid", works, shape) for shape in shapes),
        *(one("a city that is no text", "field", works, text, says=["city"]) for text in typed),
        one("an argument missing", "field", works, "{}", says=["city"]),
        one("an argument too many", "field", works, good[:-1] + ', "force": true}', says=["force"]),
        one("a tool that cancels itself", "cancels", selfish, good, runs=1),
        one("its caller stops it while the tool is at work", "stopped", stopping, good, runs=1),
        one("a hang", "hangs", hanging, good, timeout=TIMEOUT, says=[f"{TIMEOUT:g}"], runs=1),
    ]


def content(message: Any) -> Any:
    """The content of a tool message, parsed; None where it is not JSON text."""
    try:
        return json.loads(message["content"])
    except (TypeError, KeyError, ValueError):
        return None


def error_of(message: Any) -> str | None:
    """What the content `{"error": …}` of a tool message says; None where there is none."""
    parsed = content(message)
    said = parsed.get("error") if isinstance(parsed, dict) else None
    return said if isinstance(said, str) else None


def _one_message(attempt: Attempt) -> NotYet | None:
    message, call_id = attempt.returned, attempt.facts["id"]
    wanted = {"role": "tool", "tool_call_id": call_id, "content": "… JSON text …"}
    if not isinstance(message, dict) or set(message) != set(wanted):
        return NotYet(yours=message, expected=wanted)
    paired = message["role"] == "tool" and message["tool_call_id"] == call_id
    right = paired and content(message) is not None
    return None if right else NotYet(yours=message, expected=wanted)


def _own_result(attempt: Attempt) -> NotYet | None:
    wanted = {"answer": attempt.facts["answer"]}
    if content(attempt.returned) == wanted:
        return None
    return NotYet(yours=attempt.returned, expected=f"the content {json.dumps(wanted)}")


def _says(attempt: Attempt) -> NotYet | None:
    said, wanted = error_of(attempt.returned), attempt.facts.get("says", [])
    if said and all(word in said for word in wanted):
        return None
    named = " and ".join(repr(word) for word in wanted) or "what is wrong"
    return NotYet(
        yours=attempt.returned, expected=f'a content {{"error": …}} with {named} in its text'
    )


def _answers_and_says(attempt: Attempt) -> NotYet | None:
    return _one_message(attempt) or _says(attempt)


def _runs(attempt: Attempt) -> NotYet | None:
    ran, wanted = len(attempt.run.service_exchanges), attempt.facts["runs"]
    if ran == wanted:
        return None
    return NotYet(yours=f"the tool ran {ran} times", expected=f"{wanted} times")


def _says_and_runs_nothing(attempt: Attempt) -> NotYet | None:
    return _runs(attempt) or _says(attempt)


def lets_itself_be_stopped(attempt: Attempt) -> NotYet | None:
    """Whether the function ended with its caller's CancelledError, and its calls with it."""
    raised = attempt.outcome.raised or ""
    if not raised.startswith("raised CancelledError"):
        return NotYet(
            yours=raised or attempt.outcome.trouble or attempt.returned,
            expected="CancelledError, let through to the caller that asked for it",
        )
    if attempt.left:
        running = ", ".join(attempt.left)
        return NotYet(yours=f"still running: {running}", expected="nothing still running")
    return None


def _no_traceback(attempt: Attempt) -> NotYet | None:
    text = json.dumps(attempt.returned)
    if "Traceback" not in text and ", line " not in text:
        return None
    return NotYet(yours=attempt.returned, expected="a sentence, without files and line numbers")


ANSWER_SAFELY = Exercise(
    name="answer_safely",
    lesson="failures",
    title="One message, whatever happens",
    difficulty=3,
    importance=5,
    minutes=15,
    limit=6.0,
    scenarios=_scenarios,
    criteria=(
        Criterion(
            name="answers the id of the call, whatever happens",
            about="answered",
            rule="An id without an answer makes the next request fail, and with it the conversation.",
            look=_one_message,
            points=2,
        ),
        Criterion(
            name="returns the tool's own result when all goes well",
            about="well",
            rule="Care is for the calls that fail; the others keep their result as it is.",
            look=_own_result,
        ),
        Criterion(
            name="passes on what a failing tool says",
            about="raises",
            rule="The model can act on a reason. It cannot act on `tool failed`.",
            look=_says,
        ),
        Criterion(
            name="says something even when the exception says nothing",
            about="empty",
            rule="The text of an exception can be empty. Its type never is.",
            look=_says,
        ),
        Criterion(
            name="names the tools there are when it is asked for another",
            about="unknown",
            rule="A model that is told which tools there are can choose one of them.",
            look=_says_and_runs_nothing,
        ),
        Criterion(
            name="runs nothing when the arguments are cut or are no JSON",
            about="cut",
            rule="What is missing from cut arguments nobody knows. They are sent back, never mended.",
            look=_says_and_runs_nothing,
            points=2,
        ),
        Criterion(
            name="runs nothing when the arguments have the wrong shape",
            about="invalid",
            rule="Valid JSON need not be an object. Arguments are validated before anything runs.",
            look=_says_and_runs_nothing,
        ),
        Criterion(
            name="runs nothing when an argument is wrong, and names it",
            about="field",
            rule="Missing, of another type, or one too many: the model wants to know which.",
            look=_says_and_runs_nothing,
            points=2,
        ),
        Criterion(
            name="gives up on a tool that hangs, and says after how many seconds",
            about="hangs",
            rule="Without a limit of its own one call holds up the whole turn. And the text of a "
            "TimeoutError is empty.",
            look=_says,
            points=2,
        ),
        Criterion(
            name="answers also when the tool cancels itself",
            about="cancels",
            rule="CancelledError is no Exception. It slips through `except Exception` with your id.",
            look=_answers_and_says,
        ),
        Criterion(
            name="lets its caller stop it",
            about="stopped",
            rule="Who catches every CancelledError cannot be stopped any more.",
            look=lets_itself_be_stopped,
            even_if_raised=True,
        ),
        Criterion(
            name="keeps tracebacks from the model",
            about="fails",
            rule="A traceback is for you: log it. To the model it is noise, to a stranger a map.",
            look=_no_traceback,
        ),
    ),
    hints=(
        "Everything that can fail has to stand where its failure is caught: looking up the tool, "
        "reading the arguments, waiting for the tool. Which exceptions does each of them raise?",
        "One `try` around all of it, with an `except` clause for each kind of failure, from the "
        "particular to the general. `asyncio.timeout` limits what stands in its block.",
        "Read the arguments with the model's `model_validate_json` and take `errors()` of its "
        "ValidationError: `loc` names the argument, `msg` says what is wrong. Catch TimeoutError "
        "before Exception, and write its sentence yourself. The current task's `cancelling()` says "
        "whether a CancelledError is your caller's wish.",
    ),
    more="a blocking tool cannot be stopped at all: its thread runs on. Say so in the text of its "
    "time limit, or give the tool a limit of its own.",
)
