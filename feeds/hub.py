"""The hub: supervisors of all venues behind one stream of batches.

What is wanted may change at any time; connections are made and given up to match. Everything runs
in one task group that lives as long as somebody iterates `batches`.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from functools import partial

from feeds.adapter import Channel, Subscription
from feeds.hosts import Hosts
from feeds.outlet import Counts, Outlet, Tap
from feeds.plan import Beside, Link, plan, subscriptions
from feeds.registry import find_venue, parse_instrument
from feeds.session import Means
from feeds.supervisor import Supervisor
from feeds.timing import Timing
from feeds.transport import Network, Transport
from market.events import Event, FeedState

CHANNELS = (Channel.TRADES, Channel.BOOK, Channel.KLINES)
"""What is always subscribed for every instrument. Best bid and ask come from the book."""
_CROWDED = 100_000_000
"""ns for which a full read counts as of late."""


class Hub:
    """All live connections. `tap` sees raw traffic under the venues' own addresses."""

    def __init__(
        self,
        *,
        endpoints: Mapping[str, str] | None = None,
        tap: Tap | None = None,
        channels: Sequence[Channel] = CHANNELS,
        transport: Transport | None = None,
        timing: Timing | None = None,
        clock: Callable[[], int] = time.time_ns,
        draw: Callable[[], float] = random.random,
        outlet: Outlet | None = None,
        beside: Callable[[], Coroutine[None, None, None]] | None = None,
    ) -> None:
        self._beside = beside
        """What else runs as long as the connections do, and puts what it has into the `outlet`."""
        self._channels = tuple(channels)
        timing = timing or Timing()
        self._outlet = outlet or Outlet(tap)
        self._means = Means(transport or Network(timing, clock), self._outlet, timing, clock, draw)
        self._hosts = Hosts(endpoints or {}, self._means)
        self._symbols: dict[str, dict[str, None]] = {}
        self._interval, self._extra = "1m", Beside()
        self._wanted: dict[str, list[Subscription]] = {}
        self._running: dict[Link, tuple[Supervisor, asyncio.Task[None]]] = {}
        self._changed = asyncio.Event()

    @property
    def counts(self) -> Counts:
        """What has happened since the start; rates are for the reader to make."""
        return self._outlet.counts

    @property
    def state(self) -> FeedState:
        """The worst that is known of any instrument."""
        return self._outlet.board.worst

    @property
    def crowded(self) -> bool:
        """Whether more comes of late than is read at a time: whoever draws should let us read."""
        at = self._outlet.crowded_at
        return at is not None and self._means.clock() - at < _CROWDED

    def want(self, instruments: Sequence[str], interval: str = "1m") -> None:
        """Watch exactly these instruments from now on; ConfigError when one cannot be."""
        symbols: dict[str, dict[str, None]] = {}
        for instrument in instruments:
            venue, symbol = parse_instrument(instrument)
            symbols.setdefault(venue, {})[symbol] = None
        self._symbols, self._interval = symbols, interval
        self._plan()

    def want_beside(self, extra: Beside) -> None:
        """Have this of every instrument beside that which always is, from now on."""
        self._extra = extra
        self._plan()

    def _plan(self) -> None:
        channels = tuple(dict.fromkeys((*self._channels, *self._extra.channels)))
        self._wanted = {
            name: subscriptions(
                find_venue(name), group, channels, self._interval, self._extra.interest
            )
            for name, group in self._symbols.items()
        }
        self._changed.set()

    def retry(self) -> None:
        """Try again now wherever a pause is of our own choice."""
        self._hosts.hurry()
        for supervisor, _ in self._running.values():
            supervisor.hurry()

    async def batches(self) -> AsyncGenerator[list[Event]]:
        """Events in order, as many to a batch as came since the last. Close it to disconnect."""
        # Not a task group here: it would cancel its consumer in the consumer's own code.
        runner = asyncio.create_task(self._run())
        runner.add_done_callback(lambda _: self._outlet.wake())
        try:
            while not runner.done():
                await self._outlet.some()
                if batch := self._outlet.take():
                    yield batch
            runner.result()
        finally:
            runner.cancel()
            await asyncio.wait([runner])

    async def _run(self) -> None:
        """Keep the connections in step with what is wanted."""
        try:
            async with asyncio.TaskGroup() as group:
                if self._beside is not None:
                    group.create_task(self._beside())
                while True:
                    self._changed.clear()
                    self._arrange(group)
                    await self._changed.wait()
        finally:
            self._running.clear()
            await self._means.transport.close()

    def _arrange(self, group: asyncio.TaskGroup) -> None:
        kept: set[Link] = set()
        for name, wanted in self._wanted.items():
            present = [link for link in self._running if link.venue == name]
            kept.update(plan(find_venue(name), wanted, present))
        for link in self._running.keys() - kept:
            supervisor, task = self._running.pop(link)
            task.cancel()
            supervisor.forget()
        for link in kept - self._running.keys():
            supervisor = self._supervisor(link)
            self._running[link] = supervisor, group.create_task(supervisor.run())

    def _supervisor(self, link: Link) -> Supervisor:
        venue = find_venue(link.venue)
        address = self._hosts.dialled(venue).websocket + link.url.removeprefix(venue.websocket)
        make = partial(venue.adapter, link.url)
        return Supervisor(link, address, make, self._hosts.access(venue), self._means)
