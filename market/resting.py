"""Resting: what rests in rows of prices, now or earlier, in lots or in what those are worth.

Without a time the book of now is read, else the depth history: its 100 ms, all at once.
"""

import numpy as np
from numpy.typing import NDArray

from market.cost import Side
from market.depth import FINE, DepthHistory
from market.market import Market
from market.worth import values

Lots = NDArray[np.int64]

REACH = 4096
"""Levels of the past are looked for within multiples of so many ticks."""
MOST = 64 * REACH
"""Prices that are looked at one by one, at most."""


def rested(
    market: Market, until: int | None, group: int, low: int, count: int, worth: int = 0
) -> tuple[Lots, Lots, bool]:
    """Bids and asks in lots of `count` rows from `low` on, and whether they may be believed.

    With `worth` they are values in such units.
    """
    assert market.book is not None
    if until is None or market.depth is None:
        if worth:
            bids, asks = (
                _worth_of_rows(Side(*side), group, low, count, worth)
                for side in market.book.standing()
            )
            return bids, asks, market.book_good
        return *market.book.grouped(group, low, count), market.book_good
    if worth:
        return _past_worth(market.depth, until, group, low, count, worth)
    view = market.depth.view(FINE, until, 1, group, low, count)
    return view.bid[0], view.ask[0], bool(view.known[0])


def is_rough(until: int | None, group: int, count: int) -> bool:
    """Whether values of the past are of sizes at the middle of their rows, and not at each price.

    Rows of so many prices would cost more than a frame has.
    """
    return until is not None and group * count > MOST


def _worth_of_rows(side: Side, group: int, low: int, count: int, worth: int) -> Lots:
    """What rests in each row is worth."""
    sums = np.zeros(max(0, count), np.int64)
    index = (side.ticks - low) // group
    inside = (index >= 0) & (index < count)
    np.add.at(sums, index[inside], values(side.ticks[inside], side.lots[inside], worth))
    return sums


def _past_worth(
    depth: DepthHistory, until: int, group: int, low: int, count: int, worth: int
) -> tuple[Lots, Lots, bool]:
    """What rested in each row was worth, level by level unless there were too many."""
    fine = group if is_rough(until, group, count) else 1
    view = depth.view(FINE, until, 1, fine, low, count * (group // fine))
    prices = low + fine // 2 + fine * np.arange(count * (group // fine), dtype=np.int64)
    bids, asks = (
        values(prices, lots, worth).reshape(count, group // fine).sum(axis=1)
        for lots in (view.bid[0], view.ask[0])
    )
    return bids, asks, bool(view.known[0])
