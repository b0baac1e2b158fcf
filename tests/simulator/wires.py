"""The three APIs as a fuzzer sees them: where they are, what they take, how an answer is judged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import anthropic
import httpx2
import openai
from anthropic.types import Message, RawMessageStreamEvent
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from fanout.dialects.conformance import cases

HEADERS = {"authorization": "Bearer sk-fuzz", "anthropic-version": "2023-06-01"}

Said = tuple[str, list[tuple[str, Any]]]
"""A reply's text, and its calls as (name, arguments)."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Wire:
    """One API, with the types that its SDK reads its answers as."""

    path: str
    good: list[Any]
    body: Any
    event: Any
    stream: Any
    client: Any
    unseen: dict[str, str] = field(default_factory=dict)
    """Event type -> a field that the SDK's type has and no recorded event has."""

    def check(self, answer: httpx2.Response) -> None:
        """Fails where a 200 is not what the SDK's types say, or a refusal is not an error object."""
        if answer.status_code != 200:
            error = answer.json()["error"]
            assert 400 <= answer.status_code < 500, answer.text
            assert len(error["message"].split()) > 1
            assert error["type"]
        elif answer.headers["content-type"].startswith("text/event-stream"):
            for event in self.events(answer):
                self._check_event(event)
        else:
            _adapter(self.body).validate_json(answer.content)

    def events(self, answer: httpx2.Response) -> list[dict[str, Any]]:
        """The events of a stream, as the SDK's own decoder yields them."""
        stream = self.stream(cast_to=self.event, response=answer, client=self.client)
        return [event.to_dict() for event in stream]

    def _check_event(self, event: dict[str, Any]) -> None:
        unseen = self.unseen.get(event.get("type", ""))
        assert unseen not in event
        _adapter(self.event).validate_python(event | ({unseen: ""} if unseen else {}))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _accepted(api: str) -> list[Any]:
    return [case.request for case in cases(api) if case.status == 200 and not case.stored]


_OPENAI = openai.OpenAI(api_key="x", base_url="http://127.0.0.1:1")
CHAT = Wire(
    path="/v1/chat/completions",
    good=_accepted("chat"),
    body=ChatCompletion,
    event=ChatCompletionChunk,
    stream=openai.Stream,
    client=_OPENAI,
)
RESPONSES = Wire(
    path="/v1/responses",
    good=_accepted("responses"),
    body=Response,
    event=ResponseStreamEvent,
    stream=openai.Stream,
    client=_OPENAI,
    unseen={"response.function_call_arguments.done": "name"},
)
CLAUDE = Wire(
    path="/v1/messages",
    good=_accepted("claude"),
    body=Message,
    event=RawMessageStreamEvent,
    stream=anthropic.Stream,
    client=anthropic.Anthropic(api_key="x", base_url="http://127.0.0.1:1"),
)
WIRES = [CHAT, RESPONSES, CLAUDE]


# --- What a reply says, whole or in pieces --------------------------------------------------------


def said(body: Any) -> Said:
    """What a reply in one piece says."""
    if "choices" in body:
        message = body["choices"][0]["message"]
        functions = [call["function"] for call in message.get("tool_calls") or ()]
        return message["content"] or "", [(f["name"], f["arguments"]) for f in functions]
    items = body["output"] if "output" in body else body["content"]
    parts = [part for item in items for part in item.get("content") or [item]]
    calls = [item for item in items if item["type"] in ("function_call", "tool_use")]
    text = "".join(part.get("text", "") for part in parts)
    return text, [(call["name"], call.get("arguments", call.get("input"))) for call in calls]


def said_in_pieces(events: list[dict[str, Any]]) -> Said:
    """What a stream says, put together by hand."""
    if "response" in events[-1]:
        return said(events[-1]["response"])
    text, names, arguments = "", dict[int, str](), dict[int, str]()
    for index, name, piece, words in (part for event in events for part in _parts(event)):
        text += words
        names[index] = names.get(index, "") + name
        arguments[index] = arguments.get(index, "") + piece
    parsed = events[0].get("type") == "message_start"
    calls = [(names[i], arguments[i]) for i in names if names[i]]
    return text, [(n, json.loads(a or "{}") if parsed else a) for n, a in calls]


def _parts(event: dict[str, Any]) -> Iterator[tuple[int, str, str, str]]:
    """(index of the call, its name, arguments, text) of an event of Chat Completions or Messages."""
    for choice in event.get("choices", ()):
        yield -1, "", "", choice["delta"].get("content") or ""
        for call in choice["delta"].get("tool_calls") or ():
            function = call["function"]
            yield call["index"], function.get("name", ""), function.get("arguments", ""), ""
    at = event.get("index", -1)
    if event.get("type") == "content_block_start":
        yield at, event["content_block"].get("name", ""), "", event["content_block"].get("text", "")
    if event.get("type") == "content_block_delta":
        delta = event["delta"]
        yield at, "", delta.get("partial_json", ""), delta.get("text", "")
