"""The learner's side of a check: make the arguments, call the function, send back JSON.

Strategy: this module knows no criterion and no right answer. It runs where the learner's code runs,
in this process for `fanout.check` or in a sandbox for grading, and only an `Outcome` leaves it.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import inspect
import linecache
import re
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import TracebackType
from typing import Any

from fanout.checks import causes, hush
from fanout.checks.scenario import Argument
from fanout.checks.wire import Wire


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one call of the learner's function ended. Everything in it is JSON.

    Exactly one of these holds: it returned (`returned`), raised (`raised`), was stopped
    (`stopped_after`, seconds), returned what is not JSON (`not_json`), or did not run (`not_run`).
    """

    returned: Any = None
    raised: str | None = None
    unwritten: bool = False
    """It raised `NotImplementedError`: the exercise is still as it was handed out."""
    stopped_after: float | None = None
    not_json: str | None = None
    not_run: str | None = None
    printed: str = ""
    changed: tuple[str, ...] = ()
    """The arguments that hold other data than they were given with, by name."""
    forgotten: tuple[str, ...] = ()
    """The coroutines that were made and never awaited, by name."""
    undisturbed: bool = False
    """The machine is known to have let it run whenever it could."""

    @property
    def trouble(self) -> str | None:
        """Why there is no returned value to judge, in words; None when there is one."""
        if self.unwritten:
            return "nothing yet: the function still raises NotImplementedError"
        if self.stopped_after is not None:
            return f"stopped after {self.stopped_after:g} s: it did not come to an end"
        return self.raised or self.not_json or self.not_run


class TimeIsUp(BaseException):
    """Raised inside a learner's function that runs past its limit."""


class NotJson(TypeError):
    """A returned value holds something that JSON has no form for."""


def call(
    function: Callable[..., Any], arguments: Mapping[str, Argument], url: str, limit: float
) -> Outcome:
    """Call a plain or async function with the described arguments; whatever happens is an outcome.

    Must run in a thread without a running event loop; an async function gets a loop of its own and
    is cancelled after `limit` seconds. A plain function is interrupted by whoever watches it.
    """
    wire = Wire(url, plain)
    asynchronous = any(argument.get("asynchronous") for argument in arguments.values())
    given = {name: _make(a, url, wire) for name, a in arguments.items()}
    before = _data(arguments, given)
    with contextlib.closing(wire), hush.forgotten() as forgotten:
        outcome = _outcome(function, given, wire, limit, asynchronous)
    after = _data(arguments, given)
    changed = tuple(name for name in before if before[name] != after[name])
    return replace(outcome, changed=changed, forgotten=tuple(forgotten))


def _outcome(
    function: Callable[..., Any],
    given: dict[str, Any],
    wire: Wire,
    limit: float,
    asynchronous: bool,
) -> Outcome:
    try:
        return Outcome(returned=plain(_call(function, given, wire, limit)))
    except TimeIsUp:
        return Outcome(stopped_after=limit)
    except NotImplementedError:
        return Outcome(unwritten=True)
    except NotJson as error:
        return Outcome(not_json=_with_cause(str(error), error, function, asynchronous))
    except (Exception, SystemExit, asyncio.CancelledError) as error:  # noqa: BLE001 (anything may come)
        return Outcome(raised=describe(error, function, asynchronous))


def _data(arguments: Mapping[str, Argument], given: Mapping[str, Any]) -> dict[str, Any]:
    """What the arguments hold that are data; None for one that holds no data any more."""
    return {
        name: _plain_or_none(given[name]) for name, a in arguments.items() if a["kind"] in _DATA
    }


def _plain_or_none(value: Any) -> Any:
    try:
        return plain(value)
    except NotJson:
        return None


def _call(function: Callable[..., Any], arguments: dict[str, Any], wire: Wire, limit: float) -> Any:
    result = None
    try:
        result = function(**arguments)
    finally:
        if not inspect.isawaitable(result):
            wire.ended()
    return wire.run(lambda: _within(limit, result)) if inspect.isawaitable(result) else result


async def _within(limit: float, awaitable: Awaitable[Any]) -> Any:
    clock = asyncio.timeout(limit)
    try:
        async with clock:
            return await awaitable
    except TimeoutError:
        if clock.expired():
            raise TimeIsUp from None
        raise  # the learner's own


def plain(value: Any) -> Any:
    """A returned value as JSON data: models of the SDKs become dicts, tuples become lists."""
    if value is None or isinstance(value, bool):
        return value
    for kind in (str, int, float):
        if isinstance(value, kind):  # of an enum, its value
            return str.__str__(value) if isinstance(value, str) else kind(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if hasattr(value, "model_dump"):
        return plain(value.model_dump(mode="json", exclude_none=True))
    if inspect.iscoroutine(value):
        value.close()
        raise NotJson(f"returned a coroutine: you did not await `{value.__name__}`")
    if inspect.isawaitable(value):
        raise NotJson(f"returned a `{type(value).__name__}`: an `await` is missing")
    if inspect.isgenerator(value):
        raise NotJson("returned a generator: make a list of it")
    raise NotJson(f"returned a value of type `{type(value).__name__}`, which has no form in JSON")


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    raise NotJson(f"returned a dict with the key {key!r}; keys in JSON are strings")


def describe(error: BaseException, function: Callable[..., Any], asynchronous: bool = False) -> str:
    """An exception in one line: type, text, the cause if it is certain, and the learner's own line.

    The cause stands before the line, which may be long: a grader keeps so many characters.
    """
    text = f"raised {type(error).__name__}{_of_a_kind(error, function)}"
    message = str(error).strip().splitlines()
    if message:
        text += f": {message[0]}"
    text = _with_cause(text, error, function, asynchronous)
    line = _own_line(error.__traceback__, function)
    return f"{text} (in the line `{line}`)" if line else text


def _of_a_kind(error: BaseException, function: Callable[..., Any]) -> str:
    """For an exception class of the learner's own, which builtin one it is."""
    if type(error).__module__ != getattr(function, "__module__", None):
        return ""
    builtin = next(kind for kind in type(error).__mro__ if kind.__module__ == "builtins")
    return f" (a kind of {builtin.__name__})"


def raised_a(raised: str | None, kind: str) -> bool:
    """Whether what `describe` says is an exception of this builtin kind."""
    return re.match(rf"raised (?:\w+ \(a kind of )?{kind}\b", raised or "") is not None


def _with_cause(
    text: str, error: BaseException, function: Callable[..., Any], asynchronous: bool
) -> str:
    cause = causes.cause(error, function, asynchronous=asynchronous)
    return f"{text.rstrip('.')}; {cause}" if cause else text


def _own_line(trace: TracebackType | None, function: Callable[..., Any]) -> str:
    """The last line of the traceback that stands in the function's own file or cell."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    frames = traceback.extract_tb(trace)
    own = [f for f in frames if code is not None and f.filename == code.co_filename]
    if not own or own[-1].lineno is None:
        return ""
    return linecache.getline(own[-1].filename, own[-1].lineno).strip()


# --- Arguments ----------------------------------------------------------------------------------

_DATA = ("value", "chat_reply", "chat_message", "claude_message")
"""The kinds of argument that are data."""


def _make(argument: Argument, url: str, wire: Wire) -> Any:
    if argument["kind"] == "tools":
        return _make_tools(argument, wire)
    makers: dict[str, Callable[[Argument, str], Any]] = {
        "value": lambda a, _: copy.deepcopy(a["data"]),  # the judge keeps its own
        "chat_reply": _make_chat_reply,
        "chat_message": lambda a, _: _make_chat_reply(a, url).choices[0].message,
        "claude_message": _make_claude_message,
        "client": _make_client,
        "claude_client": _make_claude_client,
    }
    return makers[argument["kind"]](argument, url)


def _make_chat_reply(argument: Argument, _url: str) -> Any:
    from openai.types.chat import ChatCompletion

    return ChatCompletion.model_validate(argument["body"])


def _make_claude_message(argument: Argument, _url: str) -> Any:
    from anthropic.types import Message

    return Message.model_validate(argument["body"])


def _make_client(argument: Argument, url: str) -> Any:
    if not argument["asynchronous"]:
        return _client(url)
    from openai import AsyncOpenAI, DefaultAsyncHttpxClient

    http = DefaultAsyncHttpxClient(verify=False)
    return AsyncOpenAI(base_url=f"{url}/v1", api_key="sk-check", http_client=http)


@lru_cache(maxsize=1)
def _client(url: str) -> Any:
    """One client for all scenarios of a check. Certificates, which loopback has no use for, are left
    out: reading them takes fifty milliseconds of computing."""
    from openai import DefaultHttpxClient, OpenAI

    http = DefaultHttpxClient(verify=False)
    return OpenAI(base_url=f"{url}/v1", api_key="sk-check", http_client=http)


def _make_claude_client(argument: Argument, url: str) -> Any:
    if not argument["asynchronous"]:
        return _claude_client(url)
    from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient

    http = DefaultAsyncHttpxClient(verify=False)
    return AsyncAnthropic(base_url=url, api_key="sk-ant-check", http_client=http)


@lru_cache(maxsize=1)
def _claude_client(url: str) -> Any:
    """One client for all scenarios of a check, as for OpenAI."""
    from anthropic import Anthropic, DefaultHttpxClient

    http = DefaultHttpxClient(verify=False)
    return Anthropic(base_url=url, api_key="sk-ant-check", http_client=http)


def _make_tools(argument: Argument, wire: Wire) -> dict[str, Callable[..., Any]]:
    return {
        name: wire.tool(name, asynchronous=name in argument["asynchronous"])
        for name in argument["names"]
    }


def forget_clients() -> None:
    """Let go of the clients that calls share: the next check gets new ones."""
    _client.cache_clear()
    _claude_client.cache_clear()
