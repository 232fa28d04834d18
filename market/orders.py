"""Orders: the prints that one order made as one, told by what they have in common.

Prints in a row of one side and one exchange time are taken for one order (definitions.md 13).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.trades import TradeColumns, TradeLog

Integers = NDArray[np.int64]


class Orders(NamedTuple):
    """Orders as parallel columns, newest first; lots are negative when the seller aggressed."""

    ts: Integers
    ticks: Integers
    """The price reached last."""
    lots: Integers
    prints: Integers
    swept: Integers
    """Ticks from the first price to the last."""


def orders(trades: TradeColumns, merge: bool) -> Orders:
    """The orders that made these prints; without `merge` every print is one."""
    ts, ticks, lots = trades
    if not len(ts) or not merge:
        alone = np.ones(len(ts), np.int64)
        return Orders(ts[::-1], ticks[::-1], lots[::-1], alone, alone - 1)
    buy = lots > 0
    # Where each order begins, and where the last one ends.
    edges = np.ones(len(ts) + 1, np.bool_)
    edges[1:-1] = (ts[1:] != ts[:-1]) | (buy[1:] != buy[:-1])
    places = np.flatnonzero(edges)
    first, last = places[:-1], places[1:] - 1
    reached = ticks[last]
    columns = (
        ts[first],
        reached,
        np.add.reduceat(lots, first),
        places[1:] - first,
        np.abs(reached - ticks[first]),
    )
    return Orders(*(column[::-1] for column in columns))


def newest_orders(log: TradeLog, end: int, count: int, merge: bool, most: int) -> Orders:
    """The newest `count` orders before trade number `end`, as far as its `most` newest prints go.

    Only as many prints are looked at as it takes.
    """
    look, oldest = max(64, 4 * count), max(log.first, end - most)
    while True:
        start = max(oldest, end - look)
        found = orders(log.between(start, end), merge)
        # The oldest one found may have begun before the prints that were looked at.
        if len(found.ts) > count or start == oldest:
            return Orders(*(column[:count] for column in found))
        look *= 4
