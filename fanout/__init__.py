"""Parallel tool calls, offline, on the real SDKs: the face that the notebooks use.

Everything is fetched when it is first asked for: `import fanout` loads neither an SDK, nor
matplotlib, nor the server.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fanout._session import record as record
    from fanout._session import start as start
    from fanout._session import stop as stop
    from fanout.checks import check as check
    from fanout.checks import hint as hint
    from fanout.checks import progress as progress
    from fanout.pictures import bars as bars
    from fanout.pictures import timeline as timeline
    from fanout.pictures import transcript as transcript

_HOME = {
    "bars": "fanout.pictures",
    "check": "fanout.checks",
    "hint": "fanout.checks",
    "progress": "fanout.checks",
    "record": "fanout._session",
    "start": "fanout._session",
    "stop": "fanout._session",
    "timeline": "fanout.pictures",
    "transcript": "fanout.pictures",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(
            f"module 'fanout' has no attribute {name!r}; it has {', '.join(__all__)}"
        )
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
