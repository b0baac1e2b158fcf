"""Who may watch and steer a room: whoever has its key, and no other site's page in any case."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from starlette.requests import Request

from fanout.simulator.room.clients import api_key
from fanout.simulator.room.room import Room

COOKIE = "fanout_room"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Refused(Exception):
    """The request may not be carried out; the text says why."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


def check(room: Room, request: Request) -> None:
    """Raise `Refused` unless the request may watch the room, or steer it if it is no GET."""
    _check_host(room, request)
    if not may_watch(room, request):
        raise Refused(
            "This room has a key. Send it as `Authorization: Bearer KEY`, or open the room's page "
            "and give it there.",
            401,
        )
    if request.method != "GET":
        _check_origin(request)


def may_watch(room: Room, request: Request) -> bool:
    """Whether the request carries the room's key, or the cookie of somebody who showed it."""
    if room.key is None:
        return True
    cookie = request.cookies.get(COOKIE, "")
    return same(api_key(request.headers), room.key) or same(cookie, room.ticket)


def same(given: str, wanted: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell how far they are."""
    return secrets.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _check_host(room: Room, request: Request) -> None:
    """A room without a key is for this machine: a page elsewhere that has its own name lead here
    (DNS rebinding) comes with that name."""
    name = urlsplit(f"//{request.headers.get('host', '')}").hostname
    if room.key is None and name not in LOOPBACK:
        raise Refused(
            f"This room is for this machine alone, and was asked for as {name}. Use 127.0.0.1, or "
            "start it with a key.",
            403,
        )


def _check_origin(request: Request) -> None:
    """Pages of other sites cannot send JSON here without asking first, and are told no."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and kind != "application/json":
        raise Refused("Send JSON, with `Content-Type: application/json`.", 415)
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise Refused(f"A page of {origin} may not steer this room.", 403)
