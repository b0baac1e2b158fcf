"""Reads a conversation in any of the three formats, and finds what is wrong with its pairs.

Strategy: the dialects read, `conversation.violations` judges, `finding` words. So a diagnosis and
the simulator can never disagree about what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fanout.conversation import Conversation, violations
from fanout.diagnosis.finding import Finding, pairing_finding, shape_finding, told_already
from fanout.diagnosis.unwrapping import conversations_in, none_of_it
from fanout.dialects import chat, claude, responses
from fanout.dialects.errors import ApiError

NAMES = {
    "chat": "OpenAI Chat Completions",
    "claude": "Claude Messages",
    "responses": "OpenAI Responses",
}

_READ: dict[str, Callable[[dict[str, Any]], Conversation]] = {
    "chat": chat.read,
    "claude": claude.read,
    "responses": responses.read,
}
_FILLER: dict[str, dict[str, Any]] = {
    "chat": {"model": "any"},
    "claude": {"model": "any", "max_tokens": 1},
    "responses": {"model": "any"},
}
_KEPT = ("previous_response_id", "conversation")
_RESPONSES_ITEMS = {"function_call", "function_call_output", "reasoning", "item_reference"}
_CLAUDE_BLOCKS = {"tool_use", "tool_result", "thinking", "redacted_thinking"}


@dataclass(frozen=True, kw_only=True, repr=False)
class Diagnosis:
    """What was found in one conversation; empty findings mean that nothing is wrong."""

    api: str
    """`chat`, `claude` or `responses`."""
    findings: tuple[Finding, ...]
    length: int
    """How many messages or items were looked at."""
    unseen: str = ""
    """What the server keeps of the conversation, and nobody could look at here."""

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def __str__(self) -> str:
        read = (
            f"{self.length} {'item' if self.api == 'responses' else 'message'}"
            f"{'' if self.length == 1 else 's'}, {NAMES[self.api]}"
        )
        if self.unseen:
            read += f"; without what `{self.unseen}` stands for"
        if self.ok:
            return f"Nothing wrong with calls and results ({read})."
        lines = [f"{len(self.findings)} found ({read}):", *map(str, self.findings)]
        return "\n".join(lines)

    __repr__ = __str__


def diagnose(conversation: Any, api: str | None = None) -> Diagnosis:
    """Say what is wrong with the tool calls and results of a conversation, where, how to mend it.

    :param conversation: the list of messages (or Responses items), or a whole request body, also in
        the wrapping of a log; dicts, the SDKs' own objects, or JSON text. It needs no key and no
        server, and nothing is sent anywhere.
    :param api: `chat`, `claude` or `responses`, where the format cannot be told from the messages.
    :raises ValueError: it is no conversation in any of the three formats.
    """
    body = _body(_plain(conversation))
    api = api or _api_of(body)
    if api not in NAMES:
        raise ValueError(f"There is no format {api!r}; there are {', '.join(NAMES)}.")
    items = body.get("input" if api == "responses" else "messages")
    length = len(items) if isinstance(items, list) else 1
    unseen = next((key for key in _KEPT if api == "responses" and body.get(key)), "")
    findings = _findings(body, api, unseen=bool(unseen))
    return Diagnosis(api=api, findings=tuple(findings), length=length, unseen=unseen)


def _findings(body: dict[str, Any], api: str, *, unseen: bool = False) -> list[Finding]:
    """What is wrong: the pairs wherever they can be read, and what the API refuses besides them."""
    try:
        read = _READ[api](_FILLER[api] | body)
    except ApiError as error:
        pairs = _pairs(error.conversation, api, unseen=unseen) if error.conversation else []
        if pairs:
            return pairs
        refused = shape_finding(error, api)
        bare: dict[str, Any] = {
            key: body[key] for key in ("messages", "input", "system") if key in body
        }
        rest = _findings(bare, api, unseen=unseen) if bare.keys() != body.keys() else []
        return [refused, *(one for one in rest if one.what != refused.what)]
    return _pairs(read, api, unseen=unseen)


def _pairs(read: Conversation, api: str, *, unseen: bool) -> list[Finding]:
    """The breaks of the pairing rules; one that another finding has told already is left out.

    :param unseen: what came before is not here, so that a result without its call says nothing.
    """
    broken = list(violations(read.turns))
    if unseen:
        first = min((turn.at for turn in read.turns if turn.calls), default=len(read.turns))
        broken = [v for v in broken if v.rule != "stray" or (v.at or 0) > first]
    told = told_already(broken)
    return [pairing_finding(v, api, read.turns) for v in broken if v not in told]


def _body(data: Any) -> dict[str, Any]:
    """A request body around whatever was handed over."""
    if isinstance(data, Mapping) and ("messages" in data or "input" in data):
        return dict(data)
    if isinstance(data, list):
        kinds = {item.get("type") for item in data if isinstance(item, Mapping)}
        return {"input" if kinds & _RESPONSES_ITEMS else "messages": data}
    found = list(conversations_in(data))
    if len(found) > 1:
        places = ", ".join(path for path, _ in found[:6])
        raise ValueError(f"There are {len(found)} conversations in it: {places}. Hand over one.")
    if not found:
        raise ValueError(none_of_it(data))
    return _body(found[0][1])


def _api_of(body: Mapping[str, Any]) -> str:
    """Which API's format this is: by the names that only one of them uses."""
    if "input" in body:
        return "responses"
    if "max_tokens" in body and ("system" in body or str(body.get("model")).startswith("claude")):
        return "claude"
    messages = body["messages"] if isinstance(body["messages"], list) else []
    blocks = {
        block.get("type")
        for message in messages
        if isinstance(message, Mapping) and isinstance(message.get("content"), Sequence)
        for block in message["content"]
        if isinstance(block, Mapping)
    }
    return "claude" if blocks & _CLAUDE_BLOCKS else "chat"


def _plain(value: Any) -> Any:
    """Plain data: the SDKs' objects become the dicts that they stand for."""
    if hasattr(value, "to_dict"):
        return _plain(value.to_dict())
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
