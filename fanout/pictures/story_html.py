"""A transcript as HTML that reads in light and dark, and also with every style taken away.

Strategy: a notebook that is not trusted yet loses style sheets and scripts, so all meaning is in
words, signs and structure (a list of who spoke, a table of calls with their results) and the styles
are inline. Text keeps the colour of its surroundings; grey is mixed from black and white alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from fanout.pictures.story import EMPTY, Asked, Message, Scene, Story, heading, remark, shorten

_LINE = "rgba(128,128,128,0.45)"
_ALARM = "#D55E00"
_INK = "color:var(--jp-content-font-color1,inherit)"
_SOFT = "color:var(--jp-content-font-color2,inherit)"
_MONO = "font-family:var(--jp-code-font-family,monospace);font-size:0.92em"
_TEXT = "white-space:pre-wrap;overflow-wrap:anywhere"
_CELL = (
    f"text-align:left;vertical-align:top;padding:4px 10px;border:1px solid {_LINE};{_TEXT};"
    "max-width:none;min-width:10em"  # a long result must not squeeze the columns beside it
)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def as_html(story: Story) -> str:
    """The transcript as one HTML element. Everything that came over the wire is escaped."""
    if not story.conversations:
        return f"<p>{_safe(EMPTY)}</p>"
    several = len(story.conversations) > 1
    parts = []
    for number, scenes in enumerate(story.conversations, 1):
        title = f"<p><strong>Conversation {number}</strong></p>" if several else ""
        items = "\n".join(item for scene in scenes for item in _scene(scene, story))
        style = "list-style:none;margin:0;padding:0"
        parts.append(f'{title}<ol style="{style}">\n{items}\n</ol>')
    style = f"{_INK};max-width:64em;line-height:1.45;text-align:left"
    return f'<div style="{style}">\n' + "\n".join(parts) + "\n</div>"


def _scene(scene: Scene, story: Story) -> Iterator[str]:
    for message in scene.said:
        yield _message(message, story)
    who, _, rest = heading(scene).partition(", ")
    alarm = scene.status is not None
    body = f'<span style="{"" if alarm else _SOFT}">{_bold(rest) if alarm else _safe(rest)}</span>'
    body += _paragraph(scene.refusal) + _paragraph(scene.text)
    body += _table(scene.calls, f"Tool calls of turn {scene.number}", story)
    yield _item(who, body, f"5px double {_ALARM}" if alarm else "4px solid #0072B2")


def _message(message: Message, story: Story) -> str:
    if message.stray:
        note = f"✕ unknown id: this result answers no call ({story.labels[message.stray]})"
        return _item("tool result", _bold(note) + _paragraph(message.text), f"5px double {_ALARM}")
    body = _paragraph(message.text) + _table(message.calls, "Replayed tool calls", story)
    return _item(message.role, body, f"4px solid {_LINE}")


def _item(who: str, body: str, border: str) -> str:
    style = f"margin:0 0 8px;padding:2px 0 2px 12px;border-left:{border}"
    return f'<li style="{style}"><strong>{_safe(who)}</strong> {body}</li>'


def _paragraph(text: str) -> str:
    return f'<div style="{_TEXT};margin:2px 0">{_safe(shorten(text))}</div>' if text else ""


def _table(calls: tuple[Asked, ...], caption: str, story: Story) -> str:
    if not calls:
        return ""
    titles = ("tool call", "arguments", "result")
    heads = "".join(f'<th scope="col" style="{_CELL}">{title}</th>' for title in titles)
    rows = "\n".join(_row(call, story) for call in calls)
    hidden = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)"
    return (
        '<table style="font-size:inherit;border-collapse:collapse;margin:6px 0;width:auto;max-width:100%">'
        f'<caption style="{hidden}">{_safe(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>"
    )


def _row(call: Asked, story: Story) -> str:
    label = story.labels[call.id]
    name = f'{_safe(shorten(call.name, 64))}<br><code style="{_SOFT};background:none">{_safe(label)}</code>'
    edge = f";border:3px dashed {_LINE}" if call.pending else f";border:3px solid {_ALARM}"
    return (
        f'<tr><th scope="row" style="{_CELL};font-weight:600">{name}</th>'
        f'<td style="{_CELL};{_MONO}">{_safe(shorten(call.arguments, 200))}</td>'
        f'<td style="{_CELL};{_MONO}{edge if call.trouble else ""}">{_results(call)}</td></tr>'
    )


def _results(call: Asked) -> str:
    parts = [_bold(remark(call))] if call.trouble else []
    for answer in call.answers:
        flag = _bold("! error ") if answer.is_error else ""
        parts.append(flag + _safe(shorten(answer.text) or "(empty)"))
    return "<br>".join(parts)


def _bold(text: str) -> str:
    return f"<strong>{_safe(text)}</strong>"


def _safe(text: str) -> str:
    return escape(_UNPRINTABLE.sub(" ", text))
