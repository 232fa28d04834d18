"""Turns: what a swing of the price says, told from bars and footprints of trades alone."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from market.bar import Bar
from market.detectors.found import Divergence, Exhaustion, SwingRules
from market.footprint import FootprintBar
from market.gaps import Gap

Integers = NDArray[np.int64]

BARS = 500
"""Bars that are looked at, the newest."""


def swings(extremes: Sequence[int], count: int) -> list[int]:
    """Places of confirmed swing highs: above the `count` bars before, not below those after.

    For lows, pass prices with their sign turned.
    """
    prices = np.asarray(extremes, np.int64)
    if len(prices) < 2 * count + 1:
        return []
    windows = np.lib.stride_tricks.sliding_window_view(prices, count)
    middle = prices[count:-count]
    before, after = windows[: len(middle)].max(axis=1), windows[count + 1 :].max(axis=1)
    places: list[int] = (np.flatnonzero((middle > before) & (middle >= after)) + count).tolist()
    return places


def divergences(
    bars: Sequence[Bar], deltas: Sequence[int], gaps: Sequence[Gap], rules: SwingRules
) -> list[Divergence]:
    """Swings whose new extreme cumulative delta does not confirm (definitions.md 10).

    Of two swing highs in a row the later is higher in price and lower in cumulative delta: bearish;
    lows the other way round. The delta counts to the end of each swing's bar. What lies on two
    sides of a gap is not compared. `bars` are over, oldest first; `deltas` are what theirs were
    worth, in ticks times lots.
    """
    found: list[Divergence] = []
    sums, values = np.cumsum([bar.delta for bar in bars]), [0, *accumulate(deltas)]
    for sign in (1, -1):
        prices = [bar.high if sign > 0 else -bar.low for bar in bars]
        places = swings(prices, rules.pivot)
        for first, second in pairwise(places):
            change = int(sums[second] - sums[first])
            begin, end = bars[first], bars[second]
            higher = prices[second] > prices[first]
            if higher and change * sign < 0 and not _broken(gaps, begin.start, end.end):
                known = bars[second + rules.pivot].end
                price, before = prices[second] * sign, prices[first] * sign
                value = values[second + 1] - values[first + 1]
                found.append(
                    Divergence(known, begin.start, price, change, end.start, before, value)
                )
    return sorted(found)


def exhaustions(shown: Sequence[FootprintBar], rules: SwingRules, worth: int) -> list[Exhaustion]:
    """Swings into whose extreme the aggressors became fewer and fewer (definitions.md 11).

    Over the last three price rows of the swing's bar, the last of which holds the extreme, the
    volume of its aggressors falls strictly and so does the size of the delta. `shown` are
    footprint bars that are over, oldest first, with values in units of `worth`.
    """
    found: list[Exhaustion] = []
    for sign in (1, -1):
        prices = [bar.bar.high if sign > 0 else -bar.bar.low for bar in shown]
        for place in swings(prices, rules.pivot):
            bar, known = shown[place], shown[place + rules.pivot].bar.end
            if rows := _last_rows(bar, sign):
                first, second, last = rows
                before = (first * sign, second * sign)
                one, two, value = _last_values(bar, sign, worth)
                found.append(
                    Exhaustion(
                        *(known, bar.bar.start, prices[place] * sign, last * sign, before),
                        *(sign > 0, value, (one, two)),
                    )
                )
    return sorted(found)


def _last_rows(bar: FootprintBar, sign: int) -> tuple[int, int, int] | None:
    """Aggressor volume of the three rows up to the extreme, where it and delta fall throughout."""
    if len(bar.prices) < 3:
        return None
    rows = slice(-3, None) if sign > 0 else slice(2, None, -1)
    prices = bar.prices[rows]
    if abs(int(prices[2] - prices[0])) != 2 * bar.group:
        return None
    volumes = (bar.buy if sign > 0 else bar.sell)[rows].tolist()
    deltas = abs(bar.buy[rows] - bar.sell[rows]).tolist()
    falls = volumes[0] > volumes[1] > volumes[2] and deltas[0] > deltas[1] > deltas[2]
    return (volumes[0], volumes[1], volumes[2]) if falls else None


def _last_values(bar: FootprintBar, sign: int, worth: int) -> list[int]:
    """What the aggressors' volumes in the three rows up to the extreme were worth."""
    assert bar.values is not None
    rows = slice(-3, None) if sign > 0 else slice(2, None, -1)
    return [sign * worth * value for value in bar.values[int(sign > 0)][rows].tolist()]


def _broken(gaps: Sequence[Gap], begin: int, end: int) -> bool:
    return any(gap.start < end and (gap.end is None or gap.end > begin) for gap in gaps)
