"""Requests that lack a value: close them from results, or find the tool that provides the value.

Strategy: "the status of Ada's orders" asks for `order_status`, which needs `order_id`. A result that
has one closes the request, once for each value. Without one, a tool that speaks of orders is called
first (`list_orders`), and if that lacks its `customer_id`, a tool that speaks of customers before it.
A tool that changes something is never called just to learn a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fanout.simulator.model.fill import fill, nested
from fanout.simulator.model.plan import Request
from fanout.simulator.model.results import last_number, rows
from fanout.simulator.model.scene import Done
from fanout.simulator.model.schema import Param, Reading
from fanout.simulator.model.text import name_words, stem
from fanout.simulator.model.values import Page

_LONGEST = 5
_VAGUE = frozenset("id ids code number key name value the of".split())
CHANGES = frozenset(
    "create delete update cancel book send transfer buy order pay set add remove post place submit "
    "reserve schedule play move write save".split()
)


@dataclass(frozen=True)
class Means:
    """What there is to close a request with."""

    page: Page
    tools: tuple[Reading, ...]
    done: tuple[Done, ...]


def resolve(request: Request, means: Means, depth: int = 0) -> list[Request]:
    """The requests that can be made now in order to serve this one; open ones where none can."""
    if not request.missing:
        return [request]
    closed = [
        replace(request, arguments=_with(request, row), missing=())
        for row in rows(request.missing, means.done) or _result_of_the_last(request, means)
    ]
    if depth >= _LONGEST:
        return closed or [request]
    used = {call.name for call in means.done}
    for tool in _providers(request, means.tools):
        # Once a tool provides, all of its calls come first: both customers before their orders.
        if not closed or tool.name in used:
            steps = _steps(tool, request, means, depth)
            if steps:
                return steps + closed
    return closed or [request]


def _result_of_the_last(request: Request, means: Means) -> list[dict[str, Any]]:
    """The number that "the result" is, where the text speaks of one and one number is missing."""
    spoken = any(m.value.kind == "earlier" for m in means.page.mentions)
    if not spoken or len(request.missing) != 1 or not request.missing[0].numeric:
        return []
    number = last_number(c for c in means.done if c.name != request.tool.name)
    return [] if number is None else [{request.missing[0].name: number}]


def _with(request: Request, row: dict[str, object]) -> dict[str, object]:
    extra = nested(dict(row))
    merged = dict(request.arguments)
    for key, value in extra.items():
        old = merged.get(key)
        merged[key] = (
            {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
        )
    order = [p.name for p in request.tool.params]
    return {
        k: merged[k] for k in sorted(merged, key=lambda k: order.index(k) if k in order else 99)
    }


def _steps(tool: Reading, request: Request, means: Means, depth: int) -> list[Request]:
    """What to call of a tool that may provide the missing value; nothing if that leads nowhere."""
    found = fill(means.page, tool, 0, len(means.page.text))
    params = tool.leaves
    options = [flat for record in found for flat in record.expand()] or [{}]
    steps: list[Request] = []
    for flat in options:
        missing = tuple(p for p in params if p.required and p.name not in flat)
        step = Request(tool, nested(flat), missing, request.at)
        steps += [s for s in resolve(step, means, depth + 1) if not s.missing]
    return steps


def _providers(request: Request, tools: Sequence[Reading]) -> list[Reading]:
    """Tools that speak of what is missing, the likeliest first."""
    wanted = {w for p in request.missing for w in _entity(p)}
    missing = {p.name for p in request.missing}
    ranked = []
    for n, tool in enumerate(tools):
        needs = {p.name for p in tool.required}
        verb = name_words(tool.name)[:1]
        if tool.name == request.tool.name or needs & missing or CHANGES & set(verb):
            continue
        fame = sum(
            2.0 if w in tool.title else 1.0
            for w in wanted
            if w in tool.words and tool.words[w] >= 1
        )
        if fame:
            ranked.append((-fame, n, tool))
    return [tool for _, _, tool in sorted(ranked, key=lambda r: r[:2])]


_WHOLE = {stem(w): stem("coordinates") for w in "lat latitude lon lng long longitude".split()}
"""What a value is a part of, where a tool speaks only of the whole."""


def _entity(param: Param) -> set[str]:
    """What a parameter is about: `order_id` is about an order."""
    names = [stem(w) for w in name_words(param.name.split("\0")[-1]) if w not in _VAGUE]
    short = all(len(w) <= 3 for w in names)
    names += [_WHOLE[w] for w in names if w in _WHOLE]
    return set(names) | ({w for w in param.words if w not in _VAGUE} if short else set())
