"""A supervised connection over a transport that plays scripts, each step as soon as it can be."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from feeds.adapter import Subscription
from feeds.door import Door
from feeds.outlet import Outlet
from feeds.plan import Link
from feeds.rest import Budget, Rest
from feeds.session import Access, Means
from feeds.supervisor import Supervisor
from feeds.timing import Timing
from feeds.transport import Unreachable
from feeds.venue import Limits
from market.events import Event, FeedState, FeedStatus, Trade
from tests.fakes import BOTH, FakeTransport, PlainAdapter, Step

QUICK = Timing(
    tick=0.002,
    stale=0.02,
    dead=0.06,
    silent=0.06,
    backoff_first=0.001,
    backoff_most=0.004,
    steady=0.0,
    slow_down=0.005,
    region=0.02,
    spread=0.0,
)
LOST = Unreachable("host cut the connection")


class Rig:
    """One supervisor on a fake line, and what it has said so far."""

    def __init__(
        self,
        transport: FakeTransport,
        timing: Timing = QUICK,
        wanted: tuple[Subscription, ...] = BOTH,
        limit: int = 1000,
        connects: int = 10_000,
        adapter: PlainAdapter | None = None,
        door: Door | None = None,
        place: str = "",
        spare: str = "",
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.transport, self.timing = transport, timing
        self.adapter = adapter or PlainAdapter()
        self.taps: list[tuple[str, str, str, bytes | str]] = []
        self.outlet = Outlet(self._tap, limit)
        self.events: list[Event] = []
        means = Means(transport, self.outlet, timing, clock, random.Random(7).random)
        budget = Budget("binance", 6000, "x-used", timing)
        rest = Rest("http://host", budget, transport, timing, clock, lambda: 0.5)
        allowed = Budget("binance", connects, "", timing, seconds=300)
        limits = Limits(streams=9, sends=5000, connects=connects, weight=6000, weight_header="")
        access = Access(rest, "https://real", allowed, limits, door, spare, place)
        link = Link("binance", "wss://real/stream", wanted)
        self.supervisor = Supervisor(link, "ws://host/stream", lambda: self.adapter, access, means)

    def _tap(
        self, ts_recv: int, direction: str, connection: str, url: str, payload: bytes | str
    ) -> None:
        self.taps.append((direction, connection, url, payload))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the supervisor for the length of a `with`."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.supervisor.run())
            yield
            task.cancel()

    async def until(self, seen: Callable[[], bool]) -> None:
        """Take events until this is so."""
        async with asyncio.timeout(5):
            while not seen():
                await self.outlet.some()
                self.events += self.outlet.take()

    @property
    def trades(self) -> list[str]:
        return [event.id for event in self.events if isinstance(event, Trade)]

    @property
    def states(self) -> list[FeedState]:
        return [event.state for event in self.events if isinstance(event, FeedStatus)]

    @property
    def reasons(self) -> list[str]:
        return [event.reason for event in self.events if isinstance(event, FeedStatus)]


async def told(*scripts: list[Step] | Unreachable, until: str, timing: Timing = QUICK) -> Rig:
    """Run scripts until a status gives this reason."""
    rig = Rig(FakeTransport(*scripts), timing)
    async with rig.running():
        await rig.until(lambda: any(until in reason for reason in rig.reasons))
    return rig
