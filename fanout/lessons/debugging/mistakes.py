"""Plausible wrong solutions of lesson 08, each rejected by the criterion that names it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fanout.checks.exercise import Mistake
from fanout.lessons.debugging import wrong_finds, wrong_loops, wrong_repairs, wrong_tests

LATE = "finds the message that slipped in before a result"
PLACE = "says which message to look at"
TAKEN = "returns what the API takes"
HONEST = "answers a call without a result with an honest error"
KEEPS = "keeps all that was said and asked, in the same order"
OWN = "gives each id its own result, whichever is done first"
NOTE = "sends the note once in each turn, behind the results"
ONCE = "carries out equal calls of one turn once, and answers each id"
GREEN = "stays green on every function that keeps its word"
PUBLISHED = "turns red on the code as published"
HALF = "turns red on the mend that is right for one call only"

_PLANTED: dict[str, tuple[tuple[str, str, Callable[..., Any]], ...]] = {
    "find_fault": (
        ("only as sets", LATE, wrong_finds.only_as_sets),
        ("late is missing", LATE, wrong_finds.late_is_missing),
        ("points at the result", PLACE, wrong_finds.points_at_the_result),
        ("points at the call", PLACE, wrong_finds.points_at_the_call),
        (
            "the second is a stranger",
            "finds the second result of a call",
            wrong_finds.second_is_a_stranger,
        ),
        ("forgets the end", "finds the call that has no result", wrong_finds.forgets_the_end),
        (
            "demands call order",
            "finds nothing wrong where nothing is",
            wrong_finds.demands_call_order,
        ),
        (
            "strays pass",
            "finds the result that has lost its call",
            wrong_finds.stray_counts_as_answered,
        ),
    ),
    "repair": (
        ("results invented", HONEST, wrong_repairs.invents_results),
        ("success claimed", HONEST, wrong_repairs.claims_success),
        ("failure claimed", HONEST, wrong_repairs.claims_failure),
        ("mended in place", "leaves the list that it was given as it is", wrong_repairs.in_place),
        ("an empty result", HONEST, wrong_repairs.empty_result),
        ("turn left out", KEEPS, wrong_repairs.turn_left_out),
        ("cut at the break", KEEPS, wrong_repairs.cut_at_the_break),
        (
            "late results lost",
            "moves a late result up to its call",
            wrong_repairs.late_results_lost,
        ),
        ("only gaps filled", TAKEN, wrong_repairs.only_fills_gaps),
        ("gaps filled at the end", TAKEN, wrong_repairs.gaps_filled_at_the_end),
        ("the last result wins", "keeps the first of two results", wrong_repairs.last_result_wins),
        ("strays answered", "drops results that have no call", wrong_repairs.strays_answered),
        (
            "errors everywhere",
            "leaves a whole conversation as it is",
            wrong_repairs.errors_everywhere,
        ),
    ),
    "mended": (
        ("as published", OWN, wrong_loops.as_published),
        ("paired by position", OWN, wrong_loops.paired_by_position),
        ("first call only", "sends nothing that the API refuses", wrong_loops.first_call_only),
        ("repeats not answered", ONCE, wrong_loops.repeats_not_answered),
        ("repeats carried out", ONCE, wrong_loops.runs_repeats),
        (
            "remembers for ever",
            "carries out the same call again in another turn",
            wrong_loops.remembers_for_ever,
        ),
        ("note dropped", NOTE, wrong_loops.note_dropped),
        ("note first", "sends nothing that the API refuses", wrong_loops.note_first),
        ("a note for each call", NOTE, wrong_loops.a_note_for_each_call),
        (
            "switched off instead",
            "works with a model that refuses parallel_tool_calls",
            wrong_loops.switched_off_instead,
        ),
        ("empty tools sent", "works without tools", wrong_loops.empty_tools_sent),
        ("no limit", "raises RuntimeError after max_rounds", wrong_loops.no_limit),
    ),
    "test_trim": (
        ("one call a turn", HALF, wrong_tests.one_call_a_turn),
        ("counts only", PUBLISHED, wrong_tests.counts_only),
        (
            "first message only",
            "turns red when calls lose their results",
            wrong_tests.first_message_only,
        ),
        ("one length only", PUBLISHED, wrong_tests.one_length_only),
        (
            "last not tested",
            "turns red when the last message is lost",
            wrong_tests.last_not_tested,
        ),
        ("length not tested", "turns red when nothing is cut", wrong_tests.length_not_tested),
        (
            "content not tested",
            "turns red when a message is made up",
            wrong_tests.content_not_tested,
        ),
        ("one right answer", GREEN, wrong_tests.one_right_answer),
        ("exact length", GREEN, wrong_tests.exact_length),
        ("no words", "says what was broken", wrong_tests.without_words),
        ("returns a verdict", PUBLISHED, wrong_tests.returns_a_verdict),
        ("always red", GREEN, wrong_tests.always_red),
    ),
}

MISTAKES = tuple(
    Mistake(exercise=exercise, name=name, fails=fails, function=function)
    for exercise, planted in _PLANTED.items()
    for name, fails, function in planted
)
