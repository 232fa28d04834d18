"""Traded cells: what traded in each column and text row of a picture, read from the log once."""

import numpy as np
from numpy.typing import NDArray

from market.trades import TradeLog
from tui.drawing.axis import PriceAxis

Integers = NDArray[np.int64]


class TradedCells:
    """Bought and sold lots of the newest columns by text row from the top.

    Columns are numbered since the epoch and kept in a ring of `capacity`. A trade belongs to the
    column of its own time, however late it arrives. Another generation of the log needs new cells.
    Trades of less than `least` lots count in volumes, not in cells.
    """

    def __init__(self, interval: int, axis: PriceAxis, capacity: int, least: int = 0) -> None:
        self._interval, self._axis, self._capacity = interval, axis, max(1, capacity)
        self._least = least
        self._cells = np.zeros((2, self._capacity, axis.cells), np.int64)
        self._whole = np.zeros((2, self._capacity), np.int64)
        self._last: int | None = None
        self._cursor = 0

    def read(self, log: TradeLog, last: int) -> int:
        """Take what is new up to column `last`; return the first column that has changed."""
        if self._last is None:
            self._cursor = log.first
            self._last = last
        elif last > self._last:
            fresh = np.arange(max(self._last + 1, last + 1 - self._capacity), last + 1)
            self._cells[:, fresh % self._capacity] = 0
            self._whole[:, fresh % self._capacity] = 0
            self._last = last
        if self._cursor == log.end:
            return last + 1
        ts, ticks, lots = log.since(self._cursor)
        self._cursor = log.end
        column = ts // self._interval
        held = (column > self._last - self._capacity) & (column <= self._last)
        if not held.all():
            column, ticks, lots = column[held], ticks[held], lots[held]
        return self._add(column, ticks, lots) if len(column) else last + 1

    def _add(self, column: Integers, ticks: Integers, lots: Integers) -> int:
        axis, slot = self._axis, column % self._capacity
        step = max(1, (axis.high - axis.low) // axis.cells)
        sold = (lots < 0).view(np.int8)
        size = np.abs(lots)
        np.add.at(self._whole, (sold, slot), size)
        row = axis.cells - 1 - (ticks - axis.low) // step
        inside = (row >= 0) & (row < axis.cells)
        if self._least:
            inside &= size >= self._least
        if not inside.all():
            sold, slot, row, size = sold[inside], slot[inside], row[inside], size[inside]
        np.add.at(self._cells, (sold, slot, row), size)
        return int(column.min())

    def cells(self, first: int, stop: int) -> tuple[Integers, Integers]:
        """Bought and sold lots of some columns, [column, text row]."""
        bought, sold = self._cells[:, np.arange(first, stop) % self._capacity]
        return bought, sold

    def volumes(self, first: int, stop: int) -> tuple[Integers, Integers]:
        """Bought and sold lots of some columns, whatever the price."""
        bought, sold = self._whole[:, np.arange(first, stop) % self._capacity]
        return bought, sold
