"""`fanout grade`: from a folder of submissions to grades, feedback pages and an overview."""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from fanout.grading import autograde, canvas, moodle
from fanout.grading.errors import GradeError
from fanout.grading.exports import write_grades
from fanout.grading.feedback import Suggest, feedback_page
from fanout.grading.gradebook import Gradebook, gradebook
from fanout.grading.misconceptions import Suggestion, suggest
from fanout.grading.options import Options
from fanout.grading.overview import overview_page
from fanout.grading.page import file_name
from fanout.grading.patterns import PatternFinder
from fanout.grading.progress import progress
from fanout.grading.results import ExerciseResult
from fanout.grading.store import Store, opened
from fanout.grading.submissions import Submission, lessons, submissions_at, wanted_exercises
from fanout.grading.tables import write_text

STORE, LOCK = "grades.db", "grades.lock"


def run(args: argparse.Namespace) -> int:
    """Carry out a parsed command line; 0 when everything has a grade, 1 when something has none."""
    return grade(Options.of(args))


def grade(options: Options, grader: autograde.BackendContext | None = None) -> int:
    """Grade a class. Raises `GradeError`.

    :param grader: what runs learners' code, in place of what the options ask for.
    """
    wanted = wanted_exercises(options.exercise)
    submissions = submissions_at(options.submissions)
    _check_files(options, submissions, wanted)
    _check_out(options)
    with opened(options.out / STORE) as store:
        seed = _seed(options, store)
        try:
            book = _grade(options, submissions, wanted, store, seed, grader)
        except KeyboardInterrupt:
            print(
                f"Stopped; {store.count()} verdicts are kept. The same command with --resume goes on."
            )
            raise
        return _write(options, book, store)


# --- Before anything runs -----------------------------------------------------------------------


def _check_out(options: Options) -> None:
    """Make the folder for results, or refuse one that holds something else."""
    out, place = options.out.resolve(), options.submissions.resolve()
    if place.is_dir() and out.is_relative_to(place):
        raise GradeError(
            f"`{options.out}` lies inside `{options.submissions}`, where everything is taken for a "
            "submission. Give --out a folder outside of it."
        )
    out.mkdir(parents=True, exist_ok=True)
    # A grader that was killed at once may have left its lock, and nothing to resume.
    there = sorted(path.name for path in out.iterdir() if not path.name.startswith(LOCK))
    if there and not options.resume:
        began = f"a run that began earlier ({STORE})" if STORE in there else f"{len(there)} file(s)"
        go_on = "add --resume to go on with it, or " if STORE in there else ""
        raise GradeError(f"`{options.out}` holds {began}: {go_on}give --out an empty folder.")
    if there and STORE not in there:
        raise GradeError(
            f"`{options.out}` holds files, but no {STORE} to resume from. Give --out an empty folder."
        )


def _check_files(
    options: Options, submissions: Sequence[Submission], wanted: Mapping[str, Sequence[str]]
) -> None:
    """Read the instructor's own files before the work, so that a wrong one costs no time."""
    if options.canvas:
        handed_in = {submission.lesson for submission in submissions}
        graded = (one for one in lessons() if one.slug in handed_in and one.slug in wanted)
        canvas.CanvasFile(options.canvas).columns(tuple(graded))
    if options.moodle:
        moodle.MoodleFile(options.moodle)
    if options.gradebook:
        from fanout.grading.nbgrader import require

        require()


def _seed(options: Options, store: Store) -> int:
    """The seed of this run: the one that the run began with, the given one, or a new one."""
    kept = store.setting("seed")
    if kept is not None and options.seed not in (None, int(kept)):
        raise GradeError(
            f"`{options.out}` was begun with --seed {kept}; with --seed {options.seed} all cases would "
            "differ. Leave --seed away, or grade into another folder."
        )
    chosen = options.seed if options.seed is not None else secrets.randbelow(2**31)
    seed = int(kept) if kept is not None else chosen
    store.keep("seed", str(seed))
    return seed


# --- Grading ------------------------------------------------------------------------------------


def _grade(
    options: Options,
    submissions: Sequence[Submission],
    wanted: Mapping[str, Sequence[str]],
    store: Store,
    seed: int,
    grader: autograde.BackendContext | None,
) -> Gradebook:
    versions = autograde.Versions(unsafe=options.unsafe)
    tasks = autograde.pending(submissions, wanted, store, seed, versions)
    learners = len({submission.learner for submission in submissions})
    print(
        f"{learners} learners, {len(submissions)} submissions, {len(tasks)} to grade.", flush=True
    )
    with ExitStack() as stack:
        patterns = PatternFinder(seed, store, versions)
        stack.callback(patterns.stop)
        if tasks:
            backend = stack.enter_context(grader or _backend(options))
            step = stack.enter_context(progress(len(tasks)))

            def ended(one: autograde.Ended) -> None:
                step()
                for result in one.result.exercises if one.result else ():
                    patterns.look_at(result)

            autograde.grade_all(tasks, backend, store, seed, versions, ended)
        book = gradebook(submissions, wanted, store, seed, versions)
        for result in book.results:  # also those of an earlier run that was killed
            patterns.look_at(result)
        if not patterns.finish():
            print("The planted mistakes could not be judged: pages suggest no misconceptions.")
    return book


def _backend(options: Options) -> autograde.BackendContext:
    if options.scheduler:
        from fanout.grading.cluster import cluster_backend

        return cluster_backend(options.scheduler, unsafe=options.unsafe)
    from fanout.grading.local import local_backend

    return local_backend(options.jobs or default_jobs(), unsafe=options.unsafe)


def default_jobs() -> int:
    """How many submissions at once keep this machine busy: learners' code mostly waits."""
    return 3 * (os.cpu_count() or 1)


# --- Results ------------------------------------------------------------------------------------


def _write(options: Options, book: Gradebook, store: Store) -> int:
    """Write all that is made of a gradebook; returns the exit code."""
    out = options.out
    write_grades(out / "grades.csv", book)
    pages = _write_pages(options, book, _suggester(book, store, options))
    if any(row.learner.canvas_id for row in book.rows):
        canvas.write_new(out / "canvas.csv", book)
    if any(row.learner.moodle_id for row in book.rows):
        for lesson in book.lessons:
            moodle.write_new(out / f"moodle_{lesson.notebook}.csv", book, lesson)
        moodle.write_feedback_zip(out / "moodle_feedback.zip", book, pages)
    _fill_files(options, book)
    print(
        f"Grades: {out / 'grades.csv'}\nOverview: {out / 'overview.html'}\nFeedback: {out / 'feedback'}"
    )
    owed = len(book.open_marks)
    if owed:
        print(
            f"{owed} exercise(s) have no grade, because the grader failed. Run again with --resume."
        )
    if book.unsafe:
        print("Graded WITHOUT a sandbox (--unsafe): this is marked in every report.")
    return 1 if owed else 0


def _suggester(book: Gradebook, store: Store, options: Options) -> Suggest:
    versions = autograde.Versions(unsafe=options.unsafe)
    names = {name for lesson in book.lessons for name in lesson.exercises}
    patterns = {name: store.patterns(name, book.seed, versions[name]) for name in names}

    def suggested(result: ExerciseResult) -> Sequence[Suggestion]:
        return suggest(result, patterns.get(result.exercise, {}))

    return suggested


def _write_pages(options: Options, book: Gradebook, suggester: Suggest) -> dict[str, Path]:
    folder = options.out / "feedback"
    folder.mkdir(exist_ok=True)
    pages = {row.learner.key: folder / file_name(row.learner.key) for row in book.rows}
    for row in book.rows:
        write_text(pages[row.learner.key], feedback_page(row, suggester, options.lessons))
    addresses = {key: f"feedback/{path.name}" for key, path in pages.items()}
    write_text(options.out / "overview.html", overview_page(book, suggester, addresses))
    return pages


def _fill_files(options: Options, book: Gradebook) -> None:
    """Fill in the instructor's own files, and name the learners that these do not list."""
    if options.canvas:
        target = options.out / "canvas_filled.csv"
        _say_filled(target, options.canvas, canvas.CanvasFile(options.canvas).fill(target, book))
    if options.moodle:
        target = options.out / "moodle_filled.csv"
        _say_filled(target, options.moodle, moodle.MoodleFile(options.moodle).fill(target, book))
    if options.gradebook:
        from fanout.grading.nbgrader import write_scores

        write_scores(options.gradebook, book)
        print(f"nbgrader: {options.gradebook}")


def _say_filled(target: Path, source: Path, unknown: Sequence[str]) -> None:
    print(f"Filled in: {target}")
    if unknown:
        print(f"  Not in `{source}`, so not filled in: {', '.join(unknown)}.")
