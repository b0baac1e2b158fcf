"""Plausible wrong solutions of `answer_safely`, and the right one that others go wrong around."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

Functions = dict[str, Callable[..., Any]]


class City(BaseModel):
    """The arguments of all tools here."""

    model_config = ConfigDict(strict=True, extra="forbid")
    city: str


def tool_message(call_id: str, result: Any) -> dict[str, Any]:
    """The result as a tool message."""
    return {"role": "tool", "tool_call_id": call_id, "content": json.dumps(result)}


class Unfit(RuntimeError):
    """A call that cannot be run; its text is written for the model."""


def read_city(arguments: str) -> dict[str, Any]:
    """The arguments, validated; `Unfit` says what is wrong with them."""
    try:
        return City.model_validate_json(arguments).model_dump()
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise Unfit("; ".join(wrong)) from None


def _found(name: str, functions: Functions) -> Callable[..., Any]:
    if name not in functions:
        raise Unfit(f"no tool {name!r}; there are {', '.join(functions)}")
    return functions[name]


Say = Callable[[Exception], str]


def type_and_text(error: Exception) -> str:
    """What the model is told of a `RuntimeError`."""
    return f"{type(error).__name__}: {error}"


def words_for(error: Exception) -> str:
    """What the model is told of an exception: its text only if it was written for the model."""
    return type_and_text(error) if isinstance(error, RuntimeError) else type(error).__name__


async def safely(
    call_id: str,
    name: str,
    arguments: str,
    functions: Functions,
    timeout: float | None,
    read: Callable[[str], Any] = read_city,
    say: Say = words_for,
) -> dict[str, Any]:
    """A right solution, with two places in which a mistake differs."""
    limit = asyncio.timeout(timeout)
    try:
        function, given = _found(name, functions), read(arguments)
        async with limit:
            return tool_message(call_id, await function(**given))
    except asyncio.CancelledError:
        if asked_to_stop():
            raise
        return tool_message(call_id, {"error": f"{name} cancelled itself"})
    except Exception as error:  # noqa: BLE001 (whatever a tool raises)
        late = f"{name} did not answer within {timeout} s"
        return tool_message(call_id, {"error": late if limit.expired() else say(error)})


def asked_to_stop() -> bool:
    """Whether somebody has cancelled the task that asks."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def only_the_tool_guarded(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Looks the tool up and reads the arguments before the `try`."""
    function, given = functions[name], json.loads(arguments)
    try:
        async with asyncio.timeout(timeout):
            return tool_message(call_id, await function(**given))
    except TimeoutError:
        return tool_message(call_id, {"error": f"no answer within {timeout} s"})
    except Exception as error:  # noqa: BLE001 (whatever a tool raises)
        return tool_message(call_id, {"error": type_and_text(error)})


async def only_runtime_errors(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Catches the one kind of exception that it was told of."""
    limit = asyncio.timeout(timeout)
    try:
        function, given = _found(name, functions), read_city(arguments)
        async with limit:
            return tool_message(call_id, await function(**given))
    except TimeoutError:
        return tool_message(call_id, {"error": f"{name} did not answer within {timeout} s"})
    except RuntimeError as error:
        return tool_message(call_id, {"error": type_and_text(error)})


async def written_outside_the_try(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Turns the result into JSON where nothing is caught any more."""
    results: list[Any] = []

    async def kept(**given: Any) -> None:
        results.append(await functions[name](**given))

    guarded = {**functions, name: kept} if name in functions else functions
    message = await safely(call_id, name, arguments, guarded, timeout)
    return tool_message(call_id, results[0]) if results else message


async def tells_every_text(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Tells the model of each exception all that its text says, keys and all."""
    return await safely(call_id, name, arguments, functions, timeout, say=repr)


async def every_timeout_is_the_limit(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Takes each TimeoutError for its own time limit."""
    late = f"{name} did not answer within {timeout} s"

    def say(error: Exception) -> str:
        return late if isinstance(error, TimeoutError) else words_for(error)

    return await safely(call_id, name, arguments, functions, timeout, say=say)


async def text_of_the_exception(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Takes `str(error)` for a message."""
    return await safely(call_id, name, arguments, functions, timeout, say=str)


async def always_the_same_words(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Tells the model that something went wrong, and not what."""
    say: Say = lambda error: f"{type(error).__name__}: the tool failed"  # noqa: E731
    return await safely(call_id, name, arguments, functions, timeout, say=say)


async def no_time_limit(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Waits for as long as the tool takes."""
    return await safely(call_id, name, arguments, functions, None)


async def timeout_without_words(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Leaves the time limit to the general clause, where its text is empty."""
    try:
        function, given = _found(name, functions), read_city(arguments)
        return tool_message(call_id, await asyncio.wait_for(function(**given), timeout))
    except Exception as error:  # noqa: BLE001 (whatever a tool raises)
        return tool_message(call_id, {"error": type_and_text(error)})


async def no_list_of_tools(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Says that there is no such tool, and not which there are."""
    if name not in functions:
        return tool_message(call_id, {"error": f"unknown tool {name}"})
    return await safely(call_id, name, arguments, functions, timeout)


def _mended(arguments: str) -> Any:
    for tail in ("", "}", '"}', '": ""}', '""}', ' ""}', ': ""}', "city}", '"city": ""}'):
        try:
            return read_city(arguments + tail)
        except Unfit:
            continue
    return {"city": ""}


async def mends_cut_json(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Completes cut arguments until they can be read, and runs them."""
    read = _mended if _is_cut(arguments) else read_city
    return await safely(call_id, name, arguments, functions, timeout, read=read)


def _is_cut(arguments: str) -> bool:
    try:
        json.loads(arguments)
    except ValueError:
        return True
    return False


async def not_validated(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Takes every JSON object for the arguments of the tool."""
    return await safely(call_id, name, arguments, functions, timeout, read=json.loads)


async def empty_when_not_an_object(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Calls the tool without arguments where the JSON is no object."""

    def read(text: str) -> Any:
        loaded = json.loads(text)
        return read_city(text) if isinstance(loaded, dict) else {}

    return await safely(call_id, name, arguments, functions, timeout, read=read)


async def traceback_to_the_model(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Sends all there is to know."""
    say: Say = lambda error: "".join(traceback.format_exception(error))  # noqa: E731
    return await safely(call_id, name, arguments, functions, timeout, say=say)


async def no_message_for_a_failure(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Returns nothing for a call that failed."""
    message = await safely(call_id, name, arguments, functions, timeout)
    return None if "error" in json.loads(message["content"]) else message


async def forgets_cancelled_tools(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Catches every Exception, which a CancelledError is not."""
    try:
        function, given = _found(name, functions), read_city(arguments)
        async with asyncio.timeout(timeout):
            return tool_message(call_id, await function(**given))
    except TimeoutError:
        return tool_message(call_id, {"error": f"{name} did not answer within {timeout} s"})
    except Exception as error:  # noqa: BLE001 (whatever a tool raises)
        return tool_message(call_id, {"error": type_and_text(error)})


async def catches_every_cancellation(
    call_id: str, name: str, arguments: str, functions: Functions, timeout: float
) -> Any:
    """Answers for a cancelled tool, whoever cancelled it."""
    try:
        return await safely(call_id, name, arguments, functions, timeout)
    except asyncio.CancelledError:
        return tool_message(call_id, {"error": f"{name} was cancelled"})
