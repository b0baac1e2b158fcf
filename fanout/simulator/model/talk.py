"""What the offline model says when there is nothing to call: it asks, obeys a small wish, or says so.

Strategy: honest and short. It never pretends to know; it says what it is and what it looked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fanout.conversation import Tool
from fanout.simulator.model.plan import Request
from fanout.simulator.model.text import name_words

_WISH = re.compile(
    r"^\W*(?:please\s+)?(?:reply|respond|answer|say|repeat|echo|print)\b"
    r"(?:\s+(?:only|just|exactly|back|to me|after me))*(?:\s+with)?"
    r"(?:\s+(?:only|just|exactly|the|a|one|single|word|words|text|phrase))*\s*:?\s*(.{1,80})$",
    re.IGNORECASE | re.DOTALL,
)


def question(requests: Sequence[Request]) -> str:
    """Ask for what is missing, a sentence for each tool."""
    asked: dict[str, str] = {}
    for request in requests:
        if request.tool.name in asked:
            continue
        names = [p.name.replace("\0", ".") for p in request.missing]
        plain = " and which ".join(_plain(n) for n in names)
        needs = " and ".join(f"`{n}`" for n in names)
        asked[request.tool.name] = f"For which {plain}? ({request.tool.name} needs {needs}.)"
    return " ".join(asked.values())


def _plain(name: str) -> str:
    """A parameter's name as a noun: `when` asks for a time, `what` for a thing."""
    return _NOUNS.get(name) or " ".join(name_words(name))


_NOUNS = {"when": "time", "what": "thing", "who": "person", "where": "place", "to": "recipient"}


def wish(text: str) -> str | None:
    """The words that a short text wants to hear: "Reply with the word ready." gives "ready"."""
    match = _WISH.match(text.strip()) if len(text) <= 140 else None
    if not match:
        return None
    return match[1].strip().strip("\"'“”‘’`").rstrip(".!").strip("\"'“”‘’`") or None


def shrug(tools: Sequence[Tool]) -> str:
    """Say what the model is, and that the text asked for nothing it could do."""
    names = [t.name for t in tools]
    if not names:
        return (
            "I am the course's offline model. I can only read tool definitions and ask for tool "
            "calls; this request offers no tools, so I have nothing to call."
        )
    shown = names[:8]
    more = f" or {len(names) - 8} more" if len(names) > 8 else ""
    listed = (
        ", ".join(shown[:-1]) + " or " + shown[-1]
        if len(shown) > 1 and not more
        else ", ".join(shown) + more
    )
    return (
        "I am the course's offline model. I can only ask for calls of the tools in this request. "
        f"I did not find a request for {listed} in your message."
    )
