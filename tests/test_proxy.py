"""Proxies: what the environment says of them, and connections through some of this host."""

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Self, TypeAlias

import pytest
from aiohttp import web

from feeds.errors import ConfigError
from feeds.proxy import Proxies, Proxy
from feeds.timing import Timing
from feeds.transport import Network, Unreachable
from tests.exchange.tls import can_make, make_certificate, server_context
from tests.running import in_loop
from tui.doctor import proxy

VENUE = "venue.test"
"""A name that nobody can look up: who reaches it went through a proxy that knows it."""
QUICK = Timing(answer=5, body=5, goodbye=0.05)
ROOT = Path(__file__).resolve().parents[1]

Greeting: TypeAlias = Callable[
    ["Gate", asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, int | None]
]
"""What is said before anything is let through: the port that is wanted, if it may be had."""


@pytest.mark.parametrize(
    ("variables", "url", "name"),
    [
        ({}, "https://api.binance.com/x", None),
        ({"HTTPS_PROXY": "http://p:3128"}, "https://api.binance.com/x", "p:3128"),
        ({"HTTPS_PROXY": "http://p:3128"}, "wss://stream.binance.com:9443/ws", "p:3128"),
        ({"HTTPS_PROXY": "http://p:3128"}, "http://example.org", None),
        ({"HTTP_PROXY": "p"}, "ws://example.org/ws", "p:80"),
        ({"ALL_PROXY": "socks5h://p"}, "https://example.org", "p:1080"),
        ({"ALL_PROXY": "a:1", "https_proxy": "b:2", "HTTPS_PROXY": "c:3"}, "wss://e.org", "b:2"),
        ({"https_proxy": "", "HTTPS_PROXY": "c:3"}, "https://e.org", None),
        ({"ALL_PROXY": "p:1"}, "https://127.0.0.1:8443", None),
        ({"ALL_PROXY": "p:1"}, "http://localhost:8080", None),
        ({"ALL_PROXY": "p:1"}, "http://[::1]:8080", None),
        ({"ALL_PROXY": "p:1", "NO_PROXY": "x.org, binance.com"}, "https://api.binance.com", None),
        ({"ALL_PROXY": "p:1", "no_proxy": ".binance.com"}, "https://api.binance.com", None),
        ({"ALL_PROXY": "p:1", "NO_PROXY": "nance.com"}, "https://api.binance.com", "p:1"),
        ({"ALL_PROXY": "p:1", "NO_PROXY": "*"}, "https://api.binance.com", None),
    ],
)
def test_the_environment_says_which_proxy_an_address_has(
    variables: dict[str, str], url: str, name: str | None
) -> None:
    found = Proxies(variables).of(url)
    assert (found and found.name) == name


def test_a_login_is_for_the_proxy_and_nobody_else() -> None:
    found = Proxies({"HTTPS_PROXY": "http://me:a%40b@p:3128"}).of("https://e.org")
    assert found == Proxy("http", "p", 3128, "me", "a@b")
    assert found.headers == {"Proxy-Authorization": "Basic bWU6YUBi"}
    assert "a@b" not in found.name


@pytest.mark.parametrize(
    "value", ["https://p:1", "ftp://p:1", "http://", "http://p:x", "socks5://"]
)
def test_what_is_no_proxy_is_named_without_its_password(value: str) -> None:
    with pytest.raises(ConfigError, match=r"HTTPS_PROXY is no proxy: http://HOST:PORT or") as error:
        Proxies({"HTTPS_PROXY": value}).of("https://e.org")
    assert "hush" not in str(error.value)


SEE = """
import asyncio, sys
from feeds.transport import Network

async def see(host):
    network = Network()
    print((await network.get(f"https://{host}/paper")).body.decode())
    async with network.connect(f"wss://{host}/stream") as connection:
        await connection.send("hello")
        print(*(await connection.receive()).frames)
    await network.close()

asyncio.run(see(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of the venue's."""
    if not can_make():
        pytest.skip("openssl, which makes the certificate, is not installed")
    return make_certificate(tmp_path_factory.mktemp("tls"), VENUE)


@asynccontextmanager
async def venue(context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A host with a document and a stream that repeats what it hears; gives its port."""

    async def stream(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(f"heard {message.data}")
        return socket

    async def paper(request: web.Request) -> web.Response:
        return web.Response(text=f"for {request.headers['Host'].partition(':')[0]}")

    app = web.Application()
    app.router.add_get("/stream", stream)
    app.router.add_get("/paper", paper)
    runner = web.AppRunner(app, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


class Gate:
    """A proxy of this host: every name it is asked for is here."""

    def __init__(self, greet: Greeting) -> None:
        self.asked: list[str] = []
        self._greet = greet
        self.port = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Self]:
        """Let through for the length of a `with`."""
        talks: set[asyncio.Task[None]] = set()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            talks.add(task)
            await self._talk(reader, writer)

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for talk in talks:
                talk.cancel()
            await asyncio.gather(*talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            port = await self._greet(self, reader, writer)
            if port is None:
                return
            inner, outer = await asyncio.open_connection("127.0.0.1", port)
            async with asyncio.TaskGroup() as group:
                group.create_task(pass_on(reader, outer))
                group.create_task(pass_on(inner, writer))
        finally:
            writer.close()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Everything from one to the other."""
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def of_http(
    gate: Gate, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> int | None:
    """CONNECT, with the login me:a@b."""
    request, *headers = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, target, _ = request.split()
    gate.asked.append(f"{method} {target.rpartition(':')[0]}")
    if "Proxy-Authorization: Basic bWU6YUBi" not in headers:
        writer.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        return None
    writer.write(b"HTTP/1.1 200 Go on\r\n\r\n")
    return int(target.rpartition(":")[2])


async def of_socks(
    gate: Gate, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> int | None:
    """SOCKS 5 without a login, and with names (RFC 1928); a name with `no` in it is refused."""
    version, count = await reader.readexactly(2)
    assert version == 5
    await reader.readexactly(count)
    writer.write(b"\x05\x00")
    assert await reader.readexactly(4) == b"\x05\x01\x00\x03"
    name = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
    port = int.from_bytes(await reader.readexactly(2))
    gate.asked.append(name)
    allowed = "no" not in name
    writer.write((b"\x05\x00" if allowed else b"\x05\x02") + b"\x00\x01" + bytes(6))
    await writer.drain()
    return port if allowed else None


async def seen(certificate: Path, port: int, variables: dict[str, str]) -> list[str]:
    """What a program sees of the venue that has these variables in its environment."""
    inherited = {key: word for key, word in os.environ.items() if "proxy" not in key.lower()}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SEE, f"{VENUE}:{port}"),
        cwd=ROOT,
        env={**inherited, "SSL_CERT_FILE": str(certificate), **variables},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return out.decode().splitlines()


@in_loop
async def test_a_venue_is_reached_through_a_proxy_of_http(certificate: Path) -> None:
    async with venue(server_context(certificate)) as port, Gate(of_http).open() as gate:
        way = f"http://me:a%40b@127.0.0.1:{gate.port}"
        found = await seen(certificate, port, {"HTTPS_PROXY": way})
    assert found == [f"for {VENUE}", "heard hello"]
    assert set(gate.asked) == {f"CONNECT {VENUE}"}


@in_loop
async def test_a_venue_is_reached_through_a_proxy_of_socks(certificate: Path) -> None:
    async with venue(server_context(certificate)) as port, Gate(of_socks).open() as gate:
        found = await seen(certificate, port, {"all_proxy": f"socks5://127.0.0.1:{gate.port}"})
    assert found == [f"for {VENUE}", "heard hello"]
    assert set(gate.asked) == {VENUE}


async def why(url: str, variables: dict[str, str]) -> str:
    """How a host is not reached, as a stream and as a document."""
    network = Network(QUICK, proxies=Proxies(variables))
    said = set()
    try:
        with pytest.raises(Unreachable) as failure:
            await network.get(f"https://{url}")
        said.add(str(failure.value))
        with pytest.raises(Unreachable) as failure:
            async with network.connect(f"wss://{url}"):
                pass
        said.add(str(failure.value))
        assert failure.value.status is None
    finally:
        await network.close()
    (word,) = said
    return word


@in_loop
async def test_what_a_proxy_refuses_is_said_and_that_it_was_the_proxy() -> None:
    async with Gate(of_http).open() as gate:
        variables = {"HTTPS_PROXY": f"http://me:wrong@127.0.0.1:{gate.port}"}
        assert await why(VENUE, variables) == (
            f"cannot reach {VENUE} through 127.0.0.1:{gate.port}: the proxy answers HTTP 407"
        )


@in_loop
async def test_what_a_proxy_of_socks_refuses_is_said() -> None:
    async with Gate(of_socks).open() as gate:
        said = await why("no.venue.test", {"ALL_PROXY": f"socks5h://127.0.0.1:{gate.port}"})
    assert said.startswith(f"cannot reach no.venue.test through 127.0.0.1:{gate.port}: ")
    assert said.endswith(": the proxy says: Connection not allowed by ruleset")


@pytest.mark.parametrize("kind", ["http", "socks5"])
@in_loop
async def test_a_proxy_that_is_not_there_is_named(kind: str) -> None:
    async with Gate(of_http).open() as gate:
        gone = gate.port
    said = await why(VENUE, {"ALL_PROXY": f"{kind}://127.0.0.1:{gone}"})
    assert said == f"cannot reach {VENUE} through 127.0.0.1:{gone}: connection refused"


@in_loop
async def test_a_variable_that_names_no_proxy_is_said() -> None:
    said = await why(VENUE, {"HTTPS_PROXY": "gopher://p"})
    assert said.startswith(f"cannot reach {VENUE}: HTTPS_PROXY is no proxy: ")


@in_loop
async def test_what_a_proxy_of_socks_needs_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp_socks", None)
    said = await why(VENUE, {"ALL_PROXY": "socks5://127.0.0.1:1"})
    assert said == "a SOCKS proxy needs the extra tapetop[socks]"


@pytest.mark.parametrize(
    ("variables", "good", "text"),
    [
        ({}, True, "none"),
        ({"HTTPS_PROXY": "http://me:hush@p:3128"}, True, "http p:3128"),
        ({"ALL_PROXY": "socks5://p"}, True, "socks5 p:1080"),
        ({"HTTPS_PROXY": "nothing://p"}, False, "HTTPS_PROXY is no proxy"),
    ],
)
def test_the_doctor_tells_the_way_out(variables: dict[str, str], good: bool, text: str) -> None:
    finding = proxy(variables)
    assert finding.good is good
    assert text in finding.text
    assert "hush" not in finding.text
