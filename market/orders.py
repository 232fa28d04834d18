"""Orders: the prints that one order made as one, told by what they have in common.

Prints in a row of one side and one exchange time are taken for one order (definitions.md 13).
"""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from market.recent import Recent
from market.trades import TradeColumns, TradeLog

Integers = NDArray[np.int64]

FAR = 1 << 17
"""Prints among which orders that pass a filter are looked for."""
PASSED_KEPT = 2048
"""Orders that passed a filter and are remembered, per filter."""
_SIEVES_KEPT = 8
_MOST = 1 << 62
"""Sums of products below this fit whole numbers of 64 bits."""


class Orders(NamedTuple):
    """Orders as parallel columns, newest first; lots are negative when the seller aggressed."""

    ts: Integers
    ticks: Integers
    """The price reached last."""
    lots: Integers
    prints: Integers
    swept: Integers
    """Ticks from the first price to the last."""
    value: Integers
    """The sum of ticks times lots, with the sign of the lots."""


class Filter(NamedTuple):
    """Which orders are wanted; numbers are least ones."""

    merge: bool
    side: int = 0
    """1 for buyers alone, -1 for sellers alone."""
    lots: int = 0
    value: int = 0

    @property
    def takes_all(self) -> bool:
        """Whether nothing is left out."""
        return not self.side and self.lots <= 1 and self.value <= 1

    def passed(self, found: Orders) -> Orders:
        """The orders that are wanted."""
        wanted = (np.abs(found.lots) >= self.lots) & (np.abs(found.value) >= self.value)
        if self.side:
            wanted &= found.lots * self.side > 0
        return Orders(*(column[wanted] for column in found))


def orders(trades: TradeColumns, merge: bool) -> Orders:
    """The orders that made these prints; without `merge` every print is one."""
    ts, ticks, lots = trades
    if not len(ts) or not merge:
        alone = np.ones(len(ts), np.int64)
        value = _values(ticks, lots)
        return Orders(ts[::-1], ticks[::-1], lots[::-1], alone, alone - 1, value[::-1])
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
        np.add.reduceat(_values(ticks, lots), first),
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


def passed_orders(log: TradeLog, end: int, count: int, wanted: Filter, live: bool) -> Orders:
    """The newest `count` orders before trade number `end` that pass a filter.

    They are looked for among `FAR` prints when asked first, and from there on among all that
    follow. `live` tells apart who moves on with the market from who looks at its past.
    """
    kept = _SIEVES.get(log)
    if kept is None:
        kept = _SIEVES[log] = Recent(_SIEVES_KEPT)
    found = kept.get((wanted, live), lambda: _Sieve(wanted)).move(log, end)
    return Orders(*(column[:count] for column in found))


class _Sieve:
    """Orders that passed a filter, looked for from where looking stopped."""

    def __init__(self, wanted: Filter) -> None:
        self._wanted = wanted
        self._generation = self._cursor = -1
        """The number of the first print of the newest order, which more may belong to."""
        self._passed = _none()

    def move(self, log: TradeLog, end: int) -> Orders:
        """Those before trade number `end`, newest first."""
        end = min(end, log.end)
        if self._generation != log.generation or not log.first <= self._cursor <= end:
            self._generation, self._passed = log.generation, _none()
            self._cursor = max(log.first, end - FAR)
        found = orders(log.between(self._cursor, end), self._wanted.merge)
        if not len(found.ts):
            return self._passed
        self._cursor = end - int(found.prints[0])
        closed = self._wanted.passed(Orders(*(column[1:] for column in found)))
        if len(closed.ts):
            columns = zip(closed, self._passed, strict=True)
            joined = (np.concatenate(pair)[:PASSED_KEPT] for pair in columns)
            self._passed = Orders(*joined)
        newest = self._wanted.passed(Orders(*(column[:1] for column in found)))
        if not len(newest.ts):
            return self._passed
        columns = zip(newest, self._passed, strict=True)
        return Orders(*(np.concatenate(pair) for pair in columns))


_SIEVES: WeakKeyDictionary[TradeLog, Recent[tuple[Filter, bool], _Sieve]] = WeakKeyDictionary()


def _none() -> Orders:
    empty = np.empty(0, np.int64)
    return Orders(empty, empty, empty, empty, empty, empty)


def _values(ticks: Integers, lots: Integers) -> Integers:
    """Ticks times lots; where sums might leave 64 bits, as Python's own whole numbers."""
    if not len(lots):
        return lots
    most = float(np.abs(ticks).max()) * float(np.abs(lots).astype(np.float64).sum())
    return ticks * lots if most < _MOST else ticks.astype(object) * lots
