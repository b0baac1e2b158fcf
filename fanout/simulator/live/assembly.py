"""A stream put together: from its events to the body that the same reply has when it is not streamed.

Strategy: each API's `Assembler` takes one event after another and can say at any time what has come
so far, because a stream may be cut. It judges nothing: servers that number their calls wrongly or
repeat their names are put together as they were meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from fanout.conversation import Reply
from fanout.dialects.claude.writing import input_of
from fanout.dialects.streaming import Chunk
from fanout.simulator.live.events import Event
from fanout.simulator.live.replies import mapping, objects, read, string


class Assembler(Protocol):
    """One stream in the making."""

    closed: bool
    """The event that ends such a stream has come."""
    error: str | None
    """What a server said that failed in the middle."""

    @property
    def complete(self) -> bool:
        """The reply has come whole, though perhaps without the event that ends a stream."""

    def take(self, event: Event) -> None:
        """Add an event. One that is none of the API's says nothing."""

    def body(self) -> dict[str, Any]:
        """What has come so far, as the body of a reply."""


def assembler(path: str) -> Assembler:
    """The assembler for the streams of an API, by its path."""
    return _ASSEMBLERS[path]()


def said(path: str, sent: Iterable[Chunk]) -> tuple[dict[str, Any], Reply | None]:
    """What these chunks of a stream say, as the body of a reply and in neutral form."""
    whole = assembler(path)
    for chunk in sent:
        whole.take(Event(chunk.event, chunk.data))
    body = whole.body()
    return body, read(path, body)[0]


def error_of(data: Any) -> str | None:
    """The message of an error, in any provider's shape; None where there is none."""
    if not isinstance(data, dict):
        return None
    error = data.get("error")
    if isinstance(error, dict):
        return string(error.get("message")) or string(error.get("type")) or "unknown"
    if isinstance(error, str):
        return error
    return string(data.get("message")) or None if data.get("type") == "error" else None


# --- Chat Completions -----------------------------------------------------------------------------


class _Chat:
    def __init__(self) -> None:
        self.closed, self.error = False, None
        self._head: dict[str, Any] = {}
        self._usage: Any = None
        self._message: dict[str, Any] = {"role": "assistant", "content": None}
        self._calls: list[dict[str, Any]] = []
        self._at: dict[Any, dict[str, Any]] = {}
        self._finish: Any = None

    error: str | None

    @property
    def complete(self) -> bool:
        # Several servers leave [DONE] away.
        return self.closed or self._finish is not None

    def take(self, event: Event) -> None:
        chunk = event.data
        if chunk == "[DONE]":
            self.closed = True
        if not isinstance(chunk, dict):
            return
        self.error = self.error or error_of(chunk)
        for name in ("id", "created", "model", "service_tier", "system_fingerprint"):
            if name in chunk:
                self._head.setdefault(name, chunk[name])
        self._usage = chunk.get("usage") or self._usage
        for choice in objects(chunk.get("choices")):
            if choice.get("index", 0) == 0:
                self._finish = choice.get("finish_reason") or self._finish
                self._add(mapping(choice.get("delta")))

    def _add(self, delta: Mapping[str, Any]) -> None:
        for name in ("content", "refusal"):
            if isinstance(delta.get(name), str):
                self._message[name] = string(self._message.get(name)) + delta[name]
        for entry in objects(delta.get("tool_calls")):
            self._extend(entry)

    def _extend(self, entry: dict[str, Any]) -> None:
        """Add a fragment to its call. An id of its own makes a call, whatever the index says."""
        call_id, index = string(entry.get("id")), entry.get("index")
        index = index if isinstance(index, int) else None
        last = self._calls[-1] if index is None and self._calls else None
        call: dict[str, Any] | None = self._at.get(index) or last
        if call is None or (call_id and call["id"] not in ("", call_id)):
            empty = {"name": "", "arguments": ""}
            call = {"id": "", "type": "function", "function": empty}
            self._calls.append(call)
        self._at[index] = call
        function = mapping(entry.get("function"))
        call["id"] = call["id"] or call_id
        call["function"]["name"] = call["function"]["name"] or string(function.get("name"))
        call["function"]["arguments"] += string(function.get("arguments"))

    def body(self) -> dict[str, Any]:
        message = self._message | ({"tool_calls": self._calls} if self._calls else {})
        choice = {"index": 0, "message": message, "finish_reason": self._finish}
        head = {"object": "chat.completion", **self._head}
        return {**head, "choices": [choice], "usage": self._usage}


# --- Responses ------------------------------------------------------------------------------------


class _Responses:
    LAST = ("response.completed", "response.incomplete", "response.failed")

    def __init__(self) -> None:
        self.closed, self.error = False, None
        self._frame: dict[str, Any] = {}
        self._items: dict[Any, dict[str, Any]] = {}

    error: str | None

    @property
    def complete(self) -> bool:
        return self.closed

    def take(self, event: Event) -> None:
        data = mapping(event.data)
        kind, at = data.get("type"), data.get("output_index")
        at = at if isinstance(at, int) else None
        item = self._items.get(at)
        if kind == "error":
            self.error = error_of(data) or self.error
        elif isinstance(data.get("response"), dict):
            self._frame = data["response"]
            self.closed = kind in self.LAST
            self.error = self.error or error_of(self._frame)
        elif isinstance(data.get("item"), dict):
            self._items[at] = dict(data["item"])
        elif item is not None and isinstance(data.get("delta"), str):
            _lengthen(item, kind, data["delta"])

    def body(self) -> dict[str, Any]:
        items = [item for _, item in sorted(self._items.items(), key=lambda pair: pair[0] or 0)]
        return self._frame | {"output": self._frame.get("output") or items}


def _lengthen(item: dict[str, Any], kind: Any, delta: str) -> None:
    """An item that is still being written gets a little longer."""
    if kind == "response.function_call_arguments.delta":
        item["arguments"] = string(item.get("arguments")) + delta
    elif kind == "response.output_text.delta":
        before = "".join(string(part.get("text")) for part in objects(item.get("content")))
        item["content"] = [{"type": "output_text", "text": before + delta}]


# --- Messages -------------------------------------------------------------------------------------


class _Claude:
    def __init__(self) -> None:
        self.closed, self.error = False, None
        self._message: dict[str, Any] = {}
        self._blocks: dict[Any, dict[str, Any]] = {}
        self._inputs: dict[Any, str] = {}

    error: str | None

    @property
    def complete(self) -> bool:
        return self.closed

    def take(self, event: Event) -> None:
        data = mapping(event.data)
        at = data.get("index")
        at = at if isinstance(at, int) else None
        match data.get("type"):
            case "message_start":
                self._message = dict(mapping(data.get("message")))
            case "content_block_start":
                self._blocks[at] = dict(mapping(data.get("content_block")))
            case "content_block_delta":
                self._lengthen(at, mapping(data.get("delta")))
            case "message_delta":
                usage = {**mapping(self._message.get("usage")), **mapping(data.get("usage"))}
                self._message |= {**mapping(data.get("delta")), "usage": usage}
            case "message_stop":
                self.closed = True
            case "error":
                self.error = error_of(data)

    def _lengthen(self, at: int | None, delta: Mapping[str, Any]) -> None:
        if "partial_json" in delta:
            self._inputs[at] = self._inputs.get(at, "") + string(delta["partial_json"])
        block = self._blocks.get(at, {})
        for name in ("text", "thinking"):
            if isinstance(delta.get(name), str):
                block[name] = string(block.get(name)) + delta[name]
        if isinstance(delta.get("signature"), str):
            block["signature"] = delta["signature"]

    def body(self) -> dict[str, Any]:
        blocks = []
        for at, block in sorted(self._blocks.items(), key=lambda pair: pair[0] or 0):
            written = self._inputs.get(at)
            # input_of gives what was finished where the stream was cut.
            blocks.append(block | ({"input": input_of(written)} if written else {}))
        return self._message | {"content": blocks}


_ASSEMBLERS: Mapping[str, Callable[[], Assembler]] = {
    "/v1/chat/completions": _Chat,
    "/v1/responses": _Responses,
    "/v1/messages": _Claude,
}
