"""The live page: its files, and the door to it where the room has a key."""

from __future__ import annotations

from importlib.resources import files
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from fanout.simulator.room import guard
from fanout.simulator.room.guard import COOKIE, Refused
from fanout.simulator.room.room import Room

_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
ASSETS = ("room.css", "room.js", "draw.js", "icon.svg")
LONGEST_FORM = 4_096
WRONG = (
    '<p class="wrong" role="alert">That is not the key of this room. '
    "It is the one that was given to <code>fanout serve --key</code>.</p>"
)

# Only this server's own files run or are shown, and nothing may frame or leave the page.
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def routes(room: Room) -> list[Route]:
    """The page at `/`, its files, and the door."""

    async def show(request: Request) -> Response:
        return _page(room, request)

    async def enter(request: Request) -> Response:
        raw = (await request.body())[:LONGEST_FORM]
        given = parse_qs(raw.decode("utf-8", "replace")).get("key", [""])[0]
        return _let_in(room, given.strip())

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        return _file(name) if name in ASSETS else JSONResponse({"error": "No such file."}, 404)

    return [
        Route("/", show, methods=["GET"]),
        Route("/fanout/enter", enter, methods=["POST"]),
        Route("/fanout/page/{name}", asset, methods=["GET"]),
    ]


def _page(room: Room, request: Request) -> Response:
    """The page; the door, if the visitor has not shown the key; the key itself leaves the address."""
    if room.key is not None and "key" in request.query_params:
        return _let_in(room, request.query_params["key"])
    try:
        guard.check(room, request)
    except Refused as refused:
        if refused.status == 401:
            return _door()
        return JSONResponse({"error": {"message": str(refused)}}, refused.status)
    return _file("room.html")


def _let_in(room: Room, given: str) -> Response:
    if room.key is None or not guard.same(given, room.key):
        return _door(WRONG)
    response = RedirectResponse("/", 303, headers=_HEADERS)
    response.set_cookie(COOKIE, room.ticket, httponly=True, samesite="lax", path="/")
    return response


def _door(remark: str = "") -> Response:
    """The form that asks for the key, with a remark above it."""
    text = _read("door.html").decode("utf-8").replace("<!-- remark -->", remark)
    return HTMLResponse(text, 401, headers=_HEADERS)


def _file(name: str) -> Response:
    kind = _TYPES[name.rpartition(".")[2]]
    return Response(_read(name), headers=_HEADERS, media_type=f"{kind}; charset=utf-8")


def _read(name: str) -> bytes:
    return files("fanout.simulator.room").joinpath("page", name).read_bytes()
