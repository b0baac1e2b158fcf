"""An estimate of how many tokens a conversation and a reply take, the same on every machine.

No tokenizer is used. The rule: four bytes of UTF-8 are one token, rounded up for each text, which
is about four characters of English; each turn, call, result and tool adds `OVERHEAD` tokens for
its framing. Good for comparing two ways of asking; never for a bill.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from fanout.conversation import Conversation, Reply, Tool, ToolCall, Turn
from fanout.dialects.keeping import kept_by_identity

OVERHEAD = 4
BYTES_PER_TOKEN = 4


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Estimated tokens of one round trip: what was read and what was written."""

    prompt: int
    completion: int

    @property
    def total(self) -> int:
        """Tokens read and written together."""
        return self.prompt + self.completion


def count_tokens(text: str) -> int:
    """The estimated tokens of a text: its UTF-8 bytes divided by four, rounded up."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)


def estimate(conversation: Conversation, reply: Reply) -> Usage:
    """The estimated usage of one round trip."""
    return Usage(prompt=prompt(conversation), completion=written(reply))


def prompt(conversation: Conversation) -> int:
    """The estimated tokens of what the model reads."""
    return sum(map(_turn, conversation.turns)) + _tools(conversation.tools)


def written(reply: Reply) -> int:
    """The estimated tokens of a reply."""
    return count_tokens(reply.text or "") + sum(map(_call, reply.calls))


def _turn(turn: Turn) -> int:
    results = sum(OVERHEAD + count_tokens(r.content) for r in turn.results)
    return OVERHEAD + count_tokens(turn.text) + sum(map(_call, turn.calls)) + results


def _call(call: ToolCall) -> int:
    return OVERHEAD + count_tokens(call.name) + count_tokens(call.arguments)


@kept_by_identity
def _tools(tools: tuple[Tool, ...]) -> int:
    return sum(map(_tool, tools))


def _tool(tool: Tool) -> int:
    text = tool.name + tool.description + json.dumps(tool.parameters, separators=(",", ":"))
    return OVERHEAD + count_tokens(text)
