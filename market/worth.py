"""Worth: what sizes at prices are worth in quote currency, as whole numbers that can be summed.

A value is ticks times lots, in units of tick size times lot size. Where that is finer than 1e-8
of the quote currency, as of venues that state eight digits of both, sums of a day would leave 64
bits; there each value is rounded to the nearest 1e-8.
"""

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from market.instrument import Instrument, decimals

Integers = NDArray[np.int64]

_FINEST = 8
"""Digits after the point that a value has at most."""


def worth_of(instrument: Instrument) -> int:
    """How many ticks times lots are one unit of its values: 1 where all of them are exact."""
    step = instrument.tick_size * instrument.lot_size
    return int(10 ** max(0, decimals(step) - _FINEST))


def unit_of(instrument: Instrument) -> Decimal:
    """One unit of its values, in quote currency."""
    return instrument.tick_size * instrument.lot_size * worth_of(instrument)


def values(ticks: Integers, lots: Integers, worth: int) -> Integers:
    """What lots at these prices are worth, in units of `worth` ticks times lots."""
    if worth == 1:
        return ticks * lots
    rounded: Integers = np.rint(ticks.astype(np.float64) * lots / worth).astype(np.int64)
    return rounded
