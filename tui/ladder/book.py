"""Ladder book: what rests, what was pulled and stacked, and what a trade costs, now or earlier.

Without a time the book of now is read, else the depth history: its 100 ms, all at once.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.basis import Basis, TimeBasis
from market.cost import Cost, Side, cost_to
from market.depth import FINE, DepthHistory
from market.market import Market
from market.pulling import pulled
from market.traded import Rows
from market.worth import values
from tui.pane import stretch_within
from tui.rows import PriceRows, price_path

Lots = NDArray[np.int64]

_REACH = 4096
"""Levels of the past are looked for within multiples of so many ticks."""
_MOST = 64 * _REACH
"""Prices that are looked at one by one, at most."""


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
    return until is not None and group * count > _MOST


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
    lowest, highest = _ends(market, until)
    high = rows.low + rows.count * rows.group
    # Where the other side is on the ladder, nothing of this one can be beyond it.
    if not asks.any() and high < highest:
        sums[0] += rested(market, until, highest - high, high, 1, worth)[0]
    if not bids.any() and lowest < rows.low:
        sums[1] += rested(market, until, rows.low - lowest, lowest, 1, worth)[1]
    return sums


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
    assert market.book is not None
    if until is None or market.depth is None:
        bids, asks = (Side(*side) for side in market.book.standing())
        return cost_to(bids, asks, low, low + group)
    last = last_price(market, until)
    bottom = (min(low, last) // _REACH - 1) * _REACH
    count = (max(low + group, last) // _REACH + 2) * _REACH - bottom
    if count > _MOST:
        return None
    bid, ask, _ = rested(market, until, 1, bottom, count)
    return cost_to(_side(bid, bottom), _side(ask, bottom), low, low + group)


def _side(lots: Lots, bottom: int) -> Side:
    places = np.flatnonzero(lots)
    return Side(places + bottom, lots[places])


def _ends(market: Market, until: int | None) -> tuple[int, int]:
    """A price below which no ask rests, and one from which on no bid does."""
    touch = touch_of(market, until)
    if touch is not None:
        return touch.ask, touch.bid + 1
    # Whole steps, since the past of the same prices is asked for again.
    return 0, (last_price(market, until) // _REACH + 2) * _REACH
