"""Columns: a growing table of integers whose tail is what changes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class Columns:
    """Parallel int64 columns sorted by their first column; rows are replaced from the tail."""

    def __init__(self, width: int) -> None:
        self._memory = np.empty((width, 64), np.int64)
        self._begin = 0
        self._stop = 0
        self.floor: int | None = None
        """What belongs below this key was dropped, and must not be begun again in part."""

    def __len__(self) -> int:
        return self._stop - self._begin

    @property
    def rows(self) -> Integers:
        """The table as int64[width, n]: a view that is valid until the next change."""
        return self._memory[:, self._begin : self._stop]

    def replace_tail(self, index: int, tail: Integers) -> None:
        """Put `tail` in place of every row from `index` on."""
        begin = self._begin + index
        stop = begin + tail.shape[1]
        if stop > self._memory.shape[1]:
            self._grow(index, tail.shape[1])
            begin, stop = index, index + tail.shape[1]
        self._memory[:, begin:stop] = tail
        self._stop = stop

    def drop_head(self, count: int) -> None:
        """Forget the first rows, for good: `floor` becomes the first key that is left."""
        self._begin += count
        self.floor = int(self.rows[0, 0])

    def clear(self) -> None:
        """Forget everything."""
        self._begin = self._stop = 0
        self.floor = None

    def _grow(self, kept: int, added: int) -> None:
        memory = np.empty((len(self._memory), max(64, 2 * (kept + added))), np.int64)
        memory[:, :kept] = self._memory[:, self._begin : self._begin + kept]
        self._memory, self._begin = memory, 0


def ordered(keys: Sequence[Integers]) -> NDArray[np.intp] | None:
    """The stable order that sorts by the first key, then the next; None when sorted already."""
    lead = keys[0]
    rising = lead[1:] > lead[:-1]
    level = lead[1:] == lead[:-1]
    for key in keys[1:]:
        rising |= level & (key[1:] > key[:-1])
        level &= key[1:] == key[:-1]
    if bool((rising | level).all()):
        return None
    return np.lexsort(tuple(reversed(keys)))


def heads(keys: Sequence[Integers]) -> NDArray[np.intp]:
    """Where a new group of equal keys begins in sorted columns."""
    change = np.ones(len(keys[0]), np.bool_)
    if len(change):
        change[1:] = False
        for key in keys:
            change[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(change)
