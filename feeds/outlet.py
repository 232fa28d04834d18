"""The outlet: what the connections have learnt, until the consumer takes it in batches.

Its bound is `LIMIT` events. When so many wait, it is full, and the connections stop reading until
the consumer has taken them: the sockets' own buffers fill up and the venue notices. Nothing is
dropped here, so no trade is ever lost on our side of the wire.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from feeds.board import Board, Word
from feeds.errors import MalformedFrame, Rejected
from market.events import Event

LIMIT = 20_000
"""Events waiting for the consumer: minutes of a busy market. A change of a book takes some 7 kB, so
this is 140 MB when there is nothing else, and a quarter of that in a usual mixture."""


class Tap(Protocol):
    """Someone who wants all raw traffic before anything has interpreted it: the recorder."""

    def __call__(
        self, ts_recv: int, direction: str, connection: str, url: str, payload: bytes | str
    ) -> None:
        """Take a frame or a REST body. `direction` is `in` or `out`, `connection` `ws1`, `http`."""
        ...


class Way(Protocol):
    """Where a connection's events and words go."""

    @property
    def put(self) -> Callable[[Event], None]:
        """Add an event; `wake` tells whoever waits, once for many."""
        ...

    def say(self, speaker: object, instrument: str, word: Word, now: int) -> None:
        """Note what a connection says of an instrument."""
        ...

    def wake(self) -> None:
        """See to it that somebody looks."""
        ...


@dataclass(slots=True)
class Counts:
    """What has happened since the start."""

    frames: int = 0
    """Frames and REST bodies received."""
    bytes: int = 0
    """Their size, uncompressed."""
    events: int = 0
    """Events made of them."""
    connects: int = 0
    """Connections that were opened."""
    renewals: int = 0
    """Connections that took over from another without a pause."""
    duplicates: int = 0
    """Trades that came again and were left out."""
    gaps: int = 0
    """Books that had to be fetched again because of a gap."""
    malformed: int = 0
    """Frames and bodies that could not be read."""
    rejected: int = 0
    """Wishes that a venue refused."""
    complaint: str = ""
    """The last error that ended nothing, in words."""


class Outlet:
    """Events waiting for the consumer, and what is counted and shown about the connections."""

    def __init__(self, tap: Tap | None = None, limit: int = LIMIT) -> None:
        self.board = Board()
        self.counts = Counts()
        self.crowded_at: int | None = None
        """When a read took as much as it could last, ns."""
        self._tap = tap
        self._limit = limit
        self._events: list[Event] = []
        self.put = self._events.append
        """Add an event; `wake` tells the consumer, once for many."""
        self._some = asyncio.Event()
        self._room = asyncio.Event()

    @property
    def full(self) -> bool:
        """Whether nothing more should be read for now."""
        return len(self._events) >= self._limit

    async def room(self) -> None:
        """Wait until the consumer has taken what is here."""
        self._room.clear()
        await self._room.wait()

    async def some(self) -> None:
        """Wait until there is something to take, or somebody called `wake`."""
        await self._some.wait()

    def wake(self) -> None:
        """See to it that the consumer looks."""
        if not self._some.is_set():
            self._some.set()

    def take(self) -> list[Event]:
        """Hand over all that waits."""
        self._some.clear()
        self._room.set()
        batch = self._events.copy()
        self._events.clear()
        self.counts.events += len(batch)
        return batch

    def say(self, speaker: object, instrument: str, word: Word, now: int) -> None:
        """Note what a connection says of an instrument; what changes is an event."""
        if (status := self.board.say(speaker, instrument, word, now)) is not None:
            self.put(status)
            self.wake()

    def forget(self, speaker: object, instrument: str, now: int) -> None:
        """Drop what a connection said of an instrument."""
        if (status := self.board.forget(speaker, instrument, now)) is not None:
            self.put(status)
            self.wake()

    def opened(self) -> str:
        """Count a connection and name it as recordings do."""
        self.counts.connects += 1
        return f"ws{self.counts.connects}"

    def received(
        self, now: int, connection: str, url: str, payloads: Collection[bytes | str]
    ) -> None:
        """Count what came in at a time and show it to the tap."""
        counts = self.counts
        counts.frames += len(payloads)
        counts.bytes += sum(map(len, payloads))
        if self._tap is not None:
            for payload in payloads:
                self._tap(now, "in", connection, url, payload)

    def sent(self, now: int, connection: str, url: str, payload: str) -> None:
        """Show the tap what went out."""
        if self._tap is not None:
            self._tap(now, "out", connection, url, payload)

    def complain(self, error: MalformedFrame | Rejected) -> None:
        """Count an error that ends nothing."""
        if isinstance(error, Rejected):
            self.counts.rejected += 1
        else:
            self.counts.malformed += 1
        self.counts.complaint = str(error)
