"""Inference: tick and lot sizes read off the values seen, where no listing is at hand.

A step is 10**-d for the most decimals d seen. Where at least 50 distinct values agree it is
refined to the 2, 5, 25 or 50 times that, since half and quarter ticks are common. Later values
off the grid make the step smaller, by a whole ratio.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import gcd

import numpy as np
from numpy.typing import NDArray

from market.grid import EXACT, all_whole
from market.instrument import Instrument

MOST_DECIMALS = 12
_SIGNIFICANT = 15
_AGREE = 50
_MULTIPLES = (50, 25, 5, 2)


def infer_step(values: Iterable[float]) -> Decimal:
    """The step of the grid that all values lie on, 1 where there are none.

    `max(values)` keeps its 15 significant digits: what lies below them is a float's noise.
    """
    seen = np.unique(np.fromiter(values, np.float64))
    places = decimals_seen(seen)
    step = Decimal(1).scaleb(-places)
    if len(seen) < _AGREE:
        return step
    if seen[-1] > EXACT / 10.0**places:
        return step
    units = np.rint(seen * 10.0**places).astype(np.int64)
    for multiple in _MULTIPLES:
        if not (units % multiple).any():
            return multiple * step
    return step


def decimals_seen(values: NDArray[np.float64]) -> int:
    """The fewest decimals that write every value, up to 15 significant digits."""
    if not len(values):
        return 0
    largest = float(np.abs(values).max())
    digits = len(str(int(largest))) if largest >= 1 else 0
    most = max(0, min(MOST_DECIMALS, _SIGNIFICANT - digits))
    for places in range(most):
        if all_whole(values * 10.0**places).all():
            return places
    return most


def refine_step(step: Decimal, values: Iterable[float]) -> Decimal:
    """The largest power-of-ten part of the step that the values off its grid lie on too."""
    seen = np.unique(np.fromiter(values, np.float64))
    places = decimals_seen(seen[~all_whole(seen * float(1 / step))])
    return _common(step, Decimal(1).scaleb(-places))


def infer_instrument(
    venue: str, symbol: str, prices: Iterable[float], sizes: Iterable[float]
) -> Instrument:
    """An instrument whose grids were read off prices and sizes, and labelled so."""
    return Instrument(
        venue=venue,
        symbol=symbol,
        tick_size=infer_step(prices),
        lot_size=infer_step(sizes),
        inferred=True,
    )


def refine_instrument(
    instrument: Instrument, prices: Iterable[float], sizes: Iterable[float]
) -> Instrument:
    """The instrument on grids fine enough for these values too, labelled inferred if changed."""
    tick = refine_step(instrument.tick_size, prices)
    lot = refine_step(instrument.lot_size, sizes)
    if (tick, lot) == (instrument.tick_size, instrument.lot_size):
        return instrument
    return replace(instrument, tick_size=tick, lot_size=lot, inferred=True)


def coarser(instrument: Instrument, prices: Iterable[float]) -> Instrument:
    """The instrument on a multiple of its tick, where a whole book agrees on one."""
    step = infer_step(prices)
    if step <= instrument.tick_size or step % instrument.tick_size:
        return instrument
    power_of_ten = step.normalize().as_tuple().digits == (1,)  # says too little: whole by chance
    return instrument if power_of_ten else replace(instrument, tick_size=step)


def merged(listed: Instrument, kept: Instrument) -> Instrument:
    """What is listed, on grids that what is kept lies on too; labelled inferred."""
    return replace(
        listed,
        tick_size=_common(listed.tick_size, kept.tick_size),
        lot_size=_common(listed.lot_size, kept.lot_size),
        inferred=True,
    )


def ratios(old: Instrument, new: Instrument) -> tuple[Fraction, Fraction]:
    """New ticks per old tick, and new lots per old lot."""
    if old is new:
        return _SAME
    return (
        Fraction(old.tick_size) / Fraction(new.tick_size),
        Fraction(old.lot_size) / Fraction(new.lot_size),
    )


_SAME = (Fraction(1), Fraction(1))


def _common(one: Decimal, other: Decimal) -> Decimal:
    """The largest step that both grids lie on."""
    exponents = (one.as_tuple().exponent, other.as_tuple().exponent)
    unit = Decimal(1).scaleb(min(int(exponent) for exponent in exponents))
    return gcd(int(one / unit), int(other / unit)) * unit
