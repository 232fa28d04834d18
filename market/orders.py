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
    fresh = np.ones(len(ts), np.bool_)
    if merge:
        fresh[1:] = (ts[1:] != ts[:-1]) | ((lots[1:] > 0) != (lots[:-1] > 0))
    first = np.flatnonzero(fresh)
    if not len(first):
        return Orders(ts, ticks, lots, lots, lots)
    last = np.append(first[1:], len(ts)) - 1
    total = np.add.reduceat(lots, first)
    swept = np.abs(ticks[last] - ticks[first])
    columns = (ts[first], ticks[last], total, last - first + 1, swept)
    return Orders(*(column[::-1] for column in columns))


def newest_orders(log: TradeLog, end: int, count: int, merge: bool, most: int) -> Orders:
    """The newest `count` orders before trade number `end`, as far as its `most` newest prints go.

    Only as many prints are looked at as it takes.
    """
    look, oldest = max(32, 2 * count), max(log.first, end - most)
    while True:
        start = max(oldest, end - look)
        found = orders(log.between(start, end), merge)
        # The oldest one found may have begun before the prints that were looked at.
        if len(found.ts) > count or start == oldest:
            return Orders(*(column[:count] for column in found))
        look *= 4
