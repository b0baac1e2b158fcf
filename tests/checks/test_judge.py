"""What the judge makes of all the ways in which a learner's function can end."""

from __future__ import annotations

import asyncio
import enum
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from fanout.checks import driver
from fanout.checks.exercise import Attempt, Criterion, Exercise, unchanged
from fanout.checks.judge import judge
from fanout.checks.report import Report
from fanout.checks.scenario import Scenario, value
from fanout.checks.subject import LocalFunction
from fanout.recording import Run

Function = Callable[..., Any]


def report(exercise: Exercise, function: Function, seed: int = 3) -> Report:
    return judge(exercise, LocalFunction(function), seed)


def yours(verdicts: Report, criterion: str) -> str:
    finding = next(v.finding for v in verdicts.verdicts if v.criterion.name == criterion)
    assert finding is not None
    return str(finding.yours)


def solved(number: int, functions: dict[str, Function]) -> int:
    functions["note"](value=2 * number)
    return 2 * number


def test_a_right_function_passes(exercise: Exercise) -> None:
    """All criteria met means all points."""
    result = report(exercise, solved)
    assert result.passed
    assert result.points == exercise.points == 4


def test_an_async_function_inside_a_running_loop(exercise: Exercise) -> None:
    """An async function is judged like a plain one, also where a loop is running."""

    async def double(number: int, functions: dict[str, Function]) -> int:
        await asyncio.sleep(0)
        return solved(number, functions)

    async def cell() -> Report:
        return report(exercise, double)

    assert asyncio.run(cell()).passed


def test_one_miss_hides_no_other(exercise: Exercise) -> None:
    """Every criterion gets its own verdict, with what came and what was wanted."""

    def double(number: int, functions: dict[str, Function]) -> int:
        return number + 1

    result = report(exercise, double)
    assert [v.met for v in result.verdicts] == [False, False, False]
    first = result.verdicts[0].finding
    assert first is not None
    assert first.yours == first.expected / 2 + 1


def test_what_crossed_the_wire_counts(exercise: Exercise) -> None:
    """A function that returns the right thing without doing the work is found out."""
    result = report(exercise, lambda number, functions: 2 * number)
    assert [v.met for v in result.verdicts] == [True, True, False]
    assert result.points == 3


def test_an_exception_is_told_with_its_line(exercise: Exercise) -> None:
    """An exception costs what it concerns, and names the learner's own line."""

    def double(number: int, functions: dict[str, Function]) -> int:
        result = solved(number, functions)
        return result if number == 0 else result // 0

    result = report(exercise, double)
    assert [v.met for v in result.verdicts] == [False, True, False]
    assert "ZeroDivisionError" in yours(result, "doubles a number")
    assert "result // 0" in yours(result, "doubles a number")


@pytest.mark.parametrize("leave", [lambda: sys.exit(), lambda: exec("raise KeyError()")])
def test_leaving_is_no_escape(exercise: Exercise, leave: Callable[[], None]) -> None:
    """sys.exit() and an exception without a text are reported like any exception."""

    def double(number: int, functions: dict[str, Function]) -> None:
        leave()

    assert "raised" in yours(report(exercise, double), "doubles zero")


def test_not_written_yet(exercise: Exercise) -> None:
    """NotImplementedError is no failure but the state of things at the start."""

    def double(number: int, functions: dict[str, Function]) -> int:
        raise NotImplementedError

    result = report(exercise, double)
    assert result.unwritten
    assert not any(v.met for v in result.verdicts)
    assert "not written yet" in str(result)


@pytest.mark.parametrize("kind", ["plain", "catching", "async"])
def test_an_endless_function_is_stopped(exercise: Exercise, kind: str) -> None:
    """A loop without an end is stopped after the stated time, and says so."""

    def plain(number: int, functions: dict[str, Function]) -> None:
        while True:
            pass

    def catching(number: int, functions: dict[str, Function]) -> None:
        while True:
            try:
                time.sleep(0.01)
            except Exception:  # noqa: BLE001 (the mistake itself)
                continue

    async def endless(number: int, functions: dict[str, Function]) -> None:
        while True:
            await asyncio.sleep(10)

    function = {"plain": plain, "catching": catching, "async": endless}[kind]
    began = time.perf_counter()
    result = report(exercise, function)
    assert time.perf_counter() - began < 4
    assert "stopped after 1 s" in yours(result, "doubles a number")
    assert "not run" in yours(result, "doubles zero")


def test_a_value_that_is_no_json(exercise: Exercise) -> None:
    """A set, a key that is no string, a coroutine: each is named for what it is."""

    async def inner() -> int:
        return 1

    cases: list[tuple[Function, str]] = [
        (lambda number, functions: {number}, "type `set`"),
        (lambda number, functions: {1: 2}, "the key 1"),
        (lambda number, functions: [inner()], "you did not await `inner`"),
    ]
    for function, words in cases:
        assert words in yours(report(exercise, function), "doubles zero")


def test_nothing_returned(exercise: Exercise) -> None:
    """A missing return reads as None, with the question whether something was returned."""
    result = report(exercise, lambda number, functions: None)
    assert "was something returned?" in str(result)


class TooMuch(RuntimeError):
    """An exception of a learner's own."""


def test_an_exception_of_ones_own_is_known_by_its_kind(exercise: Exercise) -> None:
    """A class made from RuntimeError counts as one, and as nothing else."""

    def double(number: int, functions: dict[str, Any]) -> int:
        raise TooMuch("no more")

    said = yours(report(exercise, double), "doubles a number")
    assert said.startswith("raised TooMuch (a kind of RuntimeError): no more")
    assert driver.raised_a(said, "RuntimeError")
    assert not driver.raised_a(said, "ValueError")
    assert driver.raised_a("raised RuntimeError (in the line `raise RuntimeError`)", "RuntimeError")


def test_an_enum_counts_as_its_value(exercise: Exercise) -> None:
    """A member of an enum of numbers or texts is what it stands for, as it is in JSON."""

    class Number(enum.IntEnum):
        SIX = 6

    class Word(enum.StrEnum):
        SIX = "six"

    number, word = Number.SIX, Word.SIX
    assert type(driver.plain(number)) is int
    assert type(driver.plain(word)) is str
    assert driver.plain([number, word, True, 1.5]) == [6, "six", True, 1.5]


def test_the_seed_draws_the_cases(exercise: Exercise) -> None:
    """The same seed draws the same cases, another seed others."""

    def titles(seed: int) -> list[str | None]:
        wrong = report(exercise, lambda number, functions: "no", seed)
        return [verdict.scenario for verdict in wrong.verdicts]

    assert titles(5) == titles(5)
    assert len({tuple(titles(seed)) for seed in range(5)}) > 1


def test_prints_are_kept_not_shown(exercise: Exercise, capsys: pytest.CaptureFixture[str]) -> None:
    """What the function prints shows in the report of a miss, at most ten lines of it."""

    def double(number: int, functions: dict[str, Function]) -> None:
        for line in range(30):
            print("line", line)

    text = str(report(exercise, double))
    assert capsys.readouterr().out == ""
    assert "line 9" in text
    assert "line 10" not in text
    assert "20 more lines" in text


def test_a_criterion_that_can_never_fail(exercise: Exercise) -> None:
    """A criterion that looks at no scenario is a mistake of ours, and loud."""
    from dataclasses import replace

    blind = Criterion(name="blind", rule="-", look=lambda attempt: None, about="nothing")
    with pytest.raises(LookupError, match="can never fail"):
        report(replace(exercise, criteria=(blind,)), solved)


def test_what_a_function_changed_is_known(exercise: Exercise) -> None:
    """An argument that holds other data than it was given with is named; the judge keeps its own."""
    given = [1, 2]
    arguments = {"numbers": value(given), "more": value([3])}

    def adds(numbers: list[int], more: list[int]) -> list[int]:
        numbers.append(0)
        return numbers + more

    outcome = driver.call(adds, arguments, "http://127.0.0.1:9", 5.0)
    assert (outcome.returned, outcome.changed, given) == ([1, 2, 0, 3], ("numbers",), [1, 2])


def test_a_criterion_about_arguments(exercise: Exercise) -> None:
    """`unchanged` finds the argument that was changed, and lets every other pass."""
    scenario = Scenario(title="t", arguments={})
    attempt = Attempt(
        scenario=scenario, outcome=driver.Outcome(returned=1, changed=("numbers",)), run=Run()
    )
    finding = unchanged("numbers")(attempt)
    assert finding is not None
    assert "`numbers` is changed" in str(finding.yours)
    assert unchanged("more")(attempt) is None
