"""The commonest causes are named, and one cause is told once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from fanout.checks import LocalFunction, exercises, judge
from fanout.checks.causes import NOT_RUN, together
from fanout.checks.report import Report
from fanout.grading.feedback import _result
from fanout.grading.results import CriterionResult, ExerciseResult

Tools = dict[str, Callable[..., Any]]


def report_on(function: Callable[..., Any], name: str = "run_together") -> Report:
    return judge(exercises()[name], LocalFunction(function), 5)


async def forgetful(message: Any, functions: Tools) -> list[Any]:
    results = []
    for call in message.tool_calls:
        result = functions[call.function.name](**json.loads(call.function.arguments))
        results.append({"tool_call_id": call.id, "content": json.dumps(result)})
    return results


async def subscripts(message: Any, functions: Tools) -> Any:
    call = message.tool_calls[0]
    result = functions[call.function.name](**json.loads(call.function.arguments))
    return result["answer"]


async def returns_coroutines(message: Any, functions: Tools) -> list[Any]:
    async def answer(call: Any) -> None: ...

    return [answer(call) for call in message.tool_calls]


async def returns_gather(message: Any, functions: Tools) -> Any:
    return asyncio.gather(asyncio.sleep(0))


def gathers(what: Any) -> Callable[..., Any]:
    async def function(message: Any, functions: Tools) -> Any:
        return await asyncio.gather(what)

    return function


def plain_and_run(message: Any, functions: Tools) -> Any:
    async def answer(call: Any) -> None: ...

    return asyncio.run(asyncio.gather(*(answer(call) for call in message.tool_calls)))


def plain_and_forgetful(message: Any, functions: Tools) -> Any:
    return asyncio.run(forgetful(message, functions)[0])


@pytest.mark.parametrize(
    ("function", "cause"),
    [
        (forgetful, "you did not await `get_"),
        (subscripts, "you did not await `get_"),
        (returns_coroutines, "you did not await `answer`"),
        (returns_gather, "an `await` is missing"),
        (gathers([1, 2]), "unpack them with `*`"),
        (gathers({"answer": 1}), "`gather` was given a result"),
        (gathers("18 degrees"), "`gather` was given a result"),
        (plain_and_run, "`plain_and_run` has to be `async def`, as it was handed out"),
        (plain_and_forgetful, "`plain_and_forgetful` has to be `async def`"),
    ],
)
@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
def test_the_cause_is_named_once(function: Callable[..., Any], cause: str) -> None:
    """A forgotten await, or a function that is not async, is said outright, once for all criteria."""
    report = report_on(function)
    words = " ".join(str(report).split())
    assert words.count(cause) == 1
    assert words.count("yours:") == 1
    assert "keeps 5 criteria from being met" in words
    assert "A call that runs twice may book twice" not in words


def test_nothing_is_guessed() -> None:
    """An exception that has nothing to do with async gets no cause, in a plain function neither."""

    def wrong(message: Any, functions: Tools) -> Any:
        return {}["calls"]

    words = str(report_on(wrong))
    assert "KeyError" in words
    assert "async def" not in words
    assert "await" not in words


def test_a_plain_function_that_runs_its_own_loop_is_right() -> None:
    """A plain function is no mistake in itself."""

    def work(message: Any, functions: Tools) -> Any:
        async def answer(call: Any) -> Any:
            result = await functions[call.function.name](**json.loads(call.function.arguments))
            return {"role": "tool", "tool_call_id": call.id, "content": json.dumps(result)}

        async def all_of_them() -> list[Any]:
            return await asyncio.gather(*map(answer, message.tool_calls))

        return asyncio.run(all_of_them())

    assert report_on(work).passed


def test_a_coroutine_in_a_value_is_named() -> None:
    """What a forgotten await left in a result is told by its name, where nothing was raised."""

    async def writes_out(message: Any, functions: Tools) -> list[Any]:
        call = message.tool_calls[0]
        result = functions[call.function.name](**json.loads(call.function.arguments))
        return [{"role": "tool", "tool_call_id": call.id, "content": str(result)}]

    assert "returned, but never ran `get_" in str(report_on(writes_out))


def test_the_same_refusal_of_the_api_is_told_once() -> None:
    """One 400, with other ids in each case, stands once above the criteria that it keeps back."""

    def first_only(client: Any, model: str, question: str, tools: Any, functions: Tools) -> Any:
        messages: list[Any] = [{"role": "user", "content": question}]
        for _ in range(3):
            reply = client.chat.completions.create(model=model, messages=messages, tools=tools)
            messages.append(reply.choices[0].message)
            call = reply.choices[0].message.tool_calls[0]
            messages.append({"role": "tool", "tool_call_id": call.id, "content": "1"})

    text = str(report_on(first_only, "count_costs"))
    assert text.count("BadRequestError") == 1
    assert "keeps 6 criteria from being met" in text
    assert text.index("BadRequestError") < text.index("[not yet]")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("raised E: no result for call_aX1, call_b", "raised E: no result for call_c", True),
        ("raised KeyError: 'get_tide' (in the line `x[n]`)", "raised KeyError: 'get_wind' (in the line `x[n]`)", True),
        ("raised KeyError: 'a' (in the line `x[n]`)", "raised KeyError: 'a' (in the line `y[n + m]`)", False),
        ("raised E: 'the first is wrong'", "raised E: 'the second is wrong'", False),
        ("stopped after 5 s: it did not come to an end", NOT_RUN, True),
    ],
)  # fmt: skip
def test_what_has_the_same_cause(one: str, other: str, alike: bool) -> None:
    """Drawn ids and names make no other cause; another line or another text does."""
    assert together([(one, False), (other, False)]) == ([[0, 1]] if alike else [[0], [1]])


def test_groups_come_first_and_values_stay_alone() -> None:
    """Equal values are no common cause, but a criterion that was judged on the exception joins it."""
    said = [("3", True), ("raised E: x", True), ("3", True), ("raised E: x", False)]
    assert together(said) == [[3, 1], [0], [2]]


def test_html_tells_a_cause_once() -> None:
    """The card of a notebook shows the exception once, and below it the criteria it keeps back."""
    page = report_on(forgetful)._repr_html_()
    assert page.count("TypeError") == 1
    assert page.count("○ not yet") == 5
    assert page.index("TypeError") < page.index("○ not yet")


def test_a_feedback_page_tells_a_cause_once() -> None:
    """The page that a grader writes has the same groups, without the rules, and first."""
    report = report_on(forgetful)
    names = [verdict.criterion.name for verdict in report.verdicts]
    findings = [("1", "2"), *[("raised E: a missing await", None)] * 4]
    verdicts = tuple(
        CriterionResult(
            criterion=name, points=0, max_points=2, met=False, yours=yours, expected=expected,
            rule=f"The rule of {name}.", scenario="a case", evidence_html=None,
        )
        for name, (yours, expected) in zip(names, findings, strict=True)
    )  # fmt: skip
    result = ExerciseResult(
        exercise="run_together", points=0, max_points=10, verdicts=verdicts, reason=None
    )
    page = "".join(_result(result, report.exercise, lambda _: []))
    assert page.count("raised E: a missing await") == 1
    assert page.index("raised E") < page.index(f"The rule of {names[0]}.")
    assert f"The rule of {names[1]}." not in page
    assert "(8 points)" in page


async def says_done(message: Any, functions: Tools) -> list[Any]:
    for call in message.tool_calls:
        functions[call.function.name](**json.loads(call.function.arguments))
    return [{"tool_call_id": call.id, "content": '"done"'} for call in message.tool_calls]


def test_a_coroutine_that_shows_nowhere_is_named() -> None:
    """A tool that was called and not awaited is named, once, where the value returned hides it."""
    text = str(report_on(says_done))
    assert text.count("returned, but never ran `get_") == 1
    assert "The same thing keeps" in text
