"""Price rows: which price group each row of a ladder or footprint holds.

A picture whose rows slide with every trade cannot be read, so rows stay where they are until the
price nears an edge and then move by a step. Where they are follows from the trades alone, by
walking a stretch of them whose start stays put: no memory of the last frame, hence the same
market and size always give the same rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from market.bar import Bar
from market.instrument import Instrument
from market.market import Market
from market.recent import Recent
from market.trades import TradeLog
from tui.drawing.axis import nice_grouping
from tui.pane import trades_end

Ticks = NDArray[np.int64]

BLOCK = 4096
"""The walk begins at a multiple of this many trades, one to two blocks back."""
_FILL = 0.6
"""Share of the rows that the movement of a typical minute may take."""
_LEAPS = 64
"""Moves of the rows that are looked for in one go each; a price that leaps more is walked."""
_FIRST = 128
"""Prices looked at first in each go, four times as many in the next."""
_WALKS_KEPT = 16
_USUAL = 0.0005
"""The movement of a minute that is assumed before one was seen, as a fraction of the price."""


@dataclass(frozen=True, slots=True)
class PriceRows:
    """`count` rows of `group` ticks each; the lowest covers group index `bottom`."""

    group: int
    bottom: int
    count: int

    @property
    def low(self) -> int:
        """The low edge of the lowest row, in ticks."""
        return self.bottom * self.group

    def row(self, ticks: int) -> int:
        """The row of a price counted from the top; outside 0..count-1 when not covered."""
        return self.bottom + self.count - 1 - ticks // self.group

    def edges(self) -> list[int]:
        """Low edges in ticks, from the top row down."""
        top = self.bottom + self.count
        return [index * self.group for index in range(top - 1, self.bottom - 1, -1)]


def centred(center: int, group: int, count: int) -> PriceRows:
    """Rows with a price in the middle."""
    return PriceRows(group, center // group - count // 2, count)


def settled(path: Sequence[int] | Ticks, group: int, count: int) -> PriceRows:
    """Rows at the end of a walk along prices, moved only when the price neared an edge."""
    prices = np.asarray(path, np.int64)
    if not len(prices):
        return PriceRows(group, 0, count)
    start = _around(int(prices[0]) // group, count, max(1, count // 8))
    return _walked(PriceRows(group, start, count), prices)


def _walked(rows: PriceRows, prices: Ticks) -> PriceRows:
    """Rows at the end of a walk along more prices."""
    group, bottom, count = rows.group, rows.bottom, rows.count
    margin, step = count // 4, max(1, count // 8)
    for _ in range(_LEAPS):
        low, high = (bottom + margin) * group, (bottom + count - margin) * group
        prices = prices[_stay(prices, low, high) :]
        if not len(prices):
            return PriceRows(group, bottom, count)
        bottom = _around(int(prices[0]) // group, count, step)
    low, high = 1, 0
    for index in (prices // group).tolist():
        if not low <= index < high:
            bottom = _around(index, count, step)
            low, high = bottom + margin, bottom + count - margin
    return PriceRows(group, bottom, count)


def _stay(prices: Ticks, low: int, high: int) -> int:
    """How many prices there are before one is not in low..high-1."""
    start, stop = 0, _FIRST
    while start < len(prices):
        part = prices[start:stop]
        outside = (part < low) | (part >= high)
        leap = int(outside.argmax())
        if outside[leap]:
            return start + leap
        start, stop = stop, stop * 4
    return len(prices)


def _around(index: int, count: int, step: int) -> int:
    """The lowest of `count` rows that have one of them in the middle as far as steps allow."""
    return (index - count // 2 + step // 2) // step * step


def fitted(low: int, high: int, group: int, count: int) -> PriceRows:
    """Rows that cover a range of prices, its middle in the middle as far as steps allow."""
    step = max(1, count // 8)
    first, last = low // group, high // group
    bottom = _around((first + last) // 2, count, step)
    return PriceRows(group, max(min(bottom, first), last - count + 1), count)


def followed(market: Market, until: int | None, group: int, count: int) -> PriceRows:
    """Rows settled along `price_path`, walked on from where it ended when last asked for."""
    log, end = market.trades, trades_end(market, until)
    start = max((end // BLOCK - 1) * BLOCK, log.first)
    if start >= end:
        return settled(_touch(market), group, count)
    kept = _WALKS.get(log)
    if kept is None:
        kept = _WALKS[log] = Recent(_WALKS_KEPT)
    walk = kept.get((group, count, until is None), _Walk)
    return walk.move(log, start, end, group, count)


class _Walk:
    """Where a walk along the trades has come to."""

    def __init__(self) -> None:
        self._from = (-1, -1)
        self._end = 0
        self._rows = PriceRows(1, 0, 0)

    def move(self, log: TradeLog, start: int, end: int, group: int, count: int) -> PriceRows:
        """Walk on to a trade, or anew where the walk did not begin at `start`."""
        begun = (log.generation, start)
        if begun == self._from and self._end <= end:
            self._rows = _walked(self._rows, log.between(self._end, end).ticks)
        else:
            self._rows = settled(log.between(start, end).ticks, group, count)
        self._from, self._end = begun, end
        return self._rows


_WALKS: WeakKeyDictionary[TradeLog, Recent[tuple[int, int, bool], _Walk]] = WeakKeyDictionary()


def price_path(market: Market, until: int | None) -> Ticks:
    """Prices of the last trades up to a time, from a start that moves only once a block."""
    end = trades_end(market, until)
    path = market.trades.between((end // BLOCK - 1) * BLOCK, end).ticks
    return path if len(path) else np.array(_touch(market), np.int64)


def typical_grouping(bars: Sequence[Bar], count: int, instrument: Instrument, price: int) -> int:
    """A round grouping at which the median movement of these bars fills most rows.

    Where there are none yet, a movement that is usual for a price (in ticks) stands for it.
    """
    ranges = sorted(bar.high - bar.low for bar in bars)
    usual = ranges[len(ranges) // 2] if ranges else price * _USUAL
    return nice_grouping(usual / _FILL / max(1, count), instrument.tick_size)


def _touch(market: Market) -> list[int]:
    """The middle of the book, for a market that has not traded yet."""
    book = market.book
    if book is None or book.best_bid is None or book.best_ask is None:
        return []
    return [(book.best_bid + book.best_ask) // 2]
