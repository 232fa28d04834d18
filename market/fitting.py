"""Fitting: where the prices of one market lie on the rows of another, and its lots on common ones.

Row i of a step holds every price p with floor(p / step) = i. Where the step is a whole number of a
market's ticks, its own rows are these; where it is not, each of its prices is sorted in by itself.
All ratios are of exact decimals, so nothing is rounded or moved.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.inference import merged
from market.instrument import Instrument
from market.traded import Rows
from market.worth import unit_of

Integers = NDArray[np.int64]

MOST = 1 << 18
"""Prices that are sorted in one by one, at most."""


class Fit(NamedTuple):
    """One market on the rows of another."""

    rows: Rows
    """In its own ticks."""
    place: Integers | None
    """The row that each of them belongs to, where they are not the rows themselves."""
    length: int
    """Common rows."""
    ticks: int
    """Ticks of the common grid in one of its own."""
    lots: int
    """Lots of the common grid in one of its own."""
    worth: Fraction
    """Units of value of the common grid in one of its own (`market/worth.py`)."""

    @property
    def low(self) -> int:
        """The low edge of the lowest row, in its own ticks."""
        return self.rows.bottom * self.rows.group

    @property
    def high(self) -> int:
        """The high edge of the highest row."""
        return (self.rows.bottom + self.rows.length) * self.rows.group

    def onto(self, sums: Integers, valued: bool = False) -> Integers:
        """Sums by its own rows (the last axis, from the lowest up) on the common rows and grid."""
        if self.place is not None:
            found = np.zeros((self.length, *sums.shape[:-1]), np.int64)
            np.add.at(found, self.place, np.moveaxis(sums, -1, 0))
            sums = np.moveaxis(found, 0, -1)
        return self.scaled(sums, valued)

    def scaled(self, sums: Integers, valued: bool = False) -> Integers:
        """Lots, or values, in those of the common grid."""
        return scaled(sums, self.worth if valued else Fraction(self.lots))


def scaled(sums: Integers, ratio: Fraction) -> Integers:
    """Whole numbers in other units, rounded where they are not whole ones of these."""
    above, below = ratio.as_integer_ratio()
    if below == 1:
        return sums if above == 1 else sums * above
    rounded: Integers = (sums * above + below // 2) // below
    return rounded


def common_grid(instruments: Sequence[Instrument]) -> Instrument:
    """The first instrument, on grids that all of them lie on."""
    return reduce(merged, instruments) if len(instruments) > 1 else instruments[0]


@lru_cache(maxsize=64)
def fit(rows: Rows, of: Instrument, own: Instrument, grid: Instrument) -> Fit | None:
    """A market on rows of the ticks of another; None where too many prices are in question."""
    ticks, lots = (
        int(Fraction(one) / Fraction(other))
        for one, other in ((own.tick_size, grid.tick_size), (own.lot_size, grid.lot_size))
    )
    worth = Fraction(unit_of(own)) / Fraction(unit_of(grid))
    group, bottom, count = rows
    wide = group * Fraction(of.tick_size) / Fraction(own.tick_size)
    if wide.denominator == 1:
        return Fit(Rows(int(wide), bottom, count), None, count, ticks, lots, worth)
    low, high = ceil(bottom * wide), ceil((bottom + count) * wide)
    if high - low > MOST:
        return None
    above, below = wide.as_integer_ratio()
    place = np.arange(low, high, dtype=np.int64) * below // above - bottom
    return Fit(Rows(1, low, high - low), place, count, ticks, lots, worth)
