"""Who said what in a run, each message once: the content of a transcript, before it is written.

A request repeats its whole conversation; what is told of it here is what it adds. A result stands
with the call it answers, paired by id, however the request ordered it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fanout.conversation import Reply, ToolCall, ToolResult, Turn
from fanout.pictures.spans import trouble
from fanout.recording import Exchange, Run
from fanout.trace import Trace, TracedCall, reply_to, trace


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One result, as the model was given it."""

    text: str
    is_error: bool = False


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One tool call and what came back for it."""

    id: str
    name: str
    arguments: str
    answers: tuple[Answer, ...] = ()
    trouble: str = ""
    pending: bool = False
    """The run ended before a request could answer it."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """Something that a request added: a text, calls that it replays, or a result that fits none."""

    role: str
    text: str = ""
    calls: tuple[Asked, ...] = ()
    stray: str = ""
    """The id of a result that answers no call."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One round trip: what was added, then what the model said, or why it said nothing."""

    number: int
    """The turn of the run, counted from 1; the timeline uses the same number."""
    said: tuple[Message, ...] = ()
    text: str = ""
    calls: tuple[Asked, ...] = ()
    stop: str = ""
    tokens: int = 0
    status: int | None = None
    """Set if the request was refused or failed."""
    refusal: str = ""
    in_flight: bool = False
    left: str = ""
    """When the client left, if it did not wait for the end: `in mid-stream`."""
    broken_off: bool = False
    """The stream ended before the reply did."""
    faults: tuple[str, ...] = ()
    """The faults that it met because somebody asked for them."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """All conversations of a run, in order of their first requests, and short forms of the ids."""

    conversations: tuple[tuple[Scene, ...], ...]
    labels: dict[str, str]


def story(run: Run) -> Story:
    """Read the conversations of a run. An empty run has none."""
    found = trace(Run(list(run.exchanges)))
    numbers = {exchange: n for n, exchange in enumerate(found.parents, 1)}
    calls: dict[Exchange, list[TracedCall]] = {}
    for call in found.calls:
        calls.setdefault(call.asked_by, []).append(call)
    conversations = tuple(
        tuple(_scene(e, numbers[e], found, calls.get(e, [])) for e in group)
        for group in found.conversations()
    )
    return Story(conversations=conversations, labels=labels(_ids(conversations)))


def _scene(exchange: Exchange, number: int, found: Trace, calls: Sequence[TracedCall]) -> Scene:
    reply = reply_to(exchange)
    failed = exchange.status if (exchange.status or 0) >= 400 and not exchange.left else None
    went_on = exchange in found.parents.values()
    whole = not (exchange.left or exchange.broken_off)
    return Scene(
        number=number,
        said=tuple(_messages(exchange, found)),
        text=(reply.text or "") if reply else "",
        calls=tuple(_asked(c.call, [r for _, r in c.answers], went_on) for c in calls),
        stop=_stop(exchange, reply) if reply and whole else "",
        tokens=exchange.tokens,
        status=failed,
        refusal=refusal(exchange) if failed else "",
        in_flight=exchange.ended is None,
        left=exchange.leaving,
        broken_off=exchange.broken_off,
        faults=exchange.faults,
    )


def _stop(exchange: Exchange, reply: Reply) -> str:
    """The word a provider ended its reply with, as it crossed the wire where that can be read."""
    body = exchange.response if isinstance(exchange.response, dict) else {}
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    chat = choice.get("finish_reason") if isinstance(choice, dict) else None
    word = chat or body.get("stop_reason") or body.get("status")
    return str(word or reply.stop or ("tool_calls" if reply.calls else "stop"))


def _asked(call: ToolCall, results: Sequence[ToolResult], went_on: bool) -> Asked:
    return Asked(
        id=call.id,
        name=call.name,
        arguments=call.arguments,
        answers=tuple(Answer(text=r.content, is_error=r.is_error) for r in results),
        trouble=trouble(len(results), went_on),
        pending=not results and not went_on,
    )


def _messages(exchange: Exchange, found: Trace) -> list[Message]:
    """What a request added; the results of calls that the model asked for stand with those."""
    turns = found.added(exchange)
    unknown = [u for u in found.unknown if u.exchange is exchange]
    strays = [Message(role="tool", text=u.result.content, stray=u.result.call_id)
              for u in unknown if not u.replayed]  # fmt: skip
    own = [u.result for u in unknown if u.replayed]
    told = [_message(turn, own) for turn in turns if turn.text or turn.calls]
    return told + strays


def _message(turn: Turn, results: Iterable[ToolResult]) -> Message:
    given = list(results)
    calls = [_asked(c, [r for r in given if r.call_id == c.id], went_on=True) for c in turn.calls]
    return Message(role=turn.role, text=turn.text, calls=tuple(calls))


def refusal(exchange: Exchange) -> str:
    """The API's own text for a request that it refused."""
    body = exchange.response if isinstance(exchange.response, dict) else {}
    error = body.get("error")
    text = error.get("message") if isinstance(error, dict) else error
    return str(text or exchange.error or "(no text)")


# --- Words that both forms of a transcript use ---------------------------------------------------

EMPTY = "Nothing was said in this run. Did the calls happen inside `with fanout.record()`?"


def heading(scene: Scene) -> str:
    """What a round trip came to, in one line."""
    parts = [f"model, turn {scene.number}"]
    if scene.status:
        verb = "refused" if scene.status < 500 else "failed"
        return " · ".join([*parts, f"✕ {verb} with status {scene.status}", *_met(scene)])
    if scene.calls:
        parts.append(f"{len(scene.calls)} tool call{'' if len(scene.calls) == 1 else 's'}")
    if scene.in_flight:
        return " · ".join([*parts, *_met(scene), "▷ still in flight"])
    if scene.left:
        parts.append(f"◁ the client left {scene.left}")
    elif scene.broken_off:
        parts.append("✕ the stream broke off")
    else:
        parts.append(f"finish: {scene.stop}" if scene.stop else "no reply in the record")
    parts += _met(scene)
    return " · ".join([*parts, f"{scene.tokens} tokens"] if scene.tokens else parts)


def _met(scene: Scene) -> list[str]:
    return [f"fault {kind}" for kind in scene.faults]


def remark(call: Asked) -> str:
    """What is wrong with the results of a call, with its sign; nothing if it has exactly one."""
    return f"{'○' if call.pending else '✕'} {call.trouble}" if call.trouble else ""


def shorten(text: str, limit: int = 400) -> str:
    """The beginning of a long text, and how long the whole is."""
    return text if len(text) <= limit else f"{text[:limit].rstrip()}… ({len(text)} characters)"


# --- Ids ---------------------------------------------------------------------------------------


def _ids(conversations: Iterable[Iterable[Scene]]) -> list[str]:
    scenes = [scene for scenes in conversations for scene in scenes]
    messages = [message for scene in scenes for message in scene.said]
    calls = [call for scene in scenes for call in scene.calls]
    calls += [call for message in messages for call in message.calls]
    return [c.id for c in calls] + [m.stray for m in messages if m.stray]


def labels(ids: Iterable[str]) -> dict[str, str]:
    """A short form for each id: as much of its beginning as tells it from all the others."""
    distinct = list(dict.fromkeys(ids))
    for length in range(9, 17):
        short = {i: i if len(i) <= length + 1 else i[:length] + "…" for i in distinct}
        if len(set(short.values())) == len(distinct):
            return short
    return {i: i for i in distinct}
