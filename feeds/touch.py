"""Touch: at which prices one book has levels, for whether its best bid is below its best ask.

Sizes are not kept: most of a message changes those of levels that stand already, far from the
touch, and one look at each is all it costs. The next best price is looked for among those nearby.
"""

from heapq import heappop, heappush
from math import inf
from typing import Final

from market.events import Levels

NEAR: Final = 512
"""Levels from the best one on among which the next best is looked for."""

NEAR_MOST: Final = 4 * NEAR
"""Prices among which it is looked for until it is said anew which of them are near."""


class Touch:
    """The prices at which levels stand."""

    __slots__ = ("_asks", "_bids")

    def __init__(self) -> None:
        self._bids, self._asks = _Side(-1.0), _Side(1.0)

    def replace(self, bids: Levels, asks: Levels) -> None:
        """Forget every level and take these."""
        self._bids, self._asks = _Side(-1.0), _Side(1.0)
        self.apply(bids, asks)

    def apply(self, bids: Levels, asks: Levels) -> None:
        """Take the levels at these prices; size 0 removes."""
        self._bids.write(bids)
        self._asks.write(asks)

    @property
    def best_bid(self) -> float | None:
        """The highest bid; None where nothing stands."""
        return self._bids.best

    @property
    def best_ask(self) -> float | None:
        """The lowest ask; None where nothing stands."""
        return self._asks.best

    @property
    def crossed(self) -> bool:
        """Whether the best bid is at or above the best ask."""
        bids, asks = self._bids.near, self._asks.near
        if bids and asks and -bids[0] < asks[0]:
            # Nothing stands beyond these, and whether these do still makes no difference.
            return False
        bid, ask = self._bids.best, self._asks.best
        return bid is not None and ask is not None and bid >= ask


class _Side:
    """One side's prices, in whatever order, and those nearby in a heap with the best one on top.

    In the heap and in `_edge` they have a sign that makes the best the least.
    """

    __slots__ = ("_edge", "_prices", "_sign", "near")

    def __init__(self, sign: float) -> None:
        self._sign = sign
        self._prices: set[float] = set()
        self._edge = inf
        """Every level from the best one to here is in `near`."""
        self.near: list[float] = []
        """With some that were removed; such are dropped when they come to the top."""

    @property
    def best(self) -> float | None:
        """The best price; None where nothing stands."""
        prices, near = self._prices, self.near
        while near and near[0] * self._sign not in prices:
            heappop(near)
        if not near:
            self._look_over()
        return self.near[0] * self._sign if prices else None

    def write(self, levels: Levels) -> None:
        """Take the levels at these prices."""
        prices, near, sign, edge = self._prices, self.near, self._sign, self._edge
        for price, size in levels:
            if size:
                if price not in prices:
                    prices.add(price)
                    if price * sign <= edge:
                        heappush(near, price * sign)
            elif price in prices:
                prices.remove(price)
        if len(near) > NEAR_MOST:
            self._look_over()

    def _look_over(self) -> None:
        """Say anew which levels are near."""
        ordered = sorted([price * self._sign for price in self._prices])
        self._edge = ordered[NEAR - 1] if len(ordered) > NEAR else inf
        self.near = ordered[:NEAR]
