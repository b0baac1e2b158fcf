"""The exercise `answer_safely`: one call, one message, whatever happens."""

from __future__ import annotations

import json
from typing import Any

from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.lessons.failures.one_call import scenarios


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
    hidden = [word for word in attempt.facts.get("hides", []) if word in (said or "")]
    if said and not hidden and all(word in said for word in wanted):
        return None
    named = " and ".join(repr(word) for word in wanted) or "what is wrong"
    without = "".join(f", and without {word!r}" for word in hidden)
    return NotYet(
        yours=attempt.returned,
        expected=f'a content {{"error": …}} with {named} in its text{without}',
    )


def _answers_and_says(attempt: Attempt) -> NotYet | None:
    return _one_message(attempt) or _says(attempt)


def times(count: int) -> str:
    """How often, in words: `once`, `3 times`."""
    return "once" if count == 1 else f"{count} times"


def _runs(attempt: Attempt) -> NotYet | None:
    ran, wanted = len(attempt.run.service_exchanges), attempt.facts["runs"]
    if ran == wanted:
        return None
    return NotYet(yours=f"the tool ran {times(ran)}", expected=times(wanted))


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
    scenarios=scenarios,
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
            name="names the type of any other exception, and keeps its text from the model",
            about="other",
            rule="Nobody wrote that text for the model: it may hold a key. Log it, and say the type.",
            look=_says,
            points=2,
        ),
        Criterion(
            name="tells a tool's own TimeoutError from its time limit",
            about="own",
            rule="A tool that failed at once did not take too long. `expired()` of the limit knows.",
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
        "ValidationError: `loc` names the argument, `msg` says what is wrong. A limit's "
        "`expired()` says whether a TimeoutError is its own: then write the sentence yourself. The current task's `cancelling()` says "
        "whether a CancelledError is your caller's wish.",
    ),
    more="a blocking tool cannot be stopped at all: its thread runs on. Say so in the text of its "
    "time limit, or give the tool a limit of its own.",
)
