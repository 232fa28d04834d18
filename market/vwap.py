"""Vwap: the volume-weighted average price since an anchor, and how far prices spread around it.

VWAP = sum(p v) / sum(v) over trades, sigma = sqrt(sum(v (p - VWAP)^2) / sum(v)), population and
volume-weighted (definitions.md 20). Sums are merged by weighted Welford steps (West 1979; Chan,
Golub, LeVeque 1983), never as a difference of squares, which would cancel.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from market.basis import Basis, TimeBasis
from market.columns import heads, ordered
from market.cuts import BARS_KEPT
from market.cvd import Anchor, periods
from market.reading import Reading
from market.recent import Recent
from market.trades import TradeLog

Integers = NDArray[np.int64]

KEPT = 8
"""Of one log; the least recently asked for is made anew."""


class Spread(NamedTuple):
    """Lots, their mean price in ticks, and the sum of lots times squared distance from it."""

    lots: float
    mean: float
    squares: float

    def joined(self, other: "Spread") -> "Spread":
        """Both together."""
        lots = self.lots + other.lots
        apart = other.mean - self.mean
        mean = self.mean + apart * other.lots / lots
        squares = self.squares + other.squares + apart * apart * self.lots * other.lots / lots
        return Spread(lots, mean, squares)

    @property
    def sigma(self) -> float:
        """The standard deviation in ticks."""
        return sqrt(max(0.0, self.squares) / self.lots)


class Vwap:
    """The average at the end of each bar of a basis, from the trades that are held."""

    def __init__(self, basis: Basis, anchor: Anchor, since: int = 0) -> None:
        self._basis, self._anchor, self._since = basis, anchor, since
        self._reading = Reading(basis)
        self._clear()

    def _clear(self) -> None:
        self._floor: int | None = None
        self._keys: list[int] = []
        self._starts: list[int] = []
        self._own: list[Spread] = []
        self._sums: list[Spread] = []
        """From the anchor to the end of each bar, for the first bars only after a change."""

    def update(self, log: TradeLog) -> None:
        """Read what the log has that was not read yet."""
        if self._reading.lost(log):
            self._clear()
            self._floor = self._reading.restart(log)
        for key, (ts, ticks, lots) in self._reading.unread(log):
            self._fold(key, ts, ticks, np.abs(lots))
        excess = len(self._keys) - BARS_KEPT
        if excess > 0:
            self._add_up()
            for kept in (self._keys, self._starts, self._own, self._sums):
                del kept[:excess]
            self._floor = self._keys[0]

    def at(self, keys: Integers) -> list[Spread | None]:
        """The sums from the anchor to the end of bars by their numbers; None where none trades."""
        self._add_up()
        first = self._first()
        found: list[Spread | None] = []
        for key in keys.tolist():
            place = bisect_left(self._keys, key + 1) - 1
            found.append(self._sums[place] if place >= first else None)
        return found

    @property
    def since(self) -> int | None:
        """When the first bar of the newest period began, as far as it is held."""
        if not self._keys:
            return None
        if self._anchor is Anchor.TIME:
            return self._starts[self._first()]
        newest = self._period(self._starts[-1])
        return self._starts[bisect_left(self._starts, newest, key=self._period)]

    def _first(self) -> int:
        """The first bar at or after an anchor that is a time."""
        if self._anchor is not Anchor.TIME or not self._keys:
            return 0
        return max(0, bisect_right(self._starts, self._since) - 1)

    def _period(self, start: int) -> int:
        return int(self._periods([start])[0])

    def _periods(self, starts: Sequence[int]) -> Integers:
        return periods(np.array(starts, np.int64), self._anchor, self._since)

    def _add_up(self) -> None:
        """Let the sums go on from the last bar they are known of."""
        begin = len(self._sums)
        if begin == len(self._own):
            return
        tail = max(0, begin - 1)
        if begin == 0:
            self._sums.append(self._own[0])
        # Of these alone: an anchor that lies before them makes one period of them all.
        period = self._periods(self._starts[tail:]).tolist()
        for index, (before, now) in enumerate(pairwise(period), start=tail + 1):
            own = self._own[index]
            self._sums.append(own if now != before else self._sums[index - 1].joined(own))

    def _fold(self, key: Integers, ts: Integers, ticks: Integers, lots: Integers) -> None:
        if self._floor is not None:
            held = key >= self._floor
            key, ts, ticks, lots = (column[held] for column in (key, ts, ticks, lots))
        if not len(key):
            return
        order = ordered((key,))
        if order is not None:
            key, ts, ticks, lots = (column[order] for column in (key, ts, ticks, lots))
        at = heads((key,))
        weight = np.add.reduceat(lots, at).astype(np.float64)
        base = ticks[at]
        lengths = np.diff(np.append(at, len(key)))
        apart = (ticks - np.repeat(base, lengths)).astype(np.float64)
        shift = np.add.reduceat(apart * lots, at) / weight
        squares = np.add.reduceat((apart - np.repeat(shift, lengths)) ** 2 * lots, at)
        columns = (key[at], np.minimum.reduceat(ts, at), weight, base + shift, squares)
        for number, began, *spread in zip(*(c.tolist() for c in columns), strict=True):
            self._take(number, began, Spread(*spread))

    def _take(self, key: int, began: int, spread: Spread) -> None:
        start = key * self._basis.interval if isinstance(self._basis, TimeBasis) else began
        place = bisect_left(self._keys, key)
        del self._sums[place:]
        if place < len(self._keys) and self._keys[place] == key:
            self._own[place] = self._own[place].joined(spread)
            return
        self._keys.insert(place, key)
        # A late trade must not make a count bar start before the one it follows.
        self._starts.insert(place, max(start, self._starts[place - 1] if place else start))
        self._own.insert(place, spread)


def vwap(log: TradeLog, basis: Basis, anchor: Anchor, since: int = 0) -> Vwap:
    """The average of a basis up to now, shared by all who ask."""
    kept = _VWAPS.get(log)
    if kept is None:
        kept = _VWAPS[log] = Recent(KEPT)
    found = kept.get((basis, anchor, since), lambda: Vwap(basis, anchor, since))
    found.update(log)
    return found


_VWAPS: WeakKeyDictionary[TradeLog, Recent[tuple[Basis, Anchor, int], Vwap]] = WeakKeyDictionary()
