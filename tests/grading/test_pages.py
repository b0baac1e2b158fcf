"""The feedback page and the class overview."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from fanout.checks import exercises
from fanout.grading import overview
from fanout.grading.command import grade
from fanout.grading.feedback import LONGEST_EVIDENCE, feedback_page
from fanout.grading.gradebook import Entry, Mark, Row
from fanout.grading.misconceptions import suggest
from fanout.grading.naming import Learner
from fanout.grading.options import Options
from fanout.grading.page import file_name, safe
from fanout.grading.patterns import pattern_of
from fanout.grading.results import CriterionResult, ExerciseResult
from fanout.grading.store import Verdict
from fanout.grading.submissions import Submission, lessons
from tests.grading.classroom import grader, hand_in, solved, unsolved, with_mistake

SEED = 424_242_421
HOSTILE = "</pre><script>alert('x')</script><img src=x onerror=alert(1)>\u202e"


class Tags(HTMLParser):
    """The tags of a page, and the attributes of those that may lead outside."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in ("meta", "img", "br", "wbr", "link"):
            self.open.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graded class: one with a mistake, one complete, one blank, two alike, one broken."""
    base = tmp_path_factory.mktemp("class")
    submissions = {
        "ann/01_detect.ipynb": with_mistake("count_calls", "trusts finish_reason"),
        "bob/01_detect.ipynb": solved(),
        "cy/01_detect.ipynb": unsolved(),
        "bert/01_detect.ipynb": solved(),
        "<i>dee/01_detect.ipynb": "not json",
    }
    place = hand_in(base / "in", submissions)
    grade(Options(submissions=place, out=base / "out", seed=SEED), grader())
    return base / "out"


def page_of(out: Path, name: str) -> str:
    return (out / "feedback" / f"{name}.html").read_text(encoding="utf-8")


def one_page(verdict: CriterionResult, *, lessons_at: str = "notebooks") -> str:
    """The page of a learner whose only verdict is this one."""
    result = ExerciseResult(
        exercise="count_calls", points=0, max_points=5, verdicts=(verdict,), reason=HOSTILE
    )
    stored = Verdict(result=result, version="v", layers=("box",), notes=(HOSTILE,), graded_at="")
    mark = Mark(exercise="count_calls", max_points=5, verdict=stored, current=True)
    learner = Learner(HOSTILE, HOSTILE)
    submission = Submission(
        learner=learner, path=HOSTILE, lesson="detect", work=None, digest="d", late=False, notes=(HOSTILE,),
    )  # fmt: skip
    entry = Entry(lesson=lessons()[1], submission=submission, marks=(mark,))
    row = Row(learner=learner, entries=(entry,), strays=())
    return feedback_page(row, lambda _: [], lessons_at)


def missed(**more: str | None) -> CriterionResult:
    values = {"yours": "3", "expected": "4", "evidence_html": None, **more}
    return CriterionResult(
        criterion="counts", points=0, max_points=5, met=False, rule="Count.", scenario="a case", **values
    )  # fmt: skip


def test_the_page_says_what_to_change(out: Path) -> None:
    """What is missed stands with yours, expected, the rule, the lesson, a hint and the next step."""
    text = page_of(out, "ann")

    assert "17 of 18 points" in text
    assert "counts them whatever finish_reason says" in text
    assert re.search(r"<dt>Yours</dt><dd><pre>0</pre>.*<dt>Expected</dt><dd><pre>2</pre>", text)
    assert "With a forced tool the API reports" in text
    assert 'href="notebooks/01_detect.ipynb"' in text
    assert safe(exercises()["count_calls"].hints[0]) in text
    assert "fanout.check(count_calls)" in text
    assert "<strong>trusts finish_reason</strong>" in text


def test_the_seed_is_not_on_a_learners_page(out: Path) -> None:
    """No feedback page holds the seed of the run; the instructor's overview does."""
    for path in (out / "feedback").iterdir():
        assert str(SEED) not in path.read_text(encoding="utf-8")
    assert str(SEED) in (out / "overview.html").read_text(encoding="utf-8")


def test_an_unwritten_exercise_is_no_list_of_faults(out: Path) -> None:
    """What is not written yet is said once, with what will be asked of it."""
    text = page_of(out, "cy")

    assert text.count("not written yet") >= 3
    assert "<dt>Yours</dt>" not in text
    assert "says 0 when there are none" in text


def test_pages_are_well_formed_and_fetch_nothing(out: Path) -> None:
    """Every tag is closed in order, and no address leads off the machine."""
    for path in [*out.glob("*.html"), *out.glob("feedback/*.html")]:
        tags = Tags(path.read_text(encoding="utf-8"))
        assert tags.open == []
        assert not {"script", "link", "iframe", "object"} & set(tags.seen)
        assert not [a for a in tags.addresses if not re.match(r"#|feedback/|notebooks/|data:", a)]


def test_text_of_learners_stays_text() -> None:
    """Names, values, notes and reasons that look like HTML are shown, not obeyed."""
    text = one_page(missed(yours=HOSTILE))
    tags = Tags(text)

    assert not {"script", "img"} & set(tags.seen)
    assert "&lt;script&gt;" in text
    assert "\u202e" not in text
    assert "default-src 'none'" in text


def test_long_text_of_learners_is_cut() -> None:
    """A flood of output and evidence beyond all measure are cut, and it is said."""
    text = one_page(missed(yours="spam " * 100_000, evidence_html="<p>x</p>" * LONGEST_EVIDENCE))

    assert len(text) < 40_000
    assert "500000 characters" in text
    assert "too long to be shown" in text


def test_the_same_evidence_is_shown_once() -> None:
    """A case that shows several faults is drawn at the first and referred to at the others."""
    one = missed(evidence_html="<p>THE WIRE</p>")
    result = ExerciseResult(
        exercise="count_calls", points=0, max_points=5, verdicts=(one, one), reason=None
    )
    stored = Verdict(result=result, version="v", layers=("box",), notes=(), graded_at="")
    mark = Mark(exercise="count_calls", max_points=5, verdict=stored, current=True)
    submission = Submission(
        learner=Learner("a", "a"),
        path="a",
        lesson="detect",
        work=None,
        digest="d",
        late=False,
        notes=(),
    )
    entry = Entry(lesson=lessons()[1], submission=submission, marks=(mark,))
    text = feedback_page(
        Row(learner=Learner("a", "a"), entries=(entry,), strays=()), lambda _: [], "x"
    )

    assert text.count("THE WIRE") == 1
    assert "is shown above, at “counts”" in text


def test_the_lessons_may_be_anywhere() -> None:
    """`--lessons` is where the links lead."""
    text = one_page(missed(), lessons_at="https://school.example/course/")
    assert 'href="https://school.example/course/01_detect.ipynb"' in text


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "CON", "Zoë Ö", "=cmd", "a" * 300, "日本", "x/../y"]
)
def test_file_names_are_safe_everywhere(key: str) -> None:
    """A learner's name becomes a file name that no system minds, and that is nobody else's."""
    name = file_name(key)
    assert re.fullmatch(r"[a-z0-9_-]{1,80}\.html", name)
    assert name != file_name(key + "x")
    assert name.split(".")[0] not in ("con", "nul")


# --- Overview -------------------------------------------------------------------------------------


def test_the_overview_has_what_an_instructor_asks(out: Path) -> None:
    """Distribution, criteria missed, the mistake behind them, and who needs a look."""
    text = (out / "overview.html").read_text(encoding="utf-8")

    assert "5 learners" in text
    assert "5 graded; median 17 points" in text
    assert "counts them whatever finish_reason says" in text
    assert re.search(
        r"trusts finish_reason.*Looks for calls only where finish_reason", text, re.DOTALL
    )
    assert "&lt;i&gt;dee" in text
    assert "not JSON" in text
    assert 'href="feedback/ann.html"' in text


def test_equal_notebooks_are_named_unless_they_earn_nothing(out: Path) -> None:
    """Two notebooks with the same code stand together; blank ones do not."""
    text = (out / "overview.html").read_text(encoding="utf-8")
    equal = text.split("Equal notebooks</h2>")[1].split("<h2>")[0]

    assert "bob" in equal
    assert "bert" in equal
    assert "cy" not in re.sub(r"<[^>]+>", "", equal)


# --- Misconceptions -------------------------------------------------------------------------------


def _result_of(exercise: str, criteria: dict[str, str]) -> ExerciseResult:
    """A result that misses these criteria with these values."""
    verdicts = tuple(
        CriterionResult(
            criterion=one.name, points=0, max_points=one.points, met=one.name not in criteria,
            yours=criteria.get(one.name), expected=None, rule="", scenario=None, evidence_html=None,
        )
        for one in exercises()[exercise].criteria
    )  # fmt: skip
    return ExerciseResult(exercise=exercise, points=0, max_points=9, verdicts=verdicts, reason=None)


@pytest.fixture(scope="module")
def patterns() -> dict[str, dict[str, str]]:
    """What the planted mistakes of `count_calls` miss."""
    from fanout.checks import mistakes

    return {m.name: pattern_of(m, 5) for m in mistakes("detect") if m.exercise == "count_calls"}


def test_every_planted_mistake_is_recognised(patterns: dict[str, dict[str, str]]) -> None:
    """A submission that is a planted mistake is told to be that mistake, and no other."""
    for name, pattern in patterns.items():
        found = suggest(_result_of("count_calls", pattern), patterns)
        assert [one.mistake for one in found] == [name]


def test_a_mistake_is_seen_beside_another(patterns: dict[str, dict[str, str]]) -> None:
    """A submission with two mistakes is told the one that explains more."""
    both = {**patterns["length of None"], **patterns["a text means no calls"]}
    found = {one.mistake for one in suggest(_result_of("count_calls", both), patterns)}
    assert found == {"length of None", "a text means no calls"}


def test_nothing_is_guessed_where_everything_fails(patterns: dict[str, dict[str, str]]) -> None:
    """A function that raises misses everything, and resembles no mistake in particular."""
    names = [one.name for one in exercises()["count_calls"].criteria]
    broken = _result_of("count_calls", dict.fromkeys(names, "raised NameError: x"))
    assert suggest(broken, patterns) == []
    assert suggest(_result_of("count_calls", {}), patterns) == []


def test_tenths_that_nobody_is_in_stand_together() -> None:
    """A class of many lessons has a short distribution for each, and everyone is in it once."""
    rows = overview._binned([0.05, 0.05, 0.75, 1.0])
    assert rows == [("0–9 %", 2), ("10–69 %", 0), ("70–79 %", 1), ("80–99 %", 0), ("all points", 1)]
    assert sum(count for _, count in overview._binned([at / 10 for at in range(11)])) == 11
