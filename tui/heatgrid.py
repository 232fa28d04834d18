"""Heat grid: which stretch of time and price a heatmap shows, and the market's data on it.

The picture scrolls by blocks of columns, not by frames: a few columns at the right stay free for
what comes next, so between jumps only the forming column changes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.depth import DepthView
from market.instrument import Instrument
from market.market import Market
from tui.axis import Movement, PriceAxis, centred, steady_axis

Integers = NDArray[np.int64]

HALVES = 2
"""Price rows in one text row."""
_BLOCK = 8
_BLOCK_TIME = 8_000_000_000
_WINDOWS = 4
"""Picture widths of the past that the price scale is walked through."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Columns of `interval` ns, numbered since the epoch: `last` holds the end of what is known."""

    interval: int
    last: int
    width: int
    ahead: int
    """Free columns to the right of `last`."""

    @property
    def shown(self) -> int:
        """Columns up to `last`."""
        return self.width - self.ahead

    @property
    def start(self) -> int:
        """Market time at the left edge."""
        return (self.last + 1 - self.shown) * self.interval

    @property
    def end(self) -> int:
        """First ns after column `last`."""
        return (self.last + 1) * self.interval

    @property
    def settled(self) -> int:
        """Columns at the right of `shown` that do not count for colours yet: the current block."""
        return self.shown - max(0, _block(self.interval, self.width) - self.ahead)

    @property
    def starts(self) -> list[int]:
        """Start of every column, the free ones included."""
        return [self.start + n * self.interval for n in range(self.width)]


@dataclass(frozen=True, slots=True)
class Prints:
    """Trades summed per column and text row: one entry for each cell that traded."""

    column: Integers
    row: Integers
    """Text rows from the top."""
    buy: Integers
    sell: Integers


@dataclass(frozen=True, slots=True)
class HeatGrid:
    """The book over time on columns and price rows, lowest price first."""

    instrument: Instrument
    stretch: Stretch
    axis: PriceAxis
    group: int
    """Ticks a price row."""
    view: DepthView
    last: int | None
    """Price of the last trade up to the right edge, in ticks."""
    live: bool
    """Whether the newest column is the book as it is now."""
    horizon: tuple[int, int] | None
    """Prices that the book's snapshot covered; beyond them only what has changed is known."""

    @property
    def settled(self) -> Integers:
        """Sizes of the columns that no longer change, for a scale that does not flicker."""
        total = self.view.bid + self.view.ask
        return total[: self.stretch.settled] if self.stretch.settled > 0 else total


def stretch(clock: int, until: int | None, interval: int, width: int) -> Stretch:
    """The columns to show: up to the clock with room to grow, or back to `until` without."""
    if until is not None and until < clock:
        return Stretch(interval, max(0, until) // interval, width, 0)
    last = clock // interval
    block = _block(interval, width)
    return Stretch(interval, last, width, min(width - 1, block - 1 - last % block))


def heat_grid(
    market: Market,
    columns: Stretch,
    cells: int,
    center: int | None,
    grouping: int | None,
) -> HeatGrid | None:
    """The data of a picture `cells` text rows high; None while there is no book to show."""
    instrument, depth = market.instrument, market.depth
    if instrument is None or depth is None or columns.shown < 1 or cells < 1:
        return None
    path = _movement(market, columns)
    if not len(path.close):
        return None
    axis, group = steady_axis(
        path, columns.width, cells, instrument.tick_size, parts=HALVES, grouping=grouping
    )
    rows = cells * HALVES
    if center is not None:
        low = centred(center, group, rows, HALVES)
        axis = PriceAxis(low, low + group * rows, cells)
    end = min(market.clock, columns.end - 1)
    view = depth.view(columns.interval, end, columns.shown, group, axis.low, rows)
    return HeatGrid(
        instrument,
        columns,
        axis,
        group,
        view,
        last=int(path.close[-1]) if market.last is not None else None,
        live=columns.end > market.clock,
        horizon=market.book.known if market.book is not None else None,
    )


def prints(market: Market, grid: HeatGrid) -> Prints:
    """The trades of the picture by cell."""
    columns, axis = grid.stretch, grid.axis
    ts, ticks, lots = _trades(market, columns.start, columns.end)
    column = (ts - columns.start) // columns.interval
    row = axis.cells - 1 - (ticks - axis.low) // (grid.group * HALVES)
    inside = (row >= 0) & (row < axis.cells) & (column >= 0) & (column < columns.shown)
    key, sizes = column[inside] * axis.cells + row[inside], lots[inside]
    count = columns.shown * axis.cells
    # Sums of lots stay far below 2**53, where float64 is exact.
    buy = np.bincount(key, np.maximum(sizes, 0), count).astype(np.int64)
    sell = np.bincount(key, np.maximum(-sizes, 0), count).astype(np.int64)
    cells = np.flatnonzero(buy + sell)
    return Prints(cells // axis.cells, cells % axis.cells, buy[cells], sell[cells])


def volumes(market: Market, columns: Stretch) -> tuple[Integers, Integers]:
    """Sell and buy volume of every shown column, whatever its price."""
    ts, _, lots = _trades(market, columns.start, columns.end)
    column = (ts - columns.start) // columns.interval
    inside = (column >= 0) & (column < columns.shown)
    column, lots = column[inside], lots[inside]
    sell = np.bincount(column, np.maximum(-lots, 0), columns.shown).astype(np.int64)
    return sell, np.bincount(column, np.maximum(lots, 0), columns.shown).astype(np.int64)


def _block(interval: int, width: int) -> int:
    """Columns a jump: a few seconds' worth, and only where the picture is wide enough."""
    return max(1, min(_BLOCK, _BLOCK_TIME // interval, width // 6))


def _trades(market: Market, start: int, end: int) -> tuple[Integers, Integers, Integers]:
    """Trades that arrived about between two times; the callers cut to what they need."""
    ts, ticks, lots = market.trades.since(market.trades.first)
    first, stop = np.searchsorted(ts, (start, end)).tolist()
    return ts[first:stop], ticks[first:stop], lots[first:stop]


def _movement(market: Market, columns: Stretch) -> Movement:
    """Low, high and last price per column, from a start that moves only once a picture width.

    A column without trades keeps the price before it.
    """
    first = (columns.last // columns.width - _WINDOWS) * columns.width
    count = columns.last + 1 - first
    bounds = (first + np.arange(count + 1)) * columns.interval
    ts, ticks, _ = market.trades.since(market.trades.first)
    # Late trades leave the times a little out of order; the cuts must not be.
    cuts = np.maximum.accumulate(np.searchsorted(ts, bounds))
    begin = cuts[:-1]
    traded = np.flatnonzero(cuts[1:] > begin)
    if not len(traded):
        return _resting(market)
    part = ticks[: cuts[-1]]
    low, high = (f.reduceat(part, begin[traded]) for f in (np.minimum, np.maximum))
    close = part[cuts[1:][traded] - 1]
    repeat = np.diff(np.append(traded, count))
    known = np.repeat(close, repeat)
    lows, highs = known.copy(), known.copy()
    at = traded - traded[0]
    lows[at], highs[at] = low, high
    return Movement(lows, highs, known)


def _resting(market: Market) -> Movement:
    """The middle of the book, or the last trade, of a market that has not traded here."""
    book, last = market.book, market.last
    middle: list[int] = []
    if book is not None and book.best_bid is not None and book.best_ask is not None:
        middle = [(book.best_bid + book.best_ask) // 2]
    elif last is not None:
        middle = [last.ticks]
    price = np.array(middle, np.int64)
    return Movement(price, price, price)
