"""Bell: rings the terminal when an order trades that is at least as large as was asked for.

An order is consecutive prints of one side and one exchange time, as on the tape.
"""

from typing import Final

import numpy as np

from market.market import Market
from market.trades import TradeColumns

QUIET: Final = 1.0
"""Seconds between two rings at least."""
NEWS: Final = 2_000_000_000
"""Market time, ns, after which an order is no news: a past that is read in does not ring."""


class Bell:
    """What was heard of the market on the screen so far."""

    def __init__(self, least: float) -> None:
        self.least = least
        """Size in base currency."""
        self._heard = ("", -1, 0)
        """The market, the generation of its log, and the number of the next trade."""
        self._order = (0, 0)
        """Time and side of the order that came last."""
        self._size = 0
        self._quiet_until = 0.0

    def due(self, market: Market | None, seconds: float) -> bool:
        """Listen to the trades since the last call; whether to ring now, on a monotonic clock."""
        if market is None or market.instrument is None:
            return False
        log = market.trades
        name, generation, next_one = self._heard
        self._heard = (market.id, log.generation, log.end)
        known = (name, generation) == (market.id, log.generation) and next_one <= log.end
        if not known or next_one < log.first:
            self._order, self._size = (0, 0), 0
            return False
        largest = self._largest(log.between(next_one, log.end), market.clock - NEWS)
        if largest < self.least * market.instrument.size_scale or seconds < self._quiet_until:
            return False
        self._quiet_until = seconds + QUIET
        return True

    def _largest(self, trades: TradeColumns, since: int) -> int:
        """The size of the largest order since a time, in lots; the last one may go on later."""
        if not len(trades.ts):
            return 0
        sides, sizes = np.sign(trades.lots), np.abs(trades.lots)
        changes = (np.diff(trades.ts) != 0) | (np.diff(sides) != 0)
        starts = np.concatenate(([0], np.flatnonzero(changes) + 1))
        sums = np.add.reduceat(sizes, starts)
        if (int(trades.ts[0]), int(sides[0])) == self._order:
            sums[0] += self._size
        self._order, self._size = (int(trades.ts[-1]), int(sides[-1])), int(sums[-1])
        return int(sums[trades.ts[starts] >= since].max(initial=0))
