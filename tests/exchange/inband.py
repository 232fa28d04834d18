"""The stand-in of a venue whose stream states its books itself, in one of several tongues.

Who subscribes to a book is told it as it stands, then hears what was recorded.
"""

import asyncio
from collections import Counter
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import WSMsgType, web

from feeds.recording import records
from tests.exchange.faults import Faults
from tests.exchange.server import Line
from tests.exchange.tongues import Asked, Stream, Tongue, TrueBook


@cache
def _said(path: Path) -> list[str]:
    """The frames of a recording."""
    lines = records(path)
    return [str(x.payload) for x in lines if x.direction == "in" and x.connection != "http"]


class Inband:
    """One venue on this host, from entering to leaving the `with`.

    Nothing is said before `play` is awaited, but the books to those who subscribe. What is said
    concerns one symbol, and ends with a change of its book, after at most so many cues.
    """

    def __init__(
        self, tongue: Tongue, path: Path, symbol: str, most: int, faults: Faults | None = None
    ) -> None:
        self.tongue = tongue
        self.url = ""
        self.faults = faults or Faults()
        self.books: dict[str, TrueBook] = {}
        """By symbol."""
        self.cues: list[tuple[Stream, str]] = []
        """What was recorded of each stream, in order, the books' beginnings aside."""
        self.position = 0
        self.heard: Counter[str] = Counter()
        """What clients asked: how often each op."""
        self._heard_by: dict[Line, set[Stream]] = {}
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._load(path, symbol)
        del self.cues[most:]
        while self.cues and self.cues[-1][0][0] != tongue.book:
            self.cues.pop()

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

    @property
    def done(self) -> bool:
        """Whether all has been said."""
        return self.position == len(self.cues)

    async def subscribed(self, *symbols: str) -> None:
        """Wait until the books of these symbols are heard by somebody."""
        wanted = {(self.tongue.book, symbol) for symbol in symbols}
        async with self._changed:
            await self._changed.wait_for(
                lambda: {one for heard in self._heard_by.values() for one in heard} >= wanted
            )

    async def asked(self, op: str, times: int) -> None:
        """Wait until clients have wished for something so often."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.heard[op] >= times)

    async def play(self, until: int | None = None, breath: float = 0.0) -> None:
        """Say what was recorded up to a cue, with a pause of so many seconds after each."""
        for stream, text in self.cues[self.position : until]:
            self.position += 1
            channel, symbol = stream
            said = text
            if channel == self.tongue.book:
                said = self.tongue.follow(text, self.books[symbol])
            for line, heard in list(self._heard_by.items()):
                if stream in heard:
                    await line.say(said)
            await asyncio.sleep(breath)

    async def tell(self, text: str) -> None:
        """Say something to everybody, whatever they listen to."""
        for line in list(self._heard_by):
            await line.answer(text)

    def _load(self, path: Path, wanted: str) -> None:
        for text in _said(path):
            stream = self.tongue.stream(text)
            if stream is None:
                continue
            channel, symbol = stream
            if channel == self.tongue.book and symbol not in self.books:
                self.books[symbol] = TrueBook()
                self.tongue.follow(text, self.books[symbol])
            elif symbol == wanted:
                self.cues.append((stream, text))

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if status := self.faults.of_request():
            return web.Response(status=status, text="no")
        if "websocket" not in request.headers.get("Upgrade", "").lower():
            return web.json_response(self.tongue.document(request.path_qs, [*self.books]))
        socket = web.WebSocketResponse(compress=False, timeout=0.2)
        await socket.prepare(request)
        line = Line(socket, request, self.faults)
        self._heard_by[line] = set()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._obey(line, self.tongue.asked(message.data))
        finally:
            del self._heard_by[line]
        return socket

    async def _obey(self, line: Line, asked: Asked) -> None:
        self.heard[asked.op] += 1
        for answer in self.tongue.answers(asked, {*self.books}):
            await line.answer(answer)
        heard = self._heard_by[line]
        for stream in asked.streams:
            channel, symbol = stream
            if asked.op == "unsubscribe":
                heard.discard(stream)
            elif asked.op == "subscribe" and symbol in self.books:
                heard.add(stream)
                if channel == self.tongue.book:
                    await line.answer(self.tongue.whole(symbol, self.books[symbol]))
        async with self._changed:
            self._changed.notify_all()
