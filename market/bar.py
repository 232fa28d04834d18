"""Bar: open, high, low, close, volume and delta of one, and several that are over as columns."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.recent import Recent

Integers = NDArray[np.int64]

_BEYOND = 1 << 62


class Bar(NamedTuple):
    """One bar: prices in ticks, volumes in lots, `start` inclusive and `end` exclusive in ns.

    `split` is False where the venue states only the whole volume: then `buy` and `sell` are 0
    and say nothing. `trades` is 0 where the venue does not count them.
    """

    start: int
    end: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    buy: int
    sell: int
    trades: int
    split: bool = True

    @property
    def delta(self) -> int:
        """Buy minus sell aggressor volume (definitions.md 1)."""
        return self.buy - self.sell


class Run:
    """Bars that follow one another and are over, oldest first, as columns of integers.

    A run is equal to itself alone: while `Bars` hands out the same one, nothing in it has changed,
    and what was made of it still holds.
    """

    def __init__(self, bars: Sequence[Bar], numbers: Integers) -> None:
        self.bars = tuple(bars)
        self.numbers = numbers
        """Of each bar: how many of its length fit between the epoch and its start, or for bars of
        a number of trades, how many there were before it."""
        columns = np.array(self.bars, np.int64).reshape(-1, len(Bar._fields)).T
        self.start, _, self.open, self.high, self.low, self.close = columns[:6]
        self.volume, self.buy, self.sell, _, self.split = columns[6:]
        self.folded: Recent[int, tuple[Bar, ...]] = Recent(2)
        """Longer bars made of these, by their length, for whoever makes them."""

    def __len__(self) -> int:
        return len(self.bars)

    @cached_property
    def lowest(self) -> int:
        """The lowest price; of no bars a price above all."""
        return int(self.low.min(initial=_BEYOND))

    @cached_property
    def highest(self) -> int:
        """The highest price; of no bars a price below all."""
        return int(self.high.max(initial=-_BEYOND))

    @cached_property
    def most_volume(self) -> int:
        """The largest volume."""
        return int(self.volume.max(initial=0))

    def numbered_from(self, number: int) -> "Run":
        """The bars from a number on; the same run again for the same number."""
        first = int(np.searchsorted(self.numbers, number))
        if not first:
            return self
        return self._ends.get(first, lambda: Run(self.bars[first:], self.numbers[first:]))

    @cached_property
    def _ends(self) -> Recent[int, "Run"]:
        return Recent(2)


class Parted(NamedTuple):
    """Bars as those that are over and the newest of them, which may still be forming."""

    run: Run
    newest: Bar
    number: int
    """The newest bar's, counted as in `Run.numbers`."""
