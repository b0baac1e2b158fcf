"""What a check says: every criterion with pass or not yet, *yours* against *expected*, and the rule."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fanout.checks import causes
from fanout.terminal import columns

if TYPE_CHECKING:
    from fanout.checks.exercise import Criterion, Exercise, NotYet
    from fanout.recording import Run

_WIDTH = 96
_LONGEST = 400
_PRINTED_LINES = 10
_LONG = 100
_AS_ABOVE = "the same as above"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The verdict on one criterion: met, or the finding and the scenario that shows it."""

    criterion: Criterion
    finding: NotYet | None = None
    scenario: str | None = None
    run: Run | None = None
    """What crossed the wire in that scenario, for a picture of it."""
    by_the_clock: bool = False
    """A slow moment of the machine could have a hand in it."""

    @property
    def met(self) -> bool:
        """Whether the criterion is met."""
        return self.finding is None

    @property
    def points(self) -> int:
        """The points it earns."""
        return self.criterion.points if self.met else 0


@dataclass(frozen=True, kw_only=True, repr=False)
class Report:
    """All verdicts on one function. Prints as text, shows as HTML in a notebook."""

    exercise: Exercise
    seed: int
    verdicts: tuple[Verdict, ...]
    unwritten: bool = False
    """The function is still as it was handed out."""
    printed: str = ""
    """What the function printed in the first scenario."""

    @property
    def passed(self) -> bool:
        """Whether every criterion is met."""
        return all(verdict.met for verdict in self.verdicts)

    @property
    def points(self) -> int:
        """The points earned."""
        return sum(verdict.points for verdict in self.verdicts)

    @property
    def headline(self) -> str:
        """One line that says where the exercise stands."""
        name, met = self.exercise.name, sum(v.met for v in self.verdicts)
        if self.passed:
            return f"{name}: passed, {met} of {met}."
        if self.unwritten:
            return f"{name}: not yet, 0 of {len(self.verdicts)}. The function is not written yet."
        if self.exercise.points == len(self.verdicts):
            return f"{name}: not yet, {met} of {len(self.verdicts)}."
        points = f"{self.points} of {self.exercise.points} points"
        return f"{name}: not yet, {met} of {len(self.verdicts)} criteria ({points})."

    @property
    def footer(self) -> str:
        """What to do, or to know, next."""
        if self.passed:
            return f"Worth knowing: {self.exercise.more}"
        hint = f"For a hint: fanout.hint({self.exercise.name})"
        if self.unwritten:
            return f"{hint}."
        return f"{hint}. The same cases again: fanout.check({self.exercise.name}, seed={self.seed})"

    def __str__(self) -> str:
        return "\n".join(_text(self))

    __repr__ = __str__  # what a notebook keeps as the text of its output

    def _repr_html_(self) -> str:
        return _html(self)


_ADDRESS = re.compile(r" at 0x[0-9a-f]{6,}(?=>)")
"""Where an object lies in memory: other at each run, and nothing to learn from."""


def shown(value: Any) -> str:
    """A value for a person: words as they are, data as Python writes it, cut to a readable length."""
    if value is None:
        return "None (was something returned?)"
    text = _ADDRESS.sub("", value if isinstance(value, str) else repr(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text)} characters)"


def side_by_side(finding: NotYet) -> tuple[str, str]:
    """What came and what was wanted, shown so that they differ where only the types do."""
    yours, expected = shown(finding.yours), shown(finding.expected)
    if yours != expected or finding.yours == finding.expected:
        return yours, expected
    return _typed(finding.yours), _typed(finding.expected)


def _typed(value: Any) -> str:
    return f"{shown(repr(value))}, of type {type(value).__name__}"


def _grouped(report: Report) -> list[list[Verdict]]:
    """The verdicts as they are shown: on top, what the same cause keeps from being met."""
    missed = [] if report.unwritten else [one for one in report.verdicts if one.finding]
    # None for everything that was asked is one cause: nothing is returned.
    silent = len(missed) == len(report.verdicts)
    silent = silent and all(v.finding and v.finding.yours is None for v in missed)
    said = [
        (shown(v.finding.yours), v.finding.expected is not None and not silent)
        for v in missed
        if v.finding
    ]
    groups = [[missed[at] for at in places] for places in causes.together(said)]
    several = [group for group in groups if len(group) > 1]
    kept = {id(verdict) for group in several for verdict in group}
    return several + [[one] for one in report.verdicts if id(one) not in kept]


def _notes(report: Report, several: Sequence[Verdict]) -> Iterator[tuple[str, str]]:
    """The labelled lines for criteria that are not met. What has one cause needs no rules."""
    verdict, finding = several[0], several[0].finding
    if finding is None or report.unwritten:
        return
    yield "case", verdict.scenario or ""
    yours, expected = side_by_side(finding)
    yield "yours", yours
    if len(several) > 1:
        return
    if finding.expected is not None:
        yield "expected", expected
    yield "rule", verdict.criterion.rule


def _noted(report: Report) -> Iterator[tuple[list[Verdict], list[tuple[str, str]]]]:
    """The groups with their lines. A long value that was shown for the same case is not repeated."""
    seen: set[tuple[str, str]] = set()
    for group in _grouped(report):
        notes = list(_notes(report, group))
        said = (dict(notes).get("case", ""), dict(notes).get("yours", ""))
        if said in seen:
            notes = [(label, _AS_ABOVE if label == "yours" else note) for label, note in notes]
        elif len(said[1]) > _LONG:
            seen.add(said)
        yield group, notes


def _introduced(several: Sequence[Verdict]) -> str:
    return f"The same thing keeps {len(several)} criteria from being met:"


def _printed(report: Report) -> list[str]:
    """What the function printed, for someone who debugs by printing; nothing once it passes."""
    lines = [] if report.passed else report.printed.splitlines()
    more = len(lines) - _PRINTED_LINES
    return lines[:_PRINTED_LINES] + ([f"… and {more} more lines"] if more > 0 else [])


# --- Text ---------------------------------------------------------------------------------------


def _text(report: Report) -> Iterator[str]:
    yield report.headline
    for group, notes in _noted(report):
        yield from _group_text(group, notes)
    lines = _printed(report)
    if lines:
        yield "  Your function printed, in the first case:"
        yield from (f"    {line}" for line in lines)
    yield from textwrap.wrap(report.footer, columns(_WIDTH))


def _group_text(group: Sequence[Verdict], noted: Sequence[tuple[str, str]]) -> Iterator[str]:
    notes = [line for label, note in noted for line in _wrapped(f"{label:>20}: ", note)]
    marks = [
        line
        for verdict in group
        for line in _wrapped(
            f"  [{'pass]   ' if verdict.met else 'not yet]'} ", verdict.criterion.name
        )
    ]
    yield from marks + notes if len(group) == 1 else [f"  {_introduced(group)}", *notes, *marks]


def _wrapped(label: str, text: str) -> Iterable[str]:
    return textwrap.wrap(
        text, columns(_WIDTH), initial_indent=label, subsequent_indent=" " * len(label)
    ) or [label]


# --- HTML ---------------------------------------------------------------------------------------
# JupyterLab's own colours, with fallbacks for other notebooks; the words carry the meaning.

_CARD = (
    "border:1px solid var(--jp-border-color1,#bbb);border-left:6px {edge};border-radius:4px;"
    "padding:.6em .9em;max-width:60em;line-height:1.45;color:var(--jp-content-font-color1,#222)"
)
_MARK = "display:inline-block;min-width:6em;font-weight:700"
_NOTES = "margin:.2em 0 .5em 6.4em;display:grid;grid-template-columns:max-content 1fr;gap:.1em .8em"
_LIST = "list-style:none;margin:.4em 0;padding:0"
_CODE = "white-space:pre-wrap;overflow-wrap:anywhere;background:transparent;padding:0"


def _html(report: Report) -> str:
    edge = "solid #009E73" if report.passed else "dashed #D55E00"
    items = "".join(_item(group, notes) for group, notes in _noted(report))
    return (
        f"<div role='group' aria-label='Check of {html.escape(report.exercise.name)}' "
        f"style='{_CARD.format(edge=edge)}'><strong>{_prose(report.headline)}</strong>"
        f"<ul style='{_LIST}'>{items}</ul>"
        f"{_printed_html(report)}<p style='margin:.3em 0 0'>{_prose(report.footer)}</p></div>"
    )


def _item(group: Sequence[Verdict], noted: Sequence[tuple[str, str]]) -> str:
    notes = "".join(_note(label, note) for label, note in noted)
    listed = f"<dl style='{_NOTES}'>{notes}</dl>" if notes else ""
    marked = [_marked(verdict) for verdict in group]
    if len(group) == 1:
        return f"<li>{marked[0]}{listed}</li>"
    below = "".join(f"<li>{one}</li>" for one in marked)
    return f"<li>{_introduced(group)}{listed}<ul style='{_LIST}'>{below}</ul></li>"


def _marked(verdict: Verdict) -> str:
    mark = "✓ pass" if verdict.met else "○ not yet"
    return f"<span style='{_MARK}'>{mark}</span> {_prose(verdict.criterion.name)}"


def _note(label: str, note: str) -> str:
    is_value = label in ("yours", "expected")
    said = f"<code style='{_CODE}'>{html.escape(note)}</code>" if is_value else _prose(note)
    return f"<dt style='font-weight:600'>{label}</dt><dd style='margin:0'>{said}</dd>"


def _printed_html(report: Report) -> str:
    lines = "\n".join(_printed(report))
    if not lines:
        return ""
    return (
        "<p style='margin:.3em 0'>Your function printed, in the first case:</p>"
        f"<pre style='{_CODE}'>{html.escape(lines)}</pre>"
    )


def _prose(text: str) -> str:
    """Words of ours: what stands in backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
