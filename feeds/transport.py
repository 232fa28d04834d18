"""Transport: WebSockets and REST requests, and the only file that knows a socket library.

The library is loaded at the first connection, in a thread: it takes a quarter of a second that
the screen does not have. Certificates are always verified. No ping is sent of our own accord
(venues count them against the messages we may send); the server's pings are answered.
"""

import asyncio
import errno
import os
import re
import ssl
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from feeds.errors import ConfigError, FeedError
from feeds.proxy import Proxies, Proxy
from feeds.reads import Reads
from feeds.resolver import connector
from feeds.timing import Timing
from feeds.version import __version__

if TYPE_CHECKING:
    import aiohttp

LARGEST_FRAME = 32 * 2**20
"""Bytes; whole-book snapshots of some venues have many."""

_ABNORMAL = 1006
"""WebSocket close code of a line that went without a farewell."""
_ERRNO_WORDS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EHOSTUNREACH: "no route to it, is the network up?",
    errno.ENETUNREACH: "no route to it, is the network up?",
    errno.ETIMEDOUT: "no answer",
}


class Unreachable(FeedError):
    """A host that does not answer, or not with a welcome. `status` is its HTTP answer, if any."""

    def __init__(
        self, reason: str, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(reason, status, retry_after)
        self.reason, self.status, self.retry_after = reason, status, retry_after

    def __str__(self) -> str:
        return self.reason


class Response(NamedTuple):
    """What a REST service answered; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Read(NamedTuple):
    """Frames that came with one read of a socket, in order."""

    at: int
    """When the bytes that completed them were read, ns since the epoch."""
    frames: list[bytes | str]
    """At least one."""
    full: bool = False
    """Whether this was as much as one read takes: more is waiting to be read."""


class Connection(Protocol):
    """An open WebSocket."""

    async def receive(self) -> Read:
        """Return the frames of the next read; raise Unreachable when the line is gone."""
        ...

    async def send(self, frame: str) -> None:
        """Write a text frame; raise Unreachable when the line is gone."""
        ...


class Transport(Protocol):
    """The way out: whoever holds one can reach hosts."""

    def connect(self, url: str) -> AbstractAsyncContextManager[Connection]:
        """Open a WebSocket for the length of a `with`; raise Unreachable when that fails."""
        ...

    async def get(self, url: str) -> Response:
        """Ask for a document; raise Unreachable when there is no answer at all."""
        ...

    async def post(self, url: str, body: bytes) -> Response:
        """Ask for what is not a document; raise Unreachable when there is no answer at all."""
        ...

    async def close(self) -> None:
        """Let go of everything that is still open."""
        ...


class _Way(NamedTuple):
    """How an address is reached."""

    session: "aiohttp.ClientSession"
    host: str
    """Its name for people, and the proxy's."""
    proxy: str | None = None
    headers: dict[str, str] | None = None
    """For the proxy."""


class Network:
    """The internet, through aiohttp, and through the proxies that the environment names."""

    def __init__(
        self,
        timing: Timing | None = None,
        clock: Callable[[], int] = time.time_ns,
        proxies: Proxies | None = None,
    ) -> None:
        self._timing = timing or Timing()
        self._clock = clock
        self._proxies = proxies or Proxies(os.environ)
        self._sessions: dict[Proxy | None, aiohttp.ClientSession] = {}

    @asynccontextmanager
    async def connect(self, url: str) -> AsyncIterator[Connection]:
        """Open a WebSocket for the length of a `with`."""
        way = await self._way(url)
        import aiohttp

        try:
            async with asyncio.timeout(self._timing.answer):
                socket = await way.session.ws_connect(
                    url,
                    proxy=way.proxy,
                    proxy_headers=way.headers,
                    # permessage-deflate costs 3-15 us a message.
                    compress=0,
                    max_msg_size=LARGEST_FRAME,
                    timeout=aiohttp.ClientWSTimeout(ws_close=self._timing.goodbye),
                )
        except _failures() as error:
            raise _unreachable(way.host, error) from error
        try:
            yield _Socket(socket, _host(url), self._clock)
        finally:
            await socket.close()

    async def get(self, url: str) -> Response:
        """Ask for a document."""
        return await self._ask("GET", url, None)

    async def post(self, url: str, body: bytes) -> Response:
        """Ask for what is not a document."""
        return await self._ask("POST", url, body)

    async def _ask(self, method: str, url: str, body: bytes | None) -> Response:
        way = await self._way(url)
        kind = None if body is None else {"Content-Type": "application/json"}
        try:
            async with (
                asyncio.timeout(self._timing.body),
                way.session.request(
                    method,
                    url,
                    data=body,
                    headers=kind,
                    allow_redirects=False,
                    proxy=way.proxy,
                    proxy_headers=way.headers,
                ) as response,
            ):
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Response(response.status, headers, await response.read())
        except _failures() as error:
            raise _unreachable(way.host, error) from error

    async def parts(self, url: str, start: int = 0) -> AsyncGenerator[tuple[int, bytes]]:
        """The HTTP status and nothing, and then with it what a document holds from a byte on.

        Where the status is 200 it is the whole document that comes, whatever was asked for.
        """
        way = await self._way(url)
        import aiohttp

        headers = {"Range": f"bytes={start}-"} if start else {}
        patience = aiohttp.ClientTimeout(total=None, sock_read=self._timing.body)
        try:
            async with way.session.get(
                url,
                headers=headers,
                allow_redirects=False,
                timeout=patience,
                proxy=way.proxy,
                proxy_headers=way.headers,
            ) as response:
                yield response.status, b""
                if response.status in {200, 206}:
                    async for part in response.content.iter_any():
                        yield response.status, part
        except _failures() as error:
            raise _unreachable(way.host, error) from error

    async def close(self) -> None:
        """Let go of everything that is still open."""
        while self._sessions:
            await self._sessions.popitem()[1].close()

    async def _way(self, url: str) -> _Way:
        try:
            host, proxy = _host(url), self._proxies.of(url)
        except ConfigError as error:
            raise Unreachable(f"cannot reach {_host(url)}: {error}") from error
        except ValueError as error:
            raise Unreachable(f"cannot reach {url.partition('?')[0]}: not an address") from error
        if proxy is None:
            return _Way(await self._session(None), host)
        host = f"{host} through {proxy.name}"
        if proxy.socks:
            return _Way(await self._session(proxy), host)
        return _Way(await self._session(None), host, f"http://{proxy.name}", proxy.headers)

    async def _session(self, socks: Proxy | None) -> "aiohttp.ClientSession":
        await asyncio.to_thread(import_module, "aiohttp")
        import aiohttp

        if socks is not None:
            await asyncio.to_thread(_load_socks)
        if socks not in self._sessions:
            trace = aiohttp.TraceConfig()
            # Of sockets nothing else keeps the library from following redirects.
            trace.on_request_redirect.append(_stay)
            self._sessions[socks] = aiohttp.ClientSession(
                connector=connector(socks),
                timeout=aiohttp.ClientTimeout(total=None),
                headers={"User-Agent": f"tapetop/{__version__}"},
                trace_configs=[trace],
            )
        return self._sessions[socks]


class _Socket:
    """One open WebSocket of aiohttp."""

    def __init__(
        self, socket: "aiohttp.ClientWebSocketResponse", host: str, clock: Callable[[], int]
    ) -> None:
        import aiohttp

        self._socket, self._host = socket, host
        self._text, self._binary = aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY
        # Names of aiohttp's own. Without the first two, frames come one by one; without the third,
        # they are timed when they are handed over.
        reader = getattr(socket, "_reader", None)
        self._waiting: Sequence[Any] = getattr(reader, "_buffer", ())
        self._take = getattr(reader, "read", socket.receive)
        self._reads = Reads(self._waiting, clock)
        if (response := getattr(socket, "_response", None)) is not None:
            self._reads.listen(response.connection.transport)

    async def receive(self) -> Read:
        reads, waiting, take = self._reads, self._waiting, self._take
        text, binary = self._text, self._binary
        if waiting:
            # Of what is at hand one read is enough at a time: others have a turn.
            await asyncio.sleep(0)
        else:
            reads.forget()
        frames = [self._frame(await self._socket.receive())]
        at, count = reads.oldest()
        # What was parsed already is there without waiting.
        while waiting and len(frames) < count:
            kind = waiting[0][0].type
            if kind is not text and kind is not binary:
                break
            frames.append((await take()).data)
        reads.took(len(frames))
        return Read(at, frames, reads.full)

    def _frame(self, message: "aiohttp.WSMessage") -> bytes | str:
        if message.type is self._text or message.type is self._binary:
            frame: bytes | str = message.data
            return frame
        raise Unreachable(f"{self._host} {_farewell(message, self._socket.close_code)}")

    async def send(self, frame: str) -> None:
        try:
            await self._socket.send_str(frame)
        except OSError as error:
            raise _unreachable(self._host, error) from error


async def _stay(
    session: "aiohttp.ClientSession", context: object, led: "aiohttp.TraceRequestRedirectParams"
) -> None:
    """Take a redirect for a refusal: it would lead away from the host whose limits are kept."""
    import aiohttp

    answer = led.response
    answer.close()
    raise aiohttp.WSServerHandshakeError(
        answer.request_info, (), status=answer.status, headers=answer.headers
    )


def _load_socks() -> None:
    try:
        import_module("aiohttp_socks")
    except ImportError as error:
        raise Unreachable("a SOCKS proxy needs the extra tapetop[socks]") from error


def _failures() -> tuple[type[Exception], ...]:
    """What goes wrong on the way to a host."""
    import aiohttp

    socks = sys.modules.get("aiohttp_socks")
    if socks is None:
        return aiohttp.ClientError, OSError, TimeoutError, ValueError
    theirs = socks.ProxyError, socks.ProxyConnectionError, socks.ProxyTimeoutError
    return aiohttp.ClientError, OSError, TimeoutError, ValueError, *theirs


def retry_after(text: str | None) -> float | None:
    """The seconds of a Retry-After header; None where there is none or it is a date."""
    if text is None or re.fullmatch(r"\s*\d{1,9}(\.\d+)?\s*", text) is None:
        return None
    return float(text)


def _host(url: str) -> str:
    """The host of an address as people name it; the port where it is not the usual one."""
    parts = urlsplit(url)
    usual = ":443" if parts.scheme in {"wss", "https"} else ":80"
    return parts.netloc.rpartition("@")[2].removesuffix(usual)


def _farewell(message: "aiohttp.WSMessage", code: int | None) -> str:
    """How a connection ended, in words."""
    if isinstance(message.data, Exception):
        return f"sent something that is no WebSocket message: {message.data}"
    if code is None or code == _ABNORMAL:
        return "cut the connection"
    said = f": {message.extra}" if message.extra else ""
    return f"closed the connection (code {code}{said})"


def _unreachable(host: str, error: Exception) -> Unreachable:
    """The same failure in words for the one who watches the market."""
    import aiohttp

    match error:
        case aiohttp.ClientHttpProxyError():
            reason = f"cannot reach {host}: the proxy answers HTTP {error.status}"
        case aiohttp.WSServerHandshakeError():
            pause = retry_after(error.headers.get("Retry-After") if error.headers else None)
            return Unreachable(f"{host} answers HTTP {error.status}", error.status, pause)
        case aiohttp.ClientConnectorDNSError():
            reason = f"cannot find {host}: no such host, or no network"
        case aiohttp.ClientConnectorCertificateError():
            reason = f"cannot trust {host}: {_certificate(error.certificate_error)}"
        case aiohttp.ClientSSLError():
            reason = f"cannot reach {host}: it does not speak TLS"
        case TimeoutError():
            reason = f"cannot reach {host}: no answer in time"
        case ValueError() if not isinstance(error, OSError):
            reason = f"cannot reach {host}: not an address"
        case _:
            reason = f"cannot reach {host}: {_cause(error)}"
    return Unreachable(reason)


def _certificate(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"bad certificate, {error.verify_message}"
    return "bad certificate"


def _cause(error: Exception) -> str:
    import aiohttp

    # The library of SOCKS proxies keeps the system's error behind one of its own.
    for known in (error, error.__cause__):
        if isinstance(known, OSError) and known.errno in _ERRNO_WORDS:
            return _ERRNO_WORDS[known.errno]
    if isinstance(error, aiohttp.ClientError | OSError):
        return "the connection was cut"
    return f"the proxy says: {error}"
