"""What a service remembers of the requests that carried an idempotency key.

The header `Idempotency-Key` is the usual name for it (Stripe's API; the IETF draft
`draft-ietf-httpapi-idempotency-key-header`): a client that does not know whether its request was
carried out sends it again under the same key, and the work is done once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fanout.simulator.services.declined import Declined

_BAD_REQUEST = 400


class Memory:
    """The answers of one service by key, the refusals among them."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Mapping[str, Any], dict[str, Any] | Declined]] = {}

    def once(
        self, key: str, asked: Mapping[str, Any], work: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        """Do the work, or give the answer that the same request got under this key.

        A refusal is kept too, but not that of a malformed request: it can be mended and sent again.
        The key with another request is a mistake of the client's: 422, as the IETF draft has it.
        """
        if key not in self._kept:
            answer = _outcome(work)
            if isinstance(answer, Declined) and answer.status == _BAD_REQUEST:
                raise answer
            self._kept[key] = asked, answer
        before, answer = self._kept[key]
        if before != asked:
            raise Declined(
                f"Idempotency-Key {key!r} came before with another request. Use a key of its own "
                "for each thing that is to be done once.",
                status=422,
            )
        if isinstance(answer, Declined):
            raise Declined(str(answer), answer.status)
        return dict(answer)

    def forget(self) -> None:
        """Forget all keys."""
        self._kept.clear()


def _outcome(work: Callable[[], dict[str, Any]]) -> dict[str, Any] | Declined:
    try:
        return work()
    except Declined as declined:
        return declined
