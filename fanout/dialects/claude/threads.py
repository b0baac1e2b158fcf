"""Message threads: conversations of which the server holds what was already sent.

The SDK's tool runner works over a thread unless told otherwise (anthropic 2.11.0): its first request
has `thread: {"type": "create"}`, each later one `{"type": "continue", "previous_message_id": ...}`
with the new messages alone and without `system` and `tools`, which the thread keeps. The reply looks
as any other; its `id` is what the next request continues from.

Strategy: `resume` turns a request that continues into the whole request, which the rest of the
dialect then reads like any other; `hold` keeps what was said. Indexes in errors are those of the
whole conversation: our choice. Statuses, error codes and two of the texts are the SDK's descriptions
of these errors; no body was seen.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from fanout.dialects.claude import schema
from fanout.dialects.errors import ApiError

HELD_MOST = 1_000
"""Replies that are kept to be continued. An older one is not found; the SDK then sends it whole."""

FORMS = ("create", "continue")
KEPT = ("system", "tools")
"""What the thread keeps and a request that continues it must not repeat."""

STEADY = ("output_config",)
"""What a request that continues must repeat as it was (notes on a proxy of Claude Code, 2026-10)."""


@dataclass(eq=False)
class ThreadError(ApiError):
    """A refusal that carries `error.details`, by which the SDK decides how to go on."""

    details: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class _Held:
    body: dict[str, Any]
    continued: bool = False


class Threads:
    """The conversations that one server holds, by the id of their latest reply."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, _Held] = OrderedDict()

    def resume(self, body: Any) -> Any:
        """The whole request that a body stands for; the body itself where it continues nothing."""
        if not isinstance(body, dict):
            return body
        thread = thread_of(body)
        if thread is None or thread["type"] == "create":
            return body
        held = self._find(thread["previous_message_id"])
        _check_fingerprint(held.body, body)
        said = [*held.body["messages"], *schema.need_list(body.get("messages"), "messages")]
        kept = {name: held.body[name] for name in KEPT if name in held.body}
        return kept | body | {"messages": said}

    def hold(self, body: dict[str, Any], reply: dict[str, Any]) -> None:
        """Keeps a whole request and its reply, so that it can be continued; nothing without thread.

        :param body: what `resume` gave.
        :param reply: the body of the reply, as `write` gave it.
        """
        thread = thread_of(body)
        if thread is None:
            return
        before = self._held.get(thread.get("previous_message_id", ""))
        if before is not None:
            before.continued = True
        said = [*body["messages"], {"role": "assistant", "content": reply["content"]}]
        self._held[reply["id"]] = _Held(body=body | {"messages": said})
        self._held.move_to_end(reply["id"])
        while len(self._held) > HELD_MOST:
            self._held.popitem(last=False)

    def _find(self, message_id: str) -> _Held:
        held = self._held.get(message_id)
        if held is None:
            raise _not_found()
        if held.continued:
            raise _already_continued()
        return held


def thread_of(body: dict[str, Any]) -> dict[str, Any] | None:
    """The `thread` of a body, when it has one; raises where its shape is wrong (inferred)."""
    thread = body.get("thread")
    if thread is None:
        return None
    kind = schema.need_tag(thread, "thread", FORMS)
    path = f"thread.{kind}"
    if kind == "continue":
        previous = schema.need(thread, "previous_message_id", path)
        schema.need_string(previous, f"{path}.previous_message_id")
    known = ("type", "previous_message_id") if kind == "continue" else ("type",)
    schema.only(thread, known, path)
    return dict(thread)


def _check_fingerprint(held: dict[str, Any], body: dict[str, Any]) -> None:
    """Raises where a request that continues says otherwise than the thread."""
    repeated = [name for name in KEPT if name in body]
    changed = [name for name in STEADY if held.get(name) != body.get(name)]
    if repeated or changed:
        raise _mismatch([*repeated, *changed])


def _not_found() -> ApiError:
    text = (
        "No usable Thread state was found for `previous_message_id`. Replay the full conversation "
        'with `thread: {"type": "create"}` to start a new Thread.'
    )
    details = {"error_code": "thread_not_found"}
    return ThreadError(text, status=404, type="not_found_error", details=details)


def _already_continued() -> ApiError:
    text = (
        "The response that `previous_message_id` names has already been continued, and each "
        "response can be continued only once. Continue from the Thread's most recent response `id`."
    )
    return ThreadError(text, details={"error_code": "thread_already_continued"})


def _mismatch(names: list[str]) -> ApiError:
    # inferred: the first sentence's end, and that a repeated field is told in this way; the rest is
    # the SDK's description of the error, whose text "names each such field"
    listed = ", ".join(f"`{name}`" for name in names)
    text = (
        "A field that must stay the same across a Thread's turns differs from the value stored with "
        f"the Thread: {listed}. Send the stored values, or replay the full conversation with "
        '`thread: {"type": "create"}` to change them.'
    )
    return ThreadError(text, details={"error_code": "thread_fingerprint_mismatch"})
