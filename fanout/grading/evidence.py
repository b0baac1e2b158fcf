"""What crossed the wire in a scenario that went wrong, as a piece of HTML for the learner's page."""

from __future__ import annotations

from html import escape

from fanout.pictures import timeline, transcript
from fanout.recording import Run

_LARGEST = 60_000
"""Characters; what is longer helps no one."""
_MOST_EXCHANGES = 200


def evidence(run: Run | None) -> str | None:
    """The transcript of a run, and its timeline in a sentence; None when nothing crossed the wire.

    All that came over the wire is escaped. A run too long to read is told in one sentence.
    """
    if run is None or not run.exchanges:
        return None
    if len(run.exchanges) > _MOST_EXCHANGES:
        return _paragraph(f"{len(run.exchanges)} requests were made: too many to show.")
    try:
        return _told(run)
    except Exception as error:  # noqa: BLE001 (what crossed was a learner's; it may be of any shape)
        return _paragraph(f"What was sent cannot be shown ({type(error).__name__}).")


def _told(run: Run) -> str:
    parts = []
    if run.service_exchanges:
        parts.append(_paragraph(timeline(run).alt))
    if run.model_exchanges:
        parts.append(transcript(run)._repr_mimebundle_()["text/html"])
    text = "\n".join(parts)
    return text if len(text) <= _LARGEST else _paragraph("What was sent is too long to show.")


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"
