"""Pieces that scenarios of several lessons are made of: tools, reply bodies, scripted turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fanout.checks.draw import Draw
from fanout.checks.exercise import Attempt, Look, NotYet
from fanout.conversation import Conversation, Reply
from fanout.dialects import chat, claude
from fanout.dialects.claude.writing import ReplyInBlocks
from fanout.dialects.errors import ApiError
from fanout.dialects.openai_ids import completion_id
from fanout.dialects.tokens import Usage
from fanout.lessons.syllabus import model
from fanout.simulator import claude_models, profiles


def some_model(draw: Draw) -> str:
    """A model for Chat Completions that takes what the lessons' own takes, and is another one.

    So a name that was copied out of a lesson is told from the argument, and the draw decides nothing
    else: what is right with one of them is right with all.
    """
    known = profiles.profiles().values()
    suited = [p.name for p in known if _is_usual(p) and p.name != model("chat")]
    return draw.some(suited, 1)[0]


def _is_usual(profile: profiles.Profile) -> bool:
    takes_tools = profile.in_chat and profile.tools_in_chat == "yes"
    in_parallel = profile.parallel_calls and profile.parallel_param and not profile.habit
    takes_temperature = profile.temperature == "any" or (
        profile.temperature == "effort_none" and profile.default_effort == "none"
    )
    return takes_tools and in_parallel and takes_temperature and not profile.retired


def sends_given(*names: str) -> Look:
    """Looks whether every request has in it what the function was given under these names.

    Of `tools` the names count, and of `messages` that the conversation begins with them.
    """

    def look(attempt: Attempt) -> NotYet | None:
        given = {name: attempt.scenario.arguments[name]["data"] for name in names}
        for number, exchange in enumerate(attempt.run.model_exchanges, 1):
            for name in names:
                expected, yours = _part(given, name, given), _part(exchange.request, name, given)
                if yours != expected:
                    verb = "begins with" if name == "messages" else f"has the {name}"
                    return NotYet(
                        yours=f"request {number} {verb} {yours!r}", expected=f"{verb} {expected!r}"
                    )
        if attempt.run.round_trips:
            return None
        return NotYet(
            yours="no request came through `client`", expected="requests through `client`"
        )

    return look


def _part(body: Mapping[str, Any], name: str, given: Mapping[str, Any]) -> Any:
    value = body.get(name)
    if name == "tools":
        return [tool["function"]["name"] for tool in value or []]
    return list(value or [])[: len(given[name])] if name == "messages" else value


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


def claude_city_tool(name: str) -> dict[str, Any]:
    """The same tool definition as `city_tool`, for the Messages API."""
    function = city_tool(name)["function"]
    return {
        "name": name,
        "description": function["description"],
        "input_schema": function["parameters"],
    }


def claude_body(reply: Reply, stop_reason: str | None = None) -> dict[str, Any]:
    """The body of a Messages reply, with another `stop_reason` where one is given."""
    body = claude.write(
        reply,
        reply_id=claude.message_id(repr(reply)),
        model=model("claude"),
        usage=Usage(prompt=50, completion=20),
        rules=claude_models.find(model("claude")),
    )
    return body | ({"stop_reason": stop_reason} if stop_reason else {})


def claude_reply(reply: Reply, *spoken: dict[str, Any], reason: str | None = None) -> Reply:
    """The reply of Claude with these blocks in place of its text, and a `stop_reason` of its own."""
    return ReplyInBlocks(
        text=reply.text, calls=reply.calls, stop=reply.stop, spoken=spoken, reason=reason
    )


def claude_refusal(messages: Sequence[Any], tools: Sequence[Any] | None = None) -> str | None:
    """What the Messages API says to a request with these messages; None if it takes them."""
    name = model("claude")
    body = {"model": name, "max_tokens": 1024, "tools": tools or [], "messages": messages}
    try:
        claude.read(body, claude_models.find(name))
    except ApiError as error:
        return error.message
    return None


def chat_refusal(messages: Sequence[Any], tools: Sequence[Any]) -> str | None:
    """What Chat Completions says to a request with these messages; None if it takes them."""
    name = model("chat")
    try:
        chat.read({"model": name, "tools": tools, "messages": messages}, profiles.find(name))
    except ApiError as error:
        return error.message
    return None


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
