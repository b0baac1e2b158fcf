"""`fanout conform`: an endpoint is asked what the tables say, and the answers are laid beside them.

The tables (`fanout/dialects/conformance`) tell what was seen in an answer of the real API from what is
only inferred. An endpoint that differs from the first differs from the API; one that differs from
the second shows where the tables may be wrong.
"""

from __future__ import annotations

from fanout.conform.command import add_arguments as add_arguments
from fanout.conform.command import run as run
from fanout.conform.outcome import ConformError as ConformError
