"""The record of a room as JSON: what was asked, called, answered, and when. Never a key."""

from __future__ import annotations

from typing import Any

from fanout.recording import Exchange
from fanout.simulator.room.book import Entry
from fanout.trace import exchange_turns, new_results, reply_to


def line(entry: Entry, zero: float) -> dict[str, Any]:
    """One exchange. Times are seconds since `zero`; of one in flight the end is null."""
    exchange = entry.exchange
    ended = exchange.ended
    common = {
        "number": exchange.number,
        "changed": entry.changed,
        "client": exchange.client,
        "kind": exchange.kind,
        "path": exchange.path,
        "started": round(exchange.started - zero, 4),
        "ended": None if ended is None else round(ended - zero, 4),
        "status": exchange.status,
        "error": exchange.error,
        "faults": list(exchange.faults),
    }
    if ended is None:  # what came in is cut, and freed of keys, when it is over
        return common
    return common | (_of_model(exchange) if exchange.kind == "model" else _of_service(exchange))


def _of_model(exchange: Exchange) -> dict[str, Any]:
    heard, reply = exchange.conversation, reply_to(exchange)
    asked = [turn.text for turn in exchange_turns(exchange) if turn.role == "user" and turn.text]
    return {
        "model": exchange.request.get("model", ""),
        "stream": bool(heard and heard.stream),
        "tokens": exchange.tokens,
        "asked": asked[-1] if asked else None,
        "results": [
            {"id": r.call_id, "content": r.content, "is_error": r.is_error}
            for r in new_results(exchange)
        ],
        "text": reply.text if reply else None,
        "calls": [
            {"id": c.id, "name": c.name, "arguments": c.arguments}
            for c in (reply.calls if reply else ())
        ],
    }


def _of_service(exchange: Exchange) -> dict[str, Any]:
    return {"request": exchange.request, "response": exchange.response}
