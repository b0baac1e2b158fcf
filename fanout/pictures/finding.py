"""What a timeline shows, in sentences: the alternative text and the caption of the picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, islice, pairwise

from fanout.pictures.relation import relation
from fanout.pictures.spans import Bar, Lane, Spans, in_seconds

NOTHING = (
    "Nothing crossed the wire in this run. Did the calls happen inside `with fanout.record()`?"
)

_SAID = {
    "one after another": "ran one after another",
    "at the same time": "ran at the same time",
    "partly": "partly overlapped",
    "too brief": "were too brief to tell whether they overlapped",
}


def finding(spans: Spans) -> str:
    """The whole picture in words: its size, how the tool calls stand to each other, what is wrong.

    Times are written as `0.42 s` everywhere; apart from them the text of a run that is repeated
    is the same each time.
    """
    if not spans.lanes:
        return NOTHING
    counted = f"{_count(spans)}{'.' if spans.calls or not spans.turns else ' and no tool call.'}"
    return " ".join([f"Timeline of {counted}", *_calls(spans), *_troubles(spans)])


def caption(spans: Spans) -> str:
    """The finding in short, for under the picture: the size, the relation and the worst."""
    if not spans.lanes:
        return NOTHING
    known = _said_of(_worked(spans.calls))
    first = _count(spans) + (f"; the calls {known}." if known else ".")
    return " ".join([first, *islice(_troubles(spans), 2)])


def _count(spans: Spans) -> str:
    what = [_number(len(spans.turns), "model turn")] if spans.turns else []
    what += [_number(len(spans.calls), "tool call")] if spans.calls else []
    what = what or [_number(len(_other(spans)), "request") + " to services, none to the model"]
    return f"{in_seconds(spans.seconds)}: {' and '.join(what)}"


# --- How the calls stand to each other -----------------------------------------------------------


def _calls(spans: Spans) -> Iterator[str]:
    batches = [list(group) for _, group in groupby(spans.calls, key=lambda lane: lane.turn)]
    worked = _worked(spans.calls)
    if len(batches) > 1 and any(len(batch) > 1 for batch in batches):
        yield from filter(None, (_batch(b, f" of turn {b[0].turn}") for b in batches[:6]))
        if len(batches) > 6:
            yield f"{_number(len(batches) - 6, 'later turn')} asked for more tool calls."
    elif worked:
        yield _batch(worked, "" if len(batches) == 1 else ", one a turn,")
    silent = len([lane for lane in spans.calls if not (lane.work or lane.pending)])
    if silent:
        whose = "The tools" if not worked else _number(silent, "tool call")
        yield f"{whose} left nothing on the wire: only asked and answered are known."


def _batch(lanes: Sequence[Lane], which: str) -> str:
    """One sentence on calls that were asked for together; nothing if none can be told."""
    worked = _worked(lanes)
    if not worked:
        return ""
    if len(worked) == 1:
        name, took = worked[0].label, _took(worked[0])
        return f"The tool call {name}{which.rstrip(',')} took {took}."
    sums = sum(_length(lane) for lane in worked)
    first = min(lane.work[0] for lane in worked if lane.work)
    last = max(lane.work[1] for lane in worked if lane.work)
    together = f"{in_seconds(sums)} of work in {in_seconds(last - first)}."
    return f"The tool calls{which} {_said_of(worked)}: {_listed(worked)}; {together}"


def _said_of(worked: Sequence[Lane]) -> str:
    times = [lane.work for lane in worked if lane.work]
    found = relation(times)
    in_turns = len({lane.turn for lane in worked}) == len(worked)
    if found == "too brief" and in_turns and all(a[1] <= b[0] for a, b in pairwise(times)):
        # Between them the model was asked again: that order is no chance, however brief they are.
        found = "one after another"
    return _SAID.get(found, "")


def _worked(lanes: Sequence[Lane]) -> list[Lane]:
    return [lane for lane in lanes if lane.work]


def _listed(worked: Sequence[Lane], limit: int = 4) -> str:
    # The first ones, not the slowest: which call is slowest may change from run to run.
    shown = [f"{lane.label} {_took(lane)}" for lane in worked[:limit]]
    more = len(worked) - limit
    return _and([*shown, f"{more} more"] if more > 0 else shown)


def _length(lane: Lane) -> float:
    return lane.work[1] - lane.work[0] if lane.work else 0.0


def _took(lane: Lane) -> str:
    return in_seconds(_length(lane))


# --- What is wrong -------------------------------------------------------------------------------


def _troubles(spans: Spans) -> Iterator[str]:
    calls = spans.calls
    left = [lane for lane in calls if lane.trouble == "not answered"]
    if left:
        which = f": {_and(lane.label for lane in left[:3])}" if len(left) <= 3 else ""
        yield f"{len(left)} of {_number(len(calls), 'call')} {_were(left)} not answered{which}."
    pending = [lane for lane in calls if lane.pending]
    if pending:
        which = "the tool call" if len(calls) == 1 else f"{len(pending)} of {len(calls)} tool calls"
        yield f"The run ended before {which} {_were(pending)} answered."
    for lane in calls:
        if lane.trouble.startswith("answered"):
            yield f"{lane.label} was {lane.trouble}."
    for lane in spans.lanes:
        if lane.kind == "unknown":
            yield f"A {lane.label} answers no call: its id is unknown."
    yield from _failures(spans)


def _failures(spans: Spans) -> Iterator[str]:
    for turn in spans.turns:
        yield from _ending(turn)
        if turn.faults:
            met = f"the fault{'' if len(turn.faults) == 1 else 's'} {_and(turn.faults)}"
            yield f"{turn.name.capitalize()} met {met}, as asked for."
    for lane in spans.calls:
        for bar in lane.bars:
            if bar.failed:
                yield f"The service of {lane.label} failed with status {bar.failed}."
            elif bar.in_flight:
                yield f"The service of {lane.label} had not answered when the run ended."
    if spans.turns and _other(spans):
        yield f"{_number(len(_other(spans)), 'service request')} belonged to no tool call."


def _ending(turn: Bar) -> Iterator[str]:
    """How a turn ended, unless with its answer."""
    if turn.failed:
        verb = "was refused" if turn.failed < 500 else "failed"
        yield f"{turn.name.capitalize()} {verb} with status {turn.failed}."
    elif turn.in_flight:
        yield f"{turn.name.capitalize()} was still in flight when the run ended."
    elif turn.left:
        yield f"The client left {turn.name} {turn.left}."
    elif turn.broken_off:
        yield f"The stream of {turn.name} broke off."


def _other(spans: Spans) -> list[Bar]:
    return [bar for lane in spans.lanes if lane.kind == "other" for bar in lane.bars]


def _were(things: Sequence[object]) -> str:
    return "was" if len(things) == 1 else "were"


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _and(words: Iterator[str] | Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
