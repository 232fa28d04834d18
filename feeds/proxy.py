"""Proxy: the way out that the environment prescribes, in the variables that curl reads.

HTTPS_PROXY is for https and wss, HTTP_PROXY for http and ws, ALL_PROXY where these say nothing;
each may be written small, which then counts. NO_PROXY names hosts to reach directly, their
subdomains with them; `*` is all. This machine itself is never reached through a proxy.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from feeds.errors import ConfigError

_PORTS: Final = {
    "http": 80,
    "socks4": 1080,
    "socks4a": 1080,
    "socks5": 1080,
    "socks5h": 1080,
}
"""The kinds of proxies, and their usual ports."""


class Proxy(NamedTuple):
    """A proxy; a SOCKS one is always asked to look names up itself."""

    kind: str
    host: str
    port: int
    user: str = ""
    password: str = ""

    @property
    def socks(self) -> bool:
        """Whether it takes any connection, and not only those of HTTP."""
        return self.kind != "http"

    @property
    def name(self) -> str:
        """`host:port`, as people may read it: without a password."""
        return f"{self.host}:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        """What an HTTP proxy is told of who we are."""
        if not self.user:
            return {}
        login = b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"Proxy-Authorization": f"Basic {login}"}


class Proxies:
    """Which proxy each address is reached through, by the variables of an environment."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def of(self, url: str) -> Proxy | None:
        """The proxy of an address, None for none; ConfigError names the variable that has none."""
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        if _is_here(host) or self._direct(host):
            return None
        secure = parts.scheme in {"https", "wss"}
        for name in ("HTTPS_PROXY" if secure else "HTTP_PROXY", "ALL_PROXY"):
            if value := self._value(name):
                return _read(name, value)
        return None

    def _value(self, name: str) -> str:
        small = self._variables.get(name.lower())
        return (self._variables.get(name, "") if small is None else small).strip()

    def _direct(self, host: str) -> bool:
        for word in self._value("NO_PROXY").lower().split(","):
            named = word.strip().removeprefix("*").lstrip(".")
            if word.strip() == "*" or (named and (host == named or host.endswith(f".{named}"))):
                return True
        return False


def _is_here(host: str) -> bool:
    return host in {"localhost", "::1"} or host.startswith("127.")


def _read(name: str, value: str) -> Proxy:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        kind, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        kind, host, port = "", None, None
    if kind not in _PORTS or not host:
        # The value may hold a password.
        raise ConfigError(f"{name} is no proxy: http://HOST:PORT or socks5://HOST:PORT is expected")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Proxy(kind, host, port or _PORTS[kind], user, password)
