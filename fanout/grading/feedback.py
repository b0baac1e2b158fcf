"""A learner's feedback page: what is right, what is not yet, and what to change.

A learner who has only this page must be able to go on: each criterion that is missed stands with
yours against expected, the rule behind it and what crossed the wire, and each exercise with the
lesson to reread and a hint. The seed of the run is not on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape

from fanout.checks import Exercise, causes, exercises
from fanout.grading.gradebook import Entry, Mark, Row, untried
from fanout.grading.misconceptions import Suggestion
from fanout.grading.page import coded, compared, page, safe, table
from fanout.grading.results import CriterionResult, ExerciseResult

LONGEST_EVIDENCE = 400_000
"""Characters of HTML; a picture of a long run has about 150,000."""
LONGEST_VALUE = 1200

Suggest = Callable[[ExerciseResult], Sequence[Suggestion]]


def feedback_page(row: Row, suggest: Suggest, lessons_at: str) -> str:
    """The page of one learner.

    :param lessons_at: where the lessons' notebooks are, as an address or a folder.
    """
    handed_in = [entry for entry in row.entries if entry.submission]
    parts = [f"<h1>Feedback for {safe(row.learner.name, 200)}</h1>", *_top(row, handed_in)]
    for entry in handed_in:
        parts += _entry(entry, suggest, lessons_at)
    parts += [
        f'<p class="note"><strong>{safe(stray.path, 300)}</strong> was not graded: {safe(stray.trouble or "")}</p>'
        for stray in row.strays
    ]
    return page(f"Feedback for {row.learner.name}", "\n".join([*parts, *_footer(row)]))


# --- The top ------------------------------------------------------------------------------------


def _top(row: Row, entries: Sequence[Entry]) -> Iterator[str]:
    if row.unsafe:
        yield (
            '<p class="note"><strong>Graded without a sandbox.</strong> '
            "The grader was run with --unsafe on this work.</p>"
        )
    graded = [entry for entry in entries if entry.points is not None]
    if graded:
        got, of = sum(e.points or 0 for e in graded), sum(e.max_points for e in graded)
        yield f"<p><strong>{got} of {of} points.</strong> {_next_step(graded)}</p>"
    marks = [mark for entry in graded if not _unreadable(entry) for mark in entry.marks]
    if marks:
        rows = [_top_line(mark) for mark in marks]
        heads = ["Exercise", "Points", "Where it stands"]
        yield table(heads, rows, caption="All exercises", numbers={1})


def _unreadable(entry: Entry) -> bool:
    return bool(entry.submission and entry.submission.trouble)


def _top_line(mark: Mark) -> list[str]:
    exercise = exercises()[mark.exercise]
    link = f'<a href="#{escape(mark.exercise)}">{coded(exercise.title)}</a>'
    if mark.verdict is None:
        return [link, "", "not graded yet"]
    result = mark.verdict.result
    missed = sum(not one.met for one in result.verdicts)
    state = '<span class="met">✓ complete</span>'
    if missed:
        things = "1 thing" if missed == 1 else f"{missed} things"
        state = f'<span class="open">○ {things} not yet</span>'
        if untried(result):
            state = '<span class="open">○ not there yet</span>'
    return [link, f"{result.points} of {result.max_points}", state]


def _next_step(entries: Sequence[Entry]) -> str:
    """Where to begin: the first exercise that is begun and not complete, else the first that is not."""
    results = [m.verdict.result for e in entries for m in e.marks if m.verdict]
    unfinished = [result for result in results if result.points < result.max_points]
    if not unfinished:
        return "Everything is as it should be." if results else ""
    first = min(unfinished, key=untried)
    title = coded(exercises()[first.exercise].title)
    return f'Begin with <a href="#{escape(first.exercise)}">{title}</a>.'


# --- One notebook -------------------------------------------------------------------------------


def _entry(entry: Entry, suggest: Suggest, lessons_at: str) -> Iterator[str]:
    submission = entry.submission
    assert submission is not None
    yield f"<h2>{safe(entry.lesson.title)} <span class='soft'>({entry.lesson.notebook})</span></h2>"
    if submission.trouble:
        yield f'<p class="note"><strong>This file could not be graded.</strong> {safe(submission.trouble)}</p>'
        return
    notes = dict.fromkeys([*submission.notes, *_run_notes(entry)])
    if notes:
        items = "".join(f"<li>{safe(note, 600)}</li>" for note in notes)
        yield f'<div class="note"><strong>About your notebook</strong><ul>{items}</ul></div>'
    for mark in entry.marks:
        yield from _exercise(mark, entry, suggest, lessons_at)


def _run_notes(entry: Entry) -> list[str]:
    return [note for mark in entry.marks if mark.verdict for note in mark.verdict.notes]


def _exercise(mark: Mark, entry: Entry, suggest: Suggest, lessons_at: str) -> Iterator[str]:
    exercise = exercises()[mark.exercise]
    yield f'<section id="{escape(mark.exercise)}">'
    yield f"<h3>{coded(exercise.title)} <code>{escape(mark.exercise)}</code>{_points(mark)}</h3>"
    if mark.verdict is None:
        yield "<p>This was not graded yet. It is no zero: your instructor will grade it again.</p>"
    else:
        if not mark.current:
            yield "<p class='soft'>Graded by an earlier version of the checks.</p>"
        yield from _result(mark.verdict.result, exercise, suggest)
        if mark.points != mark.max_points:
            yield _what_to_do(exercise, entry, lessons_at)
    yield "</section>"


def _points(mark: Mark) -> str:
    return (
        ""
        if mark.points is None
        else f" <span class='soft'>{mark.points} of {mark.max_points} points</span>"
    )


def _result(result: ExerciseResult, exercise: Exercise, suggest: Suggest) -> Iterator[str]:
    if result.points == result.max_points:
        yield f"<p><span class='met'>✓ Complete.</span> Worth knowing: {coded(exercise.more)}</p>"
    elif untried(result):
        yield f"<p>{coded((result.reason or 'The function is not written yet.')[:600])}</p>"
        yield f"<p>It will be asked of your function that it {_listed(result.verdicts)}.</p>"
        return
    elif result.reason:
        yield f"<p class='note'>{coded(result.reason[:600])}</p>"
    yield from _suggestions(result, suggest)
    met = [one for one in result.verdicts if one.met]
    if met:
        items = "".join(
            f"<li><span class='met'>✓</span> {coded(one.criterion)} "
            f"<span class='soft'>({_worth(one.max_points)})</span></li>"
            for one in met
        )
        yield f"<p>Your function does this:</p><ul class='met-list'>{items}</ul>"
    shown_for: dict[str, str] = {}
    for several in _together([one for one in result.verdicts if not one.met]):
        yield _missed(several, shown_for)


def _listed(verdicts: Sequence[CriterionResult]) -> str:
    return "; ".join(coded(one.criterion) for one in verdicts)


def _suggestions(result: ExerciseResult, suggest: Suggest) -> Iterator[str]:
    found = [] if result.points == result.max_points else suggest(result)
    if found:
        named = " Or: ".join(
            f"<strong>{coded(one.mistake)}</strong> ({coded(one.meaning.rstrip('.'))})."
            for one in found
        )
        yield (
            "<div class='tip'><p>Look here first. Your function misses what a function with this known "
            f"mistake misses: {named}</p></div>"
        )


# --- One criterion ------------------------------------------------------------------------------


def _together(missed: Sequence[CriterionResult]) -> list[list[CriterionResult]]:
    """Criteria as they are shown: those that the same cause keeps from being met stand together."""
    said = [(one.yours or "", one.expected is not None or not one.yours) for one in missed]
    return [[missed[place] for place in places] for places in causes.together(said)]


def _missed(several: Sequence[CriterionResult], shown_for: dict[str, str]) -> str:
    one, points = several[0], sum(one.max_points for one in several)
    lines = [
        f"<div class='card'><h4><span class='open'>○ Not yet:</span> {_listed(several)} "
        f"<span class='soft'>({_worth(points)})</span></h4><dl>"
    ]
    if one.scenario:
        lines.append(f"<dt>The case</dt><dd>{coded(one.scenario[:400])}</dd>")
    lines += _values(one)
    if len(several) == 1:  # else it is one exception, which no rule of theirs is about
        lines.append(f"<dt>The rule</dt><dd>{coded(one.rule)}</dd>")
    return "".join([*lines, "</dl>", _evidence(one, shown_for), "</div>"])


def _worth(points: int) -> str:
    return "1 point" if points == 1 else f"{points} points"


def _values(one: CriterionResult) -> Iterator[str]:
    """Yours, and against it what was expected, with what differs marked in both."""
    if one.yours is None:
        return
    if one.expected is None:
        yield f"<dt>Yours</dt><dd><pre>{safe(one.yours, LONGEST_VALUE)}</pre></dd>"
        return
    yours, expected = compared(one.yours[:LONGEST_VALUE], one.expected[:LONGEST_VALUE])
    for title, text, marked in (
        ("Yours", one.yours, yours),
        ("Expected", one.expected, expected),
    ):
        cut = f" … (cut; {len(text)} characters)" if len(text) > LONGEST_VALUE else ""
        yield f"<dt>{title}</dt><dd><pre>{marked}{cut}</pre></dd>"


def _evidence(one: CriterionResult, shown_for: dict[str, str]) -> str:
    """What crossed the wire in the failing case; drawn once for all criteria that the case shows."""
    evidence = one.evidence_html
    if not evidence:
        return ""
    if len(evidence) > LONGEST_EVIDENCE:
        return (
            "<p class='soft'>What crossed the wire in this case is too long to be shown here.</p>"
        )
    if evidence in shown_for:
        return f"<p class='soft'>What crossed the wire here is shown above, at “{coded(shown_for[evidence])}”.</p>"
    shown_for[evidence] = one.criterion
    return f"<p>What crossed the wire in this case:</p><div class='wire'>{evidence}</div>"


def _what_to_do(exercise: Exercise, entry: Entry, lessons_at: str) -> str:
    name, notebook = escape(exercise.name), f"{entry.lesson.notebook}.ipynb"
    link = f"{lessons_at.rstrip('/')}/{notebook}"
    return (
        f"<div class='tip'><p><strong>To go on.</strong> Reread "
        f'<a href="{escape(link)}">lesson {entry.lesson.notebook.split("_")[0]}, '
        f"{coded(entry.lesson.title)}</a> ({escape(notebook)} in the course's folder of lessons).</p>"
        f"<p>A hint: {coded(exercise.hints[0])} The next one: "
        f"<code>fanout.hint({name}, 2)</code>.</p>"
        f"<p>Change the function, then run <code>fanout.check({name})</code> in your notebook: it asks "
        "the same things on cases drawn anew, as often as you like.</p></div>"
    )


def _footer(row: Row) -> Iterator[str]:
    layers = dict.fromkeys(layer for verdict in row.verdicts for layer in verdict.layers)
    said = f"Your code was run in isolation ({safe(', '.join(layers))}). " if layers else ""
    said = "Your code was run without isolation. " if row.unsafe else said
    yield (
        f"<footer>{said}Each criterion is judged by what your function returns and by what it sends, "
        "on cases drawn for the grading; a fixed answer cannot be right twice.</footer>"
    )
