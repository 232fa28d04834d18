"""The transport against servers of this host: what goes wrong is said in plain words."""

import asyncio
import itertools
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import web

from feeds.timing import Timing
from feeds.transport import Connection, Network, Read, Unreachable
from tests.running import in_loop

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def network(
    timing: Timing | None = None, clock: Callable[[], int] = time.time_ns
) -> AsyncIterator[Network]:
    """A network that is closed in any case."""
    reached = Network(timing or Timing(answer=5, goodbye=0.05), clock)
    try:
        yield reached
    finally:
        await reached.close()


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """An HTTP server; gives `host:port`."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.05)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def talking(talk: Talk, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """A server of bare bytes; gives `host:port`."""
    talks: list[asyncio.Future[None]] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended = asyncio.get_running_loop().create_future()
        talks.append(ended)
        await talk(reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        ended.set_result(None)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.gather(*talks)


async def hear(connection: Connection, count: int) -> list[bytes | str]:
    """The next frames, however many reads they take."""
    frames: list[bytes | str] = []
    while len(frames) < count:
        frames += (await connection.receive()).frames
    return frames


async def why(url: str, timing: Timing | None = None) -> Unreachable:
    """How a connection fails, at its opening or later."""
    async with network(timing) as reached:
        try:
            async with reached.connect(url) as connection:
                while True:
                    await connection.receive()
        except Unreachable as error:
            return error


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"220 mail.example ESMTP\r\n")


@in_loop
async def test_frames_come_and_go_and_pings_are_answered() -> None:
    async def handler(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("text \u9f8d")
        await socket.send_bytes(b"\x00\xff")
        await socket.ping(b"are you there")
        await socket.send_str(f"you said {await socket.receive_str()}")
        await socket.close()
        return socket

    async with (
        serving(handler) as host,
        network() as reached,
        reached.connect(f"ws://{host}/stream") as connection,
    ):
        assert await hear(connection, 2) == ["text \u9f8d", b"\x00\xff"]
        await connection.send("hello")
        assert await hear(connection, 1) == ["you said hello"]


@in_loop
async def test_what_is_posted_arrives_whole_and_so_does_the_answer() -> None:
    async def handler(request: web.Request) -> web.Response:
        body = await request.read()
        return web.Response(status=201, text=f"{request.method} {request.path_qs} {body!r}")

    async with serving(handler) as host, network() as reached:
        answer = await reached.post(f"http://{host}/api/v1/bullet-public?a=1", b"{}")
    assert (answer.status, answer.body) == (201, b"POST /api/v1/bullet-public?a=1 b'{}'")


@in_loop
async def test_frames_of_one_read_come_together_and_in_order() -> None:
    frames = [f"{number:04}" for number in range(2000)]

    async def handler(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        assert request.transport is not None
        request.transport.write(b"".join(b"\x81\x04" + frame.encode() for frame in frames))
        await socket.receive()
        return socket

    turns = itertools.count()
    async with (
        serving(handler) as host,
        network(clock=lambda: next(turns)) as reached,
        reached.connect(f"ws://{host}/stream") as connection,
    ):
        reads = [await connection.receive()]
        while sum(len(read.frames) for read in reads) < len(frames):
            reads.append(await connection.receive())
    assert [frame for read in reads for frame in read.frames] == frames
    # A read has 256 KiB at most, and the system may deliver less.
    assert len(reads) < 20
    times = [read.at for read in reads]
    assert times == sorted(set(times))


@in_loop
async def test_a_frame_that_is_handled_late_keeps_the_time_it_was_read_at() -> None:
    go = asyncio.Event()

    async def handler(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for frame in ("one", "two", "three"):
            await socket.send_str(frame)
            await go.wait()
            go.clear()
        await socket.ping()
        await socket.send_str("four")
        await socket.receive()
        return socket

    noted, now = asyncio.Event(), 100

    def clock() -> int:
        noted.set()
        return now

    async with (
        serving(handler) as host,
        network(clock=clock) as reached,
        reached.connect(f"ws://{host}/stream") as connection,
    ):
        assert await connection.receive() == Read(100, ["one"])
        for _ in range(2):
            now += 1
            noted.clear()
            go.set()
            await noted.wait()
        now = 200
        assert await connection.receive() == Read(101, ["two"])
        assert await connection.receive() == Read(102, ["three"])
        go.set()
        assert await connection.receive() == Read(200, ["four"])


@in_loop
async def test_no_compression_is_offered_and_we_say_who_we_are() -> None:
    seen: dict[str, str] = {}

    async def handler(request: web.Request) -> web.Response:
        seen.update(request.headers)
        return web.Response(status=400)

    async with serving(handler) as host:
        await why(f"ws://{host}/stream")
    assert "Sec-WebSocket-Extensions" not in seen
    assert seen["User-Agent"].startswith("tapetop/")


@in_loop
async def test_a_closed_port_refuses() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        error = await why(f"ws://127.0.0.1:{port}/stream")
    assert error.reason == f"cannot reach 127.0.0.1:{port}: connection refused"


@in_loop
async def test_a_name_that_does_not_exist_is_said_to_be_missing() -> None:
    error = await why("wss://no-such-exchange.invalid:443/stream")
    assert error.reason in {
        "cannot find no-such-exchange.invalid: no such host, or no network",
        # Where the name server itself cannot be reached.
        "cannot reach no-such-exchange.invalid: no answer in time",
    }


@pytest.mark.parametrize("url", ["wss://[x", "wss://x:y/", "wss://\u2100.com", "wss://a..b", "a"])
@in_loop
async def test_what_is_no_address_cannot_be_reached(url: str) -> None:
    assert (await why(f"{url}?token=secret")).reason.startswith("cannot ")
    async with network() as reached:
        with pytest.raises(Unreachable) as caught:
            await reached.get(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("status", [403, 418, 429, 451, 503])
@in_loop
async def test_a_refused_handshake_keeps_its_status_and_its_patience(status: int) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": "7"})

    async with serving(handler) as host:
        error = await why(f"ws://{host}/stream")
    assert (error.status, error.retry_after) == (status, 7)
    assert error.reason == f"{host} answers HTTP {status}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@in_loop
async def test_a_handshake_does_not_follow_where_it_is_led(status: int) -> None:
    asked = list[str]()

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        if request.path == "/stream":
            return web.Response(status=status, headers={"Location": "/elsewhere"})
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        return socket

    async with serving(handler) as host:
        error = await why(f"ws://{host}/stream")
    assert (error.reason, error.status) == (f"{host} answers HTTP {status}", status)
    assert asked == ["/stream"]


@in_loop
async def test_a_host_that_says_nothing_runs_out_of_time() -> None:
    async with talking(say_nothing) as host:
        error = await why(f"ws://{host}/stream", Timing(answer=0.05))
    assert error.reason == f"cannot reach {host}: no answer in time"


@pytest.mark.parametrize("talk", [hang_up, babble])
@in_loop
async def test_a_host_that_is_no_web_server_is_unreachable(talk: Talk) -> None:
    async with talking(talk) as host:
        error = await why(f"ws://{host}/stream")
    assert error.reason.startswith(f"cannot reach {host}: ")


@in_loop
async def test_a_host_without_tls_is_named() -> None:
    async with talking(hang_up) as host:
        error = await why(f"wss://{host}/stream")
    assert error.reason.startswith(f"cannot reach {host}: ")


@pytest.fixture
def forged(tmp_path: Path) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that nobody vouches for."""
    if not shutil.which("openssl"):
        pytest.skip("openssl, which makes the certificate, is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = f"req -x509 -newkey rsa:2048 -nodes -keyout {key} -out {certificate} -subj /CN=x -days 1"
    subprocess.run(["openssl", *make.split()], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


@in_loop
async def test_a_certificate_of_nobody_is_not_trusted(forged: ssl.SSLContext) -> None:
    async with talking(say_nothing, forged) as host:
        error = await why(f"wss://{host}/stream")
    assert error.reason.startswith(f"cannot trust {host}: bad certificate, self")


@in_loop
async def test_a_farewell_is_passed_on() -> None:
    async def handler(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.close(code=1001, message=b"maintenance")
        return socket

    async with serving(handler) as host:
        error = await why(f"ws://{host}/stream")
    assert error.reason == f"{host} closed the connection (code 1001: maintenance)"


@in_loop
async def test_a_line_that_is_cut_is_said_to_be_cut() -> None:
    async def handler(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        assert request.transport is not None
        request.transport.abort()
        return socket

    async with serving(handler) as host:
        error = await why(f"ws://{host}/stream")
    assert error.reason == f"{host} cut the connection"


@in_loop
async def test_a_frame_that_is_no_text_ends_the_connection_in_words() -> None:
    async def handler(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        assert request.transport is not None
        request.transport.write(b"\x81\x02\xff\xfe")
        await socket.receive()
        return socket

    async with serving(handler) as host:
        error = await why(f"ws://{host}/stream")
    assert error.reason.startswith(f"{host} sent something that is no WebSocket message")


@in_loop
async def test_a_document_comes_with_status_and_headers_and_redirects_are_not_followed() -> None:
    async def handler(request: web.Request) -> web.Response:
        if request.path == "/away":
            raise web.HTTPFound("https://elsewhere.invalid/")
        return web.Response(status=400, body=b"{}", headers={"X-Used-Weight": "12"})

    async with serving(handler) as host, network() as reached:
        answer = await reached.get(f"http://{host}/depth?symbol=X")
        moved = await reached.get(f"http://{host}/away")
    assert (answer.status, answer.body, answer.headers["x-used-weight"]) == (400, b"{}", "12")
    assert moved.status == 302


@in_loop
async def test_a_document_that_does_not_come_is_given_up() -> None:
    async with talking(say_nothing) as host, network(Timing(body=0.05)) as reached:
        with pytest.raises(Unreachable, match="no answer in time"):
            await reached.get(f"http://{host}/depth")
