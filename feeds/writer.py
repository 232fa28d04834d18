"""The writer: what is sent over one connection, at a part of the pace that the venue allows.

Some venues count requests to subscribe by the hour. Those wait when the hour's share is used up,
and what else is to be sent, a heartbeat above all, does not wait behind them.
"""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

from feeds.errors import Disconnected
from feeds.rest import SHARE, Budget
from feeds.timing import Timing
from feeds.transport import Connection
from feeds.venue import Limits

LIMIT: Final = 1000
"""Frames an adapter may have waiting to be written; more is a fault that ends the connection."""
HOUR: Final = 3600.0


class Pace(NamedTuple):
    """How fast may be written."""

    limits: Limits
    together: Budget | None
    """What all connections of the address may write; None where nobody counts that."""
    timing: Timing
    clock: Callable[[], int]


class Writer:
    """Frames on their way out."""

    def __init__(
        self, venue: str, connection: Connection, pace: Pace, sent: Callable[[str], None]
    ) -> None:
        self._venue, self._connection, self._sent = venue, connection, sent
        self._limits, self._together, self._timing, self._clock = pace
        allowed = self._limits.subscribes
        self._hour = Budget(venue, allowed, "", self._timing, seconds=HOUR) if allowed else None
        self._waiting = asyncio.Queue[str](LIMIT)
        self._due = asyncio.Queue[str](LIMIT)
        """Requests whose hour has come. They are few: no more than wait."""
        self._put_off = 0
        self._some = asyncio.Event()

    def put(self, frame: str) -> None:
        """Have a frame sent; Disconnected when there are too many."""
        if self._waiting.qsize() + self._due.qsize() + self._put_off >= LIMIT:
            raise Disconnected(self._venue, "too many messages to send")
        self._waiting.put_nowait(frame)
        self._some.set()

    async def run(self) -> None:
        """Write what waits, for ever."""
        async with asyncio.TaskGroup() as group:
            while True:
                while not (self._due.empty() and self._waiting.empty()):
                    await self._next(group)
                self._some.clear()
                await self._some.wait()

    async def _next(self, group: asyncio.TaskGroup) -> None:
        if not self._due.empty():
            await self._write(self._due.get_nowait())
            return
        frame = self._waiting.get_nowait()
        pause = self._pause(frame)
        if pause:
            self._put_off += 1
            group.create_task(self._later(frame, pause))
        else:
            await self._write(frame)

    def _pause(self, frame: str) -> float:
        """Seconds that a request to subscribe has to wait; it is counted, so the next waits longer.

        In every dialect that is counted such a request says so in this word.
        """
        if self._hour is None or "subscribe" not in frame:
            return 0.0
        pause = self._hour.wait(1, self._clock())
        self._hour.spend(1, self._clock())
        self._hour.release(1)
        return pause

    async def _later(self, frame: str, pause: float) -> None:
        await asyncio.sleep(pause)
        self._put_off -= 1
        self._due.put_nowait(frame)
        self._some.set()

    async def _write(self, frame: str) -> None:
        together = self._together
        if together is not None:
            pause = together.wait(1, self._clock())
            while pause:
                await asyncio.sleep(pause)
                pause = together.wait(1, self._clock())
            together.spend(1, self._clock())
            together.release(1)
        self._sent(frame)
        await self._connection.send(frame)
        await asyncio.sleep(1 / (self._limits.sends * SHARE))
