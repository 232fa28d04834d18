"""Order counts: of how many orders each level of a book is made, where the venue says so.

A count belongs to the size it was stated with. Where another size stands by now it is not known,
so a count never outlives its level, whatever was said of the book in the meantime.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from market.events import BookDelta, BookSnapshot, Levels, Orders
from market.ladder import Ladder, standing

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_Side = dict[float, tuple[float, int]]
"""Size and number of orders by price, all as the wire spells them."""


class OrderCounts:
    """The counts of both sides; none where the venue does not state them."""

    def __init__(self) -> None:
        self._bids: _Side = {}
        self._asks: _Side = {}

    def replace(self, book: BookSnapshot) -> None:
        """Take those of a whole book, or where it states none keep those of its levels."""
        for side, levels in ((self._bids, book.bids), (self._asks, book.asks)):
            stated = dict(levels)
            for price in [price for price in side if price not in stated]:
                del side[price]
        if book.orders is not None:
            self._bids.clear()
            self._asks.clear()
            self.take(book, book.orders)

    def take(self, book: BookSnapshot | BookDelta, orders: Orders) -> None:
        """Take those of changed levels."""
        _take(self._bids, book.bids, orders.bids)
        _take(self._asks, book.asks, orders.asks)

    @property
    def known(self) -> bool:
        """Whether the venue states any."""
        return bool(self._bids or self._asks)

    def grouped(
        self, ladder: Ladder, scale: float, group: int, low: int, rows: int
    ) -> tuple[Integers, Integers]:
        """Orders per row; row r is the ticks [low + r*group, low + (r+1)*group).

        0 where nothing stands, and where the count of any level of the row is not known. `scale`
        is ticks in a price of 1.
        """
        sides = ((self._bids, ladder.bid_sizes), (self._asks, ladder.ask_sizes))
        bids, asks = (_grouped(*side, ladder, scale, group, low, rows) for side in sides)
        return bids, asks


def _take(side: _Side, levels: Levels, counts: list[int]) -> None:
    for (price, size), count in zip(levels, counts, strict=True):
        if size and count:
            side[price] = (size, count)
        else:
            side.pop(price, None)


def _grouped(
    known: Mapping[float, tuple[float, int]],
    sizes: Floats,
    ladder: Ladder,
    scale: float,
    group: int,
    low: int,
    rows: int,
) -> Integers:
    sums, told, held = (np.zeros(max(rows, 0), np.int64) for _ in range(3))
    slots = _standing_within(ladder, sizes, low, low + rows * group)
    ticks = ladder.ticks(slots)
    order = np.argsort(ticks)
    ticks, standing_sizes = ticks[order], sizes[slots[order]]
    np.add.at(held, (ticks - low) // group, 1)
    count = len(known)
    prices = np.rint(np.fromiter(known, np.float64, count) * scale).astype(np.int64)
    stated = np.array([*known.values()], np.float64).reshape(count, 2)
    # Where each would be among what stands; the last stands in for one beyond the end.
    at = np.minimum(np.searchsorted(ticks, prices), len(ticks) - 1)
    if len(ticks):
        same = (ticks[at] == prices) & (standing_sizes[at] == stated[:, 0])
        row = (prices[same] - low) // group
        np.add.at(sums, row, stated[same, 1].astype(np.int64))
        np.add.at(told, row, 1)
    sums[told != held] = 0
    return sums


def _standing_within(ladder: Ladder, sizes: Floats, low: int, high: int) -> NDArray[np.intp]:
    """The slots of the levels from one price up to another."""
    begin, end = max(low - ladder.base, 0), min(high - ladder.base, ladder.width)
    near = standing(sizes[begin:end]) + begin if begin < end else np.empty(0, np.intp)
    if low >= ladder.base and high <= ladder.base + ladder.width:
        return near
    far = ladder.far_slots(sizes)
    ticks = ladder.ticks(far)
    return np.concatenate((near, far[(ticks >= low) & (ticks < high)]))
