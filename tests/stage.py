"""The stage: a recorded session of Binance played to any number of connections in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import msgspec

from feeds.transport import Connection, Read, Response, Unreachable
from tests.exchange.documents import exchange_info
from tests.exchange.script import SECOND, Script, follow, stream_key
from tests.virtual import clock

NOTICE = '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}'
"""Made by hand after the documents: no recording holds one."""


class _Request(msgspec.Struct):
    method: str
    params: list[str] = []
    id: int = 0


class Line:
    """One connection, which hears everything `lag` seconds late."""

    def __init__(self, url: str, lag: float) -> None:
        self.url, self.lag = url, lag
        self.opened = asyncio.get_running_loop().time()
        self.streams: set[str] = set()
        self._due = 0.0
        self._coming = asyncio.Queue[str | Unreachable]()

    async def receive(self) -> Read:
        match await self._coming.get():
            case Unreachable() as end:
                raise end
            case frame:
                return Read(clock(), [frame])

    async def send(self, frame: str) -> None:
        asked = msgspec.json.decode(frame, type=_Request)
        if asked.method == "SUBSCRIBE":
            self.streams.update(map(stream_key, asked.params))
        self.say(f'{{"result":null,"id":{asked.id}}}')

    def say(self, what: str | Unreachable) -> None:
        """Have something arrive after the lag."""
        loop = asyncio.get_running_loop()
        # Of alarms for the same time a loop does not know which was set first.
        self._due = max(self._due + 1e-9, loop.time() + self.lag)
        loop.call_at(self._due, self._coming.put_nowait, what)

    def cut(self) -> None:
        """End the connection."""
        self.say(Unreachable("host closed the connection (code 1001)"))


class Stage:
    """A venue. `lags` are those of its connections in turn, the last one of all that follow."""

    def __init__(self, script: Script, lags: Sequence[float] = (0.02,)) -> None:
        self.script, self.lines, self.made = script, list[Line](), list[Line]()
        self.deaf: Callable[[str], bool] = lambda url: False
        """Which addresses acknowledge what is asked for, and say nothing more."""
        self.asked: list[str] = []
        self.books = {symbol: book.copy() for symbol, book in script.books.items()}
        self.played: list[str] = []
        """The streams of the cues played, in order."""
        self._lags: Iterator[float] = iter(lags)
        self._lag = 0.0

    @asynccontextmanager
    async def connect(self, url: str) -> AsyncIterator[Connection]:
        await asyncio.sleep(0.05)
        self._lag = next(self._lags, self._lag)
        line = Line(url, self._lag)
        self.lines.append(line)
        self.made.append(line)
        try:
            yield line
        finally:
            self.lines.remove(line)

    async def get(self, url: str) -> Response:
        self.asked.append(url)
        parts = urlsplit(url)
        symbol = parse_qs(parts.query).get("symbol", [""])[0].lower()
        body = b'{"code":-1121,"msg":"Invalid symbol."}'
        if parts.path.endswith("/depth"):
            body = self.books[symbol].body(1000)
        elif parts.path.endswith("/aggTrades"):
            body = self._past(int(parse_qs(parts.query)["fromId"][0]), parse_qs(parts.query))
        elif parts.path.endswith("/klines"):
            body = b"[]"
        elif parts.path.endswith("/exchangeInfo"):
            body = exchange_info(self.script)
        await asyncio.sleep(0.05)
        return Response(200, {}, body)

    def _past(self, first: int, query: dict[str, list[str]]) -> bytes:
        """What was traded so far, from a number on."""
        cues = self.script.cues[: len(self.played)]
        prints = (msgspec.json.decode(cue.text)["data"] for cue in cues if "@aggT" in cue.text[:60])
        rows = [row for row in prints if row["a"] >= first]
        return msgspec.json.encode(rows[: int(query["limit"][0])])

    async def post(self, url: str, body: bytes) -> Response:
        raise AssertionError("nothing is posted here")

    async def close(self) -> None:
        """Nothing is held."""

    async def play(self, heed: Callable[[float], None] = lambda now: None) -> None:
        """Play all at the recorded pace; `heed` is called before each cue with the time in s."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for cue in self.script.cues:
            delay = began + (cue.at - self.script.cues[0].at) / SECOND - loop.time()
            if delay > 0:
                await asyncio.sleep(delay)
            heed(loop.time())
            follow(self.books, cue)
            self.played.append(cue.stream)
            for line in self.lines:
                if cue.stream in line.streams and not self.deaf(line.url):
                    line.say(cue.text)

    def cut_older(self, age: float, now: float) -> None:
        """Cut what is open for longer than a venue allows."""
        for line in self.lines:
            if now - line.opened >= age:
                line.streams.clear()
                line.cut()
                line.opened = float("inf")
