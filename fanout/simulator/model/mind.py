"""One turn of the model: what is asked, what of it is still to be called, what is there to say.

Strategy: plan the last request anew every time, close what results can close, and leave out what was
called already; with nothing left, tell the results. A text that asks for no tool may go on with the
request before it ("and in Paris?").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fanout.conversation import Conversation, Tool
from fanout.simulator.model import Decision, Wanted
from fanout.simulator.model.answer import answer
from fanout.simulator.model.chain import Means, resolve
from fanout.simulator.model.fill import MOST, fill, nested
from fanout.simulator.model.follow import follow_up
from fanout.simulator.model.invent import invented
from fanout.simulator.model.plan import Request, plan, read_for
from fanout.simulator.model.relevance import weights
from fanout.simulator.model.scene import Scene, scene_of
from fanout.simulator.model.schema import Reading, read_tools
from fanout.simulator.model.talk import question, shrug, wish


def next_turn(conversation: Conversation) -> Decision:
    """What the model does now."""
    scene = scene_of(conversation)
    offered = conversation.offered()
    requests = asked(scene, conversation.tools) if conversation.tools else []
    names = {t.name for t in offered}
    ready = [r for r in pending(requests, scene) if r.tool.name in names]
    must = conversation.choice.mode == "required" and bool(offered)
    if not ready and must:
        ready = [_any_call(scene, offered)]
    if ready:
        return Decision(
            wanted=tuple(Wanted(name=r.tool.name, arguments=r.arguments) for r in ready)
        )
    return Decision(text=_words(scene, requests, conversation.tools))


def asked(scene: Scene, tools: Sequence[Tool]) -> list[Request]:
    """Everything that the last request asks for, made ready as far as results allow."""
    requests = plan(scene.text, tools)
    if scene.before is not None and all(r.missing for r in requests):
        requests = follow_up(scene, requests, tools) or requests
    if not any(r.missing for r in requests):
        return list(requests)
    readings = read_tools(tools)
    means = Means(read_for(scene.text, readings), readings, scene.done)
    return [step for request in requests for step in resolve(request, means)]


def pending(requests: Sequence[Request], scene: Scene) -> list[Request]:
    """The requests that can be made and were not, each once."""
    seen = {call.key for call in scene.done}
    broken = _broken(scene)
    ready: list[Request] = []
    for request in requests:
        if not request.missing and request.key not in seen and request.tool.name not in broken:
            seen.add(request.key)
            ready.append(request)
    return ready[:MOST]


def _broken(scene: Scene) -> set[str]:
    """Tools whose arguments came out unreadable in two turns: they are not tried a third time."""
    turns: dict[str, set[int]] = {}
    for call in scene.done:
        if call.arguments is None:
            turns.setdefault(call.name, set()).add(call.turn)
    return {name for name, where in turns.items() if len(where) > 1}


def _any_call(scene: Scene, offered: Sequence[Tool]) -> Request:
    """The best call where the request demands one: likeliest tool first, one not made yet."""
    readings = read_tools(offered)
    page = read_for(scene.text, readings)
    said = {t.stem for t in page.tokens}
    fame = [sum(w for s, w in table.items() if s in said) for table in weights(readings)]
    order = sorted(range(len(readings)), key=lambda i: -fame[i])
    calls = [_forced(page, readings[i]) for i in order]
    seen = {call.key for call in scene.done}
    fresh = [c for c in calls if c.key not in seen]
    return (fresh or calls)[0]


def _forced(page: Any, tool: Reading) -> Request:
    records = fill(page, tool, 0, len(page.text))
    flat: dict[str, Any] = records[0].expand()[0] if records else {}
    for p in tool.leaves:
        if p.required and p.name not in flat:
            flat[p.name] = invented(p)
    return Request(tool, nested(flat), (), 0)


def _words(scene: Scene, requests: Sequence[Request], tools: Sequence[Tool]) -> str:
    """The text of a turn without calls."""
    told = answer(scene.done)
    open_ = [r for r in requests if r.missing]
    if told and open_:
        needs = sorted({f"{r.tool.name} needs `{p.name}`" for r in open_ for p in r.missing})
        return f"{told} I could not go on: {', '.join(needs)}, and no result gave it."
    if told:
        return told
    if open_:
        return question(open_)
    return wish(scene.text) or shrug(tools)
