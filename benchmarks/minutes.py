"""How long a lesson takes, estimated from what there is to read, to run, to guess and to change.

For each lesson: the minutes that the syllabus states, beside an estimate for its notebook (without
the exercises), and the minutes that its exercises state. Read the notebook's estimate as "a person
who meets this for the first time, does what the text asks, and does not get stuck".

The rates, and why these:

* Prose, 200 words a minute. Silent reading of plain English is about 240 (Brysbaert 2019, a review
  of 190 studies); technical text is slower, and many readers here did not grow up with English.
  Folded answers count: the lessons ask to unfold them.
* Code, 15 lines a minute: four seconds for a line of about seven words, twice what prose takes.
  Reviewers who look for faults take longer; nobody is asked to look for faults here.
* Output, as prose: one compares it with what was expected. A transcript counts as its text; what an
  output folds away does not count: it is there to look things up.
* A picture, 20 seconds: find the axis, the rows, and what stands out.
* A prediction, 45 seconds: decide, and write it down. (The options are counted as prose.)
* Any other folded question, 10 seconds: answer it in one's head before unfolding.
* A `Modify`, 2 minutes: change a line, run it and what depends on it, look.
* Running: the seconds that the cells take. Measured with `--run`; otherwise the 15 seconds that a
  notebook may take at most.

These are rates, not measurements of people. A teacher who has measured a class knows better: correct
the rate, not the lesson's number. Run it when a lesson has changed:

    .venv/bin/python benchmarks/minutes.py [--run] [LESSON ...]
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from fanout.authoring.execution import execute
from fanout.authoring.prose import words
from fanout.authoring.syllabus import Lesson, read_syllabus
from fanout.checks import exercises

ROOT = Path(__file__).resolve().parents[1]

WORDS, LINES = 200, 15
"""Words of prose and of output, and lines of code, that are read in a minute."""
PICTURE, PREDICT, QUESTION, MODIFY = 20 / 60, 45 / 60, 10 / 60, 2.0
"""Minutes for each of them."""
MOST_SECONDS = 15.0
"""What running a whole notebook may take."""
TOLERANCE = 0.25
"""Stated and estimated minutes may differ by this part of the stated ones."""
_FOLDED = re.compile(r"<details>(?:(?!<details).)*?</details>", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Content:
    """What there is to do in one notebook, counted."""

    words: int
    lines: int
    output: int
    """Words of output."""
    pictures: int
    predictions: int
    questions: int
    """Folded answers that belong to no prediction."""
    modifications: int

    def minutes(self, seconds: float = MOST_SECONDS) -> float:
        """The estimate, if running takes so many seconds."""
        reading = (self.words + self.output) / WORDS + self.lines / LINES
        looking = self.pictures * PICTURE
        thinking = self.predictions * PREDICT + self.questions * QUESTION
        return reading + looking + thinking + self.modifications * MODIFY + seconds / 60


def content(notebook: Any) -> Content:
    """Count what stands in a built notebook, its outputs included."""
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = [output for cell in code for output in _outputs(cell)]
    predictions = sum(_headings("Predict", text) for text in prose)
    return Content(
        words=sum(words(text) for text in prose),
        lines=sum(bool(line.strip()) for cell in code for line in cell.source.splitlines()),
        output=sum(len(text.split()) for text in shown),
        pictures=len(shown) - sum(bool(text) for text in shown),
        predictions=predictions,
        questions=max(0, sum(text.count("<details>") for text in prose) - predictions),
        modifications=sum(_headings("Modify", text) for text in prose),
    )


def _headings(word: str, text: str) -> int:
    return len(re.findall(rf"^#+ {word}$", text, re.MULTILINE))


def _unfolded(html: str) -> str:
    """The words that show before anything is unfolded: nobody reads the rest through."""
    shown, some = html, 1
    while some:
        shown, some = _FOLDED.subn("", shown)
    return re.sub(r"<style>.*?</style>|<[^>]*>", " ", shown, flags=re.DOTALL)


def _outputs(cell: Any) -> Iterator[str]:
    """The text of each output that has one, and "" for each picture."""
    for output in cell.outputs:
        data = output.get("data", {})
        picture = "image/png" in data or "data:image" in data.get("text/html", "")
        text = output.get("text") or data.get("text/plain", "") or output.get("evalue", "")
        if "<details>" in data.get("text/html", ""):
            text = _unfolded(data["text/html"])
        if picture or text.strip():
            yield "" if picture else text


def built(lesson: Lesson) -> Any:
    """The lesson's notebook as it is shipped."""
    return nbformat.read(ROOT / "notebooks" / f"{lesson.stem}.ipynb", as_version=4)


def exercise_minutes(lesson: Lesson) -> int:
    """What the lesson's exercises say that they take, in all."""
    known = exercises()
    return sum(known[name].minutes for name in lesson.exercises)


def seconds_to_run(lesson: Lesson) -> float:
    """Run the lesson's notebook once; how long its kernel took, starting included."""
    notebook = built(lesson)
    began = time.perf_counter()
    execute(notebook, ROOT / "notebooks")
    return time.perf_counter() - began


def honest(stated: int, estimated: float) -> bool:
    """Whether the stated minutes are within the tolerance of the estimate."""
    return abs(stated - estimated) <= TOLERANCE * stated


def main(names: Iterable[str], run: bool) -> None:
    """Print the table."""
    print(
        f"{'lesson':<12} {'words':>5} {'code':>5} {'output':>6} {'look':>4} {'guess':>5} {'ask':>4}"
        f" {'modify':>6} {'run, s':>6} | {'estimate':>8} {'stated':>6}     | exercises"
    )
    totals = [0.0, 0, 0]
    for lesson in read_syllabus(ROOT).choose(tuple(names)):
        found = content(built(lesson))
        seconds = seconds_to_run(lesson) if run else MOST_SECONDS
        estimate, homework = found.minutes(seconds), exercise_minutes(lesson)
        said = "   " if honest(lesson.minutes, estimate) else "OFF"
        took = f"{seconds:.1f}" if run else "-"
        print(
            f"{lesson.slug:<12} {found.words:>5} {found.lines:>5} {found.output:>6}"
            f" {found.pictures:>4} {found.predictions:>5} {found.questions:>4}"
            f" {found.modifications:>6} {took:>6}"
            f" | {estimate:>8.0f} {lesson.minutes:>6} {said} | {homework:>9}"
        )
        row = (estimate, lesson.minutes, homework)
        totals = [a + b for a, b in zip(totals, row, strict=True)]
    print(f"{'minutes in all':<63} | {totals[0]:>8.0f} {totals[1]:>6}     | {totals[2]:>9}")


if __name__ == "__main__":
    options = sys.argv[1:]
    main([name for name in options if name != "--run"], "--run" in options)
