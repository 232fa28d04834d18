"""Every venue live: its stand-in's handshake, its books and trades through the real transport."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing

import pytest

from feeds.hub import Hub
from feeds.timing import Timing
from market.events import Event, FeedState, FeedStatus, Trade
from market.markets import Markets
from tests.captures import needs_captures
from tests.exchange.registry import TONGUES
from tests.exchange.stand import Stand
from tests.lots import side_in_lots
from tests.running import in_loop

pytestmark = [needs_captures, pytest.mark.usefixtures("hasty")]

QUICK = Timing(
    tick=0.002, backoff_first=0.005, backoff_most=0.02, goodbye=0.05, spread=0.0, steady=0.0
)
PATIENT = (FeedState.LIVE, FeedState.SNAPSHOT_ONLY)
CUES = 40


class Watcher:
    """A consumer of a hub, with what it saw."""

    def __init__(self, stand: Stand, *symbols: str) -> None:
        self.stand, tongue = stand, stand.tongue
        shift = tongue.floor.now - time.time_ns()
        self.hub = Hub(
            endpoints={tongue.venue: stand.url},
            timing=QUICK,
            clock=lambda: shift + time.time_ns(),
        )
        self.hub.want([f"{tongue.venue}:{symbol}" for symbol in symbols])
        self.name = f"{tongue.venue}:{tongue.symbol}"
        self.markets = Markets()
        self.events: list[Event] = []

    async def until(self, seen: Callable[[], bool]) -> None:
        async with aclosing(self.hub.batches()) as batches:
            async for batch in batches:
                self.events += batch
                self.markets.apply(batch)
                if seen():
                    return

    @property
    def right(self) -> bool:
        """Whether the book is shown, and as the venue has it."""
        market = self.markets.get(self.name)
        if market is None or market.book is None or market.instrument is None:
            return False
        if market.status.state not in PATIENT or not market.book_good:
            return False
        shown = [
            dict(zip(side.ticks.tolist(), side.lots.tolist(), strict=True))
            for side in market.book.standing()
        ]
        return shown == [side_in_lots(market, side) for side in self.stand.tongue.floor.numbers()]

    @property
    def complete(self) -> bool:
        """Whether the book is right, listed and no trade that anybody was told of is missing."""
        market = self.markets.get(self.name)
        listed = market is not None and market.listed is not None
        listed = listed or self.stand.tongue.venue == "bitfinex"
        return self.right and listed and self.stand.told <= set(self.trades)

    @property
    def states(self) -> list[FeedState]:
        return [event.state for event in self.events if isinstance(event, FeedStatus)]

    @property
    def trades(self) -> list[str]:
        return [event.id for event in self.events if isinstance(event, Trade)]


@pytest.mark.parametrize("venue", TONGUES)
@in_loop
async def test_a_venue_is_shown_live(venue: str) -> None:
    tongue = TONGUES[venue]()
    async with Stand(tongue) as stand, asyncio.TaskGroup() as group:
        watcher = Watcher(stand, tongue.symbol)

        over = asyncio.Event()

        async def play() -> None:
            # Some books are fetched with their first change only.
            while not watcher.right:
                await stand.play(1, 0.005)
            await stand.play(CUES)
            await stand.beat()
            while not watcher.complete:
                await stand.play(1, 0.005)
            over.set()
            await stand.play(4)

        group.create_task(play())
        await watcher.until(over.is_set)
    counts = watcher.hub.counts
    assert counts.malformed == counts.gaps == counts.rejected == 0
    assert len(watcher.trades) == len(set(watcher.trades))


@pytest.mark.parametrize("venue", TONGUES)
@in_loop
async def test_a_line_that_is_cut_is_made_again(venue: str) -> None:
    tongue = TONGUES[venue]()
    async with Stand(tongue) as stand, asyncio.TaskGroup() as group:
        watcher, over = Watcher(stand, tongue.symbol), asyncio.Event()

        async def play() -> None:
            # A connection that has not said a thing is another matter.
            while not (watcher.right and watcher.trades):
                await stand.play(1, 0.005)
            wanted = stand.connects + len(stand.talks)
            await stand.cut()
            while stand.connects < wanted or not watcher.complete:
                await stand.play(1, 0.005)
            over.set()
            await stand.play(4)

        group.create_task(play())
        await watcher.until(over.is_set)
    assert FeedState.CONNECTING in watcher.states
    assert watcher.hub.counts.malformed == 0
    assert len(watcher.trades) == len(set(watcher.trades))
