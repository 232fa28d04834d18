"""The server: one venue's WebSockets and REST service, playing a script."""

import asyncio
import contextlib
import random
import ssl
from collections.abc import Callable, Collection, Iterable, Sequence
from types import TracebackType
from typing import Self, TypeAlias

import msgspec
from aiohttp import WSMsgType, web

from feeds.registry import find_venue
from tests.exchange.candles import Candles
from tests.exchange.documents import exchange_info
from tests.exchange.faults import Faults
from tests.exchange.listening import listen
from tests.exchange.script import SECOND, Cue, Script, follow, stream_key

Flip: TypeAlias = Callable[[str | bytes, random.Random], str | bytes | None]
"""What alters a digit of a frame; None where it holds none to be altered."""

_PUBLIC_KINDS = frozenset({"depth", "bookTicker", "trade"})
_TURN = 8
"""Cues after which the rest of the program has a turn, at full speed."""


class _Request(msgspec.Struct):
    """A client's wish: {"method":"SUBSCRIBE","params":["btcusdt@aggTrade"],"id":1}."""

    method: str
    params: list[str] = []
    id: int | str | None = None


class Line:
    """One WebSocket of one client: what it hears, and what goes wrong on it."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request, faults: Faults) -> None:
        self.socket = socket
        self.streams: set[str] = set()
        self.asked: list[str] = []
        self._transport = request.transport
        self._faults = faults
        self._held: str | bytes | None = None
        self._stalled = False

    async def say(self, text: str | bytes, flip: Flip | None = None) -> None:
        """Send a frame, or do to it what fate has decided; `flip` alters a digit of it."""
        if self._stalled:
            return
        match self._faults.of_frame():
            case "":
                await self._send(text)
            case "duplicate":
                await self._send(text)
                await self._send(text)
            case "garbage":
                await self._send(self._faults.garbage(text))
            case "flip":
                await self._send((flip and flip(text, self._faults.random)) or text)
            case "reorder":
                self._held = text
            case "stall":
                self._stalled = True
            case "close":
                await self._cut()

    def pour(self, texts: Sequence[bytes]) -> None:
        """Send frames without waiting and without faults, over TLS each in a record of its own."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.writelines([_wire(text) for text in texts])

    async def answer(self, text: str | bytes) -> None:
        """Send what no fault touches."""
        with contextlib.suppress(ConnectionError):
            if isinstance(text, bytes):
                await self.socket.send_bytes(text)
            else:
                await self.socket.send_str(text)

    async def _send(self, frame: str | bytes) -> None:
        await self.answer(frame)
        if self._held is not None:
            late, self._held = self._held, None
            await self.answer(late)

    async def _cut(self) -> None:
        if self._faults.random.random() < 0.5:
            await self.socket.close(code=1001, message=b"going away")
        elif self._transport is not None:
            self._transport.abort()
        self.streams.clear()


class Exchange:
    """A venue on this host, from entering to leaving the `with`.

    Nothing is played before `play` is awaited. `limit` bounds the levels a depth answer gives of
    each side, None for all that are known. With `tls` it speaks nothing else. `routed` keeps
    streams silent on a path that is not theirs; candles are made of the trades unless told not to;
    whoever hears a symbol's book hears its streams of the kinds `unasked` too.
    """

    def __init__(
        self,
        script: Script,
        *,
        faults: Faults | None = None,
        limit: int | None = 1000,
        tls: ssl.SSLContext | None = None,
        routed: bool = True,
        candles: bool = True,
        unasked: Collection[str] = (),
    ) -> None:
        self.script = script
        self.faults = faults or Faults()
        self.books = {symbol: book.copy() for symbol, book in script.books.items()}
        self.position = 0
        """Cues played."""
        self.lines: list[Line] = []
        self.requests: list[str] = []
        """Paths and queries asked for, in order."""
        self.url = ""
        self.catch_up: Callable[[], None] = lambda: None
        """Called before a book is stated, for whoever plays something else than the script."""
        self._limit, self._tls = limit, tls
        self._routed, self._with_candles = routed, candles
        self._unasked = frozenset(unasked)
        self._used = 0
        self._candles = Candles()
        self._recorded = script.streams
        self._subscribed = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def start(self, port: int = 0) -> None:
        """Listen on this host only; `url` says where."""
        self._runner, self.url = await listen(self._handle, port, self._tls)

    async def subscribed(self, streams: Collection[str]) -> None:
        """Wait until every one of these streams is heard by somebody; of none, any stream."""
        async with self._subscribed:
            await self._subscribed.wait_for(lambda: self._heard(streams))

    async def play(
        self, *, speed: float | None = None, until: int | None = None, breath: float = 0.0
    ) -> None:
        """Play up to a cue, at a multiple of the recorded pace or as fast as it goes.

        As fast as it goes is with a breath of so many seconds after every few cues.
        """
        loop, cues = asyncio.get_running_loop(), self.script.cues[:until]
        begun = loop.time()
        first = cues[self.position].at if self.position < len(cues) else 0
        for position in range(self.position, len(cues)):
            cue = cues[position]
            if speed is not None:
                delay = begun + (cue.at - first) / SECOND / speed - loop.time()
                if delay > 0:
                    await asyncio.sleep(delay)
            elif position % _TURN == 0:
                await asyncio.sleep(breath)
            await self._cue(cue)
        await self._push(self._candles.pushes(0, self._silent))

    async def _cue(self, cue: Cue) -> None:
        """Let one cue happen: to the book, to the candles, to whoever listens."""
        self.position += 1
        follow(self.books, cue)
        if self._with_candles:
            self._candles.hear(cue)
        await self._push([(cue.stream, cue.text)])
        if self._candles.due(cue.at):
            await self._push(self._candles.pushes(cue.at, self._silent))

    async def _push(self, pushes: Iterable[tuple[str, str]]) -> None:
        for stream, text in pushes:
            for line in [line for line in self.lines if stream in line.streams]:
                await line.say(text)

    @property
    def _silent(self) -> set[str]:
        """Streams that somebody hears and the recording has nothing of."""
        return {stream for line in self.lines for stream in line.streams} - self._recorded

    def _heard(self, streams: Collection[str]) -> bool:
        heard = {stream for line in self.lines for stream in line.streams}
        return heard.issuperset(streams) and bool(heard)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        status = self.faults.of_request()
        if status:
            return web.Response(status=status, text="no")
        if "websocket" in request.headers.get("Upgrade", "").lower():
            return await self._serve(request)
        self.requests.append(request.path_qs)
        body = self._document(request)
        self._used += 1
        headers = {find_venue(self.script.venue).limits.weight_header: str(self._used)}
        if body is None:
            error = b'{"code":-1121,"msg":"Invalid symbol."}'
            return web.Response(status=400, body=error, headers=headers)
        return web.Response(body=body, content_type="application/json", headers=headers)

    def _document(self, request: web.Request) -> bytes | None:
        """The body of a REST answer, None where there is none."""
        symbol = request.query.get("symbol", "").lower()
        kind = request.path.rpartition("/")[2]
        recorded = self.script.documents.get(request.path_qs)
        match kind:
            case "depth" if symbol in self.books:
                self.catch_up()
                return self.books[symbol].body(self._limit)
            case "exchangeInfo":
                return recorded or exchange_info(self.script)
            case "klines" if symbol in self.books:
                interval = request.query.get("interval", "1m")
                return recorded or self._candles.rows(symbol, interval)
            case "ping":
                return b"{}"
        return recorded

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False, timeout=0.2)
        await socket.prepare(request)
        line = Line(socket, request, self.faults)
        self.lines.append(line)
        try:
            await self._listen(line, request)
        finally:
            self.lines.remove(line)
        return socket

    async def _listen(self, line: Line, request: web.Request) -> None:
        named = request.query.get("streams", "") or request.path.partition("/ws/")[2]
        if named:
            await self._subscribe(line, request.path, named.split("/"))
        async for message in line.socket:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                asked = msgspec.json.decode(message.data, type=_Request)
            except msgspec.MsgspecError as error:
                problem = {"code": 3, "msg": f"Invalid JSON: {error}"}
                await line.answer(msgspec.json.encode({"error": problem}).decode())
                continue
            await self._obey(line, request.path, asked)

    async def _obey(self, line: Line, path: str, asked: _Request) -> None:
        result: list[str] | None = None
        match asked.method:
            case "SUBSCRIBE":
                await self._subscribe(line, path, asked.params)
            case "UNSUBSCRIBE":
                line.streams.difference_update(map(stream_key, asked.params))
            case "LIST_SUBSCRIPTIONS":
                result = line.asked
        # Every request is acknowledged, also where nothing will ever come of it.
        await line.answer(msgspec.json.encode({"result": result, "id": asked.id}).decode())

    async def _subscribe(self, line: Line, path: str, names: list[str]) -> None:
        line.asked += names
        served = [name for name in names if self._serves(path, name)]
        async with self._subscribed:
            for key in map(stream_key, served):
                line.streams.add(key)
                if key.endswith("@depth"):
                    line.streams.update(key.replace("depth", kind) for kind in self._unasked)
            self._subscribed.notify_all()

    def _serves(self, path: str, name: str) -> bool:
        """Whether a stream is to be had on a path: the split ones are silent on the wrong one."""
        kind = name.partition("@")[2].partition("@")[0]
        public = kind in _PUBLIC_KINDS or kind.startswith("depth")
        if self.script.venue == "binance" or not self._routed:
            return True
        return public != path.startswith("/market/")


def _wire(text: bytes) -> bytes:
    """A server's text frame: https://www.rfc-editor.org/rfc/rfc6455#section-5.2."""
    if len(text) < 126:
        return b"\x81%c%b" % (len(text), text)
    if len(text) < 65536:
        return b"\x81\x7e%b%b" % (len(text).to_bytes(2, "big"), text)
    return b"\x81\x7f%b%b" % (len(text).to_bytes(8, "big"), text)
