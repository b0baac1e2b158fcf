"""What the endpoint asks of a provider's API.

Strategy: a dialect is pure and knows one provider's words; an `Api` is the dialect with what it
needs of this server (headers, models, memory). The endpoint drives all of them alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from fanout.conversation import Conversation, Reply
from fanout.dialects.errors import ApiError
from fanout.dialects.streaming import Chunk
from fanout.dialects.tokens import Usage
from fanout.simulator.memory import Memory

Headers = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request that was read: its whole body, what it says, for which model and account."""

    body: dict[str, Any]
    """The body as sent; for a continued thread with what the thread holds."""
    conversation: Conversation
    model: Any
    """The model's profile: `snapshot`, `latency_s`, `tokens_per_s`, and its dialect's rules."""
    key: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """A reply about to be written, with all that its body needs."""

    reply: Reply
    usage: Usage
    seed: str
    created: int
    """Seconds since 1970."""


class Api(Protocol):
    """One provider's API."""

    @property
    def path(self) -> str:
        """Where it is served."""

    @property
    def error_indent(self) -> int | None:
        """How far the body of a refusal is indented; None for one line, as every reply is."""

    @property
    def read_headers(self) -> Sequence[str]:
        """The headers, beside the key, on which it depends how a body is read."""

    def key(self, headers: Headers) -> str:
        """The API key of a request; raises where there is none, or other headers are wrong."""

    def bad_key(self, headers: Headers) -> ApiError:
        """The refusal of that key."""

    def parse(self, raw: bytes) -> Any:
        """The JSON of a body."""

    def read(self, body: Any, headers: Headers, memory: Memory) -> Asked:
        """What the body says, or the refusal it earns."""

    def by_itself(self, asked: Asked) -> bool:
        """Whether a request says everything itself, and refers to nothing that is remembered."""

    def call_id(self, seed: str, index: int) -> str:
        """The id of the tool call at `index` of a reply."""

    def arguments_text(self, arguments: dict[str, Any], parallel: bool) -> str:
        """A tool call's arguments as JSON text."""

    def write(self, asked: Asked, told: Told) -> dict[str, Any]:
        """The body of the reply."""

    def stream(self, asked: Asked, told: Told) -> Iterator[Chunk]:
        """The same reply as chunks."""

    def remember(self, memory: Memory, asked: Asked, body: dict[str, Any]) -> None:
        """Keep what later requests may refer to."""

    def error(self, error: ApiError, seed: str) -> dict[str, Any]:
        """The body of a refusal; `seed` is that of its headers."""

    def failure(self, error: ApiError, sent: Sequence[Chunk]) -> Iterator[Chunk]:
        """What is streamed when a stream fails in the middle."""

    def headers(self, seed: str, *, refused: bool = False) -> dict[str, str]:
        """The headers of an answer, or of a refusal."""

    def fault(
        self, kind: str, options: Mapping[str, Any], model: str, seed: str
    ) -> ApiError | None:
        """The refusal that a fault of this kind is; None for one of another sort.

        :param seed: that of the answer's headers: some texts name the request.
        """

    def broken(self, chunks: Iterator[Chunk], kinds: Sequence[str]) -> Iterator[Chunk]:
        """The chunks after those faults that break this API's streams."""
