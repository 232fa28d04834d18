"""Cost: what it takes to trade until nothing is left up to a price, and how far that is away."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

_ROOM = 2.0**62
"""Sums of products below this fit whole numbers of 64 bits."""


class Side(NamedTuple):
    """The levels of one side, in any order."""

    ticks: Integers
    lots: Integers


class Cost(NamedTuple):
    """An order at market that takes everything up to a price."""

    buy: bool
    lots: int
    value: int
    """The sum of ticks times lots."""
    middle_twice: int
    """Best bid plus best ask, in ticks."""

    @property
    def average(self) -> Fraction:
        """Average price in ticks: value / lots."""
        return Fraction(self.value, self.lots)

    @property
    def slippage(self) -> Fraction:
        """Average price from the middle in basis points, above zero for the worse."""
        middle = Fraction(self.middle_twice, 2)
        away = self.average - middle if self.buy else middle - self.average
        return away / middle * 10_000


def cost_to(bids: Side, asks: Side, low: int, high: int) -> Cost | None:
    """What it costs to trade to a row of prices from `low` to `high` - 1, the row included.

    Above the middle that buys, below it sells; None where nothing rests up to there, or only on
    one side, which leaves no middle.
    """
    if not len(bids.ticks) or not len(asks.ticks):
        return None
    bid, ask = int(bids.ticks.max()), int(asks.ticks.min())
    if high > ask:
        taken, best, buy = asks.ticks < high, ask, True
    elif low <= bid:
        taken, best, buy = bids.ticks >= low, bid, False
    else:
        return None
    if bid + ask <= 0:
        return None
    side = asks if buy else bids
    lots = side.lots[taken]
    total, away = int(lots.sum()), _product(side.ticks[taken] - best, lots)
    return Cost(buy, total, best * total + away, bid + ask)


def _product(ticks: Integers, lots: Integers) -> int:
    """The sum of the products, exactly."""
    if float(np.abs(ticks).max()) * float(lots.sum()) < _ROOM:
        return int(ticks @ lots)
    return sum(one * other for one, other in zip(ticks.tolist(), lots.tolist(), strict=True))
