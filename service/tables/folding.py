"""Folding: trades as they come into bars that are handed over once they are over.

The numbers are those of `market.bars` and `market.footprint`. Those keep the newest 10,000 bars
and a million trades for who looks at the end of a market; here nothing is kept but what is still
forming, so a recording of any length becomes bars of all of it.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Protocol, TypeAlias

from market.bar import Bar
from market.bars import Bars
from market.basis import Basis, TimeBasis, resolved
from market.grid import restated
from market.inference import ratios
from market.instrument import Instrument
from market.market import Market
from market.trades import TradeColumns, TradeLog

LAG = 300_000_000_000
"""Market time that a bar of time waits for late trades after its end, ns."""
CHUNK = 4096
"""Trades after which bars of trades, volume and the like are looked for."""

_WIDE = Context(prec=60)
"""Of sums of sizes times prices, which have twice the digits: none is rounded."""

Cells: TypeAlias = dict[Decimal, tuple[Decimal, Decimal, int]]
"""Sold, bought and number of trades at each price."""


@dataclass(slots=True)
class Folded:
    """A bar: prices in quote, sizes in base currency, `start` inclusive and `end` exclusive."""

    start: int
    end: int
    open: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    low: Decimal = Decimal(0)
    close: Decimal = Decimal(0)
    buy: Decimal = Decimal(0)
    sell: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    """Each size times its price, summed."""
    trades: int = 0
    whole: bool = True
    """Whether we saw it from its beginning to its end."""
    gap: bool = False
    """Whether data are missing before one of its trades."""
    cells: Cells = field(default_factory=dict)
    first: int = 0
    last: int = 0
    """Event times of the trades that opened and closed it."""


class Print:
    """A trade in base currency, on the market's grids too."""

    __slots__ = ("gap", "lots", "price", "size", "ticks", "ts")

    def __init__(
        self, instrument: Instrument, ts: int, ticks: int, lots: int, gap: bool = False
    ) -> None:
        self.ts, self.ticks, self.lots, self.gap = ts, ticks, lots, gap
        self.price, self.size = instrument.price(ticks), instrument.size(lots)
        """`size` and `lots` are negative where the seller aggressed."""


class Fold(Protocol):
    """Trades in, bars that are over out."""

    late: int
    """Trades that came when their bar was handed over, and are in none."""
    since: int
    """Market time from which on all trades are seen."""

    def add(self, market: Market, trade: Print) -> Iterator[Folded]:
        """Bars that are over now."""
        ...

    def finish(self, market: Market, horizon: int) -> Iterator[Folded]:
        """What is left; the market was seen up to a time."""
        ...


class ByTime:
    """Bars of equal length: a late trade goes to its own, for `LAG` after its end."""

    def __init__(self, interval: int, cells: bool) -> None:
        self.late = self.since = 0
        self._interval, self._cells = interval, cells
        self._forming: dict[int, Folded] = {}
        self._over = 0
        """Bars that end by this time were handed over."""

    def add(self, market: Market, trade: Print) -> Iterator[Folded]:
        """Bars that ended long enough before the market's time."""
        start = trade.ts // self._interval * self._interval
        if start < self._over:
            self.late += 1
            return
        bar = self._forming.get(start)
        if bar is None:
            bar = self._forming[start] = Folded(start, start + self._interval)
        _count(bar, trade, self._cells)
        if market.clock - LAG >= self._over + self._interval:
            over = (market.clock - LAG) // self._interval * self._interval
            yield from self._hand_over(over)

    def finish(self, market: Market, horizon: int) -> Iterator[Folded]:
        """The rest; a bar that the market did not reach the end of is not whole."""
        for bar in self._hand_over(1 << 62):
            bar.whole = bar.whole and bar.end <= horizon
            yield bar

    def _hand_over(self, over: int) -> Iterator[Folded]:
        self._over = over
        for start in sorted(start for start in self._forming if start < over):
            bar = self._forming.pop(start)
            bar.whole = start >= self.since
            yield bar


class ByCount:
    """Bars of trades, volume, delta and the like, in order of arrival, as `market.bars` cuts them.

    Where the grids become finer only what is still forming is restated and goes on.
    """

    def __init__(self, basis: Basis, cells: bool) -> None:
        self.late = self.since = 0
        self._basis, self._cells = basis, cells
        self._grid: Instrument | None = None
        self._added = self._handed = 0
        """Trades taken, and those of them that are in bars that were handed over."""
        self._missing = deque[int]()
        """Numbers of trades before which data are missing."""
        self._begin(TradeLog())

    def add(self, market: Market, trade: Print) -> Iterator[Folded]:
        """Bars that are over, every so many trades."""
        grid = market.instrument
        assert grid is not None  # it has traded
        if grid is not self._grid:
            yield from self._regrid(grid)
        if trade.gap:
            self._missing.append(self._added)
        self._added += 1
        self._log.append(trade.ts, trade.ticks, trade.lots)
        if self._log.end - self._read >= CHUNK:
            yield from self._over()

    def finish(self, market: Market, horizon: int) -> Iterator[Folded]:
        """The rest: the newest bar is not over."""
        yield from self._over(all_=True)

    def _begin(self, log: TradeLog) -> None:
        self._log, self._read, self._told = log, 0, 0
        self._key = -1
        self._bars = Bars(resolved(self._basis, self._grid))

    def _regrid(self, grid: Instrument) -> Iterator[Folded]:
        """Go on with other grids from the first trade of the bar that is forming."""
        if self._grid is not None:
            yield from self._over()
            prices, sizes = ratios(self._grid, grid)
            rest = self._log.since(self._told)
            rest = TradeColumns(rest.ts, restated(rest.ticks, prices), restated(rest.lots, sizes))
        else:
            rest = self._log.since(0)
        self._grid = grid
        log = TradeLog()
        log.precede(rest)
        self._begin(log)

    def _over(self, all_: bool = False) -> Iterator[Folded]:
        self._bars.update(self._log)
        self._read = self._log.end
        keys, bars = self._bars.keyed(None, 1 << 30)
        for key, bar in zip(keys.tolist(), bars, strict=True):
            newest = bar is bars[-1]
            if key > self._key and (all_ or not newest):
                self._key = key
                yield self._folded(bar, whole=not newest)

    def _folded(self, bar: Bar, whole: bool) -> Folded:
        grid = self._grid
        assert grid is not None
        prices = [grid.price(ticks) for ticks in (bar.open, bar.high, bar.low, bar.close)]
        found = Folded(bar.start, bar.end)
        for ts, ticks, lots in zip(*self._trades(bar.trades), strict=True):
            _count(found, Print(grid, ts, ticks, lots), self._cells)
        found.open, found.high, found.low, found.close = prices
        found.whole = whole
        self._handed += bar.trades
        while self._missing and self._missing[0] < self._handed:
            self._missing.popleft()
            found.gap = True
        return found

    def _trades(self, count: int) -> list[list[int]]:
        """The next so many trades: bars hold them in order, each once."""
        columns = self._log.between(self._told, self._told + count)
        self._told += count
        return [column.tolist() for column in columns]


def fold(basis: Basis, cells: bool = False) -> Fold:
    """What makes bars of a basis; with what was sold and bought at each price if wanted."""
    return ByTime(basis.interval, cells) if isinstance(basis, TimeBasis) else ByCount(basis, cells)


def _count(bar: Folded, trade: Print, cells: bool) -> None:
    """Add a trade: open and close go by event time and, at equal times, by arrival."""
    ts, price = trade.ts, trade.price
    if not bar.trades or ts < bar.first:
        bar.first, bar.open = ts, price
    if not bar.trades or ts >= bar.last:
        bar.last, bar.close = ts, price
    bar.high = max(bar.high, price) if bar.trades else price
    bar.low = min(bar.low, price) if bar.trades else price
    bar.trades += 1
    bar.gap |= trade.gap
    sold, bought = max(-trade.size, Decimal(0)), max(trade.size, Decimal(0))
    bar.sell += sold
    bar.buy += bought
    bar.value = _WIDE.fma(abs(trade.size), price, bar.value)
    if cells:
        before = bar.cells.get(price, (Decimal(0), Decimal(0), 0))
        bar.cells[price] = before[0] + sold, before[1] + bought, before[2] + 1
