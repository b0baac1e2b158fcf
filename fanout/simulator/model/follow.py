"""A text that goes on with the request before it: "and in Paris?", "no, I meant Paris", "Tokyo".

Strategy: where calls were made for the earlier request, the last of them whose parameters take a value
of the new text is made again with that value. Where the model had asked for something missing, the
earlier text and the new one are read as one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fanout.conversation import Tool
from fanout.simulator.model.assign import assign
from fanout.simulator.model.fill import nested, records
from fanout.simulator.model.options import option_slots
from fanout.simulator.model.plan import Request, plan, read_for
from fanout.simulator.model.scene import Done, Scene
from fanout.simulator.model.schema import Param, Reading, read_tools


def follow_up(
    scene: Scene, requests: Sequence[Request], tools: Sequence[Tool]
) -> Sequence[Request]:
    """The requests that a text makes by going on with the one before; may be none."""
    before = scene.before
    while before is not None and not before.done and before.before is not None:
        if any(not r.missing for r in plan(before.text + "\n" + scene.text, tools)):
            break
        before = before.before
    if before is None:
        return []
    if not before.done:
        joined = plan(before.text + "\n" + scene.text, tools)
        return joined if any(not r.missing for r in joined) else []
    readings = {r.name: r for r in read_tools(tools)}
    names = {r.tool.name for r in requests} or set(readings)
    made = [c for c in before.done if c.name in names and c.name in readings and c.arguments]
    for call in _last_of_each(made):
        found = _again(scene.text, readings[call.name], call)
        if found:
            return found
    return []


def _last_of_each(made: Sequence[Done]) -> list[Done]:
    return list({call.name: call for call in reversed(list(reversed(made)))}.values())[::-1]


def _again(text: str, tool: Reading, call: Done) -> list[Request]:
    """The earlier call with the values of the new text put in."""
    page = read_for(text, (tool,))
    params = tool.leaves
    # Every value of a short follow-up is meant, so each parameter is as open as a required one.
    eager = [_eager(p) for p in params]
    chosen = option_slots(page, eager, 0, len(text))
    taken = [(s.start, s.end) for s in chosen]
    mentions = [m for m in page.mentions if all(m.value.end <= a or b <= m.start for a, b in taken)]
    slots = sorted(chosen + assign(mentions, eager), key=lambda s: s.start)
    old = json.loads(json.dumps(call.arguments))
    return [
        Request(tool, _merged(old, nested(flat)), (), record.start)
        for record in records(page, slots)
        for flat in record.expand()
    ]


def _eager(param: Param) -> Param:
    return replace(param, required=True)


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    out = dict(old)
    for key, value in new.items():
        inner = out.get(key)
        out[key] = (
            _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
        )
    return out
