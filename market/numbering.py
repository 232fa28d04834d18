"""Numbering: which bar of a basis each trade of a log belongs to.

Bars of time are numbered by the clock and bars of trades by sequence, from any trade on; of the
others see `market/cuts.py`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from market import bricks
from market.basis import Basis, RenkoBasis, TickBasis, TimeBasis
from market.columns import Columns
from market.cuts import BARS_KEPT, Cuts, cuts
from market.trades import TradeLog

Integers = NDArray[np.int64]


class Numbering:
    """The bars of one basis by number, for one aggregate that reads a log by a cursor."""

    def __init__(self, basis: Basis) -> None:
        self._basis = basis
        self._cuts: Cuts | None = None
        self._unfinished = 0
        """The number of the brick from which on rows are not finished."""

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
            case _:
                self._cuts = cuts(log, self._basis)
                first = max(log.first, self._cuts.first)
                self._unfinished = self._cuts.first_whole(first)
                return first, self._unfinished

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

    def finish(self, table: Columns, log: TradeLog) -> None:
        """Make rows of bars whole (`market/barrows.py`) of which trades do not tell everything."""
        if isinstance(self._basis, RenkoBasis) and self._cuts is not None and len(table):
            self._unfinished = bricks.finish(table, self._cuts, log, self._unfinished)

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
