"""Chases: best prices as they are kept, and as the record of the book has them."""

import numpy as np
import pytest

from feeds.simulate import events
from market.chase import chases
from market.depth import FINE, NOWHERE, TOUCHES, DepthHistory
from market.market import Market

LOOKS = 50


def played(seconds: float) -> Market:
    market = Market("sim:7")
    for event in events(7, seconds):
        market.apply(event)
    return market


def viewed(depth: DepthHistory, end: int, low: int, rows: int) -> list[tuple[int, int]]:
    """The plainest way to the best prices of each look."""
    view = depth.view(FINE, end, LOOKS, 1, low, rows)
    found = []
    for bid, ask in zip(view.bid, view.ask, strict=True):
        bids, asks = np.flatnonzero(bid), np.flatnonzero(ask)
        best = low + int(bids[-1]) if len(bids) else NOWHERE
        found.append((best, low + int(asks[0]) if len(asks) else NOWHERE))
    return found


@pytest.mark.parametrize("seconds", [1.0, 4.9, 20.0, 33.3])
def test_best_prices_kept_are_those_on_record(seconds: float) -> None:
    market = played(seconds)
    depth, last = market.depth, market.last
    assert depth is not None
    assert last is not None
    touches = depth.touches(market.clock, LOOKS)
    assert touches is not None
    known = depth.known(FINE, market.clock, LOOKS)
    told = [tuple(row) for row, sure in zip(touches.tolist(), known, strict=True) if sure]
    plain = viewed(depth, market.clock, last.ticks - 500, 1000)
    assert told == [row for row, sure in zip(plain, known, strict=True) if sure]
    assert told


def test_of_a_time_long_ago_the_record_is_asked() -> None:
    market = played(30.0)
    depth, last = market.depth, market.last
    assert depth is not None
    assert last is not None
    assert depth.touches(market.clock - 20_000_000_000, LOOKS) is None
    assert TOUCHES > LOOKS
    # The same chase, from what is kept and from the record, at a time that both have.
    found = {chases(depth, market.clock - back * FINE, last.ticks) for back in range(10)}
    held = depth.touches(market.clock - 9 * FINE, LOOKS)
    assert held is not None
    depth._touches.clear()  # what is left is the record
    depth._touches.extend([(market.clock * 2, NOWHERE, NOWHERE)] * TOUCHES)
    assert {chases(depth, market.clock - back * FINE, last.ticks) for back in range(10)} == found
