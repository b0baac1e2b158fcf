"""The exercise `test_trim`: the learner writes the test, and the judge brings the code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Criterion, Exercise, NotYet
from fanout.checks.scenario import Scenario, tools
from fanout.lessons.debugging import trims
from fanout.simulator.tools import ScenarioTool, ToolFailed


def _scenarios(draw: Draw) -> list[Scenario]:
    """One for each function; in random order, so that the place says nothing."""
    return draw.shuffled(
        [
            _one("code that keeps as many whole turns as fit", "right", trims.whole_turns),
            _one("code that keeps the last message alone", "right", trims.last_question),
            _one("code that leaves calls and results out", "right", trims.without_tool_turns),
            _one("the code as published: the last messages", "published", trims.last_ones),
            _one("a mend for turns with one call", "half mended", trims.first_tool_dropped),
            _one("code that drops the results", "results", trims.results_dropped),
            _one("code that cuts at the other end", "last", trims.first_ones),
            _one("code that keeps everything", "all", trims.never_cut),
            _one("code that adds a remark of its own", "adds", trims.with_a_remark),
        ]
    )


def _one(title: str, about: str, trim: trims.Trim) -> Scenario:
    return Scenario(
        title=title,
        arguments={"functions": tools(["trim"])},
        about=frozenset({about, *(["broken"] if about != "right" else [])}),
        tools={"trim": ScenarioTool(answer=lambda given: _cut(trim, given))},
    )


def _cut(trim: trims.Trim, given: Mapping[str, Any]) -> Any:
    messages, most = given.get("messages"), given.get("most")
    if not isinstance(most, int) or most < 1:
        raise ToolFailed(f"`most` is a whole number from 1 on, not {most!r}")
    if not isinstance(messages, list) or not messages or not all(map(_is_message, messages)):
        raise ToolFailed("`messages` is a list of messages, each a dict with a role")
    if messages[-1]["role"] != "user":
        raise ToolFailed("`messages` ends with a message of the user")
    return trim(messages, most)


def _is_message(item: Any) -> bool:
    return isinstance(item, dict) and "role" in item


def _passes(attempt: Attempt) -> NotYet | None:
    """The test ends without an exception, after it has called the function."""
    raised, calls = attempt.outcome.raised, len(attempt.run.service_exchanges)
    if raised is None and calls:
        return None
    if raised and not raised.startswith("raised AssertionError"):
        return NotYet(yours=raised, expected=None)
    yours = raised or "your test did not call the function"
    return NotYet(yours=yours, expected="no AssertionError: this code keeps its word")


def _fails(attempt: Attempt) -> NotYet | None:
    raised = attempt.outcome.raised or "your test passed"
    if raised.startswith("raised AssertionError"):
        return None
    if attempt.outcome.raised:  # the test itself is at fault
        return NotYet(yours=raised, expected=None)
    return NotYet(yours=raised, expected="AssertionError: this code breaks its word")


def _says_why(attempt: Attempt) -> NotYet | None:
    raised = attempt.outcome.raised or "your test passed"
    if raised.startswith("raised AssertionError: "):
        return None
    if attempt.outcome.raised and not raised.startswith("raised AssertionError"):
        return NotYet(yours=raised, expected=None)
    return NotYet(yours=raised, expected="AssertionError with a text: assert …, “what was broken”")


def _red(name: str, about: str, rule: str) -> Criterion:
    return Criterion(name=name, about=about, rule=rule, look=_fails, even_if_raised=True)


TEST_TRIM = Exercise(
    name="test_trim",
    lesson="debugging",
    title="Write the test",
    difficulty=3,
    importance=5,
    minutes=15,
    scenarios=_scenarios,
    criteria=(
        Criterion(
            name="stays green on every function that keeps its word",
            about="right",
            rule="Test the promises and nothing else. Another right answer is right too.",
            look=_passes,
            points=2,
            even_if_raised=True,
        ),
        _red(
            "turns red on the code as published",
            "published",
            "Cutting wherever the count says leaves results without their call.",
        ),
        _red(
            "turns red on the mend that is right for one call only",
            "half mended",
            "A test for parallel calls needs a turn with several of them.",
        ),
        _red(
            "turns red when calls lose their results",
            "results",
            "A pair has two halves. Either can be missing.",
        ),
        _red(
            "turns red when the last message is lost",
            "last",
            "A history may pair perfectly and have lost its question.",
        ),
        _red(
            "turns red when nothing is cut",
            "all",
            "Whatever does nothing keeps all pairs. Test what the function is for, too.",
        ),
        _red(
            "turns red when a message is made up",
            "adds",
            "What was in the list before: compare with it, message by message.",
        ),
        Criterion(
            name="says what was broken",
            about="broken",
            rule="An AssertionError without words sends its reader back to your test.",
            look=_says_why,
            even_if_raised=True,
        ),
    ),
    hints=(
        "Four promises, so at least four asserts. And which conversation gives each of the bugs a "
        "chance to show?",
        "Build one list with a turn of three calls, a turn of one call, texts, and a question at the "
        "end. Then let `most` take every value from 1 to the length of the list.",
        "For the pairs ask `fanout.diagnose` about what came back: it has `ok`. For the order, take "
        "from your own list those messages that came back, and compare the two lists.",
    ),
    more="a test suite can be tested: plant a bug, see it turn red, take the bug out. The mistakes of "
    "this course's own exercises are kept for that purpose.",
)
