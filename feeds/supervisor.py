"""The supervisor: one connection's life, the same loop for every venue.

Connect, open, pump, tick, watch; when it ends, say why, pause, and begin again, for ever. An
error's type decides the recovery: a malformed frame is counted and passed over, several in a row
or a line that is gone mean a new connection, and what the venue rejects is said and not repeated.
A connection is renewed before the venue would cut it; the old one is closed first, so a renewal
is a short outage and shown as one.
"""

import asyncio
from math import inf

from feeds.adapter import Adapter
from feeds.board import Word
from feeds.door import moved
from feeds.errors import Disconnected, FeedError, MalformedFrame, Rejected
from feeds.plan import Link
from feeds.rest import SECOND, pause_after, refusal
from feeds.session import Access, Means, Session, backoff, sleep
from feeds.transport import Unreachable
from market.events import FeedState


class Supervisor:
    """Keeps one link connected until it is cancelled."""

    def __init__(
        self, link: Link, address: str, adapter: Adapter, access: Access, means: Means
    ) -> None:
        self.link = link
        self._address = address
        self._adapter = adapter
        self._access = access
        self._means = means
        self._attempt = 0
        self._hurry = asyncio.Event()

    async def run(self) -> None:
        """Connect, carry, and after every end begin again."""
        self._tell(Word(FeedState.CONNECTING, f"connecting to {self.link.venue}"))
        while True:
            await self._turn()
            ended = await self._session()
            pause = self._pause(ended)
            # What is refused for good is not asked for again unless somebody wants it.
            retry_at = None if pause == inf else self._means.clock() + round(pause * SECOND)
            self._tell(Word(FeedState.CONNECTING, ended.reason, retry_at))
            await sleep(pause, self._hurry)

    def hurry(self) -> None:
        """Try again now instead of at the end of a pause."""
        self._hurry.set()

    def forget(self) -> None:
        """Take back what was said of this link's instruments: it is given up."""
        for instrument in self.link.vital:
            self._means.outlet.forget(self.link, instrument, self._means.clock())

    async def _turn(self) -> None:
        """Wait until the venue allows us another connection attempt."""
        bucket, clock = self._access.connects, self._means.clock
        pause = bucket.wait(1, clock())
        while pause:
            await asyncio.sleep(pause)
            pause = bucket.wait(1, clock())
        bucket.take(1, clock())

    async def _session(self) -> Disconnected:
        """Carry one connection from its opening to its end; return why it ended."""
        ended: FeedError | None = None
        session = None
        try:
            address = await self._enter()
            async with self._means.transport.connect(address) as connection:
                session = Session(
                    self.link, self._adapter, connection, self._access, self._means, self._hurry
                )
                await session.run()
        except* (Disconnected, MalformedFrame, Rejected, Unreachable) as errors:
            ended = _first(errors)
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            # A task group that fails while it is cancelled reports the failure alone before
            # Python 3.13: https://github.com/python/cpython/issues/116720
            raise asyncio.CancelledError
        if session is not None and session.steady:
            self._attempt = 0
        return self._plainly(ended)

    async def _enter(self) -> str:
        """The address to connect to: always the same, or what the venue's door hands out."""
        door, place = self._access.door, self._access.place
        if door is None:
            return self._address
        response = await self._access.rest.post(door.request)
        url = door.enter(response.body, self._means.clock())
        return moved(url, place) if place else url

    def _plainly(self, error: FeedError | None) -> Disconnected:
        """The end of a connection in words for the one who watches the market."""
        venue = self.link.venue
        match error:
            case Disconnected():
                return error
            case Unreachable(status=int(status)) if status != 200:
                pause = pause_after(status, error.retry_after, self._attempt, self._means.timing)
                return Disconnected(venue, refusal(venue, status), pause)
            case Unreachable():
                return Disconnected(venue, error.reason)
            case MalformedFrame():
                self._means.outlet.complain(error)
                return Disconnected(venue, f"unreadable answer: {error.reason}")
            case Rejected():
                self._means.outlet.complain(error)
                return Disconnected(venue, error.reason, inf)
        return Disconnected(venue, "the connection ended")

    def _pause(self, ended: Disconnected) -> float:
        """Seconds until the next attempt: as stated, else by our own choice."""
        self._attempt += 1
        if ended.retry_after is not None:
            return ended.retry_after
        return backoff(self._attempt - 1, self._means)

    def _tell(self, word: Word) -> None:
        for instrument in self.link.vital:
            self._means.outlet.say(self.link, instrument, word, self._means.clock())


def _first(errors: BaseExceptionGroup[FeedError]) -> FeedError:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, FeedError)
    return error
