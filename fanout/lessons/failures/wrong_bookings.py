"""Plausible wrong solutions of `book_once`."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

from fanout.lessons.failures.wrong_calls import Functions


async def _ask_again(
    keys: Callable[[], str], train: str, passenger: str, functions: Functions, attempts: int
) -> Any:
    for _ in range(attempts):
        try:
            return await functions["book_seat"](train=train, passenger=passenger, key=keys())
        except RuntimeError:
            continue
    raise RuntimeError(f"No answer in {attempts} attempts: nobody knows whether it is booked.")


async def asks_only_once(
    call_id: str, train: str, passenger: str, functions: Functions, attempts: int
) -> Any:
    """Is afraid of booking twice, and never asks again."""
    return await _ask_again(lambda: call_id, train, passenger, functions, 1)


async def no_key(
    call_id: str, train: str, passenger: str, functions: Functions, attempts: int
) -> Any:
    """Repeats the request as it is."""
    return await _ask_again(lambda: "", train, passenger, functions, attempts)


async def a_key_for_each_attempt(
    call_id: str, train: str, passenger: str, functions: Functions, attempts: int
) -> Any:
    """Has a key, and a new one for each attempt."""
    return await _ask_again(lambda: uuid.uuid4().hex, train, passenger, functions, attempts)


async def a_key_of_the_arguments(
    call_id: str, train: str, passenger: str, functions: Functions, attempts: int
) -> Any:
    """Takes two wishes with the same words for one."""
    return await _ask_again(lambda: f"{train}|{passenger}", train, passenger, functions, attempts)


async def a_key_of_the_run(
    call_id: str, train: str, passenger: str, functions: Functions, attempts: int
) -> Any:
    """Makes a key that is forgotten with the program."""
    key = uuid.uuid4().hex
    return await _ask_again(lambda: key, train, passenger, functions, attempts)


async def retries_refusals(
    call_id: str, train: str, passenger: str, functions: Functions, attempts: int
) -> Any:
    """Asks again until the answer is to its liking."""
    result: Any = None
    for _ in range(attempts):
        result = await _ask_again(lambda: call_id, train, passenger, functions, attempts)
        if "error" not in result:
            break
    return result


async def says_nothing_at_the_end(
    call_id: str, train: str, passenger: str, functions: Functions, attempts: int
) -> Any:
    """Ends without a word when no attempt was answered."""
    try:
        return await _ask_again(lambda: call_id, train, passenger, functions, attempts)
    except RuntimeError:
        return {"error": "not booked"}


async def one_attempt_too_many(
    call_id: str, train: str, passenger: str, functions: Functions, attempts: int
) -> Any:
    """Counts the retries, not the attempts."""
    return await _ask_again(lambda: call_id, train, passenger, functions, attempts + 1)


async def cannot_be_stopped(
    call_id: str, train: str, passenger: str, functions: Functions, attempts: int
) -> Any:
    """Takes its caller's wish to stop for one more answer that was lost."""
    for _ in range(attempts):
        try:
            return await _ask_again(lambda: call_id, train, passenger, functions, 1)
        except (RuntimeError, asyncio.CancelledError):
            continue
    raise RuntimeError(f"No answer in {attempts} attempts: nobody knows whether it is booked.")


async def retries_whatever_fails(
    call_id: str, train: str, passenger: str, functions: Functions, attempts: int
) -> Any:
    """Takes every exception for an answer that was lost."""
    for _ in range(attempts):
        try:
            return await functions["book_seat"](train=train, passenger=passenger, key=call_id)
        except Exception:  # noqa: BLE001 (that is the mistake)
            continue
    raise RuntimeError(f"No answer in {attempts} attempts: nobody knows whether it is booked.")
