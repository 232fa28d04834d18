"""Cells: sell and buy volume per bar and price row, counted from trades and added up."""

import numpy as np
from numpy.typing import NDArray

from market.columns import heads, ordered

Integers = NDArray[np.int64]

KEY, PRICE, SELL, BUY = range(4)
"""Rows of a table of cells, int64[4, n]; KEY is the bar's."""

_DENSE = 4
"""Cells a trade up to which a dense table of all of them is cheaper than sorting."""


def counted(key: Integers, row: Integers, sell: Integers, buy: Integers) -> Integers:
    """The cells of trades, sorted by bar and price row.

    Many trades in few cells are counted into a dense table, which sorts nothing.
    """
    low, oldest = row.min(), key.min()
    span = int(row.max() - low) + 1
    size = (int(key.max() - oldest) + 1) * span
    if size > _DENSE * len(key):
        return merged(np.stack((key, row, sell, buy)))
    place = (key - oldest) * span + (row - low)
    sums = np.zeros((2, size), np.int64)
    np.add.at(sums[0], place, sell)
    np.add.at(sums[1], place, buy)
    held = np.zeros(size, np.bool_)
    held[place] = True
    cells = np.flatnonzero(held)
    bar, price = np.divmod(cells, span)
    return np.stack((bar + oldest, price + low, sums[0][cells], sums[1][cells]))


def merged(rows: Integers) -> Integers:
    """Add up the rows of the same bar and price, sorted by both."""
    order = ordered((rows[KEY], rows[PRICE]))
    if order is not None:
        rows = rows[:, order]
    at = heads((rows[KEY], rows[PRICE]))
    folded = rows[:, at]
    folded[SELL:] = np.add.reduceat(rows[SELL:], at, axis=1)
    return folded
