"""Pieces that scenarios of several lessons are made of: tools, reply bodies, scripted turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fanout.conversation import Conversation, Reply
from fanout.dialects import chat
from fanout.dialects.openai_ids import completion_id
from fanout.dialects.tokens import Usage
from fanout.lessons.syllabus import model


def city_tool(name: str) -> dict[str, Any]:
    """A tool definition for Chat Completions, with one required parameter `city`."""
    parameters = {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    }
    function = {"name": name, "description": f"{name} of a city.", "parameters": parameters}
    return {"type": "function", "function": function}


def chat_body(reply: Reply, finish_reason: str | None = None) -> dict[str, Any]:
    """The body of a Chat Completions reply, with another `finish_reason` where one is given."""
    body = chat.write(
        reply,
        reply_id=completion_id(repr(reply)),
        created=1_790_000_000,
        model=model("chat"),
        usage=Usage(prompt=50, completion=20),
    )
    if finish_reason:
        body["choices"][0]["finish_reason"] = finish_reason
    return body


def script(*turns: Reply | Callable[[Conversation], Reply]) -> Callable[[Conversation], Reply]:
    """A model that says these turns in order, one for each assistant turn already there.

    A turn may be a function of the conversation. After the last one it says the last one again.
    """

    def mind(conversation: Conversation) -> Reply:
        said = sum(turn.role == "assistant" for turn in conversation.turns)
        turn = turns[min(said, len(turns) - 1)]
        return turn(conversation) if callable(turn) else turn

    return mind


def results_of(conversation: Conversation) -> list[str]:
    """The texts of all tool results in a conversation, in order."""
    return [result.content for turn in conversation.turns for result in turn.results]


def last_text(conversation: Conversation) -> str:
    """What the user said last."""
    texts: Sequence[str] = [turn.text for turn in conversation.turns if turn.role == "user"]
    return texts[-1] if texts else ""
