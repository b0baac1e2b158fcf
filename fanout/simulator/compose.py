"""From what the model wants to the reply a dialect can write: ids, JSON text, one call or several.

The rules of a request that hold for any model, simulated or scripted, stand here: the parallel
switch and the token limit. So do the habits of a simulated model.
"""

from __future__ import annotations

from dataclasses import replace

from fanout.conversation import Conversation, Reply, ToolCall
from fanout.dialects.tokens import BYTES_PER_TOKEN, OVERHEAD, count_tokens, written
from fanout.simulator.apis import Api
from fanout.simulator.faults import KINDS
from fanout.simulator.model import Decision


def compose(
    conversation: Conversation, decision: Decision, api: Api, seed: str, habit: str | None = None
) -> Reply:
    """The reply that carries out `decision`; `seed` makes its ids, so equal requests get equal ids.

    :param habit: the kind of fault that this model's turns have where it may call in parallel.
    """
    wanted = decision.wanted if conversation.parallel else decision.wanted[:1]
    calls = tuple(
        ToolCall(
            id=api.call_id(seed, index),
            name=want.name,
            arguments=api.arguments_text(want.arguments, len(wanted) > 1),
        )
        for index, want in enumerate(wanted)
    )
    reply = Reply(text=decision.text, calls=calls)
    return _by_habit(reply, habit) if conversation.parallel and len(calls) > 1 else reply


def _by_habit(reply: Reply, habit: str | None) -> Reply:
    """The reply as a model with this habit gives it."""
    if habit is None:
        return reply
    kind = KINDS[habit]
    assert kind.change is not None, f"{habit} is no habit: it does not change what a model says"
    return kind.change(reply, kind.options)


def within(reply: Reply, max_tokens: int | None) -> Reply:
    """The reply cut where its tokens run out: a text in mid-sentence, arguments in mid-JSON."""
    if max_tokens is None or written(reply) <= max_tokens:
        return reply
    text = None if reply.text is None else _begin(reply.text, max_tokens)
    left = max_tokens - count_tokens(text or "")
    calls: list[ToolCall] = []
    for call in reply.calls:
        left -= OVERHEAD + count_tokens(call.name)
        if left <= 0:
            break
        calls.append(replace(call, arguments=_begin(call.arguments, left)))
        left -= count_tokens(call.arguments)
    return Reply(text=text, calls=tuple(calls), stop="length")


def _begin(text: str, tokens: int) -> str:
    """As much of the text as these tokens hold."""
    return text.encode("utf-8", "ignore")[: tokens * BYTES_PER_TOKEN].decode("utf-8", "ignore")
