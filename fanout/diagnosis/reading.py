"""What an error says: from an exception of either SDK, an error body, or a text from a log.

Neither SDK is imported: an exception is known by what it carries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LETTERS, LINES = 20_000, 40
"""How much of a long text is looked at, from its end."""

_PATHS = {"/chat/completions": "chat", "/responses": "responses", "/messages": "claude"}
_STATUS = re.compile(
    r"(?:Error code:|API Error:|HTTP[/ ][\d.]*|status(?:_code)?[\"']?[:=]?)\s*(\d{3})\b",
    re.IGNORECASE,
)
_CLASS = re.compile(r"\b(?:(openai|anthropic)\.)?(\w*(?:Error|Exception|Timeout))\b(?=:|\(|$|\n)")


@dataclass(frozen=True, kw_only=True)
class Said:
    """An error as far as it can be read. Lists are in the order in which to try them."""

    texts: tuple[str, ...]
    """What may be the API's message, the likeliest first; white space is single spaces."""
    status: int | None = None
    param: str | None = None
    api: str | None = None
    provider: str | None = None
    """`openai` or `anthropic`, where it shows."""
    errors: tuple[str, ...] = ()
    """Names of exceptions."""


def read(error: object) -> Said:
    """What was said.

    :param error: an exception (also one that wraps the SDK's, or a group), an error body, or a text.
    :raises TypeError: it is none of these.
    """
    if isinstance(error, BaseException):
        return _from_exception(next(_sdk_errors(error, set()), error))
    if isinstance(error, Mapping):
        return _from_body(error)
    if isinstance(error, str):
        return _from_text(error)
    raise TypeError(
        "explain wants an exception, as `except … as error` gives it, or the text of an error; "
        f"this is a value of type `{type(error).__name__}`."
    )


def _sdk_errors(error: BaseException, seen: set[int]) -> Iterator[BaseException]:
    """The SDKs' exceptions in, behind and around an exception."""
    if id(error) in seen:
        return
    seen.add(id(error))
    if hasattr(error, "body") and hasattr(error, "request"):
        yield error
    around = None if error.__suppress_context__ else error.__context__
    behind = (error.__cause__, around, *getattr(error, "exceptions", ()))
    for other in behind:
        if isinstance(other, BaseException):
            yield from _sdk_errors(other, seen)


def _from_exception(error: BaseException) -> Said:
    body = getattr(error, "body", None)
    inner = _from_body(body) if isinstance(body, Mapping) else Said(texts=())
    names = tuple(kind.__name__ for kind in type(error).__mro__ if kind.__module__ != "builtins")
    module = type(error).__module__.split(".")[0]
    rest = _from_text(str(error))
    return Said(
        texts=inner.texts + rest.texts,
        status=getattr(error, "status_code", None) or rest.status,
        param=getattr(error, "param", None) or inner.param or rest.param,
        api=_api_of(error) or rest.api,
        provider=module if module in ("openai", "anthropic") else rest.provider,
        errors=names + rest.errors,
    )


def _api_of(error: BaseException) -> str | None:
    """Which API was asked, by the path of the request."""
    url = getattr(getattr(error, "request", None), "url", None)
    path = str(getattr(url, "path", ""))
    return next((api for end, api in _PATHS.items() if path.endswith(end)), None)


def _from_body(body: Mapping[str, Any]) -> Said:
    inner = body.get("error")
    error = inner if isinstance(inner, Mapping) else body
    message, param = error.get("message"), error.get("param")
    if not isinstance(message, str):
        return Said(texts=())
    return Said(
        texts=(_spaced(message),),
        param=param if isinstance(param, str) else None,
        api="claude" if body.get("type") == "error" else None,
    )


def _from_text(text: str) -> Said:
    """What a log, a traceback or a bare message says."""
    # The end of a log or a traceback is where the error stands.
    text = text[-LETTERS:]
    plain = re.sub(r"\\+([\"'])", r"\1", text).replace("\\n", "\n").replace("\\/", "/")
    status = _STATUS.search(plain)
    classes = _CLASS.findall(plain)
    providers = [provider for provider, _ in classes if provider]
    param = re.search(r"[\"']param[\"']: ?[\"']([^\"']+)[\"']", plain)
    return Said(
        texts=tuple(dict.fromkeys(filter(None, _candidates(plain)))),
        status=int(status[1]) if status else None,
        param=param[1] if param else None,
        api="claude" if re.search(r"[\"']type[\"']: ?[\"']error[\"']", plain) else None,
        provider=providers[-1] if providers else None,
        errors=tuple(name for _, name in reversed(classes)),
    )


def _candidates(text: str) -> Iterator[str]:
    """Pieces of a text that may be the message as it was sent, and the text as a whole."""
    for quote in "'\"":
        end = rf"{quote}(?=\s*[,}}])"
        yield from map(
            _spaced, re.findall(rf"[\"']message[\"']: ?{quote}(.*?){end}", text, re.DOTALL)
        )
    for line in reversed(text.splitlines()[-LINES:]):
        _, found, message = line.rpartition("Error code: ")
        if found:
            yield _spaced(message[6:])  # Behind "400 - ".
    yield _spaced(text)


def _spaced(text: str) -> str:
    return " ".join(text.split())
