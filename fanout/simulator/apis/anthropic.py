"""Anthropic's API on this server: Messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fanout.dialects import claude
from fanout.dialects.errors import ApiError
from fanout.dialects.streaming import Chunk
from fanout.simulator import claude_models
from fanout.simulator.apis.api import Asked, Headers, Told
from fanout.simulator.memory import Memory


class MessagesApi:
    """Messages."""

    path = "/v1/messages"
    error_indent: int | None = None
    read_headers = ("anthropic-version", "anthropic-beta")

    def key(self, headers: Headers) -> str:
        """The key, as Bearer or in `x-api-key`; raises for a missing or unknown version too."""
        return claude.admit(headers).key

    def bad_key(self, headers: Headers) -> ApiError:
        """The 401 for a key that is not the one wanted."""
        access = claude.admit(headers)
        return claude.bad_key(access.key, bearer=access.bearer)

    def parse(self, raw: bytes) -> Any:
        """The JSON of a body."""
        return claude.parse(raw)

    def read(self, body: Any, headers: Headers, memory: Memory) -> Asked:
        """What the body says, with what its thread holds, or the refusal it earns."""
        access = claude.admit(headers)
        whole = memory.threads(access.key).resume(body)
        name = claude.model_of(whole)
        model = claude_models.find(name)
        if model is None:
            raise claude.unknown_model(name)
        conversation = claude.read(whole, model, version=access.version, betas=access.betas)
        return Asked(body=whole, conversation=conversation, model=model, key=access.key)

    def by_itself(self, asked: Asked) -> bool:
        """A thread goes on from what it holds."""
        return "thread" not in asked.body

    def call_id(self, seed: str, index: int) -> str:
        """The id of the tool call at `index` of a reply."""
        return claude.call_id(seed, index)

    def arguments_text(self, arguments: dict[str, Any], parallel: bool) -> str:
        """A tool call's arguments as JSON text."""
        return claude.arguments_text(arguments, parallel=parallel)

    def write(self, asked: Asked, told: Told) -> dict[str, Any]:
        """The body of the reply."""
        return claude.write(told.reply, **_facts(asked, told))

    def stream(self, asked: Asked, told: Told) -> Iterator[Chunk]:
        """The same reply as events."""
        return claude.stream(told.reply, **_facts(asked, told), eager=claude.eager(asked.body))

    def remember(self, memory: Memory, asked: Asked, body: dict[str, Any]) -> None:
        """Keep what was said in a thread."""
        memory.threads(asked.key).hold(asked.body, body)

    def error(self, error: ApiError, seed: str) -> dict[str, Any]:
        """The body of a refusal, with the request id of its headers."""
        return claude.write_error(error, claude.request_id(seed))

    def failure(self, error: ApiError, sent: Sequence[Chunk]) -> Iterator[Chunk]:
        """The error in the middle of a stream."""
        yield claude.failure(error)

    def headers(self, seed: str, *, refused: bool = False) -> dict[str, str]:
        """`request-id` and the account's limits."""
        return claude.headers(seed, now=datetime.now(UTC))

    def fault(
        self, kind: str, options: Mapping[str, Any], model: str, seed: str
    ) -> ApiError | None:
        """The refusal that a fault of this kind is."""
        if kind == "rate_limit":
            # The header is in whole seconds here.
            return claude.rate_limited(model, retry_after=max(1, round(options["retry_after"])))
        plain = {
            "unauthorized": lambda: claude.bad_key("", bearer=True),
            "server_error": claude.internal_error,
            "overloaded": claude.overloaded,
        }
        return plain[kind]() if kind in plain else None

    def broken(self, chunks: Iterator[Chunk], kinds: Sequence[str]) -> Iterator[Chunk]:
        """No fault breaks this API's streams in a way of its own."""
        return chunks


def _facts(asked: Asked, told: Told) -> dict[str, Any]:
    return {
        "reply_id": claude.reply_id(told.seed),
        "model": asked.model.snapshot,
        "usage": told.usage,
        "rules": asked.model,
    }
