"""The supervisor: one link's life, the same loop for every venue.

Connect, open, pump, tick, watch; when it ends, say why, pause, and begin again, for ever. An
error's type decides the recovery: a malformed frame is counted and passed over, several in a row
or a line that is gone mean a new connection, and what the venue rejects is said and not repeated.
Before the venue would cut a connection, or when it says that it will, a second one is opened; the
first is closed when the second can take over (`feeds.handover`).
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from math import inf

from feeds.adapter import Adapter
from feeds.board import Word
from feeds.carrier import Carrier, Errand
from feeds.door import rerouted
from feeds.errors import Disconnected
from feeds.handover import Handover, Silent
from feeds.outlet import Way
from feeds.patience import Patience
from feeds.plan import Link
from feeds.rest import SECOND
from feeds.session import Access, Means, sleep
from market.events import FeedState


class _Reign:
    """A carrier at work."""

    def __init__(self, group: asyncio.TaskGroup, carrier: Carrier, news: asyncio.Event) -> None:
        self.carrier = carrier
        self.task = group.create_task(carrier.run())
        self.task.add_done_callback(lambda _: news.set())


class Supervisor:
    """Keeps one link connected until it is cancelled. `make` makes an adapter for a connection."""

    def __init__(
        self, link: Link, address: str, make: Callable[[], Adapter], access: Access, means: Means
    ) -> None:
        self.link = link
        self._make = make
        self._adapter = make()
        self._means = means
        self._attempt = 0
        self._hurry = asyncio.Event()
        self._news = asyncio.Event()
        """Something has happened that a change of connections may have waited for."""
        self._errand = Errand(link, address, access, means, self._hurry, Patience(), self._news)
        self._spare = rerouted(link.venue, address, access.spare) if access.spare else ""

    async def run(self) -> None:
        """Connect, carry, and after every end begin again."""
        self._tell(Word(FeedState.CONNECTING, f"connecting to {self.link.venue}"))
        while True:
            ended = await self._reign()
            pause = self._pause(ended)
            # What is refused for good is not asked for again unless somebody wants it.
            retry_at = None if pause == inf else self._means.clock() + round(pause * SECOND)
            self._tell(Word(FeedState.CONNECTING, ended.reason, retry_at))
            await sleep(pause, self._hurry)

    def hurry(self) -> None:
        """Try again now instead of at the end of a pause."""
        self._errand.access.connects.hurry()
        self._hurry.set()

    def forget(self) -> None:
        """Take back what was said of this link's instruments: it is given up."""
        for instrument in self.link.vital:
            self._means.outlet.forget(self.link, instrument, self._means.clock())

    async def _reign(self) -> Disconnected:
        """Carry one connection after another, each taking over from the last; why that ended."""
        async with asyncio.TaskGroup() as group:
            ruling = self._begin(group, self._adapter, self._means.outlet)
            while True:
                self._news.clear()
                if ruling.task.done():
                    break
                if ruling.carrier.due:
                    ruling = await self._succeed(group, ruling)
                else:
                    await self._news.wait()
        if ruling.carrier.steady:
            self._attempt = 0
        session = ruling.carrier.session
        if self._spare and session is not None and session.mute:
            # What answers and then stays silent may speak at the other path.
            self._errand, self._spare = (
                replace(self._errand, address=self._spare),
                self._errand.address,
            )
        return ruling.task.result()

    def _begin(self, group: asyncio.TaskGroup, adapter: Adapter, way: Way) -> _Reign:
        return _Reign(group, Carrier(self._errand, adapter, way), self._news)

    async def _succeed(self, group: asyncio.TaskGroup, ruling: _Reign) -> _Reign:
        """Open a second connection, and have it take over when it can; return who carries on."""
        means, session = self._means, ruling.carrier.session
        assert session is not None, "nobody else asks for a successor"
        handover = Handover(self.link, means.outlet, session.last, means.timing, self._news.set)
        ruling.carrier.turn(handover.old)
        heir = self._begin(group, self._make(), handover.new)
        while not (ruling.task.done() or heir.task.done()):
            self._news.clear()
            if heir.carrier.heard and handover.ready(session.states, means.clock()):
                break
            await self._news.wait()
        if heir.task.done():
            ruling.carrier.turn(means.outlet)
            await self._bide(heir, ruling)
            return ruling
        self._adapter, self._attempt = heir.carrier.adapter, 0
        ended = ruling.task.result().reason if ruling.task.done() else ""
        if ended and heir.carrier.heard and handover.ready(session.states, means.clock()):
            ended = ""
        ruling.carrier.turn(Silent())
        ruling.task.cancel()
        straight = partial(heir.carrier.turn, means.outlet)
        heir.carrier.turn(handover.finish(means.clock(), straight, ended))
        means.outlet.counts.renewals += 1
        return heir

    async def _bide(self, heir: _Reign, ruling: _Reign) -> None:
        """Pause after a second connection that failed, as long as the first one lasts."""
        pause = self._pause(heir.task.result())
        with suppress(TimeoutError):
            async with asyncio.timeout(pause if pause < inf else None):
                await asyncio.wait([ruling.task])

    def _pause(self, ended: Disconnected) -> float:
        """Seconds until the next attempt: as stated, else by our own choice."""
        self._attempt += 1
        if ended.retry_after is not None:
            return ended.retry_after
        return self._means.timing.backoff(self._attempt - 1, self._means.draw())

    def _tell(self, word: Word) -> None:
        for instrument in self.link.vital:
            self._means.outlet.say(self.link, instrument, word, self._means.clock())
