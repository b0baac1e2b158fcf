"""OpenAI's answers before a body is read: the key and the model's name.

The texts are verbatim: rows 34, 35 and 36 of conformance/chat.toml, and rows 35b and 37 of
conformance/responses.toml for Responses, whose words differ.
"""

from __future__ import annotations

from fanout.dialects.errors import ApiError

KEYS_PAGE = "https://platform.openai.com/account/api-keys"


def read_key(authorization: str | None) -> str:
    """The key in an `Authorization` header; raises the 401 of row 35 where there is none."""
    key = _bearer(authorization)
    if not key:
        raise missing_key()
    return key


def read_responses_key(authorization: str | None) -> str:
    """The same for Responses, with the 401 of row 35b."""
    key = _bearer(authorization)
    if not key:
        raise ApiError("Missing bearer or basic authentication in header", status=401)
    return key


def _bearer(authorization: str | None) -> str:
    scheme, _, key = (authorization or "").strip().partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def missing_key() -> ApiError:
    """The 401 for a request without a key (row 35)."""
    text = (
        "You didn't provide an API key. You need to provide your API key in an Authorization "
        "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field "
        "(with blank username) if you're accessing the API from your browser and are prompted for "
        f"a username and password. You can obtain an API key from {KEYS_PAGE}."
    )
    return ApiError(text, status=401)


def bad_key(key: str) -> ApiError:
    """The 401 for a key that is not known, with the key masked (row 34)."""
    text = f"Incorrect API key provided: {masked(key)}. You can find your API key at {KEYS_PAGE}."
    return ApiError(text, status=401, code="invalid_api_key")


def masked(key: str) -> str:
    """The key as the API shows it: 8 characters, a star for each hidden one, the last 4.

    Verbatim: `sk-PMafP****E873`, and a very short key shown as it is.
    """
    # inferred: that a key of up to 12 characters is "very short", since nothing would be hidden.
    hidden = len(key) - 12
    return key if hidden <= 0 else f"{key[:8]}{'*' * hidden}{key[-4:]}"


def unknown_model(name: str) -> ApiError:
    """Chat Completions' 404 for a model that does not exist (row 36)."""
    text = f"The model `{name}` does not exist or you do not have access to it."
    return ApiError(text, status=404, code="model_not_found")


def unknown_responses_model(name: str) -> ApiError:
    """Responses' 400 for a model that does not exist (row 37)."""
    text = f"The requested model '{name}' does not exist."
    return ApiError(text, code="model_not_found", param="model")
