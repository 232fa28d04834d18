"""Price path: the price in each column of time, and the steady scale that it leads to.

Trades are read once, so a frame costs what is new. A trade counts in the column in which it
arrived, so that no closed column ever changes; the scale is therefore the same as that of a walk
through the whole path, wherever reading was interrupted.
"""

from collections import deque
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from market.trades import TradeLog
from tui.drawing.axis import MARGIN, NOWHERE, PATIENCE, PriceAxis, SteadyScale

Integers = NDArray[np.int64]

WINDOWS = 4
"""Picture widths of the past that the scale is walked through; its start moves once a width."""
_UNREAD = (-1, -1, -1)


class PricePath:
    """The path of one picture's columns, `interval` ns each and numbered since the epoch."""

    def __init__(
        self,
        interval: int,
        width: int,
        cells: int,
        tick_size: Decimal,
        parts: int,
        grouping: int | None,
    ) -> None:
        self._interval, self._width = interval, width
        self._scale = SteadyScale(cells, tick_size, parts, grouping)
        self._source: tuple[int, int, int] = _UNREAD
        self._shown: tuple[object, tuple[PriceAxis, int]] | None = None
        self._begin(0, 0)

    @property
    def last(self) -> int | None:
        """The price of the newest trade, None where no column had any."""
        return self._forming[2] if self._column is not None else None

    def axis(self, log: TradeLog, last: int) -> tuple[PriceAxis, int] | None:
        """The scale and its grouping at the end of column `last`; None where nothing traded."""
        first = (last // self._width - WINDOWS) * self._width
        source = first, log.generation, log.first
        if source != self._source or (self._column is not None and last < self._column):
            self._source = source
            self._begin(first, log.first)
        self._read(log, last)
        if self._column is None:
            return None
        key = self._cursor, last
        if self._shown is None or self._shown[0] != key:
            self._shown = key, self._end(self._column, last)
        return self._shown[1]

    def _begin(self, first: int, cursor: int) -> None:
        self._first, self._cursor = first, cursor
        self._walk = _Walk(self._scale, self._width)
        self._newest = first * self._interval
        self._column: int | None = None
        self._forming = (0, 0, 0)
        """Low, high and last price of the column in which the newest trade arrived."""
        self._shown = None

    def _read(self, log: TradeLog, last: int) -> None:
        """Take the trades that arrived up to the end of column `last`."""
        if self._cursor == log.end:
            return
        ts, ticks, _ = log.since(self._cursor)
        if self._column is None:
            inside = ts >= self._newest
            begin = int(inside.argmax()) if inside.any() else len(ts)
            self._cursor += begin
            ts, ticks = ts[begin:], ticks[begin:]
            if not len(ts):
                return
        elif (newest := int(ts.max())) < (self._column + 1) * self._interval:
            # All of them in the forming column, as nearly always.
            self._cursor = log.end
            self._newest = max(self._newest, newest)
            low, high, _ = self._forming
            low, high = min(low, int(ticks.min())), max(high, int(ticks.max()))
            self._forming = low, high, int(ticks[-1])
            return
        arrived = np.maximum(np.maximum.accumulate(ts), self._newest)
        columns = arrived // self._interval
        count = int(np.searchsorted(columns, last + 1))
        if count:
            self._cursor += count
            self._newest = int(arrived[count - 1])
            self._take(columns[:count], ticks[:count])

    def _take(self, columns: Integers, ticks: Integers) -> None:
        heads = np.flatnonzero(np.diff(columns, prepend=columns[0] - 1))
        lows, highs = (f.reduceat(ticks, heads) for f in (np.minimum, np.maximum))
        closes = ticks[np.append(heads[1:], len(ticks)) - 1]
        rows = (column.tolist() for column in (columns[heads], lows, highs, closes))
        for column, low, high, close in zip(*rows, strict=True):
            if column == self._column:
                low, high = min(low, self._forming[0]), max(high, self._forming[1])
            elif self._column is not None:
                _go(self._walk, self._forming, column - self._column)
            self._column, self._forming = column, (low, high, close)

    def _end(self, column: int, last: int) -> tuple[PriceAxis, int]:
        """The scale after the forming column and those without trades since."""
        walk = self._walk.copy()
        _go(walk, self._forming, last + 1 - column)
        return self._scale.axis(walk.place)


def _go(walk: "_Walk", column: tuple[int, int, int], columns: int) -> None:
    """Go through a column and those without trades after it, which keep its last price."""
    walk.add(*column)
    for _ in range(columns - 1):
        walk.add(column[2], column[2], column[2])


class _Walk:
    """A walk through columns of prices, as `steady_axis` does it, that can be gone on with."""

    __slots__ = ("_high", "_low", "_need", "_scale", "_window", "place")

    def __init__(self, scale: SteadyScale, window: int) -> None:
        self._scale, self._window = scale, window
        self.place = NOWHERE
        self._low, self._high = _Highest(window), _Highest(window)
        self._need = _Highest(PATIENCE * window)

    def add(self, low: int, high: int, close: int) -> None:
        """Go through one column."""
        least, most = -self._low.add(-low), self._high.add(high)
        room = max(int(close * MARGIN), (most - least) // 5)
        least, most = min(least, low - room), max(most, high + room)
        lately = self._need.add(most - least)
        self.place = self._scale.moved(self.place, least, most, close, lately)

    def copy(self) -> "_Walk":
        """Return another walk that has come as far."""
        other = _Walk(self._scale, self._window)
        other.place = self.place
        other._low, other._high = self._low.copy(), self._high.copy()
        other._need = self._need.copy()
        return other


class _Highest:
    """The highest of the last `window` values, kept as the values that may yet become it."""

    __slots__ = ("_count", "_kept", "_window")

    def __init__(self, window: int) -> None:
        self._window, self._count = window, 0
        self._kept: deque[tuple[int, int]] = deque()

    def add(self, value: int) -> int:
        """Take a value and return the highest."""
        kept = self._kept
        while kept and kept[-1][1] <= value:
            kept.pop()
        kept.append((self._count, value))
        self._count += 1
        if kept[0][0] < self._count - self._window:
            kept.popleft()
        return kept[0][1]

    def copy(self) -> "_Highest":
        """Return another that saw the same."""
        other = _Highest(self._window)
        other._count, other._kept = self._count, self._kept.copy()
        return other
