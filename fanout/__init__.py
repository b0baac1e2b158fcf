"""Parallel tool calls, offline, on the real SDKs: the face that the notebooks use.

Everything is fetched when it is first asked for: `import fanout` loads neither an SDK, nor
matplotlib, nor the server.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fanout._session import clear_faults as clear_faults
    from fanout._session import fault as fault
    from fanout._session import record as record
    from fanout._session import script as script
    from fanout._session import start as start
    from fanout._session import stop as stop
    from fanout.checks import check as check
    from fanout.checks import hint as hint
    from fanout.checks import progress as progress
    from fanout.diagnosis import diagnose as diagnose
    from fanout.diagnosis import error_index as error_index
    from fanout.diagnosis import explain as explain
    from fanout.pictures import bars as bars
    from fanout.pictures import timeline as timeline
    from fanout.pictures import transcript as transcript
    from fanout.simulator.catalogue import models as models

_HOME = {
    "bars": "fanout.pictures",
    "check": "fanout.checks",
    "clear_faults": "fanout._session",
    "fault": "fanout._session",
    "diagnose": "fanout.diagnosis",
    "error_index": "fanout.diagnosis",
    "explain": "fanout.diagnosis",
    "hint": "fanout.checks",
    "models": "fanout.simulator.catalogue",
    "progress": "fanout.checks",
    "record": "fanout._session",
    "script": "fanout._session",
    "start": "fanout._session",
    "stop": "fanout._session",
    "timeline": "fanout.pictures",
    "transcript": "fanout.pictures",
}

__all__ = sorted(_HOME)  # pyrefly: ignore[unresolvable-dunder-all]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(
            f"module 'fanout' has no attribute {name!r}; it has {', '.join(__all__)}"
        )
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
