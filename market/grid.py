"""Grid: whole numbers of ticks and lots, told from floats and restated on other grids."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

EXACT = 2.0**53
"""Where floats stop telling whole numbers apart; no tick or lot count goes beyond."""
RELATIVE = 2e-15
"""How far, for its size, a float that stands for a whole number may lie from it: 9 roundings."""


def whole(value: float) -> int | None:
    """The whole number that a float stands for, None where it is none."""
    if not -EXACT < value < EXACT:
        return None
    number = round(value)
    return number if abs(value - number) <= abs(value) * RELATIVE else None


def all_whole(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the values stand for whole numbers; beyond what floats tell apart, none does."""
    values = np.abs(values)
    told = np.minimum(values, EXACT)
    off: NDArray[np.float64] = np.abs(told - np.rint(told))
    return np.less_equal(off, np.where(told < EXACT, told * RELATIVE, -1.0))


def restated(values: Integers, ratio: Fraction) -> Integers:
    """The same amounts in units of which `ratio` make one of the old, if that `can_restate`."""
    if max(ratio.numerator, ratio.denominator) > EXACT:
        return np.zeros_like(values)  # only nothing can be restated so
    return values // ratio.denominator * ratio.numerator


def can_restate(values: Integers, ratio: Fraction) -> bool:
    """Whether all amounts stay whole, and within what floats tell apart."""
    if not values.any():
        return True
    largest = max(abs(int(values.min())), abs(int(values.max())))
    if largest * ratio > EXACT or ratio.denominator > EXACT:
        return False
    return ratio.denominator == 1 or not (values % ratio.denominator).any()
