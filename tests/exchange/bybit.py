"""Bybit's stand-in: recorded sessions of one market said with the venue's own handshake.

Books begin as their recorded snapshots, and every subscription is told the book as it stands.
Whoever subscribes to one depth is told the depth that was recorded. A request with a topic that
is not there, or that is subscribed already, is refused as a whole.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from aiohttp import WSMsgType, web

from feeds.recording import records
from feeds.registry import venue_for_url
from tests.exchange.faults import Faults
from tests.exchange.server import Line

_MOST_TOPICS = 10
"""Topics that spot takes in one request."""


class _Book(msgspec.Struct):
    s: str
    b: list[tuple[str, str]]
    a: list[tuple[str, str]]
    u: int
    seq: int


class _Frame(msgspec.Struct):
    topic: str
    type: str
    ts: int
    data: msgspec.Raw
    cts: int | None = None


class _Request(msgspec.Struct):
    """A client's wish: {"op":"subscribe","args":["orderbook.50.BTCUSDT"],"req_id":"x"}."""

    op: str
    args: list[str] = []
    req_id: str = ""


_read = msgspec.json.Decoder(_Frame).decode
_read_book = msgspec.json.Decoder(_Book).decode


class TrueBook:
    """The exchange's own book behind one recorded topic."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.number = self.seq = self.time = 0
        self.bids: dict[str, str] = {}
        self.asks: dict[str, str] = {}

    def follow(self, frame: _Frame) -> None:
        """Take a recorded snapshot or change."""
        data = _read_book(frame.data)
        self.number, self.seq, self.time = data.u, data.seq, frame.ts
        for side, levels in ((self.bids, data.b), (self.asks, data.a)):
            if frame.type == "snapshot":
                side.clear()
            for price, size in levels:
                side[price] = size
                if not float(size):
                    del side[price]

    def snapshot(self, topic: str) -> str:
        """The book as it stands, as a frame of a topic."""
        data = _Book(self.symbol, [*self.bids.items()], [*self.asks.items()], self.number, self.seq)
        raw = msgspec.Raw(msgspec.json.encode(data))
        frame = _Frame(topic, "snapshot", self.time, raw, self.time)
        return msgspec.json.encode(frame).decode()


class Bybit:
    """One market of the venue on this host, from entering to leaving the `with`.

    Nothing is said before `play` is awaited, but the books to those who subscribe.
    """

    def __init__(self, paths: Iterable[Path], faults: Faults | None = None) -> None:
        self.venue = ""
        self.url = ""
        self.faults = faults or Faults()
        self.books: dict[str, TrueBook] = {}
        """By stream, such as `orderbook.BTCUSDT`."""
        self.cues: list[tuple[str, _Frame, str]] = []
        """Stream, frame and its text, in the order of the venue's times."""
        self.position = 0
        self.heard: Counter[str] = Counter()
        """What clients asked: how often each op."""
        self.lines: list[Line] = []
        self._topics: dict[Line, dict[str, str]] = {}
        """What each line hears: the topic as it was asked for, by stream."""
        self._subscribed = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        for path in paths:
            self._load(path)
        self.cues.sort(key=lambda cue: cue[1].ts)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def subscribed(self, streams: Collection[str]) -> None:
        """Wait until every one of these streams is heard by somebody."""
        async with self._subscribed:
            await self._subscribed.wait_for(
                lambda: {name for heard in self._topics.values() for name in heard} >= {*streams}
            )

    async def play(self, until: int | None = None, breath: float = 0.0) -> None:
        """Say what was recorded up to a cue, with a pause of so many seconds after each."""
        for stream, frame, text in self.cues[self.position : until]:
            self.position += 1
            if stream in self.books:
                self.books[stream].follow(frame)
            for line, heard in list(self._topics.items()):
                if stream in heard:
                    await line.say(text.replace(frame.topic, heard[stream], 1))
            await asyncio.sleep(breath)

    def _load(self, path: Path) -> None:
        for record in records(path):
            self.venue = venue_for_url(record.url) or self.venue
            text = str(record.payload)
            if '"topic"' not in text:
                continue
            frame = _read(text)
            stream = _stream_of(frame.topic)
            book = stream.startswith("orderbook.")
            if book and stream not in self.books:
                self.books[stream] = TrueBook(stream.rpartition(".")[2])
                self.books[stream].follow(frame)
            else:
                self.cues.append((stream, frame, text))

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if status := self.faults.of_request():
            return web.Response(status=status, text="no")
        if "websocket" not in request.headers.get("Upgrade", "").lower():
            return web.Response(body=self._document(request), content_type="application/json")
        socket = web.WebSocketResponse(compress=False, timeout=0.2)
        await socket.prepare(request)
        line = Line(socket, request, self.faults)
        self._topics[line] = {}
        self.lines.append(line)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._obey(line, msgspec.json.decode(message.data, type=_Request))
        finally:
            self._topics.pop(line, None)
            self.lines.remove(line)
        return socket

    async def _obey(self, line: Line, asked: _Request) -> None:
        self.heard[asked.op] += 1
        heard = self._topics[line]
        match asked.op:
            case "ping":
                await self._answer(line, asked, "pong")
            case "unsubscribe":
                for topic in asked.args:
                    heard.pop(_stream_of(topic), None)
                await self._answer(line, asked)
            case "subscribe":
                if wrong := self._wrong(asked.args, heard):
                    await self._answer(line, asked, wrong, success=False)
                    return
                await self._answer(line, asked, "subscribe" if self.venue == "bybit" else "")
                for topic in asked.args:
                    heard[_stream_of(topic)] = topic
                    if book := self.books.get(_stream_of(topic)):
                        await line.answer(book.snapshot(topic))
                async with self._subscribed:
                    self._subscribed.notify_all()

    def _wrong(self, topics: list[str], heard: dict[str, str]) -> str:
        """What is wrong with a request to subscribe, "" for nothing."""
        known = {stream.rpartition(".")[2] for stream in (*self.books, *(c[0] for c in self.cues))}
        if self.venue == "bybit" and len(topics) > _MOST_TOPICS:
            return "args size >10"
        for topic in topics:
            if topic.rpartition(".")[2] not in known:
                return f"error:handler not found,topic:{topic}"
            if _stream_of(topic) in heard:
                return f"error:already subscribed,topic:{topic}"
        return ""

    async def _answer(
        self, line: Line, asked: _Request, message: str = "", *, success: bool = True
    ) -> None:
        stated = {"success": success, "ret_msg": message, "conn_id": "stand-in"}
        answer = stated | {"req_id": asked.req_id, "op": asked.op}
        await line.answer(msgspec.json.encode(answer).decode())

    def _document(self, request: web.Request) -> bytes:
        """The body of a REST answer: the listing that the books imply, and no candles."""
        wanted = request.query.get("symbol")
        symbols = [book.symbol for book in self.books.values() if wanted in (None, book.symbol)]
        rows = [] if request.path.endswith("/kline") else [_listing(name) for name in symbols]
        category = self.venue.partition("-")[2] or "spot"
        result = {"category": category, "list": rows, "nextPageCursor": ""}
        return msgspec.json.encode(
            {"retCode": 0, "retMsg": "OK", "result": result, "time": 1_700_000_000_000}
        )


def _stream_of(topic: str) -> str:
    """What a topic is about, whatever its depth: `orderbook.50.X` -> `orderbook.X`."""
    kind, _, rest = topic.partition(".")
    return f"{kind}.{rest.rpartition('.')[2]}"


def _listing(symbol: str) -> dict[str, object]:
    return {
        "symbol": symbol,
        "baseCoin": symbol.removesuffix("USDT"),
        "quoteCoin": "USDT",
        "priceFilter": {"tickSize": "0.0001"},
        "lotSizeFilter": {"qtyStep": "0.000001", "basePrecision": "0.000001"},
    }
