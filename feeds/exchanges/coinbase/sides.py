"""Sides: whether the wire names the maker's side of a trade or the taker's.

The venue's documents do not say it of this feed, and clients disagree. It is taken as the maker's,
which the older feed documents, until the book says otherwise: who buys pays the best ask or more.
"""

from typing import Literal

from market.events import Side

PRINTS = 200
"""Prints at the book's edge that decide."""
WRONG = 0.2
"""The part of them that fits the book, below which the sides are the other way round."""


class Sides:
    """What one connection has found the sides of trades to mean."""

    __slots__ = ("_fit", "_seen", "turned")

    def __init__(self) -> None:
        self.turned = False
        """Whether the wire's side has been found to be the taker's."""
        self._seen = self._fit = 0

    def taker(self, side: Literal["BUY", "SELL"]) -> Side:
        """The aggressor's side."""
        return Side.BUY if (side == "BUY") is self.turned else Side.SELL

    def judge(self, taker: Side, price: float, bid: float | None, ask: float | None) -> bool:
        """Compare a print with the book of its time; whether the sides are turned from now on.

        Prints between bid and ask tell nothing: the book may have moved on meanwhile.
        """
        if bid is None or ask is None or bid < price < ask:
            return False
        self._seen += 1
        self._fit += (price >= ask) is (taker is Side.BUY)
        if self._seen < PRINTS:
            return False
        wrong = self._fit < WRONG * self._seen
        self._seen = self._fit = 0
        self.turned ^= wrong
        return wrong
