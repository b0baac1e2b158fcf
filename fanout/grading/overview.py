"""The class overview, for the instructor: how it went, what most people miss, and who needs a look."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from itertools import groupby

from fanout.checks import exercises
from fanout.grading.feedback import Suggest
from fanout.grading.gradebook import Entry, Gradebook, Row, unwritten
from fanout.grading.misconceptions import meaning
from fanout.grading.page import coded, page, safe, table
from fanout.grading.results import ExerciseResult

MOST_MISSED = 15
_BINS = 10


def overview_page(book: Gradebook, suggest: Suggest, pages: Mapping[str, str]) -> str:
    """The overview of a class.

    :param pages: the address of each learner's feedback page, by the learner's key.
    """
    parts = ["<h1>Class overview</h1>", *_summary(book)]
    sections: list[tuple[str, Callable[[], Iterator[str]]]] = [
        ("How it went", lambda: _distribution(book)),
        ("Exercises", lambda: _exercises(book)),
        ("Missed by most", lambda: _missed(book)),
        ("The misconceptions behind it", lambda: _misconceptions(book, suggest, pages)),
        ("Needs a look", lambda: _needs_a_look(book, pages)),
        ("Equal notebooks", lambda: _equal(book, pages)),
        ("Everyone", lambda: _everyone(book, pages)),
    ]
    for title, make in sections:
        content = list(make())
        if content:
            parts += [f"<h2>{title}</h2>", *content]
    return page("Class overview", "\n".join(parts))


def _summary(book: Gradebook) -> Iterator[str]:
    names = ", ".join(f"{one.notebook} ({len(one.exercises)} exercises)" for one in book.lessons)
    yield f"<p>{len(book.rows)} learners. Graded: {names or 'nothing'}. Seed of this run: {book.seed}.</p>"
    if book.unsafe:
        yield (
            '<p class="note"><strong>Graded without a sandbox (--unsafe).</strong> A submission could '
            "change what it liked on this machine, these grades included.</p>"
        )
    elif book.layers:
        yield f"<p class='soft'>Isolation of learners' code: {safe(', '.join(book.layers))}.</p>"
    owed = len(book.open_marks)
    if owed:
        yield (
            f'<p class="note"><strong>{owed} exercise(s) are not graded</strong>, because the grader '
            "failed at them. They have no number anywhere. Run the command again with --resume.</p>"
        )
    older = sum(not entry.current for row in book.rows for entry in row.entries)
    if older:
        yield f'<p class="note">{older} notebook(s) still have grades by an older version of the checks.</p>'


# --- How it went --------------------------------------------------------------------------------


def _distribution(book: Gradebook) -> Iterator[str]:
    for at, lesson in enumerate(book.lessons):
        entries = [row.entries[at] for row in book.rows]
        shares = [e.points / e.max_points for e in entries if e.points is not None and e.max_points]
        if not shares:
            continue
        full = entries[0].max_points
        yield f"<h3>{safe(lesson.title)} <span class='soft'>({lesson.notebook}, {full} points)</span></h3>"
        yield (
            f"<p>{len(shares)} graded; median {statistics.median(shares) * full:g} points, "
            f"mean {statistics.mean(shares) * full:.1f}; {sum(s == 1 for s in shares)} with all points.</p>"
        )
        yield _bars(_binned(shares), len(shares), f"Distribution of points in {lesson.notebook}")


def _binned(shares: Sequence[float]) -> list[tuple[str, int]]:
    """How many are in each tenth of the points; all points are a row of their own, and so are tenths
    in a row that nobody is in."""
    counts = Counter(int(share * _BINS) for share in shares)
    step = 100 // _BINS
    found = []
    for empty, tenths in groupby(range(_BINS), key=lambda at: not counts[at]):
        for first, last in _spans(list(tenths), together=empty):
            found.append((f"{first * step}–{last * step + step - 1} %", counts[first]))
    return [*found, ("all points", counts[_BINS])]


def _spans(tenths: Sequence[int], *, together: bool) -> list[tuple[int, int]]:
    return [(tenths[0], tenths[-1])] if together else [(at, at) for at in tenths]


def _bars(counts: Sequence[tuple[str, int]], whole: int, caption: str) -> str:
    most = max(count for _, count in counts) or 1
    rows = [[escape(label), str(count), _bar(count / most)] for label, count in counts]
    heads = ["Share of the points", f"Learners (of {whole})", ""]
    return table(heads, rows, caption=caption, numbers={1}).replace(
        '<td><span class="bar"', '<td class="b"><span class="bar"'
    )


def _bar(share: float) -> str:
    return f'<span class="bar" style="width:{100 * share:.1f}%"></span>' if share else ""


# --- What is missed -----------------------------------------------------------------------------


def _results(book: Gradebook) -> dict[str, list[tuple[Row, ExerciseResult]]]:
    """The results of each exercise, with whose they are."""
    found: dict[str, list[tuple[Row, ExerciseResult]]] = {}
    for row in book.rows:
        for mark in (mark for entry in row.entries for mark in entry.marks if mark.verdict):
            assert mark.verdict is not None
            found.setdefault(mark.exercise, []).append((row, mark.verdict.result))
    return found


def _exercises(book: Gradebook) -> Iterator[str]:
    rows = []
    found = _results(book)
    for name in (name for lesson in book.lessons for name in lesson.exercises if name in found):
        results = [result for _, result in found[name]]
        points = [result.points for result in results]
        full = sum(result.points == result.max_points for result in results)
        rows.append([
            f"{coded(exercises()[name].title)} <span class='soft'><code>{name}</code></span>",
            str(len(results)),
            f"{statistics.mean(points):.1f} of {results[0].max_points}",
            f"{_percent(full, len(results))}",
            str(sum(map(unwritten, results))),
        ])  # fmt: skip
    if rows:
        heads = ["Exercise", "Graded", "Mean points", "All points", "Not written"]
        yield table(heads, rows, caption="Exercises", numbers={1, 2, 3, 4})


def _percent(part: int, whole: int) -> str:
    return f"{round(100 * part / whole)} %"


def _missed(book: Gradebook) -> Iterator[str]:
    """Criteria by the share of those who wrote the function and miss it."""
    shares: list[tuple[float, str, str, int, int]] = []
    for name, pairs in _results(book).items():
        written = [result for _, result in pairs if not unwritten(result)]
        missed = Counter(one.criterion for r in written for one in r.verdicts if not one.met)
        shares += [(n / len(written), name, c, n, len(written)) for c, n in missed.items()]
    shares.sort(key=lambda row: (-row[0], row[1]))
    if shares:
        rows = [
            [f"{coded(criterion)} <span class='soft'><code>{name}</code></span>",
             f"{count} of {whole}", _bar(share)]
            for share, name, criterion, count, whole in shares[:MOST_MISSED]
        ]  # fmt: skip
        yield "<p>Among those who wrote the function at all.</p>"
        yield table(
            ["The function …", "Not yet", ""],
            rows,
            caption="Criteria that most people miss",
            numbers={1},
        ).replace('<td><span class="bar"', '<td class="b"><span class="bar"')


def _misconceptions(book: Gradebook, suggest: Suggest, pages: Mapping[str, str]) -> Iterator[str]:
    behind: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for name, pairs in _results(book).items():
        for row, result in pairs:
            if result.points < result.max_points and not unwritten(result):
                for one in suggest(result):
                    behind[name, one.mistake].append(row)
    if not behind:
        return
    yield (
        "<p>Submissions that miss what a known mistake misses. It is a guess from the outside: read one "
        "or two of them before you speak about it.</p>"
    )
    ordered = sorted(behind.items(), key=lambda item: (-len(item[1]), item[0]))
    rows = [
        [f"{coded(mistake)} <span class='soft'><code>{name}</code></span>", coded(meaning(name, mistake)),
         str(len(who)), _who(who, pages)]
        for (name, mistake), who in ordered
    ]  # fmt: skip
    yield table(
        ["Mistake", "What it does", "Learners", "Who"], rows, caption="Misconceptions", numbers={2}
    )


def _who(rows: Sequence[Row], pages: Mapping[str, str], most: int = 5) -> str:
    named = ", ".join(_link(row, pages) for row in rows[:most])
    return named + (f" and {len(rows) - most} more" if len(rows) > most else "")


def _link(row: Row, pages: Mapping[str, str]) -> str:
    text = safe(row.learner.name, 120)
    where = pages.get(row.learner.key)
    return f'<a href="{escape(where)}">{text}</a>' if where else text


# --- Everyone -----------------------------------------------------------------------------------


def _needs_a_look(book: Gradebook, pages: Mapping[str, str]) -> Iterator[str]:
    rows = [
        [_link(row, pages), "<br>".join(safe(remark, 400) for remark in remarks[:8])]
        for row in book.rows
        if (remarks := row.remarks(unwritten=False))
    ]
    if rows:
        yield table(["Learner", "What there is to know"], rows, caption="Needs a look")


def _equal(book: Gradebook, pages: Mapping[str, str]) -> Iterator[str]:
    """Notebooks with the same code to the letter, unless they earn nothing, as blank ones do."""
    same: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in book.rows:
        for entry in row.entries:
            if entry.submission and entry.submission.digest and entry.points:
                same[entry.lesson.notebook, entry.submission.digest].append(row)
    groups = [
        [escape(name), _who(who, pages, 20)] for (name, _), who in same.items() if len(who) > 1
    ]
    if groups:
        yield "<p>Equal to the letter in all code cells. Short exercises have few answers: ask first.</p>"
        yield table(["Notebook", "Learners"], groups, caption="Equal notebooks")


def _everyone(book: Gradebook, pages: Mapping[str, str]) -> Iterator[str]:
    heads = ["Learner", *(_title(lesson.notebook) for lesson in book.lessons), "Points", "Late"]
    rows = [
        [
            _link(row, pages),
            *(_points(entry) for entry in row.entries),
            f"{row.points} of {row.max_points}",
            "late" if row.late else "",
        ]
        for row in book.rows
    ]
    if any(entry.submission is None for row in book.rows for entry in row.entries):
        yield "<p class='soft'>– means: not handed in.</p>"
    yield table(heads, rows, caption="Everyone", numbers=set(range(1, len(heads) - 1)))


def _title(notebook: str) -> str:
    """A notebook's name as a heading that may break where its words do."""
    return escape(notebook).replace("_", "_<wbr>")


def _points(entry: Entry) -> str:
    if entry.points is not None:
        return str(entry.points)
    return f"<span class='soft'>{'–' if entry.submission is None else entry.status}</span>"
