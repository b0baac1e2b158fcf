"""Plausible wrong solutions of lesson 07, each rejected by the criterion that names it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fanout.checks.exercise import Mistake
from fanout.lessons.failures import wrong_bookings, wrong_calls, wrong_turns

EVERY_ID = "answers the id of the call, whatever happens"
CUT = "runs nothing when the arguments are cut or are no JSON"
EMPTY = "says something even when the exception says nothing"
HANGS = "gives up on a tool that hangs, and says after how many seconds"
UNKNOWN = "names the tools there are when it is asked for another"
ALL = "answers every id exactly once, whatever fails"
STOPPED = "stops with all its calls when its caller stops it"
LIMIT = "never has more than `limit` calls in flight"
ONE_SEAT = "books one seat, however often it asks"
LAST = "raises RuntimeError after the last attempt"

_PLANTED: dict[str, tuple[tuple[str, str, Callable[..., Any]], ...]] = {
    "answer_safely": (
        ("only the tool is guarded", EVERY_ID, wrong_calls.only_the_tool_guarded),
        ("only RuntimeError is caught", EVERY_ID, wrong_calls.only_runtime_errors),
        ("written outside the try", EVERY_ID, wrong_calls.written_outside_the_try),
        (
            "the text of every exception",
            "names the type of any other exception, and keeps its text from the model",
            wrong_calls.tells_every_text,
        ),
        (
            "every timeout is the limit",
            "tells a tool's own TimeoutError from its time limit",
            wrong_calls.every_timeout_is_the_limit,
        ),
        ("no message for a failure", EVERY_ID, wrong_calls.no_message_for_a_failure),
        ("text of the exception", EMPTY, wrong_calls.text_of_the_exception),
        (
            "always the same words",
            "passes on what a failing tool says",
            wrong_calls.always_the_same_words,
        ),
        ("no time limit", HANGS, wrong_calls.no_time_limit),
        ("a timeout without words", HANGS, wrong_calls.timeout_without_words),
        ("unknown tool, no list", UNKNOWN, wrong_calls.no_list_of_tools),
        ("cut JSON mended", CUT, wrong_calls.mends_cut_json),
        (
            "not validated",
            "runs nothing when an argument is wrong, and names it",
            wrong_calls.not_validated,
        ),
        (
            "no object, no arguments",
            "runs nothing when the arguments have the wrong shape",
            wrong_calls.empty_when_not_an_object,
        ),
        (
            "cancelled tools forgotten",
            "answers also when the tool cancels itself",
            wrong_calls.forgets_cancelled_tools,
        ),
        (
            "every cancellation caught",
            "lets its caller stop it",
            wrong_calls.catches_every_cancellation,
        ),
        ("traceback sent", "keeps tracebacks from the model", wrong_calls.traceback_to_the_model),
    ),
    "run_carefully": (
        ("bare gather", ALL, wrong_turns.bare_gather),
        ("exceptions dropped", ALL, wrong_turns.exceptions_dropped),
        (
            "all or nothing",
            "keeps the results of the calls that went well",
            wrong_turns.all_or_nothing,
        ),
        (
            "failed calls blank",
            "tells the model about each call that failed",
            wrong_turns.failed_left_blank,
        ),
        (
            "completion order",
            "returns the results in the order of the calls",
            wrong_turns.completion_order,
        ),
        (
            "retries what failed",
            "runs each call once, if it can be run",
            wrong_turns.retries_what_failed,
        ),
        (
            "a cancelled tool gathered",
            "keeps the other results when a tool cancels itself",
            wrong_turns.cancelled_tool_gathered,
        ),
        (
            "given up and left",
            "leaves nothing running when it returns",
            wrong_turns.gives_up_and_leaves,
        ),
        ("answers when stopped", STOPPED, wrong_turns.answers_when_stopped),
        ("shielded", STOPPED, wrong_turns.shielded),
        ("no limit", LIMIT, wrong_turns.no_limit),
        ("a semaphore for each call", LIMIT, wrong_turns.a_semaphore_for_each),
        (
            "one by one",
            "has `limit` calls in flight while there are enough",
            wrong_turns.one_by_one,
        ),
        ("in rounds", "gives a free place to the next call at once", wrong_turns.in_rounds),
        ("queue counted", "counts a call's time from its start", wrong_turns.queue_counted),
    ),
    "book_once": (
        (
            "asks only once",
            "returns the booking in spite of lost answers",
            wrong_bookings.asks_only_once,
        ),
        ("no key", ONE_SEAT, wrong_bookings.no_key),
        ("a key for each attempt", ONE_SEAT, wrong_bookings.a_key_for_each_attempt),
        (
            "a key of the arguments",
            "books a second seat for a second call with the same arguments",
            wrong_bookings.a_key_of_the_arguments,
        ),
        (
            "a key of the run",
            "books nothing more when the same call is run again",
            wrong_bookings.a_key_of_the_run,
        ),
        ("refusals retried", "takes a refusal for an answer", wrong_bookings.retries_refusals),
        (
            "retries whatever fails",
            "asks again for a lost answer, and for nothing else",
            wrong_bookings.retries_whatever_fails,
        ),
        ("cannot be stopped", "lets its caller stop it", wrong_bookings.cannot_be_stopped),
        ("silence at the end", LAST, wrong_bookings.says_nothing_at_the_end),
        ("one attempt too many", LAST, wrong_bookings.one_attempt_too_many),
    ),
}

MISTAKES = tuple(
    Mistake(exercise=exercise, name=name, fails=fails, function=function)
    for exercise, planted in _PLANTED.items()
    for name, fails, function in planted
)
