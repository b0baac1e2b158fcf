"""What goes live: which provider, at which address, with which key. Light: `start()` imports it.

A key belongs to a host. `OPENAI_API_KEY` goes to the host for which it was meant: that of
`OPENAI_BASE_URL` where it was set before `start()`, and the provider's own otherwise. Any other
address gets the key in `FANOUT_LIVE_OPENAI_KEY`, or none.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from fanout.simulator.live.key import Key

if TYPE_CHECKING:
    import httpx2

Wanted = str | Mapping[str, str | None]
"""Names ("openai,anthropic"), a name with an address ("openai=http://127.0.0.1:11434/v1"), an
address alone (OpenAI's API is meant), or a mapping of names to addresses; None is the usual one."""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A provider as an SDK knows it: its address, and the variables in which a person sets things."""

    name: str
    home: str
    """The base URL as its SDK has it: OpenAI's ends with /v1, Anthropic's does not."""
    key: str
    url: str
    serves: Mapping[str, str]
    """Our paths, each with what the request's address has after the base URL."""

    @property
    def live_key(self) -> str:
        """The variable for the key of an address that is not the provider's."""
        return f"FANOUT_LIVE_{self.key}".replace("_API_KEY", "_KEY")


PROVIDERS: Mapping[str, Provider] = {
    "openai": Provider(
        name="openai",
        home="https://api.openai.com/v1",
        key="OPENAI_API_KEY",
        url="OPENAI_BASE_URL",
        serves={
            "/v1/chat/completions": "/chat/completions",
            "/v1/responses": "/responses",
        },
    ),
    "anthropic": Provider(
        name="anthropic",
        home="https://api.anthropic.com",
        key="ANTHROPIC_API_KEY",
        url="ANTHROPIC_BASE_URL",
        serves={"/v1/messages": "/v1/messages"},
    ),
}


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """Where the requests of one provider go."""

    provider: Provider
    base: str
    key: Key | None
    missing: str = ""
    """Why no request can go there, and what to do; empty when all is well."""

    @property
    def host(self) -> str:
        """The host, with its port where one is named."""
        return urlsplit(self.base).netloc

    def address(self, path: str) -> str:
        """The address to which a request on one of our paths goes."""
        return self.base + self.provider.serves[path]

    def notice(self) -> str:
        """A clause for the printed line: where the requests go and who pays."""
        if self.missing:
            return f"{self.provider.name} requests cannot go to {self.host} yet: {self.missing}"
        billed = _origin(self.base) == _origin(self.provider.home)
        known = "and are billed to your key" if billed else "with your key"
        paid = known if self.key else "without a key"
        return f"{self.provider.name} requests go to {self.host} {paid}"


@dataclass(kw_only=True)
class Live:
    """What of one far end is live. Two that say the same are equal."""

    upstreams: Mapping[str, Upstream]
    """By the provider's name."""
    entrance: str
    """The key that clients must send here: whoever reaches the port spends somebody's money."""
    connect_s: float = 10.0
    """How long a connection may take."""
    silence_s: float = 600.0
    """How long a provider may say nothing; as long as the SDKs wait."""
    _client: httpx2.AsyncClient | None = field(default=None, repr=False, compare=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, repr=False, compare=False)

    def upstream(self, path: str) -> Upstream | None:
        """Where requests on this path go; None for what stays offline."""
        return next((u for u in self.upstreams.values() if path in u.provider.serves), None)

    def notice(self) -> str:
        """The line that says what is live and what it costs."""
        clauses = "; ".join(upstream.notice() for upstream in self.upstreams.values())
        return f"fanout: LIVE: {clauses}; the rest is offline."

    def client(self) -> httpx2.AsyncClient:
        """The connections to the providers, made in the loop of the server that first needs them."""
        if self._client is None:
            import httpx2

            from fanout.simulator.live.logs import hide

            for upstream in self.upstreams.values():
                if upstream.key is not None:
                    hide(upstream.key)
            self._loop = asyncio.get_running_loop()
            self._client = httpx2.AsyncClient(
                timeout=httpx2.Timeout(self.silence_s, connect=self.connect_s),
                limits=httpx2.Limits(max_connections=None),
                follow_redirects=False,
                # A proxy would read what goes over http, the key included.
                mounts={"http://": None},
            )
        return self._client

    def close(self) -> None:
        """Hang up on the providers. Called from another thread than the server's."""
        client, loop, self._client = self._client, self._loop, None
        if client is not None and loop is not None and loop.is_running():
            with contextlib.suppress(TimeoutError):
                asyncio.run_coroutine_threadsafe(client.aclose(), loop).result(timeout=2)


def choose(wanted: Wanted, environment: Mapping[str, str], entrance: str) -> Live | None:
    """What goes live; None when nothing is wanted.

    Raises `ValueError` for a provider that is not known and for an address that is none.

    :param environment: as the person set it, before `start()` changed it.
    :param entrance: the key that clients must send.
    """
    upstreams = {
        name: _upstream(_provider(name), address, environment) for name, address in _entries(wanted)
    }
    return Live(upstreams=upstreams, entrance=entrance) if upstreams else None


def _entries(wanted: Wanted) -> Iterator[tuple[str, str]]:
    if isinstance(wanted, Mapping):
        yield from ((name, address or "") for name, address in wanted.items())
        return
    if not isinstance(wanted, str):
        raise TypeError(
            f"live is {wanted!r}, which names no provider. There are: {', '.join(PROVIDERS)}, as in "
            "fanout.start(live='openai')."
        )
    for entry in filter(None, map(str.strip, wanted.split(","))):
        if entry.startswith(("http://", "https://")):
            yield "openai", entry
        else:
            name, _, address = entry.partition("=")
            yield name.strip(), address.strip()


def _provider(name: str) -> Provider:
    if name not in PROVIDERS:
        raise ValueError(
            f"There is no provider {name!r} to go live with. There are: {', '.join(PROVIDERS)}; "
            "for a server that speaks one's API give its address, as in "
            "'openai=http://127.0.0.1:11434/v1'."
        )
    return PROVIDERS[name]


def _upstream(provider: Provider, address: str, environment: Mapping[str, str]) -> Upstream:
    meant = _checked(provider, environment.get(provider.url) or provider.home)
    base = _checked(provider, address) if address else meant
    variable = provider.key if _origin(base) == _origin(meant) else provider.live_key
    key, missing = _key(variable, environment)
    if not missing and key is None and _origin(base) == _origin(provider.home):
        missing = f"set {variable} in the environment before fanout.start()"
    return Upstream(provider=provider, base=base, key=key, missing=missing)


def _key(variable: str, environment: Mapping[str, str]) -> tuple[Key | None, str]:
    text = environment.get(variable, "").strip()
    try:
        return (Key(text) if text else None), ""
    except ValueError as error:
        return None, f"{variable} holds no key. {error}"


def _checked(provider: Provider, address: str) -> str:
    """The base URL without a slash at its end; raises `ValueError` for what is none."""
    parts = _split(address)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        example = "http://127.0.0.1:11434/v1"
        raise ValueError(
            f"The address for {provider.name} is not a base URL such as {example}: it needs "
            "http:// or https:// and a host."
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(
            f"The address for {provider.name} holds more than scheme, host and path. Put a key into "
            f"{provider.live_key}, and nothing of it into the address."
        )
    base = address.strip().rstrip("/")
    # OpenAI's base URL holds the version, Anthropic's does not, and people mix them up.
    return base.removesuffix("/v1") if provider.name == "anthropic" else base


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address.strip())
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return None
    return parts


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.casefold()
