"""Window: the trades of the last span of market time, summed up as they come.

It begins with the first trade, in order of arrival, that is younger than the span at the time of
the newest one. Sums are whole lots, and ticks times lots, read off the market's log: where that
is restated or put behind an earlier past they are made anew.
"""

from typing import Final

import numpy as np

from market.market import Market
from market.trades import TradeColumns, TradeLog

FEW: Final = 32
"""Trades up to which Python's own numbers are as fast."""
_MOST: Final = 1 << 62
"""Sums of products below this fit whole numbers of 64 bits."""


class Window:
    """The sums of one span."""

    def __init__(self, span: int) -> None:
        self.span = span
        self.now = 0
        """The time of the newest trade by time, ns."""
        self.start = 0
        """The number of the first trade in it."""
        self.delta = self.volume = 0
        """Lots bought less lots sold, and lots traded."""
        self.delta_value = self.volume_value = 0
        """The same of ticks times lots."""
        self.bought = 0
        """Trades in which the buyer aggressed."""
        self._end = 0
        self._log: TradeLog | None = None
        self._generation = -1

    @property
    def trades(self) -> int:
        """How many trades are in it."""
        return self._end - self.start

    def update(self, log: TradeLog) -> None:
        """Take in what was traded since the last look."""
        if (
            log is not self._log
            or log.generation != self._generation
            or self.start < log.first
            or self._end > log.end
        ):
            self._begin(log)
        if self._end == log.end:
            return
        coming = log.between(self._end, log.end)
        self._add(coming, 1)
        self.now = max(self.now, int(coming.ts.max()))
        self._end = log.end
        self._leave(log)

    def whole(self, market: Market) -> bool:
        """Whether all that was traded in the span is known: it is held, and no gap touches it."""
        if self.start <= market.trades.first:
            return False
        last = market.gaps[-1] if market.gaps else None
        return last is None or (last.end is not None and last.end <= self.now - self.span)

    def before(self, market: Market) -> int | None:
        """The price in ticks when the span began: of the trade before it, if no gap is between."""
        log, bound = market.trades, self.now - self.span
        if self.start <= log.first:
            return None
        trade = log.between(self.start - 1, self.start)
        since = int(trade.ts[0])
        for gap in reversed(market.gaps):
            if gap.end is not None and gap.end < since:
                break
            if gap.start <= bound:
                return None
        return int(trade.ticks[0])

    def _begin(self, log: TradeLog) -> None:
        """Make everything anew, of those trades alone that are young enough."""
        self._log, self._generation, self.now = log, log.generation, 0
        self.delta = self.volume = self.delta_value = self.volume_value = self.bought = 0
        held = log.since(log.first)
        self.start = self._end = log.first
        if len(held.ts):
            young = held.ts > int(held.ts.max()) - self.span
            self.start = self._end = log.first + int(young.argmax())

    def _leave(self, log: TradeLog) -> None:
        """Take out what is no longer of the span."""
        bound, look = self.now - self.span, 16
        while self.start < self._end:
            old = log.between(self.start, min(self.start + look, self._end))
            young = old.ts > bound
            count = int(young.argmax()) if young.any() else len(old.ts)
            if count:
                self._add(TradeColumns(*(column[:count] for column in old)), -1)
                self.start += count
            if count < len(old.ts):
                return
            look *= 4

    def _add(self, trades: TradeColumns, sign: int) -> None:
        self.bought += sign * int((trades.lots > 0).sum())
        if len(trades.ts) > FEW and _fits(trades):
            sizes = np.abs(trades.lots)
            self.delta += sign * int(trades.lots.sum())
            self.volume += sign * int(sizes.sum())
            self.delta_value += sign * int(trades.ticks @ trades.lots)
            self.volume_value += sign * int(trades.ticks @ sizes)
            return
        for ticks, lots in zip(trades.ticks.tolist(), trades.lots.tolist(), strict=True):
            self.delta += sign * lots
            self.volume += sign * abs(lots)
            self.delta_value += sign * ticks * lots
            self.volume_value += sign * ticks * abs(lots)


def _fits(trades: TradeColumns) -> bool:
    """Whether sums of ticks times lots fit 64 bits."""
    most = float(np.abs(trades.ticks).max()) * float(np.abs(trades.lots).astype(np.float64).sum())
    return most < _MOST
