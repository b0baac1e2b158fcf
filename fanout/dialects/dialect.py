"""What the simulator asks of a dialect. A dialect is a package whose names fit this protocol."""

from __future__ import annotations

from typing import Any, Protocol

from fanout.conversation import Conversation, Reply, ToolChoice
from fanout.dialects.errors import ApiError
from fanout.dialects.tokens import Usage


class Dialect(Protocol):
    """One provider's API, in both directions. All of it is pure: no I/O, no clock."""

    def parse(self, raw: bytes, /) -> Any:
        """The JSON of a request body, or the refusal of bytes that are none."""

    def read_key(self, authorization: str | None, /) -> str:
        """The key in the header, or the refusal of a request without one."""

    def bad_key(self, key: str, /) -> ApiError:
        """The refusal of a key that is not the one wanted."""

    def model_of(self, body: object, /) -> str:
        """The model a body asks for."""

    def unknown_model(self, name: str, /) -> ApiError:
        """The refusal of a model that does not exist."""

    def read(self, body: object, rules: Any, /) -> Conversation:
        """What the body says, or the refusal it earns from this model."""

    def arguments_text(self, arguments: dict[str, Any], /, *, parallel: bool) -> str:
        """A tool call's arguments as JSON text."""

    def call_id(self, seed: str, index: int, /) -> str:
        """The id of the call at `index` of a reply."""

    def reply_id(self, seed: str, /) -> str:
        """The id of a reply."""

    def headers(self, seed: str, /) -> dict[str, str]:
        """The headers that identify one answer."""

    def write(
        self,
        reply: Reply,
        *,
        reply_id: str,
        created: int,
        model: str,
        usage: Usage,
        choice: ToolChoice | None,
        rules: Any,
    ) -> dict[str, Any]:
        """The body of a reply."""

    def write_error(self, error: ApiError, /) -> dict[str, Any]:
        """The body of a refusal."""
