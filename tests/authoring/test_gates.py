from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from fanout.authoring import Problem, build
from fanout.authoring.gates import GATES, Gates, check

Edit = Callable[[str, str, str], None]
Fresh = Callable[[], Gates]

LESSON = "fanout/lessons/double/lesson.md"
EXERCISE = "fanout/lessons/double/exercise.md"
SYLLABUS = "fanout/lessons/syllabus.toml"


def ask(gates: Gates, gate: Callable[[Gates, Any], list[Problem]]) -> list[str]:
    """What a gate says about the lesson `double`."""
    return [str(problem) for problem in gate(gates, gates.syllabus.lessons[1])]


@pytest.fixture
def exercise(registry: ModuleType) -> Iterator[Any]:
    """The exercise of the tiny course, put back afterwards."""
    kept = dict(vars(registry.EXERCISES["double"]))
    yield registry.EXERCISES["double"]
    vars(registry.EXERCISES["double"]).update(kept)


@pytest.fixture
def planted(registry: ModuleType) -> Iterator[list[Any]]:
    """The planted mistakes of the tiny course, put back afterwards."""
    kept = list(registry.MISTAKES)
    yield registry.MISTAKES
    registry.MISTAKES[:] = kept


def test_good_course_passes_all(
    course: Path, registry: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a course with nothing wrong no gate finds anything, and each lesson is reported good."""
    assert check(course, registry=registry) == []
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == ["00_hello", "01_double"]
    assert all(line.endswith("good") for line in lines)


def test_unreadable_source_is_a_problem(course: Path, registry: ModuleType, edit: Edit) -> None:
    """A source with an unknown placeholder is reported with its line, and the check goes on."""
    edit(LESSON, "{{ title }}", "{{ tilte }}")
    found = check(course, registry=registry)
    assert "lesson.md, line 11: `{{ tilte }}` is not known" in str(found[0])
    assert {problem.file for problem in found} == {"lesson `double`"}


# --- Built files are current --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "stale"),
    [
        (LESSON, "return 42", "return 43", ["notebooks/01_double.ipynb: it does not come from"]),
        (SYLLABUS, "tiny-1", "tiny-2", ["notebooks/01_double.ipynb: it does not come from"]),
        (
            EXERCISE,
            "number + number",
            "2 * number",
            ["solutions/01_double.ipynb: it does not", "exercises/01_double.ipynb: it does not"],
        ),
    ],
)
def test_older_than_source(
    gates: Fresh, edit: Edit, file: str, old: str, new: str, stale: list[str]
) -> None:
    """A changed source or syllabus makes exactly the files built from it stale."""
    edit(file, old, new)
    found = ask(gates(), Gates.current)
    assert len(found) == len(stale)
    assert all(said.startswith(start) for said, start in zip(found, stale, strict=True))
    assert all("Run `fanout build double`" in said for said in found)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("return 42", "return 44", "it was changed by hand"),
        ('"name": "python3"', '"name": "other"', "it was changed by hand"),
        ('"execution_count": 3', '"execution_count": 33', "its cells were not executed in order"),
    ],
)
def test_changed_by_hand(gates: Fresh, edit: Edit, old: str, new: str, said: str) -> None:
    """A built file that somebody edited, or saved from Jupyter, is found without executing it."""
    edit("notebooks/01_double.ipynb", old, new)
    found = ask(gates(), Gates.current)
    assert len(found) == 1
    assert said in found[0]


def test_exercises_hold_no_outputs(course: Path, gates: Fresh) -> None:
    """An exercise that was run and saved must not be handed out."""
    path = course / "exercises" / "01_double.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"][1]["outputs"] = [
        {"name": "stdout", "output_type": "stream", "text": ["Started.\n"]}
    ]
    text = json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8")
    found = ask(gates(), Gates.current)
    assert found == ["exercises/01_double.ipynb: it holds outputs. Run `fanout build double`."]


def test_not_built(course: Path, gates: Fresh) -> None:
    """A missing built file is named with the command that makes it."""
    (course / "solutions" / "01_double.ipynb").unlink()
    assert ask(gates(), Gates.current) == [
        "solutions/01_double.ipynb: it has not been built. Run `fanout build double`."
    ]


# --- Exercises, solutions, mistakes, hints ------------------------------------------------------


def test_solved_exercise_is_not_handed_out(
    course: Path, gates: Fresh, edit: Edit, registry: ModuleType
) -> None:
    """An exercise that already meets a criterion is refused, criterion by criterion."""
    edit(EXERCISE, "    ### BEGIN SOLUTION\n", "    if number > 0:\n        return 2 * number\n    ### BEGIN SOLUTION\n")  # fmt: skip
    build(course, ["double"], registry=registry)
    found = ask(gates(), Gates.unsolved)
    assert any("`double`, unsolved, already meets “doubles a positive number”" in f for f in found)


def test_silent_stub_is_refused(
    course: Path, gates: Fresh, edit: Edit, registry: ModuleType
) -> None:
    """A stub that fails in another way than by NotImplementedError is refused."""
    edit(EXERCISE, "    ### BEGIN SOLUTION\n", "    nmuber + 1\n    ### BEGIN SOLUTION\n")
    edit(EXERCISE, "    nmuber + 1\n", "    if number is None: number + 1\n    if 1: return {}\n")
    build(course, ["double"], registry=registry)
    found = ask(gates(), Gates.unsolved)
    assert len(found) == 1
    assert "does something else than raise NotImplementedError" in found[0]


def test_exercise_that_stops(course: Path, gates: Fresh, edit: Edit, registry: ModuleType) -> None:
    """An exercise whose later cell needs the solution does not run to its end, and is refused."""
    edit(EXERCISE, "```{code-cell} ipython3\nfanout.check", "```{code-cell} ipython3\ndouble(1)\n```\n\n```{code-cell} ipython3\nfanout.check")  # fmt: skip
    build(course, ["double"], registry=registry)
    found = ask(gates(), Gates.unsolved)
    assert len(found) == 1
    assert "code cell 3 does not run to its end: NotImplementedError" in found[0]


def test_wrong_solution(course: Path, gates: Fresh, edit: Edit, registry: ModuleType) -> None:
    """A solution that misses a criterion is named with points, seed and criterion."""
    edit(EXERCISE, "number + number", "abs(number + number)")
    build(course, ["double"], registry=registry)
    found = ask(gates(), Gates.solved)
    assert len(found) == 3
    assert (
        "`double` gets 1 of 3 points with seed 1; not met: “doubles a negative number”" in found[0]
    )


def test_function_not_there(gates: Fresh, edit: Edit) -> None:
    """An edition in which the function has another name is refused."""
    edit("exercises/01_double.ipynb", "def double(", "def duoble(")
    edit("exercises/01_double.ipynb", "fanout.check(double)", "print(1)")
    assert "it defines no function `double`" in ask(gates(), Gates.unsolved)[0]


def test_mistake_that_passes(gates: Fresh, registry: ModuleType, planted: list[Any]) -> None:
    """A planted mistake that nothing rejects is named, with the seed and its criterion."""
    wrong = registry.Mistake("double", "adds", "doubles a positive number", lambda n: n + n)
    planted.append(wrong)
    found = ask(gates(), Gates.mistakes)
    assert len(found) == 1
    assert (
        "“adds” is not rejected by “doubles a positive number” with seed 1, but nowhere" in found[0]
    )


def test_mistake_rejected_elsewhere(gates: Fresh, planted: list[Any]) -> None:
    """A mistake rejected by another criterion than the one it names is named, with the other."""
    planted[1].fails, kept = "doubles a positive number", planted[1].fails
    try:
        found = ask(gates(), Gates.mistakes)
    finally:
        planted[1].fails = kept
    assert "but by doubles a negative number instead" in found[0]


@pytest.mark.parametrize(
    ("exercise_name", "fails", "said"),
    [
        ("dubble", "x", "is planted for `dubble`, which does not exist"),
        ("double", "x", "names the criterion “x”, which `double` does not have"),
    ],
)
def test_mistake_misnamed(
    gates: Fresh,
    registry: ModuleType,
    planted: list[Any],
    exercise_name: str,
    fails: str,
    said: str,
) -> None:
    """A mistake for an exercise or a criterion that does not exist is named."""
    planted.append(registry.Mistake(exercise_name, "m", fails, abs))
    assert said in ask(gates(), Gates.mistakes)[0]


def test_mistake_that_only_breaks(gates: Fresh, registry: ModuleType, planted: list[Any]) -> None:
    """A planted mistake that dies of its author's slip proves nothing, and is refused."""

    def slip(number: int) -> int:
        return nmuber  # noqa: F821  # pyrefly: ignore[unknown-name]  (this is the slip)

    planted.append(registry.Mistake("double", "slip", "doubles a positive number", slip))
    assert "is rejected only because it breaks: NameError" in ask(gates(), Gates.mistakes)[0]


def test_exercise_without_mistakes(gates: Fresh, planted: list[Any]) -> None:
    """An exercise with no planted mistake has a check that nobody saw fail."""
    planted.clear()
    assert "exercise `double` has no planted mistake" in ask(gates(), Gates.mistakes)[0]


@pytest.mark.parametrize(
    ("hints", "said"),
    [
        (("a", "b"), "it has 2 hints"),
        (("a", " ", "c"), "hint 2 is empty"),
        (
            ("a", "b", "Then `twice  = number + number`."),
            "gives the line `twice = number + number`",
        ),
        (("a", "return twice", "c"), "hint 2 gives the line `return twice`"),
    ],
)
def test_hints(gates: Fresh, exercise: Any, hints: tuple[str, ...], said: str) -> None:
    """Missing, empty and telling hints are named."""
    exercise.hints = hints
    found = ask(gates(), Gates.hints)
    assert len(found) == 1
    assert said in found[0]


# --- Syllabus, files and exercises agree --------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (SYLLABUS, '["double"]', '["double", "triple"]', "lists `triple`, but has no such check"),
        (SYLLABUS, '["double"]', "[]", "has a check of `double`, not listed"),
        (
            EXERCISE,
            "{{ exercise double }}",
            "## Doubling",
            "`{{ exercise double }}` stands 0 times",
        ),
        (EXERCISE, "### BEGIN SOLUTION", "", "no cell defines `double` with a marked solution"),
        (EXERCISE, "fanout.check(double)", "1", "`double` is checked 0 times"),
    ],
)
def test_disagreement(gates: Fresh, edit: Edit, file: str, old: str, new: str, said: str) -> None:
    """What stands in one place and is missing in another is named."""
    edit(file, old, new)
    if "BEGIN" in old:
        edit(file, "    ### END SOLUTION\n", "")
    assert any(said in found for found in ask(gates(), Gates.agreement))


def test_exercise_file_missing(course: Path, gates: Fresh) -> None:
    """A lesson with exercises in the syllabus and no file for them is named."""
    (course / EXERCISE).unlink()
    assert f"{EXERCISE}: it is missing." in ask(gates(), Gates.agreement)[0]


def test_strangers(course: Path, gates: Fresh, edit: Edit) -> None:
    """A folder without a lesson, and a built file without a source, are named."""
    text = (course / SYLLABUS).read_text(encoding="utf-8")
    (course / SYLLABUS).write_text(text[: text.rindex("[[lesson]]")], encoding="utf-8")
    found = [str(problem) for problem in gates().strangers()]
    assert [said.split(":")[0] for said in found] == [
        "fanout/lessons/double/exercise.md",
        "fanout/lessons/double/lesson.md",
        "notebooks/01_double.ipynb",
        "solutions/01_double.ipynb",
        "exercises/01_double.ipynb",
    ]


def test_all_gates_are_asked() -> None:
    """Every gate that looks at one lesson is among those that `check` asks."""
    own = {name for name, value in vars(Gates).items() if callable(value) and name[0] != "_"}
    assert own - {"strangers"} == {gate.__name__ for _, gate in GATES}
