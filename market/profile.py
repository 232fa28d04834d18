"""VolumeProfile: volume per price over all trades, its point of control and value area."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.bars import CHUNK
from market.cells import PRICE, counted, merged
from market.trades import TradeLog

Integers = NDArray[np.int64]

VALUE_AREA = 0.70
"""The share of volume a value area holds (definitions.md 4)."""


class ProfileColumns(NamedTuple):
    """Groups that traded: low edges in ticks ascending, and their volumes in lots."""

    prices: Integers
    sell: Integers
    buy: Integers


class VolumeProfile:
    """Buy and sell volume per price group since the first trade read."""

    def __init__(self, group: int) -> None:
        if group < 1:
            raise ValueError("a price group is at least one tick")
        self.group = group
        self._cursor = 0
        self._generation = -1
        self._cells = _NOTHING

    def update(self, log: TradeLog) -> None:
        """Read what the log has that was not read yet."""
        if log.generation != self._generation or self._cursor < log.first:
            self._cells = _NOTHING
            self._generation, self._cursor = log.generation, log.first
        while self._cursor < log.end:
            stop = min(self._cursor + CHUNK, log.end)
            _, ticks, lots = log.between(self._cursor, stop)
            buy = np.maximum(lots, 0)
            fresh = counted(np.zeros_like(lots), ticks // self.group, buy - lots, buy)
            fresh[PRICE] *= self.group
            self._cells = merged(np.concatenate((self._cells, fresh), axis=1))
            self._cursor = stop

    @property
    def columns(self) -> ProfileColumns:
        """The groups that traded, lowest first."""
        return ProfileColumns(*self._cells[PRICE:])

    @property
    def poc(self) -> int | None:
        """Low edge of the group that traded most (definitions.md 3)."""
        prices, sell, buy = self.columns
        return point_of_control(prices, sell + buy)

    def value_area(self, share: float = VALUE_AREA) -> tuple[int, int] | None:
        """Low edges of the lowest and highest group of the value area (definitions.md 4)."""
        prices, sell, buy = self.columns
        return value_area(prices, sell + buy, self.group, share)


_NOTHING = np.empty((4, 0), np.int64)


def point_of_control(prices: Integers, volume: Integers) -> int | None:
    """The price of the largest volume (definitions.md 3); `prices` ascend.

    Tied: the price nearest the middle of the profile's range; still tied: the lower.
    """
    if not len(prices):
        return None
    tied = prices[volume == volume.max()]
    # Twice the distance, so that a middle between two prices stays whole.
    distance = np.abs(2 * tied - (prices[0] + prices[-1]))
    return int(tied[np.argmin(distance)])


def value_area(
    prices: Integers, volume: Integers, group: int, share: float = VALUE_AREA
) -> tuple[int, int] | None:
    """The lowest and highest price of the value area (definitions.md 4, method A).

    From the point of control, add the larger of the next two rows above and the next two below
    (tie: above) until `share` of the volume is met. Rows without trades are rows too.
    """
    poc = point_of_control(prices, volume)
    if poc is None:
        return None
    rows = np.zeros((int(prices[-1]) - int(prices[0])) // group + 1, np.int64)
    rows[(prices - prices[0]) // group] = volume
    sums = np.concatenate(([0], np.cumsum(rows))).tolist()
    exact = Fraction(str(share))
    needed = sums[-1] * exact.numerator
    low = (poc - int(prices[0])) // group
    high = low + 1  # exclusive
    while (sums[high] - sums[low]) * exact.denominator < needed:
        upper, lower = min(high + 2, len(rows)), max(low - 2, 0)
        above, below = sums[upper] - sums[high], sums[low] - sums[lower]
        if lower == low or (upper > high and above >= below):
            high = upper
        else:
            low = lower
    bottom = int(prices[0])
    return bottom + low * group, bottom + (high - 1) * group
