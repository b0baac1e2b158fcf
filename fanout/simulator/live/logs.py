"""Keys kept out of what the HTTP libraries log: at level DEBUG they print the headers of an answer."""

from __future__ import annotations

import logging

from fanout.simulator.live.key import Key, Redactor

LOGGERS = (
    "httpx2",
    *(f"httpcore2.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
)


class _Hiding(logging.Filter):
    """Rewrites a record that holds one of the keys."""

    def __init__(self) -> None:
        super().__init__()
        self.redactors: dict[Key, Redactor] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        for redactor in tuple(self.redactors.values()):
            said = record.getMessage()
            hidden = redactor.text(said)
            if hidden != said:
                record.msg, record.args = hidden, ()
        return True


_HIDING = _Hiding()


def hide(key: Key) -> None:
    """Keep a key out of the libraries' logs from now on."""
    _HIDING.redactors[key] = Redactor(key)
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_HIDING)  # once only: a logger knows its filters
