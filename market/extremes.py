"""Extremes: how far the cumulative delta inside each bar ran up and down (definitions.md 1)."""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from market.basis import Basis
from market.columns import Columns, heads, ordered
from market.cuts import BARS_KEPT
from market.reading import Reading
from market.recent import Recent
from market.trades import TradeLog

Integers = NDArray[np.int64]

KEPT = 8
"""Bases of one log that are kept; the least recently asked for is made anew."""
_KEY, _SUM, _MOST, _LEAST = range(4)
_BEYOND = 1 << 62


class Extreme(NamedTuple):
    """The largest and smallest cumulative delta of a bar, in lots, after any of its trades."""

    most: int
    least: int


class DeltaExtremes:
    """The extremes of the running sum of signed lots within each bar, in order of arrival."""

    def __init__(self, basis: Basis, worth: int = 0) -> None:
        """With `worth` the sum is of what trades were worth, in such units (`market/worth.py`)."""
        self._reading, self._worth = Reading(basis), worth
        self._table = Columns(4)

    def update(self, log: TradeLog) -> None:
        """Read what the log has that was not read yet."""
        if self._reading.lost(log):
            self._table.clear()
            self._table.floor = self._reading.restart(log)
        for key, trades in self._reading.unread(log):
            self._fold(key, trades.valued(self._worth).lots)
        if len(self._table) > BARS_KEPT:
            self._table.drop_head(len(self._table) - BARS_KEPT)

    def of(self, keys: Integers) -> list[Extreme | None]:
        """The extremes of bars by their numbers (`Run.numbers`), None of one without trades."""
        rows = self._table.rows
        places = np.searchsorted(rows[_KEY], keys).tolist()
        return [
            Extreme(int(rows[_MOST, at]), int(rows[_LEAST, at]))
            if at < rows.shape[1] and int(rows[_KEY, at]) == key
            else None
            for at, key in zip(places, keys.tolist(), strict=True)
        ]

    def at(self, key: int) -> Extreme | None:
        """The extremes of one bar."""
        return self.of(np.array([key], np.int64))[0]

    def _fold(self, key: Integers, lots: Integers) -> None:
        if self._table.floor is not None:
            held = key >= self._table.floor
            key, lots = key[held], lots[held]
        if not len(key):
            return
        order = ordered((key,))
        if order is not None:
            key, lots = key[order], lots[order]
        at = heads((key,))
        sums = np.cumsum(lots)
        before = sums[at] - lots[at]
        inside = sums - np.repeat(before, np.diff(np.append(at, len(key))))
        ends = np.append(at[1:], len(key)) - 1
        most, least = np.maximum.reduceat(inside, at), np.minimum.reduceat(inside, at)
        self._join(np.stack((key[at], inside[ends], most, least)))

    def _join(self, fresh: Integers) -> None:
        """Let the running sums of bars go on from where they were."""
        index = int(np.searchsorted(self._table.rows[_KEY], fresh[_KEY, 0]))
        tail = self._table.rows[:, index:]
        keys = np.union1d(tail[_KEY], fresh[_KEY])
        rows = np.zeros((4, len(keys)), np.int64)
        rows[_KEY], rows[_MOST], rows[_LEAST] = keys, -_BEYOND, _BEYOND
        rows[:, np.searchsorted(keys, tail[_KEY])] = tail
        place = np.searchsorted(keys, fresh[_KEY])
        begun = rows[_SUM, place]
        rows[_MOST, place] = np.maximum(rows[_MOST, place], begun + fresh[_MOST])
        rows[_LEAST, place] = np.minimum(rows[_LEAST, place], begun + fresh[_LEAST])
        rows[_SUM, place] += fresh[_SUM]
        self._table.replace_tail(index, rows)


def delta_extremes(log: TradeLog, basis: Basis, worth: int = 0) -> DeltaExtremes:
    """The extremes of a basis up to now, shared by all who ask; with `worth` of values."""
    kept = _EXTREMES.get(log)
    if kept is None:
        kept = _EXTREMES[log] = Recent(KEPT)
    found = kept.get((basis, worth), lambda: DeltaExtremes(basis, worth))
    found.update(log)
    return found


_EXTREMES: WeakKeyDictionary[TradeLog, Recent[tuple[Basis, int], DeltaExtremes]] = (
    WeakKeyDictionary()
)
