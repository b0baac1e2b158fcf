"""Scripts: the turns of the model given in advance.

Which turn comes next is read off the request and nothing else: the first for a request without an
assistant turn, the second for one that holds one, and so on, over the whole conversation. So a
request that is sent again gets the same turn again, conversations that run at the same time do not
get in each other's way, and a second question of the same conversation goes on where the first
stopped.

Strategy: a script says what the model wants. The rules of a request hold all the same: ids are
made as for any reply, `parallel_tool_calls=False` lets only the first call of a turn through, and
the token limit cuts it off. What a script asks for need not be on offer: that may be its point.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, get_args

from fanout.conversation import Conversation, Reply

if TYPE_CHECKING:
    from fanout.simulator.apis import Api, Asked

Finish = Literal["stop", "tool_calls", "length", "content_filter"]

END = (
    "The script ends here: it has {has}, and this conversation has had as many from me. "
    "Give it another turn, or end the script with `fanout.script(None)`."
)
_SHAPE = (
    "A turn of a script is a text, a list of (tool name, arguments) calls, "
    'or {"text": …, "calls": […], "finish": …}'
)


@dataclass(frozen=True, kw_only=True)
class ScriptedCall:
    """One call of a scripted turn. Arguments are data, or JSON text that is sent as it is."""

    name: str
    arguments: Mapping[str, Any] | str


@dataclass(frozen=True, kw_only=True)
class ScriptedTurn:
    """One turn of the model, given in advance."""

    text: str | None = None
    calls: tuple[ScriptedCall, ...] = ()
    finish: Finish | None = None
    """Why the model stopped, where it is not what the content says by itself."""


def read_script(turns: Any) -> tuple[ScriptedTurn, ...]:
    """The turns of a script; `ValueError` says which one is none, and what one looks like."""
    if isinstance(turns, (str, Mapping)) or not isinstance(turns, Sequence):
        text = f"A script is a list of turns, not {_shown(turns)}. {_SHAPE}."
        raise ValueError(text)  # noqa: TRY004 (one kind of error for every wrong script)
    if not turns:
        raise ValueError(f"A script needs at least one turn; this one has none. {_SHAPE}.")
    return tuple(_turn(turn, f"Turn {number}") for number, turn in enumerate(turns, 1))


def _turn(turn: Any, which: str) -> ScriptedTurn:
    if isinstance(turn, str):
        return ScriptedTurn(text=turn)
    if isinstance(turn, Mapping):
        return _turn_in_full(turn, which)
    if isinstance(turn, Sequence) and turn:
        return ScriptedTurn(calls=_calls(turn, which))
    raise ValueError(f"{which} of the script is {_shown(turn)}. {_SHAPE}.")


def _turn_in_full(turn: Mapping[str, Any], which: str) -> ScriptedTurn:
    strange = [name for name in turn if name not in ("text", "calls", "finish")]
    if strange or not (turn.get("text") or turn.get("calls")):
        wrong = f"has {strange[0]!r}" if strange else "has neither a text nor calls"
        raise ValueError(f"{which} of the script {wrong}. {_SHAPE}.")
    text, finish = turn.get("text"), turn.get("finish")
    if text is not None and not isinstance(text, str):
        raise ValueError(f"The text of {which.lower()} is {_shown(text)}; it is a string or None.")
    if finish is not None and finish not in get_args(Finish):
        raise ValueError(
            f"{which} of the script finishes with {_shown(finish)}; it can be "
            f"{', '.join(map(repr, get_args(Finish)))}, or be left out."
        )
    return ScriptedTurn(text=text, calls=_calls(turn.get("calls") or (), which), finish=finish)


def _calls(calls: Any, which: str) -> tuple[ScriptedCall, ...]:
    if isinstance(calls, (str, Mapping)) or not isinstance(calls, Sequence):
        text = f"The calls of {which.lower()} are {_shown(calls)}, not a list. {_SHAPE}."
        raise ValueError(text)  # noqa: TRY004 (one kind of error for every wrong script)
    return tuple(_call(call, which) for call in calls)


def _call(call: Any, which: str) -> ScriptedCall:
    pair = isinstance(call, Sequence) and not isinstance(call, str) and len(call) == 2
    if not pair or not isinstance(call[0], str) or not isinstance(call[1], (Mapping, str)):
        raise ValueError(
            f"{which} of the script has {_shown(call)} for a call. "
            'A call is (tool name, arguments), such as ("get_weather", {"city": "Lima"}).'
        )
    return ScriptedCall(name=call[0], arguments=call[1])


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


# --- Following one --------------------------------------------------------------------------------


class Scripts:
    """The scripts that a far end follows: one for everybody, and one for each API key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_key: dict[str | None, tuple[ScriptedTurn, ...]] = {}

    def set(
        self, turns: tuple[ScriptedTurn, ...] | None, key: str | None = None
    ) -> tuple[ScriptedTurn, ...] | None:
        """Follow these turns from now on, None for no script; returns those followed before.

        :param key: follow them for this API key alone; it then goes before the one for everybody.
        """
        with self._lock:
            before = self._by_key.pop(key, None)
            if turns is not None:
                self._by_key[key] = turns
        return before

    def clear(self) -> None:
        """Follow no script any more, for any key."""
        with self._lock:
            self._by_key.clear()

    def reply(self, asked: Asked, api: Api, seed: str) -> Reply | None:
        """The scripted reply to a request; None where no script is followed for its key."""
        turns = self._by_key.get(asked.key) or self._by_key.get(None)
        if turns is None:
            return None
        had = turns_of_the_model(asked.conversation)
        if had < len(turns):
            return _written(turns[had], asked.conversation, api, seed)
        has = "1 turn" if len(turns) == 1 else f"{len(turns)} turns"
        return Reply(text=END.format(has=has))


def turns_of_the_model(conversation: Conversation) -> int:
    """How often the model has spoken: what it said in one go counts once."""
    return sum(role == "assistant" for role, _ in groupby(t.role for t in conversation.turns))


def _written(turn: ScriptedTurn, conversation: Conversation, api: Api, seed: str) -> Reply:
    from fanout.simulator.compose import compose
    from fanout.simulator.model import Decision, Wanted

    wanted = tuple(
        Wanted(name=c.name, arguments={} if isinstance(c.arguments, str) else dict(c.arguments))
        for c in turn.calls
    )
    reply = compose(conversation, Decision(text=turn.text, wanted=wanted), api, seed)
    calls = tuple(
        replace(made, arguments=given.arguments) if isinstance(given.arguments, str) else made
        for made, given in zip(reply.calls, turn.calls, strict=False)
    )
    return replace(reply, calls=calls, stop=turn.finish)


# --- Asking for one -------------------------------------------------------------------------------


class Script:
    """A script that is being followed. In a `with` statement it ends with the block, and what was
    followed before comes back; otherwise it lasts until another one, or None, is given."""

    def __init__(self, scripts: Scripts, turns: tuple[ScriptedTurn, ...] | None) -> None:
        self.turns = turns
        self._scripts = scripts
        self._before = scripts.set(turns)

    def __enter__(self) -> Script:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._scripts.set(self._before)

    def __repr__(self) -> str:
        if self.turns is None:
            return "<no script: the offline model decides>"
        return f"<script: {len(self.turns)} turn{'' if len(self.turns) == 1 else 's'} of the model>"
