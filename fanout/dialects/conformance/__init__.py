"""What a provider answers to which request, as data: the cases, and how an answer is compared.

The same cases drive the dialect in the tests, a server over HTTP, and any other endpoint that says
it speaks the API. The data files explain their own fields.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal

from fanout.dialects.conformance.requests import build, spell

FIELDS = ("type", "code", "param", "message")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One request and the answer that the provider gives to it."""

    api: str
    row: str
    title: str
    request: dict[str, Any]
    """The whole JSON body to send. Each `cases()` gives the same object: copy it to change it."""
    headers: Mapping[str, str | None]
    """Headers that belong to the case. None: the header must be left away. A case that does not
    name `authorization` is sent with the caller's own, good key."""
    status: int
    expected: Mapping[str, str | None]
    """type, code, param and message of the error; empty for an accepted request."""
    mark: Literal["V", "M", "D", "V-part", "I"]
    inferred: tuple[str, ...] = ()
    """Which of `status` and the expected fields no source shows."""
    source: str
    note: str = ""
    older: tuple[str, ...] = field(default=())
    stored: tuple[Mapping[str, Any], ...] = field(default=())
    """Responses that the API must remember before the request is sent: `id`, the items `before` its
    own, and its `output`. An endpoint whose memory cannot be filled cannot be asked such a case."""

    def __str__(self) -> str:
        return f"{self.row}: {self.title}"


def cases(api: str = "chat") -> tuple[Case, ...]:
    """Every case of an API, in the order of its file."""
    return _load(api)[0]


def outside(api: str = "chat") -> Mapping[str, str]:
    """The rows of the error table that have no case, each with the reason."""
    return _load(api)[1]


def differences(
    case: Case, status: int, body: object, *, verbatim_only: bool = False
) -> tuple[str, ...]:
    """How an answer differs from the case, one sentence each; nothing means it agrees.

    :param body: the answer's JSON body.
    :param verbatim_only: leave out what is only inferred, as fits an answer of the real API.
    """
    skip = case.inferred if verbatim_only else ()
    error = body.get("error") if isinstance(body, dict) else None
    came = {"status": status} | (error if isinstance(error, dict) else {})
    wanted = {"status": case.status} | dict(case.expected)
    return tuple(
        _different(name, value, came.get(name))
        for name, value in wanted.items()
        if name not in skip and came.get(name) != value
    )


def _different(name: str, wanted: object, came: object) -> str:
    return f"{name} should be {wanted!r}, but is {came!r}."


@cache
def _load(api: str) -> tuple[tuple[Case, ...], Mapping[str, str]]:
    text = resources.files(__name__).joinpath(f"{api}.toml").read_text("utf-8")
    data = tomllib.loads(text)
    found = tuple(_case(api, entry) for entry in data["case"])
    return found, {entry["row"]: entry["why"] for entry in data["out"]}


def _case(api: str, entry: Mapping[str, Any]) -> Case:
    status = entry.get("status", 400)
    error = _DEFAULTS.get(api, {"code": None, "param": None}) | {"type": "invalid_request_error"}
    given = {name: entry[name] for name in FIELDS if name in entry}
    return Case(
        api=api,
        row=entry["row"],
        title=entry["title"],
        request=_request(api, entry),
        headers=_headers(entry),
        status=status,
        expected={} if status == 200 else error | given,
        mark=entry["mark"],
        inferred=tuple(entry.get("inferred", ())),
        source=entry["source"],
        note=entry.get("note", ""),
        older=tuple(entry.get("older", ())),
        stored=tuple(spell(one, api) for one in json.loads(entry.get("stored", "[]"))),
    )


def _request(api: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    body = build(json.loads(entry["request"]), api)
    return {key: value for key, value in body.items() if key not in entry.get("without", ())}


_DEFAULTS: Mapping[str, dict[str, str | None]] = {"claude": {}}
"""What an error has beside type and message, where it is not a null code and a null param."""


def _headers(entry: Mapping[str, Any]) -> Mapping[str, str | None]:
    if "headers" in entry:
        return {name: value or None for name, value in entry["headers"].items()}
    if "key" not in entry:
        return {}
    return {"authorization": f"Bearer {entry['key']}" if entry["key"] else None}
