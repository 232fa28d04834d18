"""Ladder book: depth, what was pulled and stacked, and what a trade costs, now or earlier."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.basis import Basis, TimeBasis
from market.cost import Cost, Side, cost_to
from market.market import Market
from market.pulling import pulled
from market.resting import MOST, REACH, rested
from market.traded import Rows
from tui.pane import stretch_within
from tui.rows import PriceRows, price_path

Lots = NDArray[np.int64]


class Touch(NamedTuple):
    """Best bid and ask in ticks."""

    bid: int
    ask: int


def last_price(market: Market, until: int | None) -> int:
    """About where the price is, in ticks."""
    path = price_path(market, until)
    return int(path[-1]) if len(path) else 0


def touch_of(market: Market, until: int | None) -> Touch | None:
    """The touch of the book as it is; the past keeps no exact one."""
    book = market.book
    if book is None or until is not None or book.best_bid is None or book.best_ask is None:
        return None
    return Touch(book.best_bid, book.best_ask)


def orders_known(market: Market, until: int | None) -> bool:
    """Whether the venue says of how many orders sizes are made; of the past nothing is kept."""
    return market.book is not None and until is None and market.book.orders.known


def order_counts(market: Market, until: int | None, rows: PriceRows) -> Lots | None:
    """Of how many orders each row is, [bids and asks, row], the lowest row first.

    None where that is not known.
    """
    if not orders_known(market, until):
        return None
    assert market.book is not None
    return np.array(market.book.orders_grouped(rows.group, rows.low, rows.count))


def depth_sums(
    market: Market, until: int | None, rows: PriceRows, resting: Lots, worth: int = 0
) -> Lots:
    """What rests from the best price to the far edge of each row, [bids and asks, row].

    `resting` is what the rows hold, the lowest first, in lots or with `worth` in values. A row
    nearer than the best price has none.
    """
    bids, asks = resting
    sums: Lots = np.array((bids[::-1].cumsum()[::-1], asks.cumsum()))
    above, below = beyond(
        market, until, rows.low, rows.low + rows.count * rows.group, resting, worth
    )
    sums[0] += above
    sums[1] += below
    return sums


def beyond(
    market: Market, until: int | None, low: int, high: int, resting: Lots, worth: int = 0
) -> tuple[int, int]:
    """What rests nearer than rows from `low` up to `high` that hold these sizes: bids and asks."""
    lowest, highest = _ends(market, until)
    above = below = 0
    # Where the other side is on the ladder, nothing of this one can be beyond it.
    if not resting[1].any() and high < highest:
        above = int(rested(market, until, highest - high, high, 1, worth)[0][0])
    if not resting[0].any() and lowest < low:
        below = int(rested(market, until, low - lowest, lowest, 1, worth)[1][0])
    return above, below


def flow_sums(
    market: Market, basis: Basis, until: int | None, rows: PriceRows, worth: int = 0
) -> Lots | None:
    """What was stacked and pulled lately, [which, bids and asks, row], the lowest row first.

    None for a time of which no book is on record.
    """
    if market.depth is None or not market.depth.finest.blocks:
        return None
    start = end = market.clock if until is None else until
    if end <= market.depth.finest.blocks[0].start:
        return None
    if isinstance(basis, TimeBasis):
        start -= basis.interval
    else:
        first, stop = stretch_within(market, basis, until)
        if first < stop:
            start = int(market.trades.between(first, first + 1).ts[0]) - 1
    chosen = Rows(rows.group, rows.bottom, rows.count)
    kind = (basis, until is None)
    sums = pulled(market.depth, market.trades, kind, start, end, chosen, worth)
    return np.array((sums.stacked, sums.pulled))


def cost_at(market: Market, until: int | None, low: int, group: int) -> Cost | None:
    """What it costs to trade to the row of so many ticks that begins at `low`."""
    sides = sides_of(market, until, low, low + group)
    return None if sides is None else cost_to(*sides, low, low + group)


def sides_of(market: Market, until: int | None, low: int, high: int) -> tuple[Side, Side] | None:
    """Bids and asks level by level; of the past from the price then to these, None if too many."""
    assert market.book is not None
    if until is None or market.depth is None:
        bids, asks = market.book.standing()
        return Side(*bids), Side(*asks)
    last = last_price(market, until)
    bottom = (min(low, last) // REACH - 1) * REACH
    count = (max(high, last) // REACH + 2) * REACH - bottom
    if count > MOST:
        return None
    bid, ask, _ = rested(market, until, 1, bottom, count)
    return _side(bid, bottom), _side(ask, bottom)


def _side(lots: Lots, bottom: int) -> Side:
    places = np.flatnonzero(lots)
    return Side(places + bottom, lots[places])


def _ends(market: Market, until: int | None) -> tuple[int, int]:
    """A price below which no ask rests, and one from which on no bid does."""
    touch = touch_of(market, until)
    if touch is not None:
        return touch.ask, touch.bid + 1
    # Whole steps, since the past of the same prices is asked for again.
    return 0, (last_price(market, until) // REACH + 2) * REACH
