"""The learner's side of a check: make the arguments, call the function, send back JSON.

Strategy: this module knows no criterion and no right answer. It runs where the learner's code runs,
in this process for `fanout.check` or in a sandbox for grading, and only an `Outcome` leaves it.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import linecache
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any

from fanout.checks.scenario import Argument


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
    try:
        result = _call(function, {name: _make(a, url) for name, a in arguments.items()}, limit)
        return Outcome(returned=plain(result))
    except TimeIsUp:
        return Outcome(stopped_after=limit)
    except NotImplementedError:
        return Outcome(unwritten=True)
    except NotJson as error:
        return Outcome(not_json=str(error))
    except (Exception, SystemExit, asyncio.CancelledError) as error:  # noqa: BLE001 (anything may come)
        return Outcome(raised=describe(error, function))


def _call(function: Callable[..., Any], arguments: dict[str, Any], limit: float) -> Any:
    result = function(**arguments)
    return asyncio.run(_within(limit, result)) if inspect.isawaitable(result) else result


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
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if hasattr(value, "model_dump"):
        return plain(value.model_dump(mode="json", exclude_none=True))
    if inspect.iscoroutine(value):
        value.close()
        raise NotJson("returned a coroutine: an `await` is missing")
    raise NotJson(f"returned a value of type `{type(value).__name__}`, which has no form in JSON")


def _key(key: Any) -> str:
    if isinstance(key, str):
        return key
    raise NotJson(f"returned a dict with the key {key!r}; keys in JSON are strings")


def describe(error: BaseException, function: Callable[..., Any]) -> str:
    """An exception in one line: its type, its text, and the learner's own line it came from."""
    text = f"raised {type(error).__name__}"
    message = str(error).strip().splitlines()
    if message:
        text += f": {message[0]}"
    line = _own_line(error.__traceback__, function)
    return f"{text} (in the line `{line}`)" if line else text


def _own_line(trace: TracebackType | None, function: Callable[..., Any]) -> str:
    """The last line of the traceback that stands in the function's own file or cell."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    frames = traceback.extract_tb(trace)
    own = [f for f in frames if code is not None and f.filename == code.co_filename]
    if not own or own[-1].lineno is None:
        return ""
    return linecache.getline(own[-1].filename, own[-1].lineno).strip()


# --- Arguments ----------------------------------------------------------------------------------


def _make(argument: Argument, url: str) -> Any:
    makers: dict[str, Callable[[Argument, str], Any]] = {
        "value": lambda a, _: a["data"],
        "chat_reply": _make_chat_reply,
        "chat_message": lambda a, _: _make_chat_reply(a, url).choices[0].message,
        "claude_message": _make_claude_message,
        "client": _make_client,
        "claude_client": _make_claude_client,
        "tools": _make_tools,
    }
    return makers[argument["kind"]](argument, url)


def _make_chat_reply(argument: Argument, _url: str) -> Any:
    from openai.types.chat import ChatCompletion

    return ChatCompletion.model_validate(argument["body"])


def _make_claude_message(argument: Argument, _url: str) -> Any:
    from anthropic.types import Message

    return Message.model_validate(argument["body"])


def _make_client(argument: Argument, url: str) -> Any:
    from openai import AsyncOpenAI

    if argument["asynchronous"]:
        return AsyncOpenAI(base_url=f"{url}/v1", api_key="sk-check")
    return _client(url)


@lru_cache(maxsize=1)
def _client(url: str) -> Any:
    """One client for all scenarios of a check: making one costs a tenth of a second."""
    from openai import OpenAI

    return OpenAI(base_url=f"{url}/v1", api_key="sk-check")


def _make_claude_client(argument: Argument, url: str) -> Any:
    from anthropic import AsyncAnthropic

    if argument["asynchronous"]:
        return AsyncAnthropic(base_url=url, api_key="sk-ant-check")
    return _claude_client(url)


@lru_cache(maxsize=1)
def _claude_client(url: str) -> Any:
    """One client for all scenarios of a check, as for OpenAI."""
    from anthropic import Anthropic

    return Anthropic(base_url=url, api_key="sk-ant-check")


def _make_tools(argument: Argument, url: str) -> dict[str, Callable[..., Any]]:
    def make(name: str) -> Callable[..., Any]:
        kind = _remote_async if name in argument["asynchronous"] else _remote
        return kind(name, f"{url}/tools/{name}")

    return {name: make(name) for name in argument["names"]}


# A tool speaks plain HTTP on loopback. To leave out TLS saves a tenth of a second for each client,
# and to leave out the environment keeps a proxy of this machine out of it.
_PLAIN: dict[str, Any] = {"verify": False, "trust_env": False, "timeout": 60}


def _remote(name: str, url: str) -> Callable[..., Any]:
    import httpx2

    def tool(**arguments: Any) -> Any:
        with httpx2.Client(**_PLAIN) as http:
            return _result(http.post(url, content=_text(arguments)))

    tool.__name__ = name
    return tool


def _remote_async(name: str, url: str) -> Callable[..., Any]:
    import httpx2

    async def tool(**arguments: Any) -> Any:
        async with httpx2.AsyncClient(**_PLAIN) as http:
            return _result(await http.post(url, content=_text(arguments)))

    tool.__name__ = name
    return tool


def _text(arguments: Mapping[str, Any]) -> str:
    return json.dumps(plain(arguments))


def _result(response: Any) -> Any:
    body = response.json()
    if response.is_error:
        raise RuntimeError(body["error"])
    return body["result"]
