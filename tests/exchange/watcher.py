"""The watcher: a consumer of a hub that is connected to a stand, and what it saw."""

import time
from collections.abc import Callable
from contextlib import aclosing

from feeds.hub import Hub
from feeds.outlet import Tap
from feeds.timing import Timing
from market.events import Event, FeedState, FeedStatus, Trade
from market.markets import Markets
from tests.exchange.stand import Stand
from tests.lots import side_in_lots

QUICK = Timing(
    tick=0.002, backoff_first=0.005, backoff_most=0.02, goodbye=0.05, spread=0.0, steady=0.0
)
PATIENT = (FeedState.LIVE, FeedState.SNAPSHOT_ONLY)


class Watcher:
    """Watches a stand's symbol and others. Its clock runs `fast` times as fast as time does."""

    def __init__(
        self,
        stand: Stand,
        *others: str,
        timing: Timing = QUICK,
        fast: int = 1,
        tap: Tap | None = None,
    ) -> None:
        self.stand, tongue = stand, stand.tongue
        opened, start = tongue.floor.now, time.time_ns()
        self.hub = Hub(
            endpoints={tongue.venue: stand.url},
            timing=timing,
            clock=lambda: opened + fast * (time.time_ns() - start),
            tap=tap,
        )
        self.name = f"{tongue.venue}:{tongue.symbol}"
        self.hub.want([self.name, *(f"{tongue.venue}:{other}" for other in others)])
        self.markets = Markets()
        self.events: list[Event] = []

    async def until(self, seen: Callable[[], bool]) -> None:
        """Take events until this is so."""
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
        """What was said of the stand's symbol, in order."""
        return self.states_of(self.name)

    def states_of(self, name: str) -> list[FeedState]:
        """What was said of an instrument, in order."""
        return [
            event.state
            for event in self.events
            if isinstance(event, FeedStatus) and event.instrument == name
        ]

    @property
    def reasons(self) -> set[str]:
        """What was said of any instrument."""
        return {event.reason for event in self.events if isinstance(event, FeedStatus)}

    @property
    def trades(self) -> list[str]:
        """Ids of the trades, in order."""
        return [event.id for event in self.events if isinstance(event, Trade)]
