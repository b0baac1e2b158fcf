"""Faults on request: what a far end does wrong because somebody asked for it.

A fault is asked for by kind, for the next request, the next few, or all. It is taken off the list
when a request meets it, stands in the record, and shows in the pictures. Kinds are of three sorts:
some answer instead of the model, some change what the model says, some break the stream.
"""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fanout.conversation import Reply, ToolCall
from fanout.dialects.chat.broken import MODES

Change = Callable[[Reply, Mapping[str, Any]], Reply]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of fault: its options with their defaults, and one sentence on what it does."""

    does: str
    options: Mapping[str, Any] = field(default_factory=dict)
    change: Change | None = None
    """For a fault that changes what the model says."""


def _cut_arguments(reply: Reply, options: Mapping[str, Any]) -> Reply:
    call = _chosen(reply, options)
    return _with(reply, call, replace(call, arguments=call.arguments[: options["keep"]]))


def _rename(reply: Reply, options: Mapping[str, Any]) -> Reply:
    call = _chosen(reply, options)
    return _with(reply, call, replace(call, name=options["name"]))


def _double(reply: Reply, options: Mapping[str, Any]) -> Reply:
    call = _chosen(reply, options)
    twin = replace(call, id=call.id[:-2] + ("2b" if call.id[-2:] != "2b" else "3c"))
    at = reply.calls.index(call) + 1
    return replace(reply, calls=(*reply.calls[:at], twin, *reply.calls[at:]))


def _wrap(reply: Reply, _options: Mapping[str, Any]) -> Reply:
    """All calls as one call of a tool that nobody offered, as models have been seen to do."""
    uses = ", ".join(
        f'{{"recipient_name": "functions.{c.name}", "parameters": {c.arguments or "{}"}}}'
        for c in reply.calls
    )
    wrapped = ToolCall(
        id=reply.calls[0].id,
        name="multi_tool_use.parallel",
        arguments=f'{{"tool_uses": [{uses}]}}',
    )
    return replace(reply, calls=(wrapped,))


def _truncate(reply: Reply, options: Mapping[str, Any]) -> Reply:
    from fanout.simulator.compose import within

    return within(reply, options["tokens"])


KINDS: Mapping[str, Kind] = {
    "unauthorized": Kind(does="refuses the key with 401"),
    "rate_limit": Kind(does="answers 429 with retry-after", options={"retry_after": 1.0}),
    "quota": Kind(does="answers 429 because the account has no money"),
    "server_error": Kind(does="answers 500"),
    "overloaded": Kind(does="answers 503 (OpenAI) or 529 (Claude)"),
    "slow": Kind(does="waits before it answers", options={"seconds": 2.0}),
    "cut_stream": Kind(does="breaks a stream off", options={"after": 5}),
    "stream_error": Kind(does="sends an error in the middle of a stream", options={"after": 5}),
    "truncate": Kind(does="runs out of tokens", options={"tokens": 20}, change=_truncate),
    "bad_json": Kind(
        does="cuts the arguments of a tool call",
        options={"call": 0, "keep": 5},
        change=_cut_arguments,
    ),
    "unknown_tool": Kind(
        does="asks for a tool that was not offered",
        options={"call": 0, "name": "get_everything"},
        change=_rename,
    ),
    "duplicate_call": Kind(
        does="asks for the same tool call twice", options={"call": 0}, change=_double
    ),
    "parallel_wrapper": Kind(does="asks for multi_tool_use.parallel instead", change=_wrap),
    **{
        name: Kind(does="breaks a Chat stream: " + (mode.__doc__ or "").split("\n")[0])
        for name, mode in MODES.items()
        if name != "cut"
    },
}
"""Every kind of fault by name."""


@dataclass(kw_only=True, eq=False)
class Fault:
    """One fault that was asked for; `left` counts down, None lasts."""

    kind: str
    options: Mapping[str, Any]
    left: int | None
    key: str | None = None
    """Meets only requests with this API key; None meets all."""


class Faults:
    """The faults that are waiting to happen. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(
        self, kind: str, *, times: int | None = 1, key: str | None = None, **options: Any
    ) -> Fault:
        """Ask for a fault.

        Raises `ValueError` for a kind or an option that there is not, with those there are.

        :param times: how many requests meet it; None for all from now on.
        """
        known = _known(kind)
        strange = set(options) - set(known.options)
        if strange:
            takes = ", ".join(known.options) or "none"
            raise ValueError(
                f"The fault {kind!r} has no option {min(strange)!r}; it takes: {takes}."
            )
        _check(kind, {"times": times} | options)
        fault = Fault(kind=kind, options={**known.options, **options}, left=times, key=key)
        with self._lock:
            self._waiting.append(fault)
        return fault

    def clear(self, key: str | None = None) -> None:
        """Forget the faults that were asked for, or those for one API key."""
        with self._lock:
            self._waiting = [f for f in self._waiting if key is not None and f.key != key]

    def waiting(self) -> list[Fault]:
        """The faults that have been asked for and are still to come."""
        with self._lock:
            return list(self._waiting)

    def meet(self, key: str) -> list[Fault]:
        """The faults that a request with this key meets, counted down."""
        with self._lock:
            met = [f for f in self._waiting if f.key in (None, key)]
            for fault in met:
                if fault.left is not None:
                    fault.left -= 1
            self._waiting = [f for f in self._waiting if f.left is None or f.left > 0]
        return met


def changed(reply: Reply, faults: list[Fault]) -> Reply:
    """What the model says after the faults that change it. One about calls needs calls to change."""
    for fault in faults:
        change = KINDS[fault.kind].change
        if change is not None and (reply.calls or fault.kind == "truncate"):
            reply = change(reply, fault.options)
    return reply


def _known(kind: str) -> Kind:
    if kind in KINDS:
        return KINDS[kind]
    close = difflib.get_close_matches(kind, KINDS, n=1)
    meant = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"There is no fault {kind!r}.{meant} There are: {', '.join(KINDS)}.")


_SORTS: Mapping[type, tuple[Any, str]] = {
    float: ((int, float), "seconds"),
    int: (int, "a whole number"),
    str: (str, "a text"),
}
"""By the sort of an option's default: what it takes, and that in words."""
_MOST = 100_000


def _check(kind: str, options: Mapping[str, Any]) -> None:
    """Raise ValueError for an option that is not of its default's sort."""
    for name, value in options.items():
        least = 1 if name == "times" else 0
        default = 1 if name == "times" else KINDS[kind].options[name]
        takes, said = _SORTS[type(default)]
        in_range = isinstance(value, str) or (value is not None and least <= value <= _MOST)
        fits = isinstance(value, takes) and not isinstance(value, bool) and in_range
        if not fits and not (name == "times" and value is None):
            said += "" if takes is str else f" from {least} to {_MOST}"
            raise ValueError(f"{name}={value!r} does not suit the fault {kind!r}: it takes {said}.")


def _chosen(reply: Reply, options: Mapping[str, Any]) -> ToolCall:
    index: int = min(options["call"], len(reply.calls) - 1)
    return reply.calls[index]


def _with(reply: Reply, old: ToolCall, new: ToolCall) -> Reply:
    return replace(reply, calls=tuple(new if call is old else call for call in reply.calls))


def described() -> Iterator[str]:
    """One line for each kind of fault: name, options, what it does."""
    for name, kind in KINDS.items():
        options = ", ".join(f"{k}={v!r}" for k, v in kind.options.items())
        yield f"{name}({options}): {kind.does}"
