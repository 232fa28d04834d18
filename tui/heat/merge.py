"""Heat merge: runs of similar resting sizes drawn as one size, so that structure stands out.

A run is neighbouring columns of one side of one price row whose sizes are within a share of the
run's base (Flowsurface's coalescing, its `|lots - base| <= ratio * base`): with `average` the base
is the mean so far and the run is drawn as its mean, with `first` both are its first size, with
`max` the base is the first size and the largest is drawn. Runs end where columns numbered by
multiples of `CHUNK` begin, so that what a column looks like does not depend on where the picture
does. A column about which nothing is known holds zeros, which no run crosses.
"""

import numpy as np
from numpy.typing import NDArray

from market.depthsum import Depth
from tui.heat.grid import HALVES, HeatGrid
from tui.heat.settings import Merge

Integers = NDArray[np.int64]

CHUNK = 64
"""Columns that a run cannot be longer than."""


class HeatRuns:
    """The merged sizes of one picture's columns; those that are closed are read once."""

    def __init__(self, how: Merge, percent: int) -> None:
        self._how, self._percent = how, percent
        self._chunks: dict[int, _Chunk] = {}

    @staticmethod
    def changed(column: int) -> int:
        """The first column that may look different where one has changed."""
        return column - column % CHUNK

    def read(self, grid: HeatGrid, depth: Depth, first: int) -> tuple[Integers, Integers]:
        """Merged bids and asks [column, row] of the columns from `first` on."""
        columns = grid.stretch
        stop, closed = columns.last + 1, depth.reached(columns.interval) // columns.interval
        oldest = min(first, columns.first) // CHUNK
        self._chunks = {n: chunk for n, chunk in self._chunks.items() if n >= oldest}
        parts: list[Integers] = []
        for number in range(first // CHUNK, (stop - 1) // CHUNK + 1):
            begin = number * CHUNK
            end = min(stop, begin + CHUNK)
            values = self._read(grid, depth, number, begin, end, closed)
            parts.append(values[max(0, first - begin) :])
        lots = np.concatenate(parts)
        rows = grid.axis.cells * HALVES
        return lots[:, :rows], lots[:, rows:]

    def _read(
        self, grid: HeatGrid, depth: Depth, number: int, begin: int, end: int, closed: int
    ) -> Integers:
        """A chunk up to column `end`; those that are not closed are merged for this once."""
        chunk = self._chunks.get(number)
        if chunk is None:
            chunk = self._chunks[number] = _Chunk(
                2 * HALVES * grid.axis.cells, self._how, self._percent
            )
        if begin + chunk.done < end:
            view = grid.view(depth, begin + chunk.done, end)
            fresh = np.concatenate((view.bid, view.ask), axis=1)
            over = min(max(0, closed - begin - chunk.done), len(fresh))
            chunk.add(fresh[:over])
            if over < len(fresh):
                chunk = chunk.copy()
                chunk.add(fresh[over:])
        return chunk.values


class _Chunk:
    """Columns of a chunk from its first on, and the run that each row is in."""

    def __init__(self, rows: int, how: Merge, percent: int) -> None:
        self._how, self._percent = how, percent
        self._values = np.zeros((CHUNK, rows), np.int64)
        self.done = 0
        self._start, self._base, self._sum, self._most = np.zeros((4, rows), np.int64)

    @property
    def values(self) -> Integers:
        """What each column is drawn as."""
        return self._values[: self.done]

    def copy(self) -> "_Chunk":
        other = _Chunk(0, self._how, self._percent)
        other._values, other.done = self._values.copy(), self.done
        runs = self._start, self._base, self._sum, self._most
        other._start, other._base, other._sum, other._most = (run.copy() for run in runs)
        return other

    def add(self, columns: Integers) -> None:
        """Go on with columns."""
        for lots in columns:
            self._add(lots)

    def _add(self, lots: Integers) -> None:
        at = self.done
        joins = self._similar(lots) if at else np.zeros(len(lots), np.bool_)
        self._start = np.where(joins, self._start, at)
        self._base = np.where(joins, self._base, lots)
        self._sum = np.where(joins, self._sum, 0) + lots
        self._most = np.maximum(np.where(joins, self._most, 0), lots)
        self.done = at + 1
        match self._how:
            case "first":
                self._values[at] = self._base
                return
            case "max":
                drawn = self._most
            case _:
                drawn = self._sum // (self.done - self._start)
        run = np.arange(self.done)[:, None] >= self._start
        self._values[: self.done] = np.where(run, drawn, self._values[: self.done])

    def _similar(self, lots: Integers) -> NDArray[np.bool_]:
        """Rows whose size is within the share of its run's base, in whole numbers."""
        base = self._base
        if self._how == "average":
            count = self.done - self._start
            lots, base = lots * count, self._sum
        similar: NDArray[np.bool_] = np.abs(lots - base) <= _share(base, self._percent)
        return similar


def _share(lots: Integers, percent: int) -> Integers:
    """So many hundredths, rounded down, without numbers beyond 64 bits on the way."""
    whole, rest = np.divmod(lots, 100)
    share: Integers = whole * percent + rest * percent // 100
    return share
