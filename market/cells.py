"""Cells: sums such as sell and buy volume per bar and price row, counted and added up."""

import numpy as np
from numpy.typing import NDArray

from market.columns import heads, ordered

Integers = NDArray[np.int64]

KEY, PRICE, SELL, BUY, TRADES, SOLD, BOUGHT = range(7)
"""Rows of a table of cells, int64[n, cells]; KEY is the bar's. Not every table counts trades, and
fewer hold what was SOLD and BOUGHT in terms of its worth."""

_DENSE = 4
"""Cells a trade up to which a dense table of all of them is cheaper than sorting."""


def counted(key: Integers, row: Integers, *summed: Integers) -> Integers:
    """The cells of trades, sorted by bar and price row, with as many sums as are given.

    Trades in order of their bars are counted into a dense table, each bar from its own lowest row
    on, which sorts nothing; wide bars of few trades are sorted.
    """
    if bool((key[1:] < key[:-1]).any()):
        return merged(np.stack((key, row, *summed)))
    begins = heads((key,))
    lows = np.minimum.reduceat(row, begins)
    bar = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(key)))
    above = row - lows[bar]
    span = int(above.max()) + 1
    size = len(begins) * span
    if size > _DENSE * len(key):
        return merged(np.stack((key, row, *summed)))
    place = bar * span + above
    sums = np.zeros((len(summed), size), np.int64)
    for total, column in zip(sums, summed, strict=True):
        np.add.at(total, place, column)
    held = np.zeros(size, np.bool_)
    held[place] = True
    cells = np.flatnonzero(held)
    bar, price = np.divmod(cells, span)
    return np.concatenate((np.stack((key[begins[bar]], price + lows[bar])), sums[:, cells]))


def merged(rows: Integers) -> Integers:
    """Add up the rows of the same bar and price, sorted by both."""
    order = ordered((rows[KEY], rows[PRICE]))
    if order is not None:
        rows = rows[:, order]
    at = heads((rows[KEY], rows[PRICE]))
    folded = rows[:, at]
    folded[SELL:] = np.add.reduceat(rows[SELL:], at, axis=1)
    return folded
