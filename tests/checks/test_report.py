"""How a report reads: in a terminal, and as HTML."""

from __future__ import annotations

import re
from dataclasses import replace

from fanout.checks.exercise import Criterion, Exercise, NotYet
from fanout.checks.report import Report, Verdict


def made(exercise: Exercise, finding: NotYet | None) -> Report:
    criterion: Criterion = exercise.criteria[0]
    verdict = Verdict(criterion=criterion, finding=finding, scenario="a case" if finding else None)
    return Report(exercise=exercise, seed=42, verdicts=(verdict,))


def test_a_miss_names_everything(exercise: Exercise) -> None:
    """A miss shows case, yours, expected, the rule, the hint and the way to repeat it."""
    text = str(made(exercise, NotYet(yours=[1], expected=[1, 2])))
    for words in ("a case", "[1]", "[1, 2]", "Times two.", "fanout.hint(double)", "seed=42"):
        assert words in text


def test_a_pass_tells_one_thing_more(exercise: Exercise) -> None:
    """A pass ends with something worth knowing, without seed or hint."""
    text = str(made(exercise, None))
    assert exercise.more in text
    assert "seed" not in text


def test_html_says_the_same(exercise: Exercise) -> None:
    """The HTML holds the words of the text, escaped; nothing is said by colour alone."""
    page = made(exercise, NotYet(yours="<b>&", expected="x"))._repr_html_()
    assert "&lt;b&gt;&amp;" in page
    assert "<b>" not in page
    words = re.sub(r"<[^>]+>", " ", page)
    assert "not yet" in words
    assert "Times two." in words


def test_long_values_are_cut(exercise: Exercise) -> None:
    """A value of many characters is cut, and its length is told."""
    text = str(made(exercise, NotYet(yours="x" * 5000, expected="y")))
    assert "(5000 characters)" in text
    assert len(text) < 2000


def test_values_are_written_as_python_writes_them(exercise: Exercise) -> None:
    """Data is shown as a learner writes it, and without the places of objects in memory."""
    text = str(made(exercise, NotYet(yours={"city": None, "ok": True}, expected="<f at 0x7f2a0ea13810>")))  # fmt: skip
    assert "{'city': None, 'ok': True}" in text
    assert "expected: <f>" in text


def test_points_are_told_where_criteria_weigh_differently(exercise: Exercise) -> None:
    """What counts criteria says so, and has the points beside it, unless both are the same number."""
    one, two, three = exercise.criteria
    missed = NotYet(yours=1, expected=2)
    verdicts = (
        Verdict(criterion=one, finding=missed, scenario="a case"),
        Verdict(criterion=two),
        Verdict(criterion=three, finding=missed, scenario="a case"),
    )
    weighted = Report(exercise=exercise, seed=42, verdicts=verdicts)
    assert weighted.headline == "double: not yet, 1 of 3 criteria (2 of 4 points)."

    even = replace(exercise, criteria=(one, three))
    assert (
        Report(exercise=even, seed=42, verdicts=verdicts[::2]).headline
        == "double: not yet, 0 of 2."
    )


def test_a_long_value_stands_once(exercise: Exercise) -> None:
    """What several criteria show of one case stands under the first of them, if it is long."""
    text = str(made(exercise, NotYet(yours=list(range(60)), expected="x")))
    both = made(exercise, NotYet(yours=list(range(60)), expected="x"))
    twice = str(replace(both, verdicts=both.verdicts * 2))
    assert text.count("58, 59]") == twice.count("58, 59]") == 1
    assert "the same as above" in twice
    assert "the same as above" not in text


def test_what_differs_in_its_type_only_shows_the_type(exercise: Exercise) -> None:
    """Where both sides would read the same, each is shown with its type."""
    text = str(made(exercise, NotYet(yours="5", expected=5)))
    assert "'5', of type str" in text
    assert "5, of type int" in text


def test_nothing_returned_stands_once(exercise: Exercise) -> None:
    """A function that returns nothing at all is told so once; one that answers in part is not."""
    nothing, missed = NotYet(yours=None, expected=2), NotYet(yours=3, expected=2)

    def said(*findings: NotYet) -> int:
        pairs = zip(exercise.criteria, findings, strict=True)
        verdicts = tuple(Verdict(criterion=c, finding=f, scenario="a case") for c, f in pairs)
        return str(Report(exercise=exercise, seed=1, verdicts=verdicts)).count("None (was")

    assert said(nothing, nothing, nothing) == 1
    assert said(nothing, nothing, missed) == 2
