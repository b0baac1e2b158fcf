"""OpenAI's answers before a body is read: the key and the model's name.

The texts are verbatim (rows 34, 35 and 36 of conformance/chat.toml).
"""

from __future__ import annotations

from fanout.dialects.errors import ApiError

KEYS_PAGE = "https://platform.openai.com/account/api-keys"


def read_key(authorization: str | None) -> str:
    """The key in an `Authorization` header; raises the 401 of row 35 where there is none."""
    scheme, _, key = (authorization or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise missing_key()
    return key.strip()


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
