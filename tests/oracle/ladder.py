"""The ladder's numbers reckoned the slow way, from the events alone."""

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

from market.events import BookDelta, BookSnapshot, BookTicker, Event, FeedState, FeedStatus, Trade
from market.market import Market
from tests.lots import in_lots

LOOK = 100_000_000
"""ns between two looks at the book."""
PATIENCE = 500_000_000
"""What happened so shortly before the last look is not judged yet, ns."""
GOOD = (FeedState.LIVE, FeedState.REPLAY, FeedState.SIM, FeedState.SNAPSHOT_ONLY)

Level = tuple[int, str]
"""Price in ticks, `bid` or `ask`."""
Looked = dict[Level, int]
Change = tuple[int, Level, int]
"""When it was seen, where, and by how much: above zero stacked, below pulled."""


class Pulling:
    """Pulling and stacking of one market as definitions.md 14 has them, look by look."""

    def __init__(self, market: Market) -> None:
        """`market` has taken all events already: it says what a tick and a lot are."""
        self.market = market
        self.book: dict[tuple[float, str], float] = {}
        self.looks: list[tuple[int, int, Looked]] = []
        """When, the time of the last book event before, and what rested."""
        self.trades: list[tuple[int, Level, int]] = []
        self.spans: list[list[int]] = []
        """From when to when the book was to be believed."""
        self.clock = self.booked = self.reached = 0
        self.good = self.stated = False

    def play(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.instrument not in (self.market.id, ""):
                continue
            match event:
                case Trade():
                    self._trade(event)
                case BookTicker():
                    self.clock = max(self.clock, event.ts_event or 0)
                case BookSnapshot() | BookDelta():
                    self._book(event)
                case FeedStatus():
                    if event.state is not FeedState.STALE:
                        self.good = event.state in GOOD
                        self._believe()

    def _trade(self, trade: Trade) -> None:
        instrument = self.market.instrument
        assert instrument is not None
        side = "ask" if trade.side == "buy" else "bid"
        level = (instrument.ticks(trade.price), side)
        self.trades.append((trade.ts_event, level, in_lots(self.market, trade.size, trade.price)))
        self.clock = max(self.clock, trade.ts_event)

    def _book(self, event: BookSnapshot | BookDelta) -> None:
        when = self.clock if event.ts_event is None else event.ts_event
        self.clock = max(self.clock, when)
        self._look(max(self.booked, when))
        self.booked = max(self.booked, when)
        if isinstance(event, BookSnapshot):
            self.book.clear()
            self.stated = True
        for side, levels in (("bid", event.bids), ("ask", event.asks)):
            for price, size in levels:
                self.book[price, side] = size
                if not size:
                    del self.book[price, side]
        self._believe()

    def _look(self, now: int) -> None:
        """The book stands as it is since its last event, so one look is as good as many."""
        newest = now // LOOK * LOOK
        if newest <= self.reached:
            return
        boundary = self.reached + LOOK if self.reached else newest
        self.reached = newest
        instrument = self.market.instrument
        assert instrument is not None
        rests: Looked = {
            (instrument.ticks(price), side): in_lots(self.market, size, price)
            for (price, side), size in self.book.items()
        }
        if not self.looks or rests != self.looks[-1][2]:
            self.looks.append((boundary, self.booked, rests))

    def _believe(self) -> None:
        believed = bool(self.spans) and len(self.spans[-1]) == 1
        if self.good and self.stated and not believed:
            self.spans.append([self.clock])
        elif not (self.good and self.stated) and believed:
            self.spans[-1].append(min(self.clock, self.booked))

    def changes(self) -> list[Change]:
        """The net (Q_now - Q_before) + T of every level, look after look."""
        found: list[Change] = []
        for before, now in zip(self.looks, self.looks[1:], strict=False):
            if now[0] > self.reached - PATIENCE or not self._unbroken(before[0], now[0]):
                continue
            net: Counter[Level] = Counter(now[2])
            net.subtract(before[2])
            for ts, level, lots in self.trades:
                if before[1] < ts <= now[1]:
                    net[level] += lots
            found += [(now[0], level, lots) for level, lots in net.items() if lots]
        return found

    def _unbroken(self, start: int, end: int) -> bool:
        return any(span[0] < start and (len(span) == 1 or end <= span[1]) for span in self.spans)


def stacked_and_pulled(
    changes: Iterable[Change], start: int, stop: int, group: int
) -> dict[Level, tuple[int, int]]:
    """Sums by row (its low edge over the grouping) and side of what was seen in (start, stop]."""
    sums: dict[Level, tuple[int, int]] = {}
    for ts, (ticks, side), lots in changes:
        if start < ts <= stop:
            row = (ticks // group, side)
            stacked, pulled = sums.get(row, (0, 0))
            sums[row] = (stacked + max(0, lots), pulled + max(0, -lots))
    return sums


def cumulative(levels: dict[int, int], edge: int, group: int, ask: bool) -> int:
    """Lots from the best price to the far edge of the row that begins at `edge`."""
    if ask:
        return sum(lots for ticks, lots in levels.items() if ticks < edge + group)
    return sum(lots for ticks, lots in levels.items() if ticks >= edge)


def to_here(
    bids: dict[int, int], asks: dict[int, int], low: int, high: int
) -> tuple[str, int, Fraction, Fraction] | None:
    """What it takes to trade until nothing is left up to a row of prices from low to high - 1.

    Side, lots, average price in ticks, and how far that is from the middle in basis points.
    """
    if not bids or not asks:
        return None
    middle = Fraction(max(bids) + min(asks), 2)
    if high > min(asks):
        side, taken = "buy", {ticks: lots for ticks, lots in asks.items() if ticks < high}
    elif low <= max(bids):
        side, taken = "sell", {ticks: lots for ticks, lots in bids.items() if ticks >= low}
    else:
        return None
    lots = sum(taken.values())
    average = Fraction(sum(ticks * many for ticks, many in taken.items()), lots)
    away = average - middle if side == "buy" else middle - average
    return side, lots, average, away / middle * 10_000


def chase(path: list[int | None], way: int) -> tuple[int, int, int] | None:
    """Steps, first and last price of the run of best prices, one look each, that goes one way.

    A run ends when the price goes back or is unknown, or when two looks pass without a step; what
    rested for ten looks is told no more, and one step is no chase.
    """
    moves = [
        (look, before)
        for look, (before, now) in enumerate(pairwise(path), start=1)
        if before is not None and now is not None and (now - before) * way > 0
    ]
    breaks = [
        look
        for look, (before, now) in enumerate(pairwise(path), start=1)
        if before is None or now is None or (now - before) * way < 0
    ]
    run: list[tuple[int, int]] = []
    for look, before in moves:
        if run and (look - run[-1][0] > 2 or any(run[-1][0] < b < look for b in breaks)):
            run = []
        run.append((look, before))
    ended = bool(run) and any(b > run[-1][0] for b in breaks)
    if len(run) < 2 or ended or len(path) - 1 - run[-1][0] > 10 or path[-1] is None:
        return None
    return len(run), run[0][1], path[-1]
