"""Fakes that implement the protocols of the live feeds: a scripted line and a plain adapter."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager

from feeds.adapter import Channel, Fetch, Output, Resync, Send, Subscription
from feeds.errors import Disconnected, MalformedFrame, Rejected
from feeds.transport import Connection, Read, Response, Unreachable
from market.events import (
    BookDelta,
    BookSnapshot,
    FeedState,
    FeedStatus,
    Kline,
    Liquidation,
    Side,
    Trade,
)


class Silence:
    """A step at which nothing more comes, until the other side gives up."""


Step = str | bytes | Read | Unreachable | Silence | asyncio.Event
"""What a line does next: a frame, a read of several, an end, silence, or waiting for an event."""


class FakeTransport:
    """Plays one script a connection, the last one again and again; answers requests by path."""

    def __init__(
        self,
        *scripts: Sequence[Step] | Unreachable,
        answers: Mapping[str, Sequence[Response | Unreachable]] | None = None,
    ) -> None:
        self.dialled: list[str] = []
        self.sent: list[str] = []
        self.asked: list[str] = []
        self.posted: list[tuple[str, bytes]] = []
        self.open = 0
        self.closed = False
        self._scripts = list(scripts)
        self._answers = {path: [*replies] for path, replies in (answers or {}).items()}

    @asynccontextmanager
    async def connect(self, url: str) -> AsyncIterator[Connection]:
        """Begin the next script."""
        self.dialled.append(url)
        script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
        if isinstance(script, Unreachable):
            raise script
        self.open += 1
        try:
            yield _FakeConnection(script, self.sent)
        finally:
            self.open -= 1

    async def get(self, url: str) -> Response:
        """Give the next answer for the url, the last one again and again."""
        self.asked.append(url)
        return self._answer(url)

    async def post(self, url: str, body: bytes) -> Response:
        """Give the next answer for the url, whatever is posted there."""
        self.posted.append((url, body))
        return self._answer(url)

    def _answer(self, url: str) -> Response:
        answers = self._answers[url]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Unreachable):
            raise answer
        return answer

    async def close(self) -> None:
        """Note that everything was let go of."""
        self.closed = True


class _FakeConnection:
    def __init__(self, script: Sequence[Step], sent: list[str]) -> None:
        self._steps: Iterator[Step] = iter(script)
        self._sent = sent

    async def receive(self) -> Read:
        # As a real socket does between two reads, give others a turn.
        await asyncio.sleep(0)
        match next(self._steps, Silence()):
            case Unreachable() as end:
                raise end
            case Silence():
                await asyncio.Event().wait()
            case asyncio.Event() as event:
                await event.wait()
                return await self.receive()
            case str() | bytes() as frame:
                return Read(time.time_ns(), [frame])
            case Read() as read:
                return read
        raise AssertionError("silence does not end")

    async def send(self, frame: str) -> None:
        self._sent.append(frame)


class PlainAdapter:
    """An adapter whose frames say in one word what they are: `trade 7`, `book`, `fetch /path`."""

    def __init__(self, venue: str = "binance", symbol: str = "BTCUSDT") -> None:
        self.url = "wss://plain/stream"
        self.opened: list[Sequence[Subscription]] = []
        self.bodies: list[tuple[str, bytes]] = []
        self.ticks = self.duplicates = 0
        self._venue, self._id = venue, f"{venue}:{symbol}"

    def open(self, wanted: Sequence[Subscription], now: int) -> Iterable[Output]:
        """Ask for what is wanted."""
        self.opened.append(wanted)
        yield Send("subscribe")

    def receive(self, frame: bytes | str, now: int) -> Iterable[Output]:
        """Do as the frame says."""
        word, _, rest = str(frame).partition(" ")
        makers: dict[str, Callable[[], Output]] = {
            "trade": lambda: Trade(self._id, now, now, rest, 1.0, 1.0, Side.BUY),
            "book": lambda: BookDelta(self._id, now, now, [(1.0, 2.0)], [], 2, 1),
            "live": lambda: FeedStatus(self._id, now, FeedState.LIVE),
            "late": lambda: BookDelta(self._id, now + int(rest), now, [(1.0, 2.0)], [], 2, 1),
            "ahead": lambda: Trade(self._id, now + int(rest), now, "a", 1.0, 1.0, Side.BUY),
            "only": lambda: FeedStatus(self._id, now, FeedState.SNAPSHOT_ONLY),
            "old": lambda: FeedStatus(self._id, now, FeedState.STALE, "no whole book"),
            "gap": lambda: FeedStatus(self._id, now, FeedState.GAP, "a hole"),
            "resync": lambda: Resync(self._id, "a hole"),
            "fetch": lambda: Fetch(rest, rest, 20),
            "send": lambda: Send(rest),
            "kline": lambda: _kline(self._id, now),
            "forced": lambda: Liquidation(self._id, int(rest), now, 1.0, 1.0, Side.SELL),
        }
        match word:
            case "ack":
                return
            case "reject":
                raise Rejected(self._venue, rest)
            case "shutdown":
                raise Disconnected(self._venue, "serverShutdown")
            case _ if word in makers:
                yield makers[word]()
            case _:
                raise MalformedFrame(self._venue, "not a word of mine", frame)

    def receive_body(self, key: str, body: bytes, now: int) -> Iterable[Output]:
        """Take a body as a snapshot, or as it says."""
        self.bodies.append((key, body))
        if body == b"garbage":
            raise MalformedFrame(self._venue, "not a body of mine", body)
        if body.startswith(b"no "):
            raise Rejected(self._venue, body.decode())
        yield BookSnapshot(self._id, now, now, [(1.0, 1.0)], [(2.0, 1.0)], 1)
        yield FeedStatus(self._id, now, FeedState.LIVE)

    def tick(self, now: int) -> Iterable[Output]:
        """Count the ticks."""
        self.ticks += 1
        return ()


def _kline(instrument: str, now: int) -> Kline:
    bar = (1.0, 1.0, 1.0, 1.0, 1.0)
    return Kline(instrument, now, now, "1m", 0, 60, *bar, None, None, None, False)


BOTH = (Subscription("BTCUSDT", Channel.TRADES), Subscription("BTCUSDT", Channel.BOOK))
"""Trades and book of one symbol over one connection."""
