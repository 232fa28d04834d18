"""Traded: what was bought and sold in a stretch of trades, by rows of prices.

A stretch that is asked for again and again, a little later each time, is moved along: what came
in is added and what fell out is taken away. Lots are whole numbers, so the sums are those that
counting everything anew would give.
"""

from collections.abc import Hashable
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from market.recent import Recent
from market.trades import TradeColumns, TradeLog

Integers = NDArray[np.int64]

STRETCHES_KEPT = 16
"""Stretches of one log that are moved along; the least recently asked for is counted anew."""


class Rows(NamedTuple):
    """`length` rows of `group` ticks each; row 0 is the lowest and begins at `bottom * group`."""

    group: int
    bottom: int
    length: int


class Traded:
    """Lots and numbers of trades by row and side; the arrays are not to be written to."""

    def __init__(self, rows: Rows | None, worth: int = 0) -> None:
        """Without `rows` there is one for every price; with `worth` sums are of values."""
        self._rows, self._worth = rows, worth
        self._generation = -1
        self._start = self._stop = 0
        self._clear()

    def move(self, log: TradeLog, start: int, stop: int) -> None:
        """Count the trades numbered `start` up to but not including `stop`, as far as held."""
        start, stop = max(start, log.first), min(stop, log.end)
        stop = max(start, stop)
        onward = log.first <= self._start <= start <= self._stop <= stop
        if onward and self._generation == log.generation:
            self._add(log.between(self._start, start), -1)
            self._add(log.between(self._stop, stop), 1)
        else:
            self._clear()
            self._add(log.between(start, stop), 1)
        self._start, self._stop, self._generation = start, stop, log.generation

    def _clear(self) -> None:
        count = 1 if self._rows is None else self._rows.length
        self._sums = np.zeros((4, count), np.int64)
        self.bought, self.sold, self.buys, self.sells = self._sums

    def _add(self, trades: TradeColumns, sign: int) -> None:
        _, ticks, lots = trades.valued(self._worth)
        if not len(lots):
            return
        if self._rows is None:
            bought, buys = int(np.maximum(lots, 0).sum()), int(np.count_nonzero(lots > 0))
            sums = (bought, bought - int(lots.sum()), buys, len(lots) - buys)
            self._sums[:, 0] += np.array(sums, np.int64) * sign
            return
        count = self._sums.shape[1]
        place = count * (lots <= 0)
        index = ticks // self._rows.group - self._rows.bottom
        inside = (index >= 0) & (index < count)
        place, lots = (place + index)[inside], lots[inside]
        flat = self._sums.ravel()
        np.add.at(flat, place, np.abs(lots) * sign)
        np.add.at(flat, place + 2 * count, sign)


def traded(
    log: TradeLog,
    kind: Hashable,
    start: int,
    stop: int,
    rows: Rows | None,
    worth: int = 0,
) -> Traded:
    """What was traded in a stretch; `kind` tells stretches apart that move on independently.

    With `worth` sums are of what trades were worth, in such units (`market/worth.py`).
    """
    kept = _STRETCHES.get(log)
    if kept is None:
        kept = _STRETCHES[log] = Recent(STRETCHES_KEPT)
    found = kept.get((kind, rows, worth), lambda: Traded(rows, worth))
    found.move(log, start, stop)
    return found


_STRETCHES: WeakKeyDictionary[TradeLog, Recent[tuple[Hashable, Rows | None, int], Traded]] = (
    WeakKeyDictionary()
)
