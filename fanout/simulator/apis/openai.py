"""OpenAI's two APIs on this server: Chat Completions and Responses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fanout.dialects import chat, openai_faults, responses
from fanout.dialects.chat.broken import MODES, broken
from fanout.dialects.chat.streaming import failure
from fanout.dialects.errors import ApiError
from fanout.dialects.streaming import Chunk
from fanout.simulator import profiles
from fanout.simulator.apis.api import Asked, Headers, Told
from fanout.simulator.memory import Memory


class _OpenAIApi:
    """What the two have in common."""

    error_indent = 2
    read_headers: Sequence[str] = ()

    def parse(self, raw: bytes) -> Any:
        """The JSON of a body."""
        return chat.parse(raw)

    def bad_key(self, headers: Headers) -> ApiError:
        """The 401 for a key that is not the one wanted."""
        return chat.bad_key(chat.read_key(headers.get("authorization")))

    def call_id(self, seed: str, index: int) -> str:
        """The id of the tool call at `index` of a reply."""
        return chat.call_id(seed, index)

    def error(self, error: ApiError, seed: str) -> dict[str, Any]:
        """The body of a refusal."""
        return chat.write_error(error)

    def headers(self, seed: str, *, refused: bool = False) -> dict[str, str]:
        """`x-request-id`, the API's version, and the account's limits on what is no refusal."""
        return chat.headers(seed, refused=refused)

    def fault(
        self, kind: str, options: Mapping[str, Any], model: str, seed: str
    ) -> ApiError | None:
        """The refusal that a fault of this kind is."""
        if kind == "rate_limit":
            return openai_faults.rate_limited(model, retry_after=options["retry_after"])
        plain = {
            "unauthorized": lambda: chat.bad_key("sk-refused-on-request"),
            "quota": openai_faults.out_of_quota,
            "server_error": lambda: openai_faults.internal_error(chat.request_id(seed)),
            "overloaded": openai_faults.overloaded,
        }
        return plain[kind]() if kind in plain else None

    def broken(self, chunks: Iterator[Chunk], kinds: Sequence[str]) -> Iterator[Chunk]:
        """No fault breaks this API's streams in a way of its own."""
        return chunks


class ChatApi(_OpenAIApi):
    """Chat Completions."""

    path = "/v1/chat/completions"

    def key(self, headers: Headers) -> str:
        """The Bearer key."""
        return chat.read_key(headers.get("authorization"))

    def read(self, body: Any, headers: Headers, memory: Memory) -> Asked:
        """What the body says, or the refusal it earns."""
        name = chat.model_of(body)
        model = profiles.find(name)
        if model is None:
            raise chat.unknown_model(name)
        conversation = chat.read(body, model)
        return Asked(body=body, conversation=conversation, model=model, key=self.key(headers))

    def by_itself(self, asked: Asked) -> bool:
        """Chat Completions remembers nothing."""
        return True

    def arguments_text(self, arguments: dict[str, Any], parallel: bool) -> str:
        """A tool call's arguments as JSON text."""
        return chat.arguments_text(arguments, parallel=parallel)

    def write(self, asked: Asked, told: Told) -> dict[str, Any]:
        """The body of the reply."""
        return chat.write(told.reply, **_facts(asked, told, chat.reply_id(told.seed)))

    def stream(self, asked: Asked, told: Told) -> Iterator[Chunk]:
        """The same reply as chunks."""
        options = asked.body.get("stream_options") or {}
        return chat.stream(
            told.reply,
            **_facts(asked, told, chat.reply_id(told.seed)),
            include_usage=bool(options.get("include_usage")),
            include_obfuscation=options.get("include_obfuscation") is not False,
        )

    def remember(self, memory: Memory, asked: Asked, body: dict[str, Any]) -> None:
        """Chat Completions keeps nothing that a later request could refer to."""

    def failure(self, error: ApiError, sent: Sequence[Chunk]) -> Iterator[Chunk]:
        """The error in the middle of a stream."""
        yield failure(error)

    def broken(self, chunks: Iterator[Chunk], kinds: Sequence[str]) -> Iterator[Chunk]:
        """The chunks as a server with these mistakes sends them."""
        return broken(chunks, *(kind for kind in kinds if kind in MODES))


class ResponsesApi(_OpenAIApi):
    """Responses."""

    path = "/v1/responses"

    def key(self, headers: Headers) -> str:
        """The Bearer key."""
        return responses.read_key(headers.get("authorization"))

    def read(self, body: Any, headers: Headers, memory: Memory) -> Asked:
        """What the body says, or the refusal it earns."""
        name = responses.model_of(body)
        model = profiles.find(name)
        if model is None:
            raise responses.unknown_model(name)
        key = self.key(headers)
        conversation = responses.read(body, model, memory.responses(key))
        return Asked(body=body, conversation=conversation, model=model, key=key)

    def by_itself(self, asked: Asked) -> bool:
        """What has an id may be stored, and then more rules hold."""
        given = asked.body["input"]
        items = given if isinstance(given, list) else ()
        earlier = asked.body.get("previous_response_id")
        return earlier is None and not any(item.get("id") for item in items)

    def arguments_text(self, arguments: dict[str, Any], parallel: bool) -> str:
        """A tool call's arguments as JSON text."""
        return responses.arguments_text(arguments, parallel=parallel)

    def write(self, asked: Asked, told: Told) -> dict[str, Any]:
        """The body of the reply."""
        facts = _facts(asked, told, responses.reply_id(told.seed))
        return responses.write(told.reply, **facts, request=asked.body)

    def stream(self, asked: Asked, told: Told) -> Iterator[Chunk]:
        """The same reply as events."""
        options = asked.body.get("stream_options") or {}
        return responses.stream(
            told.reply,
            **_facts(asked, told, responses.reply_id(told.seed)),
            request=asked.body,
            include_obfuscation=options.get("include_obfuscation") is not False,
        )

    def remember(self, memory: Memory, asked: Asked, body: dict[str, Any]) -> None:
        """Keep the response, so that a later one can go on from it."""
        responses.remember(memory.responses(asked.key), asked.body, body)

    def failure(self, error: ApiError, sent: Sequence[Chunk]) -> Iterator[Chunk]:
        """The events that end a stream that failed."""
        return responses.failure(error, sent)


def _facts(asked: Asked, told: Told, reply_id: str) -> dict[str, Any]:
    return {
        "reply_id": reply_id,
        "created": told.created,
        "model": asked.model.snapshot,
        "usage": told.usage,
        "choice": asked.conversation.choice,
        "rules": asked.model,
    }
