"""What a learner calls: `check`, `hint` and `progress`."""

from __future__ import annotations

import difflib
import inspect
import os
import random
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from fanout.checks import hush
from fanout.checks.draw import Draw
from fanout.checks.exercise import Exercise
from fanout.checks.judge import judge
from fanout.checks.logbook import note_passed, progress_in
from fanout.checks.registry import exercises
from fanout.checks.report import Report
from fanout.checks.subject import LocalFunction
from fanout.terminal import fitted

_NEAR = 0.75
"""How alike a name has to be for a suggestion: `doubel` and `double` are 0.83, `print` and `drift` 0.6."""

_hints_given: Counter[str] = Counter()


def check(function: Callable[..., Any], *, seed: int | None = None) -> int | None:
    """Check the function you wrote, and show for every criterion: pass, or not yet and why.

    Returns nothing, but for nbgrader, which takes the points from a cell's last value.

    :param function: the function itself, under the name the exercise gave it; plain or async.
    :param seed: repeats the cases of an earlier check; without it they are drawn anew.
    """
    try:
        exercise = _exercise_of(function)
    except _Misunderstood as error:
        print(error)
        return _for_nbgrader(0)
    drawn = random.SystemRandom().randrange(1000, 10_000) if seed is None else seed
    try:
        report = _judged(exercise, function, drawn)
    except KeyboardInterrupt:
        # Its traceback would show our judge at work, and not what the learner did.
        raise KeyboardInterrupt("The check was interrupted: nothing is judged.") from None
    if report.passed:
        note_passed(exercise.name)
    _show(report)
    return _for_nbgrader(report.points)


def _judged(exercise: Exercise, function: Callable[..., Any], seed: int) -> Report:
    with hush.during_a_check():
        report = judge(exercise, LocalFunction(function), seed)
        if not (report.passed or report.unwritten):
            hush.clear_up()
    return report


def hint(function: Callable[..., Any] | str, number: int | None = None) -> None:
    """Show the next hint for an exercise, or hint 1, 2 or 3."""
    try:
        name = function if isinstance(function, str) else _name_of(function)
        exercise = _exercise_named(name, function)
    except _Misunderstood as error:
        print(error)
        return
    last = len(exercise.hints)
    if number is None:
        _hints_given[exercise.name] = min(_hints_given[exercise.name] + 1, last + 1)
        number = _hints_given[exercise.name]
    if 1 <= number <= last:
        said = f"Hint {number} of {last} for {exercise.name}: {exercise.hints[number - 1]}"
        print(fitted(said))
    else:
        print(f"{exercise.name} has {last} hints; the worked solution is in solutions/.")


def progress() -> None:
    """Show which exercises you have passed."""
    _show(progress_in(exercises().values()))


def _for_nbgrader(points: int) -> int | None:
    """Points where nbgrader runs the notebook; otherwise a cell would show them a second time."""
    return points if "NBGRADER_EXECUTION" in os.environ else None


class _Misunderstood(Exception):
    """The learner called `check` or `hint` with something else than an exercise's function."""


def _exercise_of(function: Any) -> Exercise:
    exercise = _exercise_named(_name_of(function), function)
    _require_parameters(exercise, function)
    return exercise


def _name_of(function: Any) -> str:
    name = getattr(function, "__name__", None)
    if callable(function) and isinstance(name, str):
        return name
    raise _Misunderstood(
        f"fanout.check wants your function itself, without parentheses or quotes, as in "
        f"`fanout.check({next(iter(exercises()))})`; this is a value of type `{type(function).__name__}`."
    )


def _exercise_named(name: str, thing: Any) -> Exercise:
    known = exercises()
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name, known, n=1, cutoff=_NEAR)
    meant = f"No exercise is called `{name}`."
    if close:
        meant += f" Did you mean `{close[0]}`?"
    elif _from_elsewhere(thing):
        meant = (
            f"fanout.check takes the function you wrote in this notebook, as in "
            f"`fanout.check({next(iter(known))})`; `{name}` is not one of those."
        )
    raise _Misunderstood(f"{meant} There are: {', '.join(known)}.")


def _from_elsewhere(thing: Any) -> bool:
    """Whether it is a builtin or of another module, and not written in a cell or as the script."""
    return callable(thing) and getattr(thing, "__module__", None) != "__main__"


def _require_parameters(exercise: Exercise, function: Callable[..., Any]) -> None:
    """The exercise calls by name, so the parameters must keep the names they were given."""
    given = list(exercise.scenarios(Draw(0))[0].arguments)
    if inspect.isclass(function):
        raise _Misunderstood(
            f"`{exercise.name}` is a class here, and the exercise asks for a function: "
            f"def {exercise.name}({', '.join(given)})."
        )
    try:
        inspect.signature(function).bind(**dict.fromkeys(given))
    except TypeError as error:
        raise _Misunderstood(
            f"`{exercise.name}` is called with ({', '.join(given)}), but yours takes "
            f"{inspect.signature(function)}. Give it these parameters again, then check. ({error})"
        ) from None


def _show(thing: Any) -> None:
    """As HTML where a notebook shows it, as text everywhere else."""
    if "ipykernel" in sys.modules and _in_kernel():
        from IPython.display import display

        display(thing)
    else:
        print(thing)


def _in_kernel() -> bool:
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None
