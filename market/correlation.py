"""Correlation: prices of several markets at common times, and how their changes go together."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.basis import TimeBasis
from market.market import Market

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

LEAST = 10
"""Changes below which nothing is said of how they go together."""


class Closes(NamedTuple):
    """The last price of each interval in ticks; intervals without trades repeat the one before."""

    begin: int
    """Places before it have no price yet."""
    ticks: Integers


def closes(market: Market, interval: int, first: int, stop: int) -> Closes | None:
    """Prices at the ends of the intervals numbered `first` up to `stop`, None where there are none.

    Those are of the market's bars: of its trades, and before them of the venue's own candles.
    """
    bars = market.bars(TimeBasis(interval))
    parted = bars.parted(stop * interval, stop - first + 1)
    if parted is None or stop <= first:
        return None
    numbers = np.append(parted.run.numbers, parted.number)
    prices = np.append(parted.run.close, parted.newest.close)
    at = np.searchsorted(numbers, np.arange(first, stop), side="right") - 1
    begin = int(np.searchsorted(at, 0))
    if begin == len(at):
        return None
    return Closes(begin, np.where(at >= 0, prices[at], 0))


def rolling_correlation(one: Floats, other: Floats, window: int) -> Floats:
    """Pearson's r of the last `window` changes of the logarithm of two prices, at each place.

    r = cov(x, y) / sqrt(var(x) var(y)) (Pearson 1895). NaN where a price is missing (NaN), where
    there are fewer than 10 changes in a window, and where either price stood still.
    """
    found = np.full(len(one), np.nan)
    if window < LEAST or len(one) <= window:
        return found
    changes = (np.diff(np.log(prices)) for prices in (one, other))
    x, y = (np.lib.stride_tricks.sliding_window_view(change, window) for change in changes)
    dx, dy = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    # Where a price stands still only what rounding left would be compared.
    still = (np.ptp(x, axis=1) == 0) | (np.ptp(y, axis=1) == 0)
    variance = (dx * dx).sum(axis=1) * (dy * dy).sum(axis=1)
    known = (variance > 0) & ~still
    cov = (dx * dy).sum(axis=1)
    found[window:][known] = np.clip(cov[known] / np.sqrt(variance[known]), -1.0, 1.0)
    return found
