"""Chase: a best price that follows the market by one step after the other.

As in Flowsurface's ladder, raises of the best bid are counted (cuts of the best ask), as long as
no more than 200 ms pass between two of them and it does not go back. The best prices are looked
at every 100 ms, so several steps within that time count as one.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.depth import FINE, NOWHERE, DepthHistory

Integers = NDArray[np.int64]

REST = 2
"""Looks that may pass between two steps."""
STAY = 10
"""Looks for which a chase that ended is still told of."""
_LOOKS = 50
_STEP = 256
"""Prices looked at begin at a multiple of so many ticks, so that they rarely change."""


class Chase(NamedTuple):
    """How often a best price moved on, and from where to where, in ticks."""

    steps: int
    start: int
    now: int


def chases(depth: DepthHistory, end: int, middle: int) -> tuple[Chase | None, Chase | None]:
    """How the best bid chases upwards, and the best ask downwards, at a time.

    Of a time long ago only prices near `middle` are looked at.
    """
    best = depth.touches(end, _LOOKS)
    if best is None:
        best = _viewed(depth, end, (middle - _STEP // 2) // _STEP * _STEP)
    known = depth.known(FINE, end, _LOOKS)
    bids, asks = np.where(known[:, None], best, NOWHERE).T.tolist()
    return _chase(bids, 1), _chase(asks, -1)


def _viewed(depth: DepthHistory, end: int, low: int) -> Integers:
    """The best bids and asks of the record, from a price on."""
    view = depth.view(FINE, end, _LOOKS, 1, low, 2 * _STEP)
    bids, asks = view.bid > 0, view.ask > 0
    last = low + 2 * _STEP - 1
    bid = np.where(bids.any(axis=1), last - bids[:, ::-1].argmax(axis=1), NOWHERE)
    ask = np.where(asks.any(axis=1), low + asks.argmax(axis=1), NOWHERE)
    return np.stack((bid, ask), axis=1)


def _chase(path: list[int], way: int) -> Chase | None:
    """The run of moves in one direction at the end of a path."""
    steps = start = last = 0
    for look, (before, now) in enumerate(pairwise(path), start=1):
        if before == NOWHERE or now == NOWHERE or (now - before) * way < 0:
            steps = 0
        elif now != before:
            if look - last > REST:
                steps = 0
            if not steps:
                start = before
            steps, last = steps + 1, look
    if steps < 2 or len(path) - 1 - last > STAY:
        return None
    return Chase(steps, start, path[-1])
