"""A run's timeline and transcript as plain data, for a page that draws them itself.

Long texts are shortened as in a transcript; nothing is escaped, which is for whoever draws.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fanout.pictures.finding import caption, finding
from fanout.pictures.layout import text_of
from fanout.pictures.spans import Bar, Lane, Spans, spans
from fanout.pictures.story import Asked, Message, Scene, heading, remark, shorten, story
from fanout.recording import Run

MOST_MESSAGES = 8
"""Messages of one request that are told; of a longer history its end."""


def as_data(run: Run) -> dict[str, Any]:
    """The two pictures of a run as data for JSON. Times are seconds since its first request."""
    numbers, told = spans(run), story(run)
    scenes = [scene for scenes in told.conversations for scene in scenes]
    alt, below = _words(numbers)
    return {
        "status": scenes[-1].status if scenes else None,
        "seconds": round(numbers.seconds, 4),
        "alt": alt,
        "caption": below,
        "lanes": [_lane(lane) for lane in numbers.lanes],
        "scenes": [_scene(scene, told.labels) for scene in scenes],
    }


def _words(numbers: Spans) -> tuple[str, str]:
    """The alternative text and the caption. Of a run that goes on, only its size is known so far:
    calls that are still running neither took their time nor missed their answer."""
    if not any(bar.in_flight for lane in numbers.lanes for bar in lane.bars):
        return finding(numbers), caption(numbers)
    size = caption(numbers).partition(": ")[2]
    size = re.split(r"[.;]", size, maxsplit=1)[0]
    return f"Timeline of {size}, still going on.", f"{size} so far."


def _lane(lane: Lane) -> dict[str, Any]:
    return {
        "kind": lane.kind,
        "label": lane.label,
        "turn": lane.turn,
        "asked": _rounded(lane.asked) if lane.work else None,
        "answered": _rounded(lane.answered) if lane.work else None,
        "trouble": lane.trouble,
        "at": _rounded(lane.at),
        "pending": lane.pending,
        "bars": [_bar(bar) for bar in lane.bars],
    }


def _bar(bar: Bar) -> dict[str, Any]:
    return {
        "kind": bar.kind,
        "start": _rounded(bar.start),
        "end": _rounded(bar.end),
        "failed": bar.failed,
        "in_flight": bar.in_flight,
        "text": text_of(bar),
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 4)


def _scene(scene: Scene, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "heading": heading(scene),
        "alarm": scene.status is not None,
        "earlier": max(0, len(scene.said) - MOST_MESSAGES),
        "said": [_message(message, labels) for message in scene.said[-MOST_MESSAGES:]],
        "text": shorten(scene.text),
        "refusal": shorten(scene.refusal),
        "calls": _calls(scene.calls, labels),
    }


def _message(message: Message, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "role": "tool result" if message.stray else message.role,
        "text": shorten(message.text),
        "stray": labels[message.stray] if message.stray else "",
        "calls": _calls(message.calls, labels),
    }


def _calls(calls: Sequence[Asked], labels: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "id": labels[call.id],
            "name": shorten(call.name, 64),
            "arguments": shorten(call.arguments, 200),
            "remark": remark(call),
            "pending": call.pending,
            "answers": [
                {"text": shorten(answer.text) or "(empty)", "is_error": answer.is_error}
                for answer in call.answers
            ],
        }
        for call in calls
    ]
