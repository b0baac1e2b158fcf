"""Which value goes to which parameter?

Strategy: every value is scored against every parameter and goes to the one that it suits best. Three
habits of plain texts are added: the items of a list go together, what is written like an earlier
value goes where that one went, and a parameter that is already filled gives way to one that is not.
A value that suits its parameter much less than the best one does is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fanout.simulator.model.render import render
from fanout.simulator.model.schema import Param
from fanout.simulator.model.score import scorer
from fanout.simulator.model.slots import Slot
from fanout.simulator.model.values import Mention

Scored = list[tuple[float, Param]]
"""The parameters that one value may go to, with points."""


def assign(
    mentions: Sequence[Mention], params: Sequence[Param], title: Sequence[str] = ()
) -> list[Slot]:
    """Give each mention to the parameter that it suits best, if it suits one well enough."""
    return _Assignment(mentions, params, title).slots()


class _Assignment:
    """The scores of some mentions for some parameters, and the choices made so far."""

    def __init__(
        self, mentions: Sequence[Mention], params: Sequence[Param], title: Sequence[str]
    ) -> None:
        score = scorer(tuple(params), tuple(title))
        self.twins = score.twins
        self.mentions = mentions
        rows = [[(score(m, p), p) for p in params] for m in mentions]
        _without_roles(mentions, rows, self.twins)
        enough = [[(s, p) for s, p in row if s is not None and s >= _least(p)] for row in rows]
        self.rows = _needed(enough, params)
        self.best: dict[str, float] = {}
        self.unit: dict[str, str] = {}
        self.of_list: dict[tuple[int, str], float] = {}
        self._survey()
        self.filled: set[str] = set()
        self.group: dict[str, int] = {}
        self.habit: dict[tuple[Any, ...], str] = {}

    def _survey(self) -> None:
        """For each parameter: its best score, the unit of that value, the best in each list."""
        for mention, row in zip(self.mentions, self.rows, strict=True):
            if row:
                points, param = _top(row)
                if points > self.best.get(param.name, 0.0):
                    self.best[param.name] = points
                    self.unit[param.name] = mention.value.unit
            for points, param in row:
                key = mention.group, param.name
                self.of_list[key] = max(self.of_list.get(key, 0.0), points)

    def slots(self) -> list[Slot]:
        """The choices, in the order of the text."""
        found: list[Slot] = []
        for mention, row in zip(self.mentions, self.rows, strict=True):
            good = [(s, p) for s, p in row if self._near_best(mention, s, p)]
            if good:
                last = found[-1] if found and found[-1].group == mention.group else None
                param = self._choose(mention, good, last)
                self._note(mention, param, last)
                value = render(mention.value, param)
                found.append(Slot(param, value, mention.start, mention.value.end, mention.group))
        return found

    def _near_best(self, mention: Mention, points: float, param: Param) -> bool:
        """Whether a value is no mere noise beside the one that suits the parameter best."""
        if mention.value.unit and mention.value.unit == self.unit.get(param.name):
            return True
        share = 0.35 if mention.value.quoted else 0.5 if param.numeric else 0.7
        points = max(points, self.of_list.get((mention.group, param.name), 0.0))
        return points >= share * self.best.get(param.name, 0.0)

    def _choose(self, mention: Mention, good: Scored, last: Slot | None) -> Param:
        used = "" if mention.value.number is not None else self.habit.get(_form(mention), "")
        good = [(s + self._bonus(p, used), p) for s, p in good]
        top, best = _top(good)
        if last is not None and self._goes_on(last, good, top):
            return last.param
        tied = [p for s, p in good if s >= top - 0.3 and p.name not in self.filled]
        return tied[0] if tied else best

    def _goes_on(self, last: Slot, good: Scored, top: float) -> bool:
        """Whether the next item of a list goes where the last one went."""
        name = last.param.name
        near = any(s >= top - 1.5 and p.name == name for s, p in good)
        paired = name in self.twins and not self._other_end(name, last.group)
        return near and (last.param.type == "array" or not paired)

    def _other_end(self, name: str, group: int) -> bool:
        """Whether the other one of a pair has its value already, from outside this list."""
        ends = [n for n in self.twins if n != name and self.twins[n] != self.twins[name]]
        return any(n in self.filled and self.group.get(n) != group for n in ends)

    def _bonus(self, param: Param, used: str) -> float:
        habit = 0.6 if param.name == used and used not in self.twins else 0.0
        return habit - (0.8 if param.name in self.filled and param.type != "array" else 0.0)

    def _note(self, mention: Mention, param: Param, last: Slot | None) -> None:
        form = _form(mention)
        known = self.habit.setdefault(form, param.name)
        self.habit[form] = param.name if known == param.name else ""
        if param.name in self.filled and not (last and last.param.name == param.name):
            self.filled = set()
        self.filled.add(param.name)
        self.group[param.name] = mention.group


def _without_roles(
    mentions: Sequence[Mention], rows: list[list[tuple[float | None, Param]]], twins: dict[str, str]
) -> None:
    """Where one value is the "from" or "to" of a pair, values without such a word suit it less."""
    said = {p.name for m, row in zip(mentions, rows, strict=True) for s, p in row if m.role and s}
    for mention, row in zip(mentions, rows, strict=True):
        if not mention.role:
            row[:] = [
                (s - 0.6 if s is not None and p.name in said and p.name in twins else s, p)
                for s, p in row
            ]


def _least(param: Param) -> float:
    """The points below which a value is not meant for a parameter."""
    if param.required:
        return 0.6 if param.numeric else 0.9
    return 1.5


def _needed(rows: list[Scored], params: Sequence[Param]) -> list[Scored]:
    """Favour a required parameter that no value prefers over the optional ones that took all."""
    preferred = {_top(row)[1].name for row in rows if row}
    poor = {p.name for p in params if p.required and p.name not in preferred and not p.numeric}
    return [
        [(s + 1.2 if p.name in poor and not _top(row)[1].required else s, p) for s, p in row]
        for row in rows
    ]


def _top(row: Scored) -> tuple[float, Param]:
    return max(row, key=lambda sp: sp[0])


def _form(mention: Mention) -> tuple[Any, ...]:
    """How a value is written: its sort, its unit, and the small word before it."""
    value = mention.value
    led = mention.preposition if mention.preposition in _LEADS and not value.quoted else ""
    return value.kind, value.quoted, value.unit, value.percent, led, mention.role


_LEADS = frozenset("in at for by from to with on of as named called titled".split())
