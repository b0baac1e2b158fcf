"""A transcript as text: as wide as the terminal it is printed in, and 100 columns anywhere else."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from fanout.pictures.story import EMPTY, Asked, Message, Scene, Story, heading, remark, shorten
from fanout.terminal import columns

WIDTH, MARGIN = 100, 11

_UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def as_text(story: Story) -> str:
    """The transcript in two columns: who, and what."""
    if not story.conversations:
        return EMPTY
    several = len(story.conversations) > 1
    parts = []
    for number, scenes in enumerate(story.conversations, 1):
        title = [f"Conversation {number}"] if several else []
        parts.append("\n".join([*title, *(line for s in scenes for line in _scene(s, story))]))
    return "\n\n".join(parts)


def _scene(scene: Scene, story: Story) -> Iterator[str]:
    for message in scene.said:
        yield from _message(message, story)
    who, _, rest = heading(scene).partition(", ")
    yield from _line(who, rest)
    if scene.refusal:
        yield from _line("", scene.refusal)
    if scene.text:
        yield from _line("", scene.text)
    for call in scene.calls:
        yield from _call(call, story)


def _message(message: Message, story: Story) -> Iterator[str]:
    if message.stray:
        label = story.labels[message.stray]
        yield from _line("  result", f"{label}  ✕ unknown id, answers no call: {message.text}")
        return
    yield from _line(message.role, message.text or "(replayed calls)")
    for call in message.calls:
        yield from _call(call, story)


def _call(call: Asked, story: Story) -> Iterator[str]:
    label = story.labels[call.id]
    yield from _line("  call", f"{label}  {shorten(call.name, 64)} {shorten(call.arguments, 200)}")
    if call.trouble:
        yield from _line("  result", f"{label}  {remark(call)}")
    for answer in call.answers:
        flag = "! error: " if answer.is_error else ""
        yield from _line("  result", f"{label}  {flag}{answer.text or '(empty)'}")


def _line(who: str, what: str) -> Iterator[str]:
    """One entry, wrapped, with the name of the speaker before its first line."""
    text = _UNPRINTABLE.sub(" ", shorten(what))
    lines = [part for line in text.splitlines() for part in _wrap(line)] or [""]
    for index, line in enumerate(lines):
        yield f"{who if index == 0 else '':<{MARGIN}}{line}".rstrip()


def _wrap(line: str) -> list[str]:
    return textwrap.wrap(line, columns(WIDTH) - MARGIN, replace_whitespace=False) or [""]
