"""Heat grid: which columns of time and rows of price a heatmap shows, and the book on them.

The picture scrolls by blocks of columns, not by frames: a few columns at the right stay free for
what comes next, so between jumps only the forming column changes. A sweep does not scroll at all:
a column's place follows from its number, and blank columns run ahead of the newest.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.depth import DepthView
from market.depthsum import Depth, SummedDepth
from market.instrument import Instrument
from market.market import Market
from tui.drawing.axis import Movement, PriceAxis, centred, steady_axis
from tui.drawing.timeline import Scroll
from tui.heat.pricepath import PricePath

Integers = NDArray[np.int64]

HALVES = 2
"""Price rows in one text row."""
_BLOCK = 8
_BLOCK_TIME = 8_000_000_000
_GAP = 3
"""Blank columns ahead of a sweep, fewer where the picture is narrow."""


class Run(NamedTuple):
    """Columns that lie side by side: the number of the first, its place and how many there are."""

    column: int
    x: int
    length: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Columns of `interval` ns, numbered since the epoch: `last` holds the end of what is known."""

    interval: int
    last: int
    width: int
    ahead: int
    """Free columns: to the right of `last`, or ahead of a sweep."""
    block: int = 1
    """Columns that settle together: colours are not fitted to the block that is forming."""
    sweep: bool = False

    @property
    def shown(self) -> int:
        """Columns up to `last`."""
        return self.width - self.ahead

    @property
    def first(self) -> int:
        """The oldest column."""
        return self.last + 1 - self.shown

    @property
    def start(self) -> int:
        """Market time at which the oldest column begins."""
        return self.first * self.interval

    @property
    def end(self) -> int:
        """First ns after column `last`."""
        return (self.last + 1) * self.interval

    @property
    def starts(self) -> list[int]:
        """Start of every column, the free ones of a picture that scrolls included."""
        count = self.shown if self.sweep else self.width
        return [self.start + n * self.interval for n in range(count)]

    @property
    def turn(self) -> int:
        """The column that begins the block which is forming."""
        return self.last - self.last % self.block

    @property
    def oldest(self) -> int:
        """The oldest column that colours are fitted to: in a sweep, where none jumps, it does."""
        return self.turn - self.width if self.sweep else self.first

    def x(self, column: int) -> int:
        """Where a column stands."""
        return column % self.width if self.sweep else column - self.first

    def runs(self, first: int, stop: int) -> list[Run]:
        """Columns `first` up to `stop`, which are shown, as they lie: a sweep may break them."""
        if first >= stop:
            return []
        x, count = self.x(first), stop - first
        before = min(count, self.width - x)
        if before == count:
            return [Run(first, x, count)]
        return [Run(first, x, before), Run(first + before, 0, count - before)]


@dataclass(frozen=True, slots=True)
class HeatGrid:
    """Columns of time and rows of price, lowest first, for one moment of a market."""

    instrument: Instrument
    stretch: Stretch
    axis: PriceAxis
    group: int
    """Ticks a price row."""
    last: int | None
    """Price of the last trade up to the right edge, in ticks."""
    live: bool
    """Whether the newest column is the book as it is now."""
    clock: int
    horizon: tuple[int, int] | None
    """Prices that the book's snapshot covered; beyond them only what has changed is known."""
    several: SummedDepth | None = None
    """The books of several markets, in place of the one's own."""

    def view(self, depth: Depth, first: int, stop: int) -> DepthView:
        """The book in some columns, or the sum of several."""
        depth = self.several or depth
        interval = self.stretch.interval
        end = min(self.clock, stop * interval - 1)
        rows = self.axis.cells * HALVES
        return depth.view(interval, end, stop - first, self.group, self.axis.low, rows)


def stretch(
    clock: int, until: int | None, interval: int, width: int, scroll: Scroll = "block"
) -> Stretch:
    """The columns to show: up to the clock with room to grow, or back to `until` without."""
    back = until is not None and until < clock
    last = max(0, until if back and until is not None else clock) // interval
    block = max(1, min(_BLOCK, _BLOCK_TIME // interval, width // 6))
    if scroll == "sweep":
        return Stretch(interval, last, width, min(_GAP, width // 12), max(1, width // 4), True)
    free = 0 if back or scroll == "smooth" else min(width - 1, block - 1 - last % block)
    return Stretch(interval, last, width, free, block)


def heat_grid(
    market: Market,
    columns: Stretch,
    cells: int,
    center: int | None,
    grouping: int | None,
    path: PricePath | None = None,
) -> HeatGrid | None:
    """What a picture `cells` text rows high shows; None while there is no book to show.

    A `path` kept from the picture before spares reading all trades again.
    """
    instrument, depth = market.instrument, market.depth
    if instrument is None or depth is None or columns.shown < 1 or cells < 1:
        return None
    path = path or price_path(instrument, columns, cells, grouping)
    found = path.axis(market.trades, columns.last)
    last = path.last
    if found is None:
        resting = _resting(market)
        if not len(resting.close):
            return None
        found = steady_axis(
            resting, columns.width, cells, instrument.tick_size, parts=HALVES, grouping=grouping
        )
        last = int(resting.close[-1]) if market.last is not None else None
    axis, group = found
    if center is not None:
        rows = cells * HALVES
        low = centred(center, group, rows, HALVES)
        axis = PriceAxis(low, low + group * rows, cells)
    book = market.book
    return HeatGrid(
        instrument,
        columns,
        axis,
        group,
        last,
        live=columns.end > market.clock,
        clock=market.clock,
        horizon=book.known if book is not None else None,
    )


def price_path(
    instrument: Instrument, columns: Stretch, cells: int, grouping: int | None
) -> PricePath:
    """A path for pictures with columns and rows like these."""
    return PricePath(columns.interval, columns.width, cells, instrument.tick_size, HALVES, grouping)


def settled(columns: Stretch, known: int | None) -> tuple[int, int]:
    """The columns that colours are fitted to, so that they do not change with every order.

    They are those before `turn`. Where too few of them are known (`known` is the first column that
    is), it is those seen so far, taken anew when they have doubled.
    """
    if known is None or known >= columns.last:
        return columns.last, columns.last + 1
    if columns.turn - known >= max(1, columns.block // 2):
        return columns.oldest, columns.turn
    seen = columns.last - known
    return known, known + (1 << (seen.bit_length() - 1))


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
