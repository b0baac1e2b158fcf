"""Plausible wrong solutions of lesson 06, each rejected by the criterion that names it."""

from __future__ import annotations

import json
from typing import Any

from fanout.checks.exercise import Mistake
from fanout.lessons.models import wrong_probes as wrong
from fanout.lessons.models.wrong_probes import first_by, key_of

# --- unique_calls ---------------------------------------------------------------------------------


def unique_by_name(message: Any) -> Any:
    """Takes every further call of a tool for a repeat."""
    return first_by(lambda call: call.function.name, message.tool_calls or [])


def unique_by_arguments(message: Any) -> Any:
    """Forgets that two tools may be asked about the same."""
    return first_by(lambda call: key_of(call)[1], message.tool_calls or [])


def unique_by_text(message: Any) -> Any:
    """Compares the text of the arguments."""
    calls = message.tool_calls or []
    return first_by(lambda call: (call.function.name, call.function.arguments), calls)


def unique_with_id(message: Any) -> Any:
    """Compares whole calls, ids and all: no two are ever equal."""
    return first_by(lambda call: call.model_dump_json(), message.tool_calls or [])


def neighbours_only(message: Any) -> Any:
    """Looks only at the call before."""
    calls = message.tool_calls or []
    return [call for n, call in enumerate(calls) if n == 0 or key_of(call) != key_of(calls[n - 1])]


def keeps_the_last(message: Any) -> Any:
    """Lets a later call overwrite an earlier one in a dict."""
    return list({key_of(call): call for call in message.tool_calls or []}.values())


def one_is_true(message: Any) -> Any:
    """Compares the parsed arguments as Python does, for which 1 is True."""
    kept: list[Any] = []
    for call in message.tool_calls or []:
        if not any(_same_in_python(call, other) for other in kept):
            kept.append(call)
    return kept


def _same_in_python(call: Any, other: Any) -> bool:
    one, two = call.function, other.function
    try:
        same = json.loads(one.arguments) == json.loads(two.arguments)
    except ValueError:
        same = one.arguments == two.arguments
    return bool(one.name == two.name and same)


def unreadable_is_none(message: Any) -> Any:
    """Gives all unreadable arguments one value, and so makes them equal."""

    def key(call: Any) -> tuple[str, Any]:
        try:
            return call.function.name, json.dumps(
                json.loads(call.function.arguments), sort_keys=True
            )
        except ValueError:
            return call.function.name, None

    return first_by(key, message.tool_calls or [])


def none_is_a_list(message: Any) -> Any:
    """Goes through `tool_calls` when there are none."""
    return first_by(key_of, message.tool_calls)


# --- drift ----------------------------------------------------------------------------------------


def equality_for_all(pinned: dict[str, Any], measured: dict[str, Any]) -> Any:
    """Raises an alarm when the model got better."""
    return sorted(key for key in pinned if measured[key] != pinned[key])


def none_is_skipped(pinned: dict[str, Any], measured: dict[str, Any]) -> Any:
    """Looks only at what could be measured."""
    there = [key for key in pinned if measured[key] is not None]
    return sorted(key for key in there if not _holds(key, pinned, measured))


def nothing_is_skipped(pinned: dict[str, Any], measured: dict[str, Any]) -> Any:
    """Takes 0 for nothing measured, and lets it pass."""
    there = [key for key in pinned if measured[key] or measured[key] is None]
    return sorted(key for key in there if not _holds(key, pinned, measured))


def compares_none(pinned: dict[str, Any], measured: dict[str, Any]) -> Any:
    """Compares by size before it asks whether there is a number."""

    def holds(key: str) -> bool:
        if key == "calls_per_turn":
            return bool(measured[key] >= pinned[key])
        return bool(measured[key] == pinned[key])

    return sorted(key for key in pinned if not holds(key))


def looks_at_everything(pinned: dict[str, Any], measured: dict[str, Any]) -> Any:
    """Goes through what was measured, pinned or not."""
    full = dict.fromkeys(measured) | pinned
    return sorted(key for key in measured if not _holds(key, full, measured))


def first_change_only(pinned: dict[str, Any], measured: dict[str, Any]) -> Any:
    """Stops at the first change."""
    return sorted(key for key in pinned if not _holds(key, pinned, measured))[:1]


def as_they_come(pinned: dict[str, Any], measured: dict[str, Any]) -> Any:
    """Names the values in the order in which they were pinned."""
    return [key for key in pinned if not _holds(key, pinned, measured)]


def fewer_is_fine(pinned: dict[str, Any], measured: dict[str, Any]) -> Any:
    """Leaves the number out, because it changes a little from run to run."""
    return sorted(
        key
        for key in pinned
        if not _holds(key, pinned, measured) and (key != "calls_per_turn" or measured[key] is None)
    )


def _holds(key: str, pinned: dict[str, Any], measured: dict[str, Any]) -> bool:
    if key == "calls_per_turn" and None not in (pinned[key], measured[key]):
        return bool(measured[key] >= pinned[key])
    return bool(measured[key] == pinned[key])


_REPEATED = "keeps one of two equal tool calls"
_UNREADABLE = "does not take all unreadable arguments for the same"
_MEAN = "counts the tool calls per tool-using turn"
_REPEATS = "counts the calls that repeat another of the same turn"
_REASONS = "lists every finish_reason once, sorted"
_IGNORED = "says `ignored` where the switch is taken and not obeyed"
_UNREFUSED = "gives None for the refusal of a model that answers"
_ROW = "fills the row of a model that refuses everything"
_GONE = "names what can no longer be measured"

MISTAKES = tuple(
    Mistake(exercise=exercise, name=name, fails=fails, function=function)
    for exercise, name, fails, function in (
        (
            "unique_calls",
            "one call per tool",
            "keeps several tool calls of one tool with different arguments",
            unique_by_name,
        ),
        (
            "unique_calls",
            "forgets the tool's name",
            "keeps two tools apart that are asked about the same",
            unique_by_arguments,
        ),
        (
            "unique_calls",
            "arguments compared as text",
            "compares arguments as data, not as text",
            unique_by_text,
        ),
        ("unique_calls", "ids compared too", _REPEATED, unique_with_id),
        ("unique_calls", "looks at neighbours only", _REPEATED, neighbours_only),
        (
            "unique_calls",
            "keeps the last",
            "keeps the first of each, in the order of the turn",
            keeps_the_last,
        ),
        ("unique_calls", "1 taken for true", "keeps values of different kinds apart", one_is_true),
        ("unique_calls", "all unreadable arguments are equal", _UNREADABLE, unreadable_is_none),
        (
            "unique_calls",
            "no list where nothing is called",
            "returns an empty list for a turn without tool calls",
            none_is_a_list,
        ),
        ("probe", "mean over all replies", _MEAN, wrong.changed(wrong.mean_over_all)),
        ("probe", "believes finish_reason", _MEAN, wrong.changed(wrong.believes_finish_reason)),
        (
            "probe",
            "zero for nothing",
            "gives None where no turn used a tool",
            wrong.changed(wrong.zero_for_nothing),
        ),
        ("probe", "repeats compared as text", _REPEATS, wrong.changed(wrong.repeats_by_text)),
        ("probe", "repeats by tool name", _REPEATS, wrong.changed(wrong.repeats_by_name)),
        ("probe", "repeats across turns", _REPEATS, wrong.changed(wrong.repeats_across_turns)),
        ("probe", "last finish_reason only", _REASONS, wrong.changed(wrong.last_finish_reason)),
        ("probe", "finish_reasons listed twice", _REASONS, wrong.changed(wrong.all_finish_reasons)),
        ("probe", "name as asked for", "says which snapshot answered", wrong.name_as_asked),
        ("probe", "accepted means obeyed", _IGNORED, wrong.accepted_is_obeyed),
        ("probe", "switch tried on one prompt", _IGNORED, wrong.switch_on_one_prompt),
        (
            "probe",
            "a refused switch spoils the row",
            "says `refused` where the switch is refused",
            wrong.one_try_for_both,
        ),
        (
            "probe",
            "switch always sent",
            "asks each prompt once without the switch, with the tools",
            wrong.switch_always_sent,
        ),
        ("probe", "a text for no refusal", _UNREFUSED, wrong.empty_refusal),
        ("probe", "only 400 is a refusal", _ROW, wrong.only_400_is_a_refusal),
        ("probe", "refusal without its words", _ROW, wrong.refusal_without_words),
        ("drift", "equality for all", "raises no alarm over more calls per turn", equality_for_all),
        ("drift", "skips None", _GONE, none_is_skipped),
        ("drift", "compares None by size", _GONE, compares_none),
        ("drift", "zero taken for nothing", "names a value that fell to zero", nothing_is_skipped),
        (
            "drift",
            "looks at everything",
            "looks at nothing that was not pinned",
            looks_at_everything,
        ),
        ("drift", "first change only", "names the values that changed, sorted", first_change_only),
        ("drift", "not sorted", "names the values that changed, sorted", as_they_come),
        ("drift", "fewer calls are fine", "names calls_per_turn when it fell", fewer_is_fine),
    )
)
