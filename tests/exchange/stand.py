"""The stand: a venue's sockets and REST service on this host, in whatever tongue it is given."""

import asyncio
from collections import Counter
from types import TracebackType
from typing import Self

from aiohttp import WSMsgType, web

from tests.exchange.faults import Faults
from tests.exchange.listening import listen
from tests.exchange.server import Line
from tests.exchange.stretch import Print
from tests.exchange.talk import Frame, Talk, Tongue

_BEAT = 20.0
"""Seconds between two heartbeats of the venue."""
_SECOND = 1_000_000_000


class Stand:
    """One venue on this host, from entering to leaving the `with`.

    Nothing happens on its floor but in `play` and `go_on`.
    """

    def __init__(self, tongue: Tongue, faults: Faults | None = None, port: int = 0) -> None:
        self.tongue, self.faults = tongue, faults or Faults()
        self.url = ""
        self.said: Counter[str] = Counter()
        """How often what happened, by kind."""
        self.told: set[str] = set()
        """Ids of the trades that somebody was told of."""
        self.asked: list[Frame] = []
        """What clients said, in order."""
        self.connects = 0
        self.talks: dict[Talk, Line] = {}
        self._port = port
        self.fetched: list[str] = []
        """Paths and queries of documents that were asked for, in order."""
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        self._runner, self.url = await listen(self._handle, self._port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def subscribed(self, topics: int = 1) -> None:
        """Wait until so many topics are heard by all connections together."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: sum(len(talk.heard) for talk in self.talks) >= topics
            )

    async def heard(self, word: str, times: int) -> None:
        """Wait until so many frames of clients have held a word."""
        async with self._changed:
            await self._changed.wait_for(
                lambda: sum(word in str(frame) for frame in self.asked) >= times
            )

    async def play(self, cues: int, breath: float = 0.0) -> None:
        """Let so many things happen, with a pause of so many seconds after each."""
        for _ in range(cues):
            await self._happen()
            await asyncio.sleep(breath)

    async def go_on(self, speed: float = 1.0) -> None:
        """Let things happen at their own pace for ever, with the venue's heartbeats."""
        loop, floor = asyncio.get_running_loop(), self.tongue.floor
        begun, first, beat = loop.time(), floor.now, loop.time() + _BEAT
        while True:
            await self._happen()
            if loop.time() >= beat:
                beat += _BEAT
                await self.beat()
            await asyncio.sleep(begun + (floor.now - first) / _SECOND / speed - loop.time())

    async def beat(self) -> None:
        """Say the venue's heartbeat to everybody."""
        for talk, line in list(self.talks.items()):
            for frame in self.tongue.beat(talk):
                await line.answer(frame)

    async def tell(self, frame: Frame) -> None:
        """Say something to everybody, whatever they listen to."""
        for line in list(self.talks.values()):
            await line.answer(frame)

    async def cut(self) -> None:
        """Hang up on everybody."""
        for line in list(self.talks.values()):
            await line.socket.close(code=1001, message=b"going away")

    async def _happen(self) -> None:
        cue = self.tongue.floor.happen()
        self.said[type(cue).__name__] += 1
        # Said to all before anybody's answer comes between.
        pushes = [(line, self.tongue.say(talk, cue)) for talk, line in self.talks.items()]
        if isinstance(cue, Print) and any(frames for _, frames in pushes):
            self.told.add(self.tongue.ident(cue.id))
        for line, frames in pushes:
            for frame in frames:
                await line.say(frame, self.tongue.flip)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if status := self.faults.of_request():
            return web.Response(status=status, text="no")
        if "websocket" not in request.headers.get("Upgrade", "").lower():
            self.fetched.append(request.path_qs)
            document = self.tongue.document(request.path_qs)
            return web.Response(
                text=document.body, status=document.status, content_type="application/json"
            )
        socket = web.WebSocketResponse(compress=False, timeout=0.2)
        await socket.prepare(request)
        line, talk = Line(socket, request, self.faults), Talk(request.path_qs)
        self.connects += 1
        self.talks[talk] = line
        try:
            for frame in self.tongue.greet(talk):
                await line.answer(frame)
            async for message in socket:
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    self.asked.append(message.data)
                    for frame in self.tongue.hear(talk, message.data):
                        await line.answer(frame)
                    async with self._changed:
                        self._changed.notify_all()
        finally:
            del self.talks[talk]
        return socket
