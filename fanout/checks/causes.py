"""Why a function could not be judged: the commonest causes by name, and what has the same cause.

An exception says what Python could not do, seldom what to write instead. Where that is certain it
is said. And one cause keeps many criteria from being met: those stand together, in a report as well
as on a page.
"""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Callable, Iterator, Sequence
from types import CoroutineType, TracebackType
from typing import Any

NOT_RUN = "not run: an earlier call did not end"

_OF_A_LOOP = re.compile(r"coroutine|event loop|_GatheringFuture")
"""What an exception speaks of where a plain function handles what only an async one can."""
_NOT_AWAITED = re.compile(r"""(?:type |['"])(?:coroutine|_GatheringFuture|_asyncio\.\w+|Task)\b""")
"""`Object of type coroutine is …` and `'coroutine' object …`; a `Future` may be one of a pool."""
_A_COLLECTION = re.compile(r"unhashable type: 'list'")
_NO_AWAITABLE = re.compile(r"unhashable type: |(?:coroutine or an )?awaitable is required")


def cause(error: BaseException, function: Callable[..., Any], *, asynchronous: bool) -> str | None:
    """What led to an exception, where that is certain.

    :param asynchronous: the function was handed out as `async def`.
    """
    text = str(error)
    if asynchronous and not _is_async(function) and _OF_A_LOOP.search(text):
        name = getattr(function, "__name__", "the function")
        return f"`{name}` has to be `async def`, as it was handed out; yours is a plain `def`"
    if _NOT_AWAITED.search(text):
        name = next(_not_begun(error.__traceback__), "")
        return f"you did not await `{name}`" if name else "an `await` is missing"
    return _gathered(text) if _in_gather(error.__traceback__) else None


def never_ran(names: Sequence[str]) -> str:
    """What to say of a function that returned, and made coroutines that nobody awaited."""
    listed = " and ".join(f"`{name}`" for name in dict.fromkeys(names))
    return f"returned, but never ran {listed}: an `await` is missing"


def _gathered(text: str) -> str | None:
    """What was handed to `gather`, going by what it could not do with it."""
    if _A_COLLECTION.search(text):
        return "`gather` takes the coroutines one by one: unpack them with `*`"
    if _NO_AWAITABLE.search(text):
        return (
            "`gather` was given a result: a plain function has run by then, and nothing is awaited"
        )
    return None


def _in_gather(trace: TracebackType | None) -> bool:
    return any(
        frame.f_code.co_name == "gather" and frame.f_globals.get("__name__") == "asyncio.tasks"
        for frame, _ in traceback.walk_tb(trace)
    )


def _is_async(function: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(inspect.unwrap(function))


def _not_begun(trace: TracebackType | None) -> Iterator[str]:
    """The names of the coroutines at hand that were made and not awaited, the nearest first."""
    for frame, _ in reversed(list(traceback.walk_tb(trace))):
        for value in frame.f_locals.values():
            is_one = type(value) is CoroutineType  # asks the learner's objects nothing
            if is_one and inspect.getcoroutinestate(value) == inspect.CORO_CREATED:
                yield value.__name__


# --- The same cause -----------------------------------------------------------------------------

_ID = r"\b(?:call|toolu|fc|chatcmpl|msg|resp)[_-]\w+"
_DRAWN = re.compile(rf"(?:{_ID}(?:, | and )?)+|(['\"`])[\w.-]+\1|\d+")
"""What the draw decides in the words of an exception: ids, names in quotes, numbers."""


def together(said: Sequence[tuple[str, bool]]) -> list[list[int]]:
    """What was missed, as it is shown: places in `said`, those with the same cause in one group.

    Groups of several come first. In each, what could not be judged stands before what could.

    :param said: of each criterion missed, what came instead and whether it could be judged: an
        exception mostly keeps a criterion from being judged, and some are judged all the same.
    """
    causes = {_kind(text) for text, judged in said if not judged}
    groups: dict[object, list[int]] = {}
    for place, (text, _) in enumerate(said):
        kind = _kind(text)
        groups.setdefault(kind if kind in causes else place, []).append(place)
    ordered = [sorted(group, key=lambda place: said[place][1]) for group in groups.values()]
    return sorted(ordered, key=lambda group: len(group) == 1)


def _kind(text: str) -> str:
    """The words that are the same wherever the cause is the same."""
    if text == NOT_RUN or text.startswith("stopped after "):
        return "stopped"
    return _DRAWN.sub("…", text)
