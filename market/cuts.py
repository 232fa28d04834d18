"""Cuts: at which trades of a log bars begin that are not told by a clock or by counting.

Where a bar of volume, delta, range or a brick begins follows from all trades before it, so that is
found once per log and kept for all who fold the same trades: a footprint made anew has the bars
that candles have.
"""

from typing import NamedTuple
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from market.basis import Basis, CutBasis
from market.closing import closing
from market.columns import Columns
from market.trades import TradeLog

Integers = NDArray[np.int64]

BARS_KEPT = 10_000
"""Bars kept at most; the oldest are dropped."""

_CHUNK = 1 << 16
_TRIED = 1 << 14
"""Trades that tell how many bars there will be."""


class Bricks(NamedTuple):
    """Bricks that follow one another up to the newest, which is not over, as columns."""

    first: int
    """The number of the oldest of them."""
    begins: Integers
    """The trade with which each began; several begin with one that leaps."""
    opens: Integers
    closes: Integers
    """The newest has none."""


class Cuts:
    """The sequence numbers at which bars begin, oldest first.

    The first bar begins with the oldest trade held when the scan began, or, where that would make
    far more bars than anybody keeps, with a later one. Numbers of bars stay, and bars that lie
    wholly before the oldest trade held are forgotten, as are far more than anybody keeps: of a
    trade before those kept it is only known that its bar was an earlier one.
    """

    def __init__(self, basis: CutBasis) -> None:
        self._basis = basis
        self._generation = -1
        self._cursor = 0
        self._start()

    def _start(self) -> None:
        self._closing = closing(self._basis)
        self._bars = Columns(self._closing.width)
        self._number = 0
        """Number of the oldest bar kept."""

    def update(self, log: TradeLog) -> None:
        """Scan what the log has that was not scanned yet."""
        if log.generation != self._generation or self._cursor < log.first:
            self._generation = log.generation
            self._begin(log)
        self._scan(log)
        begins = self._begins
        if len(begins) > 1 and (begins[1] <= log.first or len(begins) > 4 * BARS_KEPT):
            last = max(int(np.searchsorted(begins, log.first, side="right")) - 1, 0)
            # Bricks that a leap passed over begin with the one that is traded in.
            last = int(np.searchsorted(begins, begins[last]))
            self._forget(max(last, len(begins) - 2 * BARS_KEPT))

    def _begin(self, log: TradeLog) -> None:
        """Scan the newest trades that make as many bars as are kept, or all there are."""
        span = _TRIED
        while True:
            self._cursor = max(log.first, log.end - span)
            self._start()
            whole = self._cursor == log.first
            self._scan(log)
            if whole or len(self._bars) >= BARS_KEPT:
                return
            span = max(2 * span, 5 * BARS_KEPT * span // (4 * len(self._bars)))

    def _scan(self, log: TradeLog) -> None:
        while self._cursor < log.end:
            stop = min(self._cursor + _CHUNK, log.end)
            _, ticks, lots = log.between(self._cursor, stop)
            bars, anew = self._closing.read(ticks, lots, 2 * BARS_KEPT)
            if anew:
                self._number += len(self._bars)
                self._bars.clear()
            bars[0] += self._cursor
            self._bars.replace_tail(len(self._bars), bars)
            self._cursor = stop

    def _forget(self, count: int) -> None:
        if count > 0:
            self._bars.drop_head(count)
            self._number += count

    @property
    def _begins(self) -> Integers:
        row: Integers = self._bars.rows[0]
        return row

    @property
    def first(self) -> int:
        """The first trade of the oldest bar kept."""
        return int(self._begins[0]) if len(self._bars) else self._cursor

    def keys(self, start: int, stop: int) -> Integers:
        """The number of the bar of each trade from `start` up to `stop`."""
        begins = self._begins
        first, last = np.searchsorted(begins, (start, stop - 1), side="right").tolist()
        steps = np.zeros(stop - start, np.int64)
        np.add.at(steps, begins[first:last] - start, 1)
        keys: Integers = np.cumsum(steps, out=steps)
        keys += first + self._number - 1
        return keys

    def first_whole(self, sequence: int) -> int:
        """The number of the first bar that begins at this trade or a later one."""
        return self._number + int(np.searchsorted(self._begins, sequence))

    def holds(self, key: int, start: int, stop: int) -> bool:
        """Whether all these trades belong to one bar."""
        place, begins = key - self._number, self._begins
        if not 0 <= place < len(begins) or start < begins[place]:
            return False
        return place + 1 == len(begins) or stop <= int(begins[place + 1])

    def begin(self, sequence: int) -> int:
        """The trade with which the bar of this trade began."""
        place = int(np.searchsorted(self._begins, sequence, side="right")) - 1
        return int(self._begins[place]) if place >= 0 else sequence

    def bricks(self, key: int) -> Bricks:
        """The bricks from a number on, or from the first that is known of, up to the newest."""
        place = max(key - self._number, 0)
        begins, opens, closes = self._bars.rows[:, place:]
        # What is kept of a bar is the brick that was over as it began.
        opens = np.append(opens[1:], closes[-1:])
        return Bricks(place + self._number, begins, opens, closes[1:])


def cuts(log: TradeLog, basis: CutBasis) -> Cuts:
    """The cuts of a log up to now, the same for all while any of them holds on to them."""
    found = _CUTS.setdefault(log, WeakValueDictionary())
    kept = found.get(basis)
    if kept is None:
        kept = found[basis] = Cuts(basis)
    kept.update(log)
    return kept


_CUTS: WeakKeyDictionary[TradeLog, "WeakValueDictionary[Basis, Cuts]"] = WeakKeyDictionary()
