"""Numbering: which bar of a basis each trade of a log belongs to.

Bars of time are numbered by the clock and bars of trades by sequence, from any trade on. Where a
bar of volume or range begins follows from all trades before it, so that is found once per log and
kept for all who fold the same trades: a footprint made anew has the bars that candles have.
"""

from array import array
from collections.abc import Sequence
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from market.basis import Basis, RangeBasis, TickBasis, TimeBasis, VolumeBasis
from market.trades import TradeLog

Integers = NDArray[np.int64]

BARS_KEPT = 10_000
"""Bars kept at most; the oldest are dropped."""

_CHUNK = 1 << 16
_TRIED = 1 << 14
"""Trades that tell how many bars there will be."""
_STRETCH = 16
"""Changes of the price that are looked at together first."""
_DENSE = 32
"""Trades a bar up to which the ends of all possible bars are looked for at once."""


class Cuts:
    """The sequence numbers at which bars of a volume or a range begin, oldest first.

    The first bar begins with the oldest trade held when the scan began, or, where that would make
    far more bars than anybody keeps, with a later one. Numbers of bars stay, and bars that lie
    wholly before the oldest trade held are forgotten.
    """

    def __init__(self, basis: VolumeBasis | RangeBasis) -> None:
        self._basis = basis
        self._generation = -1
        self._cursor = 0
        self._begins = array("q")
        self._number = 0
        """Number of the oldest bar kept."""
        self._filled = self._low = self._high = 0

    def update(self, log: TradeLog) -> None:
        """Scan what the log has that was not scanned yet."""
        if log.generation != self._generation or self._cursor < log.first:
            self._generation = log.generation
            self._begin(log)
        self._scan(log)
        while len(self._begins) > 1 and self._begins[1] <= log.first:
            gone = int(np.searchsorted(self._all(), log.first, side="right")) - 1
            del self._begins[:gone]
            self._number += gone

    def _begin(self, log: TradeLog) -> None:
        """Scan the newest trades that make as many bars as are kept, or all there are."""
        span = _TRIED
        while True:
            self._cursor = max(log.first, log.end - span)
            self._begins, self._number = array("q"), 0
            whole = self._cursor == log.first
            self._scan(log)
            if whole or len(self._begins) >= BARS_KEPT:
                return
            span = max(2 * span, 5 * BARS_KEPT * span // (4 * len(self._begins)))

    def _scan(self, log: TradeLog) -> None:
        while self._cursor < log.end:
            stop = min(self._cursor + _CHUNK, log.end)
            _, ticks, lots = log.between(self._cursor, stop)
            if isinstance(self._basis, VolumeBasis):
                self._fill(np.abs(lots), self._basis.lots)
            else:
                self._widen(ticks, self._basis.ticks)
            self._cursor = stop

    @property
    def first(self) -> int:
        """The first trade of the oldest bar kept."""
        return self._begins[0] if self._begins else self._cursor

    def keys(self, start: int, stop: int) -> Integers:
        """The number of the bar of each trade from `start` up to `stop`."""
        begins = self._all()
        first, last = np.searchsorted(begins, (start, stop - 1), side="right").tolist()
        steps = np.zeros(stop - start, np.int64)
        steps[begins[first:last] - start] = 1
        keys: Integers = np.cumsum(steps, out=steps)
        keys += first + self._number - 1
        return keys

    def first_whole(self, sequence: int) -> int:
        """The number of the first bar that begins at this trade or a later one."""
        return self._number + int(np.searchsorted(self._all(), sequence))

    def holds(self, key: int, start: int, stop: int) -> bool:
        """Whether all these trades belong to one bar."""
        place = key - self._number
        if not 0 <= place < len(self._begins) or start < self._begins[place]:
            return False
        return place + 1 == len(self._begins) or stop <= self._begins[place + 1]

    def begin(self, sequence: int) -> int:
        """The trade with which the bar of this trade began."""
        place = int(np.searchsorted(self._all(), sequence, side="right")) - 1
        return self._begins[place] if place >= 0 else sequence

    def _all(self) -> Integers:
        return np.frombuffer(self._begins, np.int64) if self._begins else _NONE

    def _fill(self, sizes: Integers, most: int) -> None:
        """A bar is over with the trade that fills it; what that has too much is nobody's."""
        total = np.concatenate(([0], np.cumsum(sizes)))
        ends = total[1:]
        at, begin, count = 0, -1, len(sizes)
        if self._begins and self._filled < most:
            at = int(np.searchsorted(ends, most - self._filled)) + 1
        following: list[int] = []
        if _DENSE * int(total[-1]) > most * count:
            # For every trade, should a bar begin with it: the trade that the next begins with.
            following = (np.searchsorted(ends, total[:-1] + most) + 1).tolist()
        while at < count:
            begin = at
            self._begins.append(self._cursor + at)
            full = total[at] + most
            at = following[at] if following else int(np.searchsorted(ends, full)) + 1
        before = self._filled if begin < 0 else -int(total[begin])
        self._filled = before + int(total[-1])

    def _widen(self, ticks: Integers, most: int) -> None:
        """A bar is over before the trade with which its prices would span more than `most`."""
        low, high = self._low, self._high
        if not self._begins:
            self._begins.append(self._cursor)
            low = high = int(ticks[0])
        # Most trades are at the price of the one before, and change nothing; most stretches of
        # the others stay within the range.
        fresh = np.flatnonzero(np.concatenate(([True], ticks[1:] != ticks[:-1])))
        prices, stretches = ticks[fresh], np.arange(0, len(fresh), _STRETCH)
        highest = np.maximum.reduceat(prices, stretches).tolist()
        lowest = np.minimum.reduceat(prices, stretches).tolist()
        places, changes = fresh.tolist(), prices.tolist()
        for at, top, bottom in zip(stretches.tolist(), highest, lowest, strict=True):
            above, below = max(high, top), min(low, bottom)
            if above - below <= most:
                high, low = above, below
                continue
            part = slice(at, at + _STRETCH)
            for place, price in zip(places[part], changes[part], strict=True):
                if price > high:
                    high = price
                elif price < low:
                    low = price
                else:
                    continue
                if high - low > most:
                    self._begins.append(self._cursor + place)
                    low = high = price
        self._low, self._high = low, high


def cuts(log: TradeLog, basis: VolumeBasis | RangeBasis) -> Cuts:
    """The cuts of a log up to now, the same for all while any of them holds on to them."""
    found = _CUTS.setdefault(log, WeakValueDictionary())
    kept = found.get(basis)
    if kept is None:
        kept = found[basis] = Cuts(basis)
    kept.update(log)
    return kept


_CUTS: WeakKeyDictionary[TradeLog, "WeakValueDictionary[Basis, Cuts]"] = WeakKeyDictionary()
_NONE = np.empty(0, np.int64)


class Numbering:
    """The bars of one basis by number, for one aggregate that reads a log by a cursor."""

    def __init__(self, basis: Basis) -> None:
        self._basis = basis
        self._cuts: Cuts | None = None

    def restart(self, log: TradeLog) -> tuple[int, int | None]:
        """The trade to read from, and the number of the first bar that is held whole if known.

        A bar counted in trades whose first ones are no longer held would be wrong: it is left out.
        """
        match self._basis:
            case TimeBasis():
                return log.first, None
            case TickBasis(trades):
                first = max(log.first, log.end - 5 * BARS_KEPT * trades // 4)
                return first + -first % trades, None
            case VolumeBasis() | RangeBasis():
                self._cuts = cuts(log, self._basis)
                first = max(log.first, self._cuts.first)
                return first, self._cuts.first_whole(first)

    def update(self, log: TradeLog) -> None:
        """Take notice of what the log has that is new."""
        if self._cuts is not None:
            self._cuts.update(log)

    def keys(self, sequence: int, ts: Integers) -> tuple[Integers, Integers]:
        """What orders trades numbered from `sequence` on within their bars, and their bars."""
        if isinstance(self._basis, TimeBasis):
            return ts, ts // self._basis.interval
        stop = sequence + len(ts)
        order = np.arange(sequence, stop)
        if isinstance(self._basis, TickBasis):
            return order, order // self._basis.trades
        assert self._cuts is not None
        return order, self._cuts.keys(sequence, stop)

    def within(self, key: int, sequence: int, ts: Sequence[int]) -> Sequence[int] | None:
        """What orders trades within the bar with this key, None where not all belong to it."""
        if isinstance(self._basis, TimeBasis):
            length = self._basis.interval
            inside = key * length <= min(ts) and max(ts) < (key + 1) * length
            return ts if inside else None
        stop = sequence + len(ts)
        if isinstance(self._basis, TickBasis):
            length = self._basis.trades
            inside = key * length <= sequence and stop <= (key + 1) * length
        else:
            inside = self._cuts is not None and self._cuts.holds(key, sequence, stop)
        return range(sequence, stop) if inside else None
