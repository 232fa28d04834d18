"""Nodes: prices at which a profile has much volume, and those between them with little.

There is no accepted formula, so a pane calls them "possible". Here, on rows of the profile's price
group from its lowest to its highest price, empty ones included: a high volume node is a row with
at least the mean volume of all rows and the most of those within `reach` rows of it (the lower of
equals). A low volume node is the row with the least volume between two neighbouring high ones (the
lowest of equals), where that is at most half of the smaller of the two.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from market.profile import Profile

Integers = NDArray[np.int64]

REACH = 3
"""Rows on either side that a high volume node stands out from."""

MOST_ROWS = 1 << 16
"""Rows up to which nodes are looked for: a profile with more has no shape to be read."""


class Nodes(NamedTuple):
    """Low edges in ticks, ascending."""

    high: tuple[int, ...]
    low: tuple[int, ...]


NO_NODES = Nodes((), ())


def nodes(profile: Profile, reach: int = REACH) -> Nodes:
    """High and low volume nodes of a profile; none where it has no rows or too many."""
    if reach < 1:
        raise ValueError("a node stands out from at least one row on either side")
    prices, group = profile.prices, profile.group
    if not len(prices):
        return NO_NODES
    bottom = int(prices[0]) // group
    count = int(prices[-1]) // group - bottom + 1
    if count > MOST_ROWS:
        return NO_NODES
    sold, bought = profile.rows(bottom, count)
    volume = sold + bought
    high = _peaks(volume, reach)
    low: list[int] = []
    for one, other in pairwise(high):
        between = volume[one + 1 : other]
        least = one + 1 + int(between.argmin())
        if 2 * volume[least] <= min(volume[one], volume[other]):
            low.append(least)
    return Nodes(
        tuple((bottom + row) * group for row in high), tuple((bottom + row) * group for row in low)
    )


def _peaks(volume: Integers, reach: int) -> list[int]:
    """Rows with the most volume of their neighbourhood, and no less than the mean."""
    around = np.pad(volume, reach, constant_values=-1)
    windows = sliding_window_view(around, reach)
    below = windows[: len(volume)].max(axis=1)
    above = windows[reach + 1 :].max(axis=1)
    enough = volume * len(volume) >= volume.sum()
    return np.flatnonzero((volume > below) & (volume >= above) & enough).tolist()
