"""What Responses remembers between requests, and what it refuses because of what it remembers.

Strategy: the dialect stores nothing. It reads from and writes to a `Memory` that the server owns; a
plain `dict[str, Stored]` is one. `gather` lays everything that a request stands on in one row of
entries: the items of the earlier response, then its own, references replaced by what they name.
`check` then refuses what does not fit together. `remember` puts a response where the next request
finds it.

Without a memory (`None`) nothing is known of earlier responses and nothing is held against a request
on that account: `known` is then False, and outputs without a call are let pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from fanout.dialects.errors import ApiError
from fanout.dialects.responses.items import kind_of

Item = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Stored:
    """One response as the next request needs it."""

    id: str
    items: tuple[Item, ...]
    """All items up to and including its output: what a request with its id goes on from.
    Instructions are not among them; the API does not carry them over."""
    output: tuple[Item, ...]
    """The items that it wrote itself."""


class Memory(Protocol):
    """Where responses are kept, under their own id and under the id of each item they wrote.

    A `dict[str, Stored]` fits. The owner decides how long it remembers.
    """

    def get(self, key: str, /) -> Stored | None:
        """The response of that id, or the one that wrote the item of that id."""

    def __setitem__(self, key: str, stored: Stored, /) -> None:
        """Keep a response under an id."""


class Entry(NamedTuple):
    """One item and its index in `input`; -1 for what came with an earlier response."""

    at: int
    item: Item


class Row(NamedTuple):
    """The items that a request stands on, in order."""

    entries: tuple[Entry, ...]
    known: bool
    """Everything the request refers to was found; False only where there is no memory to look in."""


def gather(body: Mapping[str, Any], memory: Memory | None) -> Row:
    """The items of a well-formed request, with those of the response that it goes on from.

    Raises for a response or an item that is not there (rows 57 and 58) and for a request that says
    nothing at all (row y3).
    """
    _check_one_history(body)
    earlier = tuple(Entry(-1, item) for item in _earlier(body, memory))
    own = tuple(_resolved(body, memory))
    if body["input"] in ("", []) and not any(map(body.get, _ALTERNATIVES)):
        text = (
            "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation' "
            "must be provided."
        )
        raise ApiError(text, code="missing_required_parameter")
    return Row(earlier + own, memory is not None or not _refers(body))


_ALTERNATIVES = ("previous_response_id", "prompt", "conversation")


def input_items(body: Mapping[str, Any]) -> list[Item]:
    """The `input` of a well-formed body as items; a text is a message of the user."""
    given = body["input"]
    if isinstance(given, str):
        return [{"role": "user", "content": given}] if given else []
    return list(given)


def _check_one_history(body: Mapping[str, Any]) -> None:
    if body.get("conversation") is not None and body.get("previous_response_id") is not None:
        text = (
            "Mutually exclusive parameters: ''. Ensure you are only providing one of: "
            "'pre..._id' or 'conversation'."
        )
        raise ApiError(text, code="mutually_exclusive_parameters")


def _refers(body: Mapping[str, Any]) -> bool:
    kinds = map(kind_of, input_items(body))
    return body.get("previous_response_id") is not None or "item_reference" in kinds


def _earlier(body: Mapping[str, Any], memory: Memory | None) -> tuple[Item, ...]:
    wanted = body.get("previous_response_id")
    if wanted is None or memory is None:
        return ()
    stored = memory.get(wanted)
    if stored is None or stored.id != wanted:  # the id of an item finds its response, too
        text = f"Previous response with id '{wanted}' not found."
        raise ApiError(text, code="previous_response_not_found", param="previous_response_id")
    return stored.items


def _resolved(body: Mapping[str, Any], memory: Memory | None) -> Iterator[Entry]:
    for at, item in enumerate(input_items(body)):
        if memory is None:
            if kind_of(item) != "item_reference":
                yield Entry(at, item)
            continue
        if _must_be_stored(item):
            found = written(memory, item["id"])
            if found is None:
                raise _not_found(item["id"], body)
            item = found[0] if kind_of(item) == "item_reference" else item
        yield Entry(at, item)


def _must_be_stored(item: Item) -> bool:
    """A reference says nothing itself, and reasoning only says what it is when it is encrypted."""
    if kind_of(item) == "item_reference":
        return True
    bare = kind_of(item) == "reasoning" and not item.get("encrypted_content")
    return bare and item.get("id") is not None


def _not_found(item_id: str, body: Mapping[str, Any]) -> ApiError:
    text = f"Item with id '{item_id}' not found."
    if body.get("store") is False:
        text += (
            " Items are not persisted when `store` is set to false. Try again with `store` set to "
            "true, or remove this item from your input."
        )
    return ApiError(text, status=404, param="input")  # inferred: the param


def written(memory: Memory, item_id: str) -> tuple[Item, tuple[Item, ...], int] | None:
    """A stored item, the output it stands in and its place there; None if it is not stored."""
    stored = memory.get(item_id)
    for place, item in enumerate(stored.output if stored else ()):
        if stored and item.get("id") == item_id:
            return item, stored.output, place
    return None


# --- What does not fit together -------------------------------------------------------------------


def check(row: Row, memory: Memory | None) -> None:
    """Raises for an item sent twice (row 54) and for reasoning torn from its item (rows 52, 53)."""
    if memory is None:
        return
    _check_twice(row, memory)
    present = {entry.item.get("id") for entry in row.entries}
    followers = [*row.entries[1:], None]  # one too many where nothing was sent at all
    for entry, follower in zip(row.entries, followers, strict=False):
        found = written(memory, str(entry.item.get("id"))) if entry.at >= 0 else None
        if found:
            _check_reasoning(found, present, follower)


def _check_twice(row: Row, memory: Memory) -> None:
    seen: dict[str, int] = {}
    for at, item in row.entries:
        item_id = item.get("id")
        if item_id is None:
            continue
        # inferred: that an item of which nothing is stored may come twice. Measured for reasoning
        # with `store: false` (gpt-5-nano and gpt-5.4-mini, 2026-09-10).
        again = at >= 0 and item_id in seen
        if again and (seen[item_id] < 0 or written(memory, item_id)):
            text = (
                f"Duplicate item found with id {item_id}. Remove duplicate items from your input "
                "and try again."
            )
            raise ApiError(text, param="input")
        seen.setdefault(item_id, at)


def _check_reasoning(
    found: tuple[Item, tuple[Item, ...], int], present: set[Any], follower: Entry | None
) -> None:
    item, output, place = found
    if kind_of(item) == "reasoning":
        after = output[place + 1] if place + 1 < len(output) else None
        if after is not None and not (follower and _same(after, follower.item)):
            text = f"Item '{item['id']}' of type 'reasoning' was provided without its required following item."
            raise ApiError(text, param="input")
        return
    thought = next((i for i in output[:place] if kind_of(i) == "reasoning"), None)
    if thought is not None and thought["id"] not in present:
        text = (
            f"Item '{item['id']}' of type '{item['type']}' was provided without its required "
            f"'reasoning' item: '{thought['id']}'."
        )
        raise ApiError(text, param="input")


def _same(stored: Item, sent: Item) -> bool:
    # inferred: that a call is known by its call_id where its id was left out. A message without its
    # id is not known (row 53).
    call_id = stored.get("call_id")
    return sent.get("id") == stored["id"] or (
        call_id is not None and kind_of(sent) == stored["type"] and sent.get("call_id") == call_id
    )


# --- Writing --------------------------------------------------------------------------------------


def remember(memory: Memory, body: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """Keep a response that was written to a request, unless the request said `store: false`.

    :param body: the request, as `read` accepted it with the same memory.
    :param response: what `write` made, or the `response` of a stream's last event.
    """
    if body.get("store") is False:
        return
    output = tuple(response["output"])
    said = tuple(entry.item for entry in gather(body, memory).entries)
    stored = Stored(id=response["id"], items=said + output, output=output)
    for key in (stored.id, *(item["id"] for item in output)):
        memory[key] = stored
