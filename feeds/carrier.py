"""The carrier: one connection from the wait for its turn to its end, and why it ended."""

import asyncio
from dataclasses import dataclass
from math import inf

from feeds.adapter import Adapter
from feeds.door import moved
from feeds.errors import Disconnected, FeedError, MalformedFrame, Rejected
from feeds.outlet import Way
from feeds.patience import Patience
from feeds.plan import Link
from feeds.rest import refusal
from feeds.session import Access, Means, Session, Wishes
from feeds.transport import Response, Unreachable


@dataclass(frozen=True, slots=True)
class Errand:
    """What every connection of a link is made with."""

    link: Link
    address: str
    access: Access
    means: Means
    hurry: asyncio.Event
    """Set by somebody who wants no pauses."""
    patience: Patience
    news: asyncio.Event
    """Set when somebody should look at the connections again."""


class Carrier:
    """One connection, run as a task that returns why it ended."""

    def __init__(self, errand: Errand, adapter: Adapter, way: Way) -> None:
        self.adapter = adapter
        self.session: Session | None = None
        """None until the connection is open."""
        self.due = False
        """Whether another connection should take this one's place."""
        self._errand, self._way = errand, way

    @property
    def heard(self) -> bool:
        """Whether the venue has said anything yet."""
        return self.session is not None and self.session.greeted

    @property
    def steady(self) -> bool:
        """Whether it carried data for long enough to forget earlier failures."""
        return self.session is not None and self.session.steady

    def turn(self, way: Way) -> None:
        """Let all that comes from now on go another way."""
        self._way = way
        if self.session is not None:
            self.session.way = way

    async def run(self) -> Disconnected:
        """Wait for our turn, connect, and carry until the end; return why it ended."""
        errand, ended = self._errand, None
        try:
            await self._turn()
            async with errand.means.transport.connect(await self._enter()) as connection:
                errand.access.connects.welcomed()
                self.session = Session(
                    errand.link,
                    self.adapter,
                    connection,
                    errand.access,
                    errand.means,
                    Wishes(errand.hurry, self._retire, errand.patience),
                    self._way,
                )
                await self.session.run()
        except* (Disconnected, MalformedFrame, Rejected, Unreachable) as errors:
            ended = _first(errors)
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            # A task group that fails while it is cancelled reports the failure alone before
            # Python 3.13: https://github.com/python/cpython/issues/116720
            raise asyncio.CancelledError
        return self._plainly(ended)

    def _retire(self) -> None:
        if not self.due:
            self.due = True
            self._errand.news.set()

    async def _turn(self) -> None:
        """Wait until the venue allows us another connection attempt."""
        budget, clock = self._errand.access.connects, self._errand.means.clock
        pause = budget.wait(1, clock())
        while pause:
            await asyncio.sleep(pause)
            pause = budget.wait(1, clock())
        budget.spend(1, clock())
        budget.release(1)

    async def _enter(self) -> str:
        """The address to connect to: always the same, or what the venue's door hands out."""
        access = self._errand.access
        if access.door is None:
            return self._errand.address
        response = await access.rest.post(access.door.request)
        url = access.door.enter(response.body, self._errand.means.clock())
        return moved(self._errand.link.venue, url, access.place) if access.place else url

    def _plainly(self, error: FeedError | None) -> Disconnected:
        """The end of a connection in words for the one who watches the market."""
        venue, means = self._errand.link.venue, self._errand.means
        match error:
            case Disconnected():
                return error
            case Unreachable(status=int(status)) if status != 200:
                return self._refused(status, error.retry_after)
            case Unreachable():
                return Disconnected(venue, error.reason)
            case MalformedFrame():
                means.outlet.complain(error)
                return Disconnected(venue, f"unreadable answer: {error.reason}")
            case Rejected():
                means.outlet.complain(error)
                return Disconnected(venue, error.reason, inf)
        return Disconnected(venue, "the connection ended")

    def _refused(self, status: int, stated: float | None) -> Disconnected:
        """Heed a host that let us not in, for all its connections."""
        headers = {} if stated is None else {"retry-after": str(stated)}
        budget, clock = self._errand.access.connects, self._errand.means.clock
        try:
            budget.heed(Response(status, headers, b""), clock())
        except Disconnected as told:
            return told
        return Disconnected(self._errand.link.venue, refusal(self._errand.link.venue, status))


def _first(errors: BaseExceptionGroup[FeedError]) -> FeedError:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, FeedError)
    return error
