"""Flow: measures of order flow and of the book's balance, each as one small pure function.

Sums are whole lots and ticks, and ratios of them exact fractions, so that a number on screen can
be computed again by hand. What each takes and means is in its docstring, with its source.
"""

from collections import deque
from collections.abc import Sequence
from fractions import Fraction
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.bars import CHUNK
from market.book import Book
from market.bookflow import BookInterval, Touch, band
from market.cost import Side
from market.trades import TradeLog
from market.worth import values

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

LEAST = 30
"""Intervals below which no regression and no z-score is told (definitions.md 18)."""
BUCKETS_KEPT = 1000


def imbalance(bid_lots: int, ask_lots: int) -> Fraction | None:
    """Order-book imbalance (B - A) / (B + A) in [-1, 1] of sums of resting lots.

    Over the best n levels it is OBI_n, over the best one queue imbalance (Gould and Bonart 2016),
    over all orders within x bps of the middle the distance form (definitions.md 15).
    """
    both = bid_lots + ask_lots
    return Fraction(bid_lots - ask_lots, both) if both else None


def weighted_mid(touch: Touch) -> Fraction:
    """I Pa + (1 - I) Pb with I = Qb / (Qb + Qa), in ticks (Gatheral, Oomen 2009).

    It is not the micro-price of Stoikov, which many call by that name (definitions.md 16).
    """
    bid, bid_lots, ask, ask_lots = touch
    return Fraction(bid_lots * ask + ask_lots * bid, bid_lots + ask_lots)


def book_now(book: Book, levels: int, bps: Fraction, worth: int = 0) -> BookInterval | None:
    """The book as it is now, as an interval without number and flow; None where it has no touch.

    With `worth` sums are also told as values in such units.
    """
    bids, asks = book.top(levels)
    if not bids or not asks or bids[0].ticks >= asks[0].ticks:
        return None
    touch = Touch(*bids[0], *asks[0])
    near = (sum(level.lots for level in bids), sum(level.lots for level in asks))
    low, high = band(touch.bid + touch.ask, bps)
    below, above = max(0, touch.bid - low + 1), max(0, high - touch.ask + 1)
    within = (
        int(book.grouped(below, low, 1)[0][0]) if below else 0,
        int(book.grouped(above, touch.ask, 1)[1][0]) if above else 0,
    )
    if not worth:
        return BookInterval(0, touch, near, within, 0)
    sides = [Side(*side) for side in book.standing()]
    best = bids[-1].ticks, asks[-1].ticks
    return BookInterval(
        *(0, touch, near, within, 0),
        (_worth(sides[0], best[0], touch.bid, worth), _worth(sides[1], touch.ask, best[1], worth)),
        (_worth(sides[0], low, touch.bid, worth), _worth(sides[1], touch.ask, high, worth)),
    )


def _worth(side: Side, low: int, high: int, worth: int) -> int:
    """What rests from a price to another is worth."""
    inside = (side.ticks >= low) & (side.ticks <= high)
    return int(values(side.ticks[inside], side.lots[inside], worth).sum())


class Fit(NamedTuple):
    """A straight line through points: its slope, and the share of the variance that it explains."""

    slope: Fraction
    r2: Fraction


def fit(x: Sequence[int], y: Sequence[int]) -> Fit | None:
    """Least squares: slope = cov(x, y) / var(x), R2 = cov^2 / (var(x) var(y)).

    None for fewer than 30 points, and where nothing varies. With x the signed volume and y the
    change of price it is Kyle's lambda (Kyle 1985, Econometrica 53(6); definitions.md 18); with
    x the order flow imbalance and y the change of the middle price it is beta of definitions.md 17.
    """
    count = len(x)
    if count < LEAST:
        return None
    sx, sy = sum(x), sum(y)
    cov = count * sum(map(int.__mul__, x, y)) - sx * sy
    var_x = count * sum(value * value for value in x) - sx * sx
    var_y = count * sum(value * value for value in y) - sy * sy
    if not var_x:
        return None
    return Fit(Fraction(cov, var_x), Fraction(cov * cov, var_x * var_y) if var_y else Fraction(0))


def rolling_slopes(x: Integers, y: Integers, window: int) -> Floats:
    """The slope of `fit` over the `window` points up to each, as floats; NaN where it is none."""
    slopes = np.full(len(x), np.nan)
    if window < LEAST or len(x) < window:
        return slopes
    xs, ys = (np.lib.stride_tricks.sliding_window_view(v, window) for v in (x, y))
    dx = xs - xs.mean(axis=1, keepdims=True)
    var = (dx * dx).sum(axis=1)
    varies = var > 0
    cov = (dx * ys).sum(axis=1)
    slopes[window - 1 :][varies] = cov[varies] / var[varies]
    return slopes


def z_score(value: int, before: Sequence[int]) -> float | None:
    """(x - mean) / sigma of the intervals before, sigma that of a population (definitions.md 22).

    None for fewer than 30 intervals, and where all were the same. The interval itself is no part
    of the mean that it is measured by.
    """
    count = len(before)
    if count < LEAST:
        return None
    total = sum(before)
    # Whole numbers up to the last step: nothing cancels.
    var = count * sum(v * v for v in before) - total * total
    return (count * value - total) / sqrt(var) if var else None


def round_lots(lots: int) -> int:
    """The largest of 1, 2 and 5 times a power of ten that is not more, at least 1."""
    magnitude: int = 10 ** (len(str(max(1, lots))) - 1)
    return max(step * magnitude for step in (1, 2, 5) if step * magnitude <= max(1, lots))


class Vpin:
    """Volume-synchronised buckets of equal volume, from the aggressor's own side ("true-sided").

    VPIN = sum |Vb - Vs| / (n V) over the last n buckets of V lots (Easley, Lopez de Prado, O'Hara
    2012, RFS 25(5); definitions.md 19). A trade that fills a bucket is split at its edge. The
    first bucket begins with the first trade held when reading began.
    """

    def __init__(self, bucket: int) -> None:
        if bucket < 1:
            raise ValueError("a bucket holds at least one lot")
        self.bucket = bucket
        self._generation = -1
        self._cursor = 0
        self._restart(0)

    def update(self, log: TradeLog) -> None:
        """Read what the log has that was not read yet."""
        if log.generation != self._generation or self._cursor < log.first:
            self._generation = log.generation
            self._restart(log.first)
        while self._cursor < log.end:
            stop = min(self._cursor + CHUNK, log.end)
            self._fold(log.between(self._cursor, stop).lots)
            self._cursor = stop

    def upto(self, end: int, count: int) -> list[int]:
        """|Vb - Vs| of the last `count` buckets that were full before the trade numbered `end`."""
        full = [gap for gap, last in self._buckets if last < end]
        return full[-count:] if count > 0 else []

    def _restart(self, first: int) -> None:
        self._cursor = first
        self._buckets: deque[tuple[int, int]] = deque(maxlen=BUCKETS_KEPT)
        """|Vb - Vs| of each full bucket, and the number of the trade that filled it."""
        self._bought = self._filled = 0
        """Lots in the bucket that is being filled, bought and in all."""

    def _fold(self, lots: Integers) -> None:
        size = np.abs(lots)
        volume = self._filled + np.cumsum(size)
        bought = self._bought + np.cumsum(np.maximum(lots, 0))
        full = int(volume[-1]) // self.bucket
        # Of more buckets than are kept, the oldest need not be looked at.
        edges = self.bucket * np.arange(max(0, full - BUCKETS_KEPT - 1), full + 1, dtype=np.int64)
        place = np.searchsorted(volume, edges)
        # Of the trade that reaches an edge, what lies beyond it is not counted.
        beyond = volume[place.clip(max=len(lots) - 1)] - edges
        upto = bought[place.clip(max=len(lots) - 1)]
        upto = np.where(lots[place.clip(max=len(lots) - 1)] > 0, upto - beyond, upto)
        upto[edges == 0] = 0
        for gap, at in zip(
            np.abs(2 * np.diff(upto) - self.bucket).tolist(), place[1:].tolist(), strict=True
        ):
            self._buckets.append((gap, self._cursor + at))
        self._filled = int(volume[-1]) - full * self.bucket
        self._bought = int(bought[-1]) - (int(upto[-1]) if full else 0)


def vpin(gaps: Sequence[int], bucket: int) -> Fraction | None:
    """Sum of |Vb - Vs| over n V; None without a full bucket."""
    return Fraction(sum(gaps), len(gaps) * bucket) if gaps else None
